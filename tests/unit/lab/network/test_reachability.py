"""Who reaches whom: each way to cut a site off cuts exactly what it would, its repair restores."""

from __future__ import annotations

import base64
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.errors import LabError
from sekayu_net.lab.wireguard import public_key

CASES = Path(__file__).parents[3] / "cases" / "lab" / "network"
CUTS: dict[str, Any] = yaml.safe_load((CASES / "cuts.yaml").read_text())
HARMLESS: dict[str, Any] = yaml.safe_load((CASES / "harmless.yaml").read_text())


def test_a_whole_district_is_reachable_from_the_controller(lab: Any) -> None:
    verdicts = {name: lab.network.from_controller(name) for name in lab.states}
    assert {n: v.reason for n, v in verdicts.items() if not v.reached} == {}
    assert len(verdicts) == 10


def test_every_device_is_reachable_from_its_own_management_vlan(lab: Any) -> None:
    verdicts = {name: lab.network.from_site(name) for name in lab.states}
    assert {n: v.reason for n, v in verdicts.items() if not v.reached} == {}


@pytest.mark.parametrize("name", CUTS)
def test_a_change_cuts_off_exactly_what_it_would_and_its_repair_restores(
    lab: Any, name: str
) -> None:
    case = CUTS[name]
    cut = lab.named(case["cuts"])
    assert lab.unreachable() == frozenset()
    lab.run(case["device"], case["change"])
    assert lab.unreachable() == cut
    reasons = [lab.network.from_controller(host).reason for host in sorted(cut)]
    assert any(case["reason"] in text for text in reasons), reasons
    lab.run(case["device"], case["repair"])
    assert lab.unreachable() == frozenset()


@pytest.mark.parametrize("name", HARMLESS)
def test_a_change_that_keeps_every_path_cuts_nobody_off(lab: Any, name: str) -> None:
    for device, change in HARMLESS[name].items():
        lab.run(device, change)
    reasons = {host: lab.network.from_controller(host).reason for host in lab.unreachable()}
    assert reasons == {}


def test_a_host_on_site_still_gets_in_when_the_uplink_is_cut(lab: Any) -> None:
    lab.network.set_link("desa-rtr", up=False)
    assert lab.unreachable() == lab.named(["desa", "far"])
    assert lab.network.from_site("desa-rtr").reached
    assert lab.network.from_site("far-ap").reached
    lab.network.set_link("desa-rtr", up=True)
    assert lab.unreachable() == frozenset()


def test_a_host_on_site_is_refused_by_the_input_chain(lab: Any) -> None:
    lab.run("desa-rtr", "/ip firewall filter set [ find comment=inside ] disabled=yes")
    assert "last-input" in lab.network.from_site("desa-rtr").reason
    assert lab.network.from_controller("desa-rtr").reached


def test_a_router_without_power_takes_everything_behind_it_along(lab: Any) -> None:
    lab.states["desa-rtr"].up = False
    assert lab.unreachable() == lab.named(["desa", "far"])
    lab.states["desa-rtr"].up = True
    assert lab.unreachable() == frozenset()


def test_ends_of_one_radio_share_its_medium_by_vlan(lab: Any) -> None:
    """The far desa can't be heard by the hub on its own VLAN: another radio carries it."""
    lab.run("far-rtr", "/interface vlan set [ find name=uplink ] vlan-id=1002")
    assert lab.unreachable() == lab.named(["far"])


def test_the_hops_of_a_verdict_go_there_and_back(lab: Any) -> None:
    hops = lab.network.from_controller("far-ap").hops
    assert hops[:5] == ("dinkominfo", "hub-rtr", "desa-rtr", "far-rtr", "far-ap")
    assert hops[-1] == "dinkominfo"


def test_a_device_sees_its_ospf_neighbors(lab: Any) -> None:
    rows = lab.network.ospf_neighbors(lab.states["desa-rtr"])
    assert {(r["interface"], r["address"], r["router-id"]) for r in rows} == {
        ("uplink", "10.60.0.5", "10.62.0.1"),
        ("link-far", "10.60.0.10", "10.62.0.4"),
    }


def test_a_device_sees_its_dynamic_routes(lab: Any) -> None:
    rows = {r["dst-address"]: r for r in lab.network.routes(lab.states["lurah-rtr"])}
    assert rows["0.0.0.0/0"]["gateway"] == "10.60.0.1%uplink"
    assert rows["0.0.0.0/0"]["kind"] == "ospf"
    assert rows["10.62.0.5/32"]["kind"] == "ospf"  # the tunnel office, redistributed by the hub
    assert rows["10.60.0.0/30"] == {
        "dst-address": "10.60.0.0/30",
        "gateway": "uplink",
        "distance": "0",
        "kind": "connect",
        "active": "yes",
    }


def test_a_static_route_is_active_while_its_gateway_stands_on_a_running_interface(
    lab: Any,
) -> None:
    hub = lab.states["hub-rtr"]
    default = next(row for row in hub.items("/ip route") if row.get("gateway") == "10.63.255.1")
    assert lab.network.route_active(hub, default.id)
    lab.network.set_link("hub-rtr", up=False)
    assert not lab.network.route_active(hub, default.id)


def test_a_provider_leases_an_address_only_on_its_customers_port(lab: Any) -> None:
    lease = lab.network.dhcp_address(lab.states["tunnel-rtr"], "ether1")
    assert lease is not None
    assert IPv4Interface(lease["address"]).network.subnet_of(IPv4Network("100.64.0.0/10"))
    assert lab.network.dhcp_address(lab.states["hub-rtr"], "ether1") is None


PINGS = {
    "hub to Dinkominfo": ("hub-rtr", "10.63.255.1", True),
    "hub to the internet": ("hub-rtr", "9.9.9.9", True),
    "a name": ("tunnel-rtr", "vpn.example", False),
    "tunnel office to the internet by its provider": ("tunnel-rtr", "9.9.9.9", True),
    "tunnel office to the controller by the tunnel": ("tunnel-rtr", "10.16.0.10", True),
    "access point to its gateway": ("far-ap", "10.64.3.1", True),
    "office to the hub's loopback": ("desa-rtr", "10.62.0.1", True),
    "farther than a forward chain lets it": ("far-rtr", "10.62.0.1", False),
    "an address that nobody has": ("lurah-rtr", "10.62.9.9", False),
    "its own": ("lurah-rtr", "10.62.0.2", True),
}


@pytest.mark.parametrize("name", PINGS)
def test_ping_from_a_device(lab: Any, name: str) -> None:
    device, address, answered = PINGS[name]
    assert lab.network.ping(lab.states[device], address) is answered


def test_a_change_that_moves_no_packet_costs_no_new_computation(lab: Any) -> None:
    before = lab.network.snapshot
    lab.run("hub-rtr", "/system ntp client set enabled=yes")
    assert lab.network.snapshot is before


def test_a_change_of_the_firewall_keeps_the_floods(lab: Any) -> None:
    before = lab.network.snapshot
    lab.run("hub-rtr", "/ip firewall filter set [ find comment=icmp ] disabled=yes")
    assert lab.network.snapshot is not before
    assert lab.network.snapshot.frames is before.frames


def test_the_public_half_of_a_key_is_computed() -> None:
    # RFC 7748, 5.2: one iteration from the base point
    nine = base64.b64encode((9).to_bytes(32, "little")).decode()
    once = "422c8e7a6227d7bca1350b3e2bb7279f7897b87bb6854b783c60e80311ae3079"
    assert public_key(nine) == base64.b64encode(bytes.fromhex(once)).decode()
    assert public_key("no key") is None


def test_a_cable_is_laid_between_ports_that_are_there(lab: Any) -> None:
    with pytest.raises(LabError, match="no port sfp9"):
        lab.network.lay_cable((next(iter(lab.states)), "sfp9"), ("elsewhere", "ether1"))
