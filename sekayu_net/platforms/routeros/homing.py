"""How moved rows of an ordered menu come home, whatever order a script left them in.

What lives here: the ``move`` commands of an inverse. They run when every row of the start is there
and no other. What does not: how rows come back or go (``inverse``).

From the bottom up, each moved row goes before its old neighbour: right from any order, as long as
a selector finds its row wherever that stands. A rule that says less than another (``drop`` and
``drop`` on one interface) is found by ``find`` together with that one, and only its place tells
them apart: the other goes to the end first, so that the place is known.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.state import Index, Selection, State, find_words, selector
from sekayu_net.platforms.routeros.tree import Row, selector_of


@dataclass(slots=True)
class WayHome:
    """One menu. ``start``: its rows in the order to restore; ``moved``: the ``id()`` of some."""

    menu: Menu
    state: State
    start: Sequence[Row]
    moved: set[int]
    warnings: list[str] = field(default_factory=list)
    _selections: dict[int, Selection] = field(default_factory=dict)

    def commands(self) -> Iterator[str]:
        """The commands, one after the other."""
        path = self.menu.path
        aside = self._aside()
        if aside is None:
            self.warnings.append(
                f"{path}: rows are so alike that their old order may not be restored"
            )
            aside = set(), {}
            vague = [n for n, r in enumerate(self.start) if id(r) in self.moved and self._vague(r)]
            if vague:
                yield from self._rebuild(vague[0])
                self.start = self.start[: vague[0] + 1]
                self.moved = self.moved - {id(self.start[-1])}
        away, vaguely = aside
        groups = self._alike([row for row in self.start if id(row) in self.moved])
        alike = {id(row) for rows in groups.values() for row in rows}
        for row in self.start:
            if id(row) in away:
                yield f"{path} move {self._now(row)}"
        going = self.moved | away
        for place, row in self._from_below():
            if id(row) in self.moved and vaguely.get(id(row)):
                target = self._before(place, going | alike, vaguely)
                yield f"{path} move [:pick [{vaguely[id(row)]}] 0]{target}"
        for place, row in self._from_below():
            if id(row) in going and id(row) not in vaguely and id(row) not in alike:
                yield f"{path} move {self._now(row)}{self._before(place, alike, vaguely)}"
        if groups:
            yield from self._spread(groups)

    def _from_below(self) -> Iterator[tuple[int, Row]]:
        return ((n, self.start[n]) for n in range(len(self.start) - 1, -1, -1))

    def _before(self, place: int, without: set[int], vaguely: dict[int, str]) -> str:
        """The target of a row's way home: its next neighbour that is none of ``without``."""
        for other in self.start[place + 1 :]:
            if id(other) not in without:
                words = vaguely.get(id(other))
                return f" [:pick [{words}] 0]" if words else f" {self._now(other)}"
        return ""

    def _aside(self) -> tuple[set[int], dict[int, str]] | None:
        """Rows to put at the end first, and the conditions of the rows that they hide.

        None when that does not tell them apart either.
        """
        away: set[int] = set()
        vaguely: dict[int, str] = {}
        known = -1
        while known < len(away) + len(vaguely):
            known = len(away) + len(vaguely)
            for place, row in enumerate(self.start):
                if id(row) not in self.moved | away:
                    continue
                for involved in self.start[place : place + 2]:
                    mates = self._mates(involved)
                    if mates is None or any(map(self._equals, mates)):
                        return None
                    if mates:
                        away |= {id(mate) for mate in mates}
                        vaguely[id(involved)] = find_words(self.menu, self._selection(involved))
        return None if away & vaguely.keys() else (away, vaguely)

    def _mates(self, row: Row) -> list[Row] | None:
        """Unlike rows that a row's selector finds too; None when it finds equal ones as well."""
        if row.entry is not None or not self._vague(row):
            return []
        index = self.state.index(self.menu.path)
        mine = index.versions[index.current[id(row)]].values
        found = [index.versions[n] for n in self._selection(row).matching]
        if any(version.values == mine and version.row is not row for version in found):
            return None
        return [version.row for version in found if version.row is not row]

    def _equals(self, row: Row) -> bool:
        """Whether other rows say exactly the same: they can't be put aside one by one."""
        index = self.state.index(self.menu.path)
        mine = index.versions[index.current[id(row)]].values
        found = (index.versions[n] for n in self._selection(row).matching)
        return any(version.values == mine and version.row is not row for version in found)

    def _alike(self, moved: Sequence[Row]) -> dict[str, list[Row]]:
        """Equal rows of which one moved, by the conditions that select all of them."""
        index = self.state.index(self.menu.path)
        groups: dict[str, list[Row]] = {}
        for row in moved:
            if row.entry is not None:
                continue
            selection = self._selection(row)
            if len(selection.matching) == 1 or self._vague(row):
                continue
            equal = {id(index.versions[number].row) for number in selection.matching}
            words = find_words(self.menu, selection)
            groups[words] = [other for other in self.start if id(other) in equal]
        return groups

    def _spread(self, groups: dict[str, list[Row]]) -> Iterator[str]:
        """Bring equal rows home: nobody knows which is which, so all go to the end and come back.

        From the top down: those that are home stand before those that are not.
        """
        alike = {id(row): words for words, rows in groups.items() for row in rows}
        home = dict.fromkeys(groups, 0)
        path = self.menu.path
        for words in groups:
            yield f"{path} move [{words}]"
        for place, row in enumerate(self.start):
            words = alike.get(id(row), "")
            if not words:
                continue
            target = self._before(place, set(alike), {})
            yield f"{path} move [:pick [{words}] {home[words]}]{target}"
            if target:
                home[words] += 1

    def _vague(self, row: Row) -> bool:
        """Whether only its position tells the row from others that are not like it."""
        if row.entry is not None:
            return False
        index = self.state.index(self.menu.path)
        return unlike(index, self._selection(row), index.current[id(row)])

    def _rebuild(self, first: int) -> Iterator[str]:
        """Restore the order from a moved row on that no selector tells from others.

        All later rows go to the end one by one, then that row, the first now that its selector
        matches, goes before them. Equal rows need no telling apart: the first of them goes each
        time.
        """
        path = self.menu.path
        tail = [other for other in self.start[first + 1 :] if other.entry is None]
        for other in tail:
            selection = self._selection(other)
            pick = None if len(selection.matching) == 1 else 0
            yield f"{path} move {selector(self.menu, selection, pick)}"
        target = f" {self._now(tail[0])}" if tail else ""
        yield f"{path} move {selector(self.menu, self._selection(self.start[first]), 0)}{target}"

    def _selection(self, row: Row) -> Selection:
        found = self._selections.get(id(row))
        if found is None:  # no row changes on the way home
            index = self.state.index(self.menu.path)
            found = index.select_one(index.current[id(row)], index.alive())
            self._selections[id(row)] = found
        return found

    def _now(self, row: Row) -> str:
        """The selector of a row when all are home."""
        if row.entry is not None:
            return selector_of(self.menu, row)
        selection = self._selection(row)
        place = self.state.place_among(self.menu.path, selection, row)
        return selector(self.menu, selection, place)


def unlike(index: Index, selection: Selection, number: int) -> bool:
    """Whether a selection finds rows that say something else than version ``number``."""
    mine = index.versions[number].values
    return any(index.versions[n].values != mine for n in selection.matching)
