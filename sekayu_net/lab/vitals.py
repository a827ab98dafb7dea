"""Whether a device's services do their work: radios on the air, the time, addresses in use.

Layout as in the manual (NTP, Wi-Fi, "Wireless Interface", IP pools). How many users there are is
``sensors.Sensors``'; rows of other live menus are ``live``'s.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

from sekayu_net.lab.console.values import Id, Value
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.state import Item
from sekayu_net.lab.views import View

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: Modes of ``/interface wireless`` in which a radio looks for an access point.
_STATIONS = ("station", "station-bridge", "station-wds", "station-pseudobridge")
#: Bytes of every device.
MEMORY = 1_073_741_824


def free_memory(device: LabDevice) -> int:
    """In bytes."""
    used = device.faults.memory_used
    return device.sensors.free_memory if used is None else MEMORY * (100 - used) // 100


def cpu_load(device: LabDevice) -> int:
    """The mean of all processors, in percent."""
    loads = device.sensors.loads
    told = device.faults.cpu_load
    return sum(loads) // len(loads) if told is None else told


def radio(device: LabDevice, item: Item) -> dict[str, Value]:
    """``monitor … once`` of one radio: ``state`` of a ``wifi`` one, ``status`` of a ``wlan``."""
    told = device.sensors.radios.get(item.name)
    if device.faults.radios_off and not item.disabled:
        told = "detecting-radar"
    if item.menu.path == "/interface wireless":
        usual = "searching-for-network" if item.get("mode") in _STATIONS else "running-ap"
        status = told or ("disabled" if item.disabled else usual)
        row: dict[str, Value] = {"status": status}
        if status == "running-ap":
            row |= {
                "channel": "2437/20/gn",
                "wireless-protocol": "802.11",
                "noise-floor": "-104dBm",
                "registered-clients": 0,
                "authenticated-clients": 0,
            }
        return row
    state = told or ("disabled" if item.disabled else "running")
    if state != "running":
        return {"state": state}
    return {
        "state": state,
        "channel": "2437/ax/Ce",
        "registered-peers": 0,
        "authorized-peers": 0,
        "tx-power": 16,
    }


def time_client(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    """What ``/system ntp client`` shows besides its settings."""
    on = item.get("enabled") == "yes"
    synchronised = on and device.clock.synchronised and not device.faults.no_time
    source = next(iter(device.time_servers()), "")
    if not at_least(device.version, "7"):
        # SNTP of 6 has no status: what was last heard of whom is all that it tells.
        heard: dict[str, Value] = {"dynamic-servers": "", "poll-interval": "15m"} if on else {}
        if on:
            heard["active-server"] = source
        if synchronised:
            heard |= {
                "last-update-from": source,
                "last-update-before": "4m7s540ms",
                "last-adjustment": "1ms786us",
            }
        return heard, ()
    values: dict[str, Value] = {
        "freq-drift": "0 PPM",
        "status": "synchronized" if synchronised else "waiting" if on else "stopped",
    }
    if synchronised:
        values |= {"synced-server": source, "synced-stratum": 2, "system-offset": "0.42 ms"}
    return values, ()


def pool_size(ranges: str) -> int:
    """How many addresses the ranges of a pool hold."""
    return sum(last - first + 1 for first, last in _ranges(ranges))


def _ranges(ranges: str) -> Iterator[tuple[int, int]]:
    for part in ranges.split(","):
        first, _, last = part.partition("-")
        yield int(IPv4Address(first)), int(IPv4Address(last or first))


def _held(device: LabDevice) -> Iterator[tuple[str, str, str]]:
    """Pool, address and hardware address of every host that holds one."""
    for pool in device.state.rows("/ip pool"):
        left = device.sensors.clients.get(pool.name, 0)
        if device.faults.pools_used is not None:
            left = pool_size(pool.get("ranges")) * device.faults.pools_used // 100
        for first, last in _ranges(pool.get("ranges")):
            for number in range(first, min(last, first + left - 1) + 1):
                address = str(IPv4Address(number))
                digest = hashlib.sha256(f"{device.name} {address}".encode()).hexdigest()[:10]
                pairs = [digest[at : at + 2].upper() for at in range(0, 10, 2)]
                yield pool.name, address, ":".join(["02", *pairs])
            left = max(left - (last - first + 1), 0)


def pool_used(device: LabDevice) -> list[View]:
    """``/ip pool used``."""
    return [
        View(
            Id(f"*{number:X}"),
            None,
            {"pool": pool, "address": address, "owner": "DHCP", "info": mac},
        )
        for number, (pool, address, mac) in enumerate(_held(device), 1)
    ]


def leases(device: LabDevice) -> list[View]:
    """Dynamic rows of ``/ip dhcp-server lease``."""
    servers = {row.get("address-pool"): row.name for row in device.state.rows("/ip dhcp-server")}
    return [
        View(
            Id(f"*{0x80000000 + number:X}"),
            None,
            {
                "address": address,
                "mac-address": mac,
                "server": servers[pool],
                "status": "bound",
                "last-seen": "2m11s",
            },
            frozenset({"dynamic"}),
        )
        for number, (pool, address, mac) in enumerate(_held(device))
        if pool in servers
    ]
