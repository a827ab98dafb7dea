"""A Nornir runner for reads: many at once, paced by line, what was turned away tried again.

Never for writes: a host may be begun several times. What a task gave is handed to ``settle`` in
the thread that read it, and only what that returns is kept: so many configurations are held at
once as devices are read at once, however many there are in all.
"""

from __future__ import annotations

import heapq
import random
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any

from sekayu_net.errors import DeviceError, UnreachableError
from sekayu_net.rollout.order import way
from sekayu_net.rollout.pace import Pace, pause
from sekayu_net.rollout.site import results_of

if TYPE_CHECKING:
    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Result, Task

    from sekayu_net.rollout.site import Runner, Settle, Site

#: A device that turns us away is asked so many times in all.
TRIES = 3


def as_it_is(_: str, value: Any) -> Any:
    """What a task gave is kept as it is."""
    return value


def read_all(
    site: Site,
    name: str,
    hosts: Sequence[str],
    settle: Settle = as_it_is,
    /,
    **arguments: Any,
) -> dict[str, Any]:
    """Run one of the project's reads on these hosts, as many at once as the site says.

    What each gave, settled, in the order of ``hosts``. An exception of a task is raised when all
    are through, one of ``settle`` at once: what a device does wrong is a value.
    """
    if not hosts:
        return {}
    return results_of(nornir_of(site, hosts, settle), site.task(name), hosts, **arguments)


def nornir_of(site: Site, hosts: Sequence[str], settle: Settle = as_it_is) -> Nornir:
    """Nornir over these hosts with the site's runner for reads."""
    return site.nornir(hosts).with_runner(runner_of(site, hosts, settle))


def runner_of(site: Site, hosts: Sequence[str], settle: Settle) -> Runner:
    """Who reads these hosts: other machines where the site says so, else this one."""
    if site.runner is not None:
        return site.runner(settle)
    devices = site.district.devices
    pace = Pace(hosts, lambda host: way(site.district, devices[host]), most=site.readers)
    return ReadRunner(pace, site.readers, settle)


def turned_away(said: Result) -> DeviceError | None:
    """The error of a device that may answer a little later.

    It is the task's result, or what the task says of it as ``met``.
    """
    for error in (said.result, getattr(said, "met", None)):
        if isinstance(error, UnreachableError) and error.busy:
            return error
    return None


class ReadRunner:
    """At most ``most`` hosts at once, each when ``pace`` lets it; see the module.

    ``clock`` (seconds) and ``roll`` (0 … 1) are others in tests.
    """

    def __init__(
        self,
        pace: Pace,
        most: int,
        settle: Settle = as_it_is,
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
        """Run the task on every host; each host's (settled) result.

        What ``settle`` raises ends the run at once: it is no fault of a device.
        """
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
                    last = tries[name] == TRIES
                    future = pool.submit(self._one, task, by_name[name], last)
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
                away = turned_away(said[0])
                self._pace.ended(
                    name,
                    came=not said[0].failed,
                    turned_away=away is not None,
                    at_gate=away is not None and away.host != name,
                )
                if away is not None and tries[name] < TRIES:
                    due = self._clock() + pause(tries[name], self._roll())
                    heapq.heappush(later, (due, name))
                    continue
                result[name] = said
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()
        return result

    def _one(self, task: Task, host: Host, last: bool) -> MultiResult:
        said = task.copy().start(host)
        one = said[0]
        if one.exception is not None or (not last and turned_away(one) is not None):
            return said
        one.result = self._settle(host.name, one.result)
        return said
