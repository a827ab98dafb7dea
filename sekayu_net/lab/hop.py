"""What one device decides about one packet: route, reverse path, translation, service.

Pure choices of a node; the way between nodes is ``walk``'s.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

from sekayu_net.lab.firewall import Packet, Sight, decide, in_range
from sekayu_net.lab.node import Node
from sekayu_net.lab.routing import Forwarding, Route

_SOURCE_NAT = frozenset({"accept", "masquerade", "src-nat", "netmap", "same"})
_DESTINATION_NAT = frozenset({"accept", "dst-nat", "redirect", "netmap", "same"})


class Lost(Exception):  # noqa: N818 - a packet's fate, caught in ``walk``
    """The packet went no further."""


def check_reverse_path(
    node: Node, forwarding: Forwarding, source: IPv4Address, interface: str
) -> None:
    """``rp-filter``: a packet must come from where its answer would go; raises ``Lost``."""
    if node.rp_filter not in {"strict", "loose"}:
        return
    back = forwarding.lookup(source)
    if back is None or (node.rp_filter == "strict" and back.interface != interface):
        raise Lost(f"{node.name}: rp-filter={node.rp_filter} drops {source}")


def choose_route(node: Node, forwarding: Forwarding, packet: Packet, inside: str) -> Route:
    """The route of a packet that came in by ``inside``; raises ``Lost`` without one."""
    found: Route | None = None
    for rule in node.routing_rules:
        if (
            (rule.source and not in_range(packet.source, rule.source))
            or (rule.destination and not in_range(packet.destination, rule.destination))
            or (rule.interface and rule.interface != inside)
        ):
            continue
        if rule.action in {"drop", "unreachable"}:
            raise Lost(f"{node.name}: routing rule: {rule.action}")
        found = forwarding.lookup(packet.destination, rule.table)
        if found is not None or rule.action == "lookup-only-in-table":
            break
    else:
        found = forwarding.lookup(packet.destination)
    if found is None:
        raise Lost(f"{node.name}: no route to {packet.destination}")
    if found.blackhole:
        raise Lost(f"{node.name}: route to {found.destination} is a blackhole")
    return found


def translate_destination(node: Node, forwarding: Forwarding, sight: Sight) -> Packet:
    """The packet after the ``dstnat`` chain."""
    packet = sight.packet
    rule = decide(node, node.nat, "dstnat", sight, ends=_DESTINATION_NAT).rule
    if rule is None or rule.action == "accept":
        return packet
    if rule.action == "redirect":
        target = forwarding.address_on(sight.inside, packet.source)
    else:
        target = first_address(rule.to_addresses)
    port = rule.to_ports.split("-")[0]
    return replace(
        packet,
        destination=target or packet.destination,
        destination_port=int(port) if port.isdecimal() else packet.destination_port,
    )


def translate_source(node: Node, forwarding: Forwarding, sight: Sight) -> Packet:
    """The packet after the ``srcnat`` chain."""
    packet = sight.packet
    rule = decide(node, node.nat, "srcnat", sight, ends=_SOURCE_NAT).rule
    if rule is None or rule.action == "accept":
        return packet
    if rule.action == "masquerade":
        source = forwarding.address_on(sight.outside)
    else:
        source = first_address(rule.to_addresses)
    return replace(packet, source=source or packet.source)


def refusal(node: Node, seen: Packet) -> str:
    """Why the SSH service does not take a connection; empty when it does."""
    ssh = node.ssh
    if ssh is None or not ssh.enabled:
        return f"{node.name}: the service ssh is disabled"
    if ssh.vrf != "main":
        return f"{node.name}: the service ssh is in VRF {ssh.vrf}"
    if ssh.port != seen.destination_port:
        return f"{node.name}: the service ssh is on port {ssh.port}"
    if ssh.available_from and not any(in_range(seen.source, n) for n in ssh.available_from):
        return f"{node.name}: the service ssh is not available from {seen.source}"
    return ""


def first_address(text: str) -> IPv4Address | None:
    """The first address of a list, range or prefix; None for anything else."""
    try:
        return IPv4Address(text.split("-", maxsplit=1)[0].split("/", maxsplit=1)[0])
    except ValueError:
        return None
