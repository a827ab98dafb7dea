"""A Nornir runner that begins a host when its turn has come, not in one lump.

Nornir's own threaded runner begins all hosts at once, so an order among them would need batches
that wait for their slowest member. Who may begin is ``order``'s.
"""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, MultiResult, Task

    from sekayu_net.rollout.order import Order


class OrderedRunner:
    """At most ``workers`` hosts at once, each when ``order`` lets it."""

    def __init__(self, order: Order, workers: int) -> None:
        self._order = order
        self._workers = workers

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run the task on every host; each host's result."""
        from nornir.core.task import AggregatedResult

        result = AggregatedResult(task.name)
        by_name = {host.name: host for host in hosts}
        waiting = list(by_name)
        flying: dict[Future[MultiResult], str] = {}
        with ThreadPoolExecutor(self._workers) as pool:
            while waiting or flying:
                while len(flying) < self._workers:
                    name = self._order.next(waiting, flying.values())
                    if name is None:
                        break
                    waiting.remove(name)
                    flying[pool.submit(task.copy().start, by_name[name])] = name
                if not flying:
                    raise ValueError(f"nothing may begin among {', '.join(waiting)}")
                for future in wait(flying, return_when=FIRST_COMPLETED).done:
                    result[flying.pop(future)] = future.result()
        return result
