"""``backup`` and ``restore`` on fake devices, through the real command line."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pyrage
import pytest

HOST = "lurah-dua-rtr1"
KEY = pyrage.x25519.Identity.generate()


@pytest.fixture
def shop(desk, tmp_path):
    """The desk with a place for plans and copies, and devices that can be saved."""
    desk.project.plans = tmp_path / "plans"
    desk.project.backups = tmp_path / "backups"
    desk.project.settings.backup = SimpleNamespace(recipients=(str(KEY.to_public()),))
    desk.project.secrets = lambda: SimpleNamespace(
        generate=list, get=lambda name: SimpleNamespace(value=f"lock {name}")
    )
    desk.key = tmp_path / "key.txt"
    desk.key.write_text(str(KEY))
    return desk


def copy_of(shop) -> str:
    return shop.run("backup", "--host", HOST, "--json").json["hosts"][HOST]["files"][0]


def text_of(shop) -> list[str]:
    return sorted(shop.place.devices[HOST].text.splitlines())


def first_and_deployed(shop) -> str:
    """Deploy; the revision from before."""
    shop.run("deploy", "--host", HOST, "--yes")
    return shop.run("history", HOST, "--json").json["versions"][-1]["revision"]


def test_a_revision_brings_back_the_state_of_that_time_with_its_secret(shop) -> None:
    before = text_of(shop)
    revision = first_and_deployed(shop)
    assert text_of(shop) != before
    answer = shop.run("restore", HOST, revision, "--yes", "--json")
    assert (answer.code, answer.json["hosts"][HOST]["state"]) == (0, "confirmed")
    assert text_of(shop) == before
    assert "beta secret=hunter22" in text_of(shop)


def test_a_restored_device_is_no_drift_but_waits_for_the_templates(shop) -> None:
    shop.run("restore", HOST, first_and_deployed(shop), "--yes")
    found = shop.run("audit", "--host", HOST, "--json")
    assert found.json["hosts"][HOST]["status"] == "pending"


def test_an_encrypted_copy_is_put_back_by_whoever_has_the_key(shop) -> None:
    before = text_of(shop)
    copy = copy_of(shop)
    shop.run("deploy", "--host", HOST, "--yes")
    answer = shop.run("restore", HOST, copy, "--identity", str(shop.key), "--yes")
    assert answer.code == 0
    assert text_of(shop) == before
    assert "hunter22" not in answer.out + answer.err


def test_the_key_may_come_from_the_environment(shop, monkeypatch) -> None:
    monkeypatch.setenv("SEKAYU_AGE_IDENTITY", str(shop.key))
    copy = copy_of(shop)
    shop.run("deploy", "--host", HOST, "--yes")
    assert shop.run("restore", HOST, copy, "--yes").code == 0


def test_out_saves_the_plan_and_touches_nothing(shop, tmp_path) -> None:
    revision = first_and_deployed(shop)
    after = text_of(shop)
    saved = tmp_path / "r.plan"
    answer = shop.run("restore", HOST, revision, "--out", str(saved), "--json")
    assert (answer.code, answer.json["hosts"][HOST]["status"]) == (3, "change")
    assert text_of(shop) == after
    assert shop.run("deploy", "--plan", str(saved), "--yes").code == 0
    assert text_of(shop) != after


@pytest.mark.parametrize(("words", "whole"), [((), None), (("--whole",), True)])
def test_only_whole_asks_for_everything(shop, tmp_path, words, whole) -> None:
    revision = first_and_deployed(shop)
    saved = tmp_path / "r.plan"
    shop.run("restore", HOST, revision, "--out", str(saved), *words)
    assert json.loads(saved.read_text())["hosts"][HOST].get("whole") is whole


def test_a_failing_statement_brings_the_device_back_to_where_it_was(shop) -> None:
    revision = first_and_deployed(shop)
    after = text_of(shop)
    shop.place.devices[HOST].faults.add("statement")
    assert shop.run("restore", HOST, revision, "--yes").code == 4
    assert text_of(shop) == after


def test_a_secret_that_nobody_knows_stops_it_before_a_write_and_names_the_statement(
    shop, tmp_path
) -> None:
    file = tmp_path / "old.conf"
    file.write_text("alpha\nlost secret=<secret:00000000000000ff>\n")
    before = text_of(shop)
    answer = shop.run("restore", HOST, str(file), "--yes")
    assert answer.code == 1
    assert "+lost secret=<secret:00000000000000ff>" in answer.err
    assert text_of(shop) == before


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"\x88\xac\xa1\xb1\x00\x00", 2, "binary backup"),
        (b"# sekayu-net backup of desa-jauh-rtr1\nalpha\n", 1, "backup of desa-jauh-rtr1"),
        (None, 1, "can't be read"),
        (b"age-encryption.org/v1\n", 2, "--identity"),
    ],
    ids=["binary", "another device's", "missing", "no key named"],
)
def test_what_can_not_be_restored_is_refused_untouched(
    shop, tmp_path, content, code, words
) -> None:
    file = tmp_path / "some.file"
    if content is not None:
        file.write_bytes(content)
    answer = shop.run("restore", HOST, str(file), "--yes")
    assert answer.code == code
    assert words in answer.err
    assert all(device.sessions == 0 for device in shop.place.devices.values())


def test_without_a_terminal_and_without_yes_nothing_is_read(shop) -> None:
    answer = shop.run("restore", HOST, "abcd")
    assert (answer.code, "--dry-run" in answer.err) == (2, True)
    assert shop.place.devices[HOST].sessions == 0


def test_a_device_that_did_not_change_is_copied_once_unless_asked_again(shop) -> None:
    copy_of(shop)
    assert shop.run("backup", "--host", HOST, "--json").json["hosts"][HOST]["files"] == []
    assert shop.run("backup", "--host", HOST, "--again", "--json").json["hosts"][HOST]["files"]


def test_a_backup_is_a_read_that_the_history_knows(shop) -> None:
    copy_of(shop)
    versions = shop.run("history", HOST, "--json").json["versions"]
    assert [(v["cause"], v["message"]) for v in versions] == [("backup", "read by backup")]


def test_an_unread_device_does_not_keep_the_others_from_being_copied(shop) -> None:
    shop.place.devices[HOST].faults.add("open")
    answer = shop.run("backup", "--json")
    assert answer.code == 4
    found = {name: each["status"] for name, each in answer.json["hosts"].items()}
    assert found.pop(HOST) == "error"
    assert set(found.values()) == {"copied"}


def test_a_platform_without_a_binary_form_says_so(shop) -> None:
    answer = shop.run("backup", "--host", HOST, "--binary")
    assert answer.code == 4
    assert "has no binary" in " ".join(answer.out.split())


def test_backup_without_a_recipient_asks_no_device(shop) -> None:
    shop.project.settings.backup.recipients = ()
    answer = shop.run("backup")
    assert (answer.code, "age-keygen" in answer.err) == (1, True)
    assert all(device.sessions == 0 for device in shop.place.devices.values())


def test_the_files_that_a_backup_and_a_restore_leave_hold_no_secret(shop, tmp_path) -> None:
    copy = copy_of(shop)
    shop.run("deploy", "--host", HOST, "--yes")
    shop.run("restore", HOST, copy, "--identity", str(shop.key), "--yes")
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"hunter22" not in path.read_bytes(), path
