"""What the lab's IOS device shows, read by the TextFSM templates of ntc-templates."""

from __future__ import annotations

from typing import Any

import pytest
from ntc_templates.parse import parse_output

from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.editor import run_now
from tests.ios_bench import NEW, OLD, make_device

#: Command, how many rows, and fields of the first.
READ: dict[str, tuple[int, dict[str, Any]]] = {
    "show version": (1, {"hostname": "rtr2", "serial": ["FDO2229A0AB"]}),
    "show ip interface brief": (4, {"interface": "Loopback0", "ip_address": "10.255.0.2"}),
    "show interfaces": (4, {"interface": "Loopback0", "mtu": "1514", "link_status": "up"}),
    "show interfaces description": (4, {"port": "Lo0", "status": "up"}),
    "show ip arp": (4, {"ip_address": "10.0.0.2", "type": "ARPA"}),
    "show ip route": (8, {"protocol": "S", "nexthop_ip": "10.0.0.1", "network": "0.0.0.0"}),  # noqa: S104
    "show ip ospf neighbor": (1, {"neighbor_id": "10.255.0.1", "state": "FULL/DR"}),
    "show clock": (1, {"timezone": "UTC"}),
    "show processes cpu": (3, {"cpu_usage_5_sec": "2"}),
    "show inventory": (2, {"name": "Chassis", "sn": "FDO2229A0AB"}),
    "show lldp neighbors": (1, {"neighbor_name": "provider-rtr1"}),
    "show lldp neighbors detail": (1, {"neighbor_name": "provider-rtr1"}),
    "show cdp neighbors": (1, {"neighbor_name": "provider-rtr1"}),
    "show cdp neighbors detail": (
        1,
        {"neighbor_name": "provider-rtr1", "mgmt_address": "10.0.0.1"},
    ),
    "show access-lists": (2, {"name": "MANAGEMENT", "action": "permit"}),
    "show archive": (1, {"current_index": "1"}),
    "dir": (2, {"total_size": "366997504"}),
    "show vrrp brief": (1, {"group": "7", "state": "Init"}),
    "show hosts summary": (1, {"default_domain": "sekayu.example"}),
    "show vrf": (1, {"name": "TEST"}),
    "show file systems": (6, {"type": "opaque"}),
    "show ip interface": (4, {"interface": "Loopback0"}),
    "show snmp user": (1, {"user_name": "peta", "privacy_protocol": "AES128"}),
}


@pytest.mark.parametrize("version", [NEW, OLD])
@pytest.mark.parametrize("command", READ)
def test_a_template_reads_it(command: str, version: str) -> None:
    device = make_device(version)
    console = Console(device, "teknisi", 15)
    for line in ("configure terminal", "vrf definition TEST", f"interface {device.ports[2]}",
                 "vrrp 7 ip 10.7.0.1", "snmp-server user peta G v3 auth sha a priv aes 128 b",
                 "end", "archive config"):  # fmt: skip
        run_now(console.run(line))
    rows = parse_output("cisco_ios", command, run_now(console.run(command)))
    count, first = READ[command]
    assert len(rows) == count, rows
    if first:
        assert {name: rows[0][name] for name in first} == first
