"""Strike a guarded change on an IOS device anywhere, and look how it ends.

``python -m tests.campaign.ios_guard [--sample N] [--seed N]`` strikes a change of six lines at
random points: after so many bytes from the device (the session dies), at so many statements (the
power goes for good or for a moment). Whatever happened, once the timer's time is over the device
must be in its old or its new state, in the new one saved and with the run on record; in reach; and
without the tool's files.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sekayu_net.errors import DeviceError
from sekayu_net.lab.timers import ManualTimers
from sekayu_net.platforms.base import Guard
from sekayu_net.platforms.ios.driver import IosDriver
from sekayu_net.platforms.ios.platform import IOS
from tests.ios_bench import IosBench, ios_bench
from tests.ios_driver import driver, make_ready

Kind = Literal["session", "upload", "power", "reboot"]
KINDS: tuple[Kind, ...] = ("session", "upload", "power", "reboot")
#: What a whole change takes, measured: bytes either way, configuration statements.
BYTES: dict[str, int] = {"session": 150_000, "upload": 12_000}
STATEMENTS = 16
TOKEN, RUN, PRINT = "t1", "run-1", "f" * 64
SCRIPT = """ip access-list standard SEKAYU-NEW
 permit 10.16.0.0 0.0.255.255
 exit
interface {port}
 description struck
 ip address 10.44.0.1 255.255.255.0
 exit
ip route 10.45.0.0 255.255.0.0 10.44.0.2
no lldp run
"""


@dataclass(frozen=True, slots=True)
class Point:
    """Where it is struck: ``at`` bytes or statements."""

    kind: Kind
    at: int


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended: ``old`` or ``new``, and what is wrong with that."""

    state: str
    wrong: tuple[str, ...]


def points(sample: int, seed: int) -> Iterator[Point]:
    """As many different points as asked for, the kinds in turn."""
    dice = random.Random(seed)
    for number in range(sample):
        kind = KINDS[number % len(KINDS)]
        yield Point(kind, dice.randrange(1, BYTES.get(kind, STATEMENTS)))


def strike(point: Point) -> Ended:
    """One change, struck."""
    with (
        tempfile.TemporaryDirectory() as folder,
        ios_bench(timers=ManualTimers()) as bench,
    ):
        make_ready(bench)
        with driver(bench, Path(folder)) as device:
            before = IOS.canonical(device.read().config)
            guard = device.guard()
        script = SCRIPT.format(port=bench.device.ports[2])
        after = IOS.apply(before, script)
        _set(bench, point)
        told = _change(bench, Path(folder), script, guard)
        _mend(bench)
        return _look(bench, Path(folder), before, after, told=told)


def _set(bench: IosBench, point: Point) -> None:
    faults = bench.device.faults
    if point.kind == "session":
        faults.session_loss_after = point.at
    elif point.kind == "upload":
        faults.upload_loss_after = point.at
    elif point.kind == "power":
        faults.power_off_at_statement = point.at
    else:
        faults.reboot_at_statement = point.at


def _change(bench: IosBench, folder: Path, script: str, guard: Guard) -> bool:
    """The change and its confirmation; whether the driver says that it is confirmed."""
    try:
        with _quick(bench, folder) as device:
            device.commit_change(
                script, "", token=TOKEN, revert_in=60, guard=guard, on_armed=lambda: None
            )
        with _quick(bench, folder) as device:
            device.confirm(TOKEN, run=RUN, fingerprint=PRINT)
    except DeviceError:
        return False
    return True


@contextmanager
def _quick(bench: IosBench, folder: Path) -> Iterator[IosDriver]:
    """A driver that does not wait long for who is gone."""
    with driver(bench, folder, timeout=3.0) as device:
        yield device


def _mend(bench: IosBench) -> None:
    """Power comes back, the timer's time passes, faults end."""
    made, timers = bench.device, bench.device.timers
    assert isinstance(timers, ManualTimers)

    def work() -> None:
        faults = made.faults
        faults.session_loss_after = faults.upload_loss_after = None
        faults.power_off_at_statement = faults.reboot_at_statement = None
        if not made.up:
            made.power_on()
        timers.advance(300)

    bench.on_loop(work)


def _look(bench: IosBench, folder: Path, before: str, after: str, *, told: bool) -> Ended:
    with driver(bench, folder) as device:
        wrong = [] if device.pending() is None else ["a change waits"]
        device.clean()
        reading = device.read()
        left = [file["name"] for file in reading.beyond["file"] if "sekayu" in file["name"]]
    names = [file.name for file in bench.on_loop(bench.device.files.listing)]
    left += [name for name in names if name.startswith("sekayu-")]
    state = _state(IOS.canonical(reading.config), before, after)
    confirmed = reading.confirmed is not None
    if state == "neither":
        wrong.append("it is neither old nor new")
    if left:
        wrong.append(f"it keeps {', '.join(left)}")
    if state == "new" and not confirmed:
        wrong.append("new without a record")
    if state == "new" and _state(IOS.canonical(bench.device.startup), before, after) != "new":
        wrong.append("new and not saved")
    if state == "old" and (confirmed or told):
        wrong.append("old, and said to be confirmed")
    return Ended(state, tuple(wrong))


def _state(config: str, before: str, after: str) -> str:
    lines = sorted(config.splitlines())
    if lines == sorted(before.splitlines()):
        return "old"
    return "new" if lines == sorted(after.splitlines()) else "neither"


def main() -> int:
    """The command: a table of how all ended, and every point that ended wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    ends: dict[tuple[str, str], int] = {}
    bad = 0
    for point in points(given.sample, given.seed):
        ended = strike(point)
        key = (point.kind, ended.state)
        ends[key] = ends.get(key, 0) + 1
        if ended.wrong:
            bad += 1
            print(f"{point.kind} at {point.at}: {'; '.join(ended.wrong)}", flush=True)
    for (kind, state), count in sorted(ends.items()):
        print(f"{kind:8s} {state:8s} {count:4d}")
    print(f"{given.sample} struck, {bad} ended wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    raise SystemExit(main())
