"""Values of the inventory written in place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.errors import ProjectError
from sekayu_net.inventory.editing import set_device, set_office
from sekayu_net.inventory.offices import load_district

REFERENCE = Path(__file__).parents[3] / "inventory"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(REFERENCE, tmp_path / "inventory"))


def changed_lines(folder: Path) -> list[tuple[str, str]]:
    before = (REFERENCE / "offices.yaml").read_text().splitlines()
    after = (folder / "offices.yaml").read_text().splitlines()
    return [(a, b) for a, b in zip(before, after, strict=True) if a != b]


@pytest.mark.parametrize(
    ("host", "key", "old", "new"),
    [
        ("lurah-kayu-ara-rtr1", "version", '"7.16.2"', '"7.20.4"'),
        ("lurah-kayu-ara-ap2", "serial", "HEX20B7F499", "HEX00000001"),
        ("desa-sukarami-ap1", "model", "wAPG-5HaxD2HaxD", "cAPGi-5HaxD2HaxD"),
    ],
)
def test_one_value_of_one_device_is_written(
    folder: Path, host: str, key: str, old: str, new: str
) -> None:
    set_device(folder, host, **{key: new.strip('"')})
    ((before, after),) = changed_lines(folder)
    assert after == before.replace(old, new, 1)
    assert load_district(folder).devices[host]


def test_an_office_is_renamed_and_keeps_its_addresses(folder: Path) -> None:
    address = load_district(folder).devices["desa-sukarami-rtr1"].address
    set_office(folder, "16.06.01.2001", name="Suka Ramai")
    assert load_district(folder).devices["desa-suka-ramai-rtr1"].address == address


def test_a_device_that_is_not_there_is_told(folder: Path) -> None:
    with pytest.raises(ProjectError, match="desa-nowhere-rtr1"):
        set_device(folder, "desa-nowhere-rtr1", version="7.20.4")
    assert changed_lines(folder) == []


def test_what_would_break_the_file_is_not_written(folder: Path) -> None:
    with pytest.raises(ProjectError, match="nothing was written"):
        set_device(folder, "desa-sukarami-rtr1", serial="x")
    assert changed_lines(folder) == []
    assert not list(folder.glob("*.part"))
