"""Bad inventories as data: each case says what is edited in the base and every fault expected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.errors import InventoryError
from sekayu_net.inventory.checks import check
from sekayu_net.inventory.offices import load_district

CASES = sorted((Path(__file__).parents[2] / "cases" / "inventory").glob("*.yaml"))


def spoil(folder: Path, edit: dict[str, Any]) -> None:
    """Apply one edit of a case: replace a text once, give the whole file, or take it away."""
    file = folder / edit["file"]
    if edit.get("gone"):
        file.unlink()
    elif "text" in edit:
        file.write_text(edit["text"])
    else:
        text = file.read_text()
        assert edit["old"] in text
        file.write_text(text.replace(edit["old"], edit["new"], 1))


def test_the_base_has_no_fault(folder: Path) -> None:
    assert check(folder) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_every_fault_is_found_with_file_and_line_and_no_other(case: Path, folder: Path) -> None:
    said = yaml.safe_load(case.read_text())
    for edit in said["edits"]:
        spoil(folder, edit)
    assert [str(fault) for fault in check(folder)] == [
        f"inventory/{line}" for line in said["faults"]
    ]


def test_a_misspelt_word_comes_with_near_ones(folder: Path) -> None:
    spoil(folder, {"file": "offices.yaml", "old": "to: desa-dua", "new": "to: desa-duo"})
    (fault,) = check(folder)
    assert fault.hint is not None
    assert fault.hint.startswith("did you mean desa-dua")


def test_a_version_that_yaml_takes_for_a_number_gets_told_about_quotes(folder: Path) -> None:
    spoil(folder, {"file": "offices.yaml", "old": '"7.16.2"', "new": "7.16"})
    (fault,) = check(folder)
    assert fault.hint is not None
    assert '"7.16"' in fault.hint


def test_loading_a_faulty_inventory_tells_every_fault(folder: Path) -> None:
    spoil(folder, {"file": "offices.yaml", "old": "EXAMPLE0006", "new": "EXAMPLE0003"})
    spoil(folder, {"file": "addressing.yaml", "old": "id: 40", "new": "id: 30"})
    with pytest.raises(InventoryError, match="2 faults") as faulty:
        load_district(folder)
    assert len(faulty.value.findings) == 2


def test_virtual_devices_need_no_serial_numbers(folder: Path) -> None:
    for old in ("serial: EXAMPLE0004, ", "serial: EXAMPLE0006, "):
        spoil(folder, {"file": "offices.yaml", "old": old, "new": ""})
    models = folder / "models.yaml"
    models.write_text(
        models.read_text().replace("    platform:", "    virtual: true\n    platform:")
    )
    assert check(folder) == []
