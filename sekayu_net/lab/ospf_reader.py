"""OSPF of one device as the network reads it: version 7's templates, version 6's networks.

Rows in, ``node`` values out; what they come to among devices is ``ospf``'s. Route filters of
version 6 are not read: its chains let everything by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sekayu_net.lab.node import Address, OspfInstance, OspfInterface
from sekayu_net.lab.rows import Row, State, enabled, is_on, networks, number, words

Found = tuple[dict[str, OspfInstance], tuple[OspfInterface, ...]]
_NONE = "0.0.0.0"  # noqa: S104 - an area or a router id, not an address to listen on
#: Words of version 6 for what version 7 calls otherwise.
_TYPES = {"point-to-point": "ptp", "default": "broadcast"}
_REDISTRIBUTED = ("connected", "static", "rip", "bgp")


def ospf(state: State, lists: Mapping[str, frozenset[str]], addresses: Sequence[Address]) -> Found:
    """Enabled instances by name, and on which interfaces they run."""
    if any(True for _ in enabled(state, "/routing ospf network")):
        return _of_6(state, addresses)
    return _of_7(state, lists)


def _of_7(
    state: State, lists: Mapping[str, frozenset[str]]
) -> tuple[dict[str, OspfInstance], tuple[OspfInterface, ...]]:
    ids = {row.get("name"): row.get("id") for row in enabled(state, "/routing id")}
    instances = {
        row.get("name"): OspfInstance(
            ids.get(row.get("router-id"), row.get("router-id")),
            frozenset(words(row.get("redistribute"))),
            row.get("originate-default") or "never",
            row.get("in-filter-chain"),
            row.get("out-filter-chain"),
        )
        for row in enabled(state, "/routing ospf instance")
        if (row.get("version") or "2") == "2" and (row.get("vrf") or "main") == "main"
    }
    areas = {
        row.get("name"): row
        for row in enabled(state, "/routing ospf area")
        if row.get("instance") in instances
    }
    found = []
    for row in enabled(state, "/routing ospf interface-template"):
        area = areas.get(row.get("area"))
        if area is None:
            continue
        chosen: set[str] = set()
        for word in words(row.get("interfaces")):
            chosen |= lists.get(word, frozenset({word}))
        found.append(
            OspfInterface(
                instance=area.get("instance"),
                area=area.get("area-id") or _NONE,
                area_name=area.get("name"),
                area_type=area.get("type") or "default",
                interfaces=frozenset(chosen),
                networks=networks(row.get("networks")),
                passive=is_on(row.get("passive")),
                type=row.get("type") or "broadcast",
                cost=number(row.get("cost"), 1),
                priority=number(row.get("priority"), 128),
                auth=(row.get("auth"), row.get("auth-id"), row.get("auth-key")),
                timers=(row.get("hello-interval"), row.get("dead-interval")),
                instance_id=row.get("instance-id") or "0",
            )
        )
    return instances, tuple(found)


def _of_6(state: State, addresses: Sequence[Address]) -> Found:
    instances = {
        row.get("name"): OspfInstance(
            row.get("router-id").replace(_NONE, ""),
            frozenset(
                word for word in _REDISTRIBUTED if (row.get(f"redistribute-{word}") or "no") != "no"
            ),
            _originates(row.get("distribute-default")),
            "",
            "",
        )
        for row in enabled(state, "/routing ospf instance")
    }
    areas = {
        row.get("name"): row
        for row in enabled(state, "/routing ospf area")
        if row.get("instance") in instances
    }
    rows = list(enabled(state, "/routing ospf interface"))
    settings = {row.get("interface") or "all": row for row in rows}
    found = []
    for row in enabled(state, "/routing ospf network"):
        area = areas.get(row.get("area"))
        if area is None:
            continue
        within = networks(row.get("network"))
        for address in addresses:
            if any(address.ip in network for network in within):
                own = settings.get(address.interface) or settings.get("all")
                found.append(_interface_of_6(area, address.interface, own))
    return instances, tuple(found)


def _originates(text: str) -> str:
    return text.removesuffix("-as-type-1").removesuffix("-as-type-2") or "never"


def _interface_of_6(area: Row, interface: str, row: Row | None) -> OspfInterface:
    def of(prop: str, default: str) -> str:
        return (row.get(prop) if row is not None else "") or default

    kind, auth = of("network-type", "broadcast"), of("authentication", "none")
    key = {
        "none": ("", "", ""),
        "simple": ("simple", "", of("authentication-key", "")),
        "md5": ("md5", of("authentication-key-id", "1"), of("authentication-key", "")),
    }[auth]
    return OspfInterface(
        instance=area.get("instance"),
        area=area.get("area-id") or _NONE,
        area_name=area.get("name"),
        area_type=area.get("type") or "default",
        interfaces=frozenset({interface}),
        networks=(),
        passive=is_on(of("passive", "no")),
        type=_TYPES.get(kind, kind),
        cost=number(of("cost", "10"), 10),
        priority=number(of("priority", "1"), 1),
        auth=key,
        timers=(of("hello-interval", "10s"), of("dead-interval", "40s")),
        instance_id=of("instance-id", "0"),
    )
