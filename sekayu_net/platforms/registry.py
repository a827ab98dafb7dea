"""Platforms by the name that the inventory uses. A platform's code loads when it is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any, Protocol

from sekayu_net.errors import UsageError
from sekayu_net.platforms.base import Author, Change, DiffContext, Platform, Unknown

PLATFORMS = {
    "routeros": ("sekayu_net.platforms.routeros.platform", "ROUTEROS"),
    "ios": ("sekayu_net.platforms.ios.platform", "IOS"),
}

NAMES = tuple(PLATFORMS)
DEFAULT = NAMES[0]
"""What ``config`` takes a file for when it isn't told."""


class Language(Protocol):
    """What ``config`` asks of a platform besides ``base.Platform``: its texts on their own."""

    @property
    def default_release(self) -> str:
        """The version to assume of a text that names none."""

    def layout(self, text: str, *, width: int, file: str) -> str:
        """The text in the form a device writes it."""

    def check(self, text: str, version: str) -> tuple[Unknown, ...]:
        """What of the text that version does not know."""

    def release(self, text: str) -> str | None:
        """The version that a text says it comes from."""

    def author(self, text: str) -> Author:
        """Which device wrote a text."""

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        """See ``base.Platform``."""

    def apply(self, text: str, script: str) -> str:
        """See ``base.Platform``."""


def language(name: str) -> Language:
    """The platform called ``name`` as a language on files."""
    found: Language = _load(name)
    return found


def platform(name: str) -> Platform:
    """The platform called ``name``; ``UsageError`` for an unknown one."""
    found: Platform = _load(name)
    return found


def _load(name: str) -> Any:
    try:
        module, attribute = PLATFORMS[name]
    except KeyError:
        raise UsageError(
            f"platform {name!r} is not supported", hint=f"supported: {', '.join(NAMES)}"
        ) from None
    return getattr(import_module(module), attribute)
