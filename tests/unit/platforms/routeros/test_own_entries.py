"""What on a device is the tool's own, and what only looks like it."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.record import OWN_FILE, Names

TOKEN = "a1b2c3d4"
NAMES = Names(TOKEN, "flash/")
OWN = [
    "sekayu-pending",
    "sekayu-confirmed",
    NAMES.stem,
    NAMES.apply,
    NAMES.undo,
    NAMES.timer,
    NAMES.end,
    NAMES.at,
    NAMES.now,
]
OTHERS = ["sekayu-backup", "sekayu-a1b2c3d4-nightly", "sekayu-a1b2", "backup", "my-sekayu-pending"]


def export(name: str) -> str:
    return (
        f"/system script\nadd name={name} source=x\n/system scheduler\nadd name={name} on-event=x\n"
    )


@pytest.mark.parametrize("name", OWN)
def test_the_tools_own_entries_are_invisible(name: str) -> None:
    assert ROUTEROS.canonical(export(name)) == ROUTEROS.canonical("")


@pytest.mark.parametrize("name", OTHERS)
def test_a_persons_entries_are_seen_whatever_they_are_called(name: str) -> None:
    assert ROUTEROS.canonical(export(name)).count(name) == 2


@pytest.mark.parametrize(
    "name",
    [NAMES.file, NAMES.undo_file, NAMES.arm_file, NAMES.check_file, NAMES.backup, NAMES.output],
)
def test_every_file_that_is_uploaded_is_the_tools_own(name: str) -> None:
    assert OWN_FILE.fullmatch(name)
    assert OWN_FILE.fullmatch(name.removeprefix("flash/"))


@pytest.mark.parametrize("name", ["sekayu-backup.backup", "flash/sekayu-x.rsc", "skins"])
def test_a_persons_files_are_not(name: str) -> None:
    assert not OWN_FILE.fullmatch(name)
