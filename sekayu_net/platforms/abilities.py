"""What some platforms can do beyond ``base``, each as a small protocol of its own.

Who wants one asks with ``isinstance`` and does without where the answer is no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from sekayu_net.platforms.base import Event, Target


class Identity(Protocol):
    """Who a device says it is. ``serial`` is empty where a device has none."""

    @property
    def serial(self) -> str:
        """Its serial number."""

    @property
    def model(self) -> str:
        """Its model, as the inventory names models."""

    @property
    def version(self) -> str:
        """The version that it runs."""


class FactoryDevice(Protocol):
    """A device that nobody configured yet, at its factory address."""

    def greet(self) -> None:
        """Log in on a terminal once, and answer what only the first login is asked."""

    def open(self) -> None:
        """Connect."""

    def close(self) -> None:
        """Let go of the connection. Never raises."""

    def facts(self) -> Identity:
        """Who it is."""

    def push(self, script: str) -> bool:
        """Run the first script; whether the session lived to see its end. ``ApplyError``."""

    def forget(self) -> None:
        """Remove the script from the device."""

    def finished(self) -> bool:
        """Whether the first script came to its end."""


@runtime_checkable
class Bootable(Protocol):
    """A platform whose factory-new devices can be given their first script over SSH."""

    def factory(self, target: Target) -> FactoryDevice:
        """A device before its first script, not yet open."""


@dataclass(frozen=True, slots=True)
class Inspected:
    """One row of a configuration with its defaults filled in; ``label`` as a person calls it."""

    label: str
    values: Mapping[str, str]


@runtime_checkable
class Inspector(Protocol):
    """A platform whose configuration can be asked for single settings. Not every one can."""

    def menus(self, text: str, version: str) -> Callable[[str], tuple[Inspected, ...] | None]:
        """A masked text's rows by menu; None for a menu that the device failed to tell."""


@runtime_checkable
class Witness(Protocol):
    """A driver that can ask its device who changed what. Not every platform has one."""

    def events(self) -> tuple[Event, ...]:
        """What people and programs changed, newest first. Changes nothing."""


@runtime_checkable
class Doorstep(Protocol):
    """A driver that knows how its devices leave the factory. It need not be open."""

    def default_login(self) -> str | None:
        """The factory login that the device still accepts, in words; None. One attempt."""
