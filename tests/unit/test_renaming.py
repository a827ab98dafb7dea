"""An office gets another name, and what was kept under the old one."""

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
OLD, NEW = "desa-sukarami-rtr1", "desa-suka-ramai-rtr1"
OTHER = "desa-lumpatan-rtr1"
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


@pytest.fixture
def project(tmp_path: Path) -> Project:
    for name in ("inventory", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    (tmp_path / "sekayu.toml").write_text("")
    made = Project.load(tmp_path)
    with Journal.open(made.journal_path) as journal:
        run = journal.begin("deploy", operator="siti")
        for host in (OLD, OTHER):
            journal.enter(run, host, wave="one", linked=(OTHER, OLD))
            journal.state(run, host, "confirmed")
            journal.remember(run, host, fingerprint="f", config="c", intended="i")
    archive = Archive(made.archive_path)
    archive.store({OLD: "/ip pool\nadd name=one\n", OTHER: "other\n"}, "first")
    archive.store({OLD: "/ip pool\nadd name=two\n"}, "second")
    known_hosts.pin(made.known_hosts, OLD, KEY)
    made.secrets().generate([f"wireguard/{OLD}", "wifi/desa-sukarami/office"])
    return made


def rename(project: Project, *words: str) -> int:
    try:
        main(["--project", str(project.root), "inventory", "rename", *words, "--yes"])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_state_in_the_journal_goes_along(project: Project) -> None:
    assert rename(project, "desa-sukarami", "Suka Ramai") == 0
    with Journal.open(project.journal_path) as journal:
        assert set(journal.latest()) == set(journal.confirmed()) == {NEW, OTHER}
        assert journal.latest()[OTHER].linked == f"{OTHER} {NEW}"


def test_the_history_is_one(project: Project) -> None:
    rename(project, "desa-sukarami", "Suka Ramai")
    archive = Archive(project.archive_path)
    archive.store({NEW: "/ip pool\nadd name=three\n"}, "third")
    versions = archive.versions(NEW)
    assert [v.message for v in versions] == [
        "third",
        "desa-sukarami is desa-suka-ramai now",
        "second",
        "first",
    ]
    assert archive.show(NEW, versions[-1].revision) == "/ip pool\nadd name=one\n"
    told = archive.diff(NEW, versions[-1].revision, versions[0].revision)
    assert "-add name=one" in told
    assert "+add name=three" in told


def test_key_secrets_and_addresses_stay(project: Project) -> None:
    before = project.district().devices[OLD]
    key = project.secrets().get(f"wireguard/{OLD}").value
    rename(project, "16.06.01.2001", "Suka Ramai")
    fresh = Project.load(project.root)
    device = fresh.district().devices[NEW]
    assert (device.address, device.serial) == (before.address, before.serial)
    assert known_hosts.pinned(fresh.known_hosts, NEW) == KEY
    assert known_hosts.pinned(fresh.known_hosts, OLD) is None
    assert fresh.secrets().get(f"wireguard/{NEW}").value == key
    assert fresh.secrets().names() == ["wifi/desa-suka-ramai/office", f"wireguard/{NEW}"]


def test_the_hub_and_offices_behind_follow(project: Project) -> None:
    assert rename(project, "desa-lumpatan", "Lumpatan Lama") == 0
    assert rename(project, "Sekayu", "Sekayu Kota") == 0
    district = Project.load(project.root).district()
    assert district.hub == "camat-sekayu-kota-rtr1"
    assert district.offices["desa-sungai-medak"].upstream == "desa-lumpatan-lama"


def test_run_again_after_it_was_broken_off_it_ends(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(
            "sekayu_net.inventory.editing.rename_office", lambda *_: (_ for _ in ()).throw(OSError)
        )
        # What it would bring about is asked first, of a copy.
        assert rename(project, "desa-sukarami", "Suka Ramai") != 0
    assert rename(project, "desa-sukarami", "Suka Ramai") == 0
    assert NEW in Project.load(project.root).district().devices


@pytest.mark.parametrize(
    ("office", "name", "words"),
    [
        ("desa-nowhere", "x", "there is no office"),
        ("desa-sukarami", "Sukarami", "nothing to do"),
        ("desa-sukarami", "Lumpatan", "desa-lumpatan"),
    ],
)
def test_a_name_that_does_not_fit_changes_nothing(
    project: Project, office: str, name: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (project.inventory / "offices.yaml").read_text()
    assert rename(project, office, name) in (1, 2)
    assert words in capsys.readouterr().err
    assert (project.inventory / "offices.yaml").read_text() == before
