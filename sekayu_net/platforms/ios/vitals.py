"""What the checks ask of an IOS device: routes, neighbours, pools, clock, load. Changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.base import (
    AddressPool,
    DefaultRoute,
    Load,
    OspfNeighbor,
    PingResult,
    TimeSource,
)
from sekayu_net.platforms.ios.session import Session

_STAGE = "check"
_PING = re.compile(r"Success rate is \d+ percent \((\d+)/(\d+)\)")
_STATES = {"FULL": "Full", "2WAY": "2-Way", "EXSTART": "ExStart", "EXCHANGE": "Exchange",
           "LOADING": "Loading", "INIT": "Init", "DOWN": "Down", "ATTEMPT": "Attempt"}  # fmt: skip


def echo(session: Session, address: str, count: int) -> PingResult:
    """Echo requests, two seconds each at most."""
    text = session.ask(
        f"ping {address} repeat {count} timeout 2",
        stage=_STAGE,
        timeout=session.target.timeout + 2 * count,
    )
    match = _PING.search(text)
    if match is None:
        raise GarbledError("its ping has no statistics", host=session.host, stage=_STAGE)
    return PingResult(int(match[2]), int(match[1]))


def default_routes(session: Session) -> tuple[DefaultRoute, ...]:
    """Default routes: those in the routing table, and the static ones that wait behind them."""
    text = session.ask("show ip route", stage=_STAGE)
    active = list(_in_table(text))
    config = session.ask("show running-config | include ^ip route 0.0.0.0 0.0.0.0", stage=_STAGE)
    known = {route.gateway for route in active}
    waiting = [
        DefaultRoute(match[1], int(match[2] or 1), active=False)
        for match in re.finditer(
            r"^ip route 0\.0\.0\.0 0\.0\.0\.0 (?:[A-Z]\S+ )?(\d+\.\S+)(?: (\d+))?\b",
            config,
            re.MULTILINE,
        )
        if match[1] not in known
    ]
    return (*active, *waiting)


def _in_table(text: str) -> Iterator[DefaultRoute]:
    lines = text.splitlines()
    for number, line in enumerate(lines):
        match = re.match(r"^[A-Z]\S*\*?\S*\s.*?\b0\.0\.0\.0/0 \[(\d+)/\d+\] via ([\d.]+)", line)
        if match is None:
            continue
        yield DefaultRoute(match[2], int(match[1]), active=True)
        for further in lines[number + 1 :]:
            more = re.match(r"^\s+\[(\d+)/\d+\] via ([\d.]+)", further)
            if more is None:
                break
            yield DefaultRoute(more[2], int(more[1]), active=True)


def ospf_neighbors(session: Session) -> tuple[OspfNeighbor, ...]:
    """Neighbours of every OSPF process."""
    text = session.ask("show ip ospf neighbor", stage=_STAGE)
    return tuple(
        OspfNeighbor(m[1], m[3], _STATES.get(m[2], m[2]))
        for m in re.finditer(
            r"^(\d+\.\S+)\s+\d+\s+([A-Z0-9]+)/\s*\S+\s+\S+\s+(\d+\.\S+)\s+\S+", text, re.MULTILINE
        )
    )


def resolve(session: Session, name: str) -> str:
    """The address that the device's own resolver gives: IOS resolves what it is to ping."""
    text = session.ask(f"ping {name} repeat 1 timeout 1", stage=_STAGE)
    match = re.search(r"ICMP Echos to (\d+\.\d+\.\d+\.\d+)", text)
    return match[1] if match else ""


def address_pools(session: Session) -> tuple[AddressPool, ...]:
    """DHCP pools, where it is a server."""
    config = session.ask("show running-config | include ^ip dhcp pool", stage=_STAGE)
    if "ip dhcp pool" not in config:
        return ()
    text = session.ask("show ip dhcp pool", stage=_STAGE)
    found = []
    for block in re.split(r"(?m)^Pool ", text)[1:]:
        name = block.split()[0]
        total = re.search(r"Total addresses\s*: (\d+)", block)
        leased = re.search(r"Leased addresses\s*: (\d+)", block)
        if total is not None and leased is not None:
            found.append(AddressPool(name, int(total[1]), int(leased[1])))
    return tuple(found)


def time_source(session: Session) -> TimeSource:
    """What the clock follows."""
    text = session.ask("show ntp status", stage=_STAGE)
    first = text.strip().splitlines()[0].strip() if text.strip() else ""
    match = re.search(r"Clock is synchronized.*reference is (\S+)", text)
    if match is None:
        return TimeSource(synchronised=False, server="", state=first.rstrip(".")[:60])
    return TimeSource(synchronised=True, server=match[1], state="synchronized")


def load(session: Session) -> Load:
    """Processor (five seconds) and memory of the processor pool."""
    processes = session.ask("show processes cpu", stage=_STAGE)
    memory = session.ask("show memory statistics", stage=_STAGE)
    busy = re.search(r"five seconds: (\d+)%", processes)
    pool = re.search(r"^\s*Processor\s+\S+\s+(\d+)\s+(\d+)\s+(\d+)", memory, re.MULTILINE)
    if busy is None or pool is None:
        raise GarbledError("what it says of its load is not IOS's", host=session.host, stage=_STAGE)
    return Load(int(busy[1]), int(pool[1]), int(pool[3]))
