"""The file of qualifications: what it says, what it leaves out, what a second run changes."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sekayu_net.errors import InputError
from sekayu_net.inventory.district import Make
from sekayu_net.inventory.qualified import (
    TRIALS,
    Qualification,
    Tried,
    find,
    load,
    merged,
    save,
)

DAY = date(2026, 11, 24)
ALL = dict.fromkeys(TRIALS, "passed")


def qualification(results: dict[str, str], **changed: object) -> Qualification:
    entry = {
        "platform": "routeros",
        "version": "7.20",
        "model": "RB5009UG+S+",
        "undo": "job+startup",
        "trials": {
            trial: {"result": result, "date": None if result == "not tried" else DAY}
            for trial, result in results.items()
        },
    }
    return Qualification.model_validate({**entry, **changed})


def test_no_file_means_nothing_is_qualified(tmp_path: Path) -> None:
    assert load(tmp_path / "qualified.yaml") == ()


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    file = tmp_path / "qualified.yaml"
    known = (qualification(ALL), qualification({**ALL, "reboot": "failed"}, lab=True))
    save(file, known)
    assert load(file) == known
    assert [path.name for path in tmp_path.iterdir()] == ["qualified.yaml"]


def test_a_folder_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        save(tmp_path / "missing" / "qualified.yaml", (qualification(ALL),))
    assert "qualified.yaml" in str(caught.value)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("qualified:\n- platform: routeros\n  serial: X\n", 3, "unknown key 'serial'"),
        ("qualified:\n- platform: routeros\n  version: 7.2\n", 3, "string"),
        ("other: []\n", 1, "unknown key 'other'"),
    ],
)
def test_a_fault_in_the_file_has_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    file = tmp_path / "qualified.yaml"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        load(file)
    assert f"qualified.yaml:{line}" in str(caught.value)
    assert words in str(caught.value)


OPEN = [
    (ALL, ()),
    ({**ALL, "reboot": "not claimed"}, ()),
    ({**ALL, "reboot": "not tried"}, ("reboot not tried",)),
    ({**ALL, "fire": "failed"}, ("fire failed",)),
    (
        {"fire": "passed"},
        (
            "failure not tried",
            "confirm not tried",
            "reboot not tried",
            "leftovers not tried",
        ),
    ),
]


@pytest.mark.parametrize(("results", "left"), OPEN)
def test_what_is_still_open(results: dict[str, str], left: tuple[str, ...]) -> None:
    assert qualification(results).open == left


def test_a_trial_that_was_not_repeated_keeps_its_result() -> None:
    again = qualification({**ALL, "reboot": "not tried"})
    assert merged([qualification(ALL)], again) == (qualification(ALL),)


def test_a_trial_that_was_repeated_has_its_new_result() -> None:
    again = qualification({**ALL, "fire": "failed"})
    assert merged([qualification(ALL)], again) == (again,)


def test_results_of_another_kind_of_undo_are_forgotten() -> None:
    again = qualification({**ALL, "reboot": "not tried"}, undo="scheduler")
    assert merged([qualification(ALL)], again) == (again,)


def test_the_lab_and_other_versions_stand_beside_it() -> None:
    here, lab = qualification(ALL), qualification(ALL, lab=True)
    newer = qualification(ALL, version="7.24")
    assert merged([lab, newer], here) == (here, lab, newer)


def test_what_the_lab_showed_does_not_count_for_hardware() -> None:
    lab = qualification(ALL, lab=True)
    make = Make("routeros", "7.20", "RB5009UG+S+")
    assert find([lab], make, lab=False) is None
    assert find([lab], make, lab=True) == lab


def test_a_trial_never_tried_has_no_date() -> None:
    assert Tried(result="not tried").date is None
