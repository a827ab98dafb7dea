"""Who may reach whom, judged by the simulator's firewall on what the templates say.

The cases are packets that open a connection: where they come in, where they would go out, and
whether they pass.
"""

from __future__ import annotations

import asyncio
from ipaddress import IPv4Address
from typing import NamedTuple

import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.firewall import Packet, Sight, decide
from sekayu_net.lab.node import Node
from sekayu_net.lab.node_reader import compile_node
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.syntax import format_statement

INTERNET = "93.184.215.14"
ELSEWHERE = "10.64.90.5"


class Case(NamedTuple):
    """``source`` and ``destination`` are VLANs of the office or addresses."""

    source: str
    inside: str
    destination: str
    outside: str
    passes: bool
    protocol: str = "tcp"
    port: int = 443


def node_of(bench, host: str) -> Node:
    """The network's view of a blank device that was given the intended text."""

    async def made() -> Node:
        device = bench.device(host)
        lab = LabDevice(
            device.name,
            model=device.model.name,
            version=device.version,
            serial=device.serial,
            ports=tuple(device.ports),
            radios=tuple((radio.name, radio.band) for radio in device.model.radios),
        )
        # What decides on packets; the rest of the text is tried by the first plans.
        text = "".join(
            format_statement(statement, menu=True) + "\n"
            for statement in bench.statements(device)
            if statement.menu.startswith(("/interface", "/ip firewall"))
        )
        lab.import_script(ROUTEROS.reveal(text, bench.store.unseal))
        return compile_node(lab)

    return asyncio.run(made())


def address(bench, host: str, word: str) -> IPv4Address:
    office = bench.district.office_of(bench.device(host))
    if word in office.vlans:
        return office.vlans[word].network[20]
    return IPv4Address(word)


FIBER = "lurah-kayu-ara-rtr1"
TUNNEL = "desa-muara-teladan-rtr1"

THROUGH = [
    (FIBER, Case("staff", "vlan-staff", "10.16.20.5", "uplink", True)),
    (FIBER, Case("staff", "vlan-staff", INTERNET, "uplink", True)),
    (FIBER, Case("staff", "vlan-staff", "service", "vlan-service", True)),
    (FIBER, Case("staff", "vlan-staff", "management", "vlan-management", False)),
    (FIBER, Case("staff", "vlan-staff", "iot", "vlan-iot", False)),
    (FIBER, Case("service", "vlan-service", INTERNET, "uplink", True)),
    (FIBER, Case("service", "vlan-service", "staff", "vlan-staff", False)),
    (FIBER, Case("public_wifi", "vlan-public", INTERNET, "uplink", True)),
    (FIBER, Case("public_wifi", "vlan-public", "10.16.20.5", "uplink", False)),
    (FIBER, Case("public_wifi", "vlan-public", ELSEWHERE, "uplink", False)),
    (FIBER, Case("public_wifi", "vlan-public", "192.168.1.1", "uplink", False)),
    (FIBER, Case("public_wifi", "vlan-public", "staff", "vlan-staff", False)),
    (FIBER, Case("public_wifi", "vlan-public", "service", "vlan-service", False)),
    (FIBER, Case("public_wifi", "vlan-public", "iot", "vlan-iot", False)),
    (FIBER, Case("public_wifi", "vlan-public", "management", "vlan-management", False)),
    (FIBER, Case("iot", "vlan-iot", "10.16.40.9", "uplink", True)),
    (FIBER, Case("iot", "vlan-iot", "10.16.20.5", "uplink", False)),
    (FIBER, Case("iot", "vlan-iot", INTERNET, "uplink", False)),
    (FIBER, Case("iot", "vlan-iot", "staff", "vlan-staff", False)),
    (FIBER, Case("management", "vlan-management", "10.16.1.123", "uplink", True, "udp", 123)),
    (FIBER, Case("management", "vlan-management", INTERNET, "uplink", False)),
    (FIBER, Case("10.16.0.10", "uplink", "management", "vlan-management", True, port=22)),
    (FIBER, Case("10.16.0.10", "vlan-staff", "management", "vlan-management", False, port=22)),
    (FIBER, Case("10.16.20.5", "uplink", "management", "vlan-management", False, port=22)),
    (FIBER, Case(ELSEWHERE, "uplink", "staff", "vlan-staff", False)),
    (TUNNEL, Case("staff", "vlan-staff", "10.16.20.5", "tunnel", True)),
    (TUNNEL, Case("staff", "vlan-staff", INTERNET, "ether1", True)),
    (TUNNEL, Case("public_wifi", "vlan-public", INTERNET, "ether1", True)),
    (TUNNEL, Case("public_wifi", "vlan-public", INTERNET, "tunnel", False)),
    (TUNNEL, Case("public_wifi", "vlan-public", "10.16.20.5", "tunnel", False)),
    (TUNNEL, Case("public_wifi", "vlan-public", "100.64.5.1", "ether1", False)),
    (TUNNEL, Case(INTERNET, "ether1", "staff", "vlan-staff", False)),
    (TUNNEL, Case(INTERNET, "ether1", "management", "vlan-management", False, port=22)),
    ("desa-lumpatan-rtr1", Case(ELSEWHERE, "link-desa-sungai-medak", INTERNET, "uplink", True)),
    ("desa-lumpatan-ap1", Case("staff", "vlan-management", INTERNET, "vlan-management", False)),
]

TO_ROUTER = [
    (FIBER, Case("10.16.0.10", "uplink", "", "", True, port=22)),
    (FIBER, Case("10.16.20.5", "uplink", "", "", False, port=22)),
    (FIBER, Case("10.16.0.10", "vlan-staff", "", "", False, port=22)),
    (FIBER, Case("management", "vlan-management", "", "", True, port=22)),
    (FIBER, Case("staff", "vlan-staff", "", "", False, port=22)),
    (FIBER, Case("public_wifi", "vlan-public", "", "", False, port=22)),
    (FIBER, Case("192.168.255.2", "ether8", "", "", True, port=22)),
    (FIBER, Case("192.168.255.2", "vlan-staff", "", "", False, port=22)),
    (FIBER, Case("staff", "vlan-staff", "", "", True, "udp", 53)),
    (FIBER, Case("public_wifi", "vlan-public", "", "", True, "tcp", 53)),
    (FIBER, Case("10.16.20.5", "uplink", "", "", False, "udp", 53)),
    (FIBER, Case("staff", "vlan-staff", "", "", True, "udp", 67)),
    (FIBER, Case("staff", "vlan-staff", "", "", False, port=8291)),
    (FIBER, Case("10.16.3.7", "uplink", "", "", True, "udp", 161)),
    (FIBER, Case("staff", "vlan-staff", "", "", False, "udp", 161)),
    (FIBER, Case("10.60.0.1", "uplink", "", "", True, "ospf", 0)),
    (FIBER, Case("staff", "vlan-staff", "", "", False, "ospf", 0)),
    (TUNNEL, Case(INTERNET, "ether1", "", "", False, port=22)),
    (TUNNEL, Case(INTERNET, "ether1", "", "", False, "udp", 53)),
    (TUNNEL, Case("10.16.0.10", "ether1", "", "", False, port=22)),
    (TUNNEL, Case("10.16.0.10", "tunnel", "", "", True, port=22)),
    ("camat-sekayu-rtr1", Case(INTERNET, "ether1", "", "", True, "udp", 51820)),
    ("camat-sekayu-rtr1", Case(INTERNET, "ether1", "", "", False, port=22)),
    (FIBER, Case(INTERNET, "uplink", "", "", False, "udp", 51820)),
    ("desa-lumpatan-ap1", Case("10.16.0.10", "vlan-management", "", "", True, port=22)),
    ("desa-lumpatan-ap1", Case("staff", "vlan-management", "", "", False, port=22)),
]


@pytest.fixture(scope="module")
def nodes(bench) -> dict[str, Node]:
    return {host: node_of(bench, host) for host in {host for host, _ in [*THROUGH, *TO_ROUTER]}}


def words(case: tuple[str, Case]) -> str:
    host, flow = case
    end = f"{flow.destination}({flow.outside})" if flow.outside else "itself"
    return f"{host}: {flow.source}({flow.inside}) to {end} {flow.protocol}/{flow.port}"


@pytest.mark.parametrize("case", THROUGH, ids=words)
def test_through_a_device_pass_only_those_who_may(bench, nodes, case) -> None:
    host, flow = case
    packet = Packet(
        address(bench, host, flow.source),
        address(bench, host, flow.destination),
        flow.protocol,
        50000,
        flow.port,
    )
    sight = Sight(packet, "new", flow.inside, flow.outside)
    verdict = decide(nodes[host], nodes[host].filter, "forward", sight)
    assert verdict.passes is flow.passes, str(verdict)


@pytest.mark.parametrize("case", TO_ROUTER, ids=words)
def test_to_a_device_come_only_those_who_may(bench, nodes, case) -> None:
    host, flow = case
    packet = Packet(
        address(bench, host, flow.source),
        bench.device(host).address,
        flow.protocol,
        50000,
        flow.port,
    )
    sight = Sight(packet, "new", flow.inside, local=(False, True))
    verdict = decide(nodes[host], nodes[host].filter, "input", sight)
    assert verdict.passes is flow.passes, str(verdict)
