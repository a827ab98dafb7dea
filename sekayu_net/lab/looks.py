"""How ``print`` shows a menu in one generation: flags, order, columns, what stands in quotes.

Reads ``data/print.yaml``. Making text of rows is ``printing``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

import yaml

from sekayu_net.lab.schema import at_least

Numbered = Literal["all", "static", "none"]
#: Flag letters: word → letter, for menus without flags of their own, in the order of a row.
LETTERS: Mapping[str, str] = MappingProxyType(
    {
        "default": "*", "disabled": "X", "inactive": "I", "invalid": "I", "dynamic": "D",
        "active": "A", "connect": "c", "ospf": "o", "dhcp": "d", "static": "s", "running": "R",
        "slave": "S",
    }
)  # fmt: skip
#: Of these a row of 6.49 shows one.
_STATES = frozenset({"disabled", "invalid", "inactive", "dynamic", "running"})


@dataclass(frozen=True, slots=True)
class Look:
    """How one menu looks.

    ``flags`` holds one tuple of (letter, word) for each position; None where the rows decide.
    ``order`` are the first properties of ``detail`` and ``terse``, with ``only`` all of them.
    ``columns`` are those of 6.49's table; empty: as in 7.
    """

    old: bool
    flags: tuple[tuple[tuple[str, str], ...], ...] | None = None
    order: tuple[str, ...] = ()
    only: bool = False
    quoted: frozenset[str] = frozenset()
    numbered: Numbered = "all"
    columns: tuple[str, ...] = ()


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    text = (resources.files("sekayu_net.lab") / "data" / "print.yaml").read_text("utf-8")
    loaded: dict[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return loaded


def _position(words: str) -> tuple[tuple[str, str], ...]:
    """``X disabled, R running`` → ((X, disabled), (R, running))."""
    pairs = (part.strip().split(" ", 1) for part in words.split(","))
    return tuple((letter, word) for letter, word in pairs)


@lru_cache(maxsize=512)
def _look(menu: str, old: bool) -> Look:
    raw = dict(_data().get(menu, {}))
    if old:
        raw |= raw.get("v6", {})
    flags = raw.get("flags")
    numbered = raw.get("numbered", True)
    return Look(
        old=old,
        flags=None if flags is None else tuple(_position(words) for words in flags),
        order=tuple(raw.get("order", ())),
        only=raw.get("only", False),
        quoted=frozenset(raw.get("quoted", ())),
        numbered="none" if numbered == "never" else "all" if numbered or old else "static",
        columns=tuple(raw.get("columns", ())) if old else (),
    )


def look(menu: str, version: str, flags: Mapping[str, str] = MappingProxyType({})) -> Look:
    """How a menu looks in a version; ``flags`` (letter → word) are all that 6.49 knows of it."""
    found = _look(menu, not at_least(version, "7"))
    if found.old and found.flags is None and flags:
        return replace(found, flags=_positions(flags))
    return found


def _positions(flags: Mapping[str, str]) -> tuple[tuple[tuple[str, str], ...], ...]:
    """States that exclude each other in one position, each other letter in its own."""
    positions: dict[str, list[tuple[str, str]]] = {}
    for letter, word in flags.items():
        positions.setdefault("" if word in _STATES else word, []).append((letter, word))
    return tuple(tuple(position) for position in positions.values())
