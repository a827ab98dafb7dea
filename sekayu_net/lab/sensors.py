"""What a device measures of itself: health, processors, counters, link rates, bridge hosts.

The lab passes no frames, has no heat and no users: the figures are the ones that ``Sensors`` is
given. Radios, time and addresses in use are ``vitals``'.
``live`` shows them as rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sekayu_net.lab.console.values import Id, Value
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.views import View

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: What ``/interface print stats`` counts (manual, "Interface stats and monitor-traffic").
COUNTED = ("rx-byte", "tx-byte", "rx-packet", "tx-packet", "rx-drop", "tx-drop", "tx-queue-drop",
           "rx-error", "tx-error")  # fmt: skip
#: What Ethernet ports count besides.
FRAMES = ("rx-broadcast", "rx-multicast", "tx-broadcast", "tx-multicast")
BY_MENU = {"/interface": COUNTED, "/interface ethernet": FRAMES}


@dataclass
class Sensors:
    """The readings of one device; set the fields at any time.

    ``health`` by name, with unit as in RouterOS 7: ``{"cpu-temperature": ("41", "C")}``. ``loads``
    in percent, one for each processor. ``counters`` by interface and by the words of ``COUNTED``
    and ``FRAMES``; what is missing stands at zero. ``rate`` of an Ethernet port with link.
    ``free_memory`` in bytes. ``clients``: hosts that hold an address, by the name of the pool.
    ``radios``: what ``monitor`` says of a radio (by name) instead of what would be.
    """

    health: dict[str, tuple[str, str]] = field(default_factory=dict)
    loads: tuple[int, ...] = (3, 3, 3, 3)
    counters: dict[str, dict[str, int]] = field(default_factory=dict)
    rate: str = "1Gbps"
    free_memory: int = 900_000_000
    clients: dict[str, int] = field(default_factory=dict)
    radios: dict[str, str] = field(default_factory=dict)

    def count(self, interface: str, words: tuple[str, ...]) -> dict[str, Value]:
        """An interface's counters."""
        known: Mapping[str, int] = self.counters.get(interface, {})
        return {word: known.get(word, 0) for word in words}


def health(device: LabDevice) -> list[View]:
    """``/system health``: rows from 7 on, settings before."""
    found = device.sensors.health
    if not at_least(device.version, "7.0"):
        return [View("", None, {name: value for name, (value, _) in found.items()})]
    return [
        View(Id(f"*{number:X}"), None, {"name": name, "value": value, "type": unit})
        for number, (name, (value, unit)) in enumerate(found.items(), 0xD)
    ]


def processors(device: LabDevice) -> list[View]:
    """``/system resource cpu``."""
    return [
        View(Id(f"*{n:X}"), None, {"cpu": f"cpu{n}", "load": load, "irq": 0, "disk": 0})
        for n, load in enumerate(device.sensors.loads)
    ]


def bridge_hosts(device: LabDevice) -> list[View]:
    """``/interface bridge host``: what a bridge knows without traffic, its ports' own addresses."""
    ports = {item.name: item for item in device.state.interfaces()}
    found = []
    for number, row in enumerate(device.state.rows("/interface bridge port"), 1):
        port = ports.get(row.get("interface"))
        if port is None or port.disabled or row.disabled or not port.get("mac-address"):
            continue
        values: dict[str, Value] = {
            "mac-address": port.get("mac-address"),
            "interface": port.name,
            "on-interface": port.name,
            "bridge": row.get("bridge"),
            "dynamic": True,
            "local": True,
            "external": False,
            "invalid": False,
        }
        found.append(View(Id(f"*{0x80000000 + number:X}"), None, values, frozenset({"dynamic"})))
    return found


def link(device: LabDevice, port: str, *, up: bool) -> dict[str, Value]:
    """``/interface ethernet monitor … once`` of one port."""
    if not up:
        return {"name": port, "status": "no-link", "auto-negotiation": "done"}
    return {
        "name": port,
        "status": "link-ok",
        "auto-negotiation": "done",
        "rate": device.sensors.rate,
        "full-duplex": True,
    }
