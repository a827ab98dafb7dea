"""Names that change hands: which items are renamed, and when.

RouterOS keeps references by internal id: they follow a rename. So a change is told in the names
that the device has now, and the names change at its end. What lives here: which names those are,
a goal told in old names, and the order of renames when one takes another's name. What does not:
how a rename is written (``script``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sekayu_net.platforms.routeros.diff import Comparison, Edit
from sekayu_net.platforms.routeros.schema import is_interface, renamed
from sekayu_net.platforms.routeros.tree import Row, Tree, name_of

TEMPORARY = "sekayu-temporary-"
"""A name that an item has only within a change."""


@dataclass(frozen=True, slots=True)
class Rename:
    """An item of the running configuration that gets another name."""

    path: str
    row: Row
    before: str
    after: str

    @property
    def space(self) -> str:
        """Within what a name is unique: a menu, or all interfaces."""
        return space(self.path)


def space(path: str) -> str:
    """Within what a name of a menu is unique."""
    return "interface" if is_interface(path) and path != "/interface list" else path


def renames(comparison: Comparison) -> list[Rename]:
    """The items that get another name, where nothing new needs the old one."""
    needed = _added(comparison)
    return [r for r in _all(comparison) if (r.space, r.before) not in needed]


def in_the_way(comparison: Comparison, running: Tree) -> list[Rename]:
    """Items that have a name which something new needs: they give it up first.

    They get their new name if they have one that is free, else a temporary one.
    """
    needed = _added(comparison)
    taken = {(space(path), name) for path, name in _names(running)}
    given_up = []
    for rename in _all(comparison):
        if (rename.space, rename.before) in needed:
            free = (rename.space, rename.after) not in taken | needed
            after = rename.after if free else TEMPORARY + rename.before
            given_up.append(Rename(rename.path, rename.row, rename.before, after))
    for change in comparison.changes:
        path = change.menu.path
        if change.menu.key != ("name",):
            continue
        for row in change.removed:
            name = row.values.get("name")
            if name and (space(path), name) in needed:
                given_up.append(Rename(path, row, name, TEMPORARY + name))
    return given_up


def in_old_names(goal: Tree, named: Sequence[Rename]) -> Tree:
    """The goal, told in the names that the device has now."""
    old = goal.copy()
    names: dict[str, dict[str, str]] = defaultdict(dict)
    for rename in named:
        names[rename.path][rename.after] = rename.before
        if rename.row.entry is not None:
            _row(old, rename)
    for path, rows in old.menus.items():
        menu = old.menu(path)
        for row in rows:
            edits: list[Edit] = []
            name = name_of(menu, row.values, row.entry)
            if name in names.get(path, {}):
                edits.append(("name", names[path][name], False))
            for prop, value in row.values.items():
                if not value or not menu.references(prop):
                    continue
                others: dict[str, str] = {}
                for named_path, of_menu in names.items():
                    if menu.names(prop, named_path):
                        others.update(of_menu)
                told = renamed(value, others)  # all at once: names may have changed places
                if told != value:
                    edits.append((prop, told, False))
            row.update(edits)
    return old


def in_order(named: Iterable[Rename]) -> Iterator[Rename]:
    """The renames one after the other, none to a name that another item still has."""
    waiting = list(named)
    while waiting:
        held = {(rename.space, rename.before) for rename in waiting}
        free = [r for r in waiting if (r.space, r.after) not in held]
        if free:
            yield from free
            waiting = [rename for rename in waiting if rename not in free]
            continue
        first = waiting.pop(0)  # a circle
        aside = TEMPORARY + first.before
        yield Rename(first.path, first.row, first.before, aside)
        waiting.append(Rename(first.path, first.row, aside, first.after))


def _all(comparison: Comparison) -> Iterator[Rename]:
    for change in comparison.changes:
        for pair in change.pairs:
            row = pair.running
            before = name_of(change.menu, row.values, row.entry)
            for key, value, unset in pair.edits:
                if key == "name" and before and value and not unset and before != value:
                    yield Rename(change.menu.path, row, before, value)


def _added(comparison: Comparison) -> set[tuple[str, str]]:
    return {
        (space(change.menu.path), name)
        for change in comparison.changes
        if change.menu.key == ("name",)
        for row in change.added
        if (name := row.values.get("name"))
    }


def _names(tree: Tree) -> Iterator[tuple[str, str]]:
    for path, rows in tree.menus.items():
        menu = tree.menu(path)
        for row in rows:
            name = name_of(menu, row.values, row.entry)
            if name:
                yield path, name


def _row(goal: Tree, rename: Rename) -> Row:
    """The goal's row of a built-in entry that is renamed, with its new name said."""
    rows = goal.menus.setdefault(rename.path, [])
    row = next((row for row in rows if row.entry == rename.row.entry), None)
    if row is None:
        row = Row({}, rename.row.entry, rename.row.selector)
        rows.append(row)
    row.update([("name", rename.after, False)])
    return row
