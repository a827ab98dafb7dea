"""Consecutive exports of real devices: a script leads to the next, its inverse back.

Judged by the product's own interpreter of scripts; the exports lie beside the repository.
"""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS

SHARED = Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[3] / "shared"))
DEVICES = sorted((SHARED / "corpus" / "routeros-history").glob("*"))
FORTH = [pair for device in DEVICES for pair in pairwise(sorted(device.glob("*.rsc")))]
PAIRS = [*FORTH, *((after, before) for before, after in FORTH)]
SAMPLE = PAIRS[::9]
pytestmark = pytest.mark.skipif(not PAIRS, reason="the corpus of real exports is not here")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


def pair(before: Path, after: Path) -> tuple[str, str, DiffContext]:
    context = DiffContext(version=after.stem.split("-", 1)[1], whole=True)
    return before.read_text("latin-1"), after.read_text("latin-1"), context


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=name)
def test_the_script_reaches_the_next_export_and_the_inverse_comes_back(
    before: Path, after: Path
) -> None:
    start, goal, context = pair(before, after)
    change = ROUTEROS.diff(start, goal, context)
    reached = ROUTEROS.apply(start, change.script)
    assert ROUTEROS.diff(reached, goal, context).script == ""
    back = ROUTEROS.apply(reached, change.inverse)
    assert ROUTEROS.diff(back, start, context).script == ""


@pytest.mark.parametrize(("before", "after"), SAMPLE, ids=name)
def test_the_inverse_comes_back_from_a_script_that_stopped_anywhere(
    before: Path, after: Path
) -> None:
    start, goal, context = pair(before, after)
    change = ROUTEROS.diff(start, goal, context)
    lines = change.script.splitlines()
    for count in range(0, len(lines) + 1, 1 + len(lines) // 30):
        middle = ROUTEROS.apply(start, "\n".join(lines[:count]))
        back = ROUTEROS.apply(middle, change.inverse)
        assert ROUTEROS.diff(back, start, context).script == "", f"after {count} statements"


def test_no_script_wipes_an_ordered_menu() -> None:
    for before, after in SAMPLE:
        start, goal, context = pair(before, after)
        for operation in ROUTEROS.diff(start, goal, context).operations:
            assert operation.action != "remove" or "=" in operation.statement
