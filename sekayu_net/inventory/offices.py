"""The inventory's files as models, and the district that they make together.

What contradicts what is found in ``checks``; which address an office gets is ``addressing``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from sys import intern
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, RootModel

from sekayu_net.collection import no_collection
from sekayu_net.errors import InputError, InventoryError
from sekayu_net.inventory.addressing import Addressing, Demand, Lock, OfficeAddresses
from sekayu_net.inventory.district import (
    Device,
    DinkominfoLink,
    District,
    Link,
    Model,
    Office,
    OfficeKind,
    PortPurpose,
    Radio,
    Role,
    Tunnel,
    Vlan,
)
from sekayu_net.yaml_lines import Source, read, validate

#: Suffix of a host name by role.
SUFFIX: dict[Role, str] = {"router": "rtr", "access_point": "ap"}


class Strict(BaseModel):
    """A part of an inventory file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RadioEntry(Strict):
    """A radio of a model."""

    name: str
    band: str


class ModelEntry(Strict):
    """A model of ``models.yaml``; see ``district.Model``."""

    platform: str
    ports: dict[str, PortPurpose]
    radios: tuple[RadioEntry, ...] = ()
    wifi_package: str | None = None
    flash_folder: bool = False
    device_mode: Literal["home", "basic", "advanced", "enterprise"] = "advanced"
    architecture: str = "arm64"
    virtual: bool = False
    firmware: str | None = None


class PlatformEntry(Strict):
    """``versions``: those that the templates are known to be right for."""

    versions: tuple[str, ...]


class Models(Strict):
    """``models.yaml``."""

    platforms: dict[str, PlatformEntry]
    models: dict[str, ModelEntry]


class DeviceEntry(Strict):
    """A device of an office.

    ``number`` makes its name (``rtr1``, ``ap2``); without one it is the place in the list, so give
    one before an earlier device is taken out. ``ports``: exceptions from the model; ``port``: where
    an access point hangs on the router (else the first free port that is for one). ``serial`` may
    be missing for a virtual model only.
    """

    number: Annotated[int, Field(ge=1)] | None = None
    model: str
    serial: Annotated[str, Field(pattern=r"^[A-Z0-9]{8,16}$")] = ""
    version: Annotated[str, Field(pattern=r"^\d+\.\d+(\.\d+)?(\(\d+\)[A-Z]\w*)?$")]
    ports: dict[str, PortPurpose] = {}
    port: str | None = None
    legacy_algorithms: bool = False


class UplinkEntry(Strict):
    """How an office is reached.

    ``to``: the slug of the office at the other end (the hub's without).
    """

    kind: Literal["dinkominfo", "fiber", "radio", "internet"]
    to: str | None = None


class OfficeEntry(Strict):
    """An office of ``offices.yaml``. ``region``: where it is not the district's."""

    code: Annotated[str, Field(pattern=r"^\d\d\.\d\d\.\d\d(\.\d{4})?$")]
    name: Annotated[str, Field(min_length=1)]
    kind: OfficeKind
    phase: Annotated[int, Field(ge=1)]
    uplink: UplinkEntry
    routers: tuple[DeviceEntry, ...] = ()
    access_points: tuple[DeviceEntry, ...] = ()
    region: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] | None = None

    @cached_property
    def slug(self) -> str:
        """``lurah-kayu-ara``."""
        return f"{self.kind}-{re.sub(r'[^a-z0-9]+', '-', self.name.lower()).strip('-')}"

    @cached_property
    def devices(self) -> tuple[tuple[Role, int, DeviceEntry], ...]:
        """Role, number (from 1) and entry of each device, routers first."""
        return (
            *[("router", e.number or n, e) for n, e in enumerate(self.routers, 1)],
            *[("access_point", e.number or n, e) for n, e in enumerate(self.access_points, 1)],
        )

    @property
    def demand(self) -> Demand:
        """What the office needs addresses for."""
        numbers = tuple([number for role, number, _ in self.devices if role == "router"])
        return Demand(self.code, self.uplink.kind, numbers)

    def host(self, role: Role, number: int) -> str:
        """The host name of one of its devices; the same string however often it is asked for."""
        return intern(f"{self.slug}-{SUFFIX[role]}{number}")


class DistrictEntry(Strict):
    """Which kecamatan this is; ``hub`` is the host name of the router that all links end at.

    ``region``: whose machines read the devices, where several machines do.
    """

    code: str
    name: str
    hub: str
    region: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")] | None = None


class Offices(Strict):
    """``offices.yaml``."""

    district: DistrictEntry
    offices: tuple[OfficeEntry, ...]


class Defaults(Strict):
    """``defaults.yaml`` and each group of ``groups.yaml``, in Nornir's own form.

    The ``data`` of the defaults are the district's settings, which templates see.
    """

    hostname: str | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    username: str | None = None
    platform: str | None = None
    data: dict[str, Any] = {}


class Groups(RootModel[dict[str, Defaults]]):
    """``groups.yaml``."""


class Files(BaseModel):
    """All of the inventory, each file with the lines of its values."""

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    offices: Offices
    models: Models
    addressing: Addressing
    lock: Lock
    defaults: Defaults
    groups: Groups
    sources: dict[str, Source]


#: The files of an inventory folder, and those that need not be there.
MODELS: dict[str, type[BaseModel]] = {
    "offices": Offices,
    "models": Models,
    "addressing": Addressing,
    "addresses.lock": Lock,
    "defaults": Defaults,
    "groups": Groups,
}
EMPTY: dict[str, BaseModel] = {
    "addresses.lock": Lock(),
    "defaults": Defaults(),
    "groups": Groups({}),
}


def read_files(folder: Path) -> Files:
    """Read and validate each file by itself. ``InventoryError`` lists the faults of all."""
    faults: list[InputError] = []
    sources: dict[str, Source] = {}
    parsed: dict[str, BaseModel] = {}
    for name, model in MODELS.items():
        file = folder / f"{name}.yaml"
        if name in EMPTY and not file.exists():
            parsed[name], sources[name] = EMPTY[name], Source(file, {})
            continue
        try:
            sources[name] = read(file)
            empty = name in EMPTY and sources[name].data is None
            parsed[name] = EMPTY[name] if empty else validate(sources[name], model)
            sources[name] = replace(sources[name], data=None)  # much, and not needed any more
        except InventoryError as error:
            faults.extend(error.findings)
        except InputError as error:
            faults.append(error)
    if faults:
        raise InventoryError(faults)
    return Files.model_construct(
        offices=parsed["offices"],
        models=parsed["models"],
        addressing=parsed["addressing"],
        lock=parsed["addresses.lock"],
        defaults=parsed["defaults"],
        groups=parsed["groups"],
        sources=sources,
    )


def checked_files(folder: Path) -> Files:
    """The files of an inventory folder. ``InventoryError`` with every fault found."""
    from sekayu_net.inventory.checks import faults_of

    files = read_files(folder)
    faults = faults_of(files)
    if faults:
        raise InventoryError(faults)
    return files


@no_collection()
def load_district(folder: Path) -> District:
    """The district of an inventory folder. ``InventoryError`` with every fault found."""
    return build(checked_files(folder))


def build(files: Files) -> District:
    """Put the files together. They must be free of contradictions (``checks``)."""
    entries = {entry.slug: entry for entry in files.offices.offices}
    models = {name: _model(name, entry) for name, entry in files.models.models.items()}
    routers = {
        slug: _device(entry, files.lock.offices[entry.code], *entry.devices[0], models)
        for slug, entry in entries.items()
    }
    hub_slug = next(s for s, r in routers.items() if r.name == files.offices.district.hub)
    offices: dict[str, Office] = {}
    beyond = [place for place in entries[hub_slug].devices if place[0] == "router"][1:]
    at_hub = files.lock.offices[entries[hub_slug].code]
    second = _device(entries[hub_slug], at_hub, *beyond[0], models) if beyond else None
    heads: list[str] = []
    network = files.addressing.tunnels.network
    hub_address = IPv4Interface((int(network.network_address) + 1, network.prefixlen))
    purposes = [(purpose, vlan.id) for purpose, vlan in files.addressing.vlans.by_purpose().items()]
    for slug, entry in entries.items():
        given = files.lock.offices[entry.code]
        upstream = entry.uplink.to or (hub_slug if slug != hub_slug else None)
        beside = second if upstream == hub_slug else None
        others = [_device(entry, given, *place, models) for place in entry.devices[1:]]
        offices[slug] = Office(
            code=entry.code,
            name=entry.name,
            kind=entry.kind,
            slug=slug,
            phase=entry.phase,
            region=entry.region or files.offices.district.region,
            uplink=entry.uplink.kind,
            upstream=upstream,
            vlans={
                purpose: Vlan(purpose, number, given.vlans[purpose]) for purpose, number in purposes
            },
            devices=(routers[slug], *others),
            link=_shared(_link(entry, given, routers[slug], routers[upstream]), beside, heads)
            if upstream
            else None,
            tunnel=_tunnel(
                entry, given, routers[slug], routers[hub_slug], files.addressing, hub_address
            ),
        )
    uplink = files.addressing.dinkominfo
    return District(
        code=files.offices.district.code,
        name=files.offices.district.name,
        hub=files.offices.district.hub,
        region=files.offices.district.region,
        offices=offices,
        services=files.addressing.services.value(),
        dinkominfo=DinkominfoLink(
            uplink.network,
            uplink.network.network_address + 1,
            IPv4Interface((uplink.network.network_address + 2, uplink.network.prefixlen)),
        ),
        tunnel_network=files.addressing.tunnels.network,
        settings=files.defaults.data,
    )


def _model(name: str, entry: ModelEntry) -> Model:
    return Model(
        name=name,
        platform=entry.platform,
        ports=entry.ports,
        radios=tuple(Radio(radio.name, radio.band) for radio in entry.radios),
        virtual=entry.virtual,
        wifi_package=entry.wifi_package,
        flash_folder=entry.flash_folder,
        device_mode=entry.device_mode,
        architecture=entry.architecture,
        firmware=entry.firmware,
    )


def effective_ports(
    device: DeviceEntry, models: Mapping[str, ModelEntry | Model]
) -> Mapping[str, PortPurpose]:
    """The ports of a device: its model's, with the device's own exceptions."""
    ports = models[device.model].ports
    return {**ports, **device.ports} if device.ports else ports


def access_point_ports(
    entry: OfficeEntry, models: Mapping[str, ModelEntry | Model]
) -> dict[int, str]:
    """The router port of each access point, by its number; one without a free port is left out."""
    ports = effective_ports(entry.routers[0], models)
    points = {n: device for role, n, device in entry.devices if role == "access_point"}
    taken = {n: point.port for n, point in points.items() if point.port is not None}
    free = [
        port for port, use in ports.items() if use == "access_point" and port not in taken.values()
    ]
    for number in sorted(points):
        if number not in taken and free:
            taken[number] = free.pop(0)
    return dict(sorted(taken.items()))


def access_point_address(management: IPv4Network, number: int) -> IPv4Address:
    """An access point's address in its office's management VLAN."""
    return management.network_address + access_point_offset(number)


def access_point_offset(number: int) -> int:
    """How far an access point's address is from its network's: the eleventh and onward."""
    return 10 + number


def _device(
    entry: OfficeEntry,
    given: OfficeAddresses,
    role: Role,
    number: int,
    device: DeviceEntry,
    models: Mapping[str, Model],
) -> Device:
    model = models[device.model]
    ports = effective_ports(device, models)
    first = entry.devices[0]
    if role == "router":
        address: IPv4Address = given.loopbacks[number]
        trunks = access_point_ports(entry, models) if device is first[2] else {}
        attached = {port: entry.host("access_point", n) for n, port in trunks.items()}
    else:
        address = access_point_address(given.vlans["management"], number)
        uplink = next(port for port, use in ports.items() if use == "uplink")
        attached = {uplink: entry.host(first[0], first[1])}
    return Device(
        name=entry.host(role, number),
        office=entry.slug,
        role=role,
        number=number,
        model=model,
        version=device.version,
        serial=device.serial,
        address=address,
        ports=ports,
        attached=attached,
        legacy_algorithms=device.legacy_algorithms,
    )


def _link(entry: OfficeEntry, given: OfficeAddresses, near: Device, far: Device) -> Link | None:
    if entry.uplink.kind not in ("fiber", "radio") or given.link is None or not given.link_vlan:
        return None
    downlinks = far.ports_for("downlink")
    # A hub has its fiber trunk in a cage (sfp…) and its radio trunk on copper.
    caged = [port for port in downlinks if port.startswith("sfp")]
    copper = [port for port in downlinks if not port.startswith("sfp")]
    preferred = caged + copper if entry.uplink.kind == "fiber" else copper + caged
    return Link(
        kind=entry.uplink.kind,
        upstream=far.name,
        downstream=near.name,
        upstream_port=preferred[0],
        downstream_port=near.uplink_port,
        vlan=given.link_vlan,
        network=given.link,
    )


def _shared(link: Link | None, second: Device | None, heads: list[str]) -> Link | None:
    """The link with the second hub at its upper end too: downlink port by downlink port.

    ``heads`` collects the hub's ports in the order in which links use them.
    """
    if link is None or second is None:
        return link
    if link.upstream_port not in heads:
        heads.append(link.upstream_port)
    port = second.ports_for("downlink")[heads.index(link.upstream_port)]
    return replace(link, second=second.name, second_port=port)


def _tunnel(
    entry: OfficeEntry,
    given: OfficeAddresses,
    near: Device,
    hub: Device,
    addressing: Addressing,
    hub_address: IPv4Interface,
) -> Tunnel | None:
    if entry.uplink.kind != "internet" or given.tunnel is None:
        return None
    return Tunnel(
        hub=hub.name,
        router=near.name,
        address=IPv4Interface((int(given.tunnel), addressing.tunnels.network.prefixlen)),
        hub_address=hub_address,
        endpoint=addressing.tunnels.endpoint,
        port=addressing.tunnels.port,
    )
