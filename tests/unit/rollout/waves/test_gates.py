"""Gates and waivers, and the catch-up queue: what the journal says of other runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from sekayu_net.errors import PlaybookError, UsageError
from sekayu_net.journal import Journal
from sekayu_net.journal_schema import MIGRATIONS
from sekayu_net.plan import Pace
from sekayu_net.rollout import catchup
from sekayu_net.rollout.gates import Waiver, check_gate, record, recorded, standing
from tests.unit.rollout.waves.deployment import Deployment

TODAY = date(2026, 3, 2)
REQUIRED = {"phase-1": ("lurah-satu-rtr1", "lurah-dua-rtr1")}


@pytest.fixture
def journal(journal_place):
    with Journal.open(journal_place) as journal:
        yield journal


def test_a_gate_names_what_is_missing(place, journal) -> None:
    deployment = Deployment(place, journal)
    required = {"phase-1": ("lurah-satu-rtr1", "lurah-dua-rtr1")}
    with pytest.raises(PlaybookError, match="missing 2: lurah-satu-rtr1") as caught:
        check_gate("phase-2", required, journal.latest(), {})
    assert "deploy phase-1" in caught.value.hint
    deployment.run()
    check_gate("phase-2", required, journal.latest(), journal.last_audits())


def test_a_gate_stays_closed_while_drift_is_known(place, journal) -> None:
    Deployment(place, journal).run()
    latest = {h: replace(r, changed="2026-01-01") for h, r in journal.latest().items()}
    run = journal.begin("audit", operator="tester")
    journal.audited(run, "lurah-dua-rtr1", "drift", [])
    required = {"phase-1": ("lurah-satu-rtr1", "lurah-dua-rtr1")}
    with pytest.raises(PlaybookError, match=r"lurah-dua-rtr1 \(drift\)"):
        check_gate("phase-2", required, latest, journal.last_audits())


@pytest.mark.parametrize("status", ["drift", "pending", "drift+pending", "unreachable", "error"])
def test_a_gate_waits_for_a_clean_audit_where_there_is_a_newer_one(place, journal, status) -> None:
    Deployment(place, journal).run()
    latest = {h: replace(r, changed="2026-01-01") for h, r in journal.latest().items()}
    run = journal.begin("audit", operator="tester")
    journal.audited(run, "lurah-dua-rtr1", status, [])
    with pytest.raises(PlaybookError) as caught:
        check_gate("phase-2", REQUIRED, latest, journal.last_audits())
    assert f"missing 1: lurah-dua-rtr1 ({status})" in caught.value.message
    journal.audited(run, "lurah-dua-rtr1", "clean", [])
    check_gate("phase-2", REQUIRED, latest, journal.last_audits())


def test_an_audit_before_the_confirmation_says_nothing(place, journal) -> None:
    run = journal.begin("audit", operator="tester")
    journal.audited(run, "lurah-dua-rtr1", "pending", [])
    Deployment(place, journal).run()
    audits = {h: replace(a, time="2026-01-01") for h, a in journal.last_audits().items()}
    assert check_gate("phase-2", REQUIRED, journal.latest(), audits) == ()


def test_a_waived_device_is_not_waited_for_and_the_others_are(place, journal) -> None:
    waiver = Waiver("lurah-dua-rtr1", "the mast is down", "2026-03-02", "tester")
    waived = standing([waiver], TODAY)
    with pytest.raises(PlaybookError, match=r"missing 1: lurah-satu-rtr1 \(not started\)"):
        check_gate("phase-2", REQUIRED, {}, {}, waived)
    only = {"phase-1": ("lurah-dua-rtr1",)}
    assert check_gate("phase-2", only, {}, {}, waived) == (waiver,)


def test_a_waiver_that_was_not_needed_is_not_told_of(place, journal) -> None:
    Deployment(place, journal).run()
    waived = standing([Waiver("lurah-dua-rtr1", "x", "2026-03-02", "tester")], TODAY)
    assert check_gate("phase-2", REQUIRED, journal.latest(), {}, waived) == ()


def waiver(until: str, operator: str = "tester") -> Waiver:
    return Waiver("a", "x", until, operator)


STANDING = {
    "on its last day": ([waiver("2026-03-02")], [], True),
    "on the day after": ([waiver("2026-03-01")], [], False),
    "ended by a newer one": ([waiver("2026-04-01"), waiver("2026-03-01")], [], False),
    "by the playbook": ([], [waiver("2026-03-02", "playbook p")], True),
    "once by the playbook, no longer": ([waiver("2026-04-01", "playbook p")], [], False),
    "by the playbook, ended by hand": (
        [waiver("2026-03-01")],
        [waiver("2026-03-02", "playbook p")],
        True,
    ),
}


@pytest.mark.parametrize(("known", "of_playbook", "holds"), STANDING.values(), ids=STANDING)
def test_who_is_waived_today(known, of_playbook, holds) -> None:
    assert ("a" in standing(known, TODAY, of_playbook)) is holds


def test_a_waiver_is_written_once_with_who_and_when(journal) -> None:
    for _ in range(2):
        record(journal, waiver("2026-03-02"))
    (found,) = recorded(journal)
    assert replace(found, time="") == waiver("2026-03-02")
    assert found.time
    assert str(found) == "a is waived until 2026-03-02 by tester: x"


def test_a_waiver_that_was_ended_can_be_given_again(journal) -> None:
    for until in ("2026-03-02", "2026-03-01", "2026-03-02"):
        record(journal, waiver(until))
    assert "a" in standing(recorded(journal), TODAY)


NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def settle(journal, states, *, at=NOW, keep=86400, playbook="phase-1", run="r1") -> None:
    catchup.settle(journal, run, states, playbook=playbook, keep=keep, at=at)


def waiting(journal, at=NOW) -> list[str]:
    return [each.host for each in catchup.queue(journal) if not each.expired(at)]


def test_an_offline_device_of_a_run_waits_to_be_caught_up(place, journal) -> None:
    place.devices["lurah-satu-ap1"].faults.add("open")
    deployment = Deployment(place, journal, playbook="phase-1", pace=Pace(catch_up=3 * 86400))
    deployment.run()
    (found,) = catchup.queue(journal)
    assert (found.host, found.run, found.playbook) == ("lurah-satu-ap1", deployment.id, "phase-1")
    term = datetime.fromisoformat(found.until) - datetime.fromisoformat(found.since)
    assert term == timedelta(days=3)
    place.devices["lurah-satu-ap1"].faults.clear()
    Deployment(place, journal).run()
    assert catchup.queue(journal) == ()


@pytest.mark.parametrize("state", ["confirmed", "unchanged", "reverted", "failed", "stale"])
def test_who_was_reached_waits_no_longer_however_it_ended(journal, state) -> None:
    settle(journal, {"a": "unreachable", "b": "unreachable"})
    settle(journal, {"a": state})
    assert waiting(journal) == ["b"]


def test_who_was_not_asked_goes_on_waiting(journal) -> None:
    settle(journal, {"a": "unreachable"})
    settle(journal, {"a": "skipped"})
    assert waiting(journal) == ["a"]


def test_trying_again_does_not_prolong_the_wait(journal) -> None:
    settle(journal, {"a": "unreachable"})
    settle(journal, {"a": "unreachable"}, at=NOW + timedelta(hours=23), run="r2")
    assert waiting(journal, NOW + timedelta(hours=23)) == ["a"]
    assert waiting(journal, NOW + timedelta(hours=24)) == []


def test_after_its_time_a_new_run_queues_it_anew(journal) -> None:
    settle(journal, {"a": "unreachable"})
    later = NOW + timedelta(hours=24)
    settle(journal, {"a": "unreachable"}, at=later, run="r2")
    assert waiting(journal, later) == ["a"]
    assert catchup.queue(journal)[0].run == "r2"


def test_nobody_is_queued_where_the_playbook_says_so(journal) -> None:
    settle(journal, {"a": "unreachable"}, keep=0)
    assert catchup.queue(journal) == ()


def test_a_catch_up_run_has_one_playbook_and_who_is_not_expired(journal) -> None:
    settle(journal, {"old": "unreachable"}, at=NOW - timedelta(days=2))
    settle(journal, {"a": "unreachable", "b": "unreachable"})
    known = catchup.queue(journal)
    assert catchup.to_catch_up(known, None, NOW) == ("phase-1", ("a", "b"))
    assert catchup.to_catch_up(known, "phase-2", NOW) == ("phase-2", ())
    assert catchup.to_catch_up(known, None, NOW + timedelta(days=2)) == (None, ())
    settle(journal, {"c": "unreachable"}, playbook="phase-2")
    with pytest.raises(UsageError, match="phase-1, phase-2") as caught:
        catchup.to_catch_up(catchup.queue(journal), None, NOW)
    assert "deploy phase-1 --catch-up" in caught.value.hint


def test_a_journal_of_before_the_queue_gets_it(tmp_path) -> None:
    path = tmp_path / "old.db"
    with closing(sqlite3.connect(path)) as db:
        db.executescript(f"{MIGRATIONS[0]} PRAGMA user_version = 1;")
    with Journal.open(path) as journal:
        settle(journal, {"a": "unreachable"})
        record(journal, waiver("2026-03-02"))
        assert waiting(journal) == ["a"]
