"""Firewall matchers and routing filters, one packet or prefix at a time."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network
from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.lab.firewall import Packet, Sight, decide, matches
from sekayu_net.lab.node import Rule
from sekayu_net.lab.route_filter import Prefix, admits

NODE: Any = SimpleNamespace(
    address_lists={"NOC": ("10.16.0.0/24", "10.17.0.1-10.17.0.5", "name.example")},
    lists={"LAN": frozenset({"vlan-staff"}), "none": frozenset()},
)
SIGHT = Sight(
    Packet(IPv4Address("10.16.0.10"), IPv4Address("10.62.0.1"), "tcp", 50000, 22),
    "new",
    inside="vlan-staff",
    outside="uplink",
    local=(False, True),
)

MATCHES = [
    ("connection-state", "established,new", True),
    ("connection-state", "!new", False),
    ("connection-nat-state", "dstnat", False),
    ("protocol", "tcp", True),
    ("protocol", "6", True),
    ("protocol", "!udp", True),
    ("src-address", "10.16.0.0/24", True),
    ("src-address", "10.16.0.1-10.16.0.20", True),
    ("src-address", "!10.16.0.10", False),
    ("dst-address", "10.62.0.2", False),
    ("src-address-list", "NOC", True),
    ("dst-address-list", "!NOC", True),
    ("src-address-list", "NOBODY", False),
    ("dst-port", "22", True),
    ("dst-port", "80,20-25", True),
    ("dst-port", "!22", False),
    ("src-port", "22", False),
    ("port", "22", True),
    ("in-interface", "vlan-staff", True),
    ("in-interface", "!vlan-staff", False),
    ("out-interface", "uplink", True),
    ("in-interface-list", "LAN", True),
    ("in-interface-list", "!LAN", False),
    ("out-interface-list", "LAN", False),
    ("dst-address-type", "local", True),
    ("src-address-type", "local", False),
    ("ipsec-policy", "in,none", True),
    ("ipsec-policy", "in,ipsec", False),
    ("tcp-flags", "syn,!ack", True),
    ("tcp-flags", "ack", False),
    ("limit", "10,5:packet", True),
    ("connection-mark", "no-mark", True),
    ("connection-mark", "fast", False),
    ("content", "x", False),
    ("content", "!x", False),
    ("time", "8h-16h,mon", False),
]


@pytest.mark.parametrize(("name", "text", "matched"), MATCHES)
def test_a_matcher(name: str, text: str, matched: bool) -> None:
    assert matches(NODE, name, text, SIGHT) is matched


def rule(number: int, chain: str, action: str, target: str = "", **matchers: str) -> Rule:
    pairs = tuple((name.replace("_", "-"), text) for name, text in matchers.items())
    return Rule(number, chain, action, pairs, target)


CHAINS = {
    "the first rule that matches decides": (
        [rule(0, "input", "accept", dst_port="22"), rule(1, "input", "drop")],
        True,
    ),
    "a rule of another chain does not": (
        [rule(0, "forward", "drop"), rule(1, "input", "accept")],
        True,
    ),
    "the end of the chain accepts": ([rule(0, "input", "drop", protocol="udp")], True),
    "reject stops too": ([rule(0, "input", "reject")], False),
    "logging goes on": ([rule(0, "input", "log"), rule(1, "input", "drop")], False),
    "fasttrack goes on": (
        [rule(0, "input", "fasttrack-connection"), rule(1, "input", "drop")],
        False,
    ),
    "a jump comes back when nothing there decides": (
        [
            rule(0, "input", "jump", "extra"),
            rule(1, "input", "drop"),
            rule(2, "extra", "accept", protocol="udp"),
        ],
        False,
    ),
    "a jump decides": (
        [
            rule(0, "input", "jump", "extra"),
            rule(1, "input", "drop"),
            rule(2, "extra", "accept"),
        ],
        True,
    ),
    "return leaves the chain that was jumped to": (
        [
            rule(0, "input", "jump", "extra"),
            rule(1, "extra", "return"),
            rule(2, "extra", "drop"),
        ],
        True,
    ),
    "a chain that jumps to itself ends": ([rule(0, "input", "jump", "input")], True),
}


@pytest.mark.parametrize("name", CHAINS)
def test_a_chain(name: str) -> None:
    rules, passes = CHAINS[name]
    assert decide(NODE, tuple(rules), "input", SIGHT).passes is passes


def test_a_decision_names_its_rule_for_a_person() -> None:
    drop = replace(rule(3, "input", "drop"), comment="last: no more")
    decision = decide(NODE, (drop,), "input", SIGHT)
    assert str(decision) == "rule 3 (last: no more): drop"


FILTERS = [
    ("if (protocol ospf) { accept }", "10.0.0.0/24", "ospf", True),
    ("if (protocol bgp) { accept }", "10.0.0.0/24", "ospf", False),
    ("accept", "10.0.0.0/24", "ospf", True),
    ("reject;", "10.0.0.0/24", "ospf", False),
    (
        "if (dst in 10.0.0.0/8 && dst-len <= 24) { accept } else { reject }",
        "10.1.0.0/24",
        "o",
        True,
    ),
    ("if (dst in 10.0.0.0/8 && dst-len in 25-32) { accept }", "10.1.0.0/24", "o", False),
    ("if (dst == 0.0.0.0/0) { reject } else { accept }", "10.1.0.0/24", "o", True),
    ("if (not dst in 10.0.0.0/8) { accept }", "172.16.0.0/24", "o", True),
    ("if (dst in 10.0.0.0/8 || dst in 172.16.0.0/12) { accept }", "172.16.0.0/24", "o", True),
    ("if (bgp-med 5) { accept }", "10.1.0.0/24", "o", False),
    ("jump other", "10.1.0.0/24", "o", True),
    ("set distance 5", "10.1.0.0/24", "o", False),
]


@pytest.mark.parametrize(("text", "network", "protocol", "accepted"), FILTERS)
def test_a_routing_filter(text: str, network: str, protocol: str, accepted: bool) -> None:
    chains = {"in": (text,), "other": ("accept",)}
    assert admits(chains, "in", Prefix(IPv4Network(network), protocol)) is accepted


def test_no_routing_filter_accepts() -> None:
    assert admits({}, "", Prefix(IPv4Network("10.0.0.0/8"), "ospf"))


def test_a_routing_filter_that_is_not_there_rejects() -> None:
    assert not admits({}, "gone", Prefix(IPv4Network("10.0.0.0/8"), "ospf"))
