# ruff: noqa: ARG001, PERF401 - handlers share a signature; tables grow a line at a time
"""What ``show`` tells of interfaces, addresses and neighbours, in IOS's layouts.

Counters are not modelled and stand at zero. Whether a port has link, who announces himself and
who answers are the surroundings'.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.grammar import CommandError
from sekayu_net.lab.ios.routes import addresses, name_of

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console
    from sekayu_net.lab.ios.device import IosDevice
    from sekayu_net.lab.ios.tree import Line

Words = tuple[str, ...]
_SHORT = {"GigabitEthernet": "Gi", "TenGigabitEthernet": "Te", "FastEthernet": "Fa",
          "Ethernet": "Et", "Loopback": "Lo", "Tunnel": "Tu", "Vlan": "Vl", "Serial": "Se",
          "Port-channel": "Po"}  # fmt: skip


def short(name: str) -> str:
    """``GigabitEthernet0/0`` as ``Gi0/0``."""
    match = re.fullmatch(r"([A-Za-z-]+)(.*)", name)
    return f"{_SHORT.get(match[1], match[1][:2])}{match[2]}" if match else name


def state(device: IosDevice, interface: Line) -> tuple[str, str]:
    """Status and protocol as the tables show them."""
    if interface.has("shutdown"):
        return "administratively down", "down"
    name = name_of(interface)
    base = name.partition(".")[0]
    if base in device.ports:
        parent = device.running.get(f"interface {base}")
        if parent is not None and parent.has("shutdown"):
            return "administratively down", "down"
        if not device.surroundings.link(device, base):
            return "down", "down"
    return "up", "up"


async def show_ip_interface_brief(console: Console, words: Words) -> str:
    """One line each."""
    lines = ["Interface              IP-Address      OK? Method Status                Protocol"]
    for interface in console.device.running.interfaces():
        name = name_of(interface)
        if len(words) > 4 and name != words[4]:
            continue
        found = addresses(interface)
        status, protocol = state(console.device, interface)
        shown = str(found[0].ip) if found else "unassigned"
        method = "NVRAM" if found else "unset"
        lines.append(f"{name:<22s} {shown:<15s} YES {method:<6s} {status:<21s} {protocol:<8s}")
    return "\n".join([*lines, ""])


def _chosen(console: Console, words: Words) -> list[Line]:
    found = list(console.device.running.interfaces())
    if words[-1][:1].isupper() and any(char.isdigit() for char in words[-1]):
        found = [line for line in found if name_of(line) == words[-1]]
        if not found:
            raise CommandError(
                "% Invalid input detected at '^' marker.\n", len(" ".join(words[:-1])) + 1
            )
    return found


async def show_interfaces(console: Console, words: Words) -> str:
    """The long form."""
    device = console.device
    return "".join(_long(device, interface) for interface in _chosen(console, words))


def _long(device: IosDevice, interface: Line) -> str:
    name = name_of(interface)
    status, protocol = state(device, interface)
    lines = [f"{name} is {status}, line protocol is {protocol} "]
    kind = re.match(r"[A-Za-z-]+", name)
    virtual = name.partition(".")[0] not in device.ports
    mac = device.mac(name.partition(".")[0])
    if kind and kind[0] == "Loopback":
        lines.append("  Hardware is Loopback")
    elif kind and kind[0] == "Tunnel":
        lines.append("  Hardware is Tunnel")
    else:
        chip = "ISR4331-3x1GE" if device.modern else "CN Gigabit Ethernet"
        lines.append(f"  Hardware is {chip}, address is {mac} (bia {mac})")
    description = interface.get("description")
    if description is not None:
        lines.append(f"  Description: {description.text.split(' ', 1)[1]}")
    found = addresses(interface)
    if found:
        lines.append(f"  Internet address is {found[0].with_prefixlen}")
    bandwidth = interface.get("bandwidth")
    speed = bandwidth.text.split()[1] if bandwidth is not None else (
        "8000000" if kind and kind[0] == "Loopback" else "100" if virtual and kind
        and kind[0] == "Tunnel" else "1000000")  # fmt: skip
    mtu = interface.get("mtu")
    size = mtu.text.split()[1] if mtu is not None else "1514" if kind and kind[0] == "Loopback" \
        else "1500"  # fmt: skip
    lines += [
        f"  MTU {size} bytes, BW {speed} Kbit/sec, DLY {10 if not virtual else 5000} usec, ",
        "     reliability 255/255, txload 1/255, rxload 1/255",
        "  Encapsulation "
        + ("LOOPBACK, loopback not set" if kind and kind[0] == "Loopback" else
           "TUNNEL, loopback not set" if kind and kind[0] == "Tunnel" else
           "802.1Q Virtual LAN, Vlan ID  " + name.partition(".")[2] + "." if "." in name else
           "ARPA, loopback not set"),
    ]  # fmt: skip
    if not virtual and "." not in name:
        lines += [
            "  Keepalive not supported ",
            "  Full Duplex, 1000Mbps, link type is auto, media type is RJ45",
            "  output flow-control is on, input flow-control is on",
            "  ARP type: ARPA, ARP Timeout 04:00:00",
        ]
    lines += [
        "  Last input 00:00:00, output 00:00:00, output hang never",
        '  Last clearing of "show interface" counters never',
        "  Input queue: 0/375/0/0 (size/max/drops/flushes); Total output drops: 0",
        "  Queueing strategy: fifo",
        "  Output queue: 0/40 (size/max)",
        "  5 minute input rate 0 bits/sec, 0 packets/sec",
        "  5 minute output rate 0 bits/sec, 0 packets/sec",
        "     0 packets input, 0 bytes, 0 no buffer",
        "     Received 0 broadcasts (0 IP multicasts)",
        "     0 runts, 0 giants, 0 throttles ",
        "     0 input errors, 0 CRC, 0 frame, 0 overrun, 0 ignored",
        "     0 watchdog, 0 multicast, 0 pause input",
        "     0 packets output, 0 bytes, 0 underruns",
        "     0 output errors, 0 collisions, 0 interface resets",
        "     0 unknown protocol drops",
        "     0 babbles, 0 late collision, 0 deferred",
        "     0 lost carrier, 0 no carrier, 0 pause output",
        "     0 output buffer failures, 0 output buffers swapped out",
    ]
    return "\n".join([*lines, ""])


async def show_interface_summary(console: Console, words: Words) -> str:
    """Queues: nothing in them."""
    lines = [
        "", " *: interface is up",
        " IHQ: pkts in input hold queue     IQD: pkts dropped from input queue",
        " OHQ: pkts in output hold queue    OQD: pkts dropped from output queue",
        " RXBS: rx rate (bits/sec)          RXPS: rx rate (pkts/sec)",
        " TXBS: tx rate (bits/sec)          TXPS: tx rate (pkts/sec)",
        " TRTL: throttle count", "",
        ("  Interface                   IHQ       IQD       OHQ       OQD      RXBS      RXPS"
        "      TXBS      TXPS      TRTL"),
        "-" * 120,
    ]  # fmt: skip
    for interface in console.device.running.interfaces():
        mark = "*" if state(console.device, interface)[0] == "up" else " "
        lines.append(f"{mark} {name_of(interface):<25s}" + f"{0:>10d}" * 9)
    return "\n".join([*lines, ""])


async def show_interfaces_description(console: Console, words: Words) -> str:
    """One line each."""
    lines = ["Interface                      Status         Protocol Description"]
    for interface in console.device.running.interfaces():
        status, protocol = state(console.device, interface)
        status = "admin down" if status.startswith("admin") else status
        description = interface.get("description")
        text = description.text.split(" ", 1)[1] if description is not None else ""
        lines.append(f"{short(name_of(interface)):<30s} {status:<14s} {protocol:<8s} {text}")
    return "\n".join([*lines, ""])


async def show_interfaces_status(console: Console, words: Words) -> str:
    """A switch's table: routed ports only here."""
    lines = ["", "Port         Name               Status       Vlan       Duplex  Speed Type"]
    for interface in console.device.running.interfaces():
        name = name_of(interface)
        if name in console.device.ports:
            status = {"up": "connected", "down": "notconnect"}.get(
                state(console.device, interface)[0], "disabled"
            )
            lines.append(f"{short(name):<31s} {status:<12s} routed     a-full a-1000 RJ45")
    return "\n".join([*lines, ""])


async def show_ip_interface(console: Console, words: Words) -> str:
    """Addresses, lists and switches of IP."""
    lines: list[str] = []
    for interface in _chosen(console, words):
        status, protocol = state(console.device, interface)
        lines.append(f"{name_of(interface)} is {status}, line protocol is {protocol}")
        found = addresses(interface)
        if not found:
            lines.append("  Internet protocol processing disabled")
            continue
        lines += [
            f"  Internet address is {found[0].with_prefixlen}",
            "  Broadcast address is 255.255.255.255",
            "  Address determined by non-volatile memory",
            "  MTU is 1500 bytes",
            "  Helper address is not set",
            "  Directed broadcast forwarding is disabled",
        ]
        lines += [f"  Secondary address {address.with_prefixlen}" for address in found[1:]]
        for way, direction in (("out", "Outgoing"), ("in", "Inbound ")):
            bound = [
                line.text.split()[2]
                for line in interface.all("ip access-group")
                if line.text.endswith(f" {way}")
            ]
            lines.append(f"  {direction} access list is {bound[0] if bound else 'not set'}")
        for text, line in (("Proxy ARP", "no ip proxy-arp"), ("ICMP redirects", "no ip redirects"),
                           ("ICMP unreachables", "no ip unreachables")):  # fmt: skip
            off = interface.has(line)
            word = "is" if text == "Proxy ARP" else "are"
            shown = f"{'disabled' if off else 'enabled'}" if word == "is" else (
                f"{'never' if off else 'always'} sent")  # fmt: skip
            lines.append(f"  {text} {word} {shown}")
    return "\n".join([*lines, ""])


async def show_ipv6_interface(console: Console, words: Words) -> str:
    """No interface has IPv6 here."""
    if words[-1] != "brief":
        return ""
    lines = []
    for interface in console.device.running.interfaces():
        status, protocol = state(console.device, interface)
        lines += [f"{name_of(interface):<22s} [{status}/{protocol}]", "    unassigned"]
    return "\n".join([*lines, ""])


async def show_ipv6_neighbors(console: Console, words: Words) -> str:
    """None."""
    return "IPv6 Address                              Age Link-layer Addr State Interface\n"


async def show_arp(console: Console, words: Words) -> str:
    """Its own addresses, and those of neighbours that announce one."""
    device = console.device
    lines = ["Protocol  Address          Age (min)  Hardware Addr   Type   Interface"]
    for interface in device.running.interfaces():
        name = name_of(interface)
        if state(device, interface)[0] != "up" or name.startswith(("Loopback", "Tunnel")):
            continue
        for address in addresses(interface):
            mac = device.mac(name.partition(".")[0])
            lines.append(f"Internet  {address.ip!s:<21s} -   {mac}  ARPA   {name}")
    for row in device.surroundings.neighbors(device):
        if row.address and row.mac:
            lines.append(f"Internet  {row.address:<21s} 3   {row.mac}  ARPA   {row.interface}")
    return "\n".join([*lines, ""])


async def show_arp_vrf(console: Console, words: Words) -> str:
    """A VRF without anything in it; one that is not there is an error."""
    name = words[-1]
    if console.device.running.get(f"vrf definition {name}") is None:
        return f"%IP VRF {name} does not exist\n"
    return "Protocol  Address          Age (min)  Hardware Addr   Type   Interface\n"


async def show_mac(console: Console, words: Words) -> str:
    """A router has no such table."""
    raise CommandError("% Invalid input detected at '^' marker.\n", len(words[0]) + 1)


async def show_vlan(console: Console, words: Words) -> str:
    """A router has no VLANs of its own."""
    raise CommandError("% Invalid input detected at '^' marker.\n", len(words[0]) + 1)


# -- neighbours --------------------------------------------------------------------------------


async def show_lldp(console: Console, words: Words) -> str:
    """Whether it runs."""
    if not console.device.running.has("lldp run"):
        return "% LLDP is not enabled\n"
    return (
        "\nGlobal LLDP Information:\n    Status: ACTIVE\n"
        "    LLDP advertisements are sent every 30 seconds\n"
        "    LLDP hold time advertised is 120 seconds\n"
        "    LLDP interface reinitialisation delay is 2 seconds\n"
    )


async def show_lldp_neighbors(console: Console, words: Words) -> str:
    """The table."""
    device = console.device
    if not device.running.has("lldp run"):
        return "% LLDP is not enabled\n"
    rows = device.surroundings.neighbors(device)
    lines = [
        "Capability codes:",
        "    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device",
        "    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other",
        "",
        "Device ID           Local Intf     Hold-time  Capability      Port ID",
    ]
    for row in rows:
        lines.append(f"{row.name[:20]:<20s}{short(row.interface):<15s}120        B,R             "
                     f"{row.port}")  # fmt: skip
    return "\n".join([*lines, "", f"Total entries displayed: {len(rows)}", ""])


async def show_lldp_detail(console: Console, words: Words) -> str:
    """A block for each neighbour."""
    device = console.device
    if not device.running.has("lldp run"):
        return "% LLDP is not enabled\n"
    rows = list(device.surroundings.neighbors(device))
    if len(words) > 4:
        rows = [row for row in rows if row.interface == words[3]]
    blocks = []
    for row in rows:
        blocks.append(
            "------------------------------------------------\n"
            f"Local Intf: {short(row.interface)}\nChassis id: {row.mac}\nPort id: {row.port}\n"
            f"Port Description: {row.port}\nSystem Name: {row.name}\n\n"
            f"System Description: \n{row.platform}\n\nTime remaining: 110 seconds\n"
            "System Capabilities: B,R\nEnabled Capabilities: B,R\nManagement Addresses:\n"
            f"    IP: {row.address}\nAuto Negotiation - not supported\n"
            "Physical media capabilities - not advertised\n"
            "Media Attachment Unit type - not advertised\nVlan ID: - not advertised\n\n"
        )
    return "".join(blocks) + f"\nTotal entries displayed: {len(rows)}\n"


async def show_lldp_entry(console: Console, words: Words) -> str:
    """The block of one."""
    rows = console.device.surroundings.neighbors(console.device)
    port = next((row.interface for row in rows if row.name == words[3]), "none")
    return await show_lldp_detail(console, ("show", "lldp", "neighbors", port, "detail"))


async def show_cdp_neighbors(console: Console, words: Words) -> str:
    """RouterOS and IOS both speak CDP."""
    device = console.device
    if device.running.has("no cdp run"):
        return "% CDP is not enabled\n"
    lines = [
        "Capability Codes: R - Router, T - Trans Bridge, B - Source Route Bridge",
        "                  S - Switch, H - Host, I - IGMP, r - Repeater, P - Phone, ",
        "                  D - Remote, C - CVTA, M - Two-port Mac Relay ",
        "",
        "Device ID        Local Intrfce     Holdtme    Capability  Platform  Port ID",
    ]
    rows = device.surroundings.neighbors(device)
    for row in rows:
        lines.append(f"{row.name}\n                 {short(row.interface):<18s}115           R    "
                     f"  {row.platform[:9]:<9s} {row.port}")  # fmt: skip
    return "\n".join([*lines, "", f"Total cdp entries displayed : {len(rows)}", ""])


async def show_cdp_detail(console: Console, words: Words) -> str:
    """A block for each neighbour."""
    device = console.device
    if device.running.has("no cdp run"):
        return "% CDP is not enabled\n"
    blocks = []
    rows = device.surroundings.neighbors(device)
    for row in rows:
        blocks.append(
            f"-------------------------\nDevice ID: {row.name}\nEntry address(es): \n"
            f"  IP address: {row.address}\nPlatform: {row.platform},  Capabilities: Router \n"
            f"Interface: {row.interface},  Port ID (outgoing port): {row.port}\n"
            f"Holdtime : 115 sec\n\nVersion :\n{row.platform}\n\nadvertisement version: 1\n"
            f"Management address(es): \n  IP address: {row.address}\n\n"
        )
    return "".join(blocks) + f"\nTotal cdp entries displayed : {len(rows)}\n"
