"""What a platform offers besides ``base`` so that its undo can be tried on a spare device.

The seam of ``sekayu-net qualify``: a platform without it can't be qualified. Trying is
``rollout.qualify``'s.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Probe:
    """A change that harms nothing. Configuration texts, masked.

    ``clean`` is the device's text without what an earlier probe left there, ``changed`` the same
    with the probe in at least two items; ``failing`` is one statement that the device refuses once
    the first of these is there, not earlier.
    """

    clean: str
    changed: str
    failing: str


@runtime_checkable
class Probing(Protocol):
    """A platform that knows a harmless change."""

    def probe(self, running: str) -> Probe:
        """The probe for a device that says ``running`` (masked)."""


@runtime_checkable
class Rebooting(Protocol):
    """A driver that can reboot its device."""

    def reboot(self) -> None:
        """Reboot now, and let go of the connection. ``DeviceError`` when the device refuses."""
