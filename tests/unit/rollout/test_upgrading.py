"""A run of upgrades: what is begun, what stops it, what an interrupted one leaves to the next."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.errors import ApprovalError
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal import Journal
from sekayu_net.packages import PackageFolder
from sekayu_net.rollout import upgrading
from sekayu_net.rollout.upgrade import Ended, Job, Step
from sekayu_net.rollout.upgrade_plan import UpgradePlan
from sekayu_net.rollout.upgrading import UpgradeRun, Wanted, interrupted

ROOT = Path(__file__).parents[3]
DISTRICT = load_district(ROOT / "inventory")
FIRST, SECOND, HUB = "lurah-kayu-ara-ap1", "lurah-kayu-ara-rtr1", "camat-sekayu-rtr1"


class Threads:
    """Nornir's part: the work for each host, here one after another."""

    def __init__(self, hosts: Any) -> None:
        self.hosts = hosts

    def run(self, task: Callable[[Any], Any]) -> dict[str, Any]:
        found = {}
        for host in self.hosts:
            done = task(SimpleNamespace(host=SimpleNamespace(name=host)))
            done.exception = None
            found[host] = [done]
        return found


class Silent:
    """Nobody watches."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_: None


@pytest.fixture
def journal(tmp_path: Path) -> Any:
    with Journal.open(tmp_path / "journal.sqlite") as opened:
        yield opened


def plan_of(steps: list[Step]) -> UpgradePlan:
    return UpgradePlan(
        *("2026-01-05T08:00:00+00:00", "siti", "16.06.01", True, None, None, "--kind lurah"),
        steps=tuple(steps),
    )


def site(permit: Callable[[Any], Any] = lambda _: ()) -> Any:
    return SimpleNamespace(
        district=DISTRICT,
        operator="siti",
        nornir=Threads,
        platform=lambda _: SimpleNamespace(name="fake"),
        driver=lambda _: None,
        seal=lambda value: value,
        permit=permit,
    )


def wanted(**words: Any) -> Wanted:
    return Wanted(
        folder=PackageFolder(Path(), {}),
        driver=lambda *_: None,  # type: ignore[arg-type,return-value]
        backup=lambda *_: None,
        arrived=lambda *_: None,
        **words,
    )


def run(
    monkeypatch: pytest.MonkeyPatch,
    journal: Journal,
    ends: dict[str, str],
    *,
    known: dict[str, str | None] | None = None,
    **words: Any,
) -> dict[str, str]:
    """Upgrade three devices that end so; how it ended for each."""

    def upgrade(job: Job) -> Ended:
        if known is not None:
            known[job.step.host] = job.known
        return Ended(ends.get(job.step.host, "confirmed"))  # type: ignore[arg-type]

    monkeypatch.setattr(upgrading, "upgrade", upgrade)
    monkeypatch.setattr(upgrading, "Behind", lambda *_: SimpleNamespace(silent=tuple))
    steps = [Step(host, "7.20.4", "7.24.1", files=("x",)) for host in (FIRST, SECOND, HUB)]
    want = wanted(**words)
    outcomes = UpgradeRun(site(), plan_of(steps), steps, journal, Silent(), want).execute()
    return {host: outcome.state for host, outcome in outcomes.items()}


def test_who_carries_others_goes_last(monkeypatch: pytest.MonkeyPatch, journal: Journal) -> None:
    known: dict[str, str | None] = {}
    ended = run(monkeypatch, journal, {}, known=known)
    assert list(known) == [FIRST, SECOND, HUB]
    assert set(ended.values()) == {"confirmed"}


@pytest.mark.parametrize("bad", ["failed", "unknown"])
def test_the_first_that_does_not_end_well_stops_the_run(
    bad: str, monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    ended = run(monkeypatch, journal, {FIRST: bad})
    assert ended == {FIRST: bad, SECOND: "skipped", HUB: "skipped"}


def test_a_device_that_was_offline_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    ended = run(monkeypatch, journal, {FIRST: "unreachable"})
    assert ended == {FIRST: "unreachable", SECOND: "confirmed", HUB: "confirmed"}


def test_no_further_device_is_begun_when_the_window_closes(
    monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    looks = iter([None, "the window is shut"])
    ended = run(monkeypatch, journal, {}, shut=lambda: next(looks))
    assert ended == {FIRST: "confirmed", SECOND: "skipped", HUB: "skipped"}


def test_what_an_interrupted_run_read_is_what_the_next_compares_with(
    monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    begun = journal.begin("upgrade", operator="siti")
    journal.enter(begun, FIRST, wave="group 1", running="# by RouterOS 7.20.4\n")
    journal.state(begun, FIRST, "armed")
    known: dict[str, str | None] = {}
    run(monkeypatch, journal, {}, known=known)
    assert known == {FIRST: "# by RouterOS 7.20.4\n", SECOND: None, HUB: None}


def test_a_run_that_ended_well_leaves_nothing_open(journal: Journal) -> None:
    begun = journal.begin("upgrade", operator="siti")
    journal.enter(begun, FIRST, wave="group 1", running="text")
    assert [record.host for record in interrupted(journal)] == [FIRST]
    journal.state(begun, FIRST, "confirmed")
    assert interrupted(journal) == ()


def test_a_run_is_not_finished_by_the_command_for_deployments(journal: Journal) -> None:
    begun = journal.begin("upgrade", operator="siti")
    journal.enter(begun, FIRST, wave="group 1")
    assert journal.unfinished() == ()


def test_a_plan_that_nobody_approved_begins_no_run(journal: Journal) -> None:
    def refuse(_: Any) -> tuple[str, ...]:
        raise ApprovalError("needs 2 approvals")

    steps = [Step(FIRST, "7.20.4", "7.24.1", files=("x",))]
    with pytest.raises(ApprovalError):
        UpgradeRun(site(refuse), plan_of(steps), steps, journal, Silent(), wanted())
    assert journal.runs("upgrade") == ()


def test_who_approved_the_plan_stands_in_the_journal(journal: Journal) -> None:
    steps = [Step(FIRST, "7.24.1", "7.24.1")]
    plan = plan_of(steps)
    made = UpgradeRun(site(lambda _: ("budi",)), plan, steps, journal, Silent(), wanted())
    found = journal.run(made.run)
    assert (found.plan_id, found.approved_by) == (plan.plan_id, ("budi",))


def test_a_device_that_moved_since_the_plan_is_stale_and_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, journal: Journal
) -> None:
    monkeypatch.setattr(upgrading, "upgrade", lambda _: Ended("confirmed"))
    monkeypatch.setattr(upgrading, "Behind", lambda *_: SimpleNamespace(silent=tuple))
    steps = [
        Step(FIRST, "7.20.4", "7.24.1", files=("x",), refusal="it moved", stale=True),
        Step(SECOND, "7.20.4", "7.24.1", files=("x",)),
    ]
    done = UpgradeRun(site(), plan_of(steps), steps, journal, Silent(), wanted()).execute()
    assert [done[host].state for host in (FIRST, SECOND)] == ["stale", "confirmed"]
