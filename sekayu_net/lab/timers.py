"""Time for a device's own doings: jobs that wait, the scheduler, booting.

A console program is a coroutine that yields the seconds it wants to wait; ``Run`` drives it with
a ``Timers``: the event loop's (real seconds), or one that tests move by hand. What a program does
is the console's.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Protocol


class Handle(Protocol):
    """Something that was asked to happen later."""

    def cancel(self) -> None:
        """It won't."""


class Timers(Protocol):
    """A source of seconds."""

    def now(self) -> float:
        """Seconds since some fixed point; never goes back."""

    def wall(self) -> float:
        """True time, in seconds since 1970."""

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """Call back once."""


class _Entry:
    __slots__ = ("callback", "due", "handle")

    def __init__(self, due: float, callback: Callable[[], None]) -> None:
        self.due = due
        self.callback: Callable[[], None] | None = callback
        self.handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        self.callback = None
        if self.handle is not None:
            self.handle.cancel()


class LoopTimers:
    """The running event loop's. What is asked for before a loop runs waits for ``attach``."""

    def __init__(self) -> None:
        self._waiting: list[_Entry] = []

    def now(self) -> float:
        """The monotonic clock."""
        return time.monotonic()

    def wall(self) -> float:
        """The machine's clock."""
        return time.time()

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """Real seconds."""
        entry = _Entry(self.now() + seconds, callback)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._waiting.append(entry)
        else:
            self._start(loop, entry)
        return entry

    def attach(self) -> None:
        """Hand what waited to the running loop."""
        loop = asyncio.get_running_loop()
        waiting, self._waiting = self._waiting, []
        for entry in waiting:
            self._start(loop, entry)

    def _start(self, loop: asyncio.AbstractEventLoop, entry: _Entry) -> None:
        if entry.callback is not None:
            entry.handle = loop.call_later(max(0.0, entry.due - self.now()), entry.callback)


class ManualTimers:
    """Time stands still until ``advance``. ``start``: true time at the beginning."""

    def __init__(self, start: float = 1_767_225_600.0) -> None:
        self._start = start
        self._now = 0.0
        self._count = itertools.count()
        self._heap: list[tuple[float, int, _Entry]] = []

    def now(self) -> float:
        """Seconds advanced so far."""
        return self._now

    def wall(self) -> float:
        """The start, and what was advanced."""
        return self._start + self._now

    def call_later(self, seconds: float, callback: Callable[[], None]) -> Handle:
        """When ``advance`` gets there."""
        entry = _Entry(self._now + max(0.0, seconds), callback)
        heapq.heappush(self._heap, (entry.due, next(self._count), entry))
        return entry

    def advance(self, seconds: float) -> None:
        """Let time pass; what falls due happens in order."""
        end = self._now + seconds
        while self._heap and self._heap[0][0] <= end:
            due, _, entry = heapq.heappop(self._heap)
            self._now = max(self._now, due)
            if entry.callback is not None:
                entry.callback()
        self._now = end


class Pause:
    """``await Pause(3)`` in a console program."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __await__(self) -> Generator[Pause, None, None]:
        """Yield itself to whoever drives the program."""
        yield self


class Run:
    """One console program under way. ``done`` is called once, also when it was stopped."""

    def __init__(
        self,
        program: Coroutine[Pause, None, None],
        timers: Timers,
        done: Callable[[], None] = lambda: None,
    ) -> None:
        self._program = program
        self._timers = timers
        self._done = done
        self._handle: Handle | None = None
        self.finished = False

    def start(self) -> None:
        """Go on to the first pause."""
        self._step()

    def stop(self) -> None:
        """End it where it is. Does nothing when it has ended."""
        if self._handle is not None:
            self._handle.cancel()
        self._finish()

    def _step(self) -> None:
        if self.finished:
            return
        try:
            pause = self._program.send(None)
        except StopIteration:
            self._finish()
        else:
            if not self.finished:
                self._handle = self._timers.call_later(pause.seconds, self._step)

    def _finish(self) -> None:
        if not self.finished:
            self.finished = True
            # A program that stops itself (it reboots the device) is running now.
            if self._program.cr_running:  # type: ignore[attr-defined]
                self._timers.call_later(0, self._program.close)
            else:
                self._program.close()
            self._done()


def run_now(program: Coroutine[Pause, Any, Any]) -> Any:
    """Run a program to its end as if every pause were over at once."""
    while True:
        try:
            program.send(None)
        except StopIteration as stop:
            return stop.value
