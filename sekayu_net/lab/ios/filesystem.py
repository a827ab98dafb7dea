"""Names of files and what they hold: ``flash:``, ``nvram:``, ``system:``, ``null:``.

Flash is the device's ``files``; the two configurations are files too. Commands on them are
``exec_files``'.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekayu_net.lab.files import DiskFullError

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

_FLASH = frozenset({"flash:", "flash0:", "bootflash:", "disk0:", "slot0:", "usbflash0:"})
_SYSTEM = frozenset({"nvram:", "system:", "null:", "tmpsys:"})
_REMOTE = frozenset({"tftp:", "ftp:", "scp:", "http:", "https:", "rcp:"})


@dataclass(frozen=True, slots=True)
class FileError(Exception):
    """A file that can't be had; ``reason`` in the device's words."""

    name: str
    reason: str

    def __str__(self) -> str:
        return f"%Error opening {self.name} ({self.reason})"


def bare_name(name: str) -> str:
    """Without file system and slashes: ``flash:/a/b`` is ``a/b``."""
    system, colon, rest = name.partition(":")
    del system
    return (rest if colon else name).strip("/")


def system_of(device: IosDevice, name: str) -> str:
    """The file system of a name: ``flash:`` for one without."""
    match = re.match(r"([a-z0-9]+:)", name)
    return match[1] if match else device.flash


def is_running(name: str) -> bool:
    """``running-config`` or ``system:running-config``."""
    word = name.removeprefix("system:").lstrip("/").lower()
    return len(word) >= 3 and "running-config".startswith(word)


def is_startup(name: str) -> bool:
    """``startup-config`` or ``nvram:startup-config``."""
    word = name.removeprefix("nvram:").lstrip("/").lower()
    return len(word) >= 3 and "startup-config".startswith(word)


def read(device: IosDevice, name: str) -> bytes:
    """A file's content. Raises ``FileError``."""
    if is_running(name):
        return device.running_text().encode()
    if is_startup(name):
        if not device.startup:
            raise FileError(name, "No such file or directory")
        return device.startup.encode()
    system = system_of(device, name)
    if system == "null:":
        return b""
    if system in _REMOTE:
        raise FileError(name, "Timed out")
    if system not in _FLASH:
        raise FileError(name, "No such device" if system not in _SYSTEM else "No such file")
    found = device.files.get(bare_name(name))
    if found is None or found.kind == "directory":
        raise FileError(name, "No such file or directory")
    return found.data


def write(device: IosDevice, name: str, data: bytes) -> None:
    """Make or replace a file in flash. Raises ``FileError``."""
    system = system_of(device, name)
    if system == "null:":
        return
    if system not in _FLASH:
        raise FileError(name, "Timed out" if system in _REMOTE else "Permission denied")
    try:
        device.files.write(bare_name(name), data)
    except DiskFullError:
        raise FileError(name, "No space left on device") from None
    except ValueError:
        raise FileError(name, "Invalid argument") from None


def is_flash(device: IosDevice, name: str) -> bool:
    """Whether a name lies in flash."""
    return system_of(device, name) in _FLASH
