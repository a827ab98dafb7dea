"""A link that comes and goes: cut for half a period, whole for the other half, until told to end.

What is cut is the network's business, which kinds of faults there are ``faults``'.
"""

from __future__ import annotations

from collections.abc import Callable

from sekayu_net.lab.timers import Handle, Timers


class Flapping:
    """One flapping link. It is cut at once; ``stop`` leaves it whole."""

    def __init__(self, timers: Timers, period: float, set_link: Callable[[bool], None]) -> None:
        self._timers = timers
        self._period = period
        self._set_link = set_link
        self._up = True
        self._handle: Handle | None = None
        self._turn()

    def stop(self) -> None:
        """Leave it whole."""
        if self._handle is not None:
            self._handle.cancel()
        self._set_link(True)

    def _turn(self) -> None:
        self._up = not self._up
        self._set_link(self._up)
        self._handle = self._timers.call_later(self._period / 2, self._turn)
