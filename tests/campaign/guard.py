"""``python -m tests.campaign.guard``: strike a deployment at every point, print what came of it.

``--seed N --sample M`` tries M points taken at random; without ``--sample`` all of them. The exit
status is 1 when a device ended half, out of reach, or with leftovers.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

from sekayu_net.platforms.base import GuardKind
from tests.campaign.campaign import DEVICES, QUIET, VERSION, Point, Result, run
from tests.campaign.scenario import SCENARIOS
from tests.campaign.world import Kind, Strike

#: What strikes: kind, seconds until it is over, whether resume comes late, whether requests do.
STRIKES: tuple[tuple[str, Kind, float, bool, bool], ...] = (
    ("killed, resumed at once", "kill", 0.0, False, False),
    ("killed, resumed late", "kill", 0.0, True, False),
    ("link cut for 8 s", "cut", 8.0, False, False),
    ("link cut until all is quiet", "cut", QUIET, True, False),
    ("link cut for 8 s, requests arrive late", "cut", 8.0, False, True),
    ("link cut for 80 s, requests arrive late", "cut", 80.0, True, True),
    ("rebooted", "reboot", 0.0, False, False),
    ("rebooted, resumed late", "reboot", 0.0, True, False),
    ("off for 20 s", "power", 20.0, False, False),
    ("off until all is quiet", "power", QUIET, True, False),
)


def points(
    kinds: Iterable[GuardKind], scenarios: Iterable[str], version: str = VERSION
) -> Iterator[tuple[str, Point]]:
    """Every point: each event of a deployment without faults, times what strikes there."""
    for kind in kinds:
        for scenario in scenarios:
            result, world = run(Point(scenario, kind, version=version))
            if result.wrong or result.journal != SCENARIOS[scenario].ends:
                raise AssertionError(f"{scenario} under {kind} fails without any fault: {result}")
            for at in range(len(world.events)):
                for name, strike, seconds, late, requests in STRIKES:
                    yield (
                        name,
                        Point(scenario, kind, Strike(strike, at, seconds, requests), late, version),
                    )


def step(event: str) -> str:
    """The step of a deployment that an event belongs to."""
    stage, _, what = event.partition(": ")
    if stage == "connect":
        return "connect, reconnect"
    if stage in ("arm", "timer"):
        return "upload" if what.startswith("upload") else "arm"
    if stage in ("apply", "import"):
        return "import"
    if stage in ("undo", "revert", "clean", "scheduler"):
        return "undo"
    return {"confirm": "confirm", "preflight": "preflight"}.get(stage, "read, verify")


STEPS = (
    "preflight", "connect, reconnect", "read, verify", "upload", "arm", "import", "confirm", "undo",
)  # fmt: skip


class Tally:
    """What was tried and what came of it."""

    def __init__(self) -> None:
        self.tried: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.steps: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self.failures: list[tuple[str, Point, Result]] = []

    def add(self, name: str, point: Point, result: Result) -> None:
        """One point."""
        outcome = "WRONG" if result.wrong else "lost" if result.lost else result.device
        self.tried[point.kind, name][outcome] += 1
        self.steps[point.kind, step(result.event)][outcome] += 1
        if result.wrong:
            self.failures.append((name, point, result))

    @property
    def total(self) -> int:
        """How many points were tried."""
        return sum(sum(counter.values()) for counter in self.tried.values())

    def table(self) -> str:
        """Markdown, for people and for ``docs/reliability.md``."""
        lines = []
        for title, rows in (("struck by", self.tried), ("struck during", self.steps)):
            lines += [
                f"| undo | {title} | points | old state | new state | as said | wrong |",
                "|---|---|---:|---:|---:|---:|---:|",
            ]
            lines += [
                f"| {kind} | {name} | {sum(found.values()):,} | {found['old']:,} | "
                f"{found['new']:,} | {found['lost']:,} | {found['WRONG']:,} |"
                for (kind, name), found in sorted(rows.items())
            ]
            lines.append("")
        return "\n".join(lines)


def campaign(
    *,
    seed: int,
    sample: int | None,
    kinds: Iterable[GuardKind] = tuple(DEVICES),
    scenarios: Iterable[str] = tuple(SCENARIOS),
    version: str = VERSION,
) -> Tally:
    """Try all points, or ``sample`` of them."""
    chosen = list(points(kinds, scenarios, version))
    if sample is not None and sample < len(chosen):
        chosen = random.Random(seed).sample(chosen, sample)
    tally = Tally()
    for name, point in chosen:
        tally.add(name, point, run(point)[0])
    return tally


def main(arguments: list[str]) -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m tests.campaign.guard", description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=None, metavar="N")
    parser.add_argument("--kind", action="append", choices=tuple(DEVICES))
    parser.add_argument("--scenario", action="append", choices=tuple(SCENARIOS))
    parser.add_argument("--version", default=VERSION, help=f"of RouterOS, {VERSION} unless given")
    parser.add_argument("--show", type=int, default=20, help="failures to print")
    given = parser.parse_args(arguments)
    started = time.monotonic()
    tally = campaign(
        seed=given.seed,
        sample=given.sample,
        kinds=given.kind or tuple(DEVICES),
        scenarios=given.scenario or tuple(SCENARIOS),
        version=given.version,
    )
    seconds = time.monotonic() - started
    print(tally.table())
    print(
        f"{tally.total:,} points, {len(tally.failures)} wrong, {seconds:.0f} s, seed {given.seed}, "
        f"RouterOS {given.version} (simulated), "
        f"Python {platform.python_version()}, {platform.machine()}"
    )
    for name, point, result in tally.failures[: given.show]:
        print(f"\n{name}: {point}\n  {result}")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
