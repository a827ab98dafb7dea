"""In which order devices are touched: pure.

Within a wave the deepest devices come first (a router that carries others after those it
carries), and no two devices are changed at once one of which is on the other's management path,
nor two hubs.
"""

from __future__ import annotations

from collections.abc import Iterable

from sekayu_net.inventory.district import District


def batches(district: District, hosts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Hosts grouped by the number of routers on their path, deepest first.

    A path to a device is longer than that to any device on it, so within one batch none is on the
    way to another.
    """
    by_depth: dict[int, list[str]] = {}
    for host in hosts:
        depth = len(district.not_beside(district.devices[host]))
        by_depth.setdefault(depth, []).append(host)
    return tuple(tuple(by_depth[depth]) for depth in sorted(by_depth, reverse=True))
