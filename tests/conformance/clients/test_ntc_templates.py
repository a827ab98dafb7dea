"""What ``print`` shows, read by ntc-templates: the values that come out are those of the device.

Each template is in one of two tables: ``READ`` or, with the reason, ``LEFT_OUT``. Most were made
from 6.49 or early 7: ``versions`` says which forms a template knows. (The one of ``/ip route print
terse`` does not know 7's letter ``s`` of a static route.)
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import ntc_templates
import pytest
from ntc_templates.parse import parse_output

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.environment import Isolated
from sekayu_net.lab.timers import run_now

OLD, MIDDLE, NEW = "6.49.17", "7.12.1", "7.20.1"
TEMPLATES = Path(ntc_templates.__file__).parent / "templates"
PREFIX = "mikrotik_routeros_"
PRIVATE = "KJ1m/0m0cA1p3zZgzPk0p+4m9OXQf8s4lYhE7PZ5oG8="
PUBLIC = "zri4ihH5E/qHhpWQDDI2DizG0zzFFiMviaJLG4u2RiU="
CONFIGURATION = """
/system identity set name=office-rtr1
/system clock set time-zone-name=Asia/Jakarta
/interface bridge add name=bridge1 comment="office network"
/interface bridge port add bridge=bridge1 interface=ether2
/interface vlan add name=vlan10 vlan-id=10 interface=bridge1 comment="staff"
/interface vlan add name=vlan20 vlan-id=20 interface=bridge1 use-service-tag=yes
/interface list add name=WAN
/interface list member add list=WAN interface=ether1
/ip address add address=10.0.0.1/24 interface=ether1 comment="uplink here"
/ip address add address=10.0.1.1/26 interface=vlan10 disabled=yes
/ip route add dst-address=0.0.0.0/0 gateway=10.0.0.254 comment="to the world" distance=5
/ip firewall filter add chain=input action=accept connection-state=established,related \
    comment="known ones"
/ip firewall filter add chain=forward action=accept protocol=tcp src-address=10.1.0.0/16 \
    dst-port=22,443 in-interface=vlan10 out-interface-list=!WAN
/ip firewall filter add chain=input action=drop in-interface-list=!WAN disabled=yes
/ip firewall nat add chain=srcnat action=masquerade out-interface-list=WAN ipsec-policy=out,none
/ip firewall nat add chain=dstnat action=dst-nat to-addresses=10.1.0.5 to-ports=80 protocol=tcp \
    dst-port=8080 in-interface=ether1 comment="the camera"
/ip firewall address-list add list=offices address=10.1.0.0/16
/ip firewall address-list add list=offices address=10.9.9.9 disabled=yes
/snmp community set [ find default=yes ] name=Monitoring
/user add name=teknisi group=full password=x comment="a technician"
/ip arp add address=10.0.0.9 mac-address=02:00:00:00:00:09 interface=ether1
/ip pool add name=staff ranges=10.0.0.10-10.0.0.99
/ip dhcp-server add name=staff interface=ether1 address-pool=staff
/ip dhcp-server lease add address=10.0.0.40 mac-address=02:00:00:00:00:40 server=staff
"""
NEWER = f"""
/interface wireguard add name=wg1 listen-port=13231 private-key="{PRIVATE}"
"""


class Neighbourhood(Isolated):
    """A world with an upstream router, and a link in the first port."""

    def neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        return [
            {"interface": "ether1", "address": "10.0.0.254", "mac-address": "02:00:00:00:00:FE",
             "identity": "hub rtr", "interface-name": "sfp1", "version": "7.20.1 (stable)",
             "platform": "MikroTik", "board": "RB5009", "system-caps": "bridge,router",
             "system-caps-enabled": "bridge,router"},
            {"interface": "vlan10", "address": "10.0.1.2", "mac-address": "02:00:00:00:00:02",
             "identity": "ap1", "interface-name": "ether1", "system-caps": "bridge",
             "system-caps-enabled": "bridge"},
        ]  # fmt: skip

    def routes(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        return [
            {"dst-address": "10.0.0.0/24", "gateway": "ether1", "distance": "0", "kind": "connect"},
            {"dst-address": "10.7.0.0/24", "gateway": "10.0.0.253%ether1", "distance": "110",
             "kind": "ospf"},
        ]  # fmt: skip

    def route_active(self, device: LabDevice, item_id: str) -> bool:
        return True

    def running(self, device: LabDevice, port: str) -> bool:
        return port == "ether1"


@lru_cache(maxsize=4)
def device(version: str) -> LabDevice:
    made = LabDevice(
        "bench", model="RB5009UG+S+IN", version=version, serial="HMM0BDDPJAM",
        ports=("ether1", "ether2", "ether3"), environment=Neighbourhood(),
    )  # fmt: skip
    made.import_script(CONFIGURATION)
    if version != OLD:
        made.import_script(NEWER)
    made.log.add(("system", "info"), "the template takes the first line for a heading")
    made.log.add(("system", "info"), 'user "teknisi" logged in')
    for user in ("admin", "teknisi"):
        made.last_logins[user] = datetime(2026, 11, 3, 9, 8, 7, tzinfo=UTC)
    return made


@dataclass(frozen=True)
class Read:
    """A command; what the template must give: the fields named of each row, in order."""

    command: str
    versions: tuple[str, ...]
    rows: tuple[dict[str, object], ...]
    typed: str = ""


MACS = ("48:A9:8A:55:36:7B", "48:A9:8A:55:36:7C", "48:A9:8A:55:36:7D")
ETHER = {"type": "ether", "actual_mtu": "1500", "l2mtu": "1514", "max_l2mtu": "9796"}
INTERFACES = (
    {"name": "ether1", "status": "R", "slave": "", "mac_address": MACS[0]} | ETHER,
    {"name": "ether2", "status": "", "slave": "S", "mac_address": MACS[1]} | ETHER,
    {"name": "ether3", "status": "", "slave": "", "mac_address": MACS[2]} | ETHER,
    {"name": "bridge1", "status": "R", "type": "bridge", "l2mtu": "1514", "mac_address": MACS[1]},
    {"name": "vlan10", "status": "R", "type": "vlan", "l2mtu": "1510", "mac_address": MACS[1]},
    {"name": "vlan20", "status": "R", "type": "vlan", "l2mtu": "1510"},
)
LOOPBACK = {"name": "lo", "type": "loopback", "actual_mtu": "65536"}
TUNNEL = {"name": "wg1", "type": "wg", "actual_mtu": "1420", "status": "R"}
STATIC_OLD = {
    "comment": "to the world", "gateway": "10.0.0.254", "distance": "5",
    "gateway_status": "10.0.0.254 reachable via  ether1",
}  # fmt: skip

READ = (
    Read(
        "/interface print brief", (OLD,),
        (*INTERFACES[:3], INTERFACES[5]),
        typed="/interface print brief where !comment",
    ),
    Read(
        "/interface print detail", (OLD,),
        (*INTERFACES[:3], INTERFACES[3] | {"description": ["office network"]}, *INTERFACES[4:]),
    ),
    Read(
        "/interface print detail", (NEW,),
        (LOOPBACK, *INTERFACES[:3], INTERFACES[3] | {"description": ["office network"]},
         *INTERFACES[4:], TUNNEL),
    ),
    Read(
        "/interface print terse without-paging", (OLD,),
        (*INTERFACES[:3], INTERFACES[3] | {"comment": "office network"}, *INTERFACES[4:]),
    ),
    Read(
        "/interface print terse without-paging", (NEW,),
        (LOOPBACK, INTERFACES[0] | {"default_name": "ether1"}, *INTERFACES[1:], TUNNEL),
    ),
    Read(
        "/interface vlan print detail", (OLD, MIDDLE),
        ({"id": "0", "status": "R", "name": "vlan10", "vlan_id": "10", "service_tag": "no",
          "parent_interface": "bridge1", "description": ["staff"]},
         {"id": "1", "name": "vlan20", "vlan_id": "20", "service_tag": "yes", "description": []}),
    ),
    Read(
        "/interface wireguard print terse without-paging", (NEW,),
        ({"name": "wg1", "running": "R", "mtu": "1420", "listen_port": "13231",
          "private_key": PRIVATE, "public_key": PUBLIC},),
        typed="/interface wireguard print terse show-sensitive without-paging",
    ),
    Read(
        "/ip address print", (OLD, MIDDLE, NEW),
        ({"num": "0", "ip": "10.0.0.1", "subnet": "24", "network": "10.0.0.0", "flags": "",
          "interface": "ether1", "comment": "uplink here"},
         {"num": "1", "ip": "10.0.1.1", "subnet": "26", "network": "10.0.1.0", "flags": "X",
          "interface": "vlan10", "comment": ""}),
    ),
    Read(
        "/ip address export verbose", (OLD, NEW),
        ({"ip": "10.0.0.1", "mask": "24", "comment": "uplink here", "disabled": "no",
          "interface": "ether1", "network": "10.0.0.0"},
         {"ip": "10.0.1.1", "mask": "26", "comment": "", "disabled": "yes"}),
    ),
    Read(
        "/ip arp print", (OLD,),
        ({"num": "0", "flags": "C", "ip_address": "10.0.0.9", "interface": "ether1",
          "mac_address": "02:00:00:00:00:09"},),
    ),
    Read(
        "/ip arp print terse without-paging", (OLD, NEW),
        ({"index": "0", "flags": "C", "address": "10.0.0.9", "published": "no",
          "mac_address": "02:00:00:00:00:09", "interface": "ether1"},),
    ),
    Read(
        "/ip dhcp-server lease print", (OLD,),
        ({"number": "0", "address": "10.0.0.40", "mac_address": "02:00:00:00:00:40",
          "server": "staff", "status": "waiting", "last_seen": "never"},),
    ),
    Read(
        "/ip dhcp-server lease print terse without-paging", (OLD, NEW),
        ({"index": "0", "address": "10.0.0.40", "mac_address": "02:00:00:00:00:40",
          "server": "staff", "status": "waiting", "last_seen": "never"},),
    ),
    Read(
        "/ip firewall address-list print terse", (OLD, NEW),
        ({"index": "0", "flags": "", "list": "offices", "ip_address": "10.1.0.0",
          "prefix_length": "16"},
         {"index": "1", "flags": "X", "list": "offices", "ip_address": "10.9.9.9"}),
    ),
    Read(
        "/ip firewall filter print all without-paging", (OLD, NEW),
        ({"index": "0", "comment": "known ones", "chain": "input", "action": "accept",
          "connection_state": "established,related", "flags": ""},
         {"index": "1", "chain": "forward", "protocol": "tcp", "src_address": "10.1.0.0/16",
          "dst_port": "22,443", "in_interface": "vlan10", "out_interface_list": "!WAN"},
         {"index": "2", "flags": "X", "action": "drop", "in_interface_list": "!WAN"}),
    ),
    Read(
        "/ip firewall nat print all without-paging", (OLD, NEW),
        ({"index": "0", "chain": "srcnat", "action": "masquerade", "out_interface_list": "WAN",
          "ipsec_policy": "out,none"},
         {"index": "1", "comment": "the camera", "action": "dst-nat", "to_addresses": "10.1.0.5",
          "to_ports": "80", "protocol": "tcp", "dst_port": "8080", "in_interface": "ether1"}),
    ),
    Read(
        "/ip neighbor print detail", (OLD, NEW),
        ({"number": "0", "interface": "ether1", "ip_address": "10.0.0.254",
          "mac_address": "02:00:00:00:00:FE", "identity": "hub rtr", "interface_name": "sfp1",
          "version": "7.20.1 (stable)", "board": "RB5009", "system_caps": "bridge,router"},
         {"number": "1", "interface": "vlan10", "identity": "ap1"}),
    ),
    Read(
        "/ip route print detail", (OLD,),
        ({"number": "0", "active": "A", "dynamic": " ", "protocol": "S", "network": "0.0.0.0",  # noqa: S104
          "mask": "0", "gateway": "10.0.0.254", "distance": "5", "comment": "to the world"},
         {"dynamic": "D", "protocol": "C", "network": "10.0.0.0", "mask": "24", "distance": "0"},
         {"dynamic": "D", "protocol": "o", "network": "10.7.0.0", "distance": "110"}),
    ),
    Read(
        "/ip route print terse", (OLD,),
        (STATIC_OLD | {"dst_address": "0.0.0.0/0", "index": "0", "flags": "A S"},
         {"dst_address": "10.0.0.0/24", "flags": "ADC", "gateway": "ether1"},
         {"dst_address": "10.7.0.0/24", "flags": "ADo", "gateway": "10.0.0.253%ether1"}),
    ),
    Read(
        "/ip route print terse without-paging", (OLD,),
        (STATIC_OLD | {"destination_address": "0.0.0.0",  # noqa: S104
                       "destination_address_subnet": "0"},
         {"destination_address": "10.0.0.0", "destination_address_subnet": "24",
          "flags": "ADC "},
         {"destination_address": "10.7.0.0", "flags": "ADo "}),
    ),
    Read(
        "/log print detail without-paging", (OLD,),
        ({"topic": "system,info", "whole_message":
          'topics=system,info message="user \\"teknisi\\" logged in"'},),
    ),
    Read(
        "/ping 10.0.0.1", (OLD, NEW),
        ({"seq": ["0", "1"], "host": ["10.0.0.1", "10.0.0.1"], "sent": "2", "received": "2",
          "packet_loss": "0", "ttl": ["64", "64"]},),
        typed="/ping 10.0.0.1 count=2",
    ),
    Read(
        "/ping 10.0.0.99", (OLD, NEW),
        ({"host": ["10.0.0.99"], "status": ["timeout"], "sent": "1", "received": "0",
          "packet_loss": "100"},),
        typed="/ping 10.0.0.99 count=1",
    ),
    Read(
        "/snmp community print without-paging", (OLD,),
        ({"index": "0", "flags": "*", "name": "Monitoring", "addresses": "0.0.0.0/0",
          "security": "none", "read_access": "yes", "write_access": "no"},),
    ),
    Read(
        "/system clock print", (OLD,),
        ({"time_zone_name": "Asia/Jakarta", "gmt_offset": "+07:00", "dst_active": "no"},),
    ),
    Read("/system identity print", (OLD, NEW), ({"name": "office-rtr1"},)),
    Read(
        "/system resource print", (OLD, MIDDLE),
        ({"board_name": "RB5009UG+S+IN", "total_memory": "1024.0MiB", "cpu_frequency": "1400MHz",
          "total_hdd_space": "128.0MiB", "bad_blocks": "0%", "platform": "MikroTik"},),
    ),
    Read(
        "/system routerboard print", (OLD, NEW),
        ({"routerboard": "yes", "hardware_model": "RB5009UG+S+IN",
          "serial_number": "HMM0BDDPJAM"},),
    ),
    Read(
        "/user print", (OLD,),
        ({"id": "0", "name": "admin", "group": "full", "address": "",
          "last_logged_in": "nov/03/2026 09:08:07"},
         {"id": "1", "name": "teknisi", "comment": "a technician"}),
    ),
)  # fmt: skip

LEFT_OUT = {
    "interface_bonding_print_detail": "the lab carries no frames over bonds",
    "interface_bridge_host_print_terse_without-paging": "the lab learns no addresses",
    "interface_ethernet_monitor_name_once": "the lab has no monitor command",
    "interface_ethernet_poe_print_without-paging": "the lab has no PoE controller",
    "interface_ethernet_print": "wants a switch for every port; the lab has no switch chips",
    "interface_lte_apn_print_terse": "wants numbers without the blank before them, and no mobile "
    "interface is simulated",
    "interface_wireguard_peers_print_terse_without-paging": "wants counters of traffic",
    "ip_arp_print_without-paging": "knows neither a legend of flags nor the columns of 7",
    "ip_dhcp-server_lease_print_without-paging": "knows no legend of flags",
    "ip_dns_cache_print_terse_without-paging": "the lab's resolver keeps no cache",
    "ip_firewall_connection_print_terse_without-paging": "the lab tracks no connections",
    "ip_hotspot_ip-binding_print_terse_without-paging": "the lab has no hotspot",
    "ipv6_neighbor_print_without-paging": "the lab has no IPv6 neighbours",
    "routing_bgp_peer_print_status": "BGP sessions are not simulated",
    "routing_bgp_peer_print_status_without-paging": "BGP sessions are not simulated",
    "routing_ospf_interface_print_terse": "the lab shows no OSPF interfaces",
    "routing_ospf_neighbor_print": "6.49's form, with counters that the lab does not keep",
    "routing_ospf_neighbor_print_terse_without-paging": "the same",
    "tool_profile": "the lab has no profiler",
    "tool_speed-test_address": "the lab has no speed test",
    "user_active_print": "needs a login: see test_openssh",
}  # fmt: skip


def name_of(case: Read) -> str:
    """The template that ntc-templates takes for a command."""
    command = "/ping" if case.command.startswith("/ping") else case.command
    return command.lstrip("/").replace(" ", "_")


@pytest.mark.parametrize(
    ("case", "version"),
    [(case, version) for case in READ for version in case.versions],
    ids=lambda value: value.command if isinstance(value, Read) else value,
)
def test_a_print_parses_to_what_the_device_holds(case: Read, version: str) -> None:
    text = typed(device(version), case.typed or case.command)
    found = parse_output("mikrotik_routeros", case.command, text.rstrip() + "\n")
    assert [
        {name: row.get(name) for name in wanted}
        for row, wanted in zip(found, case.rows, strict=True)
    ] == list(case.rows)


def typed(made: LabDevice, command: str) -> str:
    """What a terminal of 511 columns shows: clients that parse ask for it in the login suffix."""
    output: list[str] = []
    session = made.session("admin", "", output.append, "shell")
    session.width = 511
    run_now(made.console_line(command, session))
    return "".join(output)


def test_every_template_is_read_or_left_out_with_a_reason() -> None:
    there = {path.stem.removeprefix(PREFIX) for path in TEMPLATES.glob(f"{PREFIX}*.textfsm")}
    read = {name_of(case) for case in READ}
    assert not read & LEFT_OUT.keys()
    assert there == read | LEFT_OUT.keys()
