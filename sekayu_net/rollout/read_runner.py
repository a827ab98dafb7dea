"""A Nornir runner for reads: many at once, paced by line, what was turned away tried again.

Never for writes: a host may be begun several times. What a task gave is handed to ``settle`` in
the thread that read it, and only what that returns is kept: so many configurations are held at
once as devices are read at once, however many there are in all.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from sekayu_net.rollout.pace import pause, retried

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

    from sekayu_net.rollout.pace import Pace

#: A device that turns us away is asked so many times in all.
TRIES = 3

Settle = Callable[[str, Any], Any]


class ReadRunner:
    """At most ``most`` hosts at once, each when ``pace`` lets it; see the module.

    ``clock`` (seconds) and ``roll`` (0 … 1) are others in tests.
    """

    def __init__(
        self,
        pace: Pace,
        most: int,
        settle: Settle = lambda _, value: value,
        *,
        clock: Callable[[], float] = time.monotonic,
        roll: Callable[[], float] = random.random,
    ) -> None:
        self._pace = pace
        self._most = most
        self._settle = settle
        self._clock = clock
        self._roll = roll

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run the task on every host; each host's (settled) result."""
        from nornir.core.task import AggregatedResult

        result = AggregatedResult(task.name)
        by_name = {host.name: host for host in hosts}
        tries = dict.fromkeys(by_name, 0)
        later: list[tuple[float, str]] = []
        done: SimpleQueue[tuple[str, Future[MultiResult]]] = SimpleQueue()
        flying = 0
        pool = ThreadPoolExecutor(max(1, min(self._most, len(hosts))), "read")
        try:
            while len(result) < len(by_name):
                while later and later[0][0] <= self._clock():
                    self._pace.again(heapq.heappop(later)[1])
                while flying < self._most and (name := self._pace.next()) is not None:
                    tries[name] += 1
                    flying += 1
                    future = pool.submit(self._one, task, by_name[name], tries[name])
                    future.add_done_callback(lambda f, name=name: done.put((name, f)))  # type: ignore[misc]
                if not flying and not later:
                    raise ValueError(f"nothing may begin; {len(by_name) - len(result)} hosts left")
                try:
                    wait = max(0.0, later[0][0] - self._clock()) if later else None
                    name, future = done.get(timeout=wait)
                except Empty:
                    continue
                flying -= 1
                said = future.result()
                busy = bool(getattr(said[0].result, "busy", False))
                self._pace.ended(name, came=not said[0].failed, turned_away=busy)
                if retried(said[0].result, tries[name], TRIES):
                    due = self._clock() + pause(tries[name], self._roll())
                    heapq.heappush(later, (due, name))
                    continue
                result[name] = said
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        return result

    def _one(self, task: Task, host: Host, tries: int) -> MultiResult:
        said = task.copy().start(host)
        one = said[0]
        if one.exception is not None or retried(one.result, tries, TRIES):
            return said
        try:
            one.result = self._settle(host.name, one.result)
        except Exception as error:  # noqa: BLE001 - Nornir's way: it is the host's result
            one.exception = error
        return said
