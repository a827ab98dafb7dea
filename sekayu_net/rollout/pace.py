"""How many devices are read at once: by hub and by uplink, less where a line is overrun.

Additive increase, multiplicative decrease, as TCP does it: a device that refuses the connection,
or leaves before the login, halves what its line carries at once; each one that answers gives a
little back. Silence counts for nothing: a device that is off is silent too. For reads alone; who
may be *written* to is ``order``'s. Decides only, starts nothing; not for two threads at once.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

#: Devices at once behind one uplink: at first, and at most. A link of a few Mbit/s carries this
#: many exports of some 20 KB in a second or two; sixteen handshakes are what a small router bears.
UPLINK = (16, 64)
#: No line is ever shut: so many may always be tried.
LEAST = 1


@dataclass(slots=True)
class Line:
    """What one line carries: ``limit`` at once, ``most`` ever, ``busy`` now."""

    limit: float
    most: int
    busy: int = 0

    @property
    def room(self) -> bool:
        """Whether one more may begin."""
        return self.busy < int(self.limit)

    def eased(self) -> None:
        """One came through: after ``limit`` of them there is room for one more."""
        self.limit = min(float(self.most), self.limit + 1 / self.limit)

    def overrun(self) -> None:
        """One was turned away."""
        self.limit = max(float(LEAST), self.limit / 2)


class Pace:
    """Which host is read next, so that no line carries more than its limit.

    ``way`` gives the lines that a host's traffic goes over (any hashable names, the widest first);
    the first is the hub's, which begins with all that the caller may do at once (``most``).
    """

    def __init__(
        self,
        hosts: Iterable[str],
        way: Callable[[str], Sequence[str]],
        *,
        most: int,
        uplink: tuple[int, int] = UPLINK,
    ) -> None:
        self._way = way
        self._lines: dict[str, Line] = {}
        self._waiting: dict[tuple[str, ...], deque[str]] = {}
        self._flying: dict[str, tuple[str, ...]] = {}
        for host in hosts:
            ways = tuple(way(host))
            for number, name in enumerate(ways):
                if name not in self._lines:
                    self._lines[name] = (
                        Line(float(most), most)
                        if number == 0
                        else Line(float(uplink[0]), uplink[1])
                    )
            self._waiting.setdefault(ways, deque()).append(host)

    @property
    def waiting(self) -> bool:
        """Whether some host has not begun."""
        return bool(self._waiting)

    def limit(self, name: str) -> int:
        """What a line carries at once, now."""
        return int(self._lines[name].limit)

    def next(self) -> str | None:
        """A host that may begin, which then counts as begun; None while every line is full.

        Ways take turns, so that one long queue does not keep the others back.
        """
        for ways in self._waiting:
            if all(self._lines[name].room for name in ways):
                break
        else:
            return None
        queue = self._waiting.pop(ways)
        host = queue.popleft()
        if queue:
            self._waiting[ways] = queue  # behind all others
        for name in ways:
            self._lines[name].busy += 1
        self._flying[host] = ways
        return host

    def ended(self, host: str, *, came: bool, turned_away: bool = False) -> None:
        """A host is through: it ``came`` through, was ``turned_away``, or said nothing."""
        ways = self._flying.pop(host)
        for number, name in enumerate(ways):
            line = self._lines[name]
            line.busy -= 1
            if came:
                line.eased()
            elif turned_away and number == len(ways) - 1:
                # The line nearest to it: the hub is not slowed for one far end.
                line.overrun()

    def again(self, host: str) -> None:
        """A host that ended is to be read once more, after those that wait."""
        self._waiting.setdefault(tuple(self._way(host)), deque()).append(host)


def retried(error: object, tries: int, most: int) -> bool:
    """Whether a read is tried again: only what was turned away, ``most`` times in all."""
    return bool(getattr(error, "busy", False)) and tries < most


def pause(tries: int, roll: float, *, first: float = 0.5, longest: float = 8.0) -> float:
    """Seconds until the next try; ``roll`` in 0 … 1 spreads those that were turned away together.

    Full jitter: anything up to a ceiling that doubles with each try.
    """
    return roll * min(longest, first * 2.0 ** (tries - 1))


def spread(
    hosts: Collection[str], shares: int, first_line: Callable[[str], str]
) -> list[list[str]]:
    """Hosts in so many shares of like size; those behind one uplink stay together if they can."""
    groups: dict[str, list[str]] = {}
    for host in hosts:
        groups.setdefault(first_line(host), []).append(host)
    size = -(-len(hosts) // shares)
    found: list[list[str]] = [[] for _ in range(shares)]
    for group in sorted(groups.values(), key=len, reverse=True):
        while group:
            share = min(found, key=len)
            room = max(1, size - len(share))
            share.extend(group[:room])
            group = group[room:]  # noqa: PLW2901 - what did not fit goes elsewhere
    return [share for share in found if share]
