"""A second hub in the inventory: where it stands, what it needs, who depends on the first."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from sekayu_net.inventory.checks import check
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.second_hub import notes

ROOT = Path(__file__).parents[3]
SECOND = "camat-sekayu-rtr2"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "inventory", tmp_path / "inventory")
    return tmp_path / "inventory"


@pytest.fixture
def edit(folder: Path) -> Callable[..., None]:
    def change(file: str, old: str, new: str) -> None:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return change


def test_every_link_of_the_hub_ends_at_the_second_too(folder: Path) -> None:
    district = load_district(folder)
    assert district.second_hub is not None
    assert district.second_hub.name == SECOND
    links = district.links_at(district.hub)
    assert district.links_at(SECOND) == links
    assert {link.second for link in links} == {SECOND}
    for link in links:
        three = {
            link.upstream_address.ip,
            link.downstream_address.ip,
            link.second_address.ip,
            link.virtual_address,
        }
        assert len(three) == 4
        assert all(address in link.network for address in three)
        assert link.network.broadcast_address not in three


def test_ports_pair_in_the_order_of_links(folder: Path) -> None:
    district = load_district(folder)
    pairs = {(link.upstream_port, link.second_port) for link in district.links_at(district.hub)}
    assert pairs == {
        ("sfp-sfpplus1", "GigabitEthernet0/0/1"),
        ("ether2", "GigabitEthernet0/0/2"),
    }


def test_a_link_between_offices_has_two_ends(folder: Path) -> None:
    district = load_district(folder)
    others = [
        o.link for o in district.offices.values() if o.link and o.link.upstream != district.hub
    ]
    assert others
    assert {link.second for link in others} == {None}


def test_nothing_hangs_on_the_second_alone(folder: Path) -> None:
    district = load_district(folder)
    second = district.devices[SECOND]
    assert district.behind(second) == ()
    assert district.path_to(second) == ()


def test_who_depends_on_the_first_is_said(folder: Path) -> None:
    district = load_district(folder)
    (note,) = notes(district)
    assert note.startswith(f"{SECOND} takes over for fiber and radio offices")
    tunnels = [office.slug for office in district.offices.values() if office.tunnel]
    assert tunnels
    assert note.endswith(f"alone: {', '.join(tunnels)}")


def test_without_a_second_hub_there_is_nothing_to_say(folder: Path, edit) -> None:
    edit("offices.yaml", "      - {model: ISR4331/K9", "      # {model: ISR4331/K9")
    district = load_district(folder)
    assert district.second_hub is None
    assert notes(district) == []
    assert {o.link.second for o in district.offices.values() if o.link} == {None}


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("models.yaml", "GigabitEthernet0/0/2: downlink", "GigabitEthernet0/0/2: unused",
         "the second hub has 1 downlink ports, the first has 2"),
        ("addressing.yaml", "10.63.255.0/29", "10.63.255.0/30", "has no address for a second hub"),
        ("addresses.lock.yaml", "10.60.0.8/29", "10.60.0.8/30",
         "the link 10.60.0.8/30 of lurah-serasan-jaya has no address for a second hub"),
        ("offices.yaml", 'serial: FDO2229A0AB, version: "17.6.5"} #',
         ('serial: FDO2229A0AB, version: "17.6.5"}\n      - {model: ISR4331/K9, '
         'serial: FDO2229A0AC, version: "17.6.5"} #'), "two routers at most"),
    ],
)  # fmt: skip
def test_what_it_lacks_is_a_fault(
    file: str, old: str, new: str, words: str, folder: Path, edit
) -> None:
    edit(file, old, new)
    assert any(words in fault.message for fault in check(folder))
