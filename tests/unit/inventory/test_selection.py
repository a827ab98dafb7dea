"""Filters: different ones narrow, the same one widens, none that fits lists near names."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import UsageError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district
from sekayu_net.inventory.selection import Selection, select


@pytest.fixture
def district(folder: Path) -> District:
    return load_district(folder)


@pytest.mark.parametrize(
    ("selection", "names"),
    [
        (Selection(office=("Satu",)), "lurah-satu-rtr1 lurah-satu-ap1"),
        (Selection(office=("tiga jauh",)), "desa-tiga-jauh-rtr1"),
        (Selection(office=("desa-tiga-jauh",)), "desa-tiga-jauh-rtr1"),
        (Selection(office=("16.99.01.1001",), role=("router",)), "lurah-satu-rtr1"),
        (Selection(host=("desa-dua-rtr1", "camat-contoh-ap1")), "camat-contoh-ap1 desa-dua-rtr1"),
        (Selection(kind=("lurah", "camat"), role=("router",)), "camat-contoh-rtr1 lurah-satu-rtr1"),
        (
            Selection(phase=(2,), platform=("routeros",)),
            "desa-dua-rtr1 desa-tiga-jauh-rtr1 desa-empat-rtr1",
        ),
    ],
)
def test_filters_narrow_and_widen(district: District, selection: Selection, names: str) -> None:
    assert [device.name for device in select(district, selection)] == names.split()


def test_no_filter_takes_every_device(district: District) -> None:
    assert len(select(district, Selection())) == len(district.devices)


@pytest.mark.parametrize(
    ("selection", "word", "near"),
    [
        (Selection(host=("lurah-sato-rtr1",)), "no device lurah-sato-rtr1", "lurah-satu-rtr1"),
        (Selection(office=("Emput",)), "no office Emput", "empat"),
        (Selection(kind=("kelurahan",)), "--kind kelurahan", "lurah"),
        (Selection(phase=(3,)), "--phase 3", "1, 2"),
    ],
)
def test_a_filter_that_matches_nothing_lists_near_names(
    district: District, selection: Selection, word: str, near: str
) -> None:
    with pytest.raises(UsageError, match=word) as nothing:
        select(district, selection)
    assert near in str(nothing.value.hint)


def test_filters_that_exclude_each_other_are_wrong_usage(district: District) -> None:
    with pytest.raises(UsageError, match="leave no device"):
        select(district, Selection(kind=("desa",), phase=(1,)))
