"""What a device sees of the world beyond its ports.

``Environment`` is the seam between a device and the network it stands in: the network computes,
the device only shows (``/ping``, ``/ip route print``, ``/routing ospf neighbor print`` …).
``Isolated`` is the world of a device that stands alone on a bench. No topology lives here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice


class Environment(Protocol):
    """The network as one device sees it. Every method is cheap and changes nothing.

    Rows are mappings of property names, as ``print`` shows them, to text.
    """

    def ping(
        self,
        device: LabDevice,
        address: str,
        *,
        source: str | None = None,
        interface: str | None = None,
    ) -> bool:
        """Whether an echo request from the device is answered."""

    def routes(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        """Dynamic rows of ``/ip route``.

        ``dst-address``, ``gateway``, ``distance``, ``kind`` (``connect``, ``ospf``, ``dhcp``), and
        ``active`` (``yes`` or ``no``).
        """

    def route_active(self, device: LabDevice, item_id: str) -> bool:
        """Whether a static route (by its internal id) has a usable gateway."""

    def ospf_neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        """Rows of ``/routing ospf neighbor``: address, router-id, state and so on."""

    def neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        """Rows of ``/ip neighbor``: interface, address, mac-address, identity."""

    def dhcp_address(self, device: LabDevice, interface: str) -> Mapping[str, str] | None:
        """The lease of the DHCP client on ``interface``; None without a server there.

        ``address`` with prefix length, ``gateway``, ``dns-server``, ``dhcp-server``.
        """

    def running(self, device: LabDevice, port: str) -> bool:
        """Whether a physical port (by its default name) has link."""

    def resolves(self, device: LabDevice, name: str) -> str | None:
        """The address that the device's resolver gives for ``name``."""


class Isolated:
    """No cable in any port."""

    def ping(
        self,
        device: LabDevice,
        address: str,
        *,
        source: str | None = None,  # noqa: ARG002 - the protocol's signature
        interface: str | None = None,  # noqa: ARG002
    ) -> bool:
        """Only the device's own addresses answer."""
        return any(
            item.get("address").split("/")[0] == address and not item.disabled
            for item in device.items("/ip address")
        )

    def routes(self, device: LabDevice) -> Sequence[Mapping[str, str]]:  # noqa: ARG002
        """None."""
        return ()

    def route_active(self, device: LabDevice, item_id: str) -> bool:  # noqa: ARG002
        """Never: no gateway answers."""
        return False

    def ospf_neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:  # noqa: ARG002
        """None."""
        return ()

    def neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:  # noqa: ARG002
        """None."""
        return ()

    def dhcp_address(
        self,
        device: LabDevice,  # noqa: ARG002
        interface: str,  # noqa: ARG002
    ) -> Mapping[str, str] | None:
        """No server."""
        return None

    def running(self, device: LabDevice, port: str) -> bool:  # noqa: ARG002
        """No link."""
        return False

    def resolves(self, device: LabDevice, name: str) -> str | None:  # noqa: ARG002
        """Nothing resolves."""
        return None
