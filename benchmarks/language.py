"""How fast configurations are parsed, compared and scripted: ``python -m benchmarks.language``.

Prints one line a size: seconds for parse, for the whole change (parse, diff, script, inverse), the
number of statements, and the peak of memory that Python allocated.
"""

from __future__ import annotations

import random
import time
import tracemalloc

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.syntax import parse

HEADER = "# 2026-01-01 08:00:00 by RouterOS 7.20.4\n"


def configuration(rules: int, addresses: int, *, edited: bool) -> str:
    """Filter rules and address lists; ``edited``: a tenth moved, a tenth changed."""
    chosen = random.Random(7)
    lines = [
        f'add action=accept chain=forward comment="rule {n}" dst-port={1 + n % 60000} '
        f"protocol=tcp src-address=10.{n >> 8 & 255}.{n & 255}.0/24"
        for n in range(rules)
    ]
    listed = [
        f"add address=10.{n >> 16 & 255}.{n >> 8 & 255}.{n & 255} list=list{n % 7}"
        for n in range(addresses)
    ]
    if edited:
        for _ in range(rules // 10):
            lines.insert(chosen.randrange(rules), lines.pop(chosen.randrange(rules)))
        for place in chosen.sample(range(rules), rules // 10):
            lines[place] += " log=yes"
        del listed[::10]
    blocks = ["/ip firewall address-list", *listed, "/ip firewall filter", *lines]
    return HEADER + "\n".join(blocks) + "\n"


def measure(name: str, rules: int, addresses: int, rounds: int) -> None:
    """One line of figures."""
    running = configuration(rules, addresses, edited=False)
    intended = configuration(rules, addresses, edited=True)
    context = DiffContext(version="7.20.4", whole=True)
    parsing, changing = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        parse(running)
        parsing.append(time.perf_counter() - start)
        start = time.perf_counter()
        change = ROUTEROS.diff(running, intended, context)
        changing.append(time.perf_counter() - start)
    tracemalloc.start()
    ROUTEROS.diff(running, intended, context)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"{name:>12}: parse {min(parsing) * 1000:7.1f} ms, change {min(changing) * 1000:8.1f} ms, "
        f"{len(change.operations):5} statements, {peak / 1e6:6.1f} MB"
    )


def main() -> None:
    """Three sizes."""
    measure("200 lines", 100, 96, 7)
    measure("1000 lines", 400, 596, 3)
    measure("5000 lines", 2000, 2996, 1)


if __name__ == "__main__":
    main()
