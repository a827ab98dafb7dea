"""An office is closed: its history stays, its addresses are kept until nobody says them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.archive import Archive
from sekayu_net.cli.main import main
from sekayu_net.journal import Journal
from sekayu_net.project import Project

ROOT = Path(__file__).parents[3]
CODE, HOST, HUB = "16.06.01.2001", "desa-sukarami-rtr1", "camat-sekayu-rtr1"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Sukarami was closed: it is no longer in offices.yaml."""
    for name in ("inventory", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "sekayu.toml").write_text("")
    file = tmp_path / "inventory" / "offices.yaml"
    text = file.read_text()
    start, end = (text.index(f'  - code: "16.06.01.200{n}"') for n in (1, 2))
    file.write_text(text[:start] + text[end:])
    return Project.load(tmp_path)


def run(project: Project, *words: str) -> int:
    try:
        main(["--project", str(project.root), *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def confirm(project: Project, config: str) -> None:
    with Journal.open(project.journal_path) as journal:
        begun = journal.begin("deploy", operator="siti")
        for host in (HUB, HOST):
            journal.remember(begun, host, fingerprint="", config=config, intended="")


def link(project: Project) -> str:
    from sekayu_net.inventory.offices import read_files

    network = read_files(project.inventory).lock.offices[CODE].link
    assert network is not None
    return f"{network[1]}/30"


def test_addresses_that_the_hub_still_says_are_not_released(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    confirm(project, f"/ip address\nadd address={link(project)} interface=ether2\n")
    lock = project.inventory / "addresses.lock.yaml"
    before = lock.read_text()
    assert run(project, "inventory", "allocate", "--release", CODE) == 2
    assert f"deploy --host {HUB}" in capsys.readouterr().err
    assert lock.read_text() == before


def test_addresses_are_released_when_the_hub_was_confirmed_without_them(project: Project) -> None:
    confirm(project, "/ip address\nadd address=192.0.2.1/30 interface=ether2\n")
    assert run(project, "inventory", "allocate", "--release", CODE) == 0
    assert CODE not in (project.inventory / "addresses.lock.yaml").read_text()


def test_the_history_of_its_devices_can_be_read(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    Archive(project.archive_path).store({HOST: "/ip pool\nadd name=one\n"}, "first")
    assert run(project, "history", HOST) == 0
    assert "first" in capsys.readouterr().out


def test_a_device_that_never_was_is_unknown(project: Project) -> None:
    assert run(project, "history", "desa-nowhere-rtr1") == 2
