"""Values of the inventory written in place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from sekayu_net.errors import ProjectError
from sekayu_net.inventory.editing import merge_office, set_device, set_office
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


OFFICES = """\
district: {code: "16.06.01", name: Sekayu, hub: camat-sekayu-rtr1}
offices:
  - code: "16.06.01"
    name: Sekayu
    kind: camat
    phase: 1
    uplink: {kind: dinkominfo}
    routers:
      - {model: A, serial: HEX00000001, version: "7.20.4"}
  # near the river
  - code: "16.06.01.2001"
    name: Satu
    kind: desa
    phase: 2
    uplink: {kind: radio}
    routers:
      - {model: B, serial: HEX00000002, version: "7.20.4"}
    access_points:
      # above the door
      - {model: C, port: ether5, serial: HEX00000003, version: "7.20.4"} # from the depot
      - model: C
        serial: HEX00000004
        version: "7.20.4"
        number: 7
        port: ether4

  - code: "16.06.01.2002"   # on the hill
    name: Dua
    kind: desa
    phase: 2
    uplink: {kind: radio}
    routers:
      - {model: B, serial: HEX00000005, version: "7.20.4"}
"""

#: What stands instead of the first of the two, by whether the other has access points already.
MERGED = """\
      - {model: A, serial: HEX00000001, version: "7.20.4"}

  - code: "16.06.01.2002"   # on the hill
    name: Dua
    kind: desa
    phase: 2
    uplink: {kind: radio}
    routers:
      - {model: B, serial: HEX00000005, version: "7.20.4"}
    access_points:
"""
HERS = """\
      - {model: C, serial: HEX00000006, version: "7.20.4"}   # hers
"""
GONE_ALONG = """\
      # above the door
      - {number: 3, model: C, serial: HEX00000003, version: "7.20.4"} # from the depot
      - number: 4
        model: C
        serial: HEX00000004
        version: "7.20.4"
"""


@pytest.mark.parametrize("hers", ["", HERS])
def test_devices_of_a_merged_office_go_along_with_what_is_said_of_them(
    tmp_path: Path, hers: str
) -> None:
    file = tmp_path / "offices.yaml"
    file.write_text(OFFICES + (f"    access_points:\n{hers}" if hers else ""))
    merge_office(
        tmp_path, "16.06.01.2001", "16.06.01.2002", {"desa-satu-ap1": 3, "desa-satu-ap7": 4}
    )
    head = OFFICES[: OFFICES.index("      - {model: A")]
    assert file.read_text() == head + MERGED + hers + GONE_ALONG


def test_a_list_on_one_line_is_not_taken_apart(tmp_path: Path) -> None:
    file = tmp_path / "offices.yaml"
    lines = OFFICES.replace(
        '    routers:\n      - {model: B, serial: HEX00000005, version: "7.20.4"}\n',
        '    routers: [{model: B, serial: HEX00000005, version: "7.20.4"}]\n'
        '    access_points: [{model: C, serial: HEX00000006, version: "7.20.4"}]\n',
    )
    file.write_text(lines)
    with pytest.raises(ProjectError, match="line of its own"):
        merge_office(tmp_path, "16.06.01.2001", "16.06.01.2002", {"desa-satu-ap1": 2})
    assert file.read_text() == lines
