"""A device's clock: its own idea of the time, in its own time zone.

Offset and drift against the lab's clock can be set by faults; NTP takes the offset away.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo

_DEFAULT_ZONE = "UTC"


class Clock:
    """``offset`` in seconds against true time; ``zone`` gives the name of the time zone."""

    def __init__(self, zone: Callable[[], str], true_time: Callable[[], float]) -> None:
        self._zone = zone
        self._true_time = true_time
        self.offset = 0.0
        self.synchronised = False
        #: Called after the clock was moved.
        self.moved: Callable[[], None] = lambda: None

    def timestamp(self) -> float:
        """Seconds since 1970 as the device believes."""
        return self._true_time() + self.offset

    @property
    def zone(self) -> tzinfo:
        """The device's time zone."""
        try:
            return zoneinfo.ZoneInfo(self._zone() or _DEFAULT_ZONE)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError):
            return UTC

    def now(self) -> datetime:
        """The local time that it shows."""
        return datetime.fromtimestamp(self.timestamp(), UTC).astimezone(self.zone)

    def set_local(self, day: datetime | None, time: str | None) -> None:
        """``/system clock set date= time=``; ``ValueError`` for what is no time."""
        now = self.now()
        wanted = now.replace(microsecond=0)
        if day is not None:
            wanted = wanted.replace(year=day.year, month=day.month, day=day.day)
        if time is not None:
            clock = datetime.strptime(time, "%H:%M:%S")  # noqa: DTZ007
            wanted = wanted.replace(hour=clock.hour, minute=clock.minute, second=clock.second)
        self.jump((wanted - now) / timedelta(seconds=1))

    def jump(self, seconds: float) -> None:
        """Move by that much."""
        self.offset += seconds
        self.moved()

    def synchronise(self) -> None:
        """What NTP does."""
        self.synchronised = True
        if abs(self.offset) > 0.001:
            self.offset = 0.0
            self.moved()
