"""Address pools and the lock of what was given out of them.

``allocate`` gives addresses to offices that have none and touches nobody else's: adding or
removing an office never renumbers another. What a removed office had stays reserved until it is
released by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Annotated, Any

import yaml
from pydantic import BaseModel, ConfigDict, Field

from sekayu_net.errors import InputError
from sekayu_net.inventory.district import Services

HEADER = "# Addresses given out. Written by `sekayu-net inventory allocate`; not for editing.\n"


class Strict(BaseModel):
    """A part of an inventory file: unknown keys are faults."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ServicesEntry(Strict):
    """What Dinkominfo runs; see ``district.Services``."""

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

    def value(self) -> Services:
        """As the rest of the toolkit sees it."""
        return Services(**{name: getattr(self, name) for name in ServicesEntry.model_fields})


class DinkominfoEntry(Strict):
    """The hub's own uplink: Dinkominfo has the first host address, the hub the second."""

    network: IPv4Network


class PoolsEntry(Strict):
    """Where addresses come from. ``office_prefix``: length of the block that an office gets."""

    offices: IPv4Network
    office_prefix: Annotated[int, Field(ge=16, le=28)]
    links: IPv4Network
    loopbacks: IPv4Network
    link_vlans: tuple[int, int]


class VlanEntry(Strict):
    """A VLAN that every office has; ``prefix`` is the length of its network."""

    id: Annotated[int, Field(ge=2, le=4094)]
    prefix: Annotated[int, Field(ge=16, le=30)]


class TunnelsEntry(Strict):
    """WireGuard to the hub; the hub has the first host address of ``network``."""

    network: IPv4Network
    endpoint: str
    port: Annotated[int, Field(ge=1, le=65535)]


class Addressing(Strict):
    """``addressing.yaml``."""

    services: ServicesEntry
    dinkominfo: DinkominfoEntry
    pools: PoolsEntry
    vlans: dict[str, VlanEntry]
    tunnels: TunnelsEntry
    settings: dict[str, Any] = {}


class OfficeAddresses(Strict):
    """What one office was given. ``loopbacks`` by the router's number."""

    block: IPv4Network
    vlans: dict[str, IPv4Network]
    loopbacks: dict[int, IPv4Address]
    link: IPv4Network | None = None
    link_vlan: int | None = None
    tunnel: IPv4Address | None = None


class Lock(Strict):
    """``addresses.lock.yaml``: by official code."""

    offices: dict[str, OfficeAddresses] = {}


def _first_free(candidates: Iterable[Any], taken: set[Any], what: str) -> Any:
    for candidate in candidates:
        if candidate not in taken:
            return candidate
    raise InputError(
        f"the pool of {what} is exhausted",
        hint="make the pool in addressing.yaml larger, or release addresses of closed offices",
    )


def office_networks(block: IPv4Network, vlans: dict[str, VlanEntry]) -> dict[str, IPv4Network]:
    """The VLANs' networks within an office's block, largest first so that none is cut."""
    given: dict[str, IPv4Network] = {}
    at = int(block.network_address)
    for purpose, vlan in sorted(vlans.items(), key=lambda item: item[1].prefix):
        given[purpose] = IPv4Network((at, vlan.prefix))
        at += given[purpose].num_addresses
        if at - 1 > int(block.broadcast_address):
            raise InputError(
                f"the VLANs do not fit into a block of /{block.prefixlen}",
                hint="make pools.office_prefix smaller or the VLANs' prefixes larger",
            )
    return {purpose: given[purpose] for purpose in vlans}


def allocate(
    addressing: Addressing,
    lock: Lock,
    offices: Sequence[tuple[str, str, int]],
    *,
    release: Iterable[str] = (),
) -> Lock:
    """A lock in which every office has what it needs.

    ``offices``: official code, kind of uplink, number of routers. ``release``: codes whose
    addresses may be given out again. ``InputError`` when a pool is exhausted.
    """
    pools = addressing.pools
    given = {code: had for code, had in lock.offices.items() if code not in set(release)}
    for code, uplink, routers in offices:
        had = given.get(code)
        others = [entry for other, entry in given.items() if other != code]
        block = (
            had.block
            if had
            else _first_free(
                pools.offices.subnets(new_prefix=pools.office_prefix),
                {entry.block for entry in others},
                "office blocks",
            )
        )
        loopbacks = dict(had.loopbacks) if had else {}
        used = {a for entry in others for a in entry.loopbacks.values()}
        for number in range(1, routers + 1):
            if number not in loopbacks:
                taken = used | set(loopbacks.values())
                loopbacks[number] = _first_free(pools.loopbacks.hosts(), taken, "loopbacks")
        link, vlan, tunnel = (had.link, had.link_vlan, had.tunnel) if had else (None, None, None)
        if uplink in ("fiber", "radio") and (link is None or vlan is None):
            link = _first_free(
                pools.links.subnets(new_prefix=30), {entry.link for entry in others}, "links"
            )
            first, last = pools.link_vlans
            vlan = _first_free(
                range(first, last + 1), {entry.link_vlan for entry in others}, "link VLANs"
            )
        if uplink == "internet" and tunnel is None:
            hub = addressing.tunnels.network.network_address + 1
            tunnel = _first_free(
                addressing.tunnels.network.hosts(),
                {hub, *(entry.tunnel for entry in others)},
                "tunnel addresses",
            )
        given[code] = OfficeAddresses(
            block=block,
            vlans=had.vlans
            if had and set(had.vlans) == set(addressing.vlans)
            else (office_networks(block, addressing.vlans)),
            loopbacks=loopbacks,
            link=link,
            link_vlan=vlan,
            tunnel=tunnel,
        )
    return Lock(offices=given)


def write_lock(file: Path, lock: Lock) -> None:
    """Replace the lock file in one step."""
    fresh = file.with_suffix(".new")
    data = lock.model_dump(mode="json", exclude_none=True)
    fresh.write_text(HEADER + yaml.safe_dump(data, sort_keys=True))
    fresh.replace(file)
