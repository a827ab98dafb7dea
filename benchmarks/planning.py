"""How long plans take: ``python -m benchmarks.planning [--devices N …] [--rounds N] [--again]``.

For each number a project of so many devices that answer over real SSH (``crowd``), then the command
``sekayu-net plan`` as a person types it, by one process and by as many as this machine has cores,
in turn. The devices have seen their first boot alone, so each is to be changed in everything; with
``--again`` they say what they should, and a plan finds nothing to do. Desa offices alone are
planned: nobody has a hub with thousands of tunnels.
"""

from __future__ import annotations

import argparse
import os
import re
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.audit import run
from benchmarks.crowd import crowd
from sekayu_net.system import cores


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", type=int, nargs="*", default=[100, 500, 2000])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--again", action="store_true")
    said = parser.parse_args()
    print(
        "| devices | processes | load | wall s | CPU s | MiB: one process / all | devices' CPU s |"
    )
    print("|---:|---:|---:|---:|---:|---:|---:|")
    for count in said.devices:
        with (
            TemporaryDirectory() as folder,
            crowd(Path(folder), count, fresh=not said.again) as there,
        ):
            for most in (1, cores()) * said.rounds:
                lab = there.cpu
                ran = run(there.root, "plan", "--kind", "desa", most=most)
                found = re.search(r": (\d+) (?:change|unchanged); ", ran.out)
                assert found is not None, ran.out[-500:]
                print(
                    f"| {int(found[1]):,} | {most} | {os.getloadavg()[0]:.1f} | {ran.wall:.1f} |"
                    f" {ran.cpu:.1f} | {ran.one} / {ran.all} | {there.cpu - lab:.1f} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
