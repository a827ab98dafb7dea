"""The way back: a script that restores the start, whichever prefix of the script has run.

Each line undoes one statement, last first, guarded by ``on-error``. A line does nothing when its
statement never ran: a ``set`` names old values and matches its row alone at every moment; an added
row is removed by properties that no row of the start has; a removed row comes back only while it
is missing; where likeness to other rows makes that impossible, the line counts matching rows
first. Moved rows go home last, from the bottom up, each before its old successor: that is right
from any order.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.diff import Edit
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
        sure = [edit for edit in edits if edit not in doubtful]
        if sure:
            self._emit(set_text(menu, chosen, sure), guards)
        for edit in doubtful:  # alone: a device that refuses it must not refuse the others with it
            self._emit(set_text(menu, chosen, [edit]), guards)
            if edit[0] in menu.device_specific:
                self.warnings.append(
                    f"{menu.path} {done.item}: {edit[0]} may stay after an undo, it is of the "
                    "hardware"
                )
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
        rows = self.state.tree.menus.setdefault(menu.path, [])
        place = self._home_of(menu, row, done.place)
        extra: list[str] = []
        if place < len(rows):
            extra.append(f"place-before={self._now(menu, rows[place])}")
        self._emit(add_text(menu, row.values, extra), guards)
        rows.insert(place, row)

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
        if pick is not None and not menu.ordered and self._unlike(index, selection, number):
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
            if version.row is done.row or not _between(version, left[0], done.moment):
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
        vague = [
            place for place, row in enumerate(start) if id(row) in moved and self._vague(menu, row)
        ]
        if vague:
            self._rebuild(menu, start, vague)
            start = start[: vague[0] + 1]
        groups = self._alike(menu, [row for row in start if id(row) in moved])
        alike = {id(row) for rows in groups.values() for row in rows}
        for place in range(len(start) - 1, -1, -1):
            row = start[place]
            if id(row) in moved and place not in vague and id(row) not in alike:
                target = self._before(menu, start, place, alike)
                self._emit(f"{menu.path} move {self._now(menu, row)}{target}")
        if groups:
            self._spread(menu, start, groups)

    def _before(self, menu: Menu, start: Sequence[Row], place: int, without: set[int]) -> str:
        """The target of a row's way home: its next neighbour that is none of ``without``."""
        for other in start[place + 1 :]:
            if id(other) not in without:
                return f" {self._now(menu, other)}"
        return ""

    def _alike(self, menu: Menu, moved: Sequence[Row]) -> dict[str, list[Row]]:
        """Equal rows of which one moved, by the conditions that select all of them."""
        index = self.state.index(menu.path)
        rows = self.state.tree.rows(menu.path)
        groups: dict[str, list[Row]] = {}
        for row in moved:
            if row.entry is not None:
                continue
            selection = self._selection(index, row)
            if len(selection.matching) == 1 or self._unlike(
                index, selection, index.current[id(row)]
            ):
                continue
            equal = {id(index.versions[number].row) for number in selection.matching}
            groups[find_words(menu, selection)] = [r for r in rows if id(r) in equal]
        return groups

    def _spread(self, menu: Menu, start: Sequence[Row], groups: dict[str, list[Row]]) -> None:
        """Bring equal rows home: nobody knows which is which, so all go to the end and come back.

        From the top down: those that are home stand before those that are not.
        """
        alike = {id(row): words for words, rows in groups.items() for row in rows}
        home = dict.fromkeys(groups, 0)
        for words in groups:
            self._emit(f"{menu.path} move [{words}]")
        for place, row in enumerate(start):
            words = alike.get(id(row), "")
            if not words:
                continue
            target = self._before(menu, start, place, set(alike))
            self._emit(f"{menu.path} move [:pick [{words}] {home[words]}]{target}")
            if target:
                home[words] += 1

    def _vague(self, menu: Menu, row: Row) -> bool:
        """Whether only its position tells the row from others that are not like it."""
        if row.entry is not None:
            return False
        index = self.state.index(menu.path)
        selection = self._selection(index, row)
        return self._unlike(index, selection, index.current[id(row)])

    @staticmethod
    def _unlike(index: Index, selection: Selection, number: int) -> bool:
        mine = index.versions[number].values
        return any(index.versions[n].values != mine for n in selection.matching)

    def _rebuild(self, menu: Menu, start: Sequence[Row], vague: Sequence[int]) -> None:
        """Restore the order from a moved row on that no selector tells from others.

        All later rows go to the end one by one, then that row, the first now that its selector
        matches, goes before them: right from any order. Equal rows need no telling apart: the first
        of them goes each time.
        """
        index = self.state.index(menu.path)
        first = vague[0]
        row = start[first]
        tail = [other for other in start[first + 1 :] if other.entry is None]
        alike = self._selection(index, row)
        rows = {id(index.versions[n].row) for n in alike.matching}
        if (
            len(vague) > 1
            or any(self._vague(menu, other) for other in tail)
            or any(id(other) in rows for other in start[:first])
        ):
            self.warnings.append(
                f"{menu.path}: rows are so alike that their old order may not be restored"
            )
        for other in tail:
            selection = self._selection(index, other)
            pick = None if len(selection.matching) == 1 else 0
            self._emit(f"{menu.path} move {selector(menu, selection, pick)}")
        target = f" {self._now(menu, tail[0])}" if tail else ""
        self._emit(f"{menu.path} move {selector(menu, alike, 0)}{target}")

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


def _confusable(index: Index, selection: Selection, done: Done) -> bool:
    """Whether at an earlier moment the selection matched another row."""
    mine = set(index.history[id(done.row)])
    return any(index.versions[n].start < done.moment for n in index.matching(selection) - mine)


def _between(version: Version, first: int, last: int) -> bool:
    """Whether the version began or ended after ``first`` and not after ``last``."""
    return first < version.start <= last or first < version.end <= last
