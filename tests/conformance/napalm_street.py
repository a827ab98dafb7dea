"""A simulated device that has something to tell, and how NAPALM's users open it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import napalm

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.environment import Isolated
from tests.integration.conftest import Bench, bench

DRIVER = napalm.get_network_driver("sekayu_routeros")
COMMON = """\
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether2
/interface ethernet set [find default-name=ether1] comment="uplink; mtu=9 to the provider"
/interface ethernet set [find default-name=ether3] disabled=yes
/ip arp add address=10.0.0.9 mac-address=00:11:22:33:44:55 interface=ether1
/ip arp add address=10.1.0.9 mac-address=00:11:22:33:44:66 interface=bridge
/snmp community set [find default=yes] name=very-secret
"""
SETUP = {
    "7.20.1": COMMON
    + "/ip vrf add name=TEST interfaces=bridge\n/system ntp client servers add address=10.0.0.9\n",
    "6.49.17": COMMON + "/system ntp client set enabled=yes primary-ntp=10.0.0.9\n",
}


class Street(Isolated):
    """One neighbor on the first port, and the way to the Internet behind it."""

    def running(self, device: LabDevice, port: str) -> bool:
        return port == "ether1"

    def ping(self, device: LabDevice, address: str, **way: str | None) -> bool:
        return address == "8.8.8.8"

    def neighbors(self, device: LabDevice) -> Sequence[Mapping[str, str]]:
        return [
            {
                "interface": "ether1,bridge",
                "address": "10.0.0.9",
                "mac-address": "00:11:22:33:44:55",
                "identity": "provider-rtr1",
                "platform": "MikroTik",
                "version": "7.20.1 (stable)",
                "board": "CCR2004-1G-12S+2XS",
                "interface-name": "sfp-sfpplus1",
                "system-caps": "bridge,router",
                "system-caps-enabled": "router",
            }
        ]


def options(site: Bench) -> dict[str, Any]:
    return {
        "port": site.target.port,
        "known_hosts": str(site.target.known_hosts),
        "key_file": str(site.target.key_file),
        "inventory_name": site.target.host,
        "legacy_algorithms": site.target.legacy_algorithms,
    }


def street(folder: Path, version: str) -> Iterator[Bench]:
    """A device of ``version`` that has something to tell."""
    for site in bench(folder, version=version, environment=Street()):
        sensors = site.device.sensors
        sensors.health = {
            "cpu-temperature": ("41", "C"),
            "voltage": ("24.1", "V"),
            "fan1-speed": ("3200", "RPM"),
            "psu1-state": ("ok", ""),
            "psu2-state": ("fail", ""),
        }
        sensors.loads = (7, 0)
        sensors.counters["ether1"] = {
            "rx-byte": 123_456_789_012, "tx-byte": 4321, "rx-packet": 1000, "tx-packet": 40,
            "rx-drop": 1, "tx-drop": 2, "tx-queue-drop": 3, "rx-error": 4, "tx-error": 5,
            "rx-broadcast": 10, "rx-multicast": 20, "tx-broadcast": 0, "tx-multicast": 5,
        }  # fmt: skip
        site.on_loop(partial(site.device.import_script, SETUP[version]))
        yield site
