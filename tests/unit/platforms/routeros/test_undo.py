"""The texts that a device gets: what stands in them, and in which order."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.record import (
    Names,
    Record,
    confirmed_source,
    parse_confirmed,
    parse_record,
)
from sekayu_net.platforms.routeros.undo import (
    apply_source,
    arm_file,
    claim,
    inverse_file,
    remove,
    undo_source,
)

NAMES = Names("a1b2c3d4", "flash/")
RECORD = Record("armed", "a1b2c3d4", "job+startup")
ALL_ENTRIES = remove(
    "/system scheduler", 'name~"^sekayu-a1b2c3d4(-undo|-apply|-timer|-follow|-end|-at|-now)?\\$"'
)


def position(text: str, part: str) -> int:
    assert part in text
    return text.index(part)


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        RECORD.having("stage-two"),
        Record("failed", "abcd0123", "none", words="failure: a=b state=armed (x; line 2)"),
        Record("confirmed", "abcd0123", "scheduler", run="run7", fingerprint="f00"),
        Record("armed", "abcd0123", "job", anchor="10.0.0.254").having("stage-two"),
    ],
)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert parse_record(record.comment) == record


@pytest.mark.parametrize(
    "comment",
    [
        "",
        "state=armed",
        "state=odd token=abcd0123 kind=job",
        "state=armed token=a/b kind=job",
        "state=armed token=abcd0123 kind=job anchor=[/quit]",
    ],
)
def test_a_comment_that_is_no_record_is_none(comment: str) -> None:
    assert parse_record(comment) is None


@pytest.mark.parametrize(
    "token", ["", "abcd012", "a b c d e", "../../../x", 'a"b"cdef', "backup00"]
)
def test_a_token_that_could_be_code_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="token"):
        Names(token)


def test_the_backup_is_made_before_anything_of_ours_exists_and_the_lock_is_next() -> None:
    lines = arm_file(NAMES, RECORD, revert_in=60, version="7.20").splitlines()
    assert lines[0].startswith("/system backup save")
    assert lines[1].startswith('/system script add name="sekayu-pending"')
    assert "state=arming" in lines[1]


def test_the_timer_starts_last_so_that_nothing_overwrites_what_the_undo_records() -> None:
    lines = arm_file(NAMES, RECORD, revert_in=60, version="7.20").splitlines()
    assert "state=armed" in lines[-2]
    assert lines[-1].startswith(":execute")


def test_every_line_of_the_arming_script_stands_alone() -> None:
    text = arm_file(NAMES, RECORD, revert_in=60, version="7.20")
    assert all(line.startswith(("/", ":execute")) for line in text.splitlines())


def test_the_entry_for_a_reboot_has_no_interval() -> None:
    # An interval would count from the boot: the first run comes too early (reference 6.4).
    (entry,) = [
        line
        for line in arm_file(NAMES, RECORD, revert_in=60, version="7.20").splitlines()
        if line.startswith("/system scheduler")
    ]
    assert "start-time=startup interval=0s" in entry


def test_the_undo_does_nothing_once_confirmed() -> None:
    text = undo_source(NAMES, RECORD)
    assert position(text, ':error "confirmed"') < position(text, "/import")


def test_the_undo_logs_and_stops_the_apply_before_it_imports() -> None:
    text = undo_source(NAMES, RECORD)
    start = position(text, "/import")
    assert position(text, ":log warning") < start
    assert position(text, 'script="sekayu-a1b2c3d4-apply"') < start


def test_a_confirm_or_the_undo_comes_first_before_the_undo_does_anything() -> None:
    look, another, first, *_ = undo_source(NAMES, RECORD).splitlines()
    assert look.startswith(":local s [/system script get")
    assert " token=a1b2c3d4 " in another
    assert first == claim(NAMES, RECORD.having("reverting1"))


def test_the_entry_for_a_reboot_outlives_the_import_of_the_inverse() -> None:
    # A power cut in the middle of the undo must not leave half a configuration.
    text = undo_source(NAMES, RECORD)
    assert position(text, "/import") < position(text, ALL_ENTRIES)


def test_the_second_stage_keeps_its_trigger_until_the_backup_is_loaded() -> None:
    # A power cut before the load must not leave a device that nothing brings back.
    last = undo_source(NAMES, RECORD).splitlines()[-1]
    assert position(last, "state=stage-two") < position(last, "/system backup load")
    assert last.rindex(ALL_ENTRIES) > position(last, "/system backup load")
    assert last.count("/system backup load") == 1


def test_the_second_stage_disarms_before_its_second_and_last_try() -> None:
    text = undo_source(NAMES, RECORD)
    assert ':if ($s ~ "^state=stage-two") do={ :set n 3 }' in text
    last = text.splitlines()[-1]
    assert last.startswith(":if ($up = 0) do={ :if ($n = 3) do={ :foreach")
    assert last.index(ALL_ENTRIES) < position(last, "/system backup load")


def test_an_undo_without_an_anchor_pings_nothing() -> None:
    assert "/ping" not in undo_source(NAMES, RECORD)


def test_a_silent_anchor_leads_to_the_second_stage() -> None:
    lines = undo_source(NAMES, Record("armed", "a1b2c3d4", "job", anchor="10.0.0.254")).splitlines()
    assert position(lines[-2], "/ping 10.0.0.254") < position(lines[-2], ":if ($up = 1)")
    assert lines[-1].startswith(":if ($up = 0)")


def test_the_marker_is_the_last_statement_of_the_inverse() -> None:
    lines = inverse_file("one\ntwo\n", RECORD).splitlines()
    assert lines[:2] == ["one", "two"]
    assert "state=reverted" in lines[2]
    assert len(lines) == 3


def test_an_apply_that_comes_after_the_undo_does_nothing() -> None:
    text = apply_source(NAMES, RECORD, "7.20")
    assert position(text, 'name="sekayu-a1b2c3d4-end"') < position(text, "/import")
    assert position(text, '~ "^state=armed token=a1b2c3d4 "') < position(text, "/import")


@pytest.mark.parametrize(("version", "words"), [("7.20.1", True), ("7.12", False), ("6.49", False)])
def test_the_words_of_a_failure_are_kept_where_the_version_gives_them(
    version: str, words: bool
) -> None:
    assert (":onerror" in apply_source(NAMES, RECORD, version)) is words


def test_the_memory_of_a_run_is_a_comment_and_is_read_again() -> None:
    source = confirmed_source("run7", "f00")
    assert source.startswith("#")
    assert parse_confirmed(source) == {"run": "run7", "fingerprint": "f00"}
    assert parse_confirmed("/system reboot") is None


@pytest.mark.parametrize(("run", "fingerprint"), [("a b", "f"), ("a", "f\n/x"), ("", "f")])
def test_a_run_that_could_be_a_command_is_not_written(run: str, fingerprint: str) -> None:
    with pytest.raises(ValueError, match="words"):
        confirmed_source(run, fingerprint)
