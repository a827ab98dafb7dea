"""A configuration while a script changes it, and how its rows can be selected.

What lives here: the rows at each moment of a script, references that follow a rename, and the
smallest ``find`` that selects a row now or at all moments. What does not: the statements
(``script``).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.diff import Edit
from sekayu_net.platforms.routeros.masking import concealed
from sekayu_net.platforms.routeros.quoting import quote
from sekayu_net.platforms.routeros.schema import Menu, is_time, renamed
from sekayu_net.platforms.routeros.tree import Row, Tree, built_in, canonical_values, name_of

FOREVER = 1 << 60
_EFFECTIVE = ("action", "disabled")  # selected by although it may be the default


@dataclass(slots=True)
class Version:
    """What one row said from statement ``start`` until before ``end`` (0: from the beginning)."""

    row: Row
    values: dict[str, str]
    raw: dict[str, str | None]
    start: int
    end: int = FOREVER


@dataclass(slots=True)
class Selection:
    """A ``find``: its properties as written, in normal form, and the versions that it matches."""

    props: list[tuple[str, str]]
    normal: list[tuple[str, str]]
    matching: set[int]


@dataclass(slots=True)
class Index:
    """All versions of the ordinary rows of one menu, found by property and value."""

    menu: Menu
    versions: list[Version] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    current: dict[int, int] = field(default_factory=dict)
    history: dict[int, list[int]] = field(default_factory=dict)
    built_in: set[int] = field(default_factory=set)
    by_value: dict[tuple[str, str], set[int]] = field(default_factory=lambda: defaultdict(set))

    def open(self, row: Row, moment: int) -> None:
        """The row says from now on what it says."""
        values = dict(row.canonical(self.menu))
        for key in _EFFECTIVE:
            default = self.menu.defaults.get(key)
            if key not in values and default is not None:
                values[key] = default
        number = len(self.versions)
        self.numbers.add(number)
        self.versions.append(Version(row, values, dict(row.values), moment))
        self.current[id(row)] = number
        self.history.setdefault(id(row), []).append(number)
        for item in values.items():
            self.by_value[item].add(number)

    def open_built_in(self, rows: Iterable[Row]) -> None:
        """Reckon with built-in items, which ``find`` meets too. They come first, and stay."""
        for row in rows:
            number = len(self.versions)
            self.numbers.add(number)
            values = canonical_values(self.menu, row.values, None)
            self.versions.append(Version(row, values, dict(row.values), 0))
            self.built_in.add(number)
            self.current[id(row)] = number
            self.history[id(row)] = [number]
            for item in values.items():
                self.by_value[item].add(number)
            for key in _EFFECTIVE:
                default = self.menu.defaults.get(key)
                if key not in values and default is not None:
                    self.by_value[key, default].add(number)

    def close(self, row: Row, moment: int) -> None:
        """The row no longer says what it said."""
        self.versions[self.current.pop(id(row))].end = moment

    def rewind(self, row: Row, moment: int) -> None:
        """Forget what the row said from ``moment`` on: it is as before that statement."""
        self.current.pop(id(row), None)
        for number in reversed(self.history.get(id(row), ())):
            version = self.versions[number]
            if version.start >= moment:
                version.start = version.end = FOREVER  # never was
            elif version.end >= moment:
                version.end = FOREVER
                self.current[id(row)] = number

    def alive(self) -> set[int]:
        """The versions of now."""
        return set(self.current.values())

    def candidates(self, number: int, first: Sequence[str] = ()) -> Iterator[tuple[str, str]]:
        """The properties by which a version can be selected, the best first."""
        version = self.versions[number]
        key = self.menu.key

        def order(prop: str) -> tuple[int, str]:
            value = version.raw.get(prop) or ""
            if prop in first:
                return 0, prop
            if prop in key:
                return 1 + key.index(prop), prop
            if prop == "comment":
                return 8, prop
            if prop == "chain":
                return 7, prop
            if prop == "disabled":
                return 11, prop
            if self._uncertain(prop, value):
                return 10, prop
            return 9, prop

        for prop in sorted(version.values, key=order):
            value = version.raw.get(prop)
            if value is None and prop in _EFFECTIVE and prop not in version.raw:
                value = version.values[prop]
            if not value or "\n" in value:
                continue
            if (concealed(value) or self.menu.is_secret(prop)) and prop not in key:
                continue
            if prop in self.menu.device_specific and prop not in key:
                continue
            yield prop, value

    def select(
        self, number: int, within: set[int], *, first: Sequence[str] = (), all_props: bool = False
    ) -> Selection:
        """The fewest properties that tell version ``number`` from the others of ``within``."""
        version = self.versions[number]
        left = within
        props: list[tuple[str, str]] = []
        normal: list[tuple[str, str]] = []
        needed = self._needed(version)
        for prop, value in self.candidates(number, first):
            named = prop in needed or (all_props and not self._uncertain(prop, value))
            if len(left) <= 1 and props and not named:
                continue
            item = (prop, version.values[prop])
            narrowed = left & self.by_value[item]
            if len(narrowed) < len(left) or not props or named:
                props.append((prop, value))
                normal.append(item)
                left = narrowed
        return Selection(props, normal, left)

    def _needed(self, version: Version) -> frozenset[str]:
        """Properties to name although fewer would do.

        A device may hold what nobody read: naming the natural key (of a rule: what it says, or
        its comment) keeps a statement from touching that.
        """
        comment = bool(version.raw.get("comment"))
        if self.menu.key:
            return frozenset(
                prop
                for prop in self.menu.key
                if not (comment and prop in self.menu.sets and "," in version.values.get(prop, ""))
            )
        if comment:
            return frozenset(("chain", "action", "comment"))
        return frozenset(
            prop
            for prop, value in version.values.items()
            if prop != "disabled" and not self._uncertain(prop, value)
        )

    def _uncertain(self, prop: str, value: str) -> bool:
        """Whether a device may write the value in another way, or compare it as a list."""
        return (
            (prop in self.menu.sets and "," in value)
            or prop in ("limit", "dst-limit", "time", "connection-limit")
            or is_time(prop, value)
            or "." in prop
        )

    def select_one(self, number: int, within: set[int], *, first: Sequence[str] = ()) -> Selection:
        """The fewest properties; all of them when fewer match other rows too."""
        selection = self.select(number, within, first=first)
        if len(selection.matching) > 1:
            full = self.select(number, within, first=first, all_props=True)
            if len(full.matching) < len(selection.matching):
                return full
        return selection

    def matching(self, selection: Selection) -> set[int]:
        """All versions that the properties match, of any moment that was."""
        if selection.normal:
            sets: list[set[int]] = [self.by_value[item] for item in selection.normal]
            result = set.intersection(*sets)
        else:
            result = set(range(len(self.versions)))
        return {n for n in result if self.versions[n].start < FOREVER}


@dataclass(slots=True)
class State:
    """A tree that changes, with an index for each menu that is touched."""

    tree: Tree
    indexes: dict[str, Index] = field(default_factory=dict)

    def index(self, path: str) -> Index:
        """The index of a menu, made at its first use (before any change of it)."""
        found = self.indexes.get(path)
        if found is None:
            found = Index(self.tree.menu(path))
            found.open_built_in(built_in(self.tree, path))
            for row in self.tree.rows(path):
                if row.entry is None:
                    found.open(row, 0)
            self.indexes[path] = found
        return found

    def insert(self, path: str, row: Row, place: int | None, moment: int) -> None:
        """Put a row in; ``place`` None: at the end."""
        rows = self.tree.menus.setdefault(path, [])
        index = self.index(path) if row.entry is None else None
        rows.insert(len(rows) if place is None else place, row)
        if index is not None:
            index.open(row, moment)

    def delete(self, path: str, row: Row, moment: int) -> int:
        """Take a row out; returns where it was."""
        index = self.index(path)
        rows = self.tree.menus[path]
        place = position(rows, row)
        del rows[place]
        index.close(row, moment)
        return place

    def place_among(self, path: str, selection: Selection, row: Row) -> int | None:
        """Which of the rows that a selection matches this is; None when it is the only one."""
        if len(selection.matching) == 1:
            return None
        index = self.index(path)
        rows = {id(index.versions[number].row) for number in selection.matching}
        ordinary = [other for other in self.tree.rows(path) if id(other) in rows]
        return len(selection.matching & index.built_in) + position(ordinary, row)

    def write(self, path: str, row: Row, edits: Iterable[Edit], moment: int) -> None:
        """Change a row. References to it follow when its name changes."""
        menu = self.tree.menu(path)
        before = name_of(menu, row.values, row.entry)
        self._change(path, row, edits, moment)
        after = name_of(menu, row.values, row.entry)
        if before and after and before != after:
            self._follow(path, before, after, moment)

    def restore(self, path: str, row: Row, before: dict[str, str | None], moment: int) -> None:
        """Put a row's values back, and those of rows that followed its name."""
        menu = self.tree.menu(path)
        name, old = name_of(menu, row.values, row.entry), name_of(menu, before, row.entry)
        row.replace(before)
        if not (name and old) or name == old:
            return
        for other, rows in self.tree.menus.items():
            for referrer in rows:
                edits = follow(self.tree.menu(other), referrer, path, name, old)
                if edits:
                    referrer.update(edits)
                    if referrer.entry is None:
                        self.index(other).rewind(referrer, moment)

    def _change(self, path: str, row: Row, edits: Iterable[Edit], moment: int) -> None:
        if row.entry is None:
            index = self.index(path)
            index.close(row, moment)
            row.update(edits)
            index.open(row, moment)
        else:
            row.update(edits)

    def _follow(self, path: str, before: str, after: str, moment: int) -> None:
        for other, rows in self.tree.menus.items():
            menu = self.tree.menu(other)
            for row in rows:
                edits = follow(menu, row, path, before, after)
                if edits:
                    self._change(other, row, edits, moment)


def follow(menu: Menu, row: Row, path: str, before: str, after: str) -> list[Edit]:
    """How a row changes when the item ``before`` of menu ``path`` is called ``after``."""
    edits: list[Edit] = []
    for prop, value in row.values.items():
        if value and before in value and menu.names(prop, path):
            told = renamed(value, {before: after})
            if told != value:
                edits.append((prop, told, False))
    return edits


def position(rows: Sequence[Row], row: Row) -> int:
    """Where this very row is (rows are equal to themselves alone)."""
    return rows.index(row)


def find_words(menu: Menu, selection: Selection) -> str:
    """``find`` with its conditions, as it stands in brackets."""
    words = ["find"]
    words += [f"{prop}={quote(value, force=True)}" for prop, value in selection.props]
    if menu.dynamic and not any(prop == "name" and prop in menu.key for prop, _ in selection.props):
        words.append("dynamic=no")
    return " ".join(words)


def selector(menu: Menu, selection: Selection, pick: int | None) -> str:
    """The selector of a statement; ``pick`` when several items match."""
    found = f"[{find_words(menu, selection)}]"
    return found if pick is None else f"[:pick {found} {pick}]"
