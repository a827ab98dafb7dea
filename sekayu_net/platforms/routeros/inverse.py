"""The way back: a script that restores the start, whichever prefix of the script has run.

Each line undoes one statement, last first, guarded by ``on-error``. A line does nothing when its
statement never ran: a ``set`` names old values and matches its row alone at every moment; an added
row is removed by properties that no row of the start has; a removed row comes back only while it
is missing; where likeness to other rows makes that impossible, the line counts matching rows
first. Moved rows go home last, from the bottom up, each before its old successor: that is right
from any order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.diff import Edit
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.script import Done, Writer, add_text, escape_questions, set_text
from sekayu_net.platforms.routeros.state import (
    Index,
    Selection,
    State,
    find_words,
    position,
    selector,
)
from sekayu_net.platforms.routeros.tree import Row

END = "# sekayu: end of inverse"


def write(script: Writer) -> tuple[list[str], list[str]]:
    """The lines of the inverse, and warnings. Goes back over the script's state: use it last."""
    inverse = _Inverse(script.state, script.start)
    first: dict[str, int] = {}
    for done in reversed(script.done):
        first[done.menu.path] = done.moment
        if done.action == "move":
            inverse.moved.setdefault(done.menu.path, set()).add(id(done.row))
    for done in reversed(script.done):
        inverse.undo(done)
        if first[done.menu.path] == done.moment:
            inverse.home(done.menu)
    lines = inverse.lines
    if script.state.tree.schema.version < (7, 0, 0):
        lines = [escape_questions(line) for line in lines]
    return ([*lines, END] if lines else []), inverse.warnings


@dataclass(slots=True)
class _Inverse:
    state: State
    start: dict[str, list[Row]]
    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    moved: dict[str, set[int]] = field(default_factory=dict)

    def undo(self, done: Done) -> None:
        """Write the line for one statement; the state goes back over it."""
        if done.action == "set":
            self._unset(done)
        elif done.action == "add":
            self._unadd(done)
        elif done.action == "remove":
            self._unremove(done)

    def _emit(self, command: str, guard: str | None = None) -> None:
        if guard is not None:
            command = f":if ({guard}) do={{ {command} }}"
        self.lines.append(f":do {{ {command} }} on-error={{}}")

    def _unset(self, done: Done) -> None:
        menu, row = done.menu, done.row
        edits = _back(done)
        if row.entry is not None:
            self._emit(set_text(menu, row.selector or "", edits))
        else:
            changed = [key for key, _, unset in done.edits if not unset]
            chosen, guard = self._select(self.state.index(menu.path), done, changed)
            self._emit(set_text(menu, chosen, edits), guard)
        self._reopen_all(done)

    def _reopen_all(self, done: Done) -> None:
        """Let the row, and rows that followed its name, say what they said before."""
        renamed = any(key == "name" for key, _, _ in done.edits)
        done.row.replace(done.before)
        for path, index in self.state.indexes.items():
            if path != done.menu.path and not renamed:
                continue
            rows = self.state.tree.rows(path) if renamed else [done.row]
            for row in rows:
                if row.entry is None:
                    _reopen(index, row, done.moment)

    def _unadd(self, done: Done) -> None:
        menu, row = done.menu, done.row
        index = self.state.index(menu.path)
        chosen, guard = self._select(index, done, ())
        self._emit(f"{menu.path} remove {chosen}", guard)
        rows = self.state.tree.menus[menu.path]
        del rows[position(rows, row)]
        del index.current[id(row)]

    def _unremove(self, done: Done) -> None:
        menu, row = done.menu, done.row
        index = self.state.index(menu.path)
        number = _reopen(index, row, done.moment)
        selection = _own(index, number) or index.select(
            number, set(index.current.values()), all_props=True
        )
        matching = index.matching(selection)
        count = sum(_lives(index, n, done.moment) for n in matching)
        if any(
            sum(_lives(index, n, moment) for n in matching) == count
            for moment in _changes(index, matching, done.moment)
        ):
            self._inexact(done)
        rows = self.state.tree.menus.setdefault(menu.path, [])
        place = self._home_of(menu, row)
        extra: list[str] = []
        if place < len(rows):
            extra.append(f"place-before={self._now(menu, rows[place])}")
        self._emit(add_text(menu, row.values, extra), _count(menu, selection, count))
        rows.insert(place, row)

    def _select(self, index: Index, done: Done, changed: Sequence[str]) -> tuple[str, str | None]:
        """A selector for a row at ``done.moment``, and the guard that it needs."""
        menu = index.menu
        number = index.current[id(done.row)]
        own = _own(index, number)
        if own is not None:
            return selector(menu, own, None), None
        alive = set(index.current.values())
        for all_props in (False, True):
            selection = index.select(number, alive, first=changed, all_props=all_props)
            matching = index.matching(selection)
            count = sum(_lives(index, n, done.moment) for n in matching)
            if not any(
                _mistakable(index, matching, moment, count, done.row)
                for moment in _changes(index, matching, done.moment)
            ):
                break
        else:
            self._inexact(done)
        pick = self._pick(menu, index, selection, done.row)
        return selector(menu, selection, pick), _count(menu, selection, count)

    def _pick(self, menu: Menu, index: Index, selection: Selection, row: Row) -> int | None:
        if len(selection.matching) == 1:
            return None
        rows = {id(index.versions[n].row) for n in selection.matching}
        return position([r for r in self.state.tree.rows(menu.path) if id(r) in rows], row)

    def _now(self, menu: Menu, row: Row) -> str:
        """The selector of a row in the state that the lines so far lead back to."""
        if row.entry is not None:
            return row.selector or ""
        index = self.state.index(menu.path)
        selection = index.select_one(index.current[id(row)], set(index.current.values()))
        return selector(menu, selection, self._pick(menu, index, selection, row))

    def _inexact(self, done: Done) -> None:
        self.warnings.append(
            f"{done.menu.path} {done.item}: so many rows are alike that the undo of statement "
            f"{done.moment} is sure only after it ran"
        )

    def _home_of(self, menu: Menu, row: Row) -> int:
        """Where a removed row belongs: before the next row of the start that is there, unmoved."""
        rows = self.state.tree.menus.get(menu.path, [])
        if not menu.ordered:
            return len(rows)
        start = self.start[menu.path]
        there = {id(other): place for place, other in enumerate(rows)}
        moved = self.moved.get(menu.path, set())
        for other in start[position(start, row) + 1 :]:
            if id(other) in there and id(other) not in moved:
                return there[id(other)]
        return len(rows)

    def home(self, menu: Menu) -> None:
        """Write the lines that bring moved rows home; everything else of the menu is undone."""
        moved = self.moved.get(menu.path)
        if not moved:
            return
        start = self.start[menu.path]
        self.state.tree.menus[menu.path] = list(start)
        for place in range(len(start) - 1, -1, -1):
            row = start[place]
            if id(row) in moved:
                target = f" {self._now(menu, start[place + 1])}" if place + 1 < len(start) else ""
                self._emit(f"{menu.path} move {self._now(menu, row)}{target}")


def _back(done: Done) -> list[Edit]:
    """The edits that restore what a ``set`` changed."""
    menu, row = done.menu, done.row
    edits: list[Edit] = []
    for key, _, _ in done.edits:
        if key in done.before:
            edits.append((key, done.before[key], False))
            continue
        default = menu.default(key, row.entry)
        if default is not None:
            edits.append((key, default, False))
        elif key == "comment" or (row.entry is not None and key not in menu.unsettable):
            edits.append((key, "", False))
        else:
            edits.append((key, None, True))
    return edits


def _reopen(index: Index, row: Row, moment: int) -> int:
    """Make what the row said before ``moment`` current, and its content; returns the version."""
    for number in reversed(index.history[id(row)]):
        version = index.versions[number]
        if version.start < moment:
            index.current[id(row)] = number
            if row.values != version.raw:
                row.replace(version.raw)
            return number
    return index.current[id(row)]  # added at this very moment by a rename: cannot be


def _own(index: Index, number: int) -> Selection | None:
    """Properties that match this row alone, at every moment."""
    row = index.versions[number].row
    mine = set(index.history[id(row)]) - {number}
    others = {n for n in range(len(index.versions)) if n not in mine}
    selection = index.select(number, others)
    if len(selection.matching) == 1 and selection.props:
        return selection
    return None


def _count(menu: Menu, selection: Selection, count: int) -> str:
    return f"[:len [{menu.path} {find_words(menu, selection)}]] = {count}"


def _lives(index: Index, number: int, moment: int) -> bool:
    version = index.versions[number]
    return version.start <= moment < version.end


def _changes(index: Index, numbers: set[int], moment: int) -> list[int]:
    """The earlier moments at which another set of rows may match than before."""
    moments = {0}
    for number in numbers:
        version = index.versions[number]
        moments.update(m for m in (version.start, version.end) if m < moment)
    return sorted(moments)


def _mistakable(index: Index, numbers: set[int], moment: int, count: int, row: Row) -> bool:
    """Whether at ``moment`` as many rows match, another one among them."""
    living = [n for n in numbers if _lives(index, n, moment)]
    return len(living) == count and any(index.versions[n].row is not row for n in living)
