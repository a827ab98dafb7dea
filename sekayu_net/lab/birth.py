"""What a device has before anybody configured it: ports, radios, built-in entries, noise.

Only facts of hardware and version; MikroTik's default configuration is ``defconf``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sekayu_net.lab.schema import Menu, at_least

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: The order of ``/ip service`` in newer exports (seen in 7.23).
_SERVICES_REORDERED = "7.22"
_SERVICES = ("ftp", "ssh", "telnet", "www", "www-ssl", "winbox", "api", "api-ssl")
#: From here on the older radios' menus come with a package of their own.
_WIRELESS_APART = "7.13"
_NOISE = {
    "/interface wireless": {"ssid": "MikroTik"},
    "/interface wireless security-profiles": {"supplicant-identity": "MikroTik"},
}


def mac(serial: str, number: int) -> str:
    """The MAC address of a port by its number, from 0."""
    digest = hashlib.sha256(serial.encode()).digest()
    last = (int.from_bytes(digest[:3], "big") + number) & 0xFFFFFF
    return ":".join(f"{byte:02X}" for byte in b"\x48\xa9\x8a" + last.to_bytes(3, "big"))


def builtins(device: LabDevice, menu: Menu) -> Iterator[Mapping[str, str]]:
    """The entries that a menu is born with."""
    path = menu.path
    if path == "/interface ethernet":
        for number, port in enumerate(device.ports):
            address = mac(device.serial, number)
            yield {"default-name": port, "name": port, "mac-address": address}
    elif path in ("/interface wifi", "/interface wireless"):
        for number, (radio, _) in enumerate(device.radios):
            # The older package calls its radios wlan1, wlan2.
            if radio.startswith("wlan") != (path == "/interface wireless"):
                continue
            address = mac(device.serial, len(device.ports) + number)
            row = {"default-name": radio, "name": radio, "mac-address": address}
            yield row if path.endswith("wifi") else row | {"mode": "station"}
    elif path == "/queue interface":
        for port in device.ports:
            yield {"interface": port, "queue": "only-hardware-queue"}
        yield from (row for row in menu.builtin if row.get("interface") not in device.ports)
    elif path == "/ip service" and at_least(device.version, _SERVICES_REORDERED):
        yield from sorted(menu.builtin, key=lambda row: _SERVICES.index(row["name"]))
    else:
        yield from menu.builtin


def given(device: LabDevice, menu: Menu) -> Mapping[str, str]:
    """What a fresh device exports although nobody set it (230 public exports)."""
    package = not at_least(device.version, _WIRELESS_APART) or any(
        name.startswith("wlan") for name, _ in device.radios
    )
    return _NOISE.get(menu.path, {}) if package else {}
