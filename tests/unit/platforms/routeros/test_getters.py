"""NAPALM's shapes from rows of menus."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import PingResult
from sekayu_net.platforms.routeros import getters, tables

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


def test_a_ping_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[str] = []
    rows = tables.rows

    def counting(command: str, output: str) -> list[dict[str, str]]:
        parsed.append(command)
        return rows(command, output)

    monkeypatch.setattr(tables, "rows", counting)
    getters.ping(PING)
    assert parsed == ["ping"]


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


@pytest.mark.parametrize(
    ("text", "hour"),
    [("2026-08-20 15:46:08", 15), ("aug/20/2026 16:46:08", 16), ("15:46:08", None), (" ", None)],
)
def test_moments_of_both_generations(text: str, hour: int | None) -> None:
    found = getters.moment(text)
    assert (found.hour if found else None) == hour


@pytest.mark.parametrize(
    ("rate", "speed"),
    [
        ("1Gbps", 1000.0),
        ("2.5Gbps", 2500.0),
        ("100Mbps", 100.0),
        ("10G-baseSR-LR", 10000.0),
        ("", -1.0),
    ],
)
def test_speed_is_in_megabits(rate: str, speed: float) -> None:
    answer = f"port=a b\nname=a b;status=link-ok;rate={rate};full-duplex=true\n"
    rates = getters.rates(answer + "port=ether2\nname=ether2;status=no-link\n")
    found = getters.interfaces([{"name": "a b"}, {"name": "ether2"}], rates)
    assert [row["speed"] for row in found.values()] == [speed, -1.0]


def test_the_last_flap_is_the_newer_of_up_and_down() -> None:
    row = {
        "name": "ether1",
        "last-link-down-time": "2026-08-20 15:00:00",
        "last-link-up-time": "2026-08-20 15:00:30",
    }
    now = getters.moment("2026-08-20 15:01:00")
    assert getters.interfaces([row], {}, now)["ether1"]["last_flapped"] == 30.0
    assert getters.interfaces([row], {}, None)["ether1"]["last_flapped"] == -1.0


def test_frames_that_are_not_counted_are_unknown_and_packets_are_unicast() -> None:
    rows = [{"name": "ether1", "rx-packet": "100", "rx-byte": "5"}, {"name": "bridge"}]
    found = getters.interfaces_counters(rows, [{"name": "ether1", "rx-multicast": "30"}])
    assert found["ether1"]["rx_unicast_packets"] == 70
    assert found["ether1"]["rx_broadcast_packets"] == -1
    assert found["ether1"]["rx_discards"] == -1
    assert set(found["bridge"].values()) == {-1}


HEALTH_7 = [
    {"name": "cpu-temperature", "value": "-4", "type": "C"},
    {"name": "fan1-speed", "value": "0", "type": "RPM"},
    {"name": "psu1-voltage", "value": "24.1", "type": "V"},
    {"name": "psu1-state", "value": "fail", "type": ""},
]
HEALTH_6 = [{"temperature": "38C", "fan1-speed": "3000RPM", "psu1-state": "ok", "voltage": "24.1V"}]


@pytest.mark.parametrize(
    ("health", "temperature", "fan", "power"),
    [(HEALTH_7, -4.0, False, False), (HEALTH_6, 38.0, True, True)],
)
def test_health_of_both_generations(
    health: list[dict[str, str]], temperature: float, fan: bool, power: bool
) -> None:
    resource = {"total-memory": "100", "free-memory": "30", "cpu-load": "7"}
    found = getters.environment(health, [], resource)
    assert [row["temperature"] for row in found["temperature"].values()] == [temperature]
    assert found["fans"] == {"fan1": {"status": fan}}
    assert found["power"] == {"psu1": {"status": power, "output": -1.0, "capacity": -1.0}}
    assert found["cpu"] == {0: {"%usage": 7.0}}
    assert found["memory"] == {"available_ram": 100, "used_ram": 70}


def test_a_device_without_sensors_has_none() -> None:
    found = getters.environment([], [{"cpu": "cpu0", "load": "3"}, {"load": "5"}], {})
    assert (found["fans"], found["temperature"], found["power"]) == ({}, {}, {})
    assert [row["%usage"] for row in found["cpu"].values()] == [3.0, 5.0]
    assert found["memory"] == {"available_ram": -1, "used_ram": -1}


def test_neighbors_in_detail_can_be_asked_for_one_interface() -> None:
    rows = [
        {"interface": "ether1,bridge", "identity": "a", "system-description": "told"},
        {"interface": "ether2", "identity": "b", "platform": "MikroTik", "board": "hEX"},
    ]
    assert list(getters.lldp_neighbors_detail(rows)) == ["ether1", "ether2"]
    (one,) = getters.lldp_neighbors_detail(rows, "ether2")["ether2"]
    assert one["remote_system_description"] == "MikroTik hEX"
    assert list(getters.lldp_neighbors_detail(rows, "ether9")) == []
