"""One packet from hop to hop, and its answer back: the judge of who reaches whom.

Each managed device on the way does what RouterOS does (MikroTik's manual, "Packet Flow"): raw
prerouting, connection tracking, destination NAT, routing decision, input or forward chain, source
NAT. Connection state is remembered along the walk, so an answer is ``established`` only where the
question passed. Fixed nodes: Dinkominfo routes the district's networks to the hub and forwards
the tunnels' UDP port to it; a provider translates its customer's lease. Packet sizes, rates and
time are not modelled.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from ipaddress import IPv4Address

from sekayu_net.lab.firewall import Decision, Packet, Sight, decide
from sekayu_net.lab.hop import (
    Lost,
    check_reverse_path,
    choose_route,
    first_address,
    refusal,
    translate_destination,
    translate_source,
)
from sekayu_net.lab.l2 import Endpoint
from sekayu_net.lab.node import Node, WireGuardPeer
from sekayu_net.lab.routing import Route
from sekayu_net.lab.snapshot import Snapshot
from sekayu_net.lab.topology import DINKOMINFO, ONSITE, PROVIDER, is_public
from sekayu_net.lab.wireguard import peer_by_key, peer_for, public_key

_MAX_HOPS = 32
_RAW = frozenset({"accept", "drop", "notrack"})
#: A client's own port: any that no service has.
CLIENT_PORT = 50000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer came back; if not, ``reason`` names the hop and what stopped it there.

    ``hops`` are the devices that saw the packets, in order.
    """

    reached: bool
    reason: str = ""
    hops: tuple[str, ...] = ()


@dataclass(slots=True)
class _Connection:
    """What one device remembers: the first packet as it came, the answer as it will come."""

    first: Packet
    answer: Packet
    translated: frozenset[str]


@dataclass(slots=True)
class Walk:
    """One exchange through a snapshot."""

    net: Snapshot
    hops: list[str] = field(default_factory=list)
    connections: dict[str, _Connection] = field(default_factory=dict)
    #: Tunnels that a packet of this walk has woken: initiator and responder.
    woken: set[tuple[str, str]] = field(default_factory=set)
    #: Offices by the public address that their provider translated them to.
    translations: dict[IPv4Address, str] = field(default_factory=dict)

    def send_from(self, device: str, packet: Packet, *, first: bool = True) -> tuple[str, Packet]:
        """Originate a packet; where it ends, and as what it arrives there. Raises ``Lost``."""
        self.hops.append(device)
        node = self.net.nodes.get(device)
        if node is None:
            return self._from_fixed(device, packet, first)
        if not node.up:
            raise Lost(f"{device} is down")
        if self.net.forwarding[device].owns(packet.destination):
            return device, packet
        route = choose_route(node, self.net.forwarding[device], packet, "")
        state, packet = self._state(device, packet, first)
        sight = self._sight(node, packet, state, first, outside=route.interface)
        self._pass(node, "output", decide(node, node.raw, "output", sight, ends=_RAW))
        self._pass(node, "output", decide(node, node.filter, "output", sight))
        return self._leave(node, route, packet, packet, sight)

    def _arrive(self, end: Endpoint, packet: Packet, first: bool) -> tuple[str, Packet]:
        device, interface = end
        self.hops.append(device)
        if len(self.hops) > _MAX_HOPS:
            raise Lost(f"{device}: the packet goes in a circle")
        node = self.net.nodes.get(device)
        if node is None:
            return self._at_fixed(device, packet, first)
        if not node.up:
            raise Lost(f"{device} is down")
        forwarding = self.net.forwarding[device]
        raw = decide(
            node,
            node.raw,
            "prerouting",
            self._sight(node, packet, "untracked", first, inside=interface),
            ends=_RAW,
        )
        self._pass(node, "raw prerouting", raw)
        came = packet
        if raw.action == "notrack" or not node.tracking:
            state = "untracked"
        else:
            state, packet = self._state(device, packet, first)
        if state == "new":
            before = self._sight(node, packet, state, first, inside=interface)
            packet = translate_destination(node, forwarding, before)
        check_reverse_path(node, forwarding, packet.source, interface)
        sight = self._sight(node, packet, state, first, inside=interface)
        if packet != came and state == "new":
            sight = replace(sight, translated=frozenset({"dstnat"}))
        if forwarding.owns(packet.destination):
            self._pass(node, "input", decide(node, node.filter, "input", sight))
            if state == "new":
                self.connections[device] = _Connection(came, packet.answer(), sight.translated)
            return device, packet
        if not node.forwarding:
            raise Lost(f"{device}: ip-forward=no")
        route = choose_route(node, forwarding, packet, interface)
        sight = replace(sight, outside=route.interface)
        self._pass(node, "forward", decide(node, node.filter, "forward", sight))
        return self._leave(node, route, came, packet, sight)

    def _leave(
        self, node: Node, route: Route, came: Packet, packet: Packet, sight: Sight
    ) -> tuple[str, Packet]:
        if sight.state == "new":
            translated = sight.translated
            leaving = translate_source(
                node,
                self.net.forwarding[node.name],
                replace(sight, packet=packet, inside=""),
            )
            if leaving != packet:
                translated |= {"srcnat"}
            packet = leaving
            self.connections[node.name] = _Connection(came, packet.answer(), translated)
        interface = node.interfaces.get(route.interface)
        if interface is None or route.interface in node.masters:
            raise Lost(f"{node.name}: {route.interface} carries nothing")
        if interface.kind == "wireguard":
            return self._through_tunnel(node, route.interface, packet, sight.first)
        hop = route.gateway or packet.destination
        return self._on_segment((node.name, route.interface), hop, packet, sight.first)

    def _on_segment(
        self, start: Endpoint, hop: IPv4Address, packet: Packet, first: bool
    ) -> tuple[str, Packet]:
        owner = self.net.owner(start, hop)
        if owner is None:
            raise Lost(f"{start[0]}: no answer from {hop} on {start[1]}")
        return self._arrive(owner, packet, first)

    def _sight(
        self,
        node: Node,
        packet: Packet,
        state: str,
        first: bool,
        *,
        inside: str = "",
        outside: str = "",
    ) -> Sight:
        owns = self.net.forwarding[node.name].owns
        remembered = self.connections.get(node.name)
        return Sight(
            packet,
            state,
            inside,
            outside,
            (owns(packet.source), owns(packet.destination)),
            remembered.translated if remembered and not first else frozenset(),
            first,
        )

    def _state(self, device: str, packet: Packet, first: bool) -> tuple[str, Packet]:
        """The connection's state, and the packet with its translation taken back."""
        known = self.connections.get(device)
        if known is not None and packet == known.answer:
            return "established", known.first.answer()
        return ("new" if first else "invalid"), packet

    @staticmethod
    def _pass(node: Node, chain: str, decision: Decision) -> None:
        if not decision.passes:
            raise Lost(f"{node.name}: {chain}: {decision}")

    def _through_tunnel(
        self, node: Node, interface: str, packet: Packet, first: bool
    ) -> tuple[str, Packet]:
        peer = peer_for(node, interface, packet.destination)
        if peer is None:
            raise Lost(f"{node.name}: {interface}: no peer allows {packet.destination}")
        far, far_peer = self._session(node, interface, peer)
        far_node = self.net.nodes[far[0]]
        if peer_for(far_node, far[1], packet.source) is not far_peer:
            raise Lost(f"{far[0]}: {far[1]}: the peer {node.name} is not allowed {packet.source}")
        return self._arrive(far, packet, first)

    def _session(
        self, node: Node, interface: str, peer: WireGuardPeer
    ) -> tuple[Endpoint, WireGuardPeer]:
        """The other end of a tunnel that works now, and how it knows this end."""
        far = self.net.keys.get(peer.public_key)
        if far is None or far == (node.name, interface):
            raise Lost(f"{node.name}: {interface}: no device has the key of this peer")
        far_node = self.net.nodes[far[0]]
        own = public_key(node.wireguard[interface].private_key)
        far_peer = peer_by_key(far_node, far[1], own)
        if far_peer is None:
            raise Lost(f"{far[0]}: {far[1]}: no peer has the key of {node.name}")
        if peer.preshared_key != far_peer.preshared_key:
            raise Lost(f"{node.name}: {interface}: the preshared keys differ")
        reasons = []
        ends = ((node, interface, peer, far), (far_node, far[1], far_peer, (node.name, interface)))
        for starter, via, towards, target in ends:
            if not towards.endpoint or towards.responder:
                continue
            pair = (starter.name, target[0])
            awake = starter is node or towards.keepalive or pair in self.woken
            if not awake:
                reasons.append(f"{starter.name}: {via}: no keepalive holds the way open")
                continue
            reason = handshake(self.net, starter, via, towards, target)
            if not reason:
                self.woken.add(pair)
                return far, far_peer
            reasons.append(reason)
        raise Lost(
            reasons[0] if reasons else f"{node.name}: {interface}: neither end has an endpoint"
        )

    def _from_fixed(self, device: str, packet: Packet, first: bool) -> tuple[str, Packet]:
        if device == DINKOMINFO:
            hop = self._into_the_district()
        elif device.startswith(PROVIDER):
            hop = packet.destination
        else:
            slug = device.removeprefix(ONSITE)
            network = self.net.topology.onsite[slug].network
            gateway = self.net.district.offices[slug].vlans["management"].gateway.ip
            hop = packet.destination if packet.destination in network else gateway
        return self._on_segment((device, "lan"), hop, packet, first)

    def _into_the_district(self) -> IPv4Address:
        """Dinkominfo's next hop: the hub's address, or by a second route another router's there."""
        link = self.net.district.dinkominfo
        start = (DINKOMINFO, "lan")
        hub = link.hub_address.ip
        if self.net.owner(start, hub) is not None:
            return hub
        others = (
            own.ip
            for device, interface in sorted(self.net.frames.neighbors(start))
            for own in self.net.forwarding[device].addresses
            if own.interface == interface and own.ip in link.network
        )
        return next(others, hub)

    def _at_fixed(self, device: str, packet: Packet, first: bool) -> tuple[str, Packet]:
        if device.startswith(ONSITE):
            return device, packet
        if device.startswith(PROVIDER):
            return self._at_provider(device, packet, first)
        slug = self.translations.get(packet.destination)
        if slug is not None and not first:
            lease = self.net.topology.leases[slug]
            endpoint = self.net.topology.endpoints[self._tunnel_endpoint(slug)]
            back = replace(packet, source=endpoint, destination=lease.address.ip)
            return self._from_fixed(PROVIDER + slug, back, first)
        target = packet.destination
        services = self.net.district.services
        if (
            target == self.net.district.dinkominfo.gateway
            or any(target in network for network in services.controller_networks)
            or any(
                target in network for network in (*services.iot_servers, *services.snmp_networks)
            )
            or target in {*services.dns, *services.ntp, services.syslog}
            or is_public(target)
        ):
            return device, packet
        raise Lost(f"{self.net.district.hub}: no route to {target} but back to Dinkominfo")

    def _tunnel_endpoint(self, slug: str) -> str:
        tunnel = self.net.district.offices[slug].tunnel
        return tunnel.endpoint if tunnel is not None else ""

    def _at_provider(self, device: str, packet: Packet, first: bool) -> tuple[str, Packet]:
        slug = device.removeprefix(PROVIDER)
        lease = self.net.topology.leases[slug]
        if packet.source != lease.address.ip:
            raise Lost(f"the provider of {slug} drops the source {packet.source}")
        target = packet.destination
        if target in self.net.topology.endpoints.values():
            tunnel = self.net.district.offices[slug].tunnel
            if tunnel is None or packet.protocol != "udp" or packet.destination_port != tunnel.port:
                raise Lost(f"Dinkominfo forwards no {packet.protocol} {packet.destination_port}")
            self.translations[lease.public] = slug
            inward = replace(
                packet,
                source=lease.public,
                destination=self.net.district.dinkominfo.hub_address.ip,
            )
            return self._from_fixed(DINKOMINFO, inward, first)
        if target == lease.gateway or is_public(target):
            return device, packet
        raise Lost(f"the provider of {slug} has no route to {target}")


def exchange(net: Snapshot, origin: str, packet: Packet) -> tuple[Verdict, str, Packet]:
    """Send a packet and its answer; where it ended and as what it arrived there."""
    walk = Walk(net)
    end, seen = origin, packet
    try:
        end, seen = walk.send_from(origin, packet)
        if end != origin:
            back, answer = walk.send_from(end, seen.answer(), first=False)
            if back != origin or answer != packet.answer():
                raise Lost(f"{end}: the answer ends at {back}")
    except Lost as lost:
        return Verdict(False, str(lost), tuple(walk.hops)), end, seen
    return Verdict(True, "", tuple(walk.hops)), end, seen


def handshake(
    net: Snapshot, starter: Node, interface: str, peer: WireGuardPeer, target: Endpoint
) -> str:
    """Why a WireGuard end can't reach the other over its underlay; empty when it can.

    Remembered in the snapshot. A handshake that would need its own tunnel fails.
    """
    key = (starter.name, interface, peer.public_key)
    if key in net.handshakes:
        known = net.handshakes[key]
        return f"{starter.name}: {interface} would go through itself" if known is None else known
    net.handshakes[key] = None
    reason = net.handshakes[key] = _handshake(net, starter, interface, peer, target)
    return reason


def _handshake(
    net: Snapshot, starter: Node, interface: str, peer: WireGuardPeer, target: Endpoint
) -> str:
    prefix = f"{starter.name}: {interface}"
    address = resolve(net, starter.name, peer.endpoint)
    if address is None:
        return f"{prefix}: {peer.endpoint} does not resolve"
    route = net.forwarding[starter.name].lookup(address)
    if route is None:
        return f"{prefix}: no route to {address}"
    source = net.forwarding[starter.name].address_on(route.interface, route.gateway or address)
    if source is None:
        return f"{prefix}: no address on {route.interface}"
    port = starter.wireguard[interface].port
    verdict, end, seen = exchange(
        net, starter.name, Packet(source, address, "udp", port, peer.port)
    )
    if not verdict.reached:
        return f"{prefix}: {verdict.reason}"
    if end != target[0] or net.nodes[end].wireguard[target[1]].port != seen.destination_port:
        return f"{prefix}: {end} does not listen on UDP {seen.destination_port}"
    return ""


def resolve(net: Snapshot, device: str, name: str, *, depth: int = 0) -> IPv4Address | None:
    """What a device's resolver gives for a name: static entries, then a server that answers."""
    try:
        return IPv4Address(name)
    except ValueError:
        pass
    node = net.nodes[device]
    servers: list[str] = []
    for known, kind, value in node.dns_static:
        if known == name and kind == "A":
            return first_address(value)
        if known == name and kind == "FWD":
            servers.append(value)
    if not servers:
        servers.extend(node.dns_servers)
        for client in node.dhcp_clients:
            for end, _ in net.frames.neighbors((device, client.interface)):
                if end.startswith(PROVIDER) and client.peer_dns:
                    servers.append(str(net.topology.leases[end.removeprefix(PROVIDER)].dns))
    for text in servers:
        server = first_address(text)
        if server is None:
            continue
        verdict, end = probe(net, device, server, protocol="udp", port=53)
        if verdict.reached and end in net.nodes and end != device and depth < 3:
            return resolve(net, end, name, depth=depth + 1)
        if verdict.reached and end not in net.nodes and "." in name:
            # Every name that is not a tunnel's stands for one address of the examples' range.
            return net.topology.endpoints.get(name, IPv4Address("192.0.2.53"))
    return None


def probe(
    net: Snapshot,
    device: str,
    address: IPv4Address,
    *,
    protocol: str = "icmp",
    port: int = 0,
    source: IPv4Address | None = None,
    interface: str = "",
) -> tuple[Verdict, str]:
    """A packet that a managed device sends itself; the verdict, and where it ended."""
    forwarding = net.forwarding[device]
    if forwarding.owns(address):
        return Verdict(net.nodes[device].up, "", (device,)), device
    route = forwarding.lookup(address)
    via = interface or (route.interface if route is not None else "")
    hop = route.gateway if route is not None else None
    chosen = source or forwarding.address_on(via, hop or address)
    if chosen is None:
        # No address on the interface that it leaves by: any of the device's own serves.
        chosen = next((own.ip for own in forwarding.addresses), None)
    if chosen is None:
        return Verdict(False, f"{device}: no address of its own"), device
    packet = Packet(chosen, address, protocol, CLIENT_PORT, port)
    verdict, end, _ = exchange(net, device, packet)
    return verdict, end


def reach_ssh(
    net: Snapshot, origin: str, source: IPv4Address, device: str, address: IPv4Address
) -> Verdict:
    """Whether a TCP connection from ``source`` at a fixed node to a device's port 22 opens."""
    packet = Packet(source, address, "tcp", CLIENT_PORT, 22)
    verdict, end, seen = exchange(net, origin, packet)
    if not verdict.reached:
        return verdict
    if end != device:
        return Verdict(False, f"{address} is {end}, not {device}", verdict.hops)
    reason = refusal(net.nodes[device], seen)
    return Verdict(not reason, reason, verdict.hops)
