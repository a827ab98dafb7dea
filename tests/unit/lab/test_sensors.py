"""What a device measures of itself, as its menus show it."""

from __future__ import annotations

import asyncio

import pytest

from sekayu_net.lab.device import LabDevice


def ask(version: str, command: str, script: str = "") -> str:
    async def work() -> str:
        device = LabDevice(
            "d1", model="RB", version=version, serial="S", ports=("ether1", "ether2")
        )
        device.sensors.health = {"voltage": ("24.1", "V")}
        device.sensors.counters["ether1"] = {"rx-byte": 5, "rx-multicast": 2}
        device.import_script("/interface bridge add name=br\n" + script)
        return device.execute(command, user="admin")

    return asyncio.run(work())


@pytest.mark.parametrize(
    ("version", "command", "expected"),
    [
        ("7.20.1", ":put [/system health print as-value]", ".id=*D;name=voltage;value=24.1;type=V"),
        ("6.49.17", ":put [/system health print as-value]", "voltage=24.1"),
        ("7.20.1", ":put [/interface print detail as-value]", "name=ether1"),
        ("7.20.1", ":put [/interface print stats as-value]", "name=ether1;rx-byte=5;tx-byte=0"),
        ("7.20.1", ":put [/interface ethernet print stats as-value]", "rx-multicast=2"),
        ("7.20.1", ":put [/system resource cpu print as-value]", "cpu=cpu3;load=3"),
        ("7.20.1", ":put [/interface ethernet monitor ether1 once as-value]", "status=no-link"),
        ("7.20.1", "/interface ethernet monitor ether1 once", "status: no-link"),
        ("7.20.1", "/interface ethernet monitor ether9 once", "no such item"),
    ],
)
def test_a_reading_stands_in_its_menu(version: str, command: str, expected: str) -> None:
    assert expected in ask(version, command)


def test_counters_stand_in_print_stats_alone() -> None:
    assert "rx-byte" not in ask("7.20.1", ":put [/interface print detail as-value]")


def test_a_bridge_knows_its_ports_own_addresses() -> None:
    script = "/interface bridge port add bridge=br interface=ether2\n"
    found = ask("7.20.1", ":put [/interface bridge host print detail as-value]", script)
    assert "on-interface=ether2;bridge=br" in found
    assert ask("7.20.1", "/interface bridge host print count-only").strip() == "0"


def test_a_radio_is_found_by_its_default_name_beside_virtual_ones() -> None:
    async def work() -> str:
        device = LabDevice(
            "d1",
            model="AP",
            version="7.20.1",
            serial="S",
            ports=("ether1",),
            radios=(("wifi1", "2ghz-ax"),),
        )
        device.import_script("/interface wifi add master-interface=wifi1 name=guests\n")
        found = ":put [:len [/interface wifi find default-name=wifi1]]"
        return device.execute(found, user="admin").strip()

    assert asyncio.run(work()) == "1"
