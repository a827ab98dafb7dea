"""The demo's own parts: the copy, what it quotes, and that it fails when the story does."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from sekayu_net.cli import demo
from sekayu_net.cli.output import ExitCode


def test_the_copy_has_the_content_and_none_of_the_state(tmp_path) -> None:
    source = tmp_path / "project"
    for name in ("inventory", "templates", "tasks", "playbooks", ".sekayu", "docs"):
        (source / name).mkdir(parents=True)
        (source / name / "file").write_text(name)
    (source / "sekayu.toml").write_text("name = 'x'")
    target = source / ".sekayu" / "demo"
    demo.copy_project(source, target)
    assert sorted(path.name for path in target.iterdir()) == sorted(demo.CONTENT)


def test_a_second_copy_keeps_the_keys_and_nothing_else(tmp_path) -> None:
    source, target = tmp_path / "project", tmp_path / "demo"
    (source / "inventory").mkdir(parents=True)
    keys = target / ".sekayu" / "lab-keys"
    keys.mkdir(parents=True)
    (keys / "key").write_text("kept")
    (target / ".sekayu" / "lab").mkdir()
    demo.copy_project(source, target)
    assert (keys / "key").read_text() == "kept"
    assert not (target / ".sekayu" / "lab").exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["demo", "project"]


class Scripted(demo.Stage):
    """A stage whose commands are a Python one-liner that prints its words and exits with 3."""

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-c", f"print({words!r}); raise SystemExit(3)"]


def test_a_step_that_ends_otherwise_than_told_ends_the_demo(tmp_path, capsys) -> None:
    stage = Scripted(tmp_path)
    assert "plan" in stage.run("plan", expect=ExitCode.PENDING)
    with pytest.raises(demo.StoryError, match="ended with 3, the story wants 0"):
        stage.run("audit")
    assert "$ sekayu-net --lab audit" in capsys.readouterr().out


def test_the_lab_is_taken_down_when_the_story_breaks(tmp_path, monkeypatch) -> None:
    called = []

    def run(command, **options):
        called.append(command[-2:])
        return subprocess.CompletedProcess(command, 0, stdout="", stderr=b"")

    monkeypatch.setattr(demo.subprocess, "run", run)
    with pytest.raises(KeyboardInterrupt), demo.lab(demo.Stage(tmp_path)):
        raise KeyboardInterrupt
    assert called == [["lab", "up"], ["lab", "down"]]


def test_a_long_diff_is_cut_and_the_other_devices_are_one_line_each(capsys) -> None:
    def host(lines: int) -> dict[str, object]:
        diff = "/menu\n" + "".join(f"  + x={n}\n" for n in range(lines))
        return {"status": "change", "operations": lines, "guard": "job", "diff": diff}

    demo.quote_plan(json.dumps({"hosts": {"a": host(100), "b": host(3)}}))
    shown = capsys.readouterr().out
    assert "… 77 more lines" in shown
    assert "b: 3 operations, undo job" in shown


def test_a_plan_without_changes_breaks_the_story() -> None:
    with pytest.raises(demo.StoryError):
        demo.quote_plan(json.dumps({"hosts": {"a": {"status": "unchanged"}}}))


def test_only_the_table_of_a_deployment_is_shown(capsys) -> None:
    demo.outcome("plan abc\n/menu\n  + x\nhost   wave   state\n------\na  all  confirmed\nrun 1\n")
    assert capsys.readouterr().out.splitlines()[0].startswith("host")
