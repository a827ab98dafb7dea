"""From a playbook's filters to waves of hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import PlaybookError
from sekayu_net.rollout.playbook import Playbook, waves_of

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
