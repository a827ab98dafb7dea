"""How fast configurations are parsed, compared and scripted: ``python -m benchmarks.language``.

Prints one line a size: milliseconds for one parse, for parse, diff and script, for the whole change
(inverse and the diff for people with it), the number of statements, and the peak of memory that
Python allocated.
"""

from __future__ import annotations

import random
import time
import tracemalloc

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.admission import watch
from sekayu_net.platforms.routeros.diff import compare
from sekayu_net.platforms.routeros.order import steps
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.script import Writer
from sekayu_net.platforms.routeros.syntax import parse
from sekayu_net.platforms.routeros.tree import read

VERSION = "7.20.4"

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


def script(running: str, intended: str) -> list[str]:
    """Parse both, compare, and write the script; no inverse, no words for people."""
    now, goal = read(running, VERSION), read(intended, VERSION)
    writer = Writer.on(now, watch([]))
    writer.run(steps(compare(now, goal, ownership=None, whole=True).changes))
    return writer.script


def measure(name: str, rules: int, addresses: int, rounds: int) -> None:
    """One line of figures."""
    running = configuration(rules, addresses, edited=False)
    intended = configuration(rules, addresses, edited=True)
    context = DiffContext(version=VERSION, whole=True)
    parsing, writing, changing = [], [], []
    for _ in range(rounds):
        start = time.perf_counter()
        parse(running)
        parsing.append(time.perf_counter() - start)
        start = time.perf_counter()
        script(running, intended)
        writing.append(time.perf_counter() - start)
        start = time.perf_counter()
        change = ROUTEROS.diff(running, intended, context)
        changing.append(time.perf_counter() - start)
    tracemalloc.start()
    ROUTEROS.diff(running, intended, context)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    print(
        f"{name:>12}: parse {min(parsing) * 1000:6.1f} ms, script {min(writing) * 1000:7.1f} ms, "
        f"change {min(changing) * 1000:7.1f} ms, "
        f"{len(change.operations):5} statements, {peak / 1e6:6.1f} MB"
    )


def main() -> None:
    """Three sizes."""
    measure("200 lines", 100, 96, 7)
    measure("1000 lines", 400, 596, 3)
    measure("5000 lines", 2000, 2996, 1)


if __name__ == "__main__":
    main()
