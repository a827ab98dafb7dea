"""How long an audit takes: ``python -m benchmarks.audit [--reads N …] [--judged N …]``.

Brings the simulated district up, deploys it, and reads its devices over SSH until so many reads
were made (N beyond the district's size asks the same devices again, as many at once as a project
does). What was read is then judged for so many devices: compared with the confirmed and the
intended state, users and keys included, and held against the rules that ship. A part of them
drifted. Prints seconds of wall time and the peak resident memory of this process; the simulated
devices run in another, on the same machine.
"""

from __future__ import annotations

import argparse
import itertools
import pickle
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from sekayu_net.audit import audit_host
from sekayu_net.cli.demo import Stage, copy_project
from sekayu_net.cli.site import site_of
from sekayu_net.compliance import Subject, judge, load_rules
from sekayu_net.journal import Confirmed
from sekayu_net.plan import Running
from sekayu_net.project import Project
from sekayu_net.rollout.site import Site, run_task

ROOT = Path(__file__).parents[1]
#: One device in so many has drifted.
DRIFTED = 20
#: What a drifted one lost.
GONE = '/ip firewall filter\nadd action=accept chain=forward comment="gone since"\n'


def peak() -> float:
    """The most memory that this process had, in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run(stage: Stage, *words: str) -> None:
    done = subprocess.run(
        stage.command(*words), capture_output=True, text=True, timeout=280, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


def read_all(site: Site, hosts: Sequence[str], count: int) -> dict[str, Running]:
    """That many reads, with as many at once as the project's settings say."""
    found: dict[str, Running] = {}
    started = time.perf_counter()
    left = count
    while left > 0:
        batch = hosts[:left]
        found.update(run_task(site, "read", batch, site=site))
        left -= len(batch)
    seconds = time.perf_counter() - started
    print(f"read  {count:>5}: {seconds:7.1f} s, {count / seconds:5.1f} a second, {peak():.0f} MiB")
    return found


def judge_all(site: Site, read: Mapping[str, Running], count: int) -> None:
    """Judge that many devices, each of which is one of those that were read."""
    rules = load_rules(ROOT / "inventory")
    intended = {host: site.intended(site.district.devices[host]) for host in read}
    findings = 0
    # Each a value of its own, as after so many reads.
    chosen = itertools.islice(itertools.cycle(read.items()), count)
    held = [(host, pickle.loads(pickle.dumps(running))) for host, running in chosen]  # noqa: S301
    started = time.perf_counter()
    for number, (host, running) in enumerate(held):
        device = site.district.devices[host]
        platform = site.platform(device)
        drifted = number % DRIFTED == 0
        base = running.canonical + (GONE if drifted else "")
        audit = audit_host(
            host,
            running,
            intended[host],
            confirmed=Confirmed(
                host,
                "r",
                "then",
                "" if drifted else running.fingerprint,
                base,
                intended[host],
                running.reading.beyond,
            ),
            platform=platform,
            context=site.context(device),
            runs={(running.reading.confirmed or {}).get("run", "")},
            own_users={"sekayu"},
        )
        kind = site.district.office_of(device).kind
        subject = Subject(running, platform, host, device.role, kind, site.seal)
        findings += audit.count("drift") + len(judge(rules, subject))
    seconds = time.perf_counter() - started
    each = seconds / count * 1000
    print(
        f"judge {count:>5}: {seconds:7.1f} s, {each:5.1f} ms a device, {peak():.0f} MiB, "
        f"{findings} findings"
    )


def main() -> None:
    """Print one line a measurement."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--reads", type=int, nargs="*", default=[30, 530])
    parser.add_argument("--judged", type=int, nargs="*", default=[30, 530, 5000])
    said = parser.parse_args()
    with TemporaryDirectory() as folder:
        root = Path(folder) / "project"
        copy_project(ROOT, root)
        stage = Stage(root)
        run(stage, "lab", "up")
        try:
            run(stage, "deploy", "phase-1", "--yes")
            run(stage, "deploy", "phase-2", "--yes")
            site = site_of(Project.load(root, lab=True))
            hosts = list(site.district.devices)
            read: dict[str, Running] = {}
            for count in said.reads:
                read |= read_all(site, hosts, count)
        finally:
            run(stage, "lab", "down")
        for count in said.judged:
            judge_all(site, read, count)


if __name__ == "__main__":
    main()
