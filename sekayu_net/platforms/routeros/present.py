"""A change in words: what a technician reads before a deployment.

What lives here: the plain text of a comparison, and its findings. What does not: colour (the
terminal report) and the statements.

One block a menu, its path at column 0, then lines by what they are: ``+`` added, ``-`` removed,
``~`` changed, ``>`` moved. A ``!`` right behind it marks what the management flow rests on. At
most 80 columns, unless one value alone is longer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sekayu_net.platforms.base import Difference
from sekayu_net.platforms.columns import wrapped
from sekayu_net.platforms.routeros.diff import Comparison, Edit, MenuChange
from sekayu_net.platforms.routeros.masking import concealed
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.tree import Row, Tree, describe, telling


def differences(comparison: Comparison, running: Tree) -> list[Difference]:
    """The findings: owned ones first, then what is unmanaged or can't be read."""
    found: list[Difference] = []
    for change in comparison.changes:
        found.extend(_of_menu(change))
    for path in comparison.unmanaged:
        count = len(running.rows(path))
        rows = f"{count} row{'s' if count != 1 else ''}"
        found.append(Difference("unmanaged", path, None, None, rows))
    found.extend(
        Difference("unreadable", path, None, None, "the device failed to export it")
        for path in comparison.unreadable
    )
    return found


def _of_menu(change: MenuChange) -> Iterable[Difference]:
    menu = change.menu
    path = menu.path
    for row in change.removed:
        yield Difference("extra", path, describe(menu, row), None, _line(menu, row))
    for pair in change.pairs:
        item = describe(menu, pair.running) or None
        for edit in pair.edits:
            key = edit[0]
            old, new = _values(menu, pair.running, edit)
            kind = "secret" if _hidden(menu, key, pair.running, edit) else "changed"
            yield Difference(
                "secret" if kind == "secret" else "changed",
                path,
                item,
                None if new is None else f"{key}={new}",
                None if old is None else f"{key}={old}",
            )
    for row in change.added:
        yield Difference("missing", path, describe(menu, row), _line(menu, row), None)
    for row in change.moved:
        yield Difference("order", path, describe(menu, row), _before(change, row), None)


def _values(menu: Menu, row: Row, edit: Edit) -> tuple[str | None, str | None]:
    key, value, unset = edit
    if key in row.values:
        old = "yes" if row.values[key] is None else row.values[key]
    else:
        old = menu.default(key, row.entry)
    new = None if unset else ("yes" if value is None else value)
    return old or None, new or None


def _hidden(menu: Menu, key: str, row: Row, edit: Edit) -> bool:
    return menu.is_secret(key) or concealed(row.values.get(key)) or concealed(edit[1])


def _line(menu: Menu, row: Row) -> str:
    return " ".join(telling(menu, row.values))


def _before(change: MenuChange, row: Row) -> str:
    rows = change.sequence
    place = next(place for place, other in enumerate(rows) if other is row)
    if place + 1 < len(rows):
        return f"before {describe(change.menu, rows[place + 1])}"
    return "last"


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff before it is laid out. ``row``: the ``id()`` of the row that it is of."""

    sign: str
    row: int
    words: tuple[str, ...]


Draft = list[tuple[str, list[Line]]]
"""Menus with their lines. Made before a script is written, which changes the rows."""


def draft(comparison: Comparison) -> Draft:
    """The lines of a comparison."""
    return [(change.menu.path, list(_lines(change))) for change in comparison.changes]


def text(drafts: Sequence[Draft], marked: frozenset[int], notes: Sequence[str]) -> str:
    """The diff as plain text. ``marked``: the ``id()`` of rows that the management flow needs."""
    blocks: dict[str, list[str]] = {}
    for path, lines in (block for one in drafts for block in one):
        block = blocks.setdefault(path, [])
        for line in lines:
            block.extend(wrapped(line.sign, "! " if line.row in marked else " ", line.words))
    out: list[str] = []
    for path, block in blocks.items():
        out.append(path)
        out.extend(block)
    for note in notes:
        out.extend(wrapped("!", " ", note.split(" ")))
    return "\n".join(out) + "\n" if out else ""


def _lines(change: MenuChange) -> Iterable[Line]:
    menu = change.menu
    for row in change.removed:
        yield Line("-", id(row), tuple(telling(menu, row.values)))
    for pair in change.pairs:
        item = describe(menu, pair.running)
        head = (f"{item}:",) if item else ()
        for edit in pair.edits:
            key = edit[0]
            if _hidden(menu, key, pair.running, edit):
                words = (*head, key, "changed")
            else:
                old, new = _values(menu, pair.running, edit)
                words = (*head, key, _shown(old), "→", _shown(new))
            yield Line("~", id(pair.running), words)
    for row in change.added:
        yield Line("+", id(row), tuple(telling(menu, row.values)))
    for row in change.moved:
        yield Line(">", id(row), (describe(menu, row), "moves", _before(change, row)))


def _shown(value: str | None) -> str:
    return "(none)" if value is None else value
