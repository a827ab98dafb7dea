"""An office becomes a part of another, and what is kept of its devices."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net import known_hosts
from sekayu_net.archive import Archive
from sekayu_net.cli.main import main
from sekayu_net.journal import Journal
from sekayu_net.project import Project

ROOT = Path(__file__).parents[2]
OLD, NEW, RETIRED = "desa-sukarami-ap1", "desa-bandar-jaya-ap2", "desa-sukarami-rtr1"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"
FREE = 'serial: HEX6E6007AC, version: "7.20.4"'


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("inventory", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "sekayu.toml").write_text("")
    offices = tmp_path / "inventory" / "offices.yaml"
    offices.write_text(
        offices.read_text().replace(FREE, f"{FREE}, ports: {{ether3: access_point}}")
    )
    made = Project.load(tmp_path)
    with Journal.open(made.journal_path) as journal:
        run = journal.begin("deploy", operator="siti")
        for host in (OLD, RETIRED):
            journal.enter(run, host, wave="one")
            journal.state(run, host, "confirmed")
            journal.remember(run, host, fingerprint="f", config="c", intended="i")
        journal.end(run, "2 confirmed")
    Archive(made.archive_path).store({OLD: "/ip pool\nadd name=one\n", RETIRED: "two\n"}, "first")
    known_hosts.pin(made.known_hosts, OLD, KEY)
    return made


def merge(project: Project, *words: str) -> int:
    try:
        main(["--project", str(project.root), "inventory", "merge", *words])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def offices(project: Project) -> str:
    return (project.inventory / "offices.yaml").read_text()


def into_bandar_jaya(project: Project, *words: str) -> int:
    return merge(project, "desa-sukarami", "--into", "desa-bandar-jaya", *words)


def test_a_dry_run_shows_the_edit_and_writes_nothing(project: Project, capsys) -> None:
    before = offices(project)
    assert into_bandar_jaya(project, "--dry-run") == 3
    said = capsys.readouterr().out
    assert f"{OLD}  →  {NEW}, on ether3 of desa-bandar-jaya-rtr1" in said
    assert "+      - {number: 2, model: wAPG-5HaxD2HaxD, serial: HEX81106D8C" in said
    assert offices(project) == before


def test_the_access_point_goes_along_and_the_router_is_retired(project: Project, capsys) -> None:
    assert into_bandar_jaya(project, "--yes") == 0
    district = Project.load(project.root).district()
    assert "desa-sukarami" not in district.offices
    assert district.devices[NEW].serial == "HEX81106D8C"
    assert RETIRED not in district.devices
    steps = [line.strip() for line in capsys.readouterr().out.splitlines()[-5:]]
    assert steps == [
        "1. sekayu-net deploy --host desa-bandar-jaya-rtr1",
        f"2. reset {OLD}, then sekayu-net bootstrap {NEW} --via ADDRESS",
        "3. hang it on ether3 of desa-bandar-jaya-rtr1",
        f"4. sekayu-net deploy --host camat-sekayu-rtr1 --host camat-sekayu-rtr2 --host {NEW}",
        "5. sekayu-net inventory allocate --release 16.06.01.2001",
    ]


def test_history_is_kept_under_both_names_and_the_record_under_the_old(project: Project) -> None:
    assert into_bandar_jaya(project, "--yes") == 0
    archive = Archive(project.archive_path)
    assert [v.message for v in archive.versions(OLD)] == ["first"]
    now = archive.versions(NEW)
    assert [v.message for v in now] == ["desa-sukarami is a part of desa-bandar-jaya now", "first"]
    assert archive.show(NEW, now[-1].revision) == archive.show(OLD, now[-1].revision)
    assert [v.message for v in archive.versions(RETIRED)] == ["first"]
    with Journal.open(project.journal_path) as journal:
        (run,) = journal.runs("merge")
        assert run.result == f"{OLD} is {NEW} now, {RETIRED} retired"
        assert set(journal.confirmed()) == {OLD, RETIRED}  # the new name was never deployed
    assert known_hosts.pinned(project.known_hosts, NEW) == KEY


def test_what_is_retired_leaves_the_other_office_as_it_was(project: Project, capsys) -> None:
    before = Project.load(project.root).district().offices["desa-bandar-jaya"]
    assert into_bandar_jaya(project, "--retire", OLD, "--yes") == 0
    assert Project.load(project.root).district().offices["desa-bandar-jaya"] == before
    assert "1. sekayu-net deploy --host camat-sekayu-rtr1" in capsys.readouterr().out


def test_addresses_are_kept_until_nobody_says_them(project: Project) -> None:
    lock = (project.inventory / "addresses.lock.yaml").read_text()
    assert into_bandar_jaya(project, "--yes") == 0
    assert (project.inventory / "addresses.lock.yaml").read_text() == lock


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("desa-sukarami", "--into", "Sukarami"), "is both"),
        (("desa-sukaramai", "--into", "desa-lumpatan"), "desa-sukarami"),
        (("Sekayu", "--into", "desa-lumpatan"), "has the hub"),
        (("desa-lumpatan", "--into", "desa-sukarami"), "desa-sungai-medak, desa-lumpatan-ii"),
        (("desa-sukarami", "--into", "desa-lumpatan"), "no free port for desa-lumpatan-ap3"),
        (("desa-sukarami", "--into", "desa-lumpatan", "--retire", "desa-sukarami-ap2"), OLD),
    ],
)
def test_what_can_not_be_merged_is_refused_with_words(
    project: Project, capsys, words: tuple[str, ...], told: str
) -> None:
    before = offices(project)
    assert merge(project, *words, "--yes") in {1, 2}
    assert told in capsys.readouterr().err
    assert offices(project) == before


def test_an_open_run_of_its_devices_is_ended_first(project: Project, capsys) -> None:
    with Journal.open(project.journal_path) as journal:
        run = journal.begin("deploy", operator="siti")
        journal.enter(run, OLD, wave="one")
    assert into_bandar_jaya(project, "--yes") == 2
    assert f"sekayu-net resume {run}" in capsys.readouterr().err
