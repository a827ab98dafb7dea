"""Spans of time and shares as a playbook writes them: ``90s``, ``10m``, ``7d``; ``25%``. Pure."""

from __future__ import annotations

import re
from math import ceil, floor

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
SPAN = re.compile(r"(\d+)\s*([smhd])")
PERCENT = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def seconds(value: object) -> int:
    """A span in seconds. ``ValueError`` for anything but a number and a unit; 0 needs no unit."""
    found = SPAN.fullmatch(str(value).strip())
    if found is None and str(value).strip() != "0":
        raise ValueError(f"{value!r} is no span of time: write 90s, 10m, 4h or 7d")
    return 0 if found is None else int(found[1]) * UNITS[found[2]]


def words(span: float) -> str:
    """Seconds as people say them, in at most two units: ``45 s``, ``10 min``, ``7 d 2 h``."""
    left = max(0, round(span))
    said = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        count, left = divmod(left, size)
        if count:
            said.append(f"{count} {unit}")
        elif said:
            break
    return " ".join(said[:2]) or "0 s"


def percent(value: object) -> float:
    """A share of 100. ``ValueError`` unless it is a number from 0 to 100 with a percent sign."""
    found = PERCENT.fullmatch(str(value).strip())
    if found is None or float(found[1]) > 100:
        raise ValueError(f"{value!r} is no share: write 25%, in quotes or not")
    return float(found[1])


def at_least(share: float, count: int) -> int:
    """So many of ``count`` as a share asks for, rounded up: a share of something is never none."""
    return ceil(round(count * share / 100, 6))


def at_most(share: float, count: int) -> int:
    """So many of ``count`` as a share allows, rounded down: a budget is not rounded away."""
    return floor(round(count * share / 100, 6))
