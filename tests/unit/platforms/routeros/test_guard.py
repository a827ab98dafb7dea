"""The guarded change, step by step and failure by failure, against a scripted device."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import (
    ApplyError,
    GarbledError,
    GuardError,
    PendingError,
    UnreachableError,
)
from sekayu_net.platforms.base import Guard
from sekayu_net.platforms.routeros import guard, pending
from sekayu_net.platforms.routeros.session import Session
from tests.unit.platforms.routeros.commits import (
    SCRIPT,
    TOKEN,
    commit,
    names,
)


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "POLL_SECONDS", (0.0, 0.0))


def test_a_commit_ends_applied_with_its_undo_armed(session: Session, device: Any) -> None:
    commit(session)
    assert device.state() == "applied"
    assert device.jobs == [f"sekayu-{TOKEN}-timer"]
    assert set(device.entries) == {f"sekayu-{TOKEN}"}


def test_a_guarded_change_has_few_turns(session: Session, device: Any) -> None:
    def turns() -> int:
        # What is asked at once is one turn.
        return len(device.commands) - sum(device.at_once) + len(device.at_once)

    commit(session)
    assert turns() == 5  # what is there, arm, verify, start, look
    device.commands.clear()
    device.at_once.clear()
    guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert turns() == 5  # look, claim, remember, sweep, and the record last


@pytest.mark.parametrize(
    ("kind", "jobs", "entries"),
    [
        ("job+startup", 1, {"startup"}),
        ("job", 1, set()),
        ("scheduler", 0, {"startup", None}),
        ("none", 0, set()),
    ],
)
def test_each_kind_arms_its_own_triggers(
    session: Session, device: Any, kind: Any, jobs: int, entries: set[str | None]
) -> None:
    commit(session, Guard(kind, frozenset()))
    assert len(device.jobs) == jobs
    assert {entry.get("start-time") for entry in device.entries.values()} == entries


def test_the_undo_is_armed_when_the_caller_is_told_and_nothing_is_applied_yet(
    session: Session, device: Any
) -> None:
    seen = []
    commit(session, on_armed=lambda: seen.append((device.state(), len(device.jobs))))
    assert seen == [("armed", 1)]


def test_nothing_stays_and_nothing_is_applied_when_the_caller_fails_at_armed(
    session: Session, device: Any
) -> None:
    def full_disk() -> None:
        raise OSError("journal")

    device.on_apply = lambda: pytest.fail("applied")
    with pytest.raises(OSError, match="journal"):
        commit(session, on_armed=full_disk)
    assert names(device) == set()


def test_a_second_commit_is_refused_with_the_token_of_the_first(
    session: Session, device: Any
) -> None:
    commit(session)
    with pytest.raises(PendingError, match=TOKEN):
        commit(session, token="ffff0000")
    assert device.state() == "applied"
    assert not [name for name in names(device) if "ffff0000" in name]


def test_a_controller_that_loses_the_race_for_the_lock_leaves_no_trace(
    session: Session, device: Any
) -> None:
    other = {"comment": "state=arming token=ffff0000 kind=job"}

    def win(files: Any, *_: Any, **__: Any) -> None:
        device.files |= files
        device.scripts["sekayu-pending"] = other

    device.put = win
    with pytest.raises(PendingError, match="ffff0000"):
        commit(session)
    assert names(device) == {"sekayu-pending"}


@pytest.mark.parametrize(
    "step",
    ["/system backup save", "/system script add", "/system scheduler add", ":execute"],
)
def test_nothing_is_written_when_a_step_of_arming_is_refused(
    session: Session, device: Any, step: str
) -> None:
    device.refuse = {step: "failure: not allowed by device-mode"}
    device.on_apply = lambda: pytest.fail("applied")
    with pytest.raises(GuardError, match="not allowed by device-mode"):
        commit(session)
    assert names(device) == set()


@pytest.mark.parametrize("lost", ["jobs", "entries", "files"])
def test_nothing_is_written_when_the_armed_undo_is_not_whole(
    session: Session, device: Any, lost: str
) -> None:
    start = device.start

    def forget(name: str) -> None:
        start(name)
        if lost == "files":
            device.files[f"sekayu-{TOKEN}-undo.rsc"] = b"cut"
        else:
            getattr(device, lost).clear()

    device.start = forget
    with pytest.raises(GuardError, match="is missing"):
        commit(session)
    assert names(device) == set()


def test_a_failed_statement_is_undone_and_named_without_its_values(
    session: Session, device: Any
) -> None:
    device.on_apply = lambda: device.set_state(
        "failed", "failure: no good (/snmp/set; line 2) (:import; line 1)"
    )
    with pytest.raises(ApplyError, match="line 2: failure: no good") as caught:
        commit(session)
    assert caught.value.line == 2
    assert caught.value.statement == "/snmp set contact=…"
    assert "s3cret" not in str(caught.value) + repr(caught.value)
    assert names(device) == set()


def test_words_that_are_not_in_the_record_come_from_the_output_file(
    session: Session, device: Any
) -> None:
    def fail() -> None:
        device.set_state("failed")
        device.files[f"sekayu-{TOKEN}.txt"] = b"expected end of command (line 1 column 9)\r\n"

    device.on_apply = fail
    with pytest.raises(ApplyError, match="expected end of command") as caught:
        commit(session)
    assert caught.value.line == 1


def test_a_change_without_any_undo_starts_by_an_entry_where_there_are_no_jobs(
    session: Session, device: Any
) -> None:
    device.refuse = {":execute": "failure: not allowed by device-mode"}
    commit(session, Guard("none", frozenset()))
    assert device.state() == "applied"


def test_a_change_that_can_not_be_started_leaves_no_trace(session: Session, device: Any) -> None:
    device.refuse = {f'run \\"sekayu-{TOKEN}-apply': "failure: not allowed by device-mode"}
    with pytest.raises(ApplyError, match="nothing was changed"):
        commit(session)
    assert names(device) == set()


def test_a_session_cut_by_the_change_is_opened_again(session: Session, device: Any) -> None:
    def cut() -> None:
        device.set_state("applied")
        device.open = False

    device.on_apply = cut
    commit(session)
    assert session.alive


def test_a_device_that_stays_away_is_unreachable(session: Session, device: Any) -> None:
    def refuse(*_: Any) -> Any:
        raise UnreachableError("silent", host="r1", stage="connect")

    def cut() -> None:
        device.open = False
        device.connect = refuse
        session._connect = refuse

    device.on_apply = cut
    with pytest.raises(UnreachableError, match="the session was lost"):
        commit(session)


def test_a_device_that_went_back_by_itself_is_not_applied(session: Session, device: Any) -> None:
    device.on_apply = lambda: device.set_state("reverting1")
    with pytest.raises(ApplyError, match="goes back by itself"):
        commit(session)


def test_an_import_that_does_not_end_is_left_to_the_undo(session: Session, device: Any) -> None:
    device.on_apply = lambda: None
    with pytest.raises(ApplyError, match="took too long"):
        commit(session)
    assert device.jobs


@pytest.mark.parametrize(
    "statement",
    [
        "/system clock set time-zone-name=Asia/Jakarta",
        "/system ntp client set enabled=yes",
        "/system/ntp/client/servers add address=10.0.0.254",
        "/ip cloud set update-time=yes",
    ],
)
def test_a_clock_change_is_refused_under_a_timed_entry(
    session: Session, device: Any, statement: str
) -> None:
    with pytest.raises(GuardError, match="clock"):
        commit(session, Guard("scheduler", frozenset()), script=f"{SCRIPT}{statement}\n")
    assert names(device) == set()


def test_files_go_below_flash_where_only_that_outlives_a_reboot(
    session: Session, device: Any
) -> None:
    device.files["flash"] = b""
    commit(session)
    assert all(name.startswith("flash") for name in device.files)


def test_confirm_leaves_only_the_memory_of_the_run(session: Session, device: Any) -> None:
    commit(session)
    guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert names(device) == {"sekayu-confirmed"}
    assert pending.last_confirmed(session, stage="t") == {"run": "run7", "fingerprint": "f00"}


def test_confirm_can_be_repeated(session: Session, device: Any) -> None:
    commit(session)
    guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert names(device) == {"sekayu-confirmed"}


def test_confirm_goes_on_where_it_was_cut_off(session: Session, device: Any) -> None:
    commit(session)
    comment = device.scripts["sekayu-pending"]["comment"]
    device.scripts["sekayu-pending"]["comment"] = (
        comment.replace("applied", "confirmed") + " run=run7 fingerprint=f00"
    )
    guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert names(device) == {"sekayu-confirmed"}


@pytest.mark.parametrize("state", ["reverting1", "reverting2", "stage-two", "reverted", "armed"])
def test_confirm_is_too_late_once_the_undo_has_begun(
    session: Session, device: Any, state: str
) -> None:
    commit(session)
    device.set_state(state)
    with pytest.raises(ApplyError, match="not confirmed"):
        guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert device.state() == state


@pytest.mark.parametrize("recorded", [("reverting1",), ("applied",)])
def test_confirm_fails_when_the_undo_begins_between_look_and_write(
    session: Session, device: Any, recorded: tuple[str]
) -> None:
    commit(session)
    do = device.do

    def undo_first(command: str) -> list[str]:
        if f"sekayu-{TOKEN}-end" in command and "add" in command and device.state() == "applied":
            device.scripts[f"sekayu-{TOKEN}-end"] = {
                "comment": f"state=reverting1 token={TOKEN} kind=job"
            }
            device.set_state(*recorded)
        return do(command)

    device.do = undo_first
    with pytest.raises(ApplyError, match=r"reverting1|in this moment"):
        guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert device.state() == recorded[0]


def test_confirm_fails_when_the_device_does_not_remember(session: Session, device: Any) -> None:
    commit(session)
    device.refuse = {'set [find where name="sekayu-confirmed"]': "failure: no space"}
    with pytest.raises(GarbledError):
        guard.confirm(session, TOKEN, run="run7", fingerprint="f00")
    assert device.state() == "confirmed"


def test_revert_runs_the_undo_and_cleans(session: Session, device: Any) -> None:
    commit(session)
    ran = []
    device.on_undo = lambda: (ran.append(True), device.set_state("reverted"))
    guard.revert(session, TOKEN)
    assert ran == [True]
    assert names(device) == set()


def test_revert_leaves_the_timer_until_the_undo_has_ended(session: Session, device: Any) -> None:
    commit(session)
    at_undo = []
    device.on_undo = lambda: (at_undo.extend(device.jobs), device.set_state("reverted"))
    guard.revert(session, TOKEN)
    assert at_undo == [f"sekayu-{TOKEN}-timer"]
    assert names(device) == set()


def test_revert_waits_for_an_undo_that_runs_already(session: Session, device: Any) -> None:
    commit(session)
    device.set_state("reverting1")
    device.jobs.append(f"sekayu-{TOKEN}-undo")
    device.on_undo = lambda: pytest.fail("started twice")
    do = device.do
    looks = iter(range(3))

    def ends_later(command: str) -> list[str]:
        if '"record="' in command and next(looks, None) is None and device.state():
            device.set_state("reverted")
        return do(command)

    device.do = ends_later
    guard.revert(session, TOKEN)
    assert names(device) == set()


def test_revert_accepts_that_the_backup_took_the_record_away(session: Session, device: Any) -> None:
    commit(session)

    def reload() -> None:
        device.scripts.clear()
        device.entries.clear()
        device.jobs.clear()

    device.on_undo = reload
    guard.revert(session, TOKEN)
    assert names(device) == set()


def test_revert_can_be_repeated(session: Session, device: Any) -> None:
    commit(session)
    guard.revert(session, TOKEN)
    guard.revert(session, TOKEN)
    assert names(device) == set()


def test_revert_does_not_touch_the_change_of_another(session: Session, device: Any) -> None:
    commit(session)
    with pytest.raises(PendingError):
        guard.revert(session, "ffff0000")
    assert device.state() == "applied"


def test_revert_of_a_confirmed_change_is_refused(session: Session, device: Any) -> None:
    commit(session)
    device.set_state("confirmed")
    with pytest.raises(PendingError, match="confirmed already"):
        guard.revert(session, TOKEN)


def test_preflight_names_line_and_words_and_leaves_no_file(session: Session, device: Any) -> None:
    device.prints["dry-run"] = (
        "#line 1\n/ip address add\n#line 2\n/snmp set contact=x\n"
        "bad parameter contacts (line 1 column 11)\n...\n"
        "Script Error: found 1 error(s) in import file\n"
    )
    with pytest.raises(ApplyError, match="bad parameter") as caught:
        guard.preflight(session, SCRIPT, nonce="00000000")
    assert caught.value.line == 2
    assert device.files == {}


def test_preflight_finds_the_line_also_when_the_request_is_aborted(
    session: Session, device: Any
) -> None:
    run = device.run
    aborted = (
        "#line 2\nx\nsyntax error (line 1 column 3)\n...\n"
        "Script Error: found 1 error(s) in import file\n"
    )
    device.run = lambda command, *rest, **named: (
        aborted if "dry-run" in command else run(command, *rest, **named)
    )
    with pytest.raises(ApplyError, match="syntax error"):
        guard.preflight(session, SCRIPT, nonce="00000000")


def test_preflight_is_left_out_before_7_16(session: Session, device: Any) -> None:
    device.values["/system resource get version"] = "7.15.3 (stable)"
    guard.preflight(session, SCRIPT, nonce="00000000")
    assert not [command for command in device.commands if "dry-run" in command]
