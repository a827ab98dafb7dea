"""What of a device's configuration moves packets, as frozen values that can be compared.

Two nodes that are equal carry the same traffic, so a change that only touches, say, the time
servers costs the network nothing. Reading a device into a node lives in ``node_reader``; how
packets move in ``l2``, ``routing``, ``ospf``, ``wireguard``, ``firewall`` and ``walk``.

Not modelled, and so carrying nothing: bonding, tunnels other than WireGuard, PPP, MPLS, VRFs,
mangle, bridge filters, switch chips, IPv6, ``rp-filter`` in tables other than ``main``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network


@dataclass(frozen=True, slots=True)
class Interface:
    """``kind``: ``ether`` ``wifi`` ``bridge`` ``vlan`` ``wireguard`` ``loopback``.

    ``port`` is the default name of an Ethernet port; ``parent`` and ``vlan`` are a VLAN's.
    """

    name: str
    kind: str
    enabled: bool
    arp: bool = True
    mtu: str = ""
    port: str = ""
    parent: str = ""
    vlan: int = 0


@dataclass(frozen=True, slots=True)
class BridgePort:
    """How frames enter and leave a bridge by one interface (or by the bridge's own, the CPU)."""

    pvid: int
    frame_types: str
    ingress_filtering: bool


@dataclass(frozen=True, slots=True)
class Bridge:
    """A bridge: its ports by interface name (its own name is the CPU's port), its VLAN table.

    ``table`` maps a VLAN to the interfaces that leave it tagged and untagged.
    """

    filtering: bool
    ports: Mapping[str, BridgePort]
    table: Mapping[int, tuple[frozenset[str], frozenset[str]]]


@dataclass(frozen=True, slots=True)
class Address:
    """An enabled address; ``network`` is its connected route."""

    ip: IPv4Address
    network: IPv4Network
    interface: str


@dataclass(frozen=True, slots=True)
class StaticRoute:
    """An enabled row of ``/ip route``. ``gateways`` as written; empty with ``blackhole``."""

    id: str
    destination: IPv4Network
    gateways: tuple[str, ...]
    distance: int
    blackhole: bool
    check_gateway: bool
    table: str
    source: str


@dataclass(frozen=True, slots=True)
class DhcpClient:
    """An enabled DHCP client."""

    interface: str
    default_route: bool
    distance: int
    peer_dns: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """An enabled firewall rule. ``matchers`` are pairs of property and text."""

    number: int
    chain: str
    action: str
    matchers: tuple[tuple[str, str], ...]
    target: str = ""
    to_addresses: str = ""
    to_ports: str = ""
    comment: str = ""


@dataclass(frozen=True, slots=True)
class RoutingRule:
    """A row of ``/routing rule``."""

    source: str
    destination: str
    interface: str
    action: str
    table: str


@dataclass(frozen=True, slots=True)
class WireGuardPeer:
    """An enabled peer. ``endpoint`` is a name or address, empty for one that is only awaited."""

    interface: str
    public_key: str
    preshared_key: str
    endpoint: str
    port: int
    allowed: tuple[IPv4Network, ...]
    keepalive: bool
    responder: bool


@dataclass(frozen=True, slots=True)
class WireGuard:
    """The keys and port of a WireGuard interface."""

    private_key: str
    port: int


@dataclass(frozen=True, slots=True)
class OspfInstance:
    """An enabled instance, version 2."""

    router_id: str
    redistribute: frozenset[str]
    originate_default: str
    in_chain: str
    out_chain: str


@dataclass(frozen=True, slots=True)
class OspfInterface:
    """An enabled interface template with its area; ``interfaces`` and ``networks`` select."""

    instance: str
    area: str
    area_name: str
    area_type: str
    interfaces: frozenset[str]
    networks: tuple[IPv4Network, ...]
    passive: bool
    type: str
    cost: int
    priority: int
    auth: tuple[str, str, str]
    timers: tuple[str, str]
    instance_id: str


@dataclass(frozen=True, slots=True)
class VrrpGroup:
    """An enabled VRRP group. ``interface`` is the one that it runs on.

    ``tracks`` are triples of what is watched (``interface`` or ``gateway``), its name or address,
    and what the priority loses while it is down.
    """

    interface: str
    number: int
    addresses: frozenset[IPv4Address]
    priority: int
    version: int
    tracks: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Service:
    """The SSH service. ``available_from`` empty: everyone."""

    enabled: bool
    port: int
    available_from: tuple[str, ...]
    vrf: str


@dataclass(frozen=True, slots=True)
class Node:
    """All of the above for one device. Everything here is enabled unless it says otherwise."""

    name: str
    up: bool
    interfaces: Mapping[str, Interface]
    bridges: Mapping[str, Bridge]
    masters: Mapping[str, str]
    lists: Mapping[str, frozenset[str]]
    addresses: tuple[Address, ...]
    routes: tuple[StaticRoute, ...]
    dhcp_clients: tuple[DhcpClient, ...]
    routing_rules: tuple[RoutingRule, ...]
    address_lists: Mapping[str, tuple[str, ...]]
    filter: tuple[Rule, ...]
    nat: tuple[Rule, ...]
    raw: tuple[Rule, ...]
    wireguard: Mapping[str, WireGuard]
    peers: tuple[WireGuardPeer, ...]
    ospf_instances: Mapping[str, OspfInstance]
    ospf_interfaces: tuple[OspfInterface, ...]
    route_filters: Mapping[str, tuple[str, ...]]
    ssh: Service | None
    forwarding: bool
    rp_filter: str
    tracking: bool
    dns_servers: tuple[str, ...]
    dns_static: tuple[tuple[str, str, str], ...]
    discovery: str
    locals: frozenset[IPv4Address] = field(default_factory=frozenset)
    vrrp: tuple[VrrpGroup, ...] = ()

    @property
    def layer2(self) -> object:
        """What the paths of frames depend on."""
        return (self.up, self.interfaces, self.bridges, self.masters)
