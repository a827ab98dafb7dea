"""Whether the lock of addresses is complete and free of contradictions, with file and line.

Giving addresses out is ``addressing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.errors import InputError
from sekayu_net.inventory.addressing import OfficeAddresses
from sekayu_net.inventory.offices import Files

ALLOCATE = "give them out: sekayu-net inventory allocate"
MEND = "put back the lock file from git; it is not for editing"
#: A network of the lock: first and last address as numbers, keys in the file, the network.
Span = tuple[int, int, tuple[str, ...], IPv4Network]


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


def _networks(given: OfficeAddresses) -> Iterator[tuple[tuple[str, ...], str, IPv4Network]]:
    """Keys below the office, pool and network of all that an office was given."""
    yield ("block",), "offices", given.block
    for number, loopback in given.loopbacks.items():
        yield ("loopbacks", str(number)), "loopbacks", IPv4Network(loopback)
    if given.link is not None:
        yield ("link",), "links", given.link
    if given.tunnel is not None:
        yield ("tunnel",), "tunnels", IPv4Network(given.tunnel)
    for index, radio in enumerate(given.radios or ()):
        yield ("radios", str(index)), "radios", IPv4Network(radio)


def _outside(files: Files) -> Iterator[InputError]:
    lock, addressing = files.sources["addresses.lock"], files.addressing
    pools = {
        "offices": addressing.pools.offices,
        "links": addressing.pools.links,
        "loopbacks": addressing.pools.loopbacks,
        "radios": addressing.pools.radios,
        "tunnels": addressing.tunnels.network,
    }
    hub: IPv4Address = addressing.tunnels.network.network_address + 1
    for code, given in files.lock.offices.items():
        for keys, pool, network in _networks(given):
            if not network.subnet_of(pools[pool]):
                yield lock.fault(
                    f"{_plain(network)} is outside of its pool {pools[pool]}",
                    "offices",
                    code,
                    *keys,
                    hint="a pool may be made larger, never moved",
                )
        if given.tunnel == hub:
            yield lock.fault(f"{hub} is the hub's own", "offices", code, "tunnel", hint=MEND)
        for purpose, network in given.vlans.items():
            if not network.subnet_of(given.block):
                yield lock.fault(
                    f"{purpose} {network} is outside of the office's block {given.block}",
                    "offices",
                    code,
                    "vlans",
                    purpose,
                    hint=MEND,
                )


def _overlaps(files: Files) -> Iterator[InputError]:
    """What is given twice: among offices, and among the VLANs of one."""
    yield from _colliding(
        files,
        [
            _span(("offices", code, *keys), network)
            for code, given in files.lock.offices.items()
            for keys, _, network in _networks(given)
        ],
    )
    for code, given in files.lock.offices.items():
        vlans = given.vlans.items()
        yield from _colliding(
            files, [_span(("offices", code, "vlans", purpose), net) for purpose, net in vlans]
        )


def _span(keys: tuple[str, ...], network: IPv4Network) -> Span:
    return int(network.network_address), int(network.broadcast_address), keys, network


def _colliding(files: Files, spans: list[Span]) -> Iterator[InputError]:
    """Overlaps, found by walking the networks in the order of their addresses."""
    lock = files.sources["addresses.lock"]
    widest: Span | None = None
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if widest is not None and span[0] <= widest[1]:
            other = " ".join(widest[2][1:])
            yield lock.fault(
                f"{_plain(span[3])} is given twice: {other} has {_plain(widest[3])}",
                *span[2],
                hint=MEND,
            )
        if widest is None or span[1] > widest[1]:
            widest = span


def _plain(network: IPv4Network) -> str:
    return str(network.network_address if network.prefixlen == 32 else network)


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
