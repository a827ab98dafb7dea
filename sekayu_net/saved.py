"""What every saved plan has, whatever it is for, and how its file is written.

A plan of changes is ``plan``'s, one of an upgrade ``rollout.upgrade_plan``'s; who signed either is
``rollout.approval``'s.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol


class Saved(Protocol):
    """A plan that can be kept, signed and carried out later.

    ``plan_id`` is the SHA-256 of what it says; ``created`` UTC, ISO 8601; ``hosts`` by name;
    ``signatures`` are others' words on it and no part of what it says.
    """

    @property
    def plan_id(self) -> str:
        """What is signed."""

    @property
    def created(self) -> str:
        """When it was made."""

    @property
    def author(self) -> str:
        """Who made it."""

    @property
    def project(self) -> str:
        """The district's code."""

    @property
    def lab(self) -> bool:
        """Whether it is for the lab."""

    @property
    def hosts(self) -> Mapping[str, object]:
        """Its devices."""

    @property
    def signatures(self) -> tuple[str, ...]:
        """The texts of its signatures."""


def id_of(content: Mapping[str, object]) -> str:
    """The id of a plan that says this: SHA-256 of its canonical JSON, in hexadecimal."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def write(text: str, path: Path) -> None:
    """Write a plan's text (mode 0600), whole or not at all. ``OSError`` names the path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text + "\n")
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        # A failed write does not say of what: the file that was asked for.
        raise OSError(error.errno, error.strerror, str(path)) from error
