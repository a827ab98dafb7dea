"""The running lab, seen from outside: start it, ask it, end it.

A lab is one process for each project (``server``). It holds ``lab.lock`` beside its folder while
it lives; the lock is the kernel's, so a lab that was killed leaves nothing that must be cleaned.
"""

from __future__ import annotations

import fcntl
import json
import os
import pickle
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

import sekayu_net
from sekayu_net.errors import LabError
from sekayu_net.lab.server import CONTROL_PREFIX, Order

#: Seconds that a start or an end may take.
PATIENCE = 60.0


def _lock_file(folder: Path) -> Path:
    return folder.parent / f"{folder.name}.lock"


def running(folder: Path) -> bool:
    """Whether a lab (or the start of one) holds the lock."""
    path = _lock_file(folder)
    if not path.exists():
        return False
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def up(folder: Path, prepare: Callable[[], Order]) -> int:
    """Start a fresh lab; how many devices it has.

    ``folder`` is emptied first: journal, archive, secrets and pins of an earlier lab go.
    ``prepare`` is called then and says what the lab is to be. ``LabError`` when one runs already
    or this one does not come up.
    """
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock_file(folder).open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(
                "a lab of this project runs already", hint="end it first: sekayu-net lab down"
            ) from None
        if folder.is_symlink():
            raise LabError(f"{folder} is a link: not emptied", hint="remove it")
        if folder.exists():
            _forget_control(folder)
            shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        return _start(folder, prepare(), lock.fileno())


def _forget_control(folder: Path) -> None:
    """Remove the socket of a lab that was killed: it could not do so itself."""
    try:
        control = Path(json.loads((folder / "lab.json").read_text())["control"])
    except (OSError, ValueError, KeyError, TypeError):
        return
    if control.parent.name.startswith(CONTROL_PREFIX):
        shutil.rmtree(control.parent, ignore_errors=True)


def _start(folder: Path, order: Order, lock: int) -> int:
    """Start the server with our lock in its hands, and wait for its word."""
    log_file = folder / "lab.log"
    log_file.touch(mode=0o600)
    with log_file.open("ab") as log:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "sekayu_net.lab", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            pass_fds=(lock,),
            start_new_session=True,
            cwd=folder,
            # The package that we are, wherever it was imported from.
            env={**os.environ, "PYTHONPATH": str(Path(sekayu_net.__file__).parents[1])},
        )
    try:
        stdin, stdout = child.stdin, child.stdout
        if stdin is None or stdout is None:
            raise LabError("the lab's process has no pipes")
        with stdin:
            stdin.write(pickle.dumps(order))
        word = _line(stdout.fileno(), PATIENCE)
        stdout.close()
        answer = json.loads(word) if word else {}
    except (OSError, ValueError) as error:
        child.kill()
        raise LabError(
            f"the lab's process can't be started: {error}", hint=f"see {folder}/lab.log"
        ) from error
    except BaseException:
        child.kill()
        raise
    if "ready" not in answer:
        child.kill()
        child.wait(PATIENCE)
        raise LabError(
            answer.get("error", "the lab's process ended without a word"),
            hint=answer.get("hint") or f"see {folder}/lab.log",
        )
    # It outlives us on purpose: without this the interpreter would warn of a child not waited for.
    child.returncode = 0
    return int(answer["ready"])


def _line(descriptor: int, seconds: float) -> bytes:
    """One line from a pipe; what came of it when the other end closes or time is over."""
    import select

    found = b""
    end = time.monotonic() + seconds
    while not found.endswith(b"\n"):
        left = end - time.monotonic()
        if left <= 0 or not select.select([descriptor], [], [], left)[0]:
            return b""
        chunk = os.read(descriptor, 65536)
        if not chunk:
            break
        found += chunk
    return found


def describe(folder: Path) -> Mapping[str, Any]:
    """The content of ``lab.json``; ``LabError`` when no lab runs."""
    if not running(folder):
        raise LabError("no lab of this project runs", hint="start it: sekayu-net lab up")
    try:
        return cast("Mapping[str, Any]", json.loads((folder / "lab.json").read_text()))
    except (OSError, ValueError):
        raise LabError("the lab is just starting or ending", hint="try again in a moment") from None


def ask(folder: Path, request: Mapping[str, Any]) -> Mapping[str, Any]:
    """Send one request to the running lab; its answer. ``LabError`` with the lab's words."""
    control = describe(folder)["control"]
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(control)
            connection.sendall(json.dumps(request).encode() + b"\n")
            with connection.makefile("rb") as stream:
                answer = json.loads(stream.readline())
    except (OSError, ValueError) as error:
        raise LabError(
            f"the lab does not answer: {error}", hint="end it: sekayu-net lab down"
        ) from error
    if "error" in answer:
        raise LabError(answer["error"], hint=answer.get("hint"))
    return cast("Mapping[str, Any]", answer)


def down(folder: Path) -> None:
    """End the running lab and wait for its end. ``LabError`` when none runs."""
    pid = int(describe(folder)["pid"])
    try:
        ask(folder, {"do": "down"})
    except LabError:
        # It hangs. The lock says that a lab lives, and it wrote this pid: it is the one.
        _signal(pid, signal.SIGTERM)
    if _ended(folder, 8.0):
        return
    _signal(pid, signal.SIGKILL)
    if not _ended(folder, 5.0):
        raise LabError(f"the lab's process {pid} does not end", hint=f"kill -9 {pid}")


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def _ended(folder: Path, seconds: float) -> bool:
    end = time.monotonic() + seconds
    while running(folder):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
