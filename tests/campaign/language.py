"""Real exports against each other: ``python -m tests.campaign.language [--random N] …``.

Takes pairs of configurations, lets the language make script and inverse, has the lab's console
judge both, and prints one table. A share of the table runs in the tests.
"""

from __future__ import annotations

import argparse
import os
import platform
import random
import re
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

from sekayu_net.errors import LabError
from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.routeros import syntax
from sekayu_net.platforms.routeros.platform import ROUTEROS
from tests.campaign.edits import edited
from tests.campaign.judge import Bench, Verdict

SHARED = Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[3] / "shared"))
CORPUS = SHARED / "corpus"
#: The export that is edited: many menus, ordered ones among them.
EDITED = "routeros/003-7.1.1.rsc"
#: Beyond so many statements a pair is not taken for the check of every prefix: the work is
#: quadratic.
MOST_STATEMENTS = 150
_INTERNAL_ID = re.compile(r"\*[0-9A-F]+\b")


@dataclass(frozen=True, slots=True)
class Export:
    """One real export; ``text`` has one code point a byte."""

    name: str
    version: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """What to judge. ``items``: how many items differ, where that is known."""

    start: Export
    goal: Export
    items: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a pair. ``unlike``: no device can hold both."""

    name: str
    unlike: bool = False
    said: bool = False
    statements: int = 0
    items: int = 0
    prefixes: int = 0
    faults: tuple[str, ...] = ()
    back: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()


@dataclass(slots=True)
class Tally:
    """One row of the table."""

    title: str
    outcomes: list[Outcome] = field(default_factory=list)

    def row(self) -> str:
        judged = [outcome for outcome in self.outcomes if not outcome.unlike]
        plain = [outcome for outcome in judged if not outcome.said]
        reached = sum(not outcome.faults for outcome in plain)
        back = sum(not outcome.back for outcome in plain)
        statements = sum(outcome.statements for outcome in judged)
        counted = [outcome for outcome in judged if outcome.items]
        items = sum(outcome.items for outcome in counted)
        ratio = f"{sum(o.statements for o in counted) / items:.2f}" if items else "–"
        prefixes = sum(outcome.prefixes for outcome in judged)
        absent = sum(bool(outcome.absent) for outcome in plain)
        return (
            f"| {self.title} | {len(plain)} | {reached} | {back} | {prefixes or '–'} | {absent} "
            f"| {statements} | {ratio} | {len(judged) - len(plain)} "
            f"| {len(self.outcomes) - len(judged)} |"
        )


HEAD = (
    "| pairs | judged | goal reached | start restored | prefixes tried | something absent "
    "| statements | statements an item | said what can't be | unlike |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def exports() -> list[Export]:
    """All of the corpus; empty where it is absent."""
    found = []
    paths = sorted([*CORPUS.glob("routeros/*.rsc"), *CORPUS.glob("routeros-history/*/*.rsc")])
    for path in paths:
        text = path.read_bytes().decode("latin-1")
        match = re.search(r"by RouterOS (\S+)", text) or re.search(r"-(\d.*)\.rsc", path.name)
        assert match is not None
        found.append(Export(f"{path.parent.name}/{path.name}", match[1], text))
    return found


def history(everything: Sequence[Export]) -> Iterator[Pair]:
    """Consecutive exports of one device, both ways."""
    for before, after in pairwise(everything):
        folder = before.name.partition("/")[0]
        if folder != "routeros" and after.name.startswith(f"{folder}/"):
            yield Pair(before, after)
            yield Pair(after, before)


def random_pairs(everything: Sequence[Export], major: str, seed: int) -> Iterator[Pair]:
    """Any two exports of one major version, without end."""
    chosen = random.Random(seed)
    pool = [export for export in everything if export.version.startswith(f"{major}.")]
    while True:
        yield Pair(*chosen.sample(pool, 2))


def edits(everything: Sequence[Export], seed: int) -> Iterator[Pair]:
    """One export, edited, without end."""
    chosen = random.Random(seed)
    start = next(export for export in everything if export.name == EDITED)
    document = syntax.parse(start.text)
    for number in range(1 << 30):
        goal, items = edited(document, chosen)
        text = syntax.format_document(goal)
        yield Pair(start, Export(f"edit {number} of seed {seed}", start.version, text), items)


def judge(pair: Pair, *, every_prefix: bool = False) -> Outcome:
    """Let the console do what the language says."""
    start, goal = pair.start, pair.goal
    name = f"{start.name} → {goal.name}"
    context = DiffContext(version=start.version, whole=True)
    change = ROUTEROS.diff(start.text, goal.text, context)
    if every_prefix and len(change.operations) > MOST_STATEMENTS:
        return Outcome(name, unlike=True)
    try:
        bench = Bench.between(syntax.parse(start.text), syntax.parse(goal.text), start.version)
        verdict = bench.judge(change, every_prefix=every_prefix)
    except LabError:
        return Outcome(name, unlike=True)
    return Outcome(
        name,
        said=_excused(change, verdict),
        statements=verdict.statements,
        items=pair.items,
        prefixes=verdict.prefixes,
        faults=(verdict.fault,) if verdict.fault else (),
        back=tuple(filter(None, (verdict.inverse_fault, *verdict.prefix_faults[:1]))),
        absent=tuple(verdict.absent[:1]),
    )


def _excused(change: Change, verdict: Verdict) -> bool:
    """Whether the change said of all that went wrong that it can't be reached.

    An internal id names an item that is gone; of a menu that is a list in one version and settings
    in the other the change says that it leaves it.
    """
    left = {w.partition(":")[0] for w in change.warnings if w.endswith("nothing is changed")}
    named = any("internal id" in warning for warning in change.warnings)
    faults = [fault for fault in (verdict.fault, verdict.inverse_fault) if fault]
    return bool(faults) and all(
        (named and _INTERNAL_ID.search(fault)) or fault.partition(":")[0] in left
        for fault in faults
    )


def run(title: str, pairs: Sequence[Pair], processes: int, *, every_prefix: bool = False) -> Tally:
    """Judge pairs; prints each that failed."""
    tally = Tally(title)
    with ProcessPoolExecutor(processes) as pool:
        for outcome in pool.map(partial(judge, every_prefix=every_prefix), pairs, chunksize=4):
            tally.outcomes.append(outcome)
            if outcome.said:
                continue
            for word, faults in (
                ("NOT REACHED", outcome.faults),
                ("NOT BACK", outcome.back),
                ("ABSENT", outcome.absent),
            ):
                for fault in faults:
                    print(f"{word} {outcome.name}: {fault}", flush=True)
    return tally


def main() -> int:
    """Run what is asked for; exit 1 when something failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--random-6", type=int, default=600, metavar="N")
    parser.add_argument("--random-7", type=int, default=1400, metavar="N")
    parser.add_argument("--edits", type=int, default=2000, metavar="N")
    parser.add_argument("--prefixes", type=int, default=100, metavar="N")
    parser.add_argument("--no-history", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    everything = exports()
    if not everything:
        print(f"there are no exports in {CORPUS}", file=sys.stderr)
        return 2
    begun = time.monotonic()
    jobs = [
        ("consecutive exports, both ways", [] if options.no_history else [*history(everything)]),
        (
            "random pairs, RouterOS 6",
            [*islice(random_pairs(everything, "6", options.seed), options.random_6)],
        ),
        (
            "random pairs, RouterOS 7",
            [*islice(random_pairs(everything, "7", options.seed), options.random_7)],
        ),
        ("edits of one export", [*islice(edits(everything, options.seed), options.edits)]),
    ]
    tallies = [run(title, pairs, options.processes) for title, pairs in jobs if pairs]
    if options.prefixes:
        pairs = sampled(everything, options.prefixes, options.seed)
        tallies.append(run("sample, at every prefix", pairs, options.processes, every_prefix=True))
    print(f"\n{HEAD}")
    for tally in tallies:
        print(tally.row())
    print(
        f"\nseed {options.seed}, {time.monotonic() - begun:.0f} s with {options.processes} "
        f"processes, Python {platform.python_version()}"
    )
    failed = any(o.faults or o.back or o.absent for t in tallies for o in t.outcomes if not o.said)
    return int(failed)


def sampled(everything: Sequence[Export], count: int, seed: int) -> list[Pair]:
    """Pairs for the check of every prefix: half consecutive exports, half edits."""
    chosen = random.Random(seed)
    consecutive = [pair for pair in history(everything) if pair.start.text != pair.goal.text]
    half = min(count // 2, len(consecutive))
    return [
        *chosen.sample(consecutive, half),
        *islice(edits(everything, seed + 1), count - half),
    ]


if __name__ == "__main__":
    sys.exit(main())
