"""VRRP for the whole district at once: who is master of each group, and so has its addresses.

Routers of a group hear each other when frames pass both ways and the input chain lets protocol 112
in; whoever hears nobody better is master (RFC 5798, 6.4). Versions, group numbers and addresses
must agree, or each is master of its own. Time is not modelled: elections are over, and a router
without preemption is treated as one with it. The addresses of a master are put on the interface
below the group; RouterOS would show their packets on the VRRP interface.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.lab.l2 import Frames
from sekayu_net.lab.node import Address, Node, VrrpGroup

#: ``(device, interface, source, destination)``: the input chain lets VRRP in there.
Admitted = Callable[[str, str, IPv4Address, IPv4Address], bool]
#: ``(device, interface, address)``: somebody on the segment has that address.
Answers = Callable[[str, str, IPv4Address], bool]
_ALL_VRRP = IPv4Address("224.0.0.18")
#: Of an address owner, who can't be outdone.
_OWNER = 255


def elect(
    nodes: Mapping[str, Node], frames: Frames, admitted: Admitted, answers: Answers
) -> dict[tuple[str, str, int], str]:
    """The master of each group that runs: by device, interface and number, the master's name."""
    groups = [
        (node, group)
        for node in nodes.values()
        if node.up
        for group in node.vrrp
        if _source(node, group) is not None and frames.running(node.name, group.interface)
    ]
    masters = {}
    for node, group in groups:
        best = _rank(node, group, frames, answers), node.name
        hears = frames.neighbors((node.name, group.interface))
        for other, theirs in groups:
            source = _source(other, theirs)
            if (other.name, theirs.interface) not in hears or source is None:
                continue
            if (theirs.number, theirs.version) != (group.number, group.version):
                continue
            if theirs.addresses != group.addresses:
                continue
            if not admitted(node.name, group.interface, source, _ALL_VRRP):
                continue
            best = max(best, (_rank(other, theirs, frames, answers), other.name))
        masters[(node.name, group.interface, group.number)] = best[1]
    return masters


def with_addresses(
    nodes: Mapping[str, Node], masters: Mapping[tuple[str, str, int], str]
) -> dict[str, Node]:
    """The nodes, each master with the addresses of its groups."""
    found = {}
    for name, node in nodes.items():
        own = [
            Address(address, _network(node, group, address), group.interface)
            for group in node.vrrp
            if masters.get((name, group.interface, group.number)) == name
            for address in group.addresses
            if address not in node.locals
        ]
        found[name] = node if not own else replace(
            node,
            addresses=(*node.addresses, *own),
            locals=node.locals | {address.ip for address in own},
        )  # fmt: skip
    return found


def _network(node: Node, group: VrrpGroup, address: IPv4Address) -> IPv4Network:
    """The subnet of the interface that the group's address lies in."""
    return next(
        own.network
        for own in node.addresses
        if own.interface == group.interface and address in own.network
    )


def _source(node: Node, group: VrrpGroup) -> IPv4Address | None:
    """The address that advertisements come from: the group's subnet must be on the interface."""
    return next(
        (
            own.ip
            for own in node.addresses
            if own.interface == group.interface
            and all(address in own.network for address in group.addresses)
        ),
        None,
    )


def _rank(
    node: Node, group: VrrpGroup, frames: Frames, answers: Answers
) -> tuple[int, IPv4Address]:
    source = _source(node, group) or IPv4Address(0)
    if source in group.addresses:
        return _OWNER, source
    priority = group.priority
    for kind, value, decrement in group.tracks:
        good = (
            frames.running(node.name, value)
            if kind == "interface"
            else any(
                answers(node.name, own.interface, IPv4Address(value))
                for own in node.addresses
                if IPv4Address(value) in own.network
            )
        )
        priority -= 0 if good else decrement
    return max(priority, 1), source
