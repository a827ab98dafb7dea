"""What differs between two configurations, row by row.

What lives here: what differs, what is missing, extra or in another place; ownership. What does
not: which running row an intended row is (``matching``), statements (``script``) and words for
people (``present``).
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sekayu_net.errors import InputError
from sekayu_net.platforms.routeros.dangling import dangling, dangling_in, left_out
from sekayu_net.platforms.routeros.matching import match_rows
from sekayu_net.platforms.routeros.ownership import Ownership, Rule
from sekayu_net.platforms.routeros.schema import SOMETIMES_BUILT_IN, Menu, named
from sekayu_net.platforms.routeros.tree import Row, Tree, describe, name_of
from sekayu_net.platforms.routeros.usage import uses

Edit = tuple[str, str | None, bool]
"""Property, value, unset."""

WHOLE = Rule("owned")


@dataclass(slots=True)
class Pair:
    """A running row and the intended row that it is, with what must be set."""

    running: Row
    intended: Row
    edits: list[Edit]


@dataclass(slots=True)
class MenuChange:
    """One menu. ``sequence``: the owned rows in their final order, as running or added rows."""

    menu: Menu
    pairs: list[Pair] = field(default_factory=list)
    added: list[Row] = field(default_factory=list)
    removed: list[Row] = field(default_factory=list)
    moved: list[Row] = field(default_factory=list)
    sequence: list[Row] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Nothing to do in this menu."""
        return not (
            self.added or self.removed or self.moved or any(pair.edits for pair in self.pairs)
        )


@dataclass(slots=True)
class Comparison:
    """All menus that differ, in the running text's order, intended ones after."""

    changes: list[MenuChange]
    unmanaged: list[str]
    unreadable: list[str]
    warnings: list[str]


def compare(
    running: Tree, intended: Tree, *, ownership: Ownership | None, whole: bool
) -> Comparison:
    """Compare two trees.

    ``whole``: the intended tree is all that there should be. Without it ``ownership`` says what is
    owned; without that either, the menus that the intended text uses are.

    Raises ``InputError`` for an intended menu that ``ownership`` doesn't name.
    """
    result = Comparison([], [], [], [])
    paths = dict.fromkeys([*running.menus, *intended.menus])
    if ownership is not None and not whole:
        paths.update(dict.fromkeys(ownership.rules))
    for path in paths:
        menu = intended.menu(path)
        rule = _rule(path, intended, ownership, whole=whole)
        if path in running.unreadable or (whole and path in intended.unreadable):
            continue
        if rule is None:
            if any(row.entry is None or row.canonical(menu) for row in running.rows(path)):
                result.unmanaged.append(path)
            continue
        result.changes.append(_compare_menu(menu, running, intended, rule, whole, result.warnings))
    _let_go(result.changes)
    result.changes = [change for change in result.changes if not change.empty]
    result.unreadable.extend(sorted(running.unreadable))
    for path in sorted(running.unreadable & intended.menus.keys()):
        result.warnings.append(f"{path}: the device failed to export it, nothing is changed there")
    return result


def _rule(path: str, intended: Tree, ownership: Ownership | None, *, whole: bool) -> Rule | None:
    if whole:
        return WHOLE
    if ownership is None:
        return WHOLE if path in intended.menus else None
    rule = ownership.rule(path)
    if rule is None and path in intended.menus:
        raise InputError(
            f"the templates write to {path}, which the ownership of role {ownership.role!r} "
            "does not name",
            hint=f'add "{path}" to templates/routeros/ownership.yaml',
        )
    return rule


def _compare_menu(
    menu: Menu,
    before: Tree,
    after: Tree,
    rule: Rule,
    whole: bool,
    warnings: list[str],
) -> MenuChange:
    running: Sequence[Row] = before.rows(menu.path)
    intended: Sequence[Row] = after.rows(menu.path)
    intended = _in_form_of(running, intended, menu)
    has_settings = {row.entry == "" for row in [*running, *intended]}
    if menu.known:
        has_settings.add(menu.kind == "settings")
    if len(has_settings) > 1:
        warnings.append(
            f"{menu.path}: one side has settings there, the other a list: nothing is changed"
        )
        return MenuChange(menu)
    change = MenuChange(menu)
    partial = rule.mode == "settings" and not whole
    entries = {row.entry: row for row in running if row.entry is not None}
    for row in intended:
        if row.entry is None:
            continue
        # a row that the running text never mentions has its defaults
        match = entries.pop(row.entry, None) or Row({}, row.entry, row.selector)
        edits = _sayable(menu, match, _entry_edits(menu, match, row, whole, warnings), warnings)
        change.pairs.append(Pair(match, row, edits))
    if whole:
        for row in entries.values():
            blank = Row({}, row.entry, row.selector)
            change.pairs.append(Pair(row, blank, _entry_edits(menu, row, blank, whole, warnings)))
    have = [row for row in running if row.entry is None]
    want = [row for row in intended if row.entry is None]
    matched = match_rows(
        menu, have, want, rule.covers, lambda: (uses(before, menu.path), uses(after, menu.path))
    )
    taken = set()
    for row in want:
        found = matched.get(id(row))
        if found is None:
            gone = dangling_in(menu, row)
            if gone:
                warnings += [left_out(_where(menu, row), what) for what in gone]
                continue
            change.added.append(row)
            change.sequence.append(row)
            continue
        taken.add(id(found))
        edits = _sayable(menu, found, item_edits(menu, found, row, partial=partial), warnings)
        change.pairs.append(Pair(found, row, edits))
        if whole:
            kept = found.canonical(menu).keys() - row.canonical(menu).keys()
            warnings.extend(
                f"{menu.path} {describe(menu, found)}: {key} stays, it is of the hardware"
                for key in sorted(kept & menu.device_specific)
            )
        change.sequence.append(found)
    change.removed = [row for row in have if id(row) not in taken and rule.covers(row)]
    if menu.ordered:
        change.moved = _moved(have, [row for row in change.sequence if id(row) in taken])
    return change


def _sayable(menu: Menu, row: Row, edits: list[Edit], warnings: list[str]) -> list[Edit]:
    """The edits without those that name what is gone."""
    kept = []
    for edit in edits:
        if dangling(menu, edit[0], edit[1]):
            warnings.append(left_out(_where(menu, row), f"{edit[0]}={edit[1]}"))
        else:
            kept.append(edit)
    return kept


def _let_go(changes: Sequence[MenuChange]) -> None:
    """Remove rows that name what goes, when what they should name can't be said."""
    gone = {c.menu.path: {row.values.get("name") for row in c.removed} for c in changes}
    for change in changes:
        for pair in list(change.pairs):
            if pair.running.entry is None and _names_gone(change.menu, pair, gone):
                change.pairs.remove(pair)
                change.sequence.remove(pair.running)
                change.removed.append(pair.running)


def _names_gone(menu: Menu, pair: Pair, gone: Mapping[str, set[str | None]]) -> bool:
    return any(
        dangling(menu, key, value) and menu.names(key, path) and names & set(named(old))
        for key, value in pair.intended.values.items()
        if (old := pair.running.values.get(key)) and old != value
        for path, names in gone.items()
        if names
    )


def _where(menu: Menu, row: Row) -> str:
    return f"{menu.path} {describe(menu, row)}".rstrip()


def _in_form_of(running: Sequence[Row], intended: Sequence[Row], menu: Menu) -> Sequence[Row]:
    """The intended rows; an item that is built in only in some versions as the device has it."""
    if menu.path not in SOMETIMES_BUILT_IN:
        return intended
    ordinary = {row.values.get("name") for row in running if row.entry is None}
    entries = {name: name for name in menu.entries}
    for row in running:
        if row.entry:
            entries[name_of(menu, row.values, row.entry) or row.entry] = row.entry
    said = {row.entry for row in intended}
    wanted = {row.values.get("name") for row in intended if row.entry is None}
    rows: list[Row] = []
    for row in intended:
        name = name_of(menu, row.values, row.entry) or ""
        entry = entries.get(name)
        if row.entry is None and entry and entry not in said and name not in ordinary:
            rows.append(Row(row.values, entry, name, row.line))
        elif row.entry and name in ordinary and name not in wanted:
            rows.append(Row({**row.values, "name": name}, line=row.line))
        else:
            rows.append(row)
    return rows


def _entry_edits(
    menu: Menu, running: Row, intended: Row, whole: bool, warnings: list[str]
) -> list[Edit]:
    """What to set on a built-in entry or settings row: what is named; with ``whole`` all."""
    have = running.canonical(menu)
    edits: list[Edit] = []
    for key in sorted(intended.values):
        value = intended.values[key]
        normal = menu.normal(key, value)
        default = menu.default(key, running.entry)
        current = have.get(key, "" if default is None else menu.normal(key, default))
        if normal != current:
            unset = value == "" and default is None and key in menu.unsettable
            edits.append((key, value, unset))
    if whole:
        for key in sorted(have.keys() - intended.values.keys()):
            where = f"{menu.path} {running.entry}".rstrip()
            if key in menu.device_specific:
                warnings.append(f"{where}: {key} stays, it is of the hardware")
                continue
            default = menu.default(key, running.entry)
            if default is not None:
                edits.append((key, default, False))
            elif key == "comment":
                edits.append((key, "", False))
            elif key in menu.unsettable:
                edits.append((key, None, True))
            else:
                warnings.append(f"{where}: {key} stays, its default is not known")
    return edits


def item_edits(menu: Menu, running: Row, intended: Row, *, partial: bool = False) -> list[Edit]:
    """What to set on an ordinary item: an unnamed property goes back to its default."""
    have, want = running.canonical(menu), intended.canonical(menu)
    if have == want:
        return []
    edits: list[Edit] = []
    for key in sorted(have.keys() | want.keys()):
        if have.get(key) == want.get(key):
            continue
        if key in want:
            edits.append((key, intended.values[key], False))
        elif key in menu.device_specific or (menu.path == "/ip address" and key == "network"):
            continue
        elif not partial or key in intended.values:
            edits.append(_reset(menu, key))
    return edits


def _reset(menu: Menu, key: str) -> Edit:
    default = menu.default(key)
    if default is not None:
        return key, default, False
    if key == "comment":
        return key, "", False
    return key, None, True


def _moved(running: Sequence[Row], sequence: Sequence[Row]) -> list[Row]:
    """The fewest rows of ``sequence`` that must move so that the rest is in running order."""
    position = {id(row): index for index, row in enumerate(running)}
    keep = longest_increasing([position[id(row)] for row in sequence])
    return [row for index, row in enumerate(sequence) if index not in keep]


def longest_increasing(values: Sequence[int]) -> set[int]:
    """The indices of one longest increasing subsequence (patience sorting, O(n log n))."""
    tails: list[int] = []
    indices: list[int] = []
    previous: list[int] = []
    for index, value in enumerate(values):
        place = bisect_left(tails, value)
        previous.append(indices[place - 1] if place else -1)
        if place == len(tails):
            tails.append(value)
            indices.append(index)
        else:
            tails[place] = value
            indices[place] = index
    result: set[int] = set()
    at = indices[-1] if indices else -1
    while at >= 0:
        result.add(at)
        at = previous[at]
    return result
