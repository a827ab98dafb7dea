"""How many devices are read at once: by hub and by uplink, less where a line is overrun.

Additive increase, multiplicative decrease, as TCP does it: a device that refuses the connection,
or leaves before the login, halves what its line carries at once; each one that answers gives a
little back. Silence counts for nothing: a device that is off is silent too. For reads alone; who
may be *written* to is ``order``'s. Decides only, starts nothing; not for two threads at once.
Time is the caller's: so all of it can be tried without waiting.
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
        # By hub, then by way: of a hub that is full no way is looked at.
        self._waiting: dict[str, dict[tuple[str, ...], deque[str]]] = {}
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
            self._wait(ways, host)

    def _wait(self, ways: tuple[str, ...], host: str) -> None:
        self._waiting.setdefault(ways[0], {}).setdefault(ways, deque()).append(host)

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
        for hub, there in self._waiting.items():
            if not self._lines[hub].room:
                continue
            for ways in there:
                if all(self._lines[name].room for name in ways):
                    return self._begun(hub, ways)
        return None

    def _begun(self, hub: str, ways: tuple[str, ...]) -> str:
        there = self._waiting[hub]
        queue = there.pop(ways)
        host = queue.popleft()
        if queue:
            there[ways] = queue  # behind all others
        if not there:
            del self._waiting[hub]
        for name in ways:
            self._lines[name].busy += 1
        self._flying[host] = ways
        return host

    def ended(
        self, host: str, *, came: bool, turned_away: bool = False, at_gate: bool = False
    ) -> None:
        """A host is through: it ``came`` through, was ``turned_away``, or said nothing.

        ``at_gate``: what turned it away was what all of its hub go through. Else it is the line
        nearest to it that is overrun: a hub is not slowed for one far end.
        """
        ways = self._flying.pop(host)
        for number, name in enumerate(ways):
            line = self._lines[name]
            line.busy -= 1
            if came:
                line.eased()
            elif turned_away and (number == 0 if at_gate else number == len(ways) - 1 > 0):
                line.overrun()

    def again(self, host: str) -> None:
        """A host that ended is to be read once more, after those that wait."""
        self._wait(tuple(self._way(host)), host)


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
