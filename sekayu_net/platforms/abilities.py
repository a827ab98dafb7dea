"""What some platforms can do beyond ``base``, each as a small protocol of its own.

Who wants one asks with ``isinstance`` and does without where the answer is no.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from sekayu_net.platforms.base import (
    Event,
    Follow,
    Guard,
    Pending,
    Reading,
    Target,
    TermsAt,
)


@runtime_checkable
class Owning(Protocol):
    """A platform that can tell which part of a text is the project's."""

    def owned_part(self, text: str, owned: object | None) -> str:
        """What a canonical text says of what ``load_ownership`` names; None: the whole text."""


@runtime_checkable
class Clocked(Protocol):
    """A driver that can tell what time it is on the device."""

    def clock(self) -> datetime | None:
        """Its date and time with their offset from UTC; None when it does not say them so."""


@runtime_checkable
class Cleaning(Protocol):
    """A platform that masks a text and gives its canonical form with one look at it."""

    def cleaned(self, text: str, seal: Callable[[str], str]) -> tuple[str, str]:
        """What ``mask`` gives, and ``canonical`` of that."""


@runtime_checkable
class Sealing(Protocol):
    """A platform whose devices list, beyond their configuration, names that are secrets."""

    def sealed(
        self, beyond: Mapping[str, tuple[Mapping[str, str], ...]], seal: Callable[[str], str]
    ) -> Mapping[str, tuple[Mapping[str, str], ...]]:
        """``Reading.beyond`` with tokens in their place."""


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
class AtOnce(Protocol):
    """A driver that reads with fewer questions than its verbs one by one would ask."""

    def read_at_once(self) -> Reading:
        """``check_identity``, ``read`` and ``Witness.events`` together, with their errors."""

    def look_at_once(self) -> tuple[Pending | None, Reading]:
        """``check_identity``, ``pending`` and ``read`` together, with their errors."""


@runtime_checkable
class Doorstep(Protocol):
    """A driver that knows how its devices leave the factory. It need not be open."""

    def default_login(self) -> str | None:
        """The factory login that the device still accepts, in words; None. One attempt."""


@runtime_checkable
class Linking(Protocol):
    """A platform that can tell what a text says of a link."""

    def link_terms(self, text: str, public_key: Callable[[str], str | None]) -> TermsAt:
        """The terms of every link that the text offers, by end; two ends that share one meet.

        The text is looked at here; what comes back keeps little of it, and answers for any number
        of ends. The words of ``Terms`` are the same on every platform. ``public_key`` gives the
        public key that belongs to a secret's fingerprint, None when that is not to be had.
        """


@runtime_checkable
class FollowingDriver(Protocol):
    """A driver whose device can follow another one."""

    def commit_following(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        guard: Guard,
        follow: Follow,
        on_armed: Callable[[], None],
    ) -> None:
        """Arm the undo and let the device apply the change by itself; returns when it is armed.

        The undo runs when the change fails, or the anchor does not answer within ``patience``, or
        is silent when ``window`` is over; else the change stays, pending until it is confirmed.
        Errors as ``Driver.commit_change``; after them nothing is applied.
        """


@runtime_checkable
class Snapshots(Protocol):
    """What a driver also offers whose device has an opaque backup of its own."""

    def snapshot(self, password: str) -> bytes:
        """That backup, locked with ``password``. Leaves nothing on the device."""
