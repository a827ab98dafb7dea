"""What a platform offers besides ``base`` so that its devices can be given another version.

The seam of ``sekayu-net upgrade``: a platform without it can't be upgraded. The pure half knows
names of packages and what versions call things; the driver's half writes. Order, backup, health
and the record are ``rollout.upgrade``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Installed:
    """What a device runs, and what room it has. Sizes in bytes, None where it is not told.

    ``extra``: names of the packages beside the main one. ``boot``: the boot loader's version,
    ``boot_offered`` the one that comes with the system; both empty where there is none.
    ``oldest``: the hardware takes nothing older; empty when not told. ``in_memory``: packages lie
    in memory until the restart, and a power cut loses them. ``free``: where packages are put.
    ``uptime`` in seconds.
    """

    version: str
    architecture: str
    extra: tuple[str, ...]
    boot: str
    boot_offered: str
    oldest: str
    in_memory: bool
    free: int | None
    uptime: float


@runtime_checkable
class Packaged(Protocol):
    """A platform whose versions come as files."""

    @property
    def package_rows(self) -> str:
        """Where ``Reading.beyond`` has the packages."""

    def older(self, version: str, than: str) -> bool:
        """Whether one version comes before another."""

    def release(self, text: str) -> str | None:
        """The version that a text says it comes from."""

    def package_files(self, installed: Installed, version: str) -> tuple[str, ...]:
        """The files that take a device to ``version``, the main one first, as published.

        ``UsageError`` when there is no such step from the version that it runs.
        """

    def room_refusal(self, installed: Installed, size: int) -> str | None:
        """Why files of that size have no room on the device; None when they have."""

    def migrated(self, text: str, before: str, after: str) -> tuple[str, tuple[str, ...]]:
        """A masked text of one version as another says it, and what that one can't say."""


@runtime_checkable
class Upgradable(Protocol):
    """A driver that can give its device another version. Raises ``errors.DeviceError``."""

    def installed(self) -> Installed:
        """What runs there. Changes nothing."""

    def stage(
        self, files: Mapping[str, bytes], *, told: Callable[[str], None] = lambda _: None
    ) -> None:
        """Put the packages where a restart takes them, and see that they are whole.

        Whatever packages lay there before are removed first, so that nothing else goes in. When it
        breaks off, what lies there must not be enough for a restart to take it.
        """

    def unstage(self) -> None:
        """Remove what ``stage`` put there."""

    def install(self, *, older: bool) -> None:
        """Restart into what lies ready, and let go of the connection. ``older``: a step back."""

    def upgrade_boot(self) -> None:
        """Have the boot loader replaced at a restart, restart, and let go of the connection."""

    def complaints(self) -> tuple[str, ...]:
        """What the device says since its start of packages that it did not take."""
