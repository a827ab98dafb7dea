"""A device out of its box on a loopback address, as the first-boot chapters need one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncssh

from sekayu_net.inventory.offices import load_district
from sekayu_net.lab.defconf import default_configuration
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import serve
from tests.loop_thread import loop_thread

#: What stands on its label; not what the inventory says.
SERIAL = "HFF0A1B2C3D"
VERSION = "7.24.1"
REFERENCE = Path(__file__).parents[2] / "inventory"


@contextmanager
def out_of_its_box(host: str) -> Iterator[str]:
    """A new device of the model that HOST has in the reference inventory: ``ADDRESS:PORT``."""
    wanted = load_district(REFERENCE).devices[host]
    ports = tuple(wanted.ports)
    radios = tuple((radio.name, radio.band) for radio in wanted.model.radios)
    with loop_thread() as loop:

        async def start() -> Any:
            device = LabDevice(
                "MikroTik",
                model=wanted.model.name,
                version=VERSION,
                serial=SERIAL,
                ports=ports,
                radios=radios,
                host_key=asyncssh.generate_private_key("ssh-ed25519"),
                flash_folder=wanted.model.flash_folder,
                device_mode=wanted.model.device_mode,
                architecture=wanted.model.architecture,
                wifi_package=wanted.model.wifi_package,
            )
            device.import_script(
                default_configuration(ports, radios, serial=SERIAL, version=VERSION)
            )
            device.license_unread = True
            return await serve(device, lambda: device.up)

        listener = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        try:
            yield f"127.0.0.1:{listener.port}"
        finally:
            asyncio.run_coroutine_threadsafe(listener.close(), loop).result(20)
