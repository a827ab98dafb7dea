"""What contradicts what in the inventory: every fault at once, with file and line.

What is wrong in one file by itself is found by its model (``offices``, ``addressing``).
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from sekayu_net.collection import no_collection
from sekayu_net.errors import InputError, InventoryError
from sekayu_net.inventory.addressing import allocate
from sekayu_net.inventory.district import VLAN_PURPOSES, OfficeKind, PortPurpose, Role
from sekayu_net.inventory.lock_checks import lock_faults
from sekayu_net.inventory.offices import (
    DeviceEntry,
    Files,
    OfficeEntry,
    access_point_offset,
    access_point_ports,
    effective_ports,
    read_files,
)
from sekayu_net.inventory.second_hub import second_hub_faults
from sekayu_net.near import meant
from sekayu_net.platforms.registry import NAMES

#: Where a role's devices stand in an office.
PLACE: dict[Role, str] = {"router": "routers", "access_point": "access_points"}
#: What the fourth part of an official code begins with; a kecamatan's code has three parts.
CODE_BEGINS: dict[OfficeKind, str] = {"camat": "", "lurah": "1", "desa": "2"}
#: Purposes that exactly one port of a device has.
ONE_EACH: tuple[tuple[PortPurpose, str], ...] = (
    ("uplink", "the uplink"),
    ("rescue", "the rescue path"),
)
#: A path of keys in a file.
Keys = tuple[str | int, ...]


@no_collection()
def check(folder: Path) -> list[InputError]:
    """Every fault of an inventory folder; empty when there is none."""
    try:
        return faults_of(read_files(folder))
    except InventoryError as error:
        return error.findings


def faults_of(files: Files) -> list[InputError]:
    """Every contradiction in files that are right each by itself, in the order of the files."""
    return [
        *_models(files),
        *_networks(files),
        *_doubles(files),
        *_offices(files),
        *_uplinks(files),
        *_circles(files),
        *second_hub_faults(files, _hub(files)),
        *lock_faults(files),
        *_room(files),
    ]


def _models(files: Files) -> Iterator[InputError]:
    source = files.sources["models"]
    for platform in files.models.platforms:
        if platform not in NAMES:
            yield source.fault(
                f"no platform is called '{platform}'",
                "platforms",
                platform,
                hint=f"there are: {', '.join(NAMES)}",
            )
    for name, model in files.models.models.items():
        at = ("models", name)
        if model.platform not in files.models.platforms:
            yield source.fault(
                f"{name}: no platform is called '{model.platform}'",
                *at,
                "platform",
                hint=meant(model.platform, files.models.platforms),
            )
        for purpose, what in ONE_EACH:
            if list(model.ports.values()).count(purpose) != 1:
                yield source.fault(f"{name}: exactly one port must be {what}", *at, "ports")
        if model.radios and model.wifi_package is None:
            yield source.fault(f"{name} has radios but no wifi_package", *at)


def _networks(files: Files) -> Iterator[InputError]:
    source, addressing = files.sources["addressing"], files.addressing
    networks: list[tuple[Keys, IPv4Network]] = [
        (("dinkominfo", "network"), addressing.dinkominfo.network),
        (("services", "rescue"), addressing.services.rescue.network),
        *(
            (("services", "controller_networks", index), network)
            for index, network in enumerate(addressing.services.controller_networks)
        ),
        (("pools", "offices"), addressing.pools.offices),
        (("pools", "links"), addressing.pools.links),
        (("pools", "loopbacks"), addressing.pools.loopbacks),
        (("pools", "radios"), addressing.pools.radios),
        (("tunnels", "network"), addressing.tunnels.network),
    ]
    for index, (path, network) in enumerate(networks):
        for other, earlier in networks[:index]:
            if network.overlaps(earlier):
                yield source.fault(
                    f"{_dotted(path)} {network} overlaps {_dotted(other)} {earlier}", *path
                )
    controller = addressing.services.controller_address
    if not any(controller in network for network in addressing.services.controller_networks):
        yield source.fault(
            f"{controller} is in none of the controller's networks",
            "services",
            "controller_address",
        )
    if addressing.dinkominfo.network.num_addresses < 4:
        yield source.fault("the hub's uplink needs two host addresses", "dinkominfo", "network")
    first, last = addressing.pools.link_vlans
    vlans = addressing.vlans.by_purpose()
    if first > last:
        yield source.fault("the last VLAN comes before the first", "pools", "link_vlans")
    seen: dict[int, str] = {}
    for purpose in VLAN_PURPOSES:
        number, at = vlans[purpose].id, ("vlans", purpose, "id")
        if number in seen:
            yield source.fault(f"VLAN {number} is both {seen[number]} and {purpose}", *at)
        if first <= number <= last:
            yield source.fault(f"VLAN {number} is in pools.link_vlans too", *at)
        seen.setdefault(number, purpose)


def _dotted(path: Keys) -> str:
    return ".".join(str(part) for part in path if isinstance(part, str))


def _doubles(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    codes: dict[str, str] = {}
    slugs: dict[str, str] = {}
    hosts: dict[str, str] = {}
    serials: dict[str, str] = {}
    for index, entry in enumerate(files.offices.offices):
        at = ("offices", index)
        if entry.code in codes:
            yield source.fault(f"code {entry.code} is that of {codes[entry.code]} too", *at, "code")
        if entry.slug in slugs:
            yield source.fault(f"there is another {entry.slug}", *at, "name")
        codes.setdefault(entry.code, entry.slug)
        first_of_its_name = entry.slug not in slugs
        slugs.setdefault(entry.slug, entry.code)
        for position, role, number, device in _placed(entry):
            host, where = entry.host(role, number), (*at, PLACE[role], position)
            if host in hosts and first_of_its_name:
                yield source.fault(
                    f"there is another {host}",
                    *where,
                    hint="give each device of a list its own `number`",
                )
            model = files.models.models.get(device.model)
            if not device.serial:
                if model is not None and not model.virtual:
                    yield source.fault("'serial' is missing", *where)
            elif device.serial in serials:
                yield source.fault(
                    f"serial number {device.serial} is that of {serials[device.serial]} too",
                    *where,
                    "serial",
                )
            hosts.setdefault(host, entry.slug)
            if device.serial:
                serials.setdefault(device.serial, host)


def _placed(entry: OfficeEntry) -> Iterator[tuple[int, Role, int, DeviceEntry]]:
    """Position in its list, role, number and entry of each device."""
    positions: dict[Role, int] = {"router": 0, "access_point": 0}
    for role, number, device in entry.devices:
        yield positions[role], role, number, device
        positions[role] += 1


def _offices(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    faultless: set[tuple[Role, str, str]] = set()
    for index, entry in enumerate(files.offices.offices):
        at = ("offices", index)
        begins = CODE_BEGINS[entry.kind]
        fourth = ".".join(entry.code.split(".")[3:])
        if bool(begins) != bool(fourth) or not fourth.startswith(begins):
            yield source.fault(f"{entry.code} is no code of a {entry.kind}'s office", *at, "kind")
        if not entry.routers:
            yield source.fault(f"{entry.slug} has no router", *at)
        known = True
        for position, role, number, device in _placed(entry):
            alike = (role, device.model, device.version)
            special = device.ports or device.port is not None
            if not special and alike in faultless:
                continue
            where = (*at, PLACE[role], position)
            found = list(_device(files, entry.host(role, number), role, device, where))
            if not special and not found:
                faultless.add(alike)
            known = known and device.model in files.models.models
            yield from found
        if entry.routers and known:
            yield from _access_points(files, entry, index)


def _device(
    files: Files, host: str, role: Role, device: DeviceEntry, at: Keys
) -> Iterator[InputError]:
    source, models = files.sources["offices"], files.models
    if device.model not in models.models:
        yield source.fault(
            f"models.yaml has no '{device.model}'",
            *at,
            "model",
            hint=meant(device.model, models.models),
        )
        return
    model = models.models[device.model]
    platform = models.platforms.get(model.platform)
    if platform and device.version not in platform.versions:
        yield source.fault(
            f"{host}: version {device.version} is none of {', '.join(platform.versions)}",
            *at,
            "version",
            hint="a version that the templates were checked for is added in models.yaml",
        )
    if role == "access_point" and not model.radios:
        yield source.fault(f"{host}: {device.model} has no radio", *at, "model")
    if role == "router" and device.port is not None:
        yield source.fault(f"{host}: only an access point hangs on a router's port", *at, "port")
    for port in device.ports:
        if port not in model.ports:
            yield source.fault(
                f"{device.model} has no port {port}",
                *at,
                "ports",
                port,
                hint=meant(port, model.ports),
            )
    if not device.ports:
        return
    purposes = list(effective_ports(device, models.models).values())
    for purpose, what in ONE_EACH:
        if purposes.count(purpose) != 1:
            yield source.fault(f"{host}: exactly one port must be {what}", *at, "ports")


def _access_points(files: Files, entry: OfficeEntry, index: int) -> Iterator[InputError]:
    source, router = files.sources["offices"], entry.routers[0]
    ports = effective_ports(router, files.models.models)
    hung = access_point_ports(entry, files.models.models)
    prefix = files.addressing.vlans.management.prefix
    last = 2 ** (32 - prefix) - 3  # the last host address is kept for a person on site
    used: dict[str, int] = {}
    for position, role, number, _ in _placed(entry):
        if role != "access_point":
            continue
        where = ("offices", index, PLACE[role], position)
        if access_point_offset(number) > last:
            yield source.fault(
                f"{entry.host(role, number)}: a management VLAN of /{prefix} has no address for it",
                *where,
                hint="give it a smaller number, or the management VLAN a shorter prefix",
            )
        port = hung.get(number)
        if port is None:
            yield source.fault(
                f"{router.model} has no free port for {entry.host(role, number)}",
                *where,
                hint="make one of the router's ports an access_point port: ports: {PORT: …}",
            )
        elif ports.get(port) != "access_point":
            yield source.fault(
                f"the router's port {port} is not for an access point", *where, "port"
            )
        elif port in used:
            yield source.fault(
                f"{entry.host(role, used[port])} hangs on the router's port {port} too",
                *where,
                "port",
            )
        if port is not None:
            used.setdefault(port, number)


def _hub(files: Files) -> str | None:
    """The slug of the hub's office: only an office's first router carries its links."""
    wanted = files.offices.district.hub
    for entry in files.offices.offices:
        if entry.routers and entry.host(*entry.devices[0][:2]) == wanted:
            return entry.slug
    return None


def _uplinks(files: Files) -> Iterator[InputError]:
    source, hub = files.sources["offices"], _hub(files)
    entries = {entry.slug: entry for entry in files.offices.offices}
    if hub is None:
        firsts = tuple(e.host(*e.devices[0][:2]) for e in entries.values() if e.routers)
        wanted = files.offices.district.hub
        yield source.fault(
            f"the hub {wanted} is no office's first router",
            "district",
            "hub",
            hint=meant(wanted, firsts),
        )
        return
    for index, entry in enumerate(files.offices.offices):
        at: Keys = ("offices", index, "uplink")
        if (entry.uplink.kind == "dinkominfo") != (entry.slug == hub):
            yield source.fault("only the hub's uplink is 'dinkominfo', and it must be", *at)
        elif entry.uplink.kind in ("dinkominfo", "internet"):
            if entry.uplink.to not in (None, hub):
                yield source.fault(f"an uplink by {entry.uplink.kind} ends at no office", *at, "to")
        elif (target := entry.uplink.to or hub) not in entries:
            yield source.fault(
                f"the uplink ends at {target}, which is no office",
                *at,
                "to",
                hint=meant(target, entries),
            )
        else:
            yield from _upstream(files, entry, entries[target], at)


def _upstream(files: Files, entry: OfficeEntry, far: OfficeEntry, at: Keys) -> Iterator[InputError]:
    """``far`` must be able to carry ``entry``, and be there before it."""
    source, models = files.sources["offices"], files.models.models
    known = bool(far.routers) and far.routers[0].model in models
    if known and "downlink" not in effective_ports(far.routers[0], models).values():
        yield source.fault(
            f"{far.slug} has no downlink port",
            *at,
            hint=f"give the router of {far.slug} one: ports: {{PORT: downlink}}",
        )
    if far.uplink.kind == "internet":
        yield source.fault(f"{far.slug} is in a tunnel itself: no office can hang on it", *at, "to")
    if far.phase > entry.phase:
        yield source.fault(
            f"{far.slug} carries {entry.slug} but is of the later phase {far.phase}", *at, "to"
        )


def _circles(files: Files) -> Iterator[InputError]:
    """Uplinks that never come to the hub. Each circle is told once."""
    source, hub = files.sources["offices"], _hub(files)
    entries = {entry.slug: entry for entry in files.offices.offices}
    index_of = {entry.slug: index for index, entry in enumerate(files.offices.offices)}
    done: set[str] = set()
    for start in entries:
        path: dict[str, None] = {}
        at: str | None = start
        while at is not None and at in entries and at not in done and at not in path:
            path[at] = None
            kind = entries[at].uplink.kind
            at = (entries[at].uplink.to or hub) if kind in ("fiber", "radio") else None
        if at is not None and at in path:
            circle = [*list(path)[list(path).index(at) :], at]
            yield source.fault(
                f"the uplinks run in a circle: {' → '.join(circle)}",
                "offices",
                index_of[at],
                "uplink",
            )
        done.update(path)


def _room(files: Files) -> Iterator[InputError]:
    """Pools that have nothing left for offices without addresses."""
    demands = [entry.demand for entry in files.offices.offices]
    unmet = [each for each in demands if not each.met_by(files.lock.offices.get(each.code))]
    try:
        if unmet:
            allocate(files.addressing, files.lock, unmet)
    except InputError as error:
        yield files.sources["addressing"].fault(error.message, "pools", hint=error.hint)
