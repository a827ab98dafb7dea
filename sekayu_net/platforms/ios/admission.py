"""Does a configuration let the management flow in? Asked after every statement of a script.

What lives here: the way of a TCP connection from the controller to the device's SSH port, as far as
one device's configuration tells: address, interface, access lists, terminal lines, way back. What
does not: other devices on the path. A way back by a routing protocol is believed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from sekayu_net.platforms.base import Flow
from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.packet import permits
from sekayu_net.platforms.ios.remediation import Step
from sekayu_net.platforms.ios.tree import Node, is_list

#: Lines of an interface that no packet depends on.
_COSMETIC = re.compile(r"description |load-interval |bandwidth |snmp |logging |ntp |cdp |lldp ")
#: Lines of a terminal that don't keep anybody out.
_COMFORT = re.compile(r"exec-timeout |history |length |width |logging |session-timeout |stopbits ")
#: Global lines that a login hangs on, and what the undo stands on.
_GLOBAL = re.compile(
    r"aaa |username |enable |ip ssh |ip scp |crypto key |no ip routing|ip routing$|"
    r"ip default-gateway |archive$|file prompt |login |ip domain name |hostname $"
)


@dataclass(frozen=True, slots=True)
class Way:
    """How the flow gets in: interfaces, access lists by name, and whether routing is learnt."""

    interfaces: frozenset[str]
    lists: frozenset[str]
    learnt: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """``refusal`` is why the flow does not get in; None when it does."""

    way: Way
    refusal: str | None


def judge(tree: Node, flow: Flow) -> Verdict:
    """One flow against one configuration."""
    source = IPv4Network(flow.source, strict=False)
    target = IPv4Address(flow.destination)
    holder = next((n for n in _interfaces(tree) if target in (a.ip for a in addresses(n))), None)
    inside = _inside(tree, source)
    learnt = inside is None
    names = {_name(node) for node in (holder, inside) if node is not None}
    names |= {name.partition(".")[0] for name in names}
    vtys = tree.starting("line vty")
    lists = {
        *(_list(n, "ip access-group", "in") for n in _interfaces(tree) if _name(n) in names),
        *(_list(n, "access-class", "in") for n in vtys),
    } - {""}
    way = Way(frozenset(names), frozenset(lists), learnt)
    return Verdict(way, _refusal(tree, flow, holder, inside, vtys))


def _refusal(
    tree: Node, flow: Flow, holder: Node | None, inside: Node | None, vtys: Sequence[Node]
) -> str | None:
    source = IPv4Network(flow.source, strict=False)
    target = IPv4Address(flow.destination)
    if holder is None:
        return f"no interface has {target}"
    for node in (holder, inside):
        if node is not None and _is_off(tree, node):
            return f"{_name(node)} is shut down"
    if inside is None and not _learns(tree):
        return f"no way back to {source}"
    entry = inside if inside is not None else holder
    name = _list(entry, "ip access-group", "in")
    if name and not permits(_entries(tree, name), source, target, flow.port):
        return f"access list {name} does not admit {source}"
    for vty in vtys:
        reason = _vty_refusal(tree, vty, source, target, flow.port)
        if reason is None:
            return None
    return reason if vtys else None


def _vty_refusal(
    tree: Node, vty: Node, source: IPv4Network, target: IPv4Address, port: int
) -> str | None:
    transport = next((n.text for n in vty.below if n.text.startswith("transport input ")), "")
    if transport and not {"ssh", "all"} & set(transport.split()):
        return f"{vty.text} takes no SSH"
    name = _list(vty, "access-class", "in")
    if name and not permits(_entries(tree, name), source, target, port):
        return f"access list {name} on {vty.text} does not admit {source}"
    return None


def concerns(step: Step, way: Way, flow: Flow) -> bool:
    """Whether a statement touches what the flow rests on."""
    top = step.path[0] if step.path else lines.positive(step.line)
    words = top.split()
    if words[0] == "interface":
        if words[-1] not in way.interfaces:
            return False
        return not step.path or not _COSMETIC.match(lines.positive(step.line))
    if is_list(top):
        return words[-1] in way.lists
    if top.startswith("line vty"):
        return not step.path or not _COMFORT.match(lines.positive(step.line))
    if words[:2] == ["ip", "route"]:
        network = _network(words)
        source = IPv4Network(flow.source, strict=False)
        return network is None or network.overlaps(source)
    if words[0] == "router":
        return way.learnt
    return _GLOBAL.match(f"{top} ") is not None or _GLOBAL.match(top) is not None


# -- reading a tree ----------------------------------------------------------------------------


def _interfaces(tree: Node) -> Iterator[Node]:
    yield from tree.starting("interface")


def _name(node: Node) -> str:
    return node.text.split()[-1]


def addresses(section: Node) -> list[IPv4Interface]:
    """The fixed IPv4 addresses of an interface's section, the primary one first."""
    found = []
    for node in section.below:
        words = node.text.split()
        if words[:2] == ["ip", "address"] and len(words) > 3:
            try:
                found.append(IPv4Interface(f"{words[2]}/{words[3]}"))
            except ValueError:
                continue
    return found


def _is_off(tree: Node, node: Node) -> bool:
    base = tree.get(f"interface {_name(node).partition('.')[0]}")
    return any(n is not None and n.get("shutdown") is not None for n in (node, base))


def _list(node: Node, start: str, way: str) -> str:
    for line in node.starting(start):
        words = line.text.split()
        if way in words:
            return words[words.index(way) - 1]
    return ""


def _entries(tree: Node, name: str) -> list[str]:
    section = next((n for n in tree.below if is_list(n.text) and n.text.split()[-1] == name), None)
    return [] if section is None else [node.text for node in section.below]


def _inside(tree: Node, source: IPv4Network) -> Node | None:
    """The interface by which the flow comes, if its network or a static route tells."""
    best: tuple[int, Node] | None = None
    for section in _interfaces(tree):
        for address in addresses(section):
            if source.subnet_of(address.network) and (
                best is None or address.network.prefixlen > best[0]
            ):
                best = (address.network.prefixlen, section)
    for route in tree.starting("ip route"):
        words = route.text.split()
        network = _network(words)
        if network is None or not source.subnet_of(network) or len(words) < 5:
            continue
        section = _towards(tree, words[4])
        if section is not None and (best is None or network.prefixlen > best[0]):
            best = (network.prefixlen, section)
    return None if best is None else best[1]


def _towards(tree: Node, gateway: str) -> Node | None:
    named = tree.get(f"interface {gateway}")
    if named is not None:
        return named
    try:
        hop = IPv4Address(gateway)
    except ValueError:
        return None
    return next((n for n in _interfaces(tree) if any(hop in a.network for a in addresses(n))), None)


def _network(words: Sequence[str]) -> IPv4Network | None:
    try:
        return IPv4Network(f"{words[2]}/{words[3]}")
    except (ValueError, IndexError):
        return None


def _learns(tree: Node) -> bool:
    """Whether a routing protocol runs somewhere, or an address comes by DHCP."""
    if any(n.below and n.get("shutdown") is None for n in tree.starting("router")):
        return True
    return any(
        line.text == "ip address dhcp" or re.match(r"ip ospf \d+ area ", line.text)
        for section in _interfaces(tree)
        for line in section.below
    )
