"""What a RouterOS device tells of its services: the values that checks judge.

Each function asks one question in one exec request and reads the print with TextFSM (``tables``);
``driver`` offers them as ``base.Observer``. Whether what they tell is good enough is
``rollout.checks``'.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.base import (
    AddressPool,
    DefaultRoute,
    Load,
    OspfNeighbor,
    Radio,
    TimeSource,
)
from sekayu_net.platforms.routeros import tables
from sekayu_net.platforms.routeros.getters import moment
from sekayu_net.platforms.routeros.session import RefusedError, Session, literal, pairs

STAGE = "check"
#: How the console says that a menu is not there (reference, error texts).
_NO_MENU = re.compile(r"bad command name|expected command name|syntax error|no such command")
#: Radio menus; which of them a device has depends on version and package.
_RADIO_MENUS = ("/interface wifi", "/interface wifiwave2", "/interface wireless")
#: States of a radio on the air: ``wifi``, an access point and a station of ``wireless``.
_ON_AIR = ("running", "running-ap", "connected-to-ess")
_UNITS = {"K": 2**10, "M": 2**20, "G": 2**30}
_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def default_routes(session: Session) -> tuple[DefaultRoute, ...]:
    """Default routes of the main table. Quoted, for a bare prefix matches nothing."""
    answer = session.ask('/ip route print terse where dst-address="0.0.0.0/0"', stage=STAGE)
    return tuple(
        DefaultRoute(row["gateway"], int(row["distance"] or 0), "A" in row["flags"])
        for row in _table(session, "ip_route_print_terse", answer)
        if row["dst_address"] == "0.0.0.0/0" and row["table"] in ("", "main")
    )


def ospf_neighbors(session: Session) -> tuple[OspfNeighbor, ...]:
    """OSPF neighbours; none on a device without the routing package."""
    answer = _of_menu(session, "/routing ospf neighbor print terse")
    return tuple(
        OspfNeighbor(row["router_id"], row["address"], row["state"])
        for row in _table(session, "routing_ospf_neighbor_print_terse", answer)
    )


def resolve(session: Session, name: str) -> str:
    """The address that the device's resolver gives for a name; empty for a name it can't find.

    ``ValueError`` for what is no name.
    """
    if not _NAME.fullmatch(name):
        raise ValueError(f"{name!r} is no name")
    try:
        return session.ask(f":put [:resolve {literal(name)}]", stage=STAGE).strip()
    except RefusedError as error:
        if re.search(r"dns|resolve|timeout", error.words, re.IGNORECASE):
            return ""
        raise


def address_pools(session: Session) -> tuple[AddressPool, ...]:
    """Pools that an enabled DHCP server gives from. Leases are not listed: there may be many."""
    servers = _table(
        session,
        "ip_dhcp-server_print_terse",
        session.ask("/ip dhcp-server print terse", stage=STAGE),
    )
    wanted = {row["address_pool"] for row in servers if "X" not in row["flags"]}
    if not wanted - {"static-only", ""}:
        return ()
    answer = session.ask(
        "/ip pool print terse",
        ":foreach pool in=[/ip pool find] do={:local called [/ip pool get $pool name]; "
        ':put ("used=" . [/ip pool used print count-only where pool=$called] . " " . $called)}',
        stage=STAGE,
    )
    rows = _table(session, "ip_pool_print_terse", answer)
    used = {row["name"]: int(row["used"]) for row in rows if row["used"]}
    return tuple(
        AddressPool(row["name"], size(row["ranges"]), used.get(row["name"], 0))
        for row in rows
        if not row["used"] and row["name"] in wanted
    )


def size(ranges: str) -> int:
    """How many addresses ``10.0.0.2-10.0.0.9,10.0.1.0/28`` holds."""
    count = 0
    for part in filter(None, ranges.split(",")):
        if "/" in part:
            count += IPv4Network(part).num_addresses
            continue
        first, _, last = part.partition("-")
        count += int(IPv4Address(last or first)) - int(IPv4Address(first)) + 1
    return count


def radios(session: Session) -> tuple[Radio, ...]:
    """Radios that are switched on, of every radio menu that the device has."""
    found: list[Radio] = []
    for menu in _RADIO_MENUS:
        answer = _of_menu(
            session,
            f":foreach radio in=[{menu} find where disabled=no] do={{"
            f':put ("radio=" . [{menu} get $radio name]); {menu} monitor $radio once}}',
        )
        for row in _table(session, "interface_radio_monitor_once", answer):
            if row["name"]:
                state = row["state"] or "unknown"
                clients = int(row["clients"] or 0)
                found.append(Radio(row["name"], state in _ON_AIR, state, clients))
    return tuple(found)


def time_source(session: Session) -> TimeSource:
    """From the time client: its status, or in 6 without the ntp package whom it heard last."""
    answer = session.ask("/system ntp client print", stage=STAGE)
    (row,) = _table(session, "system_ntp_client_print", answer) or [{}]
    if row.get("enabled") != "yes":
        return TimeSource(False, "", "stopped")
    status = row["status"]
    if not status:
        server = row["last_update_from"]
        state = f"heard {row['last_update_before']} ago" if server else "waiting"
        return TimeSource(bool(server), server, state)
    return TimeSource(status == "synchronized", row["synced_server"], status)


def clock(session: Session) -> datetime | None:
    """Date and time with their offset from UTC; None when the device does not say them so.

    Source: RouterOS manual, Clock. The offset is ``+07:00`` where it is text, and a number of
    seconds (as ``:put`` of a number has it) where it is none.
    """
    said = pairs(
        session.ask(
            ':put ("date=" . [/system clock get date])',
            ':put ("time=" . [/system clock get time])',
            ':put ("offset=" . [/system clock get gmt-offset])',
            stage=STAGE,
        )
    )
    here = moment(f"{said.get('date')} {said.get('time')}")
    given = re.fullmatch(r"([+-]?)(?:(\d\d):(\d\d)|(\d+))", said.get("offset", ""))
    if here is None or given is None:
        return None
    sign, hours, minutes, seconds = given.groups()
    offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0))
    return here.replace(tzinfo=timezone(-offset if sign == "-" else offset))


def load(session: Session) -> Load:
    """Processor load and memory. ``GarbledError`` when the answer lacks one of them."""
    answer = session.ask("/system resource print", stage=STAGE)
    (row,) = _table(session, "system_resource_print", answer) or [{}]
    if not all(row.get(name) for name in ("cpu_load", "free_memory", "total_memory")):
        raise GarbledError(
            "its resources lack load or memory",
            host=session.host,
            stage=STAGE,
            hint="look at /system resource print on the device",
        )
    return Load(int(row["cpu_load"]), _bytes(row["total_memory"]), _bytes(row["free_memory"]))


def _bytes(text: str) -> int:
    """``858.3MiB`` as bytes."""
    number = float(re.sub(r"[^\d.]", "", text))
    return int(number * _UNITS.get(text.lstrip("0123456789.")[:1], 1))


def _of_menu(session: Session, command: str) -> str:
    """What a command prints; nothing where the device lacks the menu."""
    try:
        return session.ask(command, stage=STAGE)
    except RefusedError as error:
        if _NO_MENU.search(error.words):
            return ""
        raise


def _table(session: Session, template: str, answer: str) -> list[dict[str, str]]:
    try:
        return tables.rows(template, answer)
    except tables.UnknownLineError as error:
        raise GarbledError(
            f"a line of its answer is not understood ({template})",
            host=session.host,
            stage=STAGE,
            hint="try again; if it stays so, look at the device by hand",
        ) from error
