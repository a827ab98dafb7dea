"""The reference inventory: the real offices, and example devices that fit together."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import pytest

from sekayu_net.inventory.checks import check
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district

ROOT = Path(__file__).parents[3]
REFERENCE = ROOT / "inventory"
SHARED = Path(os.environ.get("SEKAYU_SHARED", ROOT.parent / "shared"))
AREAS = SHARED / "data" / "wilayah-musi-banyuasin.csv"


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(REFERENCE)


def test_it_has_no_fault() -> None:
    assert check(REFERENCE) == []


def test_it_holds_the_fifteen_offices_and_more_than_thirty_devices(district: District) -> None:
    kinds = [office.kind for office in district.offices.values()]
    assert [kinds.count(kind) for kind in ("camat", "lurah", "desa")] == [1, 4, 10]
    assert len(district.devices) >= 30


@pytest.mark.skipif(not AREAS.exists(), reason="the table of administrative areas is not here")
def test_codes_names_and_kinds_are_the_official_ones(district: District) -> None:
    with AREAS.open(encoding="utf-8") as table:
        official = {
            (row["code"], row["name"], row["kind"])
            for row in csv.DictReader(table)
            if row["kecamatan_code"] == district.code
        }
    assert {(o.code, o.name, o.kind) for o in district.offices.values()} == official


def test_it_says_that_everything_else_is_an_example() -> None:
    assert "example" in (REFERENCE / "offices.yaml").read_text().split("\n\n")[0]


def test_every_device_has_its_own_address_and_serial_number(district: District) -> None:
    devices = district.devices.values()
    assert len({device.address for device in devices}) == len(devices)
    assert len({device.serial for device in devices}) == len(devices)


def test_every_office_but_the_hub_has_a_link_or_a_tunnel(district: District) -> None:
    reached = {o.slug: (o.link is None) != (o.tunnel is None) for o in district.offices.values()}
    assert reached.pop("camat-sekayu") is False
    assert all(reached.values())


def test_fiber_and_radio_come_in_on_different_ports_of_the_hub(district: District) -> None:
    ports = {(link.kind, link.upstream_port) for link in district.links_at(district.hub)}
    assert ports == {("fiber", "sfp-sfpplus1"), ("radio", "ether2")}


def test_an_office_behind_another_is_on_its_path(district: District) -> None:
    behind = district.behind(district.devices["desa-lumpatan-rtr1"])
    assert "desa-sungai-medak-ap1" in behind
    assert "desa-sukarami-rtr1" not in behind


def test_what_is_attached_is_attached_at_both_ends(district: District) -> None:
    ends = {
        (device.name, other)
        for device in district.devices.values()
        for other in device.attached.values()
    }
    assert ends == {(other, name) for name, other in ends}
    assert {name for name, _ in ends} >= {
        d.name for d in district.devices.values() if d.role == "access_point"
    }


def test_all_versions_that_the_templates_know_are_in_use(district: District) -> None:
    assert {d.version for d in district.devices.values()} == {
        "7.16.2",
        "7.20.4",
        "7.24.1",
        "17.6.5",
    }


def test_offices_and_loopbacks_are_part_of_the_intranet(district: District) -> None:
    intranet = district.services.intranet
    for office in district.offices.values():
        for network in (vlan.network for vlan in office.vlans.values()):
            assert any(network.subnet_of(whole) for whole in intranet)
        assert any(office.router.address in whole for whole in intranet)
