"""Firewall chains: filter, NAT and raw rules against one packet.

Matchers follow MikroTik's manual ("Filter", "NAT", "RAW"). A matcher that the simulation can't
judge (rates, contents, times, marks other than ``no-mark``) matches nothing, whatever its rule's
action. Rate limits (``limit``, ``dst-limit``) are never exceeded. ``fasttrack-connection``,
logging, and adding to address lists let the packet go on to the next rule.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.lab.node import Node, Rule

_ENDING = frozenset({"accept", "drop", "reject", "tarpit", "return"})
_PROTOCOLS = {"1": "icmp", "6": "tcp", "17": "udp", "89": "ospf", "112": "vrrp"}


@dataclass(frozen=True, slots=True)
class Packet:
    """``protocol`` in words: ``tcp`` (a SYN or the SYN-ACK to it), ``udp``, ``icmp``, ``ospf``."""

    source: IPv4Address
    destination: IPv4Address
    protocol: str = "tcp"
    source_port: int = 0
    destination_port: int = 0

    def answer(self) -> Packet:
        """The packet that comes back."""
        return replace(
            self,
            source=self.destination,
            destination=self.source,
            source_port=self.destination_port,
            destination_port=self.source_port,
        )


@dataclass(frozen=True, slots=True)
class Sight:
    """A packet in one place: where it came in and goes out (empty: this device), its state.

    ``local`` says of source and destination whether they are this device's own addresses.
    """

    packet: Packet
    state: str
    inside: str = ""
    outside: str = ""
    local: tuple[bool, bool] = (False, False)
    translated: frozenset[str] = frozenset()
    first: bool = True


@dataclass(frozen=True, slots=True)
class Decision:
    """What a chain decided. ``rule`` is None when its end accepted."""

    action: str
    rule: Rule | None = None

    @property
    def passes(self) -> bool:
        """The packet goes on."""
        return self.action not in {"drop", "reject", "tarpit"}

    def __str__(self) -> str:
        if self.rule is None:
            return "the end of the chain"
        comment = f" ({self.rule.comment})" if self.rule.comment else ""
        return f"rule {self.rule.number}{comment}: {self.action}"


def decide(
    node: Node, rules: tuple[Rule, ...], chain: str, sight: Sight, *, ends: frozenset[str] = _ENDING
) -> Decision:
    """Walk a chain and those it jumps to. ``ends``: the actions that end the walk."""
    return _walk(node, rules, chain, sight, ends, 0) or Decision("accept")


def _walk(
    node: Node, rules: tuple[Rule, ...], chain: str, sight: Sight, ends: frozenset[str], depth: int
) -> Decision | None:
    if depth > 32:  # a chain that jumps to itself
        return None
    for rule in rules:
        if rule.chain != chain or not all(
            matches(node, name, text, sight) for name, text in rule.matchers
        ):
            continue
        if rule.action == "return":
            return None
        if rule.action == "jump":
            found = _walk(node, rules, rule.target, sight, ends, depth + 1)
            if found is not None:
                return found
        elif rule.action in ends:
            return Decision(rule.action, rule)
    return None


def matches(node: Node, name: str, text: str, sight: Sight) -> bool:
    """Whether one matcher matches. ``!`` in front turns it round, for those that are known."""
    negated = text.startswith("!") and name != "tcp-flags"
    known = _match(node, name, text[1:] if negated else text, sight)
    return known is not None and known is not negated


def _match(node: Node, name: str, text: str, sight: Sight) -> bool | None:  # noqa: C901 - a table of matchers
    packet = sight.packet
    match name:
        case "connection-state":
            return sight.state in text.split(",")
        case "connection-nat-state":
            return bool(sight.translated & set(text.split(",")))
        case "protocol":
            return _PROTOCOLS.get(text, text) == packet.protocol
        case "src-address":
            return in_range(packet.source, text)
        case "dst-address":
            return in_range(packet.destination, text)
        case "src-address-list":
            return any(in_range(packet.source, e) for e in node.address_lists.get(text, ()))
        case "dst-address-list":
            return any(in_range(packet.destination, e) for e in node.address_lists.get(text, ()))
        case "src-port":
            return in_ports(packet.source_port, text)
        case "dst-port":
            return in_ports(packet.destination_port, text)
        case "port":
            return in_ports(packet.source_port, text) or in_ports(packet.destination_port, text)
        case "in-interface":
            return sight.inside == text
        case "out-interface":
            return sight.outside == text
        case "in-interface-list":
            return sight.inside in node.lists.get(text, ())
        case "out-interface-list":
            return sight.outside in node.lists.get(text, ())
        case "src-address-type":
            return _type(packet.source, sight.local[0]) in text.split(",")
        case "dst-address-type":
            return _type(packet.destination, sight.local[1]) in text.split(",")
        case "ipsec-policy":
            return text.endswith("none")
        case "tcp-flags":
            return packet.protocol == "tcp" and _flags(text, first=sight.first)
        case "icmp-options":
            return packet.protocol == "icmp" and text.split(":", maxsplit=1)[0] == (
                "8" if sight.first else "0"
            )
        case "limit" | "dst-limit":
            return True
        case "connection-mark" | "packet-mark" | "routing-mark":
            return True if text == "no-mark" else None
        case _:
            return None


def _flags(text: str, *, first: bool) -> bool:
    """A SYN, or the SYN-ACK that answers it."""
    present = {"syn"} if first else {"syn", "ack"}
    return all(
        (word[1:] not in present) if word.startswith("!") else (word in present)
        for word in text.split(",")
    )


def _type(address: IPv4Address, local: bool) -> str:
    if local:
        return "local"
    if address.is_multicast:
        return "multicast"
    return "broadcast" if address == IPv4Address("255.255.255.255") else "unicast"


def in_range(address: IPv4Address, text: str) -> bool:
    """``10.0.0.0/8``, ``10.0.0.1-10.0.0.9`` or one address; anything else holds nothing."""
    try:
        if "-" in text:
            low, _, high = text.partition("-")
            return IPv4Address(low) <= address <= IPv4Address(high)
        return address in IPv4Network(text, strict=False)
    except ValueError:
        return False


def in_ports(port: int, text: str) -> bool:
    """``22,8000-8010``."""
    for word in text.split(","):
        low, _, high = word.partition("-")
        if low.isdecimal() and int(low) <= port <= int(high if high.isdecimal() else low):
            return True
    return False
