"""A device's log in memory: the last thousand lines."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

_LINES = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``when``: local time."""

    number: int
    when: datetime
    topics: tuple[str, ...]
    message: str


class Log:
    """Lines with topics."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._count = 0
        self.entries: deque[Entry] = deque(maxlen=_LINES)

    def add(self, topics: tuple[str, ...], message: str) -> None:
        """One more line."""
        self._count += 1
        self.entries.append(Entry(self._count, self._now(), topics, message))

    def clear(self) -> None:
        """The log is in memory: a reboot empties it."""
        self.entries.clear()
