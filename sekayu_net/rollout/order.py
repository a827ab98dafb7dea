"""Which device may begin while others are at work: pure.

Within a wave the deepest devices come first (a router that carries others after those it
carries), no two devices are changed at once one of which is on the other's management path, and
no more than so many pushes go through one uplink. Nothing else holds a device: a slow site delays
only the routers that carry it. Running them is ``runner``'s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sekayu_net.inventory.district import Device, District


@dataclass(frozen=True, slots=True)
class Order:
    """Who must not be at work at once. Hosts by name.

    ``paths``: the routers on the way to each (of two hubs, the other); ``uplinks``: the shared
    lines that its push goes through. ``at_once``: pushes through one of these at once (None: as
    many as like).
    """

    paths: Mapping[str, frozenset[str]]
    uplinks: Mapping[str, frozenset[str]]
    at_once: int | None = None

    def next(self, waiting: Iterable[str], flying: Iterable[str]) -> str | None:
        """The device that may begin now, the earliest of the deepest; None when all must wait."""
        queue, busy = list(waiting), frozenset(flying)
        # Who carries a device that was not changed yet, or is being changed, waits for it.
        carrying = frozenset().union(*(self.paths[host] for host in (*queue, *busy)))
        load = Counter(line for host in busy for line in self.uplinks[host])
        free = [
            host
            for host in queue
            if host not in carrying
            and not self.paths[host] & busy
            and (self.at_once is None or all(load[u] < self.at_once for u in self.uplinks[host]))
        ]
        return max(free, key=lambda host: len(self.paths[host]), default=None)


def order_of(district: District, hosts: Iterable[str], at_once: int | None = None) -> Order:
    """The order among these devices, as the inventory models their paths and uplinks."""
    devices = district.devices
    named = [devices[host] for host in hosts]
    return Order(
        {device.name: frozenset(district.not_beside(device)) for device in named},
        {device.name: uplinks(district, device) for device in named},
        at_once,
    )


def uplinks(district: District, device: Device) -> frozenset[str]:
    """The lines between hub and device that others may share (see ``way``).

    The hub's own uplink carries every push and is none of these: ``workers`` bounds it.
    """
    return frozenset(way(district, device)[1:])


def way(district: District, device: Device) -> tuple[str, ...]:
    """The lines that a device's traffic goes over, the hub's first, as ``router port``.

    Offices on one port of a router share its radio or fiber. A tunnel is its office's own line.
    """
    found = []
    office = district.office_of(device)
    while office.upstream is not None:
        link = office.link
        far = f"{link.upstream} {link.upstream_port}" if link else f"{office.router.name} uplink"
        found.append(far)
        office = district.offices[office.upstream]
    return (f"{office.router.name} uplink", *reversed(found))


def rounds(order: Order, hosts: Iterable[str], workers: int) -> int:
    """How many device's times a wave needs at most, were each device as slow as the others."""
    waiting = list(hosts)
    count = 0
    while waiting:
        flying: list[str] = []
        while len(flying) < workers:
            chosen = order.next(waiting, flying)
            if chosen is None:
                break
            waiting.remove(chosen)
            flying.append(chosen)
        count += 1
    return count
