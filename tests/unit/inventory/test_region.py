"""The region of an office: its own, else the district's, else none."""

from __future__ import annotations

import pytest

from sekayu_net.errors import InventoryError
from sekayu_net.inventory.offices import load_district


def regions(folder) -> set[str | None]:
    return {office.region for office in load_district(folder).offices.values()}


def say(folder, old: str, new: str) -> None:
    file = folder / "offices.yaml"
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


def test_without_a_word_nobody_has_a_region(folder) -> None:
    assert regions(folder) == {None}


def test_an_office_is_in_its_districts_region_or_in_its_own(folder) -> None:
    say(folder, "hub: camat-contoh-rtr1}", "hub: camat-contoh-rtr1, region: muba}")
    assert regions(folder) == {"muba"}
    say(folder, "    phase: 1\n", "    phase: 1\n    region: kota\n")
    assert regions(folder) == {"muba", "kota"}


@pytest.mark.parametrize("word", ["Muba Timur", "'=4'", "''"])
def test_a_region_is_one_plain_word(folder, word) -> None:
    say(folder, "hub: camat-contoh-rtr1}", f"hub: camat-contoh-rtr1, region: {word}}}")
    with pytest.raises(InventoryError, match="region"):
        load_district(folder)
