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
PAIRS = [pair for device in DEVICES for pair in pairwise(sorted(device.glob("*.rsc")))]
pytestmark = pytest.mark.skipif(not PAIRS, reason="the corpus of real exports is not here")


def name(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=name)
def test_the_script_reaches_the_next_export_and_the_inverse_comes_back(
    before: Path, after: Path
) -> None:
    start, goal = before.read_text("latin-1"), after.read_text("latin-1")
    context = DiffContext(version=after.stem.split("-", 1)[1], whole=True)
    change = ROUTEROS.diff(start, goal, context)
    reached = ROUTEROS.apply(start, change.script)
    assert ROUTEROS.diff(reached, goal, context).script == ""
    back = ROUTEROS.apply(reached, change.inverse)
    assert ROUTEROS.diff(back, start, context).script == ""
