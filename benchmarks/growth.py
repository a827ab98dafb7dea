"""What an audit costs by the number of devices: ``python -m benchmarks.growth [--devices N …]``.

Everything behind the connection, for so many simulated reads: rows and text of a real read are
taken apart, masked, compared with what is intended and confirmed, held against the rules, put into
archive, journal and reports. Each number is measured in a process of its own, which does all of it
(a real audit shares it over the cores). The devices are copies of one, so that no inventory is
measured (``benchmarks.inventory`` does that). One in twenty has drifted.
"""

from __future__ import annotations

import argparse
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nornir.core.task import Result, Task

from benchmarks.crowd import make_project
from benchmarks.nation import ROOT
from sekayu_net.archive import Archive, Origin
from sekayu_net.cli.site import site_of
from sekayu_net.compliance import load_rules
from sekayu_net.inventory.district import Device
from sekayu_net.inventory.nornir_plugin import nornir_of
from sekayu_net.journal import Journal
from sekayu_net.plan import now
from sekayu_net.platforms.base import Reading
from sekayu_net.project import Project
from sekayu_net.report.around import Around
from sekayu_net.report.files import as_json
from sekayu_net.rollout.judging import Judge
from sekayu_net.rollout.read_runner import read_all
from sekayu_net.rollout.reading import masked
from sekayu_net.rollout.site import Site
from sekayu_net.rollout.taking import Taking

#: One device in so many has drifted.
DRIFTED = 20
BEYOND = {
    "/user": ({"name": "admin", "group": "full", "disabled": "no"},),
    "/user group": ({"name": "full", "policy": "read,write,ssh"},),
    "/system package": ({"name": "routeros", "version": "7.20.4"},),
}


#: Where the addresses of the office that is copied come from (``benchmarks.inventory``'s pools).
POOLED = re.compile(r"\b(16|2[4-7])\.\d+\.(\d+)\.")


def elsewhere(text: str, number: int) -> str:
    """The text with the addresses of another office: of 16,000 no two say the same lines."""

    def other(found: re.Match[str]) -> str:
        place = number * 4 + int(found[2]) % 4
        return f"{found[1]}.{place // 256 % 256}.{place % 256}."

    return POOLED.sub(other, text)


def number_of(name: str) -> int:
    """Which copy it is."""
    return int(name.split("-")[1])


def copies(site: Site, count: int) -> Site:
    """The site with so many copies of one device, all in its office."""
    office = next(o for o in site.district.offices.values() if o.kind == "desa")
    device = office.router
    many = tuple(replace(device, name=f"copy-{number}-rtr1") for number in range(count))
    offices = {**site.district.offices, office.slug: replace(office, devices=many)}
    district = replace(site.district, offices=offices)
    original = site.intended(device)

    def nornir(hosts: Sequence[str]) -> Any:
        return nornir_of(district, hosts, workers=site.readers)

    # One rendering a device, as for real.
    def intended(copy: Device) -> str:
        assert site.intended(device) == original
        return elsewhere(original, number_of(copy.name))

    return replace(site, district=district, nornir=nornir, intended=intended)


def measure(root: Path, count: int) -> None:
    """Audit so many; prints seconds of processor time of the reads and of the rest, and MiB."""
    project = Project.load(root, lab=True)
    site = copies(site_of(project), count)
    hosts = [name for name in site.district.devices if name.startswith("copy-")]
    device = site.district.devices[hosts[0]]
    platform = site.platform(device)
    text = platform.reveal(site.intended(device), site.unseal)
    config = f"# 2026-11-24 20:00:00 by RouterOS {device.version}\n{text}"

    def read(task: Task, *, site: Site) -> Result:
        number = number_of(task.host.name)
        said = elsewhere(config, number)
        if number % DRIFTED == 0:
            said += f"/ip dns\nset servers=192.0.2.{number % 250}\n"
        reading = Reading(
            config=said, identity=task.host.name, serial=device.serial, model=device.model.name,
            version=device.version, beyond=BEYOND, history=("changed by budi",) * 50,
        )  # fmt: skip
        found = masked(reading, platform, site.seal, host=task.host.name)
        return Result(host=task.host, result=found)

    site = replace(site, task=lambda _: read)
    with Journal.open(project.journal_path) as journal:
        run = journal.begin("audit", operator="bench")
        judge = Judge(site, journal, load_rules(project.inventory), set(), lambda _: "sekayu")
        at_first = resident()
        began = time.process_time()
        with Taking(journal, run, hosts, project.state) as taking:
            read_all(
                site, "read", hosts, lambda host, said: taking.take(host, judge(host, said)),
                site=site,
            )  # fmt: skip
            taking.close()
            reads = time.process_time() - began
            after_reads = resident()
            Archive(project.archive_path).store(
                taking.texts, "read", origin=Origin(run, "audit", "bench")
            )
            report = as_json(run, now(), taking.audits, Around())
            (root / "audit.json").write_text(report)
            drift = sum(each.status != "clean" for each in taking.audits.values())
        rest = time.process_time() - began - reads
    assert drift == -(-count // DRIFTED), drift
    print(f"{reads} {rest} {at_first} {after_reads} {resident()}")


def resident() -> int:
    """The most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", type=int, nargs="*", default=[100, 1000, 5000, 20000])
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.one:
        measure(Path(said.one[0]), int(said.one[1]))
        return
    print(f"load {os.getloadavg()[0]:.1f}, {os.cpu_count()} cores\n")
    print("| devices | reads: CPU ms a device | archive, report: ms a device "
          "| MiB: before / after the reads / at the end |")  # fmt: skip
    print("|---:|---:|---:|---:|")
    for count in said.devices:
        with TemporaryDirectory() as folder:
            root = Path(folder) / "project"
            make_project(root, 30)
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.growth", "--one", str(root), str(count)],
                capture_output=True, text=True, cwd=ROOT, check=False,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )  # fmt: skip
            assert done.returncode == 0, done.stderr[-2000:]
            reads, rest, *memory = done.stdout.split()
            print(
                f"| {count:,} | {float(reads) / count * 1000:.2f} |"
                f" {float(rest) / count * 1000:.2f} | {' / '.join(memory)} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
