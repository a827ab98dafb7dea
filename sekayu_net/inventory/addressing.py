"""Address pools and the lock of what was given out of them.

``allocate`` gives addresses to offices that have none and touches nobody else's: adding or
removing an office never renumbers another. What a removed office had stays reserved until it is
released by name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import chain
from pathlib import Path
from typing import Annotated, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from sekayu_net import atomic
from sekayu_net.errors import InputError, UsageError
from sekayu_net.inventory.district import VLAN_PURPOSES, Services

Given = TypeVar("Given", int, IPv4Address, IPv4Network)

HEADER = "# Addresses given out. Written by `sekayu-net inventory allocate`; not for editing.\n"


_PURPOSES = frozenset(VLAN_PURPOSES)
#: As in IEEE 802.1Q; 1 is what a bridge calls untagged.
VlanId = Annotated[int, Field(ge=2, le=4094)]
#: Prefix length of a link network, where the inventory says nothing: two routers.
LINK_PREFIX = 30


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
    """Where addresses come from. ``office_prefix``: length of the block that an office gets.

    ``radios``: for the two long-distance radios of a radio link, which are kept an address each
    but not managed. ``link_prefix``: length of a link's network; a second hub needs 29 or shorter.
    """

    offices: IPv4Network
    office_prefix: Annotated[int, Field(ge=16, le=28)]
    links: IPv4Network
    loopbacks: IPv4Network
    radios: IPv4Network
    link_vlans: tuple[VlanId, VlanId]
    link_prefix: Annotated[int, Field(ge=24, le=30)] = LINK_PREFIX


class VlanEntry(Strict):
    """A VLAN that every office has; ``prefix`` is the length of its network."""

    id: VlanId
    prefix: Annotated[int, Field(ge=16, le=30)]


class VlansEntry(Strict):
    """The VLANs of every office, in the order of ``district.VLAN_PURPOSES``."""

    staff: VlanEntry
    service: VlanEntry
    public_wifi: VlanEntry
    iot: VlanEntry
    management: VlanEntry

    def by_purpose(self) -> dict[str, VlanEntry]:
        """Purpose → VLAN."""
        return {purpose: getattr(self, purpose) for purpose in VLAN_PURPOSES}


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
    vlans: VlansEntry
    tunnels: TunnelsEntry


_OCTETS = {str(number): number for number in range(256)}
_LENGTHS = {str(number): number for number in range(33)}


def _number(text: str) -> int:
    first, second, third, fourth = text.split(".")
    return _OCTETS[first] << 24 | _OCTETS[second] << 16 | _OCTETS[third] << 8 | _OCTETS[fourth]


def _address(said: object) -> object:
    """An address as `allocate` writes it; anything else is the validator's to judge."""
    with suppress(LookupError, ValueError):
        return IPv4Address(_number(said)) if isinstance(said, str) else said
    return said


def _network(said: object) -> object:
    """A network, likewise."""
    with suppress(LookupError, ValueError):
        if isinstance(said, str):
            address, length = said.split("/")
            return IPv4Network((_number(address), _LENGTHS[length]))
    return said


#: As the types that they are, read in half the time: a lock has hundreds of thousands.
Address = Annotated[IPv4Address, BeforeValidator(_address)]
Network = Annotated[IPv4Network, BeforeValidator(_network)]


class OfficeAddresses(Strict):
    """What one office was given. ``loopbacks`` by the router's number.

    ``radios``: the radio at the upstream end and the one at the office.
    """

    block: Network
    vlans: dict[str, Network]
    loopbacks: dict[int, Address]
    link: Network | None = None
    link_vlan: int | None = None
    tunnel: Address | None = None
    radios: tuple[Address, Address] | None = None


class Lock(Strict):
    """``addresses.lock.yaml``: by official code."""

    offices: dict[str, OfficeAddresses] = {}


@dataclass(frozen=True, slots=True)
class Demand:
    """What an office needs addresses for. ``routers`` are the numbers of its routers."""

    code: str
    uplink: str
    routers: tuple[int, ...]

    @property
    def link(self) -> bool:
        """A link network and its VLAN."""
        return self.uplink in ("fiber", "radio")

    @property
    def tunnel(self) -> bool:
        """An address in the tunnels' network."""
        return self.uplink == "internet"

    @property
    def radios(self) -> bool:
        """Addresses for the radios at both ends."""
        return self.uplink == "radio"

    def met_by(self, given: OfficeAddresses | None) -> bool:
        """Whether what an office was given is all that it needs."""
        return given is not None and not (
            not given.vlans.keys() >= _PURPOSES
            or not given.loopbacks.keys() >= set(self.routers)
            or (self.link and (given.link is None or given.link_vlan is None))
            or (self.tunnel and given.tunnel is None)
            or (self.radios and given.radios is None)
        )


def _exhausted(what: str) -> InputError:
    return InputError(
        f"the pool of {what} is exhausted",
        hint="make the pool in addressing.yaml larger, or release what closed offices had: "
        "sekayu-net inventory allocate --release CODE",
    )


def _giver(candidates: Iterator[Given], taken: Iterable[Given], what: str) -> Callable[[], Given]:
    """A function that gives the next free one. Candidates are walked once, whoever asks.

    What is ``taken`` is looked at when the first is asked for: mostly none is.
    """

    def untaken() -> Iterator[Given]:
        had = set(taken)
        yield from (candidate for candidate in candidates if candidate not in had)

    free = untaken()

    def give() -> Given:
        for candidate in free:
            return candidate
        raise _exhausted(what)

    return give


def span(of: IPv4Network | IPv4Address) -> tuple[int, int]:
    """The first and last address as numbers: quicker than the values themselves to compare."""
    if isinstance(of, IPv4Address):
        return int(of), int(of)
    first = int(of.network_address)
    return first, first + (1 << (32 - of.prefixlen)) - 1


def _free_blocks(
    pool: IPv4Network, prefix: int, taken: Iterable[IPv4Network]
) -> Iterator[IPv4Network]:
    """The networks of one length in a pool that overlap nothing taken, lowest first."""
    spans = sorted(map(span, taken))
    size, position = 2 ** (32 - prefix), 0
    lowest, highest = span(pool)
    for start in range(lowest, highest + 1, size):
        while position < len(spans) and spans[position][1] < start:
            position += 1
        if position == len(spans) or spans[position][0] > start + size - 1:
            yield IPv4Network((start, prefix))


def office_networks(
    block: IPv4Network, vlans: dict[str, VlanEntry], had: dict[str, IPv4Network]
) -> dict[str, IPv4Network]:
    """The VLANs' networks within an office's block. What it ``had`` stays as it is."""
    given = dict(had)
    # Largest first: a small network in front would break the alignment of a large one.
    for purpose, vlan in sorted(vlans.items(), key=lambda item: item[1].prefix):
        if purpose in given:
            continue
        free = next(_free_blocks(block, vlan.prefix, given.values()), None)
        if free is None or not free.subnet_of(block):
            raise InputError(
                f"the VLANs do not fit into {block}, the block of an office",
                hint="make pools.office_prefix smaller or the VLANs' prefixes larger",
            )
        given[purpose] = free
    return {purpose: given[purpose] for purpose in (*vlans, *(set(had) - set(vlans)))}


def allocate(
    addressing: Addressing,
    lock: Lock,
    demands: Sequence[Demand],
    *,
    release: Iterable[str] = (),
) -> Lock:
    """A lock in which every office has what it needs; what was given stays given.

    ``release``: codes of closed offices, whose addresses may be given out again. ``UsageError``
    for a code that still has its office or has no addresses, ``InputError`` when a pool is
    exhausted. Time grows with the number of offices, not with its square.
    """
    pools = addressing.pools
    needed = {demand.code for demand in demands}
    for code in release:
        if code in needed:
            raise UsageError(
                f"{code} is still in offices.yaml: releasing would renumber it",
                hint="take the office out first",
            )
        if code not in lock.offices:
            raise UsageError(f"{code} has no addresses to release")
    given = {code: had for code, had in lock.offices.items() if code not in set(release)}
    kept = list(given.values())
    hub = addressing.tunnels.network.network_address + 1
    first_vlan, last_vlan = pools.link_vlans
    blocks = _free_blocks(pools.offices, pools.office_prefix, (had.block for had in kept))
    block = _giver(blocks, (), "office blocks")
    loopback = _giver(
        pools.loopbacks.hosts(), (a for had in kept for a in had.loopbacks.values()), "loopbacks"
    )
    links = _free_blocks(pools.links, pools.link_prefix, (had.link for had in kept if had.link))
    link = _giver(links, (), "links")
    link_vlan = _giver(
        iter(range(first_vlan, last_vlan + 1)),
        (had.link_vlan for had in kept if had.link_vlan is not None),
        "link VLANs",
    )
    tunnel = _giver(
        addressing.tunnels.network.hosts(),
        chain([hub], (had.tunnel for had in kept if had.tunnel is not None)),
        "tunnel addresses",
    )
    radio = _giver(
        pools.radios.hosts(), (a for had in kept for a in had.radios or ()), "radio addresses"
    )
    vlans = addressing.vlans.by_purpose()
    for demand in demands:
        had = given.get(demand.code)
        if had is not None and demand.met_by(had):
            continue
        own = had.block if had else block()
        given[demand.code] = OfficeAddresses(
            block=own,
            vlans=office_networks(own, vlans, had.vlans if had else {}),
            loopbacks={
                **{number: loopback() for number in demand.routers if not _has(had, number)},
                **(had.loopbacks if had else {}),
            },
            link=(had and had.link) or (link() if demand.link else None),
            link_vlan=(had and had.link_vlan) or (link_vlan() if demand.link else None),
            tunnel=(had and had.tunnel) or (tunnel() if demand.tunnel else None),
            radios=(had and had.radios) or ((radio(), radio()) if demand.radios else None),
        )
    return Lock(offices=given)


def _has(had: OfficeAddresses | None, router: int) -> bool:
    return had is not None and router in had.loopbacks


def write_lock(file: Path, lock: Lock) -> None:
    """Replace the lock file in one step: after a power cut it is the old or the new one."""
    data = lock.model_dump(mode="json", exclude_none=True)
    try:
        atomic.write(file, HEADER + yaml.safe_dump(data, sort_keys=True))
    except OSError as error:
        raise InputError(
            f"can't be written: {error.strerror}",
            file=file,
            hint="nothing was given out; make room or check who owns the folder",
        ) from None


_ADDRESS = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.])")


def said_by(given: OfficeAddresses, texts: Mapping[str, str]) -> dict[str, str]:
    """Which of these texts (by host) say an address of an office, each with the first one."""
    single = [*given.loopbacks.values(), *(given.radios or ())]
    single += [given.tunnel] if given.tunnel else []
    networks = [given.block, *([given.link] if given.link else [])]
    networks += [IPv4Network(address) for address in single]
    found: dict[str, str] = {}
    for host, text in texts.items():
        for match in _ADDRESS.finditer(text):
            try:
                address = IPv4Address(match[0])
            except ValueError:
                continue  # a version, or a number of another kind
            if any(address in network for network in networks):
                found[host] = match[0]
                break
    return found
