"""The district as validated values: offices, devices, links, tunnels, addresses.

This is what templates, the lab and the rollout look at. Reading YAML, handing out addresses and
finding contradictions live beside it (``offices``, ``addressing``, ``checks``); nothing here reads
a file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import Literal

OfficeKind = Literal["camat", "lurah", "desa"]
Role = Literal["router", "access_point"]
UplinkKind = Literal["dinkominfo", "fiber", "radio", "internet"]
#: What a port is for. ``uplink``: towards the hub, Dinkominfo or the provider. ``downlink``:
#: carries the link VLANs of other offices. ``access_point``: trunk to an access point.
#: ``rescue``: outside the bridge, fixed address, for a person on site. ``staff`` … ``iot``:
#: untagged in that VLAN.
PortPurpose = Literal[
    "uplink", "downlink", "access_point", "staff", "service", "iot", "rescue", "unused"
]
#: The VLANs of an office, in this order everywhere.
VLAN_PURPOSES = ("staff", "service", "public_wifi", "iot", "management")


@dataclass(frozen=True, slots=True)
class Radio:
    """A Wi-Fi radio of a model: its default name (``wifi1``) and band (``5ghz-ax``)."""

    name: str
    band: str


@dataclass(frozen=True, slots=True)
class Model:
    """What differs by model. ``ports`` is ordered as on the front panel.

    ``wifi_package`` is the package that drives the radios (None without). ``flash_folder``: files
    that must outlive a reboot go below ``flash/``. ``device_mode`` is the mode the unit ships with.
    ``virtual``: a router of software, without a serial number. ``firmware`` is the version that its
    devices should run, None where nobody said so.
    """

    name: str
    platform: str
    ports: Mapping[str, PortPurpose]
    radios: tuple[Radio, ...] = ()
    wifi_package: str | None = None
    flash_folder: bool = False
    device_mode: str = "advanced"
    architecture: str = "arm64"
    virtual: bool = False
    firmware: str | None = None


@dataclass(frozen=True, slots=True, order=True)
class Make:
    """What behaves alike: a version of a platform on a model."""

    platform: str
    version: str
    model: str

    def __str__(self) -> str:
        return f"{self.model} with {self.platform} {self.version}"


@dataclass(frozen=True, slots=True)
class Vlan:
    """One VLAN of one office. The router has the first host address."""

    purpose: str
    id: int
    network: IPv4Network

    @property
    def gateway(self) -> IPv4Interface:
        """The router's address, with prefix length."""
        return IPv4Interface((self.network.network_address + 1, self.network.prefixlen))


@dataclass(frozen=True, slots=True)
class Link:
    """A fiber or radio link: one VLAN on a port of both ends, one small network.

    ``upstream`` and ``downstream`` are router host names; the upstream end (towards the hub) has
    the first host address. A link that ends at the hub ends at the ``second`` hub too, where there
    is one: three routers and a virtual one on one segment.
    """

    kind: UplinkKind
    upstream: str
    downstream: str
    upstream_port: str
    downstream_port: str
    vlan: int
    network: IPv4Network
    second: str | None = None
    second_port: str = ""

    @property
    def upstream_address(self) -> IPv4Interface:
        """With prefix length."""
        return IPv4Interface((self.network.network_address + 1, self.network.prefixlen))

    @property
    def downstream_address(self) -> IPv4Interface:
        """With prefix length."""
        return IPv4Interface((self.network.network_address + 2, self.network.prefixlen))

    @property
    def second_address(self) -> IPv4Interface:
        """Of the second hub, with prefix length."""
        return IPv4Interface((self.network.network_address + 3, self.network.prefixlen))

    @property
    def virtual_address(self) -> IPv4Address:
        """The one that whichever hub lives answers for: the last host address."""
        return self.network.broadcast_address - 1


@dataclass(frozen=True, slots=True)
class Tunnel:
    """A WireGuard tunnel from an office on a provider's internet to the hub.

    ``address`` and ``hub_address`` are in one network that all tunnels share. ``endpoint`` is the
    hub's public name or address, ``port`` its UDP port.
    """

    hub: str
    router: str
    address: IPv4Interface
    hub_address: IPv4Interface
    endpoint: str
    port: int


@dataclass(frozen=True, slots=True)
class Device:
    """A managed device. ``address`` is where management reaches it.

    A router's is its loopback, an access point's is in its office's management VLAN.
    ``port_names`` maps a port to its purpose on this device (the model's, with the office's
    exceptions); ``attached`` maps a router's port to the access point that hangs on it, and an
    access point's port to its router. ``legacy_algorithms`` as in ``platforms.base.Target``.
    """

    name: str
    office: str
    role: Role
    number: int
    model: Model
    version: str
    serial: str
    address: IPv4Address
    ports: Mapping[str, PortPurpose]
    attached: Mapping[str, str]
    legacy_algorithms: bool = False

    @property
    def platform(self) -> str:
        """The platform's name."""
        return self.model.platform

    @property
    def make(self) -> Make:
        """The version and model that the inventory gives it."""
        return Make(self.platform, self.version, self.model.name)

    def ports_for(self, purpose: PortPurpose) -> tuple[str, ...]:
        """The ports of one purpose, in panel order."""
        return tuple(port for port, use in self.ports.items() if use == purpose)

    @property
    def uplink_port(self) -> str:
        """The port that management comes in by."""
        return self.ports_for("uplink")[0]


@dataclass(frozen=True, slots=True)
class Office:
    """An office: official code, name, kind, and what stands there.

    ``slug`` is kind and name for host names (``lurah-kayu-ara``). ``upstream`` is the slug of the
    office that its uplink ends at (None for the hub). ``link`` is set for fiber and radio,
    ``tunnel`` for internet. ``region``: whose machines read it, None where one machine reads all.
    """

    code: str
    name: str
    kind: OfficeKind
    slug: str
    phase: int
    uplink: UplinkKind
    upstream: str | None
    vlans: Mapping[str, Vlan]
    devices: tuple[Device, ...]
    link: Link | None = None
    tunnel: Tunnel | None = None
    region: str | None = None

    @property
    def router(self) -> Device:
        """The office's (first) router."""
        return next(device for device in self.devices if device.role == "router")

    @property
    def access_points(self) -> tuple[Device, ...]:
        """The office's access points, by number."""
        return tuple(device for device in self.devices if device.role == "access_point")


@dataclass(frozen=True, slots=True)
class Services:
    """What Dinkominfo runs for everyone. Addresses of servers, networks of the controller."""

    controller_networks: tuple[IPv4Network, ...]
    controller_address: IPv4Address
    intranet: tuple[IPv4Network, ...]
    dns: tuple[IPv4Address, ...]
    public_dns: tuple[IPv4Address, ...]
    ntp: tuple[IPv4Address, ...]
    syslog: IPv4Address
    snmp_networks: tuple[IPv4Network, ...]
    iot_servers: tuple[IPv4Network, ...]
    public_ntp: tuple[str, ...]
    timezone: str
    domain: str
    rescue: IPv4Interface


@dataclass(frozen=True, slots=True)
class DinkominfoLink:
    """The hub's own uplink: Dinkominfo's end is not managed. The hub has ``hub_address``."""

    network: IPv4Network
    gateway: IPv4Address
    hub_address: IPv4Interface

    @property
    def second_address(self) -> IPv4Interface:
        """The second hub's, where there is one."""
        return IPv4Interface((self.network.network_address + 3, self.network.prefixlen))


@dataclass(frozen=True)
class District:
    """A kecamatan. ``offices`` by slug, in the file's order; ``hub`` is the hub router's name.

    Without slots: what follows from the offices is worked out once, at its first use.
    """

    code: str
    name: str
    hub: str
    offices: Mapping[str, Office]
    services: Services
    dinkominfo: DinkominfoLink
    tunnel_network: IPv4Network | None
    settings: Mapping[str, object]
    region: str | None = None

    @cached_property
    def devices(self) -> Mapping[str, Device]:
        """Every device by host name, in the order of offices."""
        return {d.name: d for office in self.offices.values() for d in office.devices}

    def office_of(self, device: Device) -> Office:
        """The office that a device stands in."""
        return self.offices[device.office]

    @cached_property
    def hub_office(self) -> Office:
        """The office that the hub stands in."""
        return next(o for o in self.offices.values() for d in o.devices if d.name == self.hub)

    @cached_property
    def second_hub(self) -> Device | None:
        """The other router of the hub's office: redundant to the hub towards Dinkominfo."""
        routers = (d for d in self.hub_office.devices if d.role == "router")
        return next((d for d in routers if d.name != self.hub), None)

    def links_at(self, router: str) -> tuple[Link, ...]:
        """The links whose upstream end is this router, or that it shares with the hub."""
        if self.second_hub is not None and router == self.second_hub.name:
            router = self.hub
        return self._links.get(router, ())

    @cached_property
    def _links(self) -> Mapping[str, tuple[Link, ...]]:
        links: dict[str, tuple[Link, ...]] = {}
        for office in self.offices.values():
            if office.link is not None:
                links[office.link.upstream] = (*links.get(office.link.upstream, ()), office.link)
        return links

    @cached_property
    def tunnels(self) -> tuple[Tunnel, ...]:
        """Every tunnel, in the order of offices."""
        return tuple(o.tunnel for o in self.offices.values() if o.tunnel is not None)

    def path_to(self, device: Device) -> tuple[str, ...]:
        """The routers on the management path from the hub to a device, hub first, without it.

        An office's links end at its first router: a second one is reached through that.
        Dinkominfo's network reaches the second hub as it does the first.
        """
        if self.second_hub is not None and device.name == self.second_hub.name:
            return ()
        office = self.office_of(device)
        first = office.router.name
        path: list[str] = [] if device.name == first else [first]
        while office.upstream is not None:
            office = self.offices[office.upstream]
            path.append(office.router.name)
        return tuple(reversed(path))

    def not_beside(self, device: Device) -> tuple[str, ...]:
        """The routers that must not be changed at once with this one, and come after it.

        Those on its path; and of two hubs, one stays whole while the other is changed.
        """
        if self.second_hub is not None and device.name == self.second_hub.name:
            return (self.hub,)
        return self.path_to(device)

    def behind(self, device: Device) -> tuple[str, ...]:
        """The devices whose management path goes through this one."""
        return self._behind.get(device.name, ())

    @cached_property
    def _behind(self) -> Mapping[str, tuple[str, ...]]:
        behind: dict[str, list[str]] = {}
        for device in self.devices.values():
            for hop in self.path_to(device):
                behind.setdefault(hop, []).append(device.name)
        return {name: tuple(hosts) for name, hosts in behind.items()}


def with_versions(district: District, versions: Mapping[str, str]) -> District:
    """The district with other versions on some devices, by host name."""
    return replace(
        district,
        offices={
            slug: replace(
                office,
                devices=tuple(
                    replace(device, version=versions.get(device.name, device.version))
                    for device in office.devices
                ),
            )
            for slug, office in district.offices.items()
        },
    )
