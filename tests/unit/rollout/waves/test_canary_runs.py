"""A version and model that was never qualified, from plan to journal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekayu_net.inventory.district import Make
from sekayu_net.journal import Journal
from sekayu_net.plan import Limits, PlannedWave, load, save
from sekayu_net.rollout.canary import standing
from sekayu_net.rollout.engine import carry_out
from sekayu_net.rollout.planning import make_plan

WAVES = (
    PlannedWave("lurah", ("lurah-satu-rtr1", "lurah-satu-ap1", "lurah-dua-rtr1")),
    PlannedWave("desa", ("desa-jauh-rtr1",)),
)
MAKE = Make("lines", "1.0", "Model")
FIRST = "lurah-satu-ap1"


class Quiet:
    def __init__(self) -> None:
        self.waves: list[tuple[str, tuple[str, ...]]] = []

    def wave(self, name, hosts) -> None:
        self.waves.append((name, hosts))

    def stage(self, host, state) -> None: ...

    def ended(self, outcome) -> None: ...

    def stopped(self, reason) -> None: ...


@pytest.fixture
def journal(tmp_path):
    with Journal.open(tmp_path / "journal.db") as journal:
        yield journal


def untrusting(place, journal):
    """The site as a project on real devices has it, without a file of qualifications."""
    return replace(
        place.site(), standing=lambda make: standing(make, (), journal.deployed(), lab=False)
    )


def planned(site):
    return make_plan(site, WAVES, limits=Limits(100), confirm_within=60)


def test_its_first_deployment_begins_with_one_device(place, journal) -> None:
    site, quiet = untrusting(place, journal), Quiet()
    _, outcomes = carry_out(site, planned(site), journal, quiet)
    assert quiet.waves == [
        ("lurah: first Model 1.0", (FIRST,)),
        ("lurah", ("lurah-satu-rtr1", "lurah-dua-rtr1")),
        ("desa", ("desa-jauh-rtr1",)),
    ]
    assert {outcome.state for outcome in outcomes.values()} == {"confirmed"}


def test_once_a_deployment_of_it_was_confirmed_there_is_no_canary_but_a_warning(
    place, journal
) -> None:
    site = untrusting(place, journal)
    carry_out(site, planned(site), journal, Quiet())
    assert journal.deployed() == {MAKE}
    for device in place.devices.values():
        device.text += "\nby hand"
    again = planned(site)
    assert again.waves == WAVES
    assert {host.canary for host in again.hosts.values()} == {None}
    assert all("never qualified" in host.warnings[-1] for host in again.hosts.values())


@pytest.mark.parametrize("fault", ["statement", "arm", "open"])
def test_the_others_wait_for_another_run_when_it_is_not_confirmed(place, journal, fault) -> None:
    site = untrusting(place, journal)
    plan = replace(planned(site), failure_budget=3)
    place.devices[FIRST].faults.add(fault)
    _, outcomes = carry_out(site, plan, journal, Quiet())
    assert outcomes.pop(FIRST).state != "confirmed"
    assert {outcome.state for outcome in outcomes.values()} == {"skipped"}
    assert all(FIRST in outcome.reason for outcome in outcomes.values())
    assert journal.deployed() == frozenset()


def test_a_saved_plan_keeps_who_waits_for_whom(place, journal, tmp_path) -> None:
    plan = planned(untrusting(place, journal))
    save(plan, tmp_path / "p.plan")
    again = load(tmp_path / "p.plan")
    assert again.hosts["desa-jauh-rtr1"].canary == FIRST


def test_who_trusts_every_make_plans_the_waves_as_they_are(place) -> None:
    plan = planned(place.site())
    assert plan.waves == WAVES
    assert {host.warnings for host in plan.hosts.values()} == {()}
