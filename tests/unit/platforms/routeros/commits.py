"""How the unit tests of the guarded change commit one to the scripted device."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from sekayu_net.platforms.base import Guard
from sekayu_net.platforms.routeros import guard
from sekayu_net.platforms.routeros.session import Session

TOKEN = "a1b2c3d4"
SCRIPT = '/ip address add address=10.0.0.1/24 interface=ether1\n/snmp set contact="s3cret"\n'
INVERSE = ':do { /ip address remove [find address="10.0.0.1/24"] } on-error={}\n'
FULL = Guard("job+startup", frozenset())


def ticking() -> Callable[[], float]:
    """A clock that moves a second at each look."""
    seconds: Iterator[int] = itertools.count()
    return lambda: float(next(seconds))


def commit(session: Session, kind: Guard = FULL, **changed: Any) -> None:
    arguments: dict[str, Any] = {
        "token": TOKEN,
        "revert_in": 60,
        "guard": kind,
        "on_armed": lambda: None,
    }
    arguments.update(changed)
    script = arguments.pop("script", SCRIPT)
    session.clock = ticking()
    guard.commit(session, script, INVERSE, **arguments)


def names(device: Any) -> set[str]:
    return {*device.scripts, *device.entries, *device.files, *device.jobs}
