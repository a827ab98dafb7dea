"""Platforms by the name that the inventory uses. A platform's code loads when it is asked for."""

from __future__ import annotations

from importlib import import_module

from sekayu_net.errors import UsageError
from sekayu_net.platforms.base import Platform

PLATFORMS = {"routeros": ("sekayu_net.platforms.routeros.platform", "ROUTEROS")}

NAMES = tuple(PLATFORMS)


def platform(name: str) -> Platform:
    """The platform called ``name``; ``UsageError`` for an unknown one."""
    try:
        module, attribute = PLATFORMS[name]
    except KeyError:
        raise UsageError(
            f"platform {name!r} is not supported", hint=f"supported: {', '.join(NAMES)}"
        ) from None
    found: Platform = getattr(import_module(module), attribute)
    return found
