"""How long a large inventory takes to load: ``python -m benchmarks.inventory [--devices N]``.

Writes one inventory of N devices (two an office), then loads it in processes of their own: cold
(from YAML, and kept in built form) and warm (from what was kept). Prints seconds of wall and CPU
time, the interpreter's start included, and the peak of resident memory: of the process that loads,
and of it and its children together, what they share counted for each (Linux only).
"""

from __future__ import annotations

import argparse
import itertools
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.memory import family, resident
from benchmarks.nation import ROOT
from sekayu_net.inventory.addressing import Lock, allocate, write_lock
from sekayu_net.inventory.offices import read_files
from sekayu_net.inventory.scaffold import OfficeRow, offices_text

#: Pools that hold 65,536 offices: nobody has so many addresses, and nothing is reached by them.
POOLS = {
    "offices: 10.64.0.0/13": "offices: 16.0.0.0/6",
    "links: 10.60.0.0/20": "links: 24.0.0.0/12",
    "loopbacks: 10.62.0.0/20": "loopbacks: 25.0.0.0/15",
    "radios: 10.63.0.0/20": "radios: 26.0.0.0/13",
    "10.60.0.0/14, 10.64.0.0/13]": "16.0.0.0/6, 24.0.0.0/6]",
    "tunnels: {network: 10.61.0.0/22": "tunnels: {network: 27.0.0.0/14",
}
LOAD = """
import resource, sys
from pathlib import Path
from sekayu_net.inventory import cache
found = cache.district(Path(sys.argv[1]), Path(sys.argv[2]))
used = [resource.getrusage(whose) for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
print(len(found.devices), f"{sum(each.ru_utime + each.ru_stime for each in used):.2f}")
"""
#: Seconds between looks at the memory. `ru_maxrss` will not do: a process inherits its parent's.
LOOK = 0.01


def write(folder: Path, devices: int) -> None:
    """An inventory of so many devices: kecamatan of 250 desa each, all behind one hub."""
    shutil.copytree(ROOT / "inventory", folder)
    pools = folder / "addressing.yaml"
    text = pools.read_text()
    for old, new in POOLS.items():
        assert old in text, old
        text = text.replace(old, new)
    pools.write_text(text)
    rows: list[OfficeRow] = []
    for number in range(devices // 2):
        area, place = divmod(number, 250)
        code, name = f"{11 + area // 99:02}.01.{area % 99 + 1:02}", f"Kecamatan {area}"
        if place == 0:
            rows.append(OfficeRow(code, "camat", name, code, name))
        else:
            desa = f"D {area} {place}"
            rows.append(OfficeRow(f"{code}.2{place:03}", "desa", desa, code, name))
    # The hub has link VLANs for 999 offices: these come through tunnels.
    said = offices_text(rows, version="7.20.4", source="benchmarks.inventory")
    said = re.sub(r"uplink: \{kind: (radio|fiber).*\}", "uplink: {kind: internet}", said)
    # Eight hexadecimal digits by chance: of so many, two would be the same.
    serials = itertools.count(1)
    said = re.sub(r"serial: EX\w+", lambda _: f"serial: EX{next(serials):08}", said)
    (folder / "offices.yaml").write_text(said, encoding="utf-8")
    files = read_files(folder)
    demands = [entry.demand for entry in files.offices.offices]
    write_lock(folder / "addresses.lock.yaml", allocate(files.addressing, Lock(), demands))


def measured(folder: Path, kept: Path) -> str:
    """Load once, in a process of its own: what it took, in words."""
    started, own, all_of_them = time.perf_counter(), 0, 0
    with subprocess.Popen(
        [sys.executable, "-c", LOAD, str(folder), str(kept)],
        stdout=subprocess.PIPE, text=True, cwd=ROOT,
    ) as process:  # fmt: skip
        while process.poll() is None:
            sizes = [resident(pid) for pid in family(process.pid)]
            own, all_of_them = max(own, sizes[0]), max(all_of_them, sum(sizes))
            time.sleep(LOOK)
        seconds = time.perf_counter() - started
        assert process.stdout is not None
        said = process.stdout.read().split()
    assert process.returncode == 0
    return (
        f"{seconds:.2f} s (CPU {said[1]} s), {own / 1e6:.0f} MB, "
        f"with children {all_of_them / 1e6:.0f} MB, {int(said[0]):,} devices"
    )


def main() -> None:
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--devices", type=int, default=100_000)
    words.add_argument("--runs", type=int, default=3)
    asked = words.parse_args()
    with TemporaryDirectory() as name:
        folder, kept = Path(name) / "inventory", Path(name) / "kept"
        started = time.perf_counter()
        write(folder, asked.devices)
        size = sum(file.stat().st_size for file in folder.iterdir()) / 1e6
        print(f"written: {time.perf_counter() - started:.1f} s, {size:.0f} MB of YAML")
        for what in ["cold"] + ["warm"] * asked.runs:
            print(f"{what}: {measured(folder, kept)}", flush=True)


if __name__ == "__main__":
    main()
