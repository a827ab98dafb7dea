"""The way back: a script that restores the start, whichever prefix of the script has run.

Each line undoes one statement, last first, guarded by ``on-error``. A line does nothing when its
statement never ran: a ``set`` names old values and matches its row alone at every moment; an added
row is removed by properties that no row of the start has; a removed row comes back only while it
is missing; where likeness to other rows makes that impossible, the line counts matching rows
first. Moved rows go home last, from the bottom up, each before its old successor: that is right
from any order.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.diff import Edit
from sekayu_net.platforms.routeros.homing import WayHome, unlike
from sekayu_net.platforms.routeros.naming import TEMPORARY
from sekayu_net.platforms.routeros.quoting import quote
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.script import Done, Writer, add_text, escape_questions, set_text
from sekayu_net.platforms.routeros.state import (
    Index,
    Selection,
    State,
    Version,
    find_words,
    position,
    selector,
)
from sekayu_net.platforms.routeros.tree import Row, selector_of

END = "# sekayu: end of inverse"
_MOST_GUARDS = 4


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

    def _emit(self, command: str, guards: Sequence[str] = ()) -> None:
        if len(guards) == 1:
            command = f":if ({guards[0]}) do={{ {command} }}"
        elif guards:
            condition = " && ".join(f"({guard})" for guard in guards)
            command = f":if ({condition}) do={{ {command} }}"
        self.lines.append(f":do {{ {command} }} on-error={{}}")

    def _unset(self, done: Done) -> None:
        menu, row = done.menu, done.row
        edits = _back(done)
        doubtful = [edit for edit in edits if edit[2] and edit[0] not in menu.unsettable]
        guards: list[str] = []
        if row.entry is not None:
            chosen = selector_of(menu, row)
        else:
            changed = [key for key, _, unset in done.edits if not unset]
            chosen, guards = self._select(self.state.index(menu.path), done, changed)
        guards = [*guards, *self._temporary({key: value for key, value, _ in edits})]
        sure = [edit for edit in edits if edit not in doubtful]
        if sure:
            self._emit(set_text(menu, chosen, sure), guards)
        for edit in doubtful:  # alone: a device that refuses it must not refuse the others with it
            self._emit(set_text(menu, chosen, [edit]), guards)
        unknown = edits if row.entry and not menu.known else doubtful
        for key, _, _ in unknown:
            if key in done.before:
                continue
            if key in menu.device_specific:
                reason = "it is of the hardware"
            elif row.entry is not None:
                reason = "no default is known"
            else:
                continue
            self.warnings.append(f"{menu.path} {done.item}: {key} may stay after an undo, {reason}")
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
        chosen, guards = self._select(index, done, ())
        self._emit(f"{menu.path} remove {chosen}", guards)
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
        guards = self._guards(index, selection, done, mistakable=lambda _: True)
        guards += self._temporary(row.values)
        rows = self.state.tree.menus.setdefault(menu.path, [])
        place = self._home_of(menu, row, done.place)
        extra: list[str] = []
        if place < len(rows):
            extra.append(f"place-before={self._now(menu, rows[place])}")
        self._emit(add_text(menu, row.values, extra), guards)
        rows.insert(place, row)

    def _temporary(self, values: Mapping[str, str | None]) -> list[str]:
        """Guards that the items are there whose temporary names some values are."""
        guards: list[str] = []
        names = {
            value
            for key, value in values.items()
            if value and key != "name" and value.startswith(TEMPORARY)
        }
        if not names:
            return guards
        for path, rows in self.state.tree.menus.items():
            for other in rows:
                name = other.values.get("name")
                if name in names and other.entry is None:
                    words = f"[{path} find name={quote(name or '', force=True)}]"
                    guards.append(f"[:len {words}] = 1")
        return guards

    def _select(self, index: Index, done: Done, changed: Sequence[str]) -> tuple[str, list[str]]:
        """A selector for a row at ``done.moment``, and the guards that it needs."""
        menu = index.menu
        number = index.current[id(done.row)]
        own = _own(index, number)
        if own is not None:
            return selector(menu, own, None), []
        alive = set(index.current.values())
        selection = index.select(number, alive, first=changed)
        if len(selection.matching) > 1 or _confusable(index, selection, done):
            selection = index.select(number, alive, first=changed, all_props=True)
        others = index.matching(selection) - set(index.history[id(done.row)])
        guards = self._guards(
            index,
            selection,
            done,
            mistakable=lambda moment: any(_lives(index, n, moment) for n in others),
        )
        pick = self.state.place_among(menu.path, selection, done.row)
        if pick is not None and not menu.ordered and unlike(index, selection, number):
            self._inexact(done)  # rows that came back stand last there: places are not sure
        return selector(menu, selection, pick), guards

    def _guards(
        self,
        index: Index,
        selection: Selection,
        done: Done,
        *,
        mistakable: Callable[[int], bool],
    ) -> list[str]:
        """Counts that hold right after ``done`` and at no earlier moment that is mistakable.

        The count of what the selection matches comes first; where an earlier moment has the same
        count, rows that came or went in between tell the moments apart.
        """
        matching = index.matching(selection)
        now = sum(_lives(index, n, done.moment) for n in matching)
        guards = [_count(index.menu, selection, now)]
        left = [
            moment
            for moment in _changes(index, matching, done.moment)
            if sum(_lives(index, n, moment) for n in matching) == now and mistakable(moment)
        ]
        if not left:
            return guards
        left = [
            moment
            for moment in range(done.moment)
            if sum(_lives(index, n, moment) for n in matching) == now and mistakable(moment)
        ]
        for number in range(len(index.versions) - 1, -1, -1):
            if not left or len(guards) >= _MOST_GUARDS:
                break
            version = index.versions[number]
            if not _between(version, left[0], done.moment):
                continue
            other = _own(index, number)
            if other is None:
                continue
            members = index.matching(other)
            count = sum(_lives(index, n, done.moment) for n in members)
            rest = [m for m in left if sum(_lives(index, n, m) for n in members) == count]
            if len(rest) < len(left):
                guards.append(_count(index.menu, other, count))
                left = rest
        if left:
            self._inexact(done)
        return guards

    def _now(self, menu: Menu, row: Row) -> str:
        """The selector of a row in the state that the lines so far lead back to."""
        if row.entry is not None:
            return selector_of(menu, row)
        index = self.state.index(menu.path)
        selection = self._selection(index, row)
        return selector(menu, selection, self.state.place_among(menu.path, selection, row))

    def _inexact(self, done: Done) -> None:
        self.warnings.append(
            f"{done.menu.path} {done.item}: so many rows are alike that the undo of statement "
            f"{done.moment} is sure only after it ran"
        )

    def _home_of(self, menu: Menu, row: Row, fallback: int) -> int:
        """Where a removed row belongs: before the next row of the start that is there, unmoved."""
        rows = self.state.tree.menus.get(menu.path, [])
        if not menu.ordered:
            return len(rows)
        start = self.start.get(menu.path, [])
        if not any(other is row for other in start):
            return min(fallback, len(rows))
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
        start = self.start.get(menu.path, [])
        self.state.tree.menus[menu.path] = list(start)
        way = WayHome(menu, self.state, start, moved)
        for command in way.commands():
            self._emit(command)
        self.warnings.extend(way.warnings)

    def _selection(self, index: Index, row: Row) -> Selection:
        return index.select_one(index.current[id(row)], set(index.current.values()))


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
        elif key == "comment":
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
    selection = index.select(number, index.numbers - mine)
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


def _confusable(index: Index, selection: Selection, done: Done) -> bool:
    """Whether at an earlier moment the selection matched another row."""
    mine = set(index.history[id(done.row)])
    return any(index.versions[n].start < done.moment for n in index.matching(selection) - mine)


def _between(version: Version, first: int, last: int) -> bool:
    """Whether the version began or ended after ``first`` and not after ``last``."""
    return first < version.start <= last or first < version.end <= last
