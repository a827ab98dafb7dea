"""Rows of RouterOS menus in the shapes of NAPALM's getters. Pure.

Rows come from ``session.rows`` (``print as-value``): values are text, flags ``true`` or ``false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from ipaddress import ip_interface
from typing import Any

from sekayu_net.platforms.base import PingResult
from sekayu_net.platforms.routeros import tables
from sekayu_net.platforms.routeros.session import Row

#: NAPALM's levels go from 0 to 15; RouterOS has groups.
_LEVELS = {"full": 15, "write": 10, "read": 1}


def _flag(row: Row, name: str) -> bool:
    return row.get(name) in ("true", "yes")


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"-?\d+", text) else -1


def _measure(text: str | None) -> float:
    """``24.1V``, ``40`` or ``3%`` without its unit; -1 for anything else."""
    match = re.match(r"-?\d+(?:\.\d+)?", text or "")
    return float(match.group()) if match else -1.0


def moment(text: str) -> datetime | None:
    """``2026-08-20 15:46:08``, or ``aug/20/2026 15:46:08`` before 7.10; None for neither."""
    for form in ("%Y-%m-%d %H:%M:%S", "%b/%d/%Y %H:%M:%S"):
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - compared within one device
        except ValueError:
            continue
    return None


def rates(answer: str) -> dict[str, str]:
    """Port to rate, from ``port=NAME`` lines, each followed by a ``monitor`` as a value."""
    found: dict[str, str] = {}
    port = None
    for line in answer.splitlines():
        if line.startswith("port="):
            port = line.removeprefix("port=")
        elif port is not None and (rate := re.search(r"(?:^|;)rate=([^;]+)", line)):
            found[port] = rate.group(1)
    return found


def with_comments(rows: Iterable[Row], answer: str) -> tuple[dict[str, str], ...]:
    """Rows of interfaces with the comments of ``answer``: ``name=`` and ``comment=`` lines."""
    comments: dict[str, str] = {}
    name = None
    for line in answer.splitlines():
        key, _, value = line.partition("=")
        if key == "name":
            name = value
        elif key == "comment" and name is not None:
            comments[name] = value
    return tuple({**row, "comment": comments.get(row.get("name", ""), "")} for row in rows)


def _speed(rate: str | None) -> float:
    """``1Gbps``, ``2.5Gbps``, ``100Mbps`` (7.17 on: ``1G-baseT-full``) in Mbit/s; else -1."""
    match = re.match(r"(\d+(?:\.\d+)?)([MG])", rate or "")
    return float(match.group(1)) * (1000 if match.group(2) == "G" else 1) if match else -1.0


def interfaces(
    rows: Iterable[Row], rates: Mapping[str, str] | None = None, now: datetime | None = None
) -> dict[str, dict[str, Any]]:
    """``get_interfaces``. ``rates`` by port; ``now`` on the device's clock, for the last flap."""
    return {
        row["name"]: {
            "is_up": _flag(row, "running"),
            "is_enabled": not _flag(row, "disabled"),
            "description": row.get("comment", ""),
            "last_flapped": _since_flap(row, now),
            "speed": _speed((rates or {}).get(row["name"])),
            "mtu": _number(row.get("actual-mtu") or row.get("mtu")),
            "mac_address": row.get("mac-address", ""),
        }
        for row in rows
        if "name" in row
    }


def _since_flap(row: Row, now: datetime | None) -> float:
    """Seconds since the link last went up or down; -1 when it never did or nobody knows."""
    times = [moment(row.get(f"last-link-{way}-time", "")) for way in ("up", "down")]
    known = [when for when in times if when is not None]
    if now is None or not known:
        return -1.0
    return max((now - max(known)).total_seconds(), 0.0)


def interfaces_counters(rows: Iterable[Row], ethernet: Iterable[Row]) -> dict[str, dict[str, int]]:
    """``get_interfaces_counters``; -1 for what is not counted.

    The kinds of frame are counted by Ethernet ports alone. Elsewhere every packet stands as
    unicast.
    """
    ports = {row["name"]: row for row in ethernet if "name" in row}
    found = {}
    for row in rows:
        if "name" not in row:
            continue
        counters: dict[str, int] = {}
        for way in ("tx", "rx"):
            port = ports.get(row["name"], {})
            packets = _number(row.get(f"{way}-packet"))
            multicast = _number(port.get(f"{way}-multicast"))
            broadcast = _number(port.get(f"{way}-broadcast"))
            unicast = _number(port.get(f"{way}-unicast"))
            if unicast < 0 and packets >= 0:
                unicast = max(packets - max(multicast, 0) - max(broadcast, 0), 0)
            drops = [_number(row.get(f"{way}-{word}")) for word in ("drop", "queue-drop")]
            known = [drop for drop in drops if drop >= 0]
            counters |= {
                f"{way}_errors": _number(row.get(f"{way}-error")),
                f"{way}_discards": sum(known) if known else -1,
                f"{way}_octets": _number(row.get(f"{way}-byte")),
                f"{way}_unicast_packets": unicast,
                f"{way}_multicast_packets": multicast,
                f"{way}_broadcast_packets": broadcast,
            }
        found[row["name"]] = counters
    return found


def interfaces_ip(rows: Iterable[Row]) -> dict[str, dict[str, dict[str, dict[str, int]]]]:
    """``get_interfaces_ip`` from the addresses of both families."""
    found: dict[str, dict[str, dict[str, dict[str, int]]]] = {}
    for row in rows:
        if _flag(row, "disabled") or "address" not in row:
            continue
        address = ip_interface(row["address"])
        name = row.get("actual-interface") or row.get("interface", "")
        family = found.setdefault(name, {}).setdefault(f"ipv{address.version}", {})
        family[str(address.ip)] = {"prefix_length": address.network.prefixlen}
    return found


def arp_table(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """``get_arp_table``. RouterOS tells no age: -1."""
    return [
        {
            "interface": row.get("interface", ""),
            "mac": row["mac-address"],
            "ip": row.get("address", ""),
            "age": -1.0,
        }
        for row in rows
        if row.get("mac-address")
    ]


def of_vrf(rows: Iterable[Row], vrfs: Iterable[Row], name: str) -> list[Row]:
    """The rows whose interface belongs to the VRF ``name``."""
    members = {
        interface
        for vrf in vrfs
        if vrf.get("name", vrf.get("routing-mark")) == name
        for interface in re.split(r"[,;]", vrf.get("interfaces", ""))
    }
    return [row for row in rows if row.get("interface") in members]


def ipv6_neighbors(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """``get_ipv6_neighbors_table``. RouterOS tells no age: -1."""
    return [
        {
            "interface": row.get("interface", ""),
            "mac": row["mac-address"],
            "ip": row.get("address", ""),
            "age": -1.0,
            "state": row.get("status", ""),
        }
        for row in rows
        if row.get("mac-address")
    ]


def mac_address_table(rows: Iterable[Row]) -> list[dict[str, Any]]:
    """``get_mac_address_table`` from the bridge's hosts."""
    return [
        {
            "mac": row["mac-address"],
            "interface": row.get("on-interface") or row.get("interface", ""),
            "vlan": max(_number(row.get("vid")), 0),
            "static": not _flag(row, "dynamic"),
            "active": not _flag(row, "invalid"),
            "moves": -1,
            "last_move": -1.0,
        }
        for row in rows
        if row.get("mac-address")
    ]


def lldp_neighbors(rows: Iterable[Row]) -> dict[str, list[dict[str, str]]]:
    """``get_lldp_neighbors`` from ``/ip neighbor`` (which hears MNDP and CDP too)."""
    found: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        local = row.get("interface", "").split(",")[0]
        found.setdefault(local, []).append(
            {"hostname": row.get("identity", ""), "port": row.get("interface-name", "")}
        )
    return found


def lldp_neighbors_detail(
    rows: Iterable[Row], interface: str = ""
) -> dict[str, list[dict[str, Any]]]:
    """``get_lldp_neighbors_detail``; ``interface``: of this local one only.

    A neighbor that tells no description of its system gets one from platform, version and board.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        local, _, parent = row.get("interface", "").partition(",")
        if interface and local != interface:
            continue
        made = " ".join(row[word] for word in ("platform", "version", "board") if row.get(word))
        found.setdefault(local, []).append(
            {
                "parent_interface": parent.partition(",")[0],
                "remote_port": row.get("interface-name", ""),
                "remote_port_description": row.get("interface-name", ""),
                "remote_chassis_id": row.get("mac-address", ""),
                "remote_system_name": row.get("identity", ""),
                "remote_system_description": row.get("system-description") or made,
                "remote_system_capab": _words(row.get("system-caps")),
                "remote_system_enable_capab": _words(row.get("system-caps-enabled")),
            }
        )
    return found


def _words(text: str | None) -> list[str]:
    return [word for word in re.split(r"[,;\s]+", text or "") if word]


def environment(health: Sequence[Row], processors: Iterable[Row], resource: Row) -> dict[str, Any]:
    """``get_environment``. RouterOS tells no thresholds and no capacities: False and -1.

    Health is a list of name and value from RouterOS 7 on, and one row of settings before.
    """
    values = {row["name"]: row.get("value", "") for row in health if "name" in row}
    if not values and health:
        values = dict(health[0])
    total, free = _number(resource.get("total-memory")), _number(resource.get("free-memory"))
    loads = [_measure(row.get("load")) for row in processors if "load" in row]
    fans: dict[str, dict[str, bool]] = {}
    temperatures: dict[str, dict[str, float | bool]] = {}
    power: dict[str, dict[str, float | bool]] = {}
    for name, value in values.items():
        if fan := re.fullmatch(r"(fan\d*)-speed", name):
            fans[fan.group(1)] = {"status": _measure(value) > 0}
        elif name.endswith("temperature") and _measure(value) != -1:
            temperatures[name] = {
                "temperature": _measure(value),
                "is_alert": False,
                "is_critical": False,
            }
        elif supply := re.fullmatch(r"(psu\d*)-(state|voltage)", name):
            good = value == "ok" if supply.group(2) == "state" else _measure(value) > 0
            known = power.get(supply.group(1), {"status": True})
            power[supply.group(1)] = {
                "status": known["status"] and good,
                "output": -1.0,
                "capacity": -1.0,
            }
    return {
        "fans": fans,
        "temperature": temperatures,
        "power": power,
        "cpu": {
            number: {"%usage": load}
            for number, load in enumerate(loads or [_measure(resource.get("cpu-load"))])
        },
        "memory": {
            "available_ram": total,
            "used_ram": total - free if total >= 0 and free >= 0 else -1,
        },
    }


def users(rows: Iterable[Row], keys: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """``get_users``; a device never tells passwords."""
    public: dict[str, list[str]] = {}
    for key in keys:
        if text := key.get("key") or key.get("key-owner"):
            public.setdefault(key.get("user", ""), []).append(text)
    return {
        row["name"]: {
            "level": _LEVELS.get(row.get("group", ""), 1),
            "password": "",
            "sshkeys": public.get(row["name"], []),
        }
        for row in rows
        if "name" in row
    }


def ntp_servers(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """``get_ntp_servers`` from the client's settings and its menu of servers (7, else 6)."""
    servers: dict[str, dict[str, Any]] = {}
    for row in rows:
        for name in ("address", "servers", "primary-ntp", "secondary-ntp", "server-dns-names"):
            for server in re.split(r"[,;\s]+", row.get(name, "")):
                if server and server not in ("0.0.0.0", "::"):  # noqa: S104 - "none", no bind
                    servers[server] = {}
    return servers


def ping_result(output: str) -> PingResult | None:
    """The last line of statistics: ``sent=3 received=3 packet-loss=0% …``; None without."""
    return _counted(tables.rows("ping", output))


def _counted(rows: Iterable[Row]) -> PingResult | None:
    found = [row for row in rows if row["sent"]]
    return PingResult(int(found[-1]["sent"]), int(found[-1]["received"])) if found else None


def ping(output: str) -> dict[str, Any]:
    """NAPALM's ``ping``. Times in milliseconds; a row that complains is no echo."""
    rows = tables.rows("ping", output)
    counted = _counted(rows)
    if counted is None:
        return {"error": "no statistics in the answer"}
    echoes = [row for row in rows if row["time"] and row["status"] in ("", "echo reply")]
    results = [{"ip_address": row["host"], "rtt": _milliseconds(row["time"])} for row in echoes]
    times = [_milliseconds(row["time"]) for row in echoes]
    mean = sum(times) / len(times) if times else 0.0
    spread = (sum((time - mean) ** 2 for time in times) / len(times)) ** 0.5 if times else 0.0
    return {
        "success": {
            "probes_sent": counted.sent,
            "packet_loss": counted.sent - counted.received,
            "rtt_min": min(times, default=0.0),
            "rtt_max": max(times, default=0.0),
            "rtt_avg": mean,
            "rtt_stddev": spread,
            "results": results,
        }
    }


def _milliseconds(text: str) -> float:
    """``157ms``, ``1ms230us``, ``1s20ms``; 0 for anything else."""
    units = {"s": 1000.0, "ms": 1.0, "us": 0.001}
    parts = re.findall(r"(\d+)(ms|us|s)", text)
    return sum(int(number) * units[unit] for number, unit in parts)
