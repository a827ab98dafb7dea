"""Rows of RouterOS menus in the shapes of NAPALM's getters. Pure.

Rows come from ``session.rows`` (``print as-value``): values are text, flags ``true`` or ``false``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from ipaddress import ip_interface
from typing import Any

from sekayu_net.platforms.base import PingResult
from sekayu_net.platforms.routeros.session import Row

#: NAPALM's levels go from 0 to 15; RouterOS has groups.
_LEVELS = {"full": 15, "write": 10, "read": 1}


def _flag(row: Row, name: str) -> bool:
    return row.get(name) in ("true", "yes")


def interfaces(rows: Iterable[Row]) -> dict[str, dict[str, Any]]:
    """``get_interfaces``. Speed and the last flap are not in this menu: -1."""
    return {
        row["name"]: {
            "is_up": _flag(row, "running"),
            "is_enabled": not _flag(row, "disabled"),
            "description": row.get("comment", ""),
            "last_flapped": -1.0,
            "speed": -1.0,
            "mtu": _number(row.get("actual-mtu") or row.get("mtu")),
            "mac_address": row.get("mac-address", ""),
        }
        for row in rows
        if "name" in row
    }


def _number(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"-?\d+", text) else -1


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
    found = re.findall(r"sent=(\d+)\s+received=(\d+)", output)
    return PingResult(int(found[-1][0]), int(found[-1][1])) if found else None


def ping(output: str, size: int) -> dict[str, Any]:
    """NAPALM's ``ping``. Times in milliseconds."""
    counted = ping_result(output)
    if counted is None:
        return {"error": "no statistics in the answer"}
    times = [
        _milliseconds(match.group(1))
        for match in re.finditer(r"^\s*\d+\s+\S+\s+\d+\s+\d+\s+(\S+)", output, re.MULTILINE)
    ]
    address = re.findall(r"^\s*\d+\s+(\S+)\s", output, re.MULTILINE)
    host = address[0] if address else ""
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
            "results": [{"ip_address": host, "rtt": time} for time in times],
            "size": size,
        }
    }


def _milliseconds(text: str) -> float:
    """``157ms``, ``1ms230us``, ``1s20ms``; 0 for anything else."""
    units = {"s": 1000.0, "ms": 1.0, "us": 0.001}
    parts = re.findall(r"(\d+)(ms|us|s)", text)
    return sum(int(number) * units[unit] for number, unit in parts)
