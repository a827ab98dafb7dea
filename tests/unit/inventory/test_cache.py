"""A large inventory is kept in built form, and built anew when anything in it changed."""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

import pytest

from sekayu_net.inventory import cache
from sekayu_net.inventory.offices import load_district

BASE = Path(__file__).parents[2] / "cases" / "inventory" / "base"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(BASE, tmp_path / "inventory"))


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(cache, "WORTH_IT", 0)
    return tmp_path / "state" / "inventory.cache"


def test_the_second_load_reads_what_the_first_built(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = cache.district(folder, kept)
    monkeypatch.setattr(cache, "load_district", None)
    assert cache.district(folder, kept) == first == load_district(folder)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


@pytest.mark.parametrize("name", ["offices", "models", "addressing", "defaults"])
def test_a_change_in_any_file_is_seen(folder: Path, kept: Path, name: str) -> None:
    cache.district(folder, kept)
    file = folder / f"{name}.yaml"
    had = file.read_text() if file.exists() else ""
    file.write_text(had.replace("Kota", "Baru") + "\n# changed\n")
    before = kept.read_bytes()
    assert cache.district(folder, kept) == load_district(folder)
    assert kept.read_bytes() != before


@pytest.mark.parametrize("content", [b"", b"rubbish", b"x" * 64 + b"rubbish"])
def test_a_broken_cache_is_made_anew(folder: Path, kept: Path, content: bytes) -> None:
    kept.parent.mkdir()
    kept.write_bytes(content)
    assert cache.district(folder, kept) == load_district(folder)
    assert kept.read_bytes() != content


@pytest.mark.parametrize("call", ["builtins\nprint", "sekayu_net.inventory.addressing\nwrite_lock"])
def test_a_cache_can_hold_nothing_but_an_inventory(
    folder: Path, kept: Path, call: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: list[object] = []
    monkeypatch.setattr("builtins.print", called.append)
    monkeypatch.setattr("sekayu_net.inventory.addressing.write_lock", called.append)
    cache.district(folder, kept)
    evil = f"c{call}\n(S'this must not run'\ntR.".encode()
    kept.write_bytes(kept.read_bytes()[: cache.DIGEST] + evil)
    assert cache.district(folder, kept) == load_district(folder)
    assert called == []


def test_a_setting_may_be_a_date(folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "defaults.yaml").write_text(
        "data: {since: 2026-11-25, until: 2026-11-25 08:00:00+07:00, seen: 2026-11-25 08:00:00}\n"
    )
    first = cache.district(folder, kept)
    monkeypatch.setattr(cache, "load_district", None)
    assert cache.district(folder, kept).settings == first.settings


def test_what_devices_share_they_share_after_loading(
    folder: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.district(folder, kept)
    monkeypatch.setattr(cache, "load_district", None)
    district = cache.district(folder, kept)
    for device in district.devices.values():
        assert device.office is district.office_of(device).slug
        assert device.ports is device.model.ports or device.ports != device.model.ports


def test_a_small_inventory_needs_no_cache(folder: Path, tmp_path: Path) -> None:
    cache.district(folder, tmp_path / "inventory.cache")
    assert not (tmp_path / "inventory.cache").exists()


def test_a_folder_that_can_t_be_written_costs_only_time(folder: Path, kept: Path) -> None:
    kept.parent.write_text("a file where the folder should be")
    assert cache.district(folder, kept) == load_district(folder)
