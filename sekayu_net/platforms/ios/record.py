"""What stays on a device of a change: its files while it waits, and a line when it was confirmed.

The line is an exec alias. It is part of the configuration, so that it comes and goes with it: a
reload before the confirmation takes it along, ``write memory`` keeps it with what it is about, and
a rollback that was not ours removes it. It does nothing, and neither a diff nor a fingerprint sees
it (``tree`` leaves it out). An entry in the archive's log would age away, a file on flash would
outlive the configuration that it speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sekayu_net.platforms.ios.tree import OWN

_NAME = "sekayu-confirmed"
_LINE = re.compile(
    rf"^alias exec {_NAME} run=(?P<run>\S+) fingerprint=(?P<fingerprint>\S+)\s*$", re.MULTILINE
)
_FILE = re.compile(r"sekayu-(?P<token>[A-Za-z0-9_.-]+)\.(?:cfg|old)")


def line(run: str, fingerprint: str) -> str:
    """The line that says which run was confirmed last. Typed, it is an unknown command."""
    made = f"{OWN}confirmed run={run} fingerprint={fingerprint}"
    if not _LINE.fullmatch(made):
        raise ValueError("a run or a fingerprint with blanks")
    return made


def found(config: str) -> Mapping[str, str] | None:
    """``run`` and ``fingerprint`` of the last confirmed run; None when it remembers none."""
    match = _LINE.search(config)
    return None if match is None else match.groupdict()


def candidate(token: str) -> str:
    """The file of a change while it waits."""
    return f"sekayu-{token}.cfg"


def before(token: str) -> str:
    """The file of the configuration before a change, which NAPALM writes."""
    return f"sekayu-{token}.old"


def tokens(listing: str) -> tuple[str, ...]:
    """The tokens whose files stand in a directory's listing."""
    return tuple(dict.fromkeys(match["token"] for match in _FILE.finditer(listing)))


def files(listing: str) -> tuple[str, ...]:
    """The tool's files in a directory's listing."""
    return tuple(dict.fromkeys(match.group() for match in _FILE.finditer(listing)))
