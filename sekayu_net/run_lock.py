"""Who writes now: one run at a time on a machine. Across machines: ``journal_server``'s lock."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sekayu_net.errors import LockError
from sekayu_net.system import try_lock


def here(who: str) -> str:
    """Who, on which machine, in which process."""
    holder = f"{who} on {socket.gethostname()}" if who else socket.gethostname()
    return f"{holder}, process {os.getpid()}"


def holder(file: Path) -> str | None:
    """Who holds a file now; None when nobody does. Takes nothing and makes nothing."""
    try:
        with file.open("r+") as held:
            return None if try_lock(held) else held.read().strip() or "somebody"
    except OSError:
        return None  # none was ever there, or it is not ours to look at


@contextmanager
def locked(file: Path, who: str = "") -> Iterator[None]:
    """Hold a file for a writer. ``LockError`` names who holds it.

    The kernel frees it when its holder ends, however that comes: no lock is ever stale.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with file.open("a+") as held:
        if not try_lock(held):
            held.seek(0)
            raise LockError(
                f"another run holds this project ({held.read().strip() or 'unknown'})",
                hint="wait for its end, or end it there with Ctrl-C: sekayu-net runs",
            )
        held.truncate(0)
        began = datetime.now(UTC).isoformat(timespec="seconds")
        held.write(f"{here(who)}, since {began}")
        held.flush()
        yield
