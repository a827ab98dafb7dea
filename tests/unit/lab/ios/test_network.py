"""A second hub of another platform: who reaches it, what cuts it off, what it takes over."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.inventory.district import Device, District, Model
from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.editor import run_now
from sekayu_net.lab.ios.view import NetworkView
from sekayu_net.lab.network import Network
from sekayu_net.lab.timers import ManualTimers
from tests.unit.lab.network.conftest import HUB, make_district, make_states, net

CASES = Path(__file__).parents[3] / "cases/ios"
CUTS: dict[str, Any] = yaml.safe_load((CASES / "cuts.yaml").read_text("utf-8"))
PORTS = ("GigabitEthernet0/0/0", "GigabitEthernet0/0/1")
SECOND = "hub-rtr2"
#: The first hub and the lurah's router on segments with room for a third router.
SHARED = """\
/ip address set [find address=10.60.0.1/30] address=10.60.0.3/29
/interface vrrp add name=vrrp10 interface=link-lurah vrid=10 version=2 priority=110
/ip address add address=10.60.0.1/32 interface=vrrp10
/ip address set [find address=10.63.255.2/30] address=10.63.255.2/29
/routing ospf interface-template add area=backbone interfaces=ether1 type=broadcast cost=10 \
    hello-interval=10s dead-interval=40s
/ip firewall filter add chain=input action=accept protocol=vrrp place-before=0
"""
BROADCAST = (
    "/routing ospf interface-template set [find comment={name}] type=broadcast auth=md5 cost=10\n"
)


def two_hubs() -> District:
    district = make_district()
    second = Device(
        SECOND, HUB, "router", 2, Model("ISR4331/K9", "ios", {}), "17.6.5", "FDO2229A0AB",
        IPv4Address("10.62.0.100"), {PORTS[0]: "uplink", PORTS[1]: "downlink"}, {},
    )  # fmt: skip
    office = district.offices[HUB]
    uplink = replace(
        district.dinkominfo,
        network=net("10.63.255.0/29"),
        hub_address=IPv4Interface("10.63.255.2/29"),
    )
    beside = replace(office, devices=(*office.devices, second))
    return replace(district, offices={**district.offices, HUB: beside}, dinkominfo=uplink)


class Pair:
    """The network with its second hub at hand."""

    def __init__(self) -> None:
        self.second = IosDevice(
            SECOND, model="ISR4331/K9", version="17.6.5", serial="FDO2229A0AB", ports=PORTS,
            timers=ManualTimers(),
        )  # fmt: skip
        self.second.import_script((CASES / "hub2.cfg").read_text("utf-8"))
        states: dict[str, Any] = dict(make_states())
        states["hub-rtr"].run(SHARED + BROADCAST.format(name="link-lurah"))
        states["lurah-rtr"].run(
            "/ip address set [find address=10.60.0.2/30] address=10.60.0.2/29\n"
            + BROADCAST.format(name="uplink")
        )
        self.states = states
        self.network = Network(two_hubs(), [*states.values(), self.second])
        self.second.surroundings = NetworkView(self.network)
        self.second.changed = lambda: self.network.changed(SECOND)

    def reached(self, name: str = SECOND) -> bool:
        return self.network.from_controller(name).reached

    def type(self, *lines: str) -> str:
        console = Console(self.second, "sekayu", 15)
        return "".join(run_now(console.run(line)) for line in lines)

    def power(self, name: str, *, up: bool) -> None:
        self.states[name].up = up
        self.network.changed(name)


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_everyone_is_reachable_with_a_second_hub(pair: Pair) -> None:
    names = [*pair.states, SECOND]
    assert {n: pair.network.from_controller(n).reason for n in names if not pair.reached(n)} == {}


@pytest.mark.parametrize("name", CUTS)
def test_a_change_cuts_the_second_hub_off_when_it_would_and_its_repair_restores(
    pair: Pair, name: str
) -> None:
    case = CUTS[name]
    answers = pair.type("configure terminal", *case["change"], "end")
    assert "%" not in answers.replace("CNTL/Z", "")
    verdict = pair.network.from_controller(SECOND)
    assert verdict.reached is not case["cuts"], verdict.reason
    if case["cuts"]:
        assert case["reason"] in verdict.reason
    pair.type("configure terminal", *case["repair"], "end")
    assert pair.reached()


def test_a_cut_off_device_comes_back_by_its_timer(pair: Pair) -> None:
    pair.type("configure terminal revert timer 5", "line vty 0 15", "transport input none", "end")
    assert not pair.reached()
    timers = pair.second.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(299)
    assert not pair.reached()
    timers.advance(2)
    assert pair.reached()


def test_two_platforms_are_neighbours_in_ospf(pair: Pair) -> None:
    shown = pair.type("show ip ospf neighbor")
    assert {line.split()[0] for line in shown.splitlines()[2:]} == {"10.62.0.1", "10.62.0.2"}
    assert "10.62.0.100" in {
        row["router-id"] for row in pair.network.ospf_neighbors(pair.states["hub-rtr"])
    }


def test_a_key_that_differs_ends_the_adjacency(pair: Pair) -> None:
    pair.type("configure terminal", *CUTS["ospf-key-of-another"]["change"], "end")
    assert "10.62.0.2 " not in pair.type("show ip ospf neighbor")


def test_the_backup_takes_the_virtual_address_over(pair: Pair) -> None:
    assert "Backup" in pair.type("show vrrp brief")
    pair.states["hub-rtr"].run("/interface vlan set [find name=link-lurah] disabled=yes")
    pair.network.changed("hub-rtr")
    assert "Master" in pair.type("show vrrp brief")
    assert pair.network.ping(pair.states["lurah-rtr"], "10.60.0.1")


def test_versions_of_vrrp_that_differ_make_two_masters_and_no_answer(pair: Pair) -> None:
    assert pair.network.ping(pair.states["lurah-rtr"], "10.60.0.1")
    pair.type("configure terminal", "fhrp version vrrp v3", "end")
    assert "Master" in pair.type("show vrrp brief")
    assert not pair.network.ping(pair.states["lurah-rtr"], "10.60.0.1")


def test_a_track_lowers_the_priority(pair: Pair) -> None:
    pair.type("configure terminal", "track 1 interface GigabitEthernet0/0/0 line-protocol",
              "interface GigabitEthernet0/0/1.1001", "vrrp 10 priority 120",
              "vrrp 10 track 1 decrement 20", "end")  # fmt: skip
    assert "Master" in pair.type("show vrrp brief")
    pair.type("configure terminal", "interface GigabitEthernet0/0/0", "shutdown", "end")
    assert "Backup" in pair.type("show vrrp brief")


def test_the_second_hub_carries_an_office_when_the_first_is_dark(pair: Pair) -> None:
    pair.power("hub-rtr", up=False)
    assert pair.reached("lurah-rtr")
    assert not pair.reached("tunnel-rtr")
    pair.power("hub-rtr", up=True)
    assert pair.reached("tunnel-rtr")


def test_the_routing_table_is_the_networks(pair: Pair) -> None:
    shown = pair.type("show ip route")
    assert "Gateway of last resort is 10.63.255.1 to network 0.0.0.0" in shown
    assert "O        10.62.0.2/32 [110/" in shown
    pair.type("configure terminal", "no ip route 0.0.0.0 0.0.0.0 10.63.255.1", "end")
    assert "Gateway of last resort is 10.63.255.2" in pair.type("show ip route")


def test_neighbours_of_both_platforms_see_each_other(pair: Pair) -> None:
    assert "Total entries displayed: 0" in pair.type("show lldp neighbors detail")
    pair.states["hub-rtr"].run("/ip neighbor discovery-settings set discover-interface-list=all")
    pair.network.changed("hub-rtr")
    assert "Port id: ether1" in pair.type("show lldp neighbors detail")
    rows = pair.network.neighbors(pair.states["hub-rtr"])
    assert [row["identity"] for row in rows if row["platform"] == "Cisco"]
