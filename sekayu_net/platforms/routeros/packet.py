"""One packet of the management flow against filter rules, as far as one text can tell.

What lives here: address arithmetic, the matchers of a rule, chains and jumps. What does not: which
way the packet takes (``admission``). What can't be known counts against the flow.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from sekayu_net.platforms.routeros.tree import Row

if TYPE_CHECKING:
    from sekayu_net.platforms.routeros.admission import Judge

Network = tuple[int, int]
"""First and last address as numbers."""

DEPTH = 8
"""How many jumps and nested lists are followed."""


@cache
def parse_network(text: str) -> Network | None:
    """``10.0.0.0/8``, ``10.0.0.1`` or ``10.0.0.1-10.0.0.9`` as numbers; None for other text."""
    if "-" in text:
        low, _, high = text.partition("-")
        first, last = parse_network(low), parse_network(high)
        return (first[0], last[1]) if first and last else None
    host, slash, length = text.partition("/")
    octets = host.split(".")
    if len(octets) != 4 or not all(o.isdigit() and int(o) < 256 for o in octets):
        return None
    number = 0
    for octet in octets:
        number = number << 8 | int(octet)
    if slash and not (length.isdigit() and int(length) <= 32):
        return None
    size = 1 << 32 - (int(length) if slash else 32)
    first_address = number - number % size
    return first_address, first_address + size - 1


def within(inner: Network, outer: Network) -> bool | None:
    """True: wholly inside; False: apart; None: partly."""
    if outer[0] <= inner[0] and inner[1] <= outer[1]:
        return True
    return False if inner[1] < outer[0] or outer[1] < inner[0] else None


def is_on(row: Row) -> bool:
    """Whether a row is not disabled."""
    return row.values.get("disabled") not in ("yes", "true")


def in_ranges(number: str, ranges: str) -> bool:
    """Whether ``22`` is in ``20-23,80``."""
    for part in ranges.split(","):
        low, dash, high = part.partition("-")
        if part == number:
            return True
        numbers = dash and low.isdigit() and high.isdigit() and number.isdigit()
        if numbers and int(low) <= int(number) <= int(high):
            return True
    return False


# What a rule says that is no condition.
_NO_MATCHER = frozenset(
    (
        "action",
        "address-list",
        "address-list-timeout",
        "chain",
        "comment",
        "disabled",
        "jump-target",
        "log",
        "log-prefix",
        "reject-with",
    )
)
_GO_ON = frozenset(
    (
        "add-dst-to-address-list",
        "add-src-to-address-list",
        "log",
        "passthrough",
        "notrack",
        "fasttrack-connection",
    )
)


@dataclass(slots=True)
class Packet:
    """One direction of the flow against filter rules. None: can't be known."""

    judge: Judge
    interface: str
    arriving: bool

    def passes(self, path: str, chain: str) -> bool:
        """Whether the chain lets it through (its end accepts)."""
        rules = self.judge.tree.menus.get(path, ())
        return self._chain(rules, chain, 0) is not False

    def _chain(self, rules: Sequence[Row], chain: str, depth: int) -> bool | None:
        """True accept, False drop, None: the end of the chain."""
        if depth > DEPTH:
            return False
        for rule in rules:
            values = rule.values
            if values.get("chain") != chain or not is_on(rule):
                continue
            action = values.get("action") or "accept"
            if action in _GO_ON:
                continue
            used: set[int] = {id(rule)}
            match = self._matches(values, used)
            if match is False:
                continue
            if action == "accept":
                if match:
                    self.judge.carriers |= used
                    return True
            elif action == "jump":
                result = self._chain(rules, values.get("jump-target") or "", depth + 1)
                if result is False or (result is True and match):
                    self.judge.carriers |= used
                    return result
            elif action == "return":
                if match:
                    return None
            else:
                return False
        return None

    def _matches(self, values: dict[str, str | None], used: set[int]) -> bool | None:
        result: bool | None = True
        for prop, value in values.items():
            if prop in _NO_MATCHER or value == "":
                continue
            test = _TESTS.get(prop)
            text = value or ""
            negated = text.startswith("!")
            one = None if test is None else test(self, text.removeprefix("!"), used)
            if one is not None and negated:
                one = not one
            if one is False:
                return False
            if one is None:
                result = None
        return result

    def source(self) -> Network:
        """The packet's source."""
        flow = self.judge.flow
        return flow.source if self.arriving else (flow.destination, flow.destination)

    def destination(self) -> Network:
        """The packet's destination."""
        flow = self.judge.flow
        return (flow.destination, flow.destination) if self.arriving else flow.source

    def address(self, network: Network, text: str) -> bool | None:
        """Whether ``network`` is in what a rule writes."""
        other = parse_network(text)
        return None if other is None else within(network, other)

    def listed(self, network: Network, name: str, used: set[int]) -> bool | None:
        """Whether ``network`` is in an address list. Names and dynamic entries can't be known."""
        result: bool | None = False
        for row in self.judge.tree.menus.get("/ip firewall address-list", ()):
            if row.values.get("list") != name or not is_on(row):
                continue
            other = parse_network(row.values.get("address") or "")
            inside = None if other is None else within(network, other)
            if inside:
                used.add(id(row))
                return True
            if inside is None and other is not None:
                result = None
        return result

    def member(self, name: str, used: set[int], depth: int = 0) -> bool | None:
        """Whether the interface is in an interface list."""
        if name in ("all", "none", "dynamic", "static"):
            return {"all": True, "none": False, "dynamic": False, "static": True}[name]
        tree = self.judge.tree
        for row in tree.menus.get("/interface list member", ()):
            values = row.values
            member = values.get("list") == name and values.get("interface") == self.interface
            if member and is_on(row):
                used.add(id(row))
                return True
        definition = next(
            (r for r in tree.menus.get("/interface list", ()) if r.values.get("name") == name), None
        )
        if definition is None or depth > DEPTH:
            return None if definition is None else False
        for other in (definition.values.get("include") or "").split(","):
            if other and self.member(other, used, depth + 1):
                excluded = (definition.values.get("exclude") or "").split(",")
                return not any(n and self.member(n, used, depth + 1) for n in excluded)
        return False

    def port(self, text: str, *, destination: bool) -> bool | None:
        """The flow's port is the destination of what arrives, the source of what leaves."""
        if destination != self.arriving:
            return None
        return in_ranges(str(self.judge.flow.port), text)


_Test = Callable[[Packet, str, set[int]], "bool | None"]
_TESTS: dict[str, _Test] = {
    "protocol": lambda _, text, __: text in ("tcp", "6"),
    "src-address": lambda packet, text, _: packet.address(packet.source(), text),
    "dst-address": lambda packet, text, _: packet.address(packet.destination(), text),
    "src-address-list": lambda packet, text, used: packet.listed(packet.source(), text, used),
    "dst-address-list": lambda packet, text, used: packet.listed(packet.destination(), text, used),
    "dst-port": lambda packet, text, _: packet.port(text, destination=True),
    "src-port": lambda packet, text, _: packet.port(text, destination=False),
    "connection-state": lambda packet, text, _: (
        ("new" if packet.arriving else "established") in text.split(",")
    ),
    "connection-nat-state": lambda *_: False,
    "in-interface": lambda packet, text, _: (
        _interface_matches(packet, text) if packet.arriving else False
    ),
    "out-interface": lambda packet, text, _: (
        False if packet.arriving else _interface_matches(packet, text)
    ),
    "in-interface-list": lambda packet, text, used: (
        packet.member(text, used) if packet.arriving else False
    ),
    "out-interface-list": lambda packet, text, used: (
        False if packet.arriving else packet.member(text, used)
    ),
    "dst-address-type": lambda packet, text, _: (
        text in ("local", "unicast") if packet.arriving else None
    ),
    "ipsec-policy": lambda _, text, __: text.endswith(",none"),
    "hotspot": lambda *_: None,
}


def _interface_matches(packet: Packet, text: str) -> bool | None:
    if text.startswith("all-"):
        return None
    return text == packet.interface
