"""Scripts and inverses, judged by the lab's console: what they do, step by step.

The judge holds an export in a simulated device, imports each statement as the device would, and
compares what the device then holds with what the goal's export says. Nothing here asks the
product's own ``apply`` or its schema.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

from sekayu_net.errors import LabError
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.state import Item, State
from sekayu_net.platforms.base import Change
from sekayu_net.platforms.routeros import syntax
from tests.campaign.stand_in import hold, stand_in

Row = tuple[tuple[str, str], ...]
Content = Mapping[str, tuple[Row, ...]]

#: Ordered on paper; the order has no effect.
_ANY_ORDER = {"/interface bridge port", "/interface wireguard peers", "/ip vrf", "/ip dns static"}
#: Differs by unit or is made up by the device: compared where the configuration names it.
_HARDWARE = {
    "mac-address",
    "admin-mac",
    "auto-mac",
    "l2mtu",
    "orig-mac-address",
    "private-key",
    "name",
}
_SETS = {"set", "names", "vlans", "prefixes"}
_SET_PROPERTIES = {"policy", "authentication-types", "topics", "advertise", "tagged", "untagged"}
#: What both sides have must never be absent in between.
_KEPT = ("/ip address", "/ipv6 address", "/ip route", "/ipv6 route", "/routing rule",
         "/ip firewall filter", "/ip firewall nat", "/ip firewall mangle", "/ip firewall raw",
         "/ipv6 firewall filter")  # fmt: skip


@dataclass(slots=True)
class Verdict:
    """What came of one change. ``fault`` empty: it does what it says."""

    statements: int = 0
    fault: str = ""
    inverse_fault: str = ""
    prefixes: int = 0
    prefix_faults: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Bench:
    """One device, and the two configurations between which it is taken."""

    device: LabDevice
    start: syntax.Document
    goal: syntax.Document

    @classmethod
    def between(cls, start: syntax.Document, goal: syntax.Document, version: str) -> Bench:
        """A device that can hold both."""
        return cls(stand_in([start, goal], version), start, goal)

    @property
    def unreadable(self) -> set[str]:
        """Menus that one of the devices failed to export: nothing is asked of them."""
        remarks = [
            n for d in (self.start, self.goal) for n in d.body if isinstance(n, syntax.Remark)
        ]
        return {remark.unreadable for remark in remarks if remark.unreadable}

    def judge(self, change: Change, *, every_prefix: bool = False) -> Verdict:
        """Import the script and its inverse."""
        device = self.device
        goal = hold(device, self.goal)
        begun = hold(device, self.start)
        verdict = Verdict()
        lines = [line for line in change.script.splitlines() if not line.startswith("#")]
        verdict.statements = len(lines)
        spared = _spared(w for w in change.warnings if "after an undo" not in w)
        back = _spared(change.warnings)
        first = begun.snapshot()
        kept = {path: _common(begun, goal, path) for path in _KEPT}
        if every_prefix:
            self._try_undo(change, first, 0, verdict, back)
        for number, line in enumerate(lines, 1):
            try:
                device.import_script(line)
            except LabError as error:
                verdict.fault = f"{line[:160]} → {str(error).partition('stopped: ')[2]}"
                break
            verdict.absent += _absent(device.state, kept, line)
            if every_prefix:
                self._try_undo(change, first, number, verdict, back)
        if not verdict.fault:
            verdict.fault = difference(goal, device.state, spared, self.goal, self.unreadable)
        verdict.inverse_fault = self._undo(change, first, back)
        return verdict

    def _undo(
        self, change: Change, first: Mapping[str, Any], spared: Mapping[str, set[str]]
    ) -> str:
        """Run the inverse; what then differs from the start."""
        state = self.device.state
        before = state.blank()
        before.restore(first)
        try:
            self.device.import_script(change.inverse)
        except LabError as error:
            return str(error)
        return difference(before, state, spared, self.start, self.unreadable)

    def _try_undo(
        self,
        change: Change,
        first: Mapping[str, Any],
        count: int,
        verdict: Verdict,
        spared: Mapping[str, set[str]],
    ) -> None:
        """Run the inverse after ``count`` statements, and come back."""
        here = self.device.state.snapshot()
        verdict.prefixes += 1
        fault = self._undo(change, first, spared)
        if fault:
            verdict.prefix_faults.append(f"after {count}: {fault}")
        self.device.state.restore(here)


def _spared(warnings: Iterable[str]) -> dict[str, set[str]]:
    """Properties of which the change says that they stay, by menu."""
    spared: dict[str, set[str]] = {}
    for warning in warnings:
        where, colon, what = warning.partition(": ")
        if colon and (" stays" in what or " may stay " in what):
            key = what.partition(" ")[0]
            menu = where
            while menu:
                spared.setdefault(menu, set()).add(key)
                menu = menu.rpartition(" ")[0]
    return spared


def _common(start: State, goal: State, path: str) -> Counter[Row]:
    if path not in start.schema.menus:
        return Counter()
    return Counter(_bare(start, path)) & Counter(_bare(goal, path))


def _bare(state: State, path: str) -> list[Row]:
    """Rows without what says nothing of their effect; ports by what they are, not their name."""
    ports = {
        item.name: item.base["default-name"]
        for item in state.interfaces()
        if item.base.get("default-name")
    }
    return [
        tuple((key, ports.get(value, value)) for key, value in _row(item, ()) if key != "comment")
        for item in state.rows(path)
        if not item.builtin
    ]


def _absent(state: State, kept: Mapping[str, Counter[Row]], line: str) -> list[str]:
    path = next((path for path in kept if line.startswith(f"{path} ")), None)
    if path is None or not kept[path]:
        return []
    gone = kept[path] - Counter(_bare(state, path))
    return [f"{path}: {dict(row)} absent after {line[:100]}" for row in gone]


def difference(
    goal: State,
    state: State,
    spared: Mapping[str, set[str]],
    document: syntax.Document,
    unreadable: AbstractSet[str] = frozenset(),
) -> str:
    """The first difference between two states, in words; empty without one.

    ``document`` is what ``goal`` was made of: properties of the hardware that it does not name are
    not compared.
    """
    named: dict[str, set[str]] = {}
    for node in document.statements:
        named.setdefault(node.menu, set()).update(a.key for a in node.arguments)
    for path, menu in goal.schema.menus.items():
        if path == "/interface loopback" or path in unreadable:
            continue
        if menu.kind == "settings":
            wanted, found = [goal.single(path)], [state.single(path)]
        else:
            wanted, found = goal.rows(path), state.rows(path)
        ignored = (_HARDWARE - named.get(path, set())) | spared.get(path, set())
        words = _differing(path, wanted, found, ignored)
        if words:
            return words
    return ""


def _differing(path: str, wanted: Sequence[Item], found: Sequence[Item], ignored: set[str]) -> str:
    ordered = bool(wanted or found) and (wanted or found)[0].menu.ordered
    left = [_row(item, ignored) for item in wanted if not item.builtin]
    right = [_row(item, ignored) for item in found if not item.builtin]
    if not ordered or path in _ANY_ORDER:
        left.sort()
        right.sort()
    left += [_row(item, ignored) for item in wanted if item.builtin]
    right += [_row(item, ignored) for item in found if item.builtin]
    if left == right:
        return ""
    lacking, surplus = list(Counter(left) - Counter(right)), list(Counter(right) - Counter(left))
    if not lacking and not surplus:
        place = next(n for n, row in enumerate(left) if row != right[n])
        return f"{path}: row {place} is {dict(right[place])}, not {dict(left[place])}"[:600]
    if not (lacking and surplus):
        pieces = [str([dict(row) for row in rows[:2]])[:250] for rows in (lacking, surplus)]
        return f"{path}: lacks {pieces[0]}, too many {pieces[1]}"
    right = [max(surplus, key=lambda row: len(set(row) & set(lacking[0])))]
    left = lacking[:1]
    for want, have in zip(left, right, strict=False):
        if want != have:
            gone = [f"{k}={v}" for k, v in want if (k, v) not in have]
            more = [f"{k}={v}" for k, v in have if (k, v) not in want]
            return f"{path}: other order: wanted {gone[:6]} has {more[:6]}"[:400]
    return f"{path}: wanted {len(left)} rows, has {len(right)}"


def _row(item: Item, ignored: Iterable[str]) -> Row:
    result = []
    for prop, known in item.menu.properties.items():
        if prop in ignored:
            continue
        value = item.get(prop)
        if prop == "ssid" and item.builtin:
            value = value or "MikroTik"  # a radio has one from the beginning
        if not value or (known.kind in ("bool", "flag") and value == "no"):
            continue
        if "," in value and (known.kind.partition(" ")[0] in _SETS or prop in _SET_PROPERTIES):
            value = ",".join(sorted(value.split(",")))
        result.append((prop, value))
    return tuple(sorted(result))
