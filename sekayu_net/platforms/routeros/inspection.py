"""A configuration as plain rows with every default filled in, for whoever judges single settings.

What lives here: rows of one menu in one form, whether the export mentions them or not. What does
not: any judgement (``compliance``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sekayu_net.platforms.abilities import Inspected
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.tree import Row, Tree, describe, read


def menus(text: str, version: str) -> Callable[[str], tuple[Inspected, ...] | None]:
    """What a configuration says, menu by menu; None for one that the device failed to export."""
    tree = read(text, version)
    return lambda path: None if path in tree.unreadable else rows_of(tree, path)


def rows_of(tree: Tree, path: str) -> tuple[Inspected, ...]:
    """The rows of a menu: settings as one, built-in entries also where nothing is said of them."""
    menu = tree.menu(path)
    said = tree.rows(path)
    if menu.kind == "settings" or any(row.entry == "" for row in said):
        values = {key: value for row in said for key, value in row.values.items()}
        return (Inspected("", filled(menu, values, "")),)
    changed = {row.entry: row for row in said if row.entry}
    built_in = [
        changed.get(name) or Row({}, name, name)
        for name in dict.fromkeys([*menu.entries, *changed])
    ]
    items = [row for row in said if row.entry is None]
    return tuple(
        Inspected(describe(menu, row), filled(menu, row.values, row.entry))
        for row in (*built_in, *items)
    )


def filled(menu: Menu, values: Mapping[str, str | None], entry: str | None) -> dict[str, str]:
    """Every property that has a value, in normal form."""
    everything = {prop: menu.default(prop, entry) for prop in menu.defaults}
    if entry:
        everything |= {prop: menu.default(prop, entry) for prop in menu.entries.get(entry, {})}
        everything["name"] = menu.default("name", entry)
    given = {prop: "yes" if value is None else value for prop, value in values.items()}
    return {
        prop: menu.normal(prop, value)
        for prop, value in {**everything, **given}.items()
        if value is not None
    }
