"""Old audits are forgotten; what a decision may rest on never is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sekayu_net import retention, scheduled
from sekayu_net.errors import JournalError
from sekayu_net.journal import Journal
from sekayu_net.retention import Forgotten, age_words, began_before, forget_audits

LIMIT = "2026-01-01T00:00:00+00:00"
OLD, OLDER = "2025-06-01T00:00:00+00:00", "2025-01-01T00:00:00+00:00"
YOUNG = "2026-02-01T00:00:00+00:00"


@pytest.fixture
def journal(journal_place):
    with Journal.open(journal_place) as journal:
        yield journal


def at(journal: Journal, run: str, time: str) -> str:
    """Move a run, and what it found, to another time."""
    with journal.transaction() as db:
        db.execute("UPDATE runs SET started = ? WHERE id = ?", (time, run))
        db.execute("UPDATE audits SET time = ? WHERE run = ?", (time, run))
    return run


def audit(journal: Journal, time: str, *hosts: str, kind: str = "audit") -> str:
    run = journal.begin(kind, operator="tester")
    journal.audited_all(run, {host: ("clean", []) for host in hosts})
    journal.end(run, "clean")
    return at(journal, run, time)


def left(journal: Journal) -> set[tuple[str, str]]:
    return {(row["run"], row["host"]) for row in journal.query("SELECT run, host FROM audits")}


def test_old_audits_go_and_young_ones_stay(journal) -> None:
    older, old = audit(journal, OLDER, "a", "b"), audit(journal, OLD, "a", "b")
    young, again = audit(journal, YOUNG, "a", "b"), audit(journal, YOUNG, "a", "b")
    assert forget_audits(journal, LIMIT) == Forgotten(audits=4, runs=2)
    assert left(journal) == {(run, host) for run in (young, again) for host in "ab"}
    assert {run.id for run in journal.runs()}.isdisjoint({older, old})


def test_the_newest_of_each_device_stays_however_old_with_its_run(journal) -> None:
    audit(journal, OLDER, "a", "gone", "b")
    last = audit(journal, OLD, "gone", "b")
    young = audit(journal, YOUNG, "a", "b")
    before = journal.last_audits()
    assert forget_audits(journal, LIMIT) == Forgotten(audits=4, runs=1)
    assert journal.last_audits() == before
    assert left(journal) == {(last, "gone"), (young, "a"), (young, "b")}
    assert journal.run(last).kind == "audit"
    assert forget_audits(journal, LIMIT) == Forgotten(audits=0, runs=0)


def test_deployments_and_confirmed_states_stay_however_old(journal) -> None:
    run = journal.begin("deploy", operator="tester")
    journal.enter(run, "a", wave="canary")
    journal.state(run, "a", "confirmed")
    journal.remember(run, "a", fingerprint="f", config="", intended="")
    at(journal, run, OLDER)
    plan = at(journal, journal.begin("plan", operator="tester"), OLDER)
    forget_audits(journal, LIMIT)
    assert {each.id for each in journal.runs()} == {run, plan}
    assert journal.confirmed()["a"].run == run
    assert [event.state for event in journal.events(run)] == ["planned", "confirmed"]


def test_scheduled_runs_go_with_their_audits(journal) -> None:
    assert scheduled.KIND in retention.KINDS
    audit(journal, OLD, kind=scheduled.KIND)
    assert forget_audits(journal, LIMIT) == Forgotten(audits=0, runs=1)
    assert journal.runs() == ()


def test_a_dry_run_counts_the_same_and_forgets_nothing(journal) -> None:
    audit(journal, OLD, "a")
    audit(journal, YOUNG, "a")
    before = left(journal)
    assert forget_audits(journal, LIMIT, dry_run=True) == Forgotten(audits=1, runs=1)
    assert left(journal) == before


def test_one_that_is_broken_off_goes_on_the_next_time(journal, monkeypatch) -> None:
    monkeypatch.setattr(retention, "BATCH", 2)
    for _ in range(5):
        audit(journal, OLD, "a")
    audit(journal, YOUNG, "a")
    opened, begun = journal.transaction, []

    def breaks():
        begun.append(1)
        if len(begun) == 2:
            raise JournalError("the server is gone")
        return opened()

    monkeypatch.setattr(journal, "transaction", breaks)
    with pytest.raises(JournalError):
        forget_audits(journal, LIMIT)
    assert len(left(journal)) == 4
    monkeypatch.setattr(journal, "transaction", opened)
    assert forget_audits(journal, LIMIT) == Forgotten(audits=3, runs=3)


@pytest.mark.parametrize(
    ("age", "before"),
    [("1d", "2026-02-28T12:00:00+00:00"), ("2w", "2026-02-15T12:00:00+00:00")],
)
def test_an_age_is_days_or_weeks(age, before) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert began_before(age_words(age), now=noon) == before


@pytest.mark.parametrize("age", ["", "400", "0d", "-1d", "6h", "1 d", "1000000d"])
def test_what_is_no_age_is_told(age) -> None:
    with pytest.raises(ValueError, match="400d or 52w"):
        age_words(age)
