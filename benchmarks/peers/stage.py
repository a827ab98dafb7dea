"""The two sides of a comparison in one network namespace: devices, wire, and what is measured.

Devices answer at 127.1.x.y without delay, over the loopback, and at 10.1.x.y over the wire. Every
process here is a child of this one and ends with it.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SUBREAPER = 36


class Child:
    """A process that answers a line of JSON with a line of JSON."""

    def __init__(self, words: Sequence[str], *, cwd: Path) -> None:
        self.process = subprocess.Popen(
            list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=cwd
        )

    def ask(self, document: Mapping[str, Any] | None) -> dict[str, Any]:
        """Say something (None: listen only); the answer. ``RuntimeError`` when it is dead."""
        stdin, stdout = self.process.stdin, self.process.stdout
        assert stdin is not None
        assert stdout is not None
        if document is not None:
            stdin.write(json.dumps(document) + "\n")
            stdin.flush()
        line = stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args!r} ended: {self.process.wait(5)}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def end(self) -> None:
        """Let it go; it ends with its input."""
        assert self.process.stdin is not None
        with suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One run: ``seconds`` of wall time and ``cpu`` of the client; the lab's and the wire's apart.

    ``turns``, ``connections`` and ``idle`` (on which nothing was asked) are the wire's, None
    without it. ``whole`` is the program's time from start to end. ``lab`` is the busiest process's
    share of ``seconds``.
    """

    seconds: float
    cpu: float
    good: int
    failed: int
    whole: float
    lab_cpu: float
    lab: float
    turns: float | None = None
    connections: float | None = None
    idle: int | None = None
    sent: float | None = None
    note: str = ""


@contextmanager
def wire(root: Path) -> Iterator[Child]:
    """The wire, in this process's network namespace."""
    child = Child([sys.executable, "-m", "benchmarks.peers.wire"], cwd=root)
    try:
        child.ask(None)
        yield child
    finally:
        child.end()


@contextmanager
def devices(root: Path, document: Mapping[str, Any], processes: int) -> Iterator[list[Child]]:
    """Processes that are the devices, on one port."""
    with ExitStack() as stack:
        found = []
        for _ in range(processes):
            child = Child([sys.executable, "-m", "benchmarks.peers.replay"], cwd=root)
            stack.callback(child.end)
            found.append(child)
        for child in found:
            child.ask(document)
        yield found


def reap_orphans() -> None:
    """Children of children that were let go become ours, so that their time can be counted."""
    ctypes.CDLL(None, use_errno=True).prctl(_SUBREAPER, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Stage:
    """What a run needs. ``settle`` is for how long orphans of a client are waited for."""

    root: Path
    wire: Child
    labs: Sequence[Child]
    settle: float = 20.0

    def run(
        self,
        words: Sequence[str],
        job: Mapping[str, Any],
        *,
        seconds: float,
        cwd: Path,
        env: Mapping[str, str] | None = None,
        recap: Callable[[str], tuple[int, int]] | None = None,
    ) -> Outcome:
        """Measure one program. ``seconds`` is its limit.

        ``recap`` reads from its words how many devices went well and how many did not, of a
        program that tells no figures itself; its start-up is in its time then.
        ``RuntimeError`` with its last words when it fails.
        """
        labs = [lab.ask({})["cpu"] for lab in self.labs]
        self.wire.ask({"do": "count"})
        # Devices of other runs are nobody's orphans.
        own = frozenset(_children(os.getpid()))
        spent, began = os.times(), time.perf_counter()
        process = subprocess.Popen(
            list(words), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, cwd=cwd, env=None if env is None else dict(env), start_new_session=True,
        )  # fmt: skip
        try:
            out, err = process.communicate(json.dumps(job), timeout=seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=10)
            raise RuntimeError(f"not done within {seconds:.0f} s") from None
        except BaseException:
            # Whoever ends this run must not leave the client at work: it has a session of its own.
            os.killpg(process.pid, signal.SIGKILL)
            raise
        took = time.perf_counter() - began
        self._orphans(own)
        after = os.times()
        children = (
            after.children_user - spent.children_user
            + after.children_system - spent.children_system
        )  # fmt: skip
        if process.returncode and recap is None:
            raise RuntimeError((err or out)[-800:].strip() or f"exit {process.returncode}")
        if recap is None:
            said = json.loads(out.strip().splitlines()[-1])
        else:
            good, failed = recap(out)
            said = {"seconds": took, "cpu": children, "good": good, "failed": failed}
            err = err if not failed else out[-600:] + err
        counts = [lab.ask({}) for lab in self.labs]
        unknown = [line for count in counts for line in count["unknown"]]
        if unknown:
            raise RuntimeError(f"devices were asked what they do not know: {unknown[0]!r}")
        used = [count["cpu"] - was for count, was in zip(counts, labs, strict=True)]
        seen = self.wire.ask({"do": "count"})
        # Devices that tell it know better than the wire on which connections nothing was asked.
        told = [count for count in counts if "unused" in count]
        wall = said["seconds"]
        number = seen["devices"]
        return Outcome(
            seconds=wall,
            cpu=said["cpu"],
            good=said["good"],
            failed=said["failed"],
            whole=took,
            lab_cpu=sum(used),
            lab=max(used, default=0.0) / wall if wall else 0.0,
            turns=seen["turns"] / number if number else None,
            connections=seen["connections"] / number if number else None,
            idle=sum(count["unused"] for count in told) if told else seen["idle"],
            sent=seen["bytes"] / number if number else None,
            note=err.strip()[-600:],
        )

    def _orphans(self, own: Collection[int]) -> None:
        """Wait for what the program left behind, and end what stays; ``own`` were there before."""
        until = time.monotonic() + self.settle
        while left := [pid for pid in _children(os.getpid()) if pid not in own]:
            for pid in left:
                with suppress(ChildProcessError):
                    os.waitpid(pid, os.WNOHANG)
            if time.monotonic() > until:
                for pid in left:
                    with suppress(OSError):
                        os.kill(pid, signal.SIGKILL)
                        os.waitpid(pid, 0)
                return
            time.sleep(0.05)


def _children(parent: int) -> list[int]:
    text = Path(f"/proc/{parent}/task/{parent}/children").read_text()
    return [int(word) for word in text.split()]
