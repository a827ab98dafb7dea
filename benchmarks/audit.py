"""How long a whole audit takes: ``python -m benchmarks.audit [--devices N …] [--delay SECONDS]``.

For each number a project of so many devices that answer over real SSH (``crowd``), then the command
``sekayu-net audit`` as a person types it, twice: the first keeps every configuration in the
archive, the second finds nothing new. From start to end, imports and the inventory included.
Only desa offices are audited: a hub with thousands of tunnels is not what anybody has.
``--delay``: seconds that a device takes for each command; ``--once``: the first audit alone.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.crowd import crowd
from benchmarks.memory import family, resident
from benchmarks.nation import ROOT

#: Seconds between two looks at the memory of the processes.
LOOK = 0.1


@dataclass(frozen=True, slots=True)
class Run:
    """One command: seconds of wall and processor time, and the most memory (MiB) of one of its
    processes and of all of them together.
    """

    wall: float
    cpu: float
    one: int
    all: int
    code: int
    out: str


#: The command line with another ``processes.MOST``.
MOST = """
import sys
from sekayu_net.cli import main, processes
processes.MOST = int(sys.argv.pop(1))
main.main()
"""


def run(root: Path, *words: str, most: int | None = None) -> Run:
    """Run a command on a project's lab and watch it. ``most``: processes that share the reading."""
    program = ["-m", "sekayu_net"] if most is None else ["-c", MOST, str(most)]
    command = [sys.executable, *program, "--lab", "--project", str(root), *words]
    before, began = os.times(), time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    one = together = 0
    over = threading.Event()

    def watch() -> None:
        nonlocal one, together
        while not over.wait(LOOK):
            sizes = [resident(pid) for pid in family(process.pid)]
            one, together = max(one, *sizes), max(together, sum(sizes))

    watching = threading.Thread(target=watch)
    watching.start()
    out, err = process.communicate()
    over.set()
    watching.join()
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user
    cpu -= before.children_system
    assert process.returncode in {0, 3}, err[-2000:]
    seconds = time.perf_counter() - began
    return Run(seconds, cpu, one // 2**20, together // 2**20, process.returncode, out)


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", type=int, nargs="*", default=[30, 530, 5000])
    parser.add_argument("--delay", type=float, default=0.0)
    parser.add_argument("--once", action="store_true")
    said = parser.parse_args()
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    print(
        "| devices | audit | wall s | CPU s | ms a device | MiB: one process / all "
        "| devices' CPU s |"
    )
    print("|---:|---|---:|---:|---:|---:|---:|")
    for count in said.devices:
        with TemporaryDirectory() as folder, crowd(Path(folder), count, delay=said.delay) as there:
            for what in ("first",) if said.once else ("first", "again"):
                lab = there.cpu
                ran = run(there.root, "audit", "--kind", "desa", "--json")
                audited = len(json.loads(ran.out)["hosts"])
                print(
                    f"| {audited:,} | {what} | {ran.wall:.1f} | {ran.cpu:.1f} |"
                    f" {ran.wall / audited * 1000:.1f} | {ran.one} / {ran.all} |"
                    f" {there.cpu - lab:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
