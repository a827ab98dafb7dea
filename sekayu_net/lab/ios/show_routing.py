# ruff: noqa: ARG001, PERF401 - handlers share a signature; tables grow a line at a time
"""What ``show`` tells of routes, OSPF, VRRP, tracks and probes, in IOS's layouts.

What is true about them is the surroundings'.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.routes import addresses, name_of
from sekayu_net.lab.ios.show_interfaces import short, state
from sekayu_net.lab.ios.surroundings import RouteRow

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console
    from sekayu_net.lab.ios.device import IosDevice
    from sekayu_net.lab.ios.tree import Line

Words = tuple[str, ...]
_CODES = """Codes: L - local, C - connected, S - static, R - RIP, M - mobile, B - BGP
       D - EIGRP, EX - EIGRP external, O - OSPF, IA - OSPF inter area 
       N1 - OSPF NSSA external type 1, N2 - OSPF NSSA external type 2
       E1 - OSPF external type 1, E2 - OSPF external type 2
       i - IS-IS, su - IS-IS summary, L1 - IS-IS level-1, L2 - IS-IS level-2
       ia - IS-IS inter area, * - candidate default, U - per-user static route
       o - ODR, P - periodic downloaded static route, H - NHRP, l - LISP
       a - application route
       + - replicated route, % - next hop override, p - overrides from PfR

"""  # noqa: W291
_CODE = {"connected": "C", "local": "L", "static": "S", "ospf": "O"}
_NAME = {"connected": "connected", "local": "connected", "static": "static", "ospf": "ospf 1"}
DEFAULT = IPv4Network("0.0.0.0/0")


def _natural(network: IPv4Network) -> IPv4Network:
    """The classful network that a table is grouped by."""
    first = int(network.network_address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return network.supernet(new_prefix=length) if network.prefixlen > length else network


def _table(rows: Sequence[RouteRow]) -> list[str]:
    gateway = next((row for row in rows if row.destination == DEFAULT), None)
    if gateway is not None and gateway.gateway is not None:
        lines = [f"Gateway of last resort is {gateway.gateway} to network 0.0.0.0", ""]
    else:
        lines = ["Gateway of last resort is not set", ""]
    majors: dict[IPv4Network, list[RouteRow]] = {}
    for row in sorted(rows, key=lambda row: (row.destination, row.kind != "connected")):
        majors.setdefault(
            DEFAULT if row.destination == DEFAULT else _natural(row.destination), []
        ).append(row)
    for major, inside in majors.items():
        subnetted = major != DEFAULT and any(row.destination != major for row in inside)
        if subnetted:
            masks = {row.destination.prefixlen for row in inside}
            nets = len({row.destination for row in inside})
            kind = (
                f"is variably subnetted, {nets} subnets, {len(masks)} masks"
                if len(masks) > 1
                else f"is subnetted, {nets} subnets"
            )
            length = major.prefixlen if len(masks) > 1 else min(masks)
            lines.append(f"      {major.network_address}/{length} {kind}")
        lines += [_route(row, margin=subnetted) for row in inside]
    return lines


def _route(row: RouteRow, *, margin: bool) -> str:
    code = _CODE[row.kind] + ("*" if row.destination == DEFAULT else "")
    start = f"{code:<9s}" if margin else f"{code:<6s}"
    if row.kind in ("connected", "local"):
        return f"{start}{row.destination} is directly connected, {row.interface}"
    if row.gateway is None:
        return f"{start}{row.destination} is directly connected, {row.interface or 'Null0'}"
    age = ", 00:10:12" if row.kind == "ospf" else ""
    via = f"[{row.distance}/{row.metric}] via {row.gateway}{age}"
    tail = f", {row.interface}" if row.kind == "ospf" else ""
    return f"{start}{row.destination} {via}{tail}"


async def show_ip_route(console: Console, words: Words) -> str:
    """The table."""
    device = console.device
    return _CODES + "\n".join([*_table(device.surroundings.routes(device)), ""])


async def _only(console: Console, kinds: set[str]) -> str:
    device = console.device
    rows = [row for row in device.surroundings.routes(device) if row.kind in kinds]
    return _CODES + "\n".join([*_table(rows), ""])


async def show_ip_route_static(console: Console, words: Words) -> str:
    """Static routes in use."""
    return await _only(console, {"static"})


async def show_ip_route_connected(console: Console, words: Words) -> str:
    """Connected networks."""
    return await _only(console, {"connected", "local"})


async def show_ip_route_ospf(console: Console, words: Words) -> str:
    """OSPF's."""
    return await _only(console, {"ospf"})


async def show_route_vrf(console: Console, words: Words) -> str:
    """VRFs are not modelled."""
    name = words[4]
    if console.device.running.get(f"vrf definition {name}") is None:
        return f"% IP routing table {name} does not exist\n"
    return f"\nRouting Table: {name}\n{_CODES}Gateway of last resort is not set\n"


async def show_ip_route_one(console: Console, words: Words) -> str:
    """The route to an address or prefix."""
    device = console.device
    target = IPv4Network(
        f"{words[3]}/{words[4]}" if len(words) > 4 and words[4][0].isdigit() else words[3],
        strict=False,
    )
    exact = "/" in words[3] or len(words) > 4
    rows = [
        row
        for row in device.surroundings.routes(device)
        if (row.destination == target if exact else target.subnet_of(row.destination))
        and row.kind != "local"
    ]
    rows = [row for row in rows if exact or row.destination != DEFAULT]
    if not rows:
        return "% Network not in table\n" if not exact else "% Subnet not in table\n"
    best = max(rows, key=lambda row: row.destination.prefixlen)
    distance, metric = best.distance, best.metric
    lines = [
        f"Routing entry for {best.destination}",
        f'  Known via "{_NAME[best.kind]}", distance {distance}, metric {metric}'
        + (" (connected, via interface)" if best.kind == "connected" else ""),
        "  Routing Descriptor Blocks:",
    ]
    if best.gateway is None:
        lines.append(f"  * directly connected, via {best.interface}")
    elif best.kind == "ospf":
        lines.append(f"  * {best.gateway}, from {best.gateway}, 00:10:12 ago, via {best.interface}")
    else:
        lines.append(f"  * {best.gateway}")
    lines.append(f"      Route metric is {metric}, traffic share count is 1")
    return "\n".join([*lines, ""])


async def show_protocols(console: Console, words: Words) -> str:
    """OSPF's part."""
    section = _ospf(console.device)
    if section is None:
        return "*** IP Routing is NSF aware ***\n\n"
    process = section.text.split()[2]
    lines = ["*** IP Routing is NSF aware ***", "", f'Routing Protocol is "ospf {process}"',
             f"  Router ID {router_id(console.device)}", "  Routing for Networks:"]  # fmt: skip
    lines += [
        "    " + " ".join(line.text.split()[1:]) for line in section.all("network")
    ] + ["  Distance: (default is 110)", "", ""]  # fmt: skip
    return "\n".join(lines)


async def show_bgp(console: Console, words: Words) -> str:
    """Not modelled: as on a device that does not speak it."""
    return "% BGP not active\n"


# -- OSPF --------------------------------------------------------------------------------------


def _ospf(device: IosDevice) -> Line | None:
    return device.running.get("router ospf")


def router_id(device: IosDevice) -> str:
    """As OSPF takes it: configured, else the highest loopback's, else the highest address."""
    section = _ospf(device)
    if section is not None and section.get("router-id") is not None:
        line = section.get("router-id")
        return line.text.split()[1] if line is not None else ""
    found: list[tuple[bool, IPv4Address]] = []
    for interface in device.running.interfaces():
        if not interface.has("shutdown"):
            found += [
                (name_of(interface).startswith("Loopback"), address.ip)
                for address in addresses(interface)
            ]
    return str(max(found)[1]) if found else "0.0.0.0"  # noqa: S104 - no address to listen on


async def show_ospf(console: Console, words: Words) -> str:
    """The process."""
    section = _ospf(console.device)
    if section is None:
        return ""
    process = section.text.split()[2]
    return (
        f' Routing Process "ospf {process}" with ID {router_id(console.device)}\n'
        " Supports only single TOS(TOS0) routes\n Supports opaque LSA\n"
        " Reference bandwidth unit is 100 mbps\n"
    )


async def show_ospf_neighbor(console: Console, words: Words) -> str:
    """Adjacencies."""
    rows = console.device.surroundings.ospf(console.device)
    if not rows:
        return ""
    lines = ["", "Neighbor ID     Pri   State           Dead Time   Address         Interface"]
    for row in rows:
        role = "FULL/DR" if row.priority else "FULL/  -"
        lines.append(f"{row.router_id:<15s} {row.priority:3d}   {role:<15s} 00:00:35    "
                     f"{row.address:<15s} {row.interface}")  # fmt: skip
    return "\n".join([*lines, ""])


async def show_ospf_neighbor_detail(console: Console, words: Words) -> str:
    """A block each."""
    blocks = []
    for row in console.device.surroundings.ospf(console.device):
        blocks.append(
            f" Neighbor {row.router_id}, interface address {row.address}, interface-id unknown\n"
            f"    In the area 0 via interface {row.interface}\n"
            f"    Neighbor priority is {row.priority}, State is FULL, 6 state changes\n"
            "    Dead timer due in 00:00:35\n    Neighbor is up for 00:10:12\n"
        )
    return "".join(blocks)


async def show_ospf_interface_brief(console: Console, words: Words) -> str:
    """Interfaces with an adjacency, and their count."""
    device = console.device
    section = _ospf(device)
    if section is None:
        return ""
    counts: dict[str, int] = {}
    for row in device.surroundings.ospf(device):
        counts[row.interface] = counts.get(row.interface, 0) + 1
    lines = ["Interface    PID   Area            IP Address/Mask    Cost  State Nbrs F/C"]
    for interface in device.running.interfaces():
        count = counts.get(name_of(interface), 0)
        for address in addresses(interface)[:1]:
            if count:
                lines.append(f"{short(name_of(interface)):<12s} {section.text.split()[2]:<5s} "
                             f"{'0':<15s} {address.with_prefixlen:<18s} {'1':<5s} DR    "
                             f"{count}/{count}")  # fmt: skip
    return "\n".join([*lines, ""])


# -- VRRP, tracks, probes ----------------------------------------------------------------------


def _groups(device: IosDevice) -> list[tuple[str, int, str, int]]:
    """Interface, group, virtual address, priority."""
    found = []
    for interface in device.running.interfaces():
        for line in interface.all("vrrp"):
            words = line.text.split()
            if words[2] != "ip":
                continue
            priority = interface.get(f"vrrp {words[1]} priority")
            level = int(priority.text.split()[3]) if priority is not None else 100
            found.append((name_of(interface), int(words[1]), words[3], level))
    return found


def _vrrp_state(device: IosDevice, interface: str, group: int) -> str:
    section = device.running.get(f"interface {interface}")
    if section is None or state(device, section)[0] != "up":
        return "Init"
    master = device.surroundings.vrrp_master(device, interface, group)
    own = {"local", *(str(address.ip) for address in addresses(section))}
    return "Master" if master in own else "Backup"


async def show_vrrp_brief(console: Console, words: Words) -> str:
    """One line a group."""
    device = console.device
    lines = ["Interface          Grp Pri Time  Own Pre State   Master addr     Group addr"]
    for interface, group, address, level in _groups(device):
        master = device.surroundings.vrrp_master(device, interface, group)
        section = device.running.get(f"interface {interface}")
        if master == "local" and section is not None:
            found = addresses(section)
            master = str(found[0].ip) if found else "0.0.0.0"  # noqa: S104
        role = _vrrp_state(device, interface, group)
        lines.append(
            f"{short(interface):<18s} {group:<3d} {level:<3d} 3609       Y  "
            f"{role:<7s} {master:<15s} {address}"
        )
    return "\n".join([*lines, ""])


async def show_vrrp(console: Console, words: Words) -> str:
    """A block a group."""
    device = console.device
    blocks = []
    for interface, group, address, level in _groups(device):
        blocks.append(
            f"{interface} - Group {group}\n  State is {_vrrp_state(device, interface, group)}\n"
            f"  Virtual IP address is {address}\n"
            f"  Virtual MAC address is 0000.5e00.01{group:02x}\n"
            "  Advertisement interval is 1.000 sec\n  Preemption enabled\n"
            f"  Priority is {level}\n\n"
        )
    return "".join(blocks)


def track_up(device: IosDevice, number: str) -> bool:
    """Whether a track's object is up now."""
    line = next(
        (t for t in device.running.all("track") if t.text.split()[1] == number), None
    )  # fmt: skip
    if line is None:
        return False
    words = line.text.split()
    if words[2] == "interface":
        section = device.running.get(f"interface {words[3]}")
        return section is not None and state(device, section)[0] == "up"
    if words[2:4] == ["ip", "sla"]:
        return sla_up(device, words[4])
    if words[2:4] == ["ip", "route"]:
        wanted = IPv4Network(f"{words[4]}/{words[5]}", strict=False)
        return any(row.destination == wanted for row in device.surroundings.routes(device))
    return False


def sla_target(device: IosDevice, number: str) -> tuple[str, str]:
    """Target and source of an ICMP probe that is scheduled; empty when it does not run."""
    section = device.running.get(f"ip sla {number}")
    echo = section.get("icmp-echo") if section is not None else None
    if echo is None or device.running.get(f"ip sla schedule {number}") is None:
        return "", ""
    words = echo.text.split()
    source = words[words.index("source-ip") + 1] if "source-ip" in words[:-1] else ""
    return words[1], source


def sla_up(device: IosDevice, number: str) -> bool:
    """Whether the probe is answered."""
    target, source = sla_target(device, number)
    return bool(target) and device.surroundings.ping(device, target, source)


async def show_track(console: Console, words: Words) -> str:
    """A block each."""
    device = console.device
    blocks = []
    for line in sorted(device.running.all("track"), key=lambda line: line.rank):
        parts = line.text.split()
        if len(parts) < 3 or not parts[1].isdigit() or (len(words) > 2 and words[2] != parts[1]):
            continue
        up = track_up(device, parts[1])
        what = " ".join(parts[2:])
        what = what.replace("ip sla", "IP SLA").replace("interface", "Interface")
        kind = what.rpartition(" ")[2].capitalize()
        blocks.append(
            f"Track {parts[1]}\n  {what}\n  {kind} is {'Up' if up else 'Down'}\n"
            "    1 change, last change 00:10:12\n"
        )
    return "".join(blocks)


async def show_track_brief(console: Console, words: Words) -> str:
    """One line each."""
    lines = ["Track Type        Instance                   Parameter        State Last Change"]
    for line in console.device.running.all("track"):
        parts = line.text.split()
        up = "Up" if track_up(console.device, parts[1]) else "Down"
        lines.append(f"{parts[1]:<5s} {parts[2]:<11s} {parts[-2]:<26s} {parts[-1]:<16s} {up:<5s} "
                     "00:10:12")  # fmt: skip
    return "\n".join([*lines, ""])


async def show_sla(console: Console, words: Words) -> str:
    """What the probes found."""
    device = console.device
    blocks = ["IPSLAs Latest Operation Statistics", ""]
    for section in device.running.all("ip sla"):
        parts = section.text.split()
        if len(parts) != 3 or (len(words) > 4 and words[4] != parts[2]):
            continue
        good = sla_up(device, parts[2])
        blocks.append(
            f"IPSLA operation id: {parts[2]}\n"
            f"        Latest RTT: {'1 milliseconds' if good else 'NoConnection/Busy/Timeout'}\n"
            f"Latest operation start time: {device.time()}\n"
            f"Latest operation return code: {'OK' if good else 'Timeout'}\n"
            f"Number of successes: {int(good)}\nNumber of failures: {int(not good)}\n"
            "Operation time to live: Forever\n\n"
        )
    return "\n".join(blocks)


async def show_vrf(console: Console, words: Words) -> str:
    """Names; nothing is in them but the default."""
    device = console.device
    found = [line.text.split()[2] for line in device.running.all("vrf definition")]
    if words[-1] == "detail":
        return "\n\n".join(
            f"VRF {name} (VRF Id = {number}); default RD <not set>; default VPNID <not set>\n"
            "  New CLI format, supports multiple address-families\n  Flags: 0x1808\n"
            "  No interfaces\nAddress family ipv4 unicast not active\n"
            for number, name in enumerate(found, 1)
        )
    lines = ["  Name                             Default RD            Protocols   Interfaces"]
    lines += [f"  {name:<32s} <not set>             ipv4        " for name in found]
    return "\n".join([*lines, ""])
