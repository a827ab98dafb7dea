"""The lab's network as an IOS device sees it: ``surroundings.Surroundings`` over ``Network``."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.surroundings import NeighborRow, OspfRow, RouteRow
from sekayu_net.lab.routing import Route, preference

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice
    from sekayu_net.lab.network import Network

_KINDS = {"connect": "connected", "static": "static", "ospf": "ospf"}


class NetworkView:
    """One for all IOS devices of a network."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def ping(self, device: IosDevice, address: str, source: str = "") -> bool:
        """Whether an echo request is answered. ``source`` is an address or an interface."""
        own: str | None = source or None
        interface = device.running.get(f"interface {source}") if source else None
        if interface is not None:
            line = interface.get("ip address")
            own = line.text.split()[2] if line is not None else None
        return self._network.ping(device, address, source=own)

    def link(self, device: IosDevice, port: str) -> bool:
        """Whether a physical port has link."""
        return self._network.running(device, port)

    def routes(self, device: IosDevice) -> Sequence[RouteRow]:
        """The best route of each prefix."""
        forwarding = self._network.snapshot.forwarding[device.name]
        best: dict[IPv4Network, Route] = {}
        for route in forwarding.routes:
            before = best.get(route.destination)
            if before is None or preference(route) < preference(before):
                best[route.destination] = route
        rows = [
            RouteRow(
                _KINDS[route.kind],
                route.destination,
                "Null0" if route.blackhole else route.interface,
                route.gateway,
                route.distance,
                route.cost,
            )
            for route in best.values()
        ]
        connected = {row.interface for row in rows if row.kind == "connected"}
        rows += [
            RouteRow("local", IPv4Network(f"{own.ip}/32"), own.interface)
            for own in forwarding.addresses
            if own.interface in connected and own.network.prefixlen < 32
        ]
        return rows

    def ospf(self, device: IosDevice) -> Sequence[OspfRow]:
        """Adjacencies."""
        return [
            OspfRow(
                neighbor.far.router_id,
                str(neighbor.far.address.ip),
                neighbor.near.interface,
                0 if neighbor.near.template.type == "ptp" else neighbor.far.template.priority,
            )
            for neighbor in self._network.snapshot.ospf.neighbors.get(device.name, ())
        ]

    def neighbors(self, device: IosDevice) -> Sequence[NeighborRow]:
        """Managed devices that announce themselves."""
        return [
            NeighborRow(
                row["interface"],
                row["identity"],
                row["interface-name"],
                row["address"],
                _dotted(row["mac-address"]),
                row["platform"],
            )
            for row in self._network.neighbors(device)
        ]

    def vrrp_master(self, device: IosDevice, interface: str, group: int) -> str:
        """The address of a group's master on its segment."""
        net = self._network.snapshot
        master = net.vrrp.get((device.name, interface, group))
        if master is None:
            return ""
        held: set[IPv4Address] = set()
        network = None
        for one in net.nodes[device.name].vrrp:
            if one.interface == interface and one.number == group:
                held |= one.addresses
        for own in net.forwarding[device.name].addresses:
            if own.interface == interface and any(address in own.network for address in held):
                network = own.network
        found = [
            own.ip
            for own in net.nodes[master].addresses
            if network is not None and own.ip in network and own.ip not in held
        ]
        return str(found[0]) if found else ""


def _dotted(mac: str) -> str:
    """``00:11:22:33:44:55`` as ``0011.2233.4455``."""
    text = mac.replace(":", "").replace(".", "").lower()
    return ".".join(text[n : n + 4] for n in range(0, len(text), 4))
