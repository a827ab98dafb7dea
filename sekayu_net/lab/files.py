"""A device's files: flash, and the RAM disk of units that have a ``flash/`` folder.

Names are as RouterOS shows them, without a leading slash. SFTP to them is ``sftp``'s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_KINDS = {
    ".rsc": "script",
    ".backup": "backup",
    ".txt": ".txt file",
    ".npk": "package",
    ".pub": "ssh key",
    ".key": "ssh key",
    ".log": ".log file",
}


class DiskFullError(OSError):
    """No space left."""


@dataclass(slots=True)
class File:
    """A file or directory."""

    name: str
    data: bytes
    kind: str
    modified: datetime
    number: int

    @property
    def size(self) -> int:
        """In bytes."""
        return len(self.data)


class Files:
    """All files of one device. ``capacity`` in bytes; ``full`` says that a fault filled it."""

    def __init__(
        self,
        *,
        flash_folder: bool,
        capacity: int,
        now: Callable[[], datetime],
        full: Callable[[], bool],
    ) -> None:
        self.flash_folder = flash_folder
        self.capacity = capacity
        self._now = now
        self._full = full
        self._files: dict[str, File] = {}
        self._count = 0
        if flash_folder:
            self.make_directory("flash")

    @staticmethod
    def clean(name: str) -> str:
        """A name as it is kept; ``ValueError`` for one that leaves the device's root."""
        parts = [part for part in name.strip("/").split("/") if part not in ("", ".")]
        if ".." in parts:
            raise ValueError(name)
        return "/".join(parts)

    @property
    def free(self) -> int:
        """Bytes left."""
        used = sum(file.size for file in self._files.values())
        return 0 if self._full() else max(0, self.capacity - used)

    def listing(self) -> list[File]:
        """By name."""
        return [self._files[name] for name in sorted(self._files)]

    def get(self, name: str) -> File | None:
        """The file of that name."""
        return self._files.get(self.clean(name))

    def children(self, directory: str) -> list[File]:
        """What lies directly in a directory (empty: the root)."""
        prefix = f"{self.clean(directory)}/" if self.clean(directory) else ""
        return [
            file
            for file in self.listing()
            if file.name.startswith(prefix) and "/" not in file.name[len(prefix) :]
        ]

    def write(self, name: str, data: bytes) -> File:
        """Make or replace; ``DiskFullError`` when it does not fit, then nothing changed."""
        name = self.clean(name)
        old = self._files.get(name)
        if len(data) - (old.size if old else 0) > self.free and data:
            raise DiskFullError("not enough space")
        kind = next((k for ending, k in _KINDS.items() if name.endswith(ending)), "file")
        if old is None:
            self._count += 1
        file = File(name, data, kind, self._now(), old.number if old else self._count)
        self._files[name] = file
        return file

    def make_directory(self, name: str) -> None:
        """Make a directory."""
        self._count += 1
        name = self.clean(name)
        self._files.setdefault(name, File(name, b"", "directory", self._now(), self._count))

    def remove(self, name: str) -> bool:
        """Remove a file, or a directory with what is in it; whether there was one."""
        name = self.clean(name)
        found = [key for key in self._files if key == name or key.startswith(f"{name}/")]
        for key in found:
            del self._files[key]
        return bool(found)

    def rename(self, old: str, new: str) -> None:
        """Rename a file; ``KeyError`` without it."""
        file = self._files.pop(self.clean(old))
        file.name = self.clean(new)
        self._files[file.name] = file

    def lose_ram(self) -> None:
        """A reboot: outside ``flash/`` all is gone where there is such a folder."""
        if self.flash_folder:
            self._files = {
                name: file
                for name, file in self._files.items()
                if name == "flash" or name.startswith("flash/")
            }
