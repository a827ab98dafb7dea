"""Name → platform. A vendor is imported when a device of it is met, not before."""

from __future__ import annotations

from importlib import import_module

from sekayu_net.errors import ProjectError
from sekayu_net.platforms.base import Platform

#: The inventory's word → module and object.
PLATFORMS = {"routeros": ("sekayu_net.platforms.routeros.platform", "ROUTEROS")}


def platform(name: str) -> Platform:
    """The platform of that name. ``ProjectError`` for an unknown one."""
    if name not in PLATFORMS:
        raise ProjectError(
            f"no platform is called {name!r}", hint=f"there are: {', '.join(sorted(PLATFORMS))}"
        )
    module, attribute = PLATFORMS[name]
    found: Platform = getattr(import_module(module), attribute)
    return found
