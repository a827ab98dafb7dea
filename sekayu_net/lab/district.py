"""All devices of a district, wired together and listening.

``build`` makes them as they come out of the box (MikroTik's default configuration) and runs each
one's bootstrap script, which the caller rendered. Every device has two ports on loopback: the
controller's side answers while the network carries SSH from the controller, the side on site while
it carries it from the office's management VLAN.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from ipaddress import IPv4Address
from typing import Any

import asyncssh

from sekayu_net.errors import LabError
from sekayu_net.inventory.district import Device, District, Office
from sekayu_net.lab.device import LabDevice, default_configuration
from sekayu_net.lab.flapping import Flapping
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.ssh import greet as greet_ios
from sekayu_net.lab.ios.view import NetworkView
from sekayu_net.lab.network import Network
from sekayu_net.lab.ssh import Listener, greet, serve

ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Doors:
    """A device's two listeners."""

    controller: Listener
    onsite: Listener


@dataclass(frozen=True, slots=True)
class Place:
    """Where a device is to stand: the router and its port, and the address that it gets there."""

    router: str
    port: str
    address: IPv4Address


def _without(office: Office, name: str) -> Office:
    return replace(office, devices=tuple(each for each in office.devices if each.name != name))


class LabDistrict:
    """The devices by host name, and the network between them."""

    def __init__(self, district: District, devices: Mapping[str, Any]) -> None:
        """``devices`` are ``LabDevice`` and ``IosDevice``: they share what faults need."""
        self.district = district
        self.devices = devices
        self.network = Network(district, devices.values())
        self.doors: dict[str, Doors] = {}
        #: Devices that were given another name since: today's name → the one in here.
        self.called: dict[str, str] = {}
        self.flapping: dict[str, Flapping] = {}
        view = NetworkView(self.network)
        for name, device in devices.items():
            if isinstance(device, IosDevice):
                device.surroundings = view
            else:
                device.environment = self.network
            device.changed = partial(self.network.changed, name)

    async def open(self) -> None:
        """Listen for every device, on free ports."""
        services = self.district.services
        for name, device in self.devices.items():
            controller = await serve(
                device,
                self._gate(self.network.from_controller, name),
                address=ADDRESS,
                site="controller",
                source=str(services.controller_address),
                greet=greet_ios if isinstance(device, IosDevice) else greet,
            )
            onsite = await serve(
                device,
                self._gate(self.network.from_site, name),
                address=ADDRESS,
                site="onsite",
                source=partial(self._seen_on_site, name),
                greet=greet_ios if isinstance(device, IosDevice) else greet,
            )
            self.doors[name] = Doors(controller, onsite)

    async def close(self) -> None:
        """Close every listener."""
        while self.flapping:
            self.flapping.popitem()[1].stop()
        closing = [
            listener.close()
            for doors in self.doors.values()
            for listener in (doors.controller, doors.onsite)
        ]
        await asyncio.gather(*closing)
        self.doors.clear()

    def carry(self, name: str, place: Place, script: str) -> None:
        """Take a device to another office: reset on the way, its first script in, and plugged in.

        ``LabError`` for a port that is not there, or a script that it refuses.
        """
        device = self.devices[name]
        if not isinstance(device, LabDevice):
            raise LabError(f"{name} is not carried: only what can be reset by a person is")
        offices = {slug: _without(office, name) for slug, office in self.district.offices.items()}
        router = self.district.devices[place.router]
        stays = offices[router.office]
        moved = replace(self.district.devices[name], office=stays.slug, address=place.address)
        offices[stays.slug] = replace(stays, devices=(*stays.devices, moved))
        self.network.carry(
            replace(self.district, offices=offices), name, (place.router, place.port)
        )
        self.district = self.network.district
        device.reset(keep_users=False, no_defaults=False, run_after=None, first=script)
        device.license_unread = False

    def _seen_on_site(self, name: str) -> str:
        return str(self.network.site_address(name))

    def unreachable(self) -> dict[str, str]:
        """The devices that the controller can't reach now, with the reason."""
        verdicts = {name: self.network.from_controller(name) for name in self.devices}
        return {name: v.reason for name, v in verdicts.items() if not v.reached}

    @staticmethod
    def _gate(judge: Callable[[str], object], name: str) -> Callable[[], bool]:
        return lambda: bool(getattr(judge(name), "reached", False))


def build(
    district: District,
    bootstrap: Mapping[str, str],
    host_keys: Mapping[str, asyncssh.SSHKey],
) -> LabDistrict:
    """Make every device of a district and bootstrap it.

    ``LabError`` names the device and the statement that it refuses, or a device of a platform
    that nothing simulates.
    """
    strangers = [d.name for d in district.devices.values() if d.platform not in _MAKERS]
    if strangers:
        raise LabError(
            f"the lab simulates {' and '.join(_MAKERS)} only, not {', '.join(strangers)}",
            hint="take them out of the inventory that the lab uses",
        )
    devices = {}
    for device in district.devices.values():
        make = _MAKERS[device.platform]
        devices[device.name] = make(device, bootstrap[device.name], host_keys[device.name])
    return LabDistrict(district, devices)


def made_device(device: Device, script: str, host_key: asyncssh.SSHKey) -> LabDevice:
    """A RouterOS device as after its first boot. ``LabError``: it refuses its script."""
    model = device.model
    radios = tuple((radio.name, radio.band) for radio in model.radios)
    ports = tuple(device.ports)
    made = LabDevice(
        device.name,
        model=model.name,
        version=device.version,
        serial=device.serial,
        ports=ports,
        radios=radios,
        software_id=_software_id(device.serial),
        host_key=host_key,
        flash_folder=model.flash_folder,
        device_mode=model.device_mode,
        architecture=model.architecture,
        wifi_package=model.wifi_package,
    )
    defaults = default_configuration(ports, radios, serial=device.serial, version=device.version)
    for what, text in (("default configuration", defaults), ("bootstrap", script)):
        try:
            made.import_script(text)
        except LabError as error:
            raise LabError(
                f"{device.name} refuses its {what}: {error.message}", hint=error.hint
            ) from error
    return made


def _ios_device(device: Device, script: str, host_key: asyncssh.SSHKey) -> IosDevice:
    made = IosDevice(
        device.name,
        model=device.model.name,
        version=device.version,
        serial=device.serial,
        ports=tuple(device.ports),
        host_key=host_key,
    )
    made.import_script(script)
    return made


_MAKERS: Mapping[str, Callable[[Device, str, asyncssh.SSHKey], Any]] = {
    "routeros": made_device,
    "ios": _ios_device,
}


def _software_id(serial: str) -> str:
    """Eight letters and digits in the form of a licence, one's own for each unit."""
    digest = hashlib.sha256(serial.encode()).hexdigest().upper()
    return f"{digest[:4]}-{digest[4:8]}"
