"""The cables of a district: which ports see each other's frames, and what stands beyond.

Worked out once from the inventory; only the state of links changes. The media of fiber and radio
links are transparent: every end on the same upstream port hears the others, tagged or not; a second
router of the hub's office hangs on the same media, downlink port by downlink port. Fixed
nodes, not managed by anyone here: Dinkominfo (with the controller), each internet office's
provider, and one host in each office's management VLAN.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from sekayu_net.inventory.district import Device, District

DINKOMINFO = "dinkominfo"
PROVIDER = "provider:"
ONSITE = "onsite:"
#: The port of an office router that its host on site hangs on; no inventory has a port so named.
STATION = "(on site)"

#: A port of a device or of a fixed node.
Port = tuple[str, str]

#: What the hub's public name stands for when the inventory gives a name: an address for examples
#: (RFC 5737).
PUBLIC_ENDPOINT = IPv4Address("203.0.113.10")
#: Providers lease addresses of the carrier-grade NAT range (RFC 6598), one /24 for each customer.
CGNAT = IPv4Network("100.64.0.0/10")


_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16")))


def is_public(address: IPv4Address) -> bool:
    """Whether providers carry it. The examples' ranges (RFC 5737) stand for the internet here."""
    return not any(address in network for network in (*_PRIVATE, CGNAT))


@dataclass(frozen=True, slots=True)
class Lease:
    """What an office's provider hands out on the uplink port, and the address it translates to."""

    address: IPv4Interface
    gateway: IPv4Address
    dns: IPv4Address
    public: IPv4Address


@dataclass(slots=True)
class Topology:
    """``wires`` maps each port to the ports at the other ends; ``down`` holds cut links.

    A link is named by its downstream device: a router's uplink, an access point's cable.
    ``links`` maps that name to its port there.
    """

    wires: Mapping[Port, tuple[Port, ...]]
    links: Mapping[str, Port]
    leases: Mapping[str, Lease]
    endpoints: Mapping[str, IPv4Address]
    onsite: Mapping[str, IPv4Interface]
    #: Hosts on site: the VLAN that they speak tagged in.
    stations: Mapping[str, int]
    down: set[str] = field(default_factory=set)

    def peers(self, port: Port) -> tuple[Port, ...]:
        """The ports that hear what leaves by ``port``, cut links taken out."""
        if self._cut(port):
            return ()
        return tuple(other for other in self.wires.get(port, ()) if not self._cut(other))

    def lay(self, one: Port, other: Port) -> None:
        """Lay another cable: all that hang on one end's medium hear all on the other's."""
        media = [(port, *self.wires.get(port, ())) for port in (one, other)]
        joined = tuple(dict.fromkeys(port for medium in media for port in medium))
        laid = {end: tuple(each for each in joined if each != end) for end in joined}
        self.wires = {**self.wires, **laid}

    def unplug(self, port: Port) -> None:
        """Take a port off its medium: nobody there hears it any more."""
        left = {
            end: tuple(each for each in others if each != port)
            for end, others in self.wires.items()
        }
        self.wires = {**left, port: ()}

    def _cut(self, port: Port) -> bool:
        return port[0] in self.down and self.links.get(port[0]) == port


def build_topology(district: District) -> Topology:
    """Lay the cables of a district."""
    segments: dict[Port, list[Port]] = {}
    links: dict[str, Port] = {}
    hub = district.devices[district.hub]
    segments[(DINKOMINFO, "lan")] = [(hub.name, hub.uplink_port)]
    links[hub.name] = (hub.name, hub.uplink_port)
    for second in _beside(district):
        # A second hub router stands on the same segment, and so its links have two ends upstream.
        for port in second.ports_for("uplink"):
            segments[(DINKOMINFO, "lan")].append((second.name, port))
            links.setdefault(second.name, (second.name, port))
        heads = list(dict.fromkeys(link.upstream_port for link in district.links_at(hub.name)))
        for near_port, port in zip(heads, second.ports_for("downlink"), strict=False):
            segments.setdefault((hub.name, near_port), []).append((second.name, port))
    leases: dict[str, Lease] = {}
    endpoints: dict[str, IPv4Address] = {}
    onsite: dict[str, IPv4Interface] = {}
    stations: dict[str, int] = {}
    public_dns = district.services.public_dns
    for position, office in enumerate(district.offices.values()):
        router = office.router
        if office.link is not None:
            link = office.link
            near = (link.downstream, link.downstream_port)
            segments.setdefault((link.upstream, link.upstream_port), []).append(near)
            links[link.downstream] = near
        elif office.tunnel is not None:
            near = (router.name, router.uplink_port)
            segments[(PROVIDER + office.slug, "lan")] = [near]
            links[router.name] = near
            network = IPv4Network((int(CGNAT.network_address) + 256 * position, 24))
            first = int(network.network_address)
            leases[office.slug] = Lease(
                IPv4Interface((first + 10, 24)),
                IPv4Address(first + 1),
                public_dns[0] if public_dns else IPv4Address(first + 1),
                # Offices behind one carrier-grade NAT share few public addresses.
                IPv4Address(int(IPv4Address("198.51.100.0")) + 1 + position % 250),
            )
            endpoints[office.tunnel.endpoint] = _public(office.tunnel.endpoint)
        for device in office.devices:
            if device.role != "access_point":
                continue
            for port, other in device.attached.items():
                far = next((p for p, ap in _attached(district, other) if ap == device.name), None)
                if far is not None:
                    segments.setdefault((other, far), []).append((device.name, port))
                    links[device.name] = (device.name, port)
        management = office.vlans["management"]
        host = ONSITE + office.slug
        segments[(host, "lan")] = [(router.name, STATION)]
        stations[host] = management.id
        onsite[office.slug] = IPv4Interface(
            (int(management.network.broadcast_address) - 1, management.network.prefixlen)
        )
    wires: dict[Port, tuple[Port, ...]] = {}
    for head, others in segments.items():
        members = (head, *others)
        for member in members:
            wires[member] = tuple(other for other in members if other != member)
    return Topology(wires, links, leases, endpoints, onsite, stations)


def _beside(district: District) -> list[Device]:
    """The other routers of the hub's office."""
    found = district.hub_office.devices
    return [one for one in found if one.role == "router" and one.name != district.hub]


def _attached(district: District, router: str) -> list[tuple[str, str]]:
    device = district.devices.get(router)
    return list(device.attached.items()) if device is not None else []


def _public(endpoint: str) -> IPv4Address:
    try:
        return IPv4Address(endpoint)
    except ValueError:
        return PUBLIC_ENDPOINT
