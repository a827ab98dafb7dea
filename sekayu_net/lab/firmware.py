"""Packages, versions and the boot loader of a simulated device: what a reboot installs.

A real package can't be had here: ``package`` makes stand-ins of the same names that say in clear
what they are. What a version knows is ``schema``'s; this only carries a state from one to another.

Sources: packages lie in the root folder and go in on an orderly reboot, not on a power cycle; all
have the version of the main one, others are uninstalled (MikroTik's manuals 2.8 and 3.0, "Software
Package Management"); ``downgrade`` takes an older one and reboots (manual 2.9); the boot loader
changes at the reboot after ``/system routerboard upgrade``; which radios' package is needed since
7.13: manual, "Packages". GUESSES: a power cut during the installation leaves the old version; what
a version does not know is dropped from the configuration; radios without their package are gone
with all that was said of them; a package for another architecture is refused and stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net.lab.schema import Menu, at_least, version_key

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

MAGIC = b"\x1e\xf1\xd0\xba"
MAIN = "routeros"
#: (first version with the new name, menu, old name, new name): seen in exports and inspections.
RENAMED = (
    ("7.18", "/interface wireguard peers", "is-responder", "responder"),
    ("7.19", "/routing bgp connection", "address-families", "afi"),
    ("7.19", "/routing bgp template", "address-families", "afi"),
    ("7.24", "/ip service", "address", "available-from"),
)
#: Menus of radios, and from which version their package stands apart from the main one.
_RADIOS = ("/interface wifi", "/interface wireless")
APART = "7.13"


@dataclass(slots=True)
class Firmware:
    """What is installed beside the main package; ``None``: as the hardware came.

    ``boot``: the boot loader's version (None: the system's own); ``boot_ready``: it is replaced at
    the next reboot. ``waiting``: a version that is being installed while the device boots, with
    its packages.
    """

    extra: tuple[str, ...] | None = None
    boot: str | None = None
    boot_ready: bool = False
    waiting: tuple[str, tuple[str, ...]] | None = None
    said: list[str] = field(default_factory=list)


def package(name: str, version: str, architecture: str, *, size: int = 4096) -> bytes:
    """A stand-in for a package, ``size`` bytes long at least."""
    head = json.dumps({"name": name, "version": version, "architecture": architecture})
    return (MAGIC + head.encode() + b"\n").ljust(size, b"\0")


def file_name(name: str, version: str, architecture: str) -> str:
    """As published: ``wifi-qcom-7.20.4-arm64.npk``; those of x86 name no architecture."""
    return (
        f"{name}-{version}.npk" if architecture == "x86" else f"{name}-{version}-{architecture}.npk"
    )


def write_folder(
    folder: Path, versions: Iterable[str], architectures: Iterable[str], extra: Iterable[str]
) -> tuple[str, ...]:
    """Stand-ins for the main package and ``extra`` ones, and their SHA256SUMS; their names."""
    folder.mkdir(parents=True, exist_ok=True)
    versions, architectures = tuple(versions), sorted(architectures)
    sums = {}
    for version in versions:
        for architecture in architectures:
            for name in (MAIN, *sorted(extra)):
                data = package(name, version, architecture)
                file = file_name(name, version, architecture)
                (folder / file).write_bytes(data)
                sums[file] = hashlib.sha256(data).hexdigest()
    lines = [f"{digest}  {file}\n" for file, digest in sums.items()]
    (folder / "SHA256SUMS").write_text("".join(lines))
    return tuple(sums)


def parse(data: bytes) -> Mapping[str, str] | None:
    """What a package says of itself; None for a broken one."""
    if not data.startswith(MAGIC):
        return None
    try:
        found = json.loads(data[len(MAGIC) :].split(b"\n", 1)[0])
    except ValueError:
        return None
    return found if {"name", "version", "architecture"} <= found.keys() else None


def beside(device: LabDevice) -> tuple[str, ...]:
    """The installed packages beside the main one."""
    if device.firmware.extra is not None:
        return device.firmware.extra
    if device.radios and at_least(device.version, APART):
        return (device.wifi_package or "wifi-qcom",)
    return ()


def radios_driven(device: LabDevice) -> bool:
    """Whether the package of the radios is there."""
    if not at_least(device.version, APART):
        return True
    return any(name.startswith("wi") for name in beside(device))


def prepare(device: LabDevice, *, older: bool = False) -> tuple[str, tuple[str, ...]] | None:
    """An orderly reboot: look at the packages in the root folder, decide what goes in.

    ``older``: a version below the present one is taken too. The files are used up. What goes in is
    the version and the packages beside the main one; None for nothing.
    """
    found = {}
    for file in device.files.listing():
        if "/" in file.name or not file.name.endswith(".npk"):
            continue
        said = parse(file.data)
        if said is None or said["architecture"] != device.architecture:
            device.firmware.said.append(f"can not install {file.name}: broken or wrong package")
            continue
        found[said["name"]] = (said["version"], file.name)
    version = found[MAIN][0] if MAIN in found else device.version
    fitting = {name for name, (each, _) in found.items() if each == version}
    if not fitting:
        return None
    if MAIN not in fitting:  # more packages for the version that is there
        fitting |= set(beside(device))
    elif version_key(version) <= version_key(device.version) and not older:
        device.firmware.said.append(f"can not install {MAIN}-{version}: {device.version} is newer")
        return None
    for name in fitting & found.keys():
        device.files.remove(found[name][1])
    return version, tuple(sorted(fitting - {MAIN}))


def finish(device: LabDevice) -> None:
    """The end of a boot: what was being installed is there now."""
    firmware = device.firmware
    for words in firmware.said:
        device.log.add(("system", "error", "critical"), words)
    firmware.said.clear()
    boot = firmware.boot or device.version
    if firmware.waiting is not None:
        version, packages = firmware.waiting
        firmware.waiting, firmware.extra = None, packages
        before = device.version
        move(device, version)
        device.log.add(("system", "info"), f"installed {MAIN}-{version} (was {before})")
    if firmware.boot_ready:
        firmware.boot_ready, boot = False, device.version
    firmware.boot = boot


def move(device: LabDevice, version: str) -> None:
    """Carry the configuration to another version, and to the packages that are there."""
    old, snapshot = device.version, device.state.snapshot()
    device.become(version)
    menus = device.schema.menus
    for path, rows in snapshot["rows"].items():
        if path in menus:
            for row in rows:
                row[1] = renamed(menus[path], row[1], old, version)
    for path, row in snapshot["single"].items():
        if path in menus:
            row[0] = renamed(menus[path], row[0], old, version)
    device.state.restore(snapshot)
    if not radios_driven(device):
        for path in _RADIOS:
            if path in menus:
                device.state.rows(path).clear()


def renamed(menu: Menu, values: Mapping[str, str], old: str, new: str) -> dict[str, str]:
    """Values under the names of the new version; what it does not know is left out."""
    names = {}
    for since, path, before, after in RENAMED:
        if path == menu.path and at_least(new, since) != at_least(old, since):
            one, other = (before, after) if at_least(new, since) else (after, before)
            names[one] = other
    moved = {names.get(name, name): value for name, value in values.items()}
    return {name: value for name, value in moved.items() if name in menu.properties}
