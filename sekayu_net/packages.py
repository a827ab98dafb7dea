"""A folder of packages as their maker publishes them, with the checksums that prove them whole.

``SHA256SUMS`` in the folder holds a line for each, as ``sha256sum`` writes it; take the sums from
the maker's download page, not from the files. Nothing is downloaded here, and which packages a
device needs is its platform's business.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.errors import InputError

SUMS = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-fA-F]{64}) [ *](?:\./)?([^/\s]+)")


@dataclass(frozen=True, slots=True)
class PackageFolder:
    """The folder and the sums by file name."""

    folder: Path
    sums: Mapping[str, str]

    @classmethod
    def open(cls, folder: Path) -> PackageFolder:
        """Read the sums. ``InputError`` without them."""
        file = folder / SUMS
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            raise InputError(
                "can't be read: without checksums no package is put on a device",
                file=file,
                hint="write the sums of the maker's download page there, as sha256sum does",
            ) from None
        sums = {}
        for number, line in enumerate(lines, 1):
            if not line.strip() or line.startswith("#"):
                continue
            match = _LINE.fullmatch(line.strip())
            if match is None:
                raise InputError(
                    "no line of sha256sum", file=file, line=number, hint="write: SUM  FILE"
                )
            sums[match[2]] = match[1].lower()
        return cls(folder, sums)

    def missing(self, names: Iterable[str]) -> tuple[str, ...]:
        """Which of these files are not there, or have no sum."""
        return tuple(n for n in names if n not in self.sums or not (self.folder / n).is_file())

    def size(self, names: Iterable[str]) -> int:
        """Bytes of these files together."""
        return sum((self.folder / name).stat().st_size for name in names)

    def load(self, names: Iterable[str]) -> dict[str, bytes]:
        """The files' contents, each proven by its sum. ``InputError`` for one that is another."""
        found = {}
        for name in names:
            file = self.folder / name
            try:
                data = file.read_bytes()
            except OSError as error:
                raise InputError(f"can't be read: {error.strerror}", file=file) from None
            if hashlib.sha256(data).hexdigest() != self.sums.get(name):
                raise InputError(
                    f"is not what {SUMS} says: broken, or another file; nothing was sent",
                    file=file,
                    hint="fetch it again from the maker's download page",
                )
            found[name] = data
        return found
