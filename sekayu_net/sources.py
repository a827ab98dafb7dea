"""What a project's files say, as one number each: inventory and templates, to bind plans to them.

A git revision alone does not tell: files may be edited, or the project may be in no repository.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from sekayu_net.plan import Sources

#: In the inventory's folder, but of who may approve plans and not of what devices should say.
SIGNERS = "allowed_signers"


def sources_of(inventory: Path, templates: Path) -> Sources:
    """The hashes of both folders as they are now."""
    return Sources(inventory=folder_hash(inventory), templates=folder_hash(templates))


def folder_hash(folder: Path) -> str:
    """SHA-256 (hexadecimal) of the names and contents of all files below a folder.

    Where the folder is, times and rights do not count, nor what editors and Python leave there.
    """
    total = hashlib.sha256()
    for file in files_of(folder):
        for part in (file.relative_to(folder).as_posix().encode(), file.read_bytes()):
            total.update(len(part).to_bytes(8, "big"))
            total.update(part)
    return total.hexdigest()


def files_of(folder: Path) -> Iterator[Path]:
    """The files that count, sorted by name."""
    for file in sorted(folder.rglob("*")):
        names = file.relative_to(folder).parts
        left = any(name.startswith(".") or name == "__pycache__" for name in names)
        if file.is_file() and not left and names[-1] != SIGNERS and not names[-1].endswith("~"):
            yield file
