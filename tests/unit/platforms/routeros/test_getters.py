"""NAPALM's shapes from rows of menus."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import PingResult
from sekayu_net.platforms.routeros import getters

PING = """  SEQ HOST                                     SIZE TTL TIME  STATUS
    0 10.0.0.9                                   56  64 157ms
    1 10.0.0.9                                                 timeout
    2 10.0.0.9                                   56  64 1ms500us
    sent=3 received=2 packet-loss=33% min-rtt=1ms avg-rtt=79ms max-rtt=157ms
"""


def test_a_ping_counts_and_measures() -> None:
    assert getters.ping_result(PING) == PingResult(3, 2)
    success = getters.ping(PING)["success"]
    assert (success["probes_sent"], success["packet_loss"]) == (3, 1)
    assert (success["rtt_min"], success["rtt_max"]) == (1.5, 157.0)
    assert [result["rtt"] for result in success["results"]] == [157.0, 1.5]


@pytest.mark.parametrize(
    ("row", "milliseconds"),
    [
        ("    0 10.0.0.9      56  64 157ms", 157.0),
        ("    0 10.0.0.9      56  64 1ms230us", 1.23),
        ("    0 10.0.0.9      56  64 873us", 0.873),
        ("    0 10.0.0.9      56  64 1s20ms", 1020.0),
        ("    0 2001:db8::9   56  64 2ms        echo reply", 2.0),
        ("    0 10.0.0.9                        timeout", None),
        ("    0 10.0.0.1      84  64 2ms        host unreachable", None),
        ("    0                                 no route to host", None),
    ],
)
def test_a_row_of_a_ping_is_an_echo_only_without_a_complaint(
    row: str, milliseconds: float | None
) -> None:
    output = f"  SEQ HOST  SIZE TTL TIME  STATUS\n{row}\n    sent=1 received=1 packet-loss=0%\n"
    found = [result["rtt"] for result in getters.ping(output)["success"]["results"]]
    assert found == ([] if milliseconds is None else [milliseconds])


def test_a_ping_without_statistics_is_an_error() -> None:
    assert getters.ping_result("interrupted") is None
    assert "error" in getters.ping("interrupted")


def test_interfaces_are_up_when_running_and_enabled_unless_disabled() -> None:
    row = {"name": "ether1", "running": "true", "disabled": "false", "mtu": "1500", "comment": "x"}
    found = getters.interfaces([row, {"name": "ether2", "running": "false", "disabled": "true"}])
    assert found["ether1"]["is_up"]
    assert found["ether1"]["is_enabled"]
    assert (found["ether1"]["mtu"], found["ether1"]["description"]) == (1500, "x")
    assert not found["ether2"]["is_up"]
    assert not found["ether2"]["is_enabled"]


def test_addresses_stand_by_interface_and_family_without_disabled_ones() -> None:
    rows = [
        {"address": "10.0.0.1/24", "interface": "bridge", "actual-interface": "vlan1"},
        {"address": "2001:db8::1/64", "interface": "vlan1"},
        {"address": "10.9.9.9/24", "interface": "vlan1", "disabled": "true"},
    ]
    assert getters.interfaces_ip(rows) == {
        "vlan1": {
            "ipv4": {"10.0.0.1": {"prefix_length": 24}},
            "ipv6": {"2001:db8::1": {"prefix_length": 64}},
        }
    }


def test_users_have_keys_and_no_passwords() -> None:
    found = getters.users(
        [{"name": "a", "group": "full"}, {"name": "b", "group": "read"}],
        [{"user": "a", "key": "ssh-ed25519 AAAA"}],
    )
    assert found["a"] == {"level": 15, "password": "", "sshkeys": ["ssh-ed25519 AAAA"]}
    assert found["b"]["level"] == 1


def test_ntp_servers_of_both_generations() -> None:
    assert getters.ntp_servers([{"servers": "10.0.0.1"}, {"address": "10.0.0.2"}]).keys() == {
        "10.0.0.1",
        "10.0.0.2",
    }
    six = [{"primary-ntp": "10.0.0.1", "secondary-ntp": "0.0.0.0"}]  # noqa: S104 - no server
    assert getters.ntp_servers(six).keys() == {"10.0.0.1"}


def test_neighbors_stand_by_their_first_interface() -> None:
    rows = [{"interface": "ether1,bridge", "identity": "ap1", "interface-name": "ether5"}]
    assert getters.lldp_neighbors(rows) == {"ether1": [{"hostname": "ap1", "port": "ether5"}]}


def test_rows_without_a_mac_address_are_no_arp_entries() -> None:
    rows = [{"address": "10.0.0.2"}, {"address": "10.0.0.3", "mac-address": "AA", "interface": "b"}]
    assert [row["ip"] for row in getters.arp_table(rows)] == ["10.0.0.3"]
