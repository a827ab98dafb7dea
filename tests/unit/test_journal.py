"""The journal: it remembers, it is private, and it refuses rather than forgets."""

from __future__ import annotations

import sqlite3
import stat
import threading
from dataclasses import replace

import pytest

from sekayu_net.errors import JournalError
from sekayu_net.inventory.district import Make
from sekayu_net.journal import Journal
from sekayu_net.journal_database import Unwritten
from sekayu_net.journal_schema import MIGRATIONS


@pytest.fixture
def journal(journal_place):
    with Journal.open(journal_place) as journal:
        yield journal


@pytest.fixture
def filed(tmp_path):
    with Journal.open(tmp_path / "state" / "journal.db") as journal:
        yield journal


def deployment(journal: Journal, *hosts: str) -> str:
    run = journal.begin("deploy", operator="tester", playbook="phase-1", checks=("hub",))
    for host in hosts:
        journal.enter(run, host, wave="canary", token="t1", script="+x", inverse="-x")
    return run


def test_what_a_plan_would_change_is_recorded_as_if_each_were_entered(journal) -> None:
    by_one, by_all = journal.begin("plan", operator="t"), journal.begin("plan", operator="t")
    for host in ("a", "b"):
        journal.enter(by_one, host, wave="canary")
    journal.enter_all(by_all, {"a": "canary", "b": "canary"})

    def told(run: str) -> list[object]:
        return [replace(each, run="", changed="") for each in journal.hosts(run)]

    assert told(by_all) == told(by_one)
    assert [e.state for e in journal.events(by_all)] == [e.state for e in journal.events(by_one)]


def test_who_only_tries_reads_the_journal_and_leaves_it_as_it_is(journal, journal_place) -> None:
    run = deployment(journal, "a")
    with Journal.open(Unwritten(journal_place)) as tried:
        tried.state(run, "a", "armed")
        tried.end(deployment(tried, "b"), "done")
        assert [host.state for host in tried.hosts(run)] == ["planned"]
    assert [each.id for each in journal.runs()] == [run]


def test_who_only_tries_makes_no_journal(tmp_path) -> None:
    with Journal.open(Unwritten(tmp_path / "state" / "journal.db")) as tried:
        deployment(tried, "a")
        assert tried.runs() == ()
    assert not (tmp_path / "state").exists()


def test_a_run_and_its_devices_are_remembered(journal) -> None:
    run = deployment(journal, "a", "b")
    journal.state(run, "a", "armed")
    journal.state(run, "a", "confirmed", seconds=1.5)
    a, b = journal.hosts(run)
    assert (a.state, a.seconds, a.script, a.token) == ("confirmed", 1.5, "+x", "t1")
    assert (b.state, b.reason) == ("planned", None)
    assert journal.run(run).checks == ("hub",)


def test_what_was_written_is_there_for_another_process_at_once(journal) -> None:
    run = deployment(journal, "a")
    journal.state(run, "a", "armed")
    with Journal.open(journal.place) as second:
        assert second.hosts(run)[0].state == "armed"


def test_a_run_with_a_state_that_is_not_final_is_unfinished(journal) -> None:
    done, crashed = deployment(journal, "a"), deployment(journal, "a", "b")
    journal.state(done, "a", "reverted")
    journal.end(done, "1 reverted")
    journal.state(crashed, "a", "confirmed")
    journal.end(crashed, "broken off")
    assert [run.id for run in journal.unfinished()] == [crashed]
    journal.state(crashed, "b", "unknown")
    assert [run.id for run in journal.unfinished()] == [crashed]
    journal.state(crashed, "b", "reverted")
    assert journal.unfinished() == ()


def test_a_run_that_was_killed_before_its_first_device_is_unfinished(journal) -> None:
    run = journal.begin("deploy", operator="tester")
    assert [run.id for run in journal.unfinished()] == [run]
    journal.end(run, "nothing to do")
    assert journal.unfinished() == ()


def test_a_run_remembers_why_and_with_whose_consent(journal) -> None:
    run = journal.begin("deploy", operator="t", reason="new rule — é", approved_by=("siti", "adi"))
    assert journal.run(run).reason == "new rule — é"
    assert journal.run(run).approved_by == ("siti", "adi")


def test_what_happened_to_a_device_is_told_in_order_with_times(journal) -> None:
    run = deployment(journal, "a")
    for state in ("armed", "applied", "reverted"):
        journal.state(run, "a", state, reason="why" if state == "reverted" else None)
    told = journal.events(run)
    assert [each.state for each in told] == ["planned", "armed", "applied", "reverted"]
    assert told[-1].reason == "why"
    assert all(each.time for each in told)


def test_a_device_that_was_brought_back_is_not_done(journal) -> None:
    first = deployment(journal, "a", "b")
    journal.state(first, "a", "confirmed")
    journal.state(first, "b", "confirmed")
    back = journal.begin("rollback", operator="tester")
    journal.enter(back, "a", wave="canary")
    journal.state(back, "a", "confirmed")
    assert {host: each.state for host, each in journal.latest().items()} == {
        "a": "reverted",
        "b": "confirmed",
    }


def test_a_place_whose_device_was_exchanged_is_not_done_until_the_new_one_is(journal) -> None:
    first = deployment(journal, "a", "b")
    journal.state(first, "a", "confirmed")
    journal.state(first, "b", "confirmed")
    exchange = journal.begin("replace", operator="tester")
    journal.enter(exchange, "a", wave="replace")
    journal.state(exchange, "a", "confirmed", reason="X made way for Y")
    assert set(journal.latest()) == {"b"}
    journal.state(deployment(journal, "a"), "a", "confirmed")
    assert journal.latest()["a"].state == "confirmed"


def test_a_journal_of_an_older_version_is_brought_up_to_date(tmp_path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as db:
        db.executescript(MIGRATIONS[0] + "PRAGMA user_version = 1;")
        db.execute(
            "INSERT INTO runs (id, kind, operator, selection, started, ended)"
            " VALUES ('r1', 'deploy', 'tester', '', '2026-03-01', '2026-03-01')"
        )
    db.close()
    with Journal.open(path) as journal:
        assert (journal.run("r1").reason, journal.run("r1").approved_by) == ("", ())


def test_the_newest_record_of_a_device_counts_and_a_skip_does_not(journal) -> None:
    first, second = deployment(journal, "a"), deployment(journal, "a")
    journal.state(first, "a", "confirmed")
    journal.state(second, "a", "skipped")
    assert journal.latest()["a"].run == first


def test_the_confirmed_state_is_the_last_one(journal) -> None:
    run = deployment(journal, "a")
    for text in ("one", "two"):
        journal.remember(run, "a", fingerprint=text, config=text, intended=text)
    assert journal.confirmed()["a"].config == "two"


def test_audits_keep_their_findings(journal) -> None:
    run = journal.begin("audit", operator="tester")
    journal.audited(run, "a", "drift", [{"kind": "missing", "path": "/lines"}])
    assert journal.last_audits()["a"].findings == ({"kind": "missing", "path": "/lines"},)


def test_the_newest_audit_of_a_device_counts(journal) -> None:
    for statuses in ({"a": "drift", "b": "clean"}, {"a": "clean"}):
        run = journal.begin("audit", operator="tester")
        journal.audited_all(run, {host: (status, []) for host, status in statuses.items()})
    last = journal.last_audits()
    assert {host: each.status for host, each in last.items()} == {"a": "clean", "b": "clean"}
    assert last["a"].run == run


def test_an_unknown_run_names_the_newest_ones(journal) -> None:
    run = deployment(journal)
    with pytest.raises(JournalError) as caught:
        journal.run("nonsense")
    assert run in caught.value.hint


def test_a_state_for_a_device_that_was_not_entered_is_an_error(journal) -> None:
    with pytest.raises(JournalError):
        journal.state(deployment(journal), "a", "armed")


def test_the_file_is_for_its_owner_only(filed) -> None:
    assert stat.S_IMODE(filed.place.stat().st_mode) == 0o600


def test_each_write_is_on_the_disk_when_it_returns(filed) -> None:
    connection = filed.database.connection
    assert connection.execute("PRAGMA synchronous").fetchone()[0] == 3
    assert connection.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_a_full_disk_is_one_clear_error_and_the_record_stays_whole(filed) -> None:
    run = deployment(filed, "a")
    pages = filed.database.connection.execute("PRAGMA page_count").fetchone()[0]
    filed.database.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(JournalError, match="full") as caught:
        filed.remember(run, "a", fingerprint="f", config="x" * 500_000, intended="")
    assert "disk" in caught.value.hint
    assert filed.hosts(run)[0].state == "planned"
    assert filed.confirmed() == {}


@pytest.mark.parametrize("broken", ["a folder", "no database"])
def test_what_is_no_journal_is_refused(tmp_path, broken) -> None:
    path = tmp_path / "journal.db"
    if broken == "a folder":
        path.mkdir()
    else:
        path.write_text("this is not a database, and it is long enough to tell " * 9)
    with pytest.raises(JournalError):
        Journal.open(path)


def test_a_newer_journal_is_refused(tmp_path) -> None:
    path = tmp_path / "journal.db"
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(JournalError, match="newer"):
        Journal.open(path)


def test_a_refused_state_leaves_the_next_write_whole(journal) -> None:
    run = deployment(journal, "a")
    with pytest.raises(JournalError, match="knows no device"):
        journal.state(run, "stranger", "armed")
    journal.state(run, "a", "armed")
    assert journal.hosts(run)[0].state == "armed"


def test_a_device_that_is_entered_again_begins_anew(journal) -> None:
    run = deployment(journal, "a", "b")
    journal.state(run, "a", "failed", reason="cut", seconds=3.0)
    journal.enter(run, "a", wave="later", token="t2")
    again, other = journal.hosts(run)
    assert (again.host, again.state, again.wave, again.token) == ("a", "planned", "later", "t2")
    assert (again.reason, again.seconds, again.script) == (None, 0, None)
    assert other.host == "b"


def test_who_only_looks_cannot_write(journal) -> None:
    run = deployment(journal, "a")
    with Journal.open(journal.place, read_only=True) as looking:
        assert looking.hosts(run)[0].host == "a"
        with pytest.raises(JournalError, match=r"read-?only"):
            looking.state(run, "a", "armed")


def test_threads_of_one_run_share_it(journal) -> None:
    hosts = [f"h{number}" for number in range(8)]
    run = deployment(journal, *hosts)
    threads = [
        threading.Thread(target=journal.state, args=(run, host, "confirmed")) for host in hosts
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert {record.state for record in journal.hosts(run)} == {"confirmed"}


BEYOND = {"/user": [{"name": "sekayu"}]}
LATER = {"/user": [{"name": "sekayu"}, {"name": "ops"}]}


def left(journal: Journal, run: str, beyond=None) -> None:
    journal.remember(run, "a", fingerprint="f", config="c", intended="i", beyond=beyond)


def test_a_later_deployment_does_not_vouch_for_an_account_that_came_since(journal) -> None:
    run = journal.begin("deploy", operator="x")
    left(journal, run, BEYOND)
    left(journal, run, LATER)
    assert journal.confirmed()["a"].beyond == BEYOND


def test_what_no_deployment_read_is_taken_from_the_first_audit(journal) -> None:
    run = journal.begin("deploy", operator="x")
    left(journal, run)
    journal.first_seen("a", BEYOND)
    journal.first_seen("a", LATER)
    assert journal.confirmed()["a"].beyond == BEYOND


def test_a_person_can_accept_what_a_device_says(journal) -> None:
    run = journal.begin("deploy", operator="x")
    left(journal, run, BEYOND)
    assert journal.accept("a", fingerprint="g", config="d", beyond=LATER)
    kept = journal.confirmed()["a"]
    assert (kept.config, kept.intended, kept.beyond) == ("d", "i", LATER)


def test_a_device_that_was_never_deployed_has_nothing_to_accept(journal) -> None:
    assert not journal.accept("a", fingerprint="g", config="d", beyond=LATER)


def test_what_was_deployed_is_remembered_by_version_and_model(journal) -> None:
    run = deployment(journal, "a", "b")
    journal.made(run, "a", Make("lines", "1.0", "Small"))
    journal.made(run, "b", Make("lines", "1.0", "Big"))
    journal.state(run, "a", "confirmed")
    journal.state(run, "b", "reverted")
    assert journal.deployed() == {Make("lines", "1.0", "Small")}


def test_a_qualification_is_no_deployment(journal) -> None:
    run = journal.begin("qualify", operator="tester")
    journal.enter(run, "a", wave="qualify")
    journal.made(run, "a", Make("lines", "1.0", "Small"))
    journal.state(run, "a", "confirmed")
    assert journal.deployed() == frozenset()
    assert journal.latest() == {}
