# ruff: noqa: ARG001, PERF401 - handlers share a signature; tables grow a line at a time
"""What ``show`` tells of the device itself, in the layout of IOS 15 and IOS XE 16/17.

Layouts follow published outputs as the TextFSM templates of ntc-templates and NAPALM's getters
read them; figures that nobody can tell from a simulation (load, memory) are fixed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekayu_net.lab.ios.exec_files import image
from sekayu_net.lab.ios.grammar import CommandError

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console
    from sekayu_net.lab.ios.device import IosDevice

Words = tuple[str, ...]
_PROCESSOR, _IO = (312_451_884, 98_223_104), (62_914_560, 27_112_960)


def _uptime(seconds: float) -> str:
    minutes = int(seconds) // 60
    parts: list[str] = []
    for size, name in ((60 * 24 * 7, "week"), (60 * 24, "day"), (60, "hour"), (1, "minute")):
        count, minutes = divmod(minutes, size)
        if count or (name == "minute" and not parts):
            parts.append(f"{count} {name}{'' if count == 1 else 's'}")
    return ", ".join(parts)


async def show_version(console: Console, words: Words) -> str:
    """Software, uptime, board."""
    device = console.device
    version, board = device.version, device.model.removesuffix("/K9")
    host, uptime = device.hostname, _uptime(device.uptime)
    counts = f"{len(device.ports)} Gigabit Ethernet interfaces"
    if device.modern:
        major = ".".join(f"{int(part):02d}" for part in version.split(".")[:3])
        head = f"""\
Cisco IOS XE Software, Version {major}
Cisco IOS Software [Bengaluru], ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), \
Version {version}, RELEASE SOFTWARE (fc2)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2023 by Cisco Systems, Inc.
Compiled Wed 25-Jan-23 16:15 by mcpre


Cisco IOS-XE software, Copyright (c) 2005-2023 by cisco Systems, Inc.
All rights reserved.


ROM: IOS-XE ROMMON

{host} uptime is {uptime}
Uptime for this control processor is {uptime}
System returned to ROM by reload
System image file is "{device.flash}{image(device)}"
Last reload reason: Reload Command

"""
        tail = f"""cisco {device.model} (1RU) processor with 1795999K/6147K bytes of memory.
Processor board ID {device.serial}
Router operating mode: Autonomous
{counts}
32768K bytes of non-volatile configuration memory.
4194304K bytes of physical memory.
3223551K bytes of flash memory at bootflash:.

Configuration register is 0x2102

"""
        return head + tail
    return f"""\
Cisco IOS Software, C2900 Software (C2900-UNIVERSALK9-M), Version {version}, \
RELEASE SOFTWARE (fc1)
Technical Support: http://www.cisco.com/techsupport
Copyright (c) 1986-2020 by Cisco Systems, Inc.
Compiled Tue 07-Apr-20 12:33 by prod_rel_team

ROM: System Bootstrap, Version 15.0(1r)M16, RELEASE SOFTWARE (fc1)

{host} uptime is {uptime}
System returned to ROM by reload
System image file is "{device.flash}{image(device)}"
Last reload type: Normal Reload
Last reload reason: Reload Command

Cisco {device.model} (revision 1.0) with 483328K/40960K bytes of memory.
Processor board ID {device.serial}
{counts}
1 terminal line
DRAM configuration is 64 bits wide with parity enabled.
255K bytes of non-volatile configuration memory.
250880K bytes of ATA System CompactFlash 0 (Read/Write)


License Info:

License UDI:

-------------------------------------------------
Device#   PID                   SN
-------------------------------------------------
*1        {board}/K9          {device.serial}


Configuration register is 0x2102

"""


async def show_clock(console: Console, words: Words) -> str:
    """The time; a star where no server confirmed it."""
    device = console.device
    mark = "" if device.clock.synchronised else "*"
    text = f"{mark}{device.time()}\n"
    if "detail" in words:
        source = "NTP" if device.clock.synchronised else "hardware calendar"
        text += f"Time source is {source}\n"
    return text


async def show_users(console: Console, words: Words) -> str:
    """Who is logged in."""
    lines = ["    Line       User       Host(s)              Idle       Location"]
    for connection in console.device.connections:
        star = (
            "*" if connection.source == console.source and connection.user == console.user else " "
        )
        lines.append(
            f"{star}{connection.vty + 2:3d} vty {connection.vty}     {connection.user:<10s} "
            f"{'idle':<20s} 00:00:00   {connection.source}"
        )
    lines += ["", "  Interface    User               Mode         Idle     Peer Address", ""]
    return "\n".join(lines)


async def show_privilege(console: Console, words: Words) -> str:
    """The level."""
    return f"Current privilege level is {console.privilege}\n"


async def show_inventory(console: Console, words: Words) -> str:
    """Chassis and ports."""
    device = console.device
    kind = device.model.removesuffix("/K9")
    return (
        f'NAME: "Chassis", DESCR: "Cisco {kind} Chassis"\n'
        f"PID: {device.model:<18s}, VID: V04  , SN: {device.serial}\n\n"
        f'NAME: "Power Supply Module 0", DESCR: "{kind} Power Supply"\n'
        f"PID: PWR-4330-AC       , VID: V02  , SN: PST{device.serial[-8:]}\n\n"
    )


async def show_cpu(console: Console, words: Words) -> str:
    """Load."""
    return (
        "CPU utilization for five seconds: 2%/0%; one minute: 2%; five minutes: 1%\n"
        " PID Runtime(ms)     Invoked      uSecs   5Sec   1Min   5Min TTY Process \n"
        "   1           4          12        333  0.00%  0.00%  0.00%   0 Chunk Manager    \n"
        "   2        1024        8120        126  0.07%  0.01%  0.00%   0 Load Meter       \n"
        "  85       20312      190230        106  1.12%  0.91%  0.80%   0 IP Input         \n"
    )


async def show_memory(console: Console, words: Words) -> str:
    """Pools."""
    rows = []
    for name, head, (total, used) in (
        ("Processor", "7F2C0A4010", _PROCESSOR),
        ("I/O", "7F2BB0C010", _IO),
    ):
        free = total - used
        rows.append(f"{name:>10s}  {head:>10s}   {total:>11d} {used:>11d} {free:>11d} "
                    f"{free - 4096:>11d} {free - 8192:>11d}")  # fmt: skip
    head_line = "                Head    Total(b)     Used(b)     Free(b)   Lowest(b)  Largest(b)"
    return "\n".join([head_line, *rows, ""])


async def show_memory_processor(console: Console, words: Words) -> str:
    """Pools and processes."""
    (total, used), (io_total, io_used) = _PROCESSOR, _IO
    return (
        f"Processor Pool Total:  {total} Used:  {used} Free:  {total - used}\n"
        f"      I/O Pool Total:  {io_total} Used:  {io_used} Free:  {io_total - io_used}\n\n"
        " PID TTY  Allocated      Freed    Holding    Getbufs    Retbufs Process\n"
        "   0   0   92160300   36051092   52034752          0          0 *Init*          \n"
    )


async def show_environment(console: Console, words: Words) -> str:
    """Sensors."""
    return (
        "Number of Critical alarms:  0\nNumber of Major alarms:     0\n"
        "Number of Minor alarms:     0\n\n"
        " Slot        Sensor          Current State   Reading        Threshold(Minor,Major,Critical,Shutdown)\n"  # noqa: E501
        " ----------  --------------  --------------- ------------   ---------------------------------------\n"  # noqa: E501
        " R0          Temp: Inlet 1   Normal          31    Celsius  (na,75 ,80 ,na )(Celsius)\n"
        " P0          Vin             Normal          230   V AC     na\n"
        " P0          Fan 0           Normal          1     RPM      na\n"
    )


async def show_env_temperature(console: Console, words: Words) -> str:
    """A switch's sensor; routers do not know the command."""
    raise CommandError("% Invalid input detected at '^' marker.\n", len("show env "))


async def show_license(console: Console, words: Words) -> str:
    """UDI."""
    device = console.device
    return f"UDI: PID:{device.model},SN:{device.serial}\n"


async def show_boot(console: Console, words: Words) -> str:
    """What it boots."""
    device = console.device
    found = [line.text.removeprefix("boot system ") for line in device.running.all("boot system")]
    return (
        (f"BOOT variable = {','.join(found)}\n" if found else "BOOT variable does not exist\n")
        + "CONFIG_FILE variable does not exist\nBOOTLDR variable does not exist\n"
        "Configuration register is 0x2102\n"
    )


async def show_file_systems(console: Console, words: Words) -> str:
    """Sizes."""
    device = console.device
    total = device.files.capacity
    nvram = device.nvram_bytes
    return (
        "File Systems:\n\n       Size(b)       Free(b)      Type  Flags  Prefixes\n"
        "             -             -    opaque     rw   system:\n"
        "             -             -    opaque     rw   tmpsys:\n"
        f"* {total:>12d}  {device.files.free:>12d}      disk     rw   {device.flash} flash:#\n"
        f"  {nvram:>12d}  {nvram - len(device.startup):>12d}     nvram     rw   nvram:\n"
        "             -             -    opaque     wo   syslog:\n"
        "             -             -   network     rw   scp:\n"
        "             -             -   network     rw   tftp:\n"
    )


async def show_flash(console: Console, words: Words) -> str:
    """``show flash:``."""
    device = console.device
    rows = [
        f"{file.number + 1:4d}  {file.size:>10d} {file.modified:%b %d %Y %H:%M:%S} +00:00 "
        f"{file.name}"
        for file in device.files.listing()
    ]
    used = device.files.capacity - device.files.free
    head = "-#- --length-- -----date/time------ path"
    return "\n".join(
        [head, *rows, "", f"{device.files.free} bytes available ({used} bytes used)", ""]
    )


async def show_logging(console: Console, words: Words) -> str:
    """The buffer."""
    entries = [
        f"{'' if console.device.clock.synchronised else '*'}"
        f"{entry.when:%b} {entry.when.day:2d} {entry.when:%H:%M:%S}.000: {entry.message}"
        for entry in console.device.log.entries
    ]
    head = (
        "Syslog logging: enabled (0 messages dropped, 0 messages rate-limited, 0 flushes, "
        "0 overruns, xml disabled, filtering disabled)"
    )
    return "\n".join([head, "", "Log Buffer (8192 bytes):", "", *entries, ""])


# -- time servers, SNMP, SSH -------------------------------------------------------------------


def _servers(device: IosDevice) -> list[str]:
    return [line.text.split()[2] for line in device.running.all("ntp server")
            if line.text.split()[2] != "vrf"]  # fmt: skip


async def show_ntp_status(console: Console, words: Words) -> str:
    """Whether the clock follows a server."""
    device = console.device
    servers = _servers(device)
    if not servers and not device.running.get("ntp master"):
        return "%NTP is not enabled.\n"
    good = device.clock.synchronised
    state = "synchronized, stratum 3" if good else "unsynchronized, stratum 16"
    reference = f"reference is {servers[0]}" if good and servers else "no reference clock"
    return (
        f"Clock is {state}, {reference}   \n"
        "nominal freq is 250.0000 Hz, actual freq is 250.0000 Hz, precision is 2**10\n"
        f"ntp uptime is {int(device.uptime) * 100} (1/100 of seconds), resolution is 4000\n"
        f"reference time is E9C6A3B1.00000000 ({device.time()})\n"
        "clock offset is 0.5000 msec, root delay is 1.20 msec\n"
        "root dispersion is 4.31 msec, peer dispersion is 1.04 msec\n"
        "loopfilter state is 'CTRL' (Normal Controlled Loop), drift is 0.000000000 s/s\n"
        "system poll interval is 64, last update was 12 sec ago.\n"
    )


async def show_ntp_associations(console: Console, words: Words) -> str:
    """The servers, one a line."""
    device = console.device
    servers = _servers(device)
    if not servers:
        return ""
    lines = ["", "  address         ref clock       st   when   poll reach  delay  offset   disp"]
    for number, server in enumerate(servers):
        if device.clock.synchronised and device.surroundings.ping(device, server):
            mark, reference, rest = "*~" if not number else "+~", "192.0.2.1", \
                "  2     12     64   377  1.200   0.500  1.040"  # fmt: skip
        else:
            mark, reference, rest = " ~", ".INIT.", " 16      -     64     0  0.000   0.000 15937."
        lines.append(f"{mark}{server:<16s}{reference:<15s}{rest}")
    lines.append(" * sys.peer, # selected, + candidate, - outlyer, x falseticker, ~ configured")
    return "\n".join([*lines, ""])


async def show_hosts(console: Console, words: Words) -> str:
    """Resolver."""
    tree = console.device.running
    domain = tree.value("ip domain name") or "not set"
    servers = ", ".join(
        word for line in tree.all("ip name-server") for word in line.text.split()[2:]
    ) or "255.255.255.255"  # fmt: skip
    if words[-1] == "summary":
        return (
            f"Default domain is {domain}\nName servers are {servers}\n"
            "Local cache entries: 0\nDynamic cache entries: 0\n"
        )
    return (
        f"Default domain is {domain}\nName/address lookup uses domain service\n"
        f"Name servers are {servers}\n\n"
        "Codes: UN - unknown, EX - expired, OK - OK, ?? - revalidate\n"
        "       temp - temporary, perm - permanent\n"
        "       NA - Not Applicable None - Not defined\n\n"
        "Host                      Port  Flags      Age Type   Address(es)\n"
    )


async def show_snmp(console: Console, words: Words) -> str:
    """Chassis, contact, place."""
    tree = console.device.running
    if not tree.all("snmp-server"):
        return "%SNMP agent not enabled\n"
    return (
        f"Chassis: {console.device.serial}\nContact: {tree.value('snmp-server contact')}\n"
        f"Location: {tree.value('snmp-server location')}\n0 SNMP packets input\n"
        "0 SNMP packets output\n"
    )


async def show_snmp_user(console: Console, words: Words) -> str:
    """Users are shown here and nowhere in the configuration."""
    blocks = []
    for name, text in sorted(console.device.snmp_users.items()):
        words = tuple(text.split())
        auth = "SHA" if "sha" in words else "MD5" if "md5" in words else "None"
        secret = "AES128" if "aes" in words else "DES" if "des" in words else "None"
        blocks.append(
            f"User name: {name}\nEngine ID: 800000090300{console.device.mac('').replace('.', '')}\n"
            f"storage-type: nonvolatile        active\nAuthentication Protocol: {auth}\n"
            f"Privacy Protocol: {secret}\nGroup-name: {words[3]}\n"
        )
    return "\n".join([*blocks, ""])


async def show_ip_ssh(console: Console, words: Words) -> str:
    """Version and limits."""
    tree = console.device.running
    version = "2.0" if tree.has("ip ssh version 2") else "1.99"
    timeout = tree.value("ip ssh time-out") or "120"
    retries = tree.value("ip ssh authentication-retries") or "3"
    return (
        f"SSH Enabled - version {version}\n"
        f"Authentication timeout: {timeout} secs; Authentication retries: {retries}\n"
        "Minimum expected Diffie Hellman key size : 2048 bits\n"
    )


async def show_ssh(console: Console, words: Words) -> str:
    """Sessions."""
    lines = ["Connection Version Mode Encryption  Hmac         State                 Username"]
    for connection in console.device.connections:
        for way in ("IN", "OUT"):
            lines.append(f"{connection.vty:<10d} 2.0     {way:<4s} aes256-ctr  hmac-sha2-256 "
                         f"Session started       {connection.user}")  # fmt: skip
    return "\n".join([*lines, ""])
