"""The routes that a device has by itself: connected networks and static routes into them.

Learned routes come from the network that it stands in (``surroundings``).
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from sekayu_net.lab.ios.surroundings import RouteRow
from sekayu_net.lab.ios.tree import Line, Tree


def addresses(interface: Line) -> list[IPv4Interface]:
    """The addresses of an interface's section, the primary one first."""
    found = []
    for line in interface.all("ip address"):
        words = line.text.split()
        try:
            found.append((len(words) > 4, IPv4Interface(f"{words[2]}/{words[3]}")))
        except (ValueError, IndexError):
            continue  # "dhcp", or what a leniently read file has there
    return [address for _, address in sorted(found, key=lambda pair: pair[0])]


def name_of(interface: Line) -> str:
    """``GigabitEthernet0/0``."""
    return interface.text.split(" ", 1)[1]


def local_routes(tree: Tree) -> list[RouteRow]:
    """Of every interface that is not shut down, and the static routes that these make usable."""
    rows: list[RouteRow] = []
    for interface in tree.interfaces():
        if interface.has("shutdown"):
            continue
        for address in addresses(interface):
            name = name_of(interface)
            rows.append(RouteRow("connected", address.network, name))
            if address.network.prefixlen < 32:
                rows.append(RouteRow("local", IPv4Network(f"{address.ip}/32"), name))
    connected = [row for row in rows if row.kind == "connected"]
    best: dict[IPv4Network, RouteRow] = {}
    for line in tree.all("ip route"):
        row = _static(line.text, connected)
        if row is not None and (
            row.destination not in best or row.distance < best[row.destination].distance
        ):
            best[row.destination] = row
    return rows + list(best.values())


def _static(text: str, connected: list[RouteRow]) -> RouteRow | None:
    words = text.split()[2:]
    if words and words[0] in ("vrf", "static"):
        return None
    destination = IPv4Network(f"{words[0]}/{words[1]}", strict=False)
    rest = words[2:]
    interface = ""
    if rest and not rest[0][0].isdigit():
        interface = rest.pop(0)
    gateway = None
    if rest and "." in rest[0]:
        gateway = IPv4Address(rest.pop(0))
    distance = int(rest[0]) if rest and rest[0].isdigit() else 1
    if interface == "Null0":
        return RouteRow("static", destination, interface, None, distance)
    for row in connected:
        if (gateway is not None and gateway in row.destination) or (
            gateway is None and row.interface == interface
        ):
            return RouteRow("static", destination, row.interface, gateway, distance)
    return None
