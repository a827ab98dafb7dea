"""Linked devices in a run: one group after the others of their wave, one end for all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekayu_net.journal import Journal
from sekayu_net.plan import Limits, PlannedWave
from sekayu_net.rollout import engine
from sekayu_net.rollout.device import Ended
from sekayu_net.rollout.engine import Rollout
from sekayu_net.rollout.planning import make_plan

HUB, NEAR, FAR = "camat-kota-rtr1", "lurah-satu-rtr1", "desa-jauh-rtr1"
OTHER = "lurah-dua-rtr1"


class Silent:
    def wave(self, name, hosts) -> None: ...

    def stage(self, host, state) -> None: ...

    def ended(self, outcome) -> None: ...

    def stopped(self, reason) -> None: ...


@pytest.fixture
def rollout(place, tmp_path):
    """A run in which the hub and two offices, one behind the other, are linked."""
    site = place.site()
    waves = (PlannedWave("all", (FAR, HUB, NEAR, OTHER)),)
    plan = make_plan(site, waves, limits=Limits(100), confirm_within=60)
    members = (HUB, NEAR, FAR)
    hosts = {
        name: replace(host, linked=members) if name in members else host
        for name, host in plan.hosts.items()
    }
    with Journal.open(tmp_path / "journal.db") as journal:
        run = journal.begin("deploy", operator="tester")
        yield Rollout(
            site,
            replace(plan, hosts=hosts),
            journal,
            run,
            Silent(),
            clock=place.clock,
            wait=place.clock.wait,
        )


def test_the_deciding_device_leads_and_the_deepest_is_armed_first(rollout, monkeypatch) -> None:
    seen = []

    def carry(group):
        seen.append(group)
        return {job.host: Ended("confirmed") for job in group.jobs}

    monkeypatch.setattr(engine, "deploy_linked", carry)
    outcomes = rollout.execute()
    assert {outcome.state for outcome in outcomes.values()} == {"confirmed"}
    (group,) = seen
    assert group.root.host == HUB
    assert [job.host for job in group.followers] == [FAR, NEAR]
    assert group.levels == {NEAR: 1, FAR: 2}
    assert group.anchor == str(rollout.site.district.devices[HUB].address)
    first, second = (group.follow(job) for job in group.followers)
    assert first.delay < second.delay


def test_the_window_of_a_follower_outlasts_the_deciding_undo(rollout, monkeypatch) -> None:
    windows = []

    def carry(group):
        windows.extend(
            group.follow(job).window - group.root.confirm_within for job in group.jobs[:-1]
        )
        return {job.host: Ended("confirmed") for job in group.jobs}

    monkeypatch.setattr(engine, "deploy_linked", carry)
    rollout.execute()
    assert windows == [60, 60]


def test_a_device_that_can_not_follow_leaves_the_whole_group_alone(rollout, place) -> None:
    outcomes = rollout.execute()
    assert {outcomes[host].state for host in (FAR, NEAR)} == {"failed"}
    assert outcomes[HUB].state == "skipped"
    assert "can't follow" in outcomes[HUB].reason
    assert outcomes[OTHER].state == "confirmed"
    assert not any(place.devices[host].scripts for host in (HUB, NEAR, FAR))


def test_the_journal_knows_who_ends_alike(rollout) -> None:
    rollout.execute()
    linked = {record.host: record.linked for record in rollout._journal.hosts(rollout.run)}
    assert linked == {HUB: f"{HUB} {NEAR} {FAR}", NEAR: linked[HUB], FAR: linked[HUB], OTHER: ""}
