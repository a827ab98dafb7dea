"""What every saved plan has, whatever it is for.

A plan of changes is ``plan``'s, one of an upgrade ``rollout.upgrade_plan``'s; who signed either is
``rollout.approval``'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
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
