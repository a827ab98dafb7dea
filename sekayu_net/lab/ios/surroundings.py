"""What an IOS device sees beyond its ports: the seam between it and the lab's network.

``Alone`` is the world of a device on a bench. The network's side is ``node``'s.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice


@dataclass(frozen=True, slots=True)
class RouteRow:
    """A line of the routing table. ``kind``: ``connected`` ``local`` ``static`` ``ospf``."""

    kind: str
    destination: IPv4Network
    interface: str
    gateway: IPv4Address | None = None
    distance: int = 0
    metric: int = 0


@dataclass(frozen=True, slots=True)
class OspfRow:
    """An adjacency in state FULL."""

    router_id: str
    address: str
    interface: str
    priority: int = 1


@dataclass(frozen=True, slots=True)
class NeighborRow:
    """A device that announces itself at ``interface`` (LLDP, CDP)."""

    interface: str
    name: str
    port: str
    address: str
    mac: str
    platform: str


class Surroundings(Protocol):
    """The network as one device sees it. Every method is cheap and changes nothing."""

    def ping(self, device: IosDevice, address: str, source: str = "") -> bool:
        """Whether an echo request is answered."""

    def link(self, device: IosDevice, port: str) -> bool:
        """Whether a physical port has link."""

    def routes(self, device: IosDevice) -> Sequence[RouteRow]:
        """The routing table: the routes in use."""

    def ospf(self, device: IosDevice) -> Sequence[OspfRow]:
        """OSPF's adjacencies."""

    def neighbors(self, device: IosDevice) -> Sequence[NeighborRow]:
        """Devices that announce themselves."""

    def vrrp_master(self, device: IosDevice, interface: str, group: int) -> str:
        """The address of a group's master on an interface; empty when there is none."""


class Alone:
    """A device on a bench: every port that is not shut down has link, and nobody is there."""

    def ping(self, device: IosDevice, address: str, source: str = "") -> bool:  # noqa: ARG002
        """Only its own addresses answer."""
        return any(
            line.text.split()[2] == address
            for interface in device.running.interfaces()
            for line in interface.all("ip address")
            if not interface.has("shutdown")
        )

    def link(self, device: IosDevice, port: str) -> bool:  # noqa: ARG002
        """A loop plug in every port."""
        return True

    def routes(self, device: IosDevice) -> Sequence[RouteRow]:
        """Connected networks, and static routes whose gateway is in one."""
        from sekayu_net.lab.ios.routes import local_routes

        return local_routes(device.running)

    def ospf(self, device: IosDevice) -> Sequence[OspfRow]:  # noqa: ARG002
        """None."""
        return ()

    def neighbors(self, device: IosDevice) -> Sequence[NeighborRow]:  # noqa: ARG002
        """None."""
        return ()

    def vrrp_master(self, device: IosDevice, interface: str, group: int) -> str:
        """Itself, where the group has an address."""
        section = device.running.get(f"interface {interface}")
        return "" if section is None or section.get(f"vrrp {group} ip") is None else "local"
