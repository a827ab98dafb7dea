"""One run that nobody watches: alone, and recorded from its begin to its end whatever happens.

What is run is the caller's; when it is run, ``schedule``'s.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from sekayu_net.errors import LockError
from sekayu_net.journal import Journal
from sekayu_net.journal_database import Place
from sekayu_net.system import try_lock

KIND = "schedule"
#: What the record says of a run that never came to its end: a power cut, a kill.
BROKEN_OFF = "broken off"

Record = Callable[[str], None]


class StoppedError(KeyboardInterrupt):
    """The service manager asked the run to end."""


@contextmanager
def scheduled_run(
    journal_path: Path | Place, lock: Path, *, operator: str, what: str
) -> Iterator[Record]:
    """Hold the schedule of a project for one run; the block says with the record how it ended.

    ``LockError`` while another run is at work, which is recorded too. A run before that never ended
    is recorded as broken off: the kernel frees the lock of whoever died. ``SIGTERM`` ends the block
    like Ctrl-C.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with lock.open("a+", encoding="utf-8") as file, Journal.open(journal_path) as journal:
        if not try_lock(file):
            file.seek(0)
            holder = file.read().strip() or "unknown"
            run = journal.begin(KIND, operator=operator, selection=what)
            journal.end(run, f"refused: process {holder} was still at work")
            raise LockError(
                f"a scheduled run is still at work (process {holder}); this one is left out",
                hint="if that is always so, run it less often: sekayu-net schedule install --every",
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        for left in journal.runs(KIND):
            if left.ended is None:
                journal.end(left.id, BROKEN_OFF)
        run = journal.begin(KIND, operator=operator, selection=what)
        said: list[str] = []
        try:
            with ends_on_sigterm():
                yield said.append
        except BaseException as error:
            stopped = isinstance(error, KeyboardInterrupt)
            told = "stopped" if stopped else f"failed: {type(error).__name__}"
            journal.end(run, said[-1] if said else told)
            raise
        journal.end(run, said[-1] if said else "ended")


@contextmanager
def ends_on_sigterm() -> Iterator[None]:
    """Within the block, ``SIGTERM`` raises ``StoppedError``: only the main thread gets signals."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        raise StoppedError

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
