"""The network at one moment: nodes, frames, addresses and routes of every device.

Computed once from the nodes and the wiring, then only asked. ``network`` makes a new one when
something that matters has changed; packets move in ``walk``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address

from sekayu_net.inventory.district import District
from sekayu_net.lab.firewall import Packet, Sight, decide
from sekayu_net.lab.l2 import Endpoint, Frames
from sekayu_net.lab.node import Node
from sekayu_net.lab.ospf import OspfState, compute_ospf
from sekayu_net.lab.routing import Forwarding, local_forwarding
from sekayu_net.lab.topology import DINKOMINFO, ONSITE, PROVIDER, Lease, Topology
from sekayu_net.lab.vrrp import elect, with_addresses
from sekayu_net.lab.wireguard import public_key


@dataclass(slots=True)
class Snapshot:
    """``handshakes`` remembers, by initiator's interface and key, why not ("" = it works)."""

    district: District
    topology: Topology
    nodes: Mapping[str, Node]
    frames: Frames
    forwarding: Mapping[str, Forwarding]
    ospf: OspfState
    #: The master of each VRRP group, by device, interface and number.
    vrrp: Mapping[tuple[str, str, int], str]
    #: The WireGuard interface behind each public key.
    keys: Mapping[str, Endpoint]
    handshakes: dict[tuple[str, str, str], str | None] = field(default_factory=dict)

    def owner(self, start: Endpoint, address: IPv4Address) -> Endpoint | None:
        """Who answers ARP for ``address`` on the segment of ``start``; None for no one or two."""
        found = [
            end
            for end in self.frames.neighbors(start)
            if _owns(self.district, self.topology, self.nodes, self.forwarding, end, address)
        ]
        return found[0] if len(found) == 1 else None


def _owns(
    district: District,
    topology: Topology,
    nodes: Mapping[str, Node],
    forwarding: Mapping[str, Forwarding],
    end: Endpoint,
    address: IPv4Address,
) -> bool:
    device, interface = end
    node = nodes.get(device)
    if node is None:
        return address in fixed_addresses(district, topology, device)
    return node.interfaces[interface].arp and any(
        own.ip == address and own.interface == interface for own in forwarding[device].addresses
    )


def fixed_addresses(district: District, topology: Topology, device: str) -> tuple[IPv4Address, ...]:
    """The addresses that a fixed node has on its ``lan``."""
    if device == DINKOMINFO:
        return (district.dinkominfo.gateway,)
    if device.startswith(PROVIDER):
        return (topology.leases[device.removeprefix(PROVIDER)].gateway,)
    if device.startswith(ONSITE):
        return (topology.onsite[device.removeprefix(ONSITE)].ip,)
    return ()


def lease_of(topology: Topology, frames: Frames, device: str, interface: str) -> Lease | None:
    """What a DHCP client on an interface holds: only providers serve DHCP here."""
    for end, _ in frames.neighbors((device, interface)):
        if end.startswith(PROVIDER):
            return topology.leases[end.removeprefix(PROVIDER)]
    return None


def take_snapshot(
    district: District, topology: Topology, nodes: Mapping[str, Node], frames: Frames | None = None
) -> Snapshot:
    """Compute everything that is not computed packet by packet.

    ``frames`` of an earlier snapshot may be given when no cable and no bridge changed since.
    """
    frames = frames or Frames(nodes, topology)
    known = frames
    addresses: dict[str, Forwarding] = {
        name: Forwarding(node.addresses, ()) for name, node in nodes.items()
    }

    def owned_by(device: str, interface: str, address: IPv4Address) -> bool:
        return any(
            _owns(district, topology, nodes, addresses, end, address)
            for end in known.neighbors((device, interface))
        )

    def heard(device: str, interface: str, source: IPv4Address, destination: IPv4Address) -> bool:
        sight = Sight(Packet(source, destination, "vrrp"), "new", inside=interface)
        node = nodes[device]
        return (
            decide(node, node.raw, "prerouting", sight).passes
            and decide(node, node.filter, "input", sight).passes
        )

    masters = elect(nodes, frames, heard, owned_by)
    nodes = with_addresses(nodes, masters)
    addresses = {name: Forwarding(node.addresses, ()) for name, node in nodes.items()}

    def local(node: Node) -> Forwarding:
        def lease(interface: str) -> Lease | None:
            return lease_of(topology, known, node.name, interface)

        def owned(interface: str, address: IPv4Address) -> bool:
            return owned_by(node.name, interface, address)

        return local_forwarding(node, known, lease, owned)

    base = {name: local(node) for name, node in nodes.items()}

    def admitted(
        device: str, interface: str, source: IPv4Address, destination: IPv4Address
    ) -> bool:
        node = nodes[device]
        sight = Sight(
            Packet(source, destination, "ospf"),
            "new",
            inside=interface,
            local=(False, base[device].owns(destination)),
        )
        return (
            decide(node, node.raw, "prerouting", sight).passes
            and decide(node, node.filter, "input", sight).passes
        )

    ospf = compute_ospf(nodes, frames, base, admitted)
    forwarding = {
        name: Forwarding(local.addresses, (*local.routes, *ospf.routes.get(name, ())))
        for name, local in base.items()
    }
    keys = {
        public: (node.name, interface)
        for node in nodes.values()
        for interface, tunnel in node.wireguard.items()
        if (public := public_key(tunnel.private_key)) is not None
    }
    return Snapshot(district, topology, nodes, frames, forwarding, ospf, masters, keys)
