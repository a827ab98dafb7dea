"""From a device to an encrypted copy of it: read, put its secrets in, lock it away.

Every secret that the device has goes into the store as well, so that the masked history can be put
back later. The files are ``backups``'.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.backups import Copy, Vault
from sekayu_net.errors import DeviceError
from sekayu_net.inventory.district import Device
from sekayu_net.plan import Running, now
from sekayu_net.platforms.abilities import Snapshots
from sekayu_net.rollout.reading import connected, read
from sekayu_net.rollout.site import Site


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup of one device gave: the files that are new, none when it was copied before."""

    running: Running
    files: tuple[Path, ...]


def copy_device(
    site: Site,
    device: Device,
    vault: Vault,
    *,
    password: Callable[[str], str] | None = None,
    again: bool = False,
) -> Copied:
    """Copy one device. ``password`` gives what locks its own backup (None: that is not wanted).

    ``DeviceError`` when it can't be read, or has no backup of its own.
    """
    platform = site.platform(device)
    with connected(lambda: site.driver(device)) as driver:
        running = read(
            driver,
            platform,
            site.seal,
            host=device.name,
            remember=lambda value: site.remember(value, device.name),
        )
        if vault.has(device.name, running.fingerprint) and not again:
            return Copied(running, ())
        binary = lock = None
        if password is not None:
            if not isinstance(driver, Snapshots):
                raise DeviceError(
                    f"{platform.name} has no binary backup",
                    host=device.name,
                    stage="backup",
                    hint="back it up without --binary",
                )
            lock = password(device.name)
            binary = driver.snapshot(lock)
    copy = Copy(
        host=device.name,
        time=now(),
        serial=running.reading.serial,
        version=running.reading.version,
        fingerprint=running.fingerprint,
        config=platform.reveal(running.canonical, site.unseal),
        binary=binary,
        password=lock,
    )
    return Copied(running, vault.store(copy))
