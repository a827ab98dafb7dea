"""Maintenance windows: when devices may be changed, in the district's own time. Pure.

A window begins on each of its days and may end the day after. A plan carries windows as words
(``mon-fri 21:00-05:00``); when a run may begin or a wave may open is asked here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sekayu_net.errors import ProjectError
from sekayu_net.rollout import spans

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


@dataclass(frozen=True, slots=True)
class Window:
    """Days (0 is Monday) on which a window begins, and its two times of day.

    With ``end`` at or before ``begin`` it ends on the next day; equal times are a whole day.
    """

    days: tuple[int, ...]
    begin: time
    end: time

    @classmethod
    def parse(cls, words: str) -> Self:
        """From ``mon-fri,sun 21:00-05:00``. ``ValueError`` for anything else."""
        days, _, hours = words.partition(" ")
        begin, dash, end = hours.partition("-")
        if not dash:
            raise ValueError(f"{words!r} is no window: write mon-fri 21:00-05:00")
        return cls(days_of(days.split(",")), time_of(begin), time_of(end))

    def __str__(self) -> str:
        named = ",".join(DAYS[day] for day in self.days)
        return f"{named} {self.begin:%H:%M}-{self.end:%H:%M}"

    def openings(self, around: datetime) -> Iterable[tuple[datetime, datetime]]:
        """Each opening from the day before ``around`` to a week after it, in its time zone."""
        for offset in range(-1, 8):
            day = around.date() + timedelta(days=offset)
            if day.weekday() in self.days:
                last = day + timedelta(days=1) if self.end <= self.begin else day
                yield (
                    datetime.combine(day, self.begin, around.tzinfo),
                    datetime.combine(last, self.end, around.tzinfo),
                )


def window_words(words: str) -> str:
    """A window's words as they are kept. ``ValueError`` for what is none."""
    return str(Window.parse(words))


def zone_of(name: str) -> ZoneInfo:
    """A time zone by name. ``ProjectError`` when this machine does not know it."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise ProjectError(
            f"this machine knows no time zone {name!r}",
            hint="correct timezone in the inventory, or install the system's package tzdata",
        ) from None


def days_of(words: Iterable[str]) -> tuple[int, ...]:
    """Days from names and ranges (``mon``, ``fri-mon``), in the week's order."""
    found: set[int] = set()
    for word in words:
        first, dash, last = word.strip().lower().partition("-")
        ends = (first, last if dash else first)
        if not set(ends) <= set(DAYS):
            raise ValueError(f"{word!r} is no day: write {', '.join(DAYS)}, or mon-fri")
        day = DAYS.index(ends[0])
        found.add(day)
        while DAYS[day] != ends[1]:
            day = (day + 1) % 7
            found.add(day)
    return tuple(sorted(found))


def time_of(word: str) -> time:
    """A time of day from ``21:00``. ``ValueError`` for anything else."""
    found = CLOCK.fullmatch(word.strip())
    if found is None:
        raise ValueError(f"{word!r} is no time of day: write 21:00")
    return time(int(found[1]), int(found[2]))


def closes(windows: Sequence[str], zone: str, at: datetime) -> datetime | None:
    """When the window that is open ``at`` that moment closes; None when none is open.

    Windows that overlap or touch are one. The answer is in ``zone``.
    """
    local = at.astimezone(zone_of(zone))
    known = sorted(each for words in windows for each in Window.parse(words).openings(local))
    end: datetime | None = None
    for begun, ended in known:
        if begun <= (end or local) < ended:
            end = ended
    return end


def opens(windows: Sequence[str], zone: str, at: datetime) -> datetime:
    """When the next window opens after that moment, in ``zone``. There must be windows."""
    local = at.astimezone(zone_of(zone))
    return min(
        begun for w in windows for begun, _ in Window.parse(w).openings(local) if begun > local
    )


def longest(windows: Sequence[str], zone: str, at: datetime) -> timedelta:
    """The longest that a window is open at a stretch, of those that open in the week to come."""
    local = at.astimezone(zone_of(zone))
    begins = [begun for w in windows for begun, _ in Window.parse(w).openings(local)]
    return max((closes(windows, zone, begun) or begun) - begun for begun in begins)


def shut(windows: Sequence[str], zone: str, at: datetime, needed: float = 0) -> str | None:
    """Why nothing that takes ``needed`` seconds may begin at that moment; None when it may."""
    if not windows:
        return None
    end = closes(windows, zone, at)
    if end is None:
        return f"outside the maintenance window, which opens {when(opens(windows, zone, at))}"
    if at + timedelta(seconds=needed) > end:
        if timedelta(seconds=needed) > longest(windows, zone, at):
            return (
                f"no maintenance window is long enough for {spans.words(needed)}: "
                "make smaller waves or a shorter confirm_within"
            )
        return (
            f"the maintenance window closes {when(end)}, too soon for {spans.words(needed)}; "
            f"the next opens {when(opens(windows, zone, at))}"
        )
    return None


def when(moment: datetime) -> str:
    """A moment as a person on shift reads it: ``Tue 24 Nov 21:00 WIB``."""
    return f"{DAYS[moment.weekday()].capitalize()} {moment:%d %b %H:%M %Z}"
