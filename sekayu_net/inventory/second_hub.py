"""A second router in the hub's office: what it needs, and who depends on the first all the same.

It stands on the same segment towards Dinkominfo and at the upper end of every fiber and radio link,
downlink port by downlink port. Tunnels end at the first alone.
"""

from __future__ import annotations

from collections.abc import Iterator

from sekayu_net.errors import InputError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import Files, OfficeEntry, effective_ports

#: A link's network must hold three routers and a virtual one.
MAX_PREFIX = 29


def second_hub_faults(files: Files, hub: str | None) -> Iterator[InputError]:
    """Why a second hub can't do its work. ``hub`` is the slug of the hub's office."""
    source = files.sources["offices"]
    place = next((n for n, e in enumerate(files.offices.offices) if e.slug == hub), None)
    if place is None or len(files.offices.offices[place].routers) < 2:
        return
    office = files.offices.offices[place]
    at = ("offices", place, "routers")
    if len(office.routers) > 2:
        yield source.fault("a hub's office has two routers at most", *at, 2)
    if any(router.model not in files.models.models for router in office.routers):
        return
    first, second = (effective_ports(router, files.models.models) for router in office.routers[:2])
    wanted, have = (list(ports.values()).count("downlink") for ports in (first, second))
    if have < wanted:
        yield source.fault(
            f"the second hub has {have} downlink ports, the first has {wanted}",
            *at,
            1,
            hint="give it one for each: ports: {PORT: downlink}",
        )
    dinkominfo = files.addressing.dinkominfo.network
    if dinkominfo.prefixlen > MAX_PREFIX:
        yield files.sources["addressing"].fault(
            f"{dinkominfo} has no address for a second hub",
            "dinkominfo",
            "network",
            hint=f"ask Dinkominfo for a /{MAX_PREFIX}",
        )
    yield from _narrow(files, office.slug)


def _narrow(files: Files, hub: str) -> Iterator[InputError]:
    for entry in files.offices.offices:
        given = files.lock.offices.get(entry.code)
        if given is None or given.link is None or not _at_hub(entry, hub):
            continue
        if given.link.prefixlen > MAX_PREFIX:
            yield files.sources["addresses.lock"].fault(
                f"the link {given.link} of {entry.slug} has no address for a second hub",
                "offices",
                entry.code,
                "link",
                hint=f"set pools.link_prefix to {MAX_PREFIX}, take the office's `link:` out of the "
                "lock, then: sekayu-net inventory allocate. Both ends change as one",
            )


def _at_hub(entry: OfficeEntry, hub: str) -> bool:
    return entry.uplink.kind in ("fiber", "radio") and (entry.uplink.to or hub) == hub


def notes(district: District) -> list[str]:
    """What is no fault and should be known: who is not reached when the first hub is down."""
    if district.second_hub is None:
        return []
    alone = [office.slug for office in district.offices.values() if office.tunnel is not None]
    if not alone:
        return []
    return [
        (
            f"{district.second_hub.name} takes over for fiber and radio offices; tunnels end at "
            f"{district.hub} alone: {', '.join(alone)}"
        )
    ]
