"""What contradicts what in the inventory: every fault at once, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from pathlib import Path

from sekayu_net.errors import InputError, InventoryError
from sekayu_net.inventory.offices import Files, OfficeEntry, access_point_ports, read_files
from sekayu_net.platforms.registry import PLATFORMS

ALLOCATE = "give them out: sekayu-net inventory allocate"


def check(folder: Path) -> list[InputError]:
    """Every fault of an inventory folder; empty when there is none."""
    try:
        return faults_of(read_files(folder))
    except InventoryError as error:
        return error.findings


def faults_of(files: Files) -> list[InputError]:
    """Every contradiction in files that are right each by itself."""
    return [
        *_models(files),
        *_pools(files),
        *_doubles(files),
        *_offices(files),
        *_uplinks(files),
        *_lock(files),
    ]


def _models(files: Files) -> Iterator[InputError]:
    source = files.sources["models"]
    for name, model in files.models.models.items():
        if model.platform not in PLATFORMS:
            yield source.fault(
                f"{name}: no platform is called '{model.platform}'", "models", name, "platform"
            )
        if "uplink" not in model.ports.values():
            yield source.fault(f"{name}: no port is an uplink", "models", name, "ports")
        if "rescue" not in model.ports.values():
            yield source.fault(f"{name}: no port is the rescue path", "models", name, "ports")


def _pools(files: Files) -> Iterator[InputError]:
    source, addressing = files.sources["addressing"], files.addressing
    pools: list[tuple[tuple[str, ...], IPv4Network]] = [
        (("pools", "offices"), addressing.pools.offices),
        (("pools", "links"), addressing.pools.links),
        (("pools", "loopbacks"), addressing.pools.loopbacks),
        (("tunnels", "network"), addressing.tunnels.network),
        (("dinkominfo", "network"), addressing.dinkominfo.network),
        *(
            (("services", "controller_networks"), n)
            for n in addressing.services.controller_networks
        ),
    ]
    for index, (path, network) in enumerate(pools):
        for other, earlier in pools[:index]:
            if network.overlaps(earlier):
                yield source.fault(
                    f"{'.'.join(path)} {network} overlaps {'.'.join(other)} {earlier}", *path
                )
    seen: dict[int, str] = {}
    for purpose, vlan in addressing.vlans.items():
        if vlan.id in seen:
            yield source.fault(
                f"VLAN {vlan.id} is both {seen[vlan.id]} and {purpose}", "vlans", purpose, "id"
            )
        seen.setdefault(vlan.id, purpose)


def _doubles(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    codes: dict[str, str] = {}
    slugs: dict[str, str] = {}
    serials: dict[str, str] = {}
    for index, entry in enumerate(files.offices.offices):
        at = ("offices", index)
        if entry.code in codes:
            yield source.fault(
                f"code {entry.code} is also that of {codes[entry.code]}", *at, "code"
            )
        if entry.slug in slugs:
            yield source.fault(f"there is another {entry.slug}", *at, "name")
        codes.setdefault(entry.code, entry.slug)
        slugs.setdefault(entry.slug, entry.code)
        for role, number, device in entry.devices():
            if device.serial in serials:
                place = "routers" if role == "router" else "access_points"
                yield source.fault(
                    f"serial number {device.serial} also stands in {serials[device.serial]}",
                    *at,
                    place,
                    number - 1,
                    "serial",
                )
            serials.setdefault(device.serial, entry.slug)


def _offices(files: Files) -> Iterator[InputError]:
    source, models = files.sources["offices"], files.models.models
    for index, entry in enumerate(files.offices.offices):
        at = ("offices", index)
        for role, number, device in entry.devices():
            place = "routers" if role == "router" else "access_points"
            where = (*at, place, number - 1)
            if device.model not in models:
                yield source.fault(
                    f"models.yaml has no '{device.model}'",
                    *where,
                    "model",
                    hint=f"it has: {', '.join(models)}",
                )
                continue
            for port in device.ports:
                if port not in models[device.model].ports:
                    yield source.fault(f"{device.model} has no port {port}", *where, "ports", port)
        if not entry.routers:
            yield source.fault(f"{entry.slug} has no router", *at)
        elif entry.routers[0].model in models:
            yield from _access_points(files, entry, index)


def _access_points(files: Files, entry: OfficeEntry, index: int) -> Iterator[InputError]:
    source = files.sources["offices"]
    router = entry.routers[0]
    ports = {**files.models.models[router.model].ports, **router.ports}
    hung = access_point_ports(entry, files.models.models)
    for number, _ in enumerate(entry.access_points, 1):
        where = ("offices", index, "access_points", number - 1)
        if number not in hung:
            yield source.fault(
                f"{router.model} has no free port for {entry.slug}-ap{number}",
                *where,
                hint="make one of its ports an access_point port: routers: ports: …",
            )
        elif ports.get(hung[number]) != "access_point":
            yield source.fault(f"port {hung[number]} is not for an access point", *where, "port")


def _uplinks(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    entries = {entry.slug: entry for entry in files.offices.offices}
    hub = files.offices.district.hub.rpartition("-rtr")[0]
    if hub not in entries:
        yield source.fault(
            f"the hub {files.offices.district.hub} is no router here", "district", "hub"
        )
        return
    for index, entry in enumerate(files.offices.offices):
        at = ("offices", index, "uplink")
        if (entry.uplink.kind == "dinkominfo") != (entry.slug == hub):
            yield source.fault("only the hub's uplink is 'dinkominfo', and it must be", *at)
        elif entry.slug != hub:
            yield from _uplink(files, entries, entry, at, hub)


def _uplink(
    files: Files,
    entries: dict[str, OfficeEntry],
    entry: OfficeEntry,
    at: tuple[str, int, str],
    hub: str,
) -> Iterator[InputError]:
    source = files.sources["offices"]
    target = entry.uplink.to or hub
    if target not in entries:
        yield source.fault(f"the uplink ends at {target}, which is no office", *at, "to")
        return
    if entry.uplink.kind == "internet":
        if target != hub:
            yield source.fault("a tunnel ends at the hub only", *at, "to")
        return
    far = entries[target]
    if far.routers and far.routers[0].model in files.models.models:
        ports = {**files.models.models[far.routers[0].model].ports, **far.routers[0].ports}
        if "downlink" not in ports.values():
            yield source.fault(f"{target} has no downlink port", *at, "to")
    seen = {entry.slug}
    while target != hub:
        if target in seen:
            yield source.fault(f"the uplinks run in a circle: {' → '.join([*seen, target])}", *at)
            return
        seen.add(target)
        following = entries.get(target)
        if following is None:
            return
        target = following.uplink.to or hub


def _lock(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    owners: dict[object, str] = {}
    for index, entry in enumerate(files.offices.offices):
        given = files.lock.offices.get(entry.code)
        if given is None:
            yield source.fault(f"{entry.slug} has no addresses", "offices", index, hint=ALLOCATE)
            continue
        missing = set(files.addressing.vlans) - set(given.vlans)
        needs_link = entry.uplink.kind in ("fiber", "radio") and given.link is None
        needs_tunnel = entry.uplink.kind == "internet" and given.tunnel is None
        short = len(entry.routers) > len(given.loopbacks)
        if missing or needs_link or needs_tunnel or short:
            yield source.fault(
                f"{entry.slug} lacks addresses in the lock", "offices", index, hint=ALLOCATE
            )
    lock = files.sources["addresses.lock"]
    for code, given in files.lock.offices.items():
        for value in (
            given.block,
            given.link,
            given.link_vlan,
            given.tunnel,
            *given.loopbacks.values(),
        ):
            if value is None:
                continue
            if value in owners:
                yield lock.fault(f"{value} is given to {owners[value]} too", "offices", code)
            owners.setdefault(value, code)
        for purpose, network in given.vlans.items():
            if not network.subnet_of(given.block):
                yield lock.fault(
                    f"{purpose} {network} is outside of {given.block}",
                    "offices",
                    code,
                    "vlans",
                    purpose,
                )
