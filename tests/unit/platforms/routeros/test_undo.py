"""The texts that a device gets: what stands in them, and in which order."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.undo import (
    Names,
    Record,
    apply_source,
    arm_file,
    confirmed_source,
    inverse_file,
    parse_confirmed,
    parse_record,
    undo_source,
)

NAMES = Names("a1b2c3d4", "flash/")
RECORD = Record("armed", "a1b2c3d4", "job+startup")


def position(text: str, part: str) -> int:
    assert part in text
    return text.index(part)


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        RECORD.having("stage-two"),
        Record("failed", "abcd", "none", words="failure: a=b state=armed (x; line 2)"),
        Record("confirmed", "abcd", "scheduler", run="run7", fingerprint="f00"),
    ],
)
def test_a_record_is_read_as_it_was_written(record: Record) -> None:
    assert parse_record(record.comment) == record


@pytest.mark.parametrize(
    "comment",
    ["", "state=armed", "state=odd token=abcd kind=job", "state=armed token=a/b kind=job"],
)
def test_a_comment_that_is_no_record_is_none(comment: str) -> None:
    assert parse_record(comment) is None


@pytest.mark.parametrize("token", ["", "abc", "a b c d", "../../x", 'x"y"zz', "a-b-c-d"])
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


def test_the_entry_for_a_reboot_outlives_the_import_of_the_inverse() -> None:
    # A power cut in the middle of the undo must not leave half a configuration.
    text = undo_source(NAMES, RECORD)
    assert position(text, "/import") < position(text, 'name~"^sekayu-a1b2c3d4"')


def test_the_second_stage_disarms_before_it_reboots_and_only_without_the_marker() -> None:
    text = undo_source(NAMES, RECORD)
    last = text[position(text, "else={") :]
    assert position(last, "state=stage-two") < position(last, "/system scheduler remove")
    assert position(last, "/system scheduler remove") < position(last, "/system backup load")
    assert text.count("/system backup load") == 1


def test_the_marker_is_the_last_statement_of_the_inverse() -> None:
    lines = inverse_file("one\ntwo\n", RECORD).splitlines()
    assert lines[:2] == ["one", "two"]
    assert "state=reverted" in lines[2]
    assert len(lines) == 3


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
