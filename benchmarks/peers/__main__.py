"""The comparison, whole: ``python -m benchmarks.peers [--devices N] [--only NAME …] [--out FILE]``.

Sets the others up (once; that alone needs a package index), goes into a network namespace of its
own, and measures everybody there in turn. ``benchmarks/README.md`` says what the figures mean.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers import environments, table
from benchmarks.peers.contenders import ANSIBLE, AUDITED, CONTENDERS, OURS, Contender, Scene, Work
from benchmarks.peers.deploying import deployments
from benchmarks.peers.stage import Outcome, Stage, devices, reap_orphans, wire
from benchmarks.peers.transcript import record

ROOT = Path(__file__).parents[2]
USER, PASSWORD = "sekayu", "only-in-this-benchmark"
WORKS: tuple[Work, ...] = ("login", "export", "audit", "deploy")
LATENCIES = (0.0, 0.1)
SLOW_DEVICES, SLOW_SECONDS = 500, 1.0
Setting = tuple[Contender, Work, float, int]


@contextmanager
def scene(processes: int, deployed: int) -> Iterator[Scene]:
    """Devices, wire, keys and a project, all of them gone at the end.

    ``deployed``: how many devices there are that can be changed.
    """
    import asyncssh
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from sekayu_net.cli.demo import copy_project

    reap_orphans()
    with TemporaryDirectory() as name, wire(ROOT) as line:
        folder = Path(name)
        copy_project(ROOT, folder / "project")
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(folder / "key"))
        (folder / "key").chmod(0o600)
        key.write_public_key(str(folder / "key.pub"))
        own = Ed25519PrivateKey.generate()
        shown = own.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
        pins = "".join(f"r{n} {shown}\n" for n in range(max(SLOW_DEVICES, 1000)))
        (folder / "known_hosts").write_text(pins)
        recording = record(USER, PASSWORD)
        document = {
            "host_key": own.private_bytes_raw().hex(),
            "user": USER,
            "user_key": key.export_public_key().decode().split()[1],
            "password": PASSWORD,
            "pairs": recording.pairs,
        }
        with ExitStack() as stack:
            labs = stack.enter_context(devices(ROOT, document, processes))
            changed = None
            if deployed:
                changed = stack.enter_context(
                    deployments(ROOT, folder / "district", line, deployed)
                )
            stage = Stage(ROOT, line, labs)
            yield Scene(stage, ROOT, folder / "project", folder, USER, PASSWORD, recording, changed)


def settings(said: argparse.Namespace) -> list[Setting]:
    """Every setting that is tried once."""
    return [
        (one, work, latency, workers)
        for latency in LATENCIES
        for work in WORKS
        if not said.works or work in said.works
        for one in CONTENDERS
        if work in one.works and (not said.only or any(word in one.name for word in said.only))
        for workers in sorted({*one.workers, *({one.usual} if one.usual else ())})
    ]


def size(said: argparse.Namespace, setting: Setting) -> int:
    """How many devices a setting has."""
    found: int = said.deployed if setting[1] == "deploy" else said.devices
    return found


def try_one(place: Scene, setting: Setting, count: int) -> Outcome | None:
    """One run of a setting; None, with a word, when it fails."""
    one, work, latency, workers = setting
    place.stage.wire.ask({"do": "delay", "seconds": latency})
    what = f"{one.name}, {work}, {latency * 1000:.0f} ms, {workers} workers"
    try:
        found = place.run(one, work, devices=count, workers=workers, wired=latency > 0)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        print(f"  {what}: no figure: {error}", file=sys.stderr, flush=True)
        return None
    note = f"; {found.note[-300:]}" if found.failed and found.note else ""
    print(
        f"  {what}: {found.seconds:.2f} s, {found.failed} failed{note}",
        file=sys.stderr, flush=True,
    )  # fmt: skip
    return found


def measure(place: Scene, said: argparse.Namespace) -> list[table.Row]:
    """Try each setting once, then the best and the usual ones of the fast in turn, again."""
    until = time.monotonic() + said.minutes * 60
    runs: dict[Setting, list[Outcome]] = {}
    for setting in settings(said):
        if (found := try_one(place, setting, size(said, setting))) is not None:
            runs[setting] = [found]
    # Of each contender its fastest setting, if a round of them all fits in the time.
    again: dict[tuple[str, Work, float], Setting] = {}
    for setting, (found, *_) in runs.items():
        key = (setting[0].name, setting[1], setting[2])
        if key not in again or found.seconds < runs[again[key]][0].seconds:
            again[key] = setting
    chosen = [each for each in again.values() if each[0].name != ANSIBLE]
    for _ in range(said.rounds - 1):
        needed = sum(runs[each][0].whole for each in chosen)
        if time.monotonic() + needed > until:
            print(f"no time for another round ({needed:.0f} s)", file=sys.stderr)
            break
        for setting in chosen:
            if (found := try_one(place, setting, size(said, setting))) is not None:
                runs[setting].append(found)
    return [
        table.Row(one.name, work, latency, found[0].good + found[0].failed, workers, tuple(found))
        for (one, work, latency, workers), found in runs.items()
    ]


def slow_ones(place: Scene) -> dict[str, Outcome]:
    """Five hundred devices at once that take a second for each command."""
    place.stage.wire.ask({"do": "delay", "seconds": 0.0})
    ours = [one for one in CONTENDERS if one.name in (OURS, AUDITED) and "audit" in one.works]
    found = {}
    for lab in place.stage.labs:
        lab.ask({"delay": SLOW_SECONDS})
    for one, work in ((ours[0], "export"), (ours[0], "audit"), (ours[1], "audit")):
        setting: Setting = (one, work, 0.0, SLOW_DEVICES)  # type: ignore[assignment]
        if (outcome := try_one(place, setting, SLOW_DEVICES)) is not None:
            found[f"{one.name}, {work}"] = outcome
    for lab in place.stage.labs:
        lab.ask({"delay": 0.0})
    return found


def inside(said: argparse.Namespace) -> None:
    """Within the namespace: measure, and write it down."""
    load = os.getloadavg()[0]
    # As an interrupt does: what was started is ended.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended from outside"))
    deploying = not said.works or "deploy" in said.works
    with scene(said.processes, said.deployed if deploying else 0) as place:
        rows = measure(place, said)
        slow = slow_ones(place) if not said.only and not said.works else {}
        lines = [len(line) for line in place.recording.exec]
    one = slow.get(f"{OURS}, export")
    words = [
        f"## {said.devices} devices, {time.strftime('%Y-%m-%d %H:%M')}",
        "",
        (
            f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}; "
            f"load before {load:.2f}, after {os.getloadavg()[0]:.2f}; "
            f"{said.processes} processes of devices; the product's read is {len(lines)} exec lines."
        ),
        "",
    ]
    for latency in LATENCIES:
        for work in WORKS:
            if any((row.work, row.latency) == (work, latency) for row in rows):
                many = said.deployed if work == "deploy" else said.devices
                words += table.sheet(rows, work, latency, many)
    if slow:
        words += [f"### {SLOW_DEVICES} devices at once, {SLOW_SECONDS:g} s a command", ""]
        words += [
            f"- {name}: {found.seconds:.2f} s, {found.failed} failed"
            for name, found in slow.items()
        ]
        words += [""]
    words += table.goals(rows, one.seconds if one else None)
    text = "\n".join(words)
    print(text)
    if said.out:
        said.out.parent.mkdir(parents=True, exist_ok=True)
        said.out.write_text(text)
        said.out.with_suffix(".json").write_text(json.dumps([asdict(row) for row in rows]))


def namespaced() -> None:
    """Run this same command in a network namespace. Ends the program."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    if subprocess.run(["unshare", "-rn", "true"], check=False, timeout=10).returncode:
        sys.exit(
            "this machine lets nobody make a network namespace (unshare -rn): run it where user "
            "namespaces are allowed, or as root"
        )
    words = ["unshare", "-rn", sys.executable, "-m", "benchmarks.peers", "--inside"]
    os.execvp("unshare", [*words, *sys.argv[1:]])  # noqa: S606


def main() -> None:
    """Print the tables; progress goes to standard error."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--devices", type=int, default=200)
    parser.add_argument("--deployed", type=int, default=60, help="devices that are deployed to")
    parser.add_argument("--rounds", type=int, default=3, help="runs of each at its best")
    parser.add_argument("--minutes", type=float, default=12, help="no round begins that ends later")
    parser.add_argument("--processes", type=int, default=2, help="that the devices are dealt to")
    parser.add_argument("--only", nargs="*", default=[], help="clients whose name has this")
    parser.add_argument("--works", nargs="*", default=[], choices=WORKS)
    parser.add_argument("--out", type=Path, help="a Markdown file; figures as .json beside it")
    parser.add_argument("--lock", action="store_true", help="only lock the others' packages anew")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.lock:
        environments.lock()
    elif said.inside:
        inside(said)
    else:
        for name in environments.WANTED:
            environments.set_up(ROOT, name)
        namespaced()


if __name__ == "__main__":
    main()
