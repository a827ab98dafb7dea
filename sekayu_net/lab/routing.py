"""Routes of one device: connected, static, of a DHCP lease; and the choice among all of them.

As RouterOS 7 does: the longest prefix, then the smallest distance, among routes that are usable. A
static route is usable while its gateway stands in a connected network of a running interface (the
default ``target-scope=10`` resolves through connected routes only; others are not modelled) or is
itself a running interface. ``check-gateway`` also wants an owner of the address there. OSPF's
routes are computed for the whole district in ``ospf``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.lab.l2 import Frames
from sekayu_net.lab.node import Address, Node, StaticRoute
from sekayu_net.lab.topology import Lease

#: Administrative distances (MikroTik's manual, "IP Routing").
CONNECTED, OSPF = 0, 110


@dataclass(frozen=True, slots=True)
class Route:
    """One way to ``destination``. ``kind``: ``connect`` ``static`` ``dhcp`` ``ospf``.

    ``gateway`` None: the destination is on ``interface`` itself. ``blackhole`` swallows packets.
    ``id`` is that of a static route's row.
    """

    destination: IPv4Network
    kind: str
    distance: int
    interface: str
    gateway: IPv4Address | None = None
    table: str = "main"
    blackhole: bool = False
    id: str = ""
    source: str = ""
    cost: int = 0


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What a device decides with: its addresses (leases too) and its usable routes."""

    addresses: tuple[Address, ...]
    routes: tuple[Route, ...]

    def owns(self, address: IPv4Address) -> bool:
        """Whether a packet to ``address`` ends here."""
        return any(own.ip == address for own in self.addresses)

    def lookup(self, destination: IPv4Address, table: str = "main") -> Route | None:
        """The best usable route, None without one."""
        found = [r for r in self.routes if r.table == table and destination in r.destination]
        return min(found, key=preference) if found else None

    def address_on(self, interface: str, near: IPv4Address | None = None) -> IPv4Address | None:
        """The source address of packets that leave by ``interface`` (towards ``near``)."""
        own = [a for a in self.addresses if a.interface == interface]
        if near is not None:
            own.sort(key=lambda a: near not in a.network)
        return own[0].ip if own else None


def preference(route: Route) -> tuple[int, int, int]:
    """The smallest is used: longest prefix, then distance, then cost."""
    return (-route.destination.prefixlen, route.distance, route.cost)


def local_forwarding(
    node: Node, frames: Frames, lease: Callable[[str], Lease | None], owner: Callable[..., bool]
) -> Forwarding:
    """A device's addresses and routes without any routing protocol.

    ``lease`` gives what the DHCP client of an interface holds; ``owner(interface, address)``
    whether somebody there has that address.
    """
    addresses = list(node.addresses)
    routes: list[Route] = []
    for client in node.dhcp_clients:
        held = lease(client.interface)
        if held is None:
            continue
        addresses.append(Address(held.address.ip, held.address.network, client.interface))
        if client.default_route:
            everywhere = IPv4Network("0.0.0.0/0")
            routes.append(
                Route(everywhere, "dhcp", client.distance, client.interface, held.gateway)
            )
    connected = [
        Route(address.network, "connect", CONNECTED, address.interface)
        for address in addresses
        if address.interface not in node.masters and frames.running(node.name, address.interface)
    ]
    for static in node.routes:
        routes.extend(_resolved(static, node, frames, connected, owner))
    return Forwarding(tuple(addresses), (*connected, *routes))


def _resolved(
    static: StaticRoute,
    node: Node,
    frames: Frames,
    connected: Sequence[Route],
    owner: Callable[..., bool],
) -> Iterable[Route]:
    if static.blackhole:
        yield Route(
            static.destination,
            "static",
            static.distance,
            "",
            table=static.table,
            blackhole=True,
            id=static.id,
        )
        return
    for text in static.gateways:
        word, _, scope = text.partition("%")
        gateway: IPv4Address | None
        try:
            gateway = IPv4Address(word.split("@")[0])
        except ValueError:
            gateway, interface = None, word
            if word not in node.interfaces or not frames.running(node.name, word):
                continue
        else:
            through = [
                route
                for route in connected
                if gateway in route.destination and (not scope or route.interface == scope)
            ]
            if not through:
                continue
            interface = min(through, key=preference).interface
            if static.check_gateway and not owner(interface, gateway):
                continue
        yield Route(
            static.destination,
            "static",
            static.distance,
            interface,
            gateway,
            table=static.table,
            id=static.id,
            source=static.source,
        )
