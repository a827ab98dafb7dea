"""What an interface has that nobody configured: layer-2 MTU, MAC address, actual MTU.

Facts of hardware are one board's (RB5009) for all models: the lab simulates no switch chips.
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from sekayu_net.lab.state import Item

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

_L2MTU, _MAX_L2MTU = 1514, 9796
_TAG = 4
_LOOPBACK_MTU = "65536"
#: How deep interfaces may stand on each other (vlan over bridge over vlan …).
_DEPTH = 8


def mtu(item: Item) -> str:
    """The MTU that counts."""
    if item.menu.path == "/interface loopback":
        return _LOOPBACK_MTU
    text = item.get("mtu")
    return text if text.isdigit() else "1500"


def below(device: LabDevice, item: Item) -> list[Item]:
    """The interfaces that carry this one: a VLAN's parent, a bridge's ports."""
    if item.menu.path == "/interface vlan":
        names = [item.get("interface")]
    elif item.menu.path == "/interface bridge":
        ports = device.state.rows("/interface bridge port")
        names = [port.get("interface") for port in ports if port.get("bridge") == item.name]
    elif item.menu.path == "/interface bonding":
        names = item.get("slaves").split(",")
    else:
        return []
    found = (device.state.interface(name) for name in names)
    return [one for one in found if one is not None]


def l2mtu(device: LabDevice, item: Item, depth: int = _DEPTH) -> int | None:
    """Bytes of a frame; None for what has no layer 2."""
    path = item.menu.path
    if path == "/interface ethernet":
        given = item.get("l2mtu")
        return int(given) if given.isdigit() else _L2MTU
    carriers = below(device, item) if depth else []
    sizes = [size for one in carriers if (size := l2mtu(device, one, depth - 1)) is not None]
    if not sizes:
        return None
    return min(sizes) - _TAG if path == "/interface vlan" else min(sizes)


def mac_address(device: LabDevice, item: Item, depth: int = _DEPTH) -> str:
    """Its own, or that of what carries it; empty without."""
    own = item.get("mac-address") or item.get("admin-mac")
    if own or not depth:
        return own
    return next(
        (mac for one in below(device, item) if (mac := mac_address(device, one, depth - 1))), ""
    )


def shown(device: LabDevice, item: Item) -> dict[str, str]:
    """The columns of ``/interface print`` that are no configuration."""
    found = {"actual-mtu": mtu(item), "mac-address": mac_address(device, item)}
    size = l2mtu(device, item)
    if size is not None:
        found["l2mtu"] = str(size)
    if item.menu.path == "/interface ethernet":
        found["max-l2mtu"] = str(_MAX_L2MTU)
    return {name: value for name, value in found.items() if value}


def towards(device: LabDevice, address: str) -> str | None:
    """The interface in whose network an address lies, and None when no network has it."""
    try:
        wanted = ipaddress.ip_address(address)
    except ValueError:
        return None
    for item in device.state.rows("/ip address"):
        if not item.disabled and wanted in ipaddress.ip_interface(item.get("address")).network:
            return item.get("interface")
    return None
