"""``secrets``: names out, values in, never the other way round."""

from __future__ import annotations

import io
import json
import os
import pty
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from sekayu_net.cli import secrets as commands
from sekayu_net.cli.demo import copy_project
from sekayu_net.cli.main import main

VALUE = "correct-horse-battery"
WIFI = "wifi/lurah-kayu-ara/office"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    copy_project(Path(__file__).parents[3], tmp_path / "project")
    return tmp_path / "project"


@pytest.fixture
def say(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    def run(*words: str, typed: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        code = 0
        try:
            main(["--project", str(root), "secrets", *words])
        except SystemExit as ended:
            code = int(ended.code or 0)
        shown = capsys.readouterr()
        assert VALUE not in shown.out + shown.err
        return code, shown.out, shown.err

    return run


def stored(root: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = yaml.safe_load((root / ".sekayu" / "secrets.yaml").read_text())
    return found["secrets"]


def test_a_value_comes_in_by_a_pipe_as_a_new_version(root, say) -> None:
    assert say("set", WIFI, typed=f"{VALUE}\n") == (0, "", f"{WIFI}: version 1\n")
    assert say("set", WIFI, typed=f"{VALUE}-2\n")[2] == f"{WIFI}: version 2\n"
    assert stored(root) == {WIFI: [VALUE, f"{VALUE}-2"]}


@pytest.mark.parametrize("typed", ["", "\n", "a\x00b\n"])
def test_no_value_and_no_text_are_refused(root, say, typed: str) -> None:
    code, _, err = say("set", WIFI, typed=typed)
    assert (code, "error:" in err) == (1, True)
    assert stored(root) == {}


def test_a_value_is_never_an_argument(say) -> None:
    code, _, err = say("set", WIFI, "on-the-command-line")
    assert code == 2
    assert "error" in err.lower()


def test_the_list_has_names_versions_sources_and_what_is_missing(say, monkeypatch) -> None:
    say("set", WIFI, typed=VALUE)
    say("set", "old/unused", typed=VALUE)
    monkeypatch.setenv("SEKAYU_SECRET_SNMP_COMMUNITY", VALUE)
    code, out, _ = say("list", "--json")
    found = {row["name"]: row for row in json.loads(out)["secrets"]}
    assert code == 0
    assert found[WIFI] == {"name": WIFI, "versions": 1, "source": "file", "used": True}
    assert not found["old/unused"]["used"]
    assert found["snmp/community"]["source"] == "environment"
    assert found["snmp/encryption"]["source"] is None
    assert "MISSING" in say("list")[1]


def test_only_what_is_missing_is_made(root, say, monkeypatch) -> None:
    say("set", "snmp/community", typed="known to the monitoring\n")
    monkeypatch.setenv("SEKAYU_SECRET_SNMP_AUTHENTICATION", "from outside")
    code, out, _ = say("generate")
    assert code == 0
    assert "snmp/encryption" in out
    assert "snmp/authentication" not in out
    names = stored(root)
    assert names["snmp/community"] == ["known to the monitoring"]
    assert "snmp/authentication" not in names
    assert "MISSING" not in say("list")[1]
    assert say("generate")[1] == ""


def test_what_the_environment_gives_is_not_changed_in_the_file(root, say, monkeypatch) -> None:
    monkeypatch.setenv("SEKAYU_SECRET_WIFI_LURAH_KAYU_ARA_OFFICE", VALUE)
    code, _, err = say("set", WIFI, typed="another\n")
    assert (code, "comes from the environment" in err) == (1, True)
    assert say("rotate", "--office", "lurah-kayu-ara")[0] == 1
    assert stored(root) == {}


def test_an_old_version_becomes_the_newest(root, say) -> None:
    for value in (VALUE, f"{VALUE}-2"):
        say("set", WIFI, typed=value)
    assert say("restore", WIFI, "--version", "1")[2] == f"{WIFI}: version 3, as version 1 was\n"
    assert stored(root)[WIFI][-1] == VALUE
    code, _, err = say("restore", WIFI, "--version", "9")
    assert (code, "the file has 1 to 3" in err) == (1, True)


def test_a_value_is_not_shown_to_a_pipe(say) -> None:
    say("set", WIFI, typed=VALUE)
    code, out, err = say("show", WIFI)
    assert (code, out) == (2, "")
    assert "at a terminal only" in err


def test_a_value_is_shown_at_a_terminal(root, say, monkeypatch) -> None:
    say("set", WIFI, typed=VALUE)
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as terminal:
        monkeypatch.setattr("sys.stdout", terminal)
        with pytest.raises(SystemExit) as ended:
            main(["--project", str(root), "secrets", "show", WIFI])
        terminal.flush()
        assert (ended.value.code, os.read(ours, 100).decode().strip()) == (0, VALUE)
    os.close(ours)


def test_an_office_without_wifi_has_nothing_to_rotate(root, say) -> None:
    code, _, err = say("rotate", "--office", "nowhere")
    assert (code, "nowhere" in err) == (2, True)


def test_a_typed_value_is_typed_twice(monkeypatch) -> None:
    answers = iter(["one", "two", "one", "one"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(answers))
    monkeypatch.setattr("sys.stdin", type("Terminal", (), {"isatty": lambda _: True})())
    with pytest.raises(commands.UsageError, match="differ"):
        commands._value_from_person("x")
    assert commands._value_from_person("x") == "one"


def test_a_plain_store_is_encrypted_and_the_plain_file_goes(root, say, monkeypatch) -> None:
    say("set", WIFI, typed=VALUE)
    monkeypatch.setenv("HOME", str(root.parent))
    public = say("identity")[1].strip()
    assert say("identity")[1].strip() == public
    assert say("encrypt")[0] == 2
    settings = root / "sekayu.toml"
    text = settings.read_text().replace('store = "file"', 'store = "age"')
    settings.write_text(text)
    assert "no recipients" in say("encrypt")[2]
    assert stored(root)[WIFI] == [VALUE]
    settings.write_text(text.replace("recipients = []", f'recipients = ["{public}"]'))
    assert "secrets encrypt" in say("list")[2]
    assert say("encrypt", "--dry-run")[0] == 3
    assert stored(root)[WIFI] == [VALUE]
    assert say("encrypt")[0] == 0
    assert sorted(path.name for path in (root / ".sekayu").iterdir()) == ["secrets.yaml.age"]
    assert json.loads(say("list", "--json")[1])["secrets"]
    assert say("set", WIFI, typed=f"{VALUE}-2")[2] == f"{WIFI}: version 2\n"
    assert say("encrypt")[0] == 0
    assert VALUE.encode() not in (root / ".sekayu" / "secrets.yaml.age").read_bytes()
