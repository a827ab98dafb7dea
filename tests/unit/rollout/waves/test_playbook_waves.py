"""From a playbook's filters to waves of hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import PlaybookError
from sekayu_net.rollout.playbook import Playbook, load_playbook, waivers_of, waves_of

pytest.importorskip("sekayu_net.inventory.selection")
PATH = Path("p.yaml")


def waves(place, only=None, **parts) -> dict[str, tuple[str, ...]]:
    book = Playbook.model_validate({"name": "p", **parts})
    return {wave.name: wave.hosts for wave in waves_of(book, place.district, PATH, only)}


PHASE_1 = {
    "hosts": {"phase": 1},
    "waves": [
        {"name": "canary", "hosts": {"kind": "lurah"}, "offices": 1},
        {"name": "lurah", "hosts": {"kind": "lurah"}},
        {"name": "camat", "hosts": {"kind": "camat"}},
    ],
}


def test_a_host_is_in_the_first_wave_that_wants_it(place) -> None:
    assert waves(place, **PHASE_1) == {
        "canary": ("lurah-satu-rtr1", "lurah-satu-ap1", "lurah-satu-ap2"),
        "lurah": ("lurah-dua-rtr1",),
        "camat": ("camat-kota-rtr1", "camat-kota-ap1"),
    }


def test_without_waves_all_hosts_are_one_wave(place) -> None:
    assert set(waves(place)["all"]) == set(place.district.devices)


def test_narrowing_leaves_out_empty_waves(place) -> None:
    assert waves(place, only=["camat-kota-ap1"], **PHASE_1) == {"camat": ("camat-kota-ap1",)}


def test_a_host_in_no_wave_is_a_fault(place) -> None:
    with pytest.raises(PlaybookError, match="in no wave: camat-kota-rtr1"):
        waves(place, hosts={"phase": 1}, waves=[{"name": "a", "hosts": {"kind": "lurah"}}])


def test_a_filter_that_finds_nothing_is_a_fault(place) -> None:
    with pytest.raises(PlaybookError, match="hosts"):
        waves(place, hosts={"office": "nowhere"})


SHARES = {
    "a third, rounded up": (["34%"], [2]),
    "two quarters, each of all": (["25%", "25%"], [1, 1]),
    "half and half": (["50%", "50%"], [2, 2]),
    "more than is left": (["75%", "75%"], [3, 1]),
}


@pytest.mark.parametrize(("shares", "sizes"), SHARES.values(), ids=SHARES)
def test_a_share_is_of_all_offices_that_the_filter_finds(place, shares, sizes) -> None:
    named = [{"name": str(n), "share": share} for n, share in enumerate(shares)]
    made = waves(place, waves=[*named, {"name": "rest"}])
    offices = [{place.district.devices[host].office for host in made[w["name"]]} for w in named]
    assert [len(each) for each in offices] == sizes
    hosts = [host for wave in made.values() for host in wave]
    assert sorted(hosts) == sorted(place.district.devices)


def test_a_wave_rests_as_it_says_or_as_the_playbook_says(place) -> None:
    book = Playbook.model_validate(
        {
            "name": "p",
            "soak": "5m",
            "waves": [{"name": "a", "offices": 1, "soak": 0}, {"name": "b"}],
        }
    )
    made = waves_of(book, place.district, PATH, place.district.devices)
    assert {wave.name: wave.soak for wave in made} == {"a": 0, "b": 300}


def test_a_filter_that_finds_nothing_is_named_with_its_line(place, tmp_path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nwaves:\n- name: a\n  hosts:\n    office: nowhere\n- name: b\n")
    with pytest.raises(PlaybookError) as caught:
        waves_of(load_playbook(path), place.district, path)
    assert caught.value.line == 4


def test_a_waiver_for_nobody_is_named_with_its_line(place, tmp_path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        "name: p\nwaivers:\n"
        "- {host: lurah-dua-rtr1, reason: x, until: 2026-03-31}\n"
        "- {host: nobody, reason: x, until: 2026-03-31}\n"
    )
    with pytest.raises(PlaybookError, match="no device nobody") as caught:
        waivers_of(load_playbook(path), place.district, path)
    assert caught.value.line == 4
