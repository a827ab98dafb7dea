"""Menus that show what is, not what was configured; and what configured rows show besides.

``views`` gives the rows of any menu. Editing them, where that can be done at all, is ``edit``'s
or ``console.special``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sekayu_net.lab import firmware, interfaces, sensors, vitals
from sekayu_net.lab.console.grammar import LIVE
from sekayu_net.lab.console.values import Id, Time, Value
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.state import Item
from sekayu_net.lab.values import format_time
from sekayu_net.lab.views import View, of_item

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: What the bundle of version 6 holds.
_PACKAGES_OF_6 = ("system", "advanced-tools", "dhcp", "hotspot", "ipv6", "mpls", "ppp", "routing",
                  "security", "wireless")  # fmt: skip
#: The time of building, before 7.13 and from then on.
_BUILT = ("Jan/01/2022 00:00:00", "2025-01-01 00:00:00")
_SINGLES = frozenset(
    {"/system resource", "/system routerboard", "/system license", "/system device-mode",
     "/safe-mode"}
)  # fmt: skip
#: What device-mode's modes allow (manual, device-mode).
_DEVICE_MODES = {
    "home": {"scheduler": False, "fetch": False, "email": False, "romon": False, "hotspot": False,
             "proxy": False, "socks": False, "container": False, "zerotier": False},
    "basic": {"scheduler": True, "fetch": True, "email": True, "romon": True, "hotspot": True,
              "proxy": True, "socks": False, "container": False, "zerotier": True},
    "advanced": {"scheduler": True, "fetch": True, "email": True, "romon": True, "hotspot": True,
                 "proxy": True, "socks": True, "container": False, "zerotier": True},
}  # fmt: skip


def is_single(device: LabDevice, menu: str) -> bool:
    """Whether a menu has one row without an id."""
    known = device.schema.menus.get(menu)
    if menu == "/system health":
        return not at_least(device.version, "7.0")
    return menu in _SINGLES or (known is not None and known.kind == "settings")


def columns(device: LabDevice, menu: str) -> tuple[str, ...]:
    """The columns of ``print``; empty when it shows everything."""
    found = device.schema.columns.get(menu)
    if found is not None:
        return found
    known = device.schema.menus.get(menu)
    if known is None:
        return ()
    names = list(dict.fromkeys([*known.key, *known.required]))
    return tuple(name for name in names if name in known.properties) or tuple(known.properties)[:4]


def with_counters(device: LabDevice, menu: str, rows: list[View]) -> tuple[str, ...]:
    """Give rows what ``print stats`` counts; its columns, none where nothing is counted."""
    counted = sensors.BY_MENU.get(menu, ())
    for view in rows:
        view.extra.update(device.sensors.count(view.text("name"), counted))
    return ("name", *counted) if counted else ()


def views(device: LabDevice, menu: str) -> list[View]:
    """The rows of a menu, dynamic ones included."""
    maker = _LIVE.get(menu)
    if maker is not None:
        return maker(device)
    known = device.schema.menus.get(menu)
    if known is None:
        return []
    extra = _EXTRA.get(menu)
    if known.kind == "settings":
        item = device.state.single(menu)
        return [of_item(item, extra(device, item)[0] if extra else None)]
    found = []
    for item in device.state.rows(menu):
        values, flags = extra(device, item) if extra else ({}, ())
        found.append(of_item(item, values, *flags))
    more = _DYNAMIC.get(menu)
    return found + more(device) if more else found


def _row(number: int, values: dict[str, Value], *flags: str) -> View:
    return View(Id(f"*{number:X}"), None, values, frozenset(flags))


def _dynamic(number: int, values: dict[str, Value], *flags: str) -> View:
    return View(Id(f"*{0x80000000 + number:X}"), None, values, frozenset({"dynamic", *flags}))


# -- interfaces --------------------------------------------------------------------------------


def running(device: LabDevice, item: Item) -> bool:
    """Whether an interface is up: a port with link, a radio that is on, anything virtual."""
    if item.disabled or not device.up:
        return False
    if item.menu.path == "/interface ethernet":
        return device.environment.running(device, item.base["default-name"])
    return True


def _interface(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    values: dict[str, Value] = {}
    if item.menu.path in ("/interface vlan", "/interface bonding"):
        values |= {
            name: value
            for name, value in interfaces.shown(device, item).items()
            if name in ("l2mtu", "mac-address")
        }
        if "loop-protect" in item.menu.properties:
            values["loop-protect-status"] = "off"
    slaves = {port.get("interface") for port in device.state.rows("/interface bridge port")}
    flags = []
    if running(device, item):
        flags.append("running")
    if item.name in slaves:
        flags.append("slave")
    return values, tuple(flags)


def _interfaces(device: LabDevice) -> list[View]:
    found = []
    for item in device.state.interfaces():
        _, flags = _interface(device, item)
        view = of_item(item, {"type": item.get("type")}, *flags)
        view.extra.update(interfaces.shown(device, item))
        view.extra.update(
            {
                "running": "running" in flags,
                "disabled": item.disabled,
            }
        )
        found.append(view)
    return found


def _routes(device: LabDevice) -> list[View]:
    found = []
    for number, row in enumerate(device.environment.routes(device)):
        flags = [row.get("kind", "connect")]
        if row.get("active", "yes") == "yes":
            flags.append("active")
        values: dict[str, Value] = {
            name: text for name, text in row.items() if name not in ("kind", "active")
        }
        values.setdefault("routing-table", "main")
        values |= {"active": "active" in flags, "dynamic": True}
        scope, target = _SCOPES.get(flags[0], ("20", "10"))
        values.setdefault("scope", scope)
        values.setdefault("target-scope", target)
        values |= _next_hop(device, row.get("gateway", ""), reachable="active" in flags)
        found.append(_dynamic(number, values, *flags))
    return found


#: Scope and target scope of routes that nobody configured (manual, IP routing).
_SCOPES = {"connect": ("10", "5"), "dhcp": ("30", "10")}


def _next_hop(device: LabDevice, gateway: str, *, reachable: bool) -> dict[str, Value]:
    """Where packets really go: ``immediate-gw`` in 7, ``gateway-status`` before."""
    address, _, interface = gateway.partition("%")
    interface = interface or interfaces.towards(device, address) or ""
    if at_least(device.version, "7"):
        if not reachable:
            return {"immediate-gw": ""}
        return {"immediate-gw": f"{address}%{interface}" if interface else gateway}
    if not reachable:
        return {"gateway-status": f"{address} unreachable"}
    via = f" via  {interface}" if interface else ""
    return {"gateway-status": f"{address} reachable{via}"}


def _route(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    active = not item.disabled and device.environment.route_active(device, item.id)
    hop = _next_hop(device, item.get("gateway"), reachable=active) if item.get("gateway") else {}
    return {"active": active, **hop}, ("active", "static") if active else ("inactive", "static")


def _addresses(device: LabDevice) -> list[View]:
    found = []
    for number, client in enumerate(device.state.rows("/ip dhcp-client")):
        lease = _lease(device, client)
        if lease is not None:
            values: dict[str, Value] = {
                "address": lease["address"],
                "network": lease.get("network", ""),
                "interface": client.get("interface"),
                "actual-interface": client.get("interface"),
            }
            found.append(_dynamic(number, values))
    return found


def _lease(device: LabDevice, client: Item) -> dict[str, str] | None:
    if client.disabled:
        return None
    lease = device.environment.dhcp_address(device, client.get("interface"))
    return dict(lease) if lease is not None else None


def _client(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    lease = _lease(device, item)
    if lease is None:
        return {"status": "stopped" if item.disabled else "searching..."}, ()
    return {"status": "bound", **lease}, ("bound",)


def _clock(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:  # noqa: ARG001
    now = device.clock.now()
    offset = now.strftime("%z")
    return {
        "time": now.strftime("%H:%M:%S"),
        "date": device.dates.date(now),
        "gmt-offset": f"{offset[:3]}:{offset[3:5]}",
        "dst-active": False,
    }, ()


def _scheduled(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    extra: dict[str, Value] = {
        "owner": item.base.get("owner", "admin"),
        "run-count": device.scheduler.runs.get(item.id, 0),
        "next-run": device.scheduler.next_text(item),
    }
    if not device.scheduler_allowed:
        extra |= {"comment": "inactivated, not allowed by device-mode", "disabled": True}
    return extra, ()


def _script(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    return {"run-count": device.script_runs.get(item.id, 0), "invalid": False}, ()


def _user(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:
    last = device.last_logins.get(item.name)
    when = "" if last is None else device.dates.stamp(last)
    return {"last-logged-in": when, "expired": False}, ()


def _key(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:  # noqa: ARG001
    return {}, ()


# -- the system --------------------------------------------------------------------------------


def _resource(device: LabDevice) -> list[View]:
    free, total = device.files.free, device.files.capacity
    values: dict[str, Value] = {
        "uptime": Time(int(device.uptime)),
        "version": f"{device.version} ({_channel(device)})",
        "build-time": _BUILT[at_least(device.version, "7.13")],
        "factory-software": "7.0" if at_least(device.version, "7") else "6.40",
        "free-memory": vitals.free_memory(device),
        "total-memory": vitals.MEMORY,
        "cpu": device.architecture.upper(),
        "cpu-count": len(device.sensors.loads),
        "cpu-frequency": 1400,
        "cpu-load": vitals.cpu_load(device),
        "free-hdd-space": free,
        "total-hdd-space": total,
        "write-sect-since-reboot": 120,
        "write-sect-total": 4200,
        "bad-blocks": 0,
        "architecture-name": device.architecture,
        "board-name": device.model,
        "platform": "MikroTik",
    }
    return [View("", None, values)]


def _channel(device: LabDevice) -> str:
    return "stable" if at_least(device.version, "7") else "long-term"


def _routerboard(device: LabDevice) -> list[View]:
    if device.model == "CHR":
        return [View("", None, {"routerboard": False})]
    values: dict[str, Value] = {
        "routerboard": True,
        "board-name": device.model,
        "model": device.model,
        "serial-number": device.faults.serial or device.serial,
        "firmware-type": "70x0",
        "factory-firmware": "7.8",
        "current-firmware": device.firmware.boot or device.version,
        "upgrade-firmware": device.version,
    }
    return [View("", None, values)]


def _license(device: LabDevice) -> list[View]:
    return [View("", None, {"software-id": device.software_id, "nlevel": 6, "features": ""})]


def device_mode(device: LabDevice) -> dict[str, Value]:
    """What ``/system device-mode print`` says."""
    # Version 6 has no such thing: all is allowed.
    mode = device.device_mode if at_least(device.version, "7") else "advanced"
    allowed: dict[str, Value] = dict(_DEVICE_MODES[mode])
    if device.faults.scheduler_forbidden:
        allowed["scheduler"] = False
    return {
        "mode": device.device_mode,
        "flagged": device.faults.flagged,
        "flagging-enabled": True,
        **allowed,
    }


def _packages(device: LabDevice) -> list[View]:
    if at_least(device.version, "7"):
        names = [firmware.MAIN, *firmware.beside(device)]
    else:
        names = [f"routeros-{device.architecture}", *_PACKAGES_OF_6]
    built = _BUILT[at_least(device.version, "7.13")]
    return [
        _row(n + 1, {"name": name, "version": device.version, "build-time": built})
        for n, name in enumerate(names)
    ]


def _files(device: LabDevice) -> list[View]:
    found = []
    for number, file in enumerate(device.files.listing()):
        values: dict[str, Value] = {"name": file.name, "type": file.kind, "size": file.size}
        when = device.dates.stamp(file.modified)
        newer = at_least(device.version, "7.16")
        values["last-modified" if newer else "creation-time"] = when
        if file.kind != "directory" and file.size <= 60_000:
            values["contents"] = file.data.decode("utf-8", "replace")
        found.append(View(Id(f"*{file.number or number + 1:X}"), None, values))
    return found


def _log(device: LabDevice) -> list[View]:
    now = device.clock.now()
    return [
        _row(
            entry.number,
            {
                "time": device.dates.log(entry.when, now),
                "topics": list(entry.topics),
                "message": entry.message,
            },
        )
        for entry in device.log.entries
    ]


def _history(device: LabDevice) -> list[View]:
    settled = len(device.history) - device.safe_mode.actions
    return [
        _row(
            number,
            {
                "action": e.action,
                "by": e.by,
                "policy": "write",
                "time": e.time,
                "undoable": True,
                "floating": number > settled,
            },
        )
        for number, e in reversed(list(enumerate(device.history, 1)))
    ]


def _jobs(device: LabDevice) -> list[View]:
    found = []
    for job in device.programs.jobs.values():
        values: dict[str, Value] = {
            "type": "command",
            "owner": job.owner,
            "started": job.started,
            "script": job.script,
        }
        found.append(View(Id(job.id), None, values))
    return found


def _environment(device: LabDevice) -> list[View]:
    return [
        _row(n, {"name": name, "user": "admin", "value": value})
        for n, (name, value) in enumerate(device.globals.items(), 1)
    ]


def _neighbors(device: LabDevice) -> list[View]:
    return [_row(n, dict(r)) for n, r in enumerate(device.environment.neighbors(device), 1)]


def _ospf(device: LabDevice) -> list[View]:
    return [
        _dynamic(n, dict(row)) for n, row in enumerate(device.environment.ospf_neighbors(device))
    ]


def _active_users(device: LabDevice) -> list[View]:
    return [
        _row(
            n,
            {"when": c.since, "name": c.user, "address": c.source, "via": "ssh", "group": c.group},
        )
        for n, c in enumerate(device.connections, 1)
    ]


def _lease_state(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:  # noqa: ARG001
    """A lease that someone configured waits for its host: the lab has none."""
    return {"status": "waiting", "last-seen": "never"}, ()


def _arp(device: LabDevice, item: Item) -> tuple[dict[str, Value], tuple[str, ...]]:  # noqa: ARG001
    flags = [] if item.disabled else ["complete"]
    return {}, (*flags, "published") if item.get("published") == "yes" else tuple(flags)


def _all_routes(device: LabDevice) -> list[View]:
    return views(device, "/ip route")


def _none(device: LabDevice) -> list[View]:  # noqa: ARG001
    return []


def _safe_mode(device: LabDevice) -> list[View]:
    holder = device.safe_mode.holder
    user = holder.user if holder is not None else ""
    return [View("", None, {"enabled": holder is not None, "user": user})]


_LIVE: dict[str, Callable[[LabDevice], list[View]]] = {
    "/interface": _interfaces,
    "/ip neighbor": _neighbors,
    "/interface bridge host": sensors.bridge_hosts,
    "/ipv6 neighbor": _none,
    "/ip dns cache": _none,
    "/ip pool used": vitals.pool_used,
    "/certificate": _none,
    "/system health": sensors.health,
    "/system resource cpu": sensors.processors,
    "/routing ospf neighbor": _ospf,
    "/routing route": _all_routes,
    "/file": _files,
    "/log": _log,
    "/user active": _active_users,
    "/system resource": _resource,
    "/system routerboard": _routerboard,
    "/system license": _license,
    "/system device-mode": lambda device: [View("", None, device_mode(device))],
    "/system package": _packages,
    "/system history": _history,
    "/system script job": _jobs,
    "/system script environment": _environment,
    "/safe-mode": _safe_mode,
}
_EXTRA: dict[str, Callable[[LabDevice, Item], tuple[dict[str, Value], tuple[str, ...]]]] = {
    "/interface ethernet": _interface,
    "/interface bonding": _interface,
    "/interface bridge": _interface,
    "/interface vlan": _interface,
    "/interface wifi": _interface,
    "/interface wireguard": _interface,
    "/ip arp": _arp,
    "/ip dhcp-server lease": _lease_state,
    "/ip route": _route,
    "/ip dhcp-client": _client,
    "/system ntp client": vitals.time_client,
    "/system clock": _clock,
    "/system scheduler": _scheduled,
    "/system script": _script,
    "/user": _user,
    "/user ssh-keys": _key,
}
_DYNAMIC: dict[str, Callable[[LabDevice], list[View]]] = {
    "/ip route": _routes,
    "/ip address": _addresses,
    "/ip dhcp-server lease": vitals.leases,
}
assert set(_LIVE) <= set(LIVE), "every live menu has its commands"  # noqa: S101
__all__ = ["columns", "device_mode", "format_time", "is_single", "running", "views"]
