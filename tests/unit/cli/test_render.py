"""The command ``render`` on a copy of the reference project."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.cli.main import main
from sekayu_net.project import Project
from sekayu_net.rendering import required_secrets

ROOT = Path(__file__).parents[3]
HOST = "lurah-kayu-ara-rtr1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("inventory", "templates", "playbooks"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "sekayu.toml", tmp_path)
    return tmp_path


@pytest.fixture
def project(folder: Path) -> Project:
    project = Project.load(folder, lab=False)
    project.secrets().generate(required_secrets(project.district(), project.templates))
    return project


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(list(words))
    return int(ended.value.code or 0)


def test_one_device_is_printed_with_its_secrets_by_name(project, folder, capsys) -> None:
    assert run("--project", str(folder), "render", "--host", HOST) == 0
    shown = capsys.readouterr().out
    assert f"set name={HOST}" in shown
    assert "auth-key=<secret:ospf/sekayu@1>" in shown
    assert project.secrets().get("ospf/sekayu").value not in shown


def test_a_playbook_chooses_devices(project, folder, capsys) -> None:
    assert run("--project", str(folder), "render", "phase-1", "--role", "router") == 0
    shown = capsys.readouterr().out
    assert shown.count("as intended, by") == 6


def test_each_device_gets_a_file_for_its_owner_alone(project, folder, capsys) -> None:
    out = folder / "rendered"
    assert run("--project", str(folder), "render", "--office", "Kayu Ara", "--out", str(out)) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "3 configurations" in captured.err
    assert sorted(path.name for path in out.iterdir()) == [
        "lurah-kayu-ara-ap1.cfg",
        "lurah-kayu-ara-ap2.cfg",
        f"{HOST}.cfg",
    ]
    assert {path.stat().st_mode & 0o777 for path in out.iterdir()} == {0o600}


def test_a_missing_secret_ends_with_words_and_writes_nothing(folder, capsys) -> None:
    out = folder / "rendered"
    assert run("--project", str(folder), "render", "--host", HOST, "--out", str(out)) == 1
    errors = capsys.readouterr().err
    assert "no secret is called ospf/sekayu" in errors
    assert "SEKAYU_SECRET_OSPF_SEKAYU" in errors
    assert "Traceback" not in errors
    assert not out.exists()


def test_an_undefined_variable_names_template_and_line(project, folder, capsys) -> None:
    template = folder / "templates" / "routeros" / "queues.j2"
    template.write_text("/queue simple\nadd name={{ que }}\n")
    assert run("--project", str(folder), "render", "--host", HOST) == 1
    assert f"{template}:2: {HOST}: 'que' is undefined" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_named(project, folder, capsys) -> None:
    (folder / "taken").write_text("")
    out = folder / "taken" / "below"
    assert run("--project", str(folder), "render", "--host", HOST, "--out", str(out)) == 1
    assert "can't be written" in capsys.readouterr().err
