"""Who names an item: what tells that an item with another name is the same one.

An interface list has nothing but its name. If what named the old one names the new one, it was
renamed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from sekayu_net.platforms.routeros.schema import Menu, named
from sekayu_net.platforms.routeros.tree import Row, Tree

Use = tuple[str, frozenset[tuple[str, str]]]
"""A menu, and what a row of it says, with a blank for the name."""
_BLANK = "\0"


def uses(tree: Tree, path: str) -> dict[str, Counter[Use]]:
    """What names the items of the menu ``path``, by the name."""
    found: dict[str, Counter[Use]] = defaultdict(Counter)
    for other, rows in tree.menus.items():
        menu = tree.menu(other)
        for row in rows:
            for prop, name in _named(menu, row, path):
                said = {k: v for k, v in row.canonical(menu).items() if k not in (prop, "comment")}
                said[prop] = _BLANK
                found[name][other, frozenset(said.items())] += 1
    return found


def _named(menu: Menu, row: Row, path: str) -> Iterator[tuple[str, str]]:
    for prop, value in row.values.items():
        if value and menu.names(prop, path):
            for name in named(value):
                yield prop, name


def likeness(before: Counter[Use], after: Counter[Use]) -> float:
    """Which share of the uses is the same, from 0 (also without any use) to 1."""
    most = max(before.total(), after.total())
    return (before & after).total() / most if most else 0.0
