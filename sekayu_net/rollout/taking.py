"""What an audit of many devices keeps while it goes on: little, and that not in memory.

Findings go into the journal in lots, texts and findings beside the memory, until the archive and
the reports ask for them. How a device is judged is ``judging``'s.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from sekayu_net.audit import HostAudit
from sekayu_net.journal import Journal
from sekayu_net.rollout.judging import Judged, State
from sekayu_net.spool import Spool

#: Devices whose findings the journal is told of at once: each time waits for the disk.
LOT = 256


class Taking:
    """What came of an audit so far; safe between threads. Use it as a context.

    ``audits``, ``texts`` (for the archive) and ``states`` are in the order of ``hosts``.
    """

    def __init__(self, journal: Journal, run: str, hosts: Sequence[str], folder: Path) -> None:
        self._journal = journal
        self._run = run
        self._lock = threading.Lock()
        self._lot: dict[str, HostAudit] = {}
        with ExitStack() as stack:
            self._audits = stack.enter_context(Spool[HostAudit](folder, hosts))
            self._texts = stack.enter_context(Spool[str](folder, hosts))
            self._states = stack.enter_context(Spool[State](folder, hosts))
            self._files = stack.pop_all()

    @property
    def audits(self) -> Mapping[str, HostAudit]:
        """What was found on each device."""
        return self._audits

    @property
    def texts(self) -> Mapping[str, str]:
        """What the archive keeps of each device that was read."""
        return self._texts

    @property
    def states(self) -> Mapping[str, State]:
        """The states of devices with drift, where they were asked for."""
        return self._states

    def take(self, host: str, judged: Judged) -> None:
        """Keep what stays of a device; its findings are recorded with those of the next ones."""
        self._audits.put(host, judged.audit)
        if judged.text is not None:
            self._texts.put(host, judged.text)
        if judged.state is not None:
            self._states.put(host, judged.state)
        if judged.seen is not None:
            self._journal.first_seen(host, judged.seen)
        with self._lock:
            self._lot[host] = judged.audit
            if len(self._lot) >= LOT:
                self._record()

    def _record(self) -> None:
        lot, self._lot = self._lot, {}
        self._journal.audited_all(
            self._run,
            {host: (each.status, each.summary()["findings"]) for host, each in lot.items()},
        )

    def close(self) -> None:
        """Record what is left. What was found can still be asked for."""
        with self._lock:
            if self._lot:
                self._record()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._files.close()
