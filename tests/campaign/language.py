"""Real exports against each other: ``python -m tests.campaign.language [--pairs N] [--seed N] …``.

Takes pairs of exports, lets the language make script and inverse, and has the lab's console judge
both. Prints one table.
"""

from __future__ import annotations

import argparse
import os
import random
import re
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from sekayu_net.errors import LabError
from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros import syntax
from sekayu_net.platforms.routeros.platform import ROUTEROS
from tests.campaign.judge import Bench, Verdict

SHARED = Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "corpus"


@dataclass(frozen=True, slots=True)
class Export:
    """One real export."""

    name: str
    version: str
    text: str

    @property
    def document(self) -> syntax.Document:
        return syntax.parse(self.text)


def exports() -> list[Export]:
    found = []
    paths = sorted([*CORPUS.glob("routeros/*.rsc"), *CORPUS.glob("routeros-history/*/*.rsc")])
    for path in paths:
        text = path.read_bytes().decode("latin-1")
        match = re.search(r"by RouterOS (\S+)", text) or re.search(r"-(\d.*)\.rsc", path.name)
        assert match is not None
        found.append(Export(f"{path.parent.name}/{path.name}", match[1], text))
    return found


def history(all_exports: list[Export]) -> Iterator[tuple[Export, Export]]:
    for before, after in pairwise(all_exports):
        folder = before.name.partition("/")[0]
        if folder != "routeros" and after.name.startswith(f"{folder}/"):
            yield before, after
            yield after, before


def random_pairs(
    all_exports: list[Export], count: int, seed: int, major: str
) -> Iterator[tuple[Export, Export]]:
    chosen = random.Random(seed)
    pool = [export for export in all_exports if export.version.startswith(f"{major}.")]
    for _ in range(count):
        start, goal = chosen.sample(pool, 2)
        yield start, goal


def judge(start: Export, goal: Export, *, every_prefix: bool = False) -> Verdict:
    context = DiffContext(version=start.version, whole=True)
    change = ROUTEROS.diff(start.text, goal.text, context)
    bench = Bench.between(start.document, goal.document, start.version)
    return bench.judge(change, every_prefix=every_prefix)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--major", default="7")
    parser.add_argument("--history", action="store_true")
    parser.add_argument("--prefixes", action="store_true")
    options = parser.parse_args()
    everything = exports()
    pairs = list(history(everything)) if options.history else []
    pairs += random_pairs(everything, options.pairs, options.seed, options.major)
    unlike = said = faults = inverse = prefix = absent = statements = prefixes = 0
    begun = time.monotonic()
    for start, goal in pairs:
        name = f"{start.name} → {goal.name}"
        try:
            verdict = judge(start, goal, every_prefix=options.prefixes)
        except LabError as error:
            unlike += 1
            continue
        except Exception as error:  # noqa: BLE001
            if os.environ.get("RAISE"):
                raise
            print(f"EXC {name}: {type(error).__name__} {error}"[:300])
            faults += 1
            continue
        statements += verdict.statements
        prefixes += verdict.prefixes
        if verdict.fault and verdict.said:
            said += 1
        elif verdict.fault:
            faults += 1
            print(f"FWD {name}: {verdict.fault}")
        if verdict.inverse_fault and not verdict.said:
            inverse += 1
            print(f"INV {name}: {verdict.inverse_fault}")
        if verdict.prefix_faults and not verdict.said:
            prefix += 1
            print(f"PRE {name}: {len(verdict.prefix_faults)} {verdict.prefix_faults[0]}")
        if verdict.absent:
            absent += 1
            print(f"ABS {name}: {verdict.absent[0]}")
    print(
        f"{len(pairs)} pairs, {statements} statements, {unlike} unlike, {said} said so, {faults} not reached, {inverse} not back, "
        f"{prefixes} prefixes: {prefix}, absent: {absent}, {time.monotonic() - begun:.1f} s"
    )


if __name__ == "__main__":
    sys.exit(main())
