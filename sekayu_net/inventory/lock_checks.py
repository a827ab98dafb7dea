"""Whether the lock of addresses is complete and free of contradictions, with file and line.

Giving addresses out is ``addressing``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.errors import InputError
from sekayu_net.inventory.addressing import OfficeAddresses, span
from sekayu_net.inventory.offices import Files

ALLOCATE = "give them out: sekayu-net inventory allocate"
MEND = "put back the lock file from git; it is not for editing"
#: A network, or an address that is one of its own.
Given = IPv4Network | IPv4Address
#: One of the lock, with its keys in the file.
Place = tuple[tuple[str, ...], Given]


def lock_faults(files: Files) -> Iterator[InputError]:
    """Every fault of the lock: what lacks, what is given twice, what lies outside its pool."""
    yield from _lacking(files)
    yield from _outside(files)
    yield from _overlaps(files)
    yield from _link_vlans(files)


def _lacking(files: Files) -> Iterator[InputError]:
    source = files.sources["offices"]
    for index, entry in enumerate(files.offices.offices):
        given = files.lock.offices.get(entry.code)
        if given is None:
            yield source.fault(f"{entry.slug} has no addresses", "offices", index, hint=ALLOCATE)
        elif not entry.demand.met_by(given):
            yield source.fault(
                f"{entry.slug} lacks addresses in the lock", "offices", index, hint=ALLOCATE
            )


def _networks(given: OfficeAddresses) -> Iterator[tuple[tuple[str, ...], str, Given]]:
    """Keys below the office, pool and network of all that an office was given."""
    yield ("block",), "offices", given.block
    for number, loopback in given.loopbacks.items():
        yield ("loopbacks", str(number)), "loopbacks", loopback
    if given.link is not None:
        yield ("link",), "links", given.link
    if given.tunnel is not None:
        yield ("tunnel",), "tunnels", given.tunnel
    for index, radio in enumerate(given.radios or ()):
        yield ("radios", str(index)), "radios", radio


def _outside(files: Files) -> Iterator[InputError]:
    lock, addressing = files.sources["addresses.lock"], files.addressing
    pools = {
        "offices": addressing.pools.offices,
        "links": addressing.pools.links,
        "loopbacks": addressing.pools.loopbacks,
        "radios": addressing.pools.radios,
        "tunnels": addressing.tunnels.network,
    }
    spans = {name: span(pool) for name, pool in pools.items()}
    hub: IPv4Address = addressing.tunnels.network.network_address + 1
    for code, given in files.lock.offices.items():
        for keys, pool, network in _networks(given):
            if not _within(span(network), spans[pool]):
                yield lock.fault(
                    f"{_plain(network)} is outside of its pool {pools[pool]}",
                    "offices",
                    code,
                    *keys,
                    hint="a pool may be made larger, never moved",
                )
        if given.tunnel == hub:
            yield lock.fault(f"{hub} is the hub's own", "offices", code, "tunnel", hint=MEND)
        block = span(given.block)
        for purpose, network in given.vlans.items():
            if not _within(span(network), block):
                yield lock.fault(
                    f"{purpose} {network} is outside of the office's block {given.block}",
                    "offices",
                    code,
                    "vlans",
                    purpose,
                    hint=MEND,
                )


def _within(inner: tuple[int, int], outer: tuple[int, int]) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _overlaps(files: Files) -> Iterator[InputError]:
    """What is given twice: among offices, and among the VLANs of one."""
    yield from _colliding(
        files,
        [
            (("offices", code, *keys), network)
            for code, given in files.lock.offices.items()
            for keys, _, network in _networks(given)
        ],
    )
    for code, given in files.lock.offices.items():
        yield from _colliding(
            files, [(("offices", code, "vlans", name), net) for name, net in given.vlans.items()]
        )


def _colliding(files: Files, places: Sequence[Place]) -> Iterator[InputError]:
    """Overlaps, found by walking the networks in the order of their addresses."""
    lock = files.sources["addresses.lock"]
    widest, end = -1, -1
    spans = (span(network) for _, network in places)
    # Of those that begin alike the widest comes first, then the first in the file.
    for first, minus_last, at in sorted((s[0], -s[1], at) for at, s in enumerate(spans)):
        if first <= end:
            (keys, network), (other_keys, wide) = places[at], places[widest]
            other = " ".join(other_keys[1:])
            yield lock.fault(
                f"{_plain(network)} is given twice: {other} has {_plain(wide)}",
                *keys,
                hint=MEND,
            )
        if -minus_last > end:
            widest, end = at, -minus_last


def _plain(network: Given) -> str:
    """Without the length of a network that is one address."""
    return str(network).removesuffix("/32")


def _link_vlans(files: Files) -> Iterator[InputError]:
    lock = files.sources["addresses.lock"]
    first, last = files.addressing.pools.link_vlans
    owners: dict[int, str] = {}
    for code, given in files.lock.offices.items():
        if given.link_vlan is None:
            continue
        at = ("offices", code, "link_vlan")
        if given.link_vlan in owners:
            yield lock.fault(
                f"link VLAN {given.link_vlan} is given twice: {owners[given.link_vlan]} has it",
                *at,
                hint=MEND,
            )
        if not first <= given.link_vlan <= last:
            yield lock.fault(
                f"link VLAN {given.link_vlan} is outside of {first} to {last}",
                *at,
                hint="a pool may be made larger, never moved",
            )
        owners.setdefault(given.link_vlan, code)
