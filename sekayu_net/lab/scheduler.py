"""``/system scheduler``: when entries fire.

``start-time=startup`` runs three seconds after boot, and with an interval on a grid anchored at
that moment (so that the first run of an entry added later comes early); an absolute time follows
the device's clock, wherever that is moved.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sekayu_net.lab.state import Item
from sekayu_net.lab.values import parse_time

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice
    from sekayu_net.lab.timers import Handle

#: Seconds from boot to the entries of ``startup``.
STARTUP = 3.0
#: Seconds by which sums of times may be off: an entry that is added on the second was not there
#: before it.
DUST = 0.001
#: A timer never sleeps longer: a moved clock is noticed at the latest then.
_LONGEST = 3600.0


class Scheduler:
    """The entries of one device. ``runs`` counts by internal id since boot."""

    def __init__(self, device: LabDevice) -> None:
        self._device = device
        self._handle: Handle | None = None
        self._started: set[str] = set()
        self._fired: dict[str, float] = {}
        self._added: dict[str, float] = {}  # uptime
        self.runs: dict[str, int] = {}

    def boot(self) -> None:
        """A new life: counters are zero, startup entries are due."""
        self.runs = {}
        self._fired = {}
        self._started = {item.id for item in self._items() if item.get("start-time") == "startup"}
        self._added = {item.id: -math.inf for item in self._items()}
        self.refresh()

    def halt(self) -> None:
        """The device is off."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def refresh(self) -> None:
        """Entries or the clock changed: set the timer anew."""
        self.halt()
        if not self._device.up or not self._items():
            return
        for item in self._items():
            self._added.setdefault(item.id, self._device.uptime)
        waits = [wait for item in self._items() if (wait := self._wait(item)) is not None]
        if waits:
            self._handle = self._device.timers.call_later(
                min(_LONGEST, max(0.0, min(waits))), self._fire
            )

    def next_text(self, item: Item) -> str:
        """``next-run`` as print shows it."""
        wait = self._wait(item)
        if wait is None:
            return ""
        return self._device.dates.stamp(self._device.clock.now() + timedelta(seconds=wait))

    def _items(self) -> list[Item]:
        return self._device.state.rows("/system scheduler")

    def _interval(self, item: Item) -> float:
        return parse_time(item.get("interval")) or 0.0

    def _wait(self, item: Item) -> float | None:
        """Seconds until an entry is due; None when it never is."""
        if item.disabled or not self._device.scheduler_allowed:
            return None
        interval = self._interval(item)
        if item.get("start-time") == "startup":
            return self._wait_startup(item, interval)
        start = self._start(item)
        if start is None:
            return None
        now = self._device.clock.now()
        ahead = (start - now) / timedelta(seconds=1)
        last = self._fired.get(item.id)
        fresh = last is None and ahead > -0.5 and item.id not in self.runs
        if ahead > 0 or (fresh and self._was_there(item, -ahead)):
            return max(0.0, ahead)
        if interval <= 0:
            return None
        # the next point of the grid
        return interval - math.fmod(-ahead, interval)

    def _start(self, item: Item) -> datetime | None:
        now, dates = self._device.clock.now(), self._device.dates
        date, time = item.get("start-date"), item.get("start-time")
        try:
            day = dates.read(date) if date else now.replace(tzinfo=None)
            clock = datetime.strptime(time or "00:00:00", "%H:%M:%S")  # noqa: DTZ007
        except ValueError:
            return None
        return datetime.combine(day.date(), clock.time(), now.tzinfo)

    def _was_there(self, item: Item, seconds: float) -> bool:
        """Whether the entry was there so many seconds ago.

        A start time that is not given is the second in which the entry is added: that moment is
        past, the first run comes an interval later.
        """
        return self._device.uptime - self._added.get(item.id, -math.inf) > seconds + DUST

    def _wait_startup(self, item: Item, interval: float) -> float | None:
        since = self._device.uptime
        if item.id in self._started and item.id not in self._fired:
            return max(0.0, STARTUP - since)
        if interval <= 0:
            return None
        if since < STARTUP:
            return STARTUP - since
        return interval - math.fmod(since - STARTUP, interval)

    def _fire(self) -> None:
        self._handle = None
        device = self._device
        now = device.timers.now()
        for item in list(self._items()):
            wait = self._wait(item)
            if wait is None:
                continue
            # A timer may come a little early, and the grid's next point is then almost zero away;
            # or a little late, and it is almost a whole interval away.
            interval = self._interval(item)
            late = interval - wait if interval > 0 else math.inf
            recently = now - self._fired.get(item.id, -math.inf) < 0.5
            due = wait <= 0.05 or (late < 0.5 and self._was_there(item, late))
            if due and not recently:
                self._fired[item.id] = now
                self.runs[item.id] = self.runs.get(item.id, 0) + 1
                device.programs.start_scheduled(item)
        self.refresh()
