"""In which order a change is made: make before break.

What lives here: menus by dependency, and the operations of a comparison in a safe order. What
does not: how an operation is written (``script``), and whether the management flow survives it
(``admission``).

Order: what opens first, what closes last. Additions and settings go through the menus from
definitions to references; within a menu moves come first, then rows from top to bottom. Removals
come after all of that, from references to definitions. VLAN filtering starts when VLAN table and
port VLANs are there; services are limited when the firewall is complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from sekayu_net.platforms.routeros.diff import Edit, MenuChange
from sekayu_net.platforms.routeros.schema import Menu, named
from sekayu_net.platforms.routeros.tree import Row

# Definitions before what refers to them. A menu that is not named takes the place of its longest
# named parent, and stands behind it.
_MENUS = (
    "/interface bridge",
    "/interface ethernet",
    "/interface wireless security-profiles",
    "/interface wifi channel",
    "/interface wifi security",
    "/interface wifi aaa",
    "/interface wifi steering",
    "/interface wifi datapath",
    "/interface wifi configuration",
    "/interface wireless",
    "/interface wifi",
    "/interface wireguard",
    "/interface bonding",
    "/interface",
    "/interface vlan",
    "/interface vrrp",
    "/interface list",
    "/interface wireguard peers",
    "/interface bridge port",
    "/interface bridge vlan",
    "/interface list member",
    "/interface bridge settings",
    "/routing table",
    "/ip vrf",
    "/ip pool",
    "/ipv6 pool",
    "/ip dhcp-client option",
    "/ip dhcp-server option",
    "/ppp profile",
    "/queue type",
    "/snmp community",
    "/system logging action",
    "/user group",
    "/routing id",
    "/routing ospf instance",
    "/routing ospf area",
    "/routing bgp template",
    "/routing filter",
    "/ip ipsec profile",
    "/ip ipsec proposal",
    "/ip ipsec peer",
    "/ip address",
    "/ipv6 address",
    "/ip dhcp-client",
    "/ip dns",
    "/ip firewall address-list",
    "/ipv6 firewall address-list",
    "/ip route",
    "/ipv6 route",
    "/routing rule",
    "/routing",
    "/ip",
    "/ipv6",
    "/ip dhcp-server",
    "/ip dhcp-server network",
    "/ip dhcp-server lease",
    "/ip firewall layer7-protocol",
    "/ip firewall filter",
    "/ip firewall nat",
    "/ip firewall mangle",
    "/ip firewall raw",
    "/ip firewall",
    "/ipv6 firewall filter",
    "/ipv6 firewall",
    "/queue",
    "/ppp",
    "/radius",
    "/snmp",
    "/system",
    "/tool",
    "/ip neighbor",
    "/ip ssh",
    "/ip service",
)
_RANKS = {path: index for index, path in enumerate(_MENUS)}
_BRIDGE = "/interface bridge"


@cache
def rank(path: str) -> int:
    """Where a menu stands: smaller is defined earlier."""
    words = path.split(" ")
    while words:
        found = _RANKS.get(" ".join(words))
        if found is not None:
            return found
        words.pop()
    return len(_MENUS)


@dataclass(slots=True, eq=False)
class Step:
    """One thing to do to one row. ``row`` is the running row, for ``add`` the intended one.

    ``sequence``: the menu's owned rows in their final order, for ``add`` and ``move`` in ordered
    menus; ``doomed`` the ``id()`` of rows that will be removed.
    """

    action: Literal["add", "set", "remove", "move"]
    menu: Menu
    row: Row
    edits: Sequence[Edit] = ()
    sequence: list[Row] = field(default_factory=list, repr=False)
    doomed: frozenset[int] = field(default=frozenset(), repr=False)


def steps(changes: Sequence[MenuChange]) -> list[Step]:
    """The steps of a comparison, in order."""
    first: list[Step] = []
    late: list[Step] = []
    last: list[Step] = []
    for change in sorted(changes, key=lambda change: rank(change.menu.path)):
        _make(change, first, late)
        last[:0] = [Step("remove", change.menu, row) for row in reversed(change.removed)]
    boundary = next(
        (i for i, step in enumerate(first) if rank(step.menu.path) >= _RANKS["/ip neighbor"]),
        len(first),
    )
    made = _definitions_first(first[:boundary] + late + first[boundary:])
    return made + list(reversed(_definitions_first(list(reversed(last)))))


def _definitions_first(steps: Sequence[Step]) -> list[Step]:
    """The same steps; one that adds (or removes) an item before those that name the item.

    Interfaces of any kind rest on each other: the ranks of menus alone can't tell the order.
    """
    makers: dict[str, list[Step]] = {}
    for step in steps:
        name = step.row.values.get("name")
        if step.action in ("add", "remove") and name:
            makers.setdefault(name, []).append(step)
    done: set[int] = set()
    result: list[Step] = []

    def put(step: Step) -> None:
        if id(step) in done:
            return
        done.add(id(step))
        for maker in _makers(step, makers):
            put(maker)
        result.append(step)

    for step in steps:
        put(step)
    return result


def _makers(step: Step, makers: Mapping[str, Sequence[Step]]) -> Iterator[Step]:
    """The steps that make what a step names."""
    if step.action == "move":
        return
    values = (
        [(key, value) for key, value, _ in step.edits]
        if step.action == "set"
        else step.row.values.items()
    )
    for key, value in values:
        if not value or not step.menu.references(key):
            continue
        for name in named(value):
            for maker in makers.get(name, ()):
                if maker is not step and step.menu.names(key, maker.menu.path):
                    yield maker


def _make(change: MenuChange, first: list[Step], late: list[Step]) -> None:
    menu = change.menu
    sequence = change.sequence if menu.ordered else []
    doomed = frozenset(id(row) for row in change.removed)
    first.extend(Step("move", menu, row, (), sequence, doomed) for row in change.moved)
    edits = {id(pair.running): pair.edits for pair in change.pairs if pair.edits}
    entries = [pair.running for pair in change.pairs if pair.running.entry is not None]
    added = {id(row) for row in change.added}
    for row in [*entries, *change.sequence]:
        if id(row) in added:
            if menu.path == _BRIDGE and row.values.get("vlan-filtering") == "yes":
                values = {k: v for k, v in row.values.items() if k != "vlan-filtering"}
                plain = Row(values, line=row.line)
                first.append(Step("add", menu, plain))
                late.append(Step("set", menu, plain, [("vlan-filtering", "yes", False)]))
            else:
                first.append(Step("add", menu, row, (), sequence, doomed))
            continue
        todo = edits.get(id(row))
        if not todo:
            continue
        if menu.path == _BRIDGE and ("vlan-filtering", "yes", False) in todo:
            late.append(Step("set", menu, row, [("vlan-filtering", "yes", False)]))
            todo = [edit for edit in todo if edit[0] != "vlan-filtering"]
            if not todo:
                continue
        first.append(Step("set", menu, row, todo))
