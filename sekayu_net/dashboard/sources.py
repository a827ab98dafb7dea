"""What the pages show, as values: read from the journal, the archive and the inventory.

Nothing here writes. The journal is opened for reading alone, anew for each page, so that a
deployment that goes on beside it is never held up for longer than a query takes.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekayu_net.archive import Archive
from sekayu_net.inventory.district import District
from sekayu_net.journal import DONE, FINAL, Confirmed, HostRecord, Journal, Run
from sekayu_net.journal_database import Place
from sekayu_net.report.status import status

#: How many of a run's newest events a page shows.
EVENTS = 40
#: The columns of a ``HostRecord`` with nothing in its texts, which are most of a journal.
BARE = (
    "hosts.run, hosts.host, hosts.wave, hosts.state, hosts.reason, hosts.token, hosts.guard,"
    " hosts.seconds, hosts.changed, NULL AS fingerprint, NULL AS script, NULL AS inverse,"
    " NULL AS running, NULL AS intended, hosts.linked"
)


@dataclass(frozen=True, slots=True)
class Sources:
    """Where everything comes from. ``lab``: the simulated district's own records."""

    name: str
    lab: bool
    district: District
    journal_path: Path | Place
    archive: Archive

    @contextmanager
    def journal(self) -> Iterator[Journal]:
        """The journal, for reading. ``JournalError`` when it can't be read now."""
        with Journal.open(self.journal_path, read_only=True) as journal:
            yield journal


@dataclass(frozen=True, slots=True)
class Step:
    """One event of the journal."""

    id: int
    run: str
    host: str
    time: str
    state: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Wave:
    """The devices of a run that go together, and how many of them ended well."""

    name: str
    hosts: tuple[HostRecord, ...]

    @property
    def done(self) -> int:
        """Devices that say what they should."""
        return sum(host.state in DONE for host in self.hosts)


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with its devices and newest events (newest first)."""

    run: Run
    waves: tuple[Wave, ...]
    steps: tuple[Step, ...]

    @property
    def hosts(self) -> tuple[HostRecord, ...]:
        """Every device of it."""
        return tuple(host for wave in self.waves for host in wave.hosts)

    @property
    def ended(self) -> int:
        """How many devices are through, well or not."""
        return sum(host.state in FINAL for host in self.hosts)

    @property
    def at_work(self) -> tuple[str, ...]:
        """The devices that something is being done to."""
        return tuple(
            host.host for host in self.hosts if host.state not in FINAL and host.state != "planned"
        )


@dataclass(frozen=True, slots=True)
class Drifted:
    """A device whose last audit found something."""

    host: str
    office: str
    status: str
    time: str
    findings: tuple[Mapping[str, Any], ...]


def latest(journal: Journal) -> dict[str, HostRecord]:
    """As ``Journal.latest``, without the texts: a page shows none of them."""
    rows = journal.query(
        f"SELECT {BARE} FROM hosts JOIN runs ON runs.id = hosts.run"  # noqa: S608 - a constant
        " WHERE runs.kind = 'deploy' AND hosts.state != 'skipped'"
        " ORDER BY runs.started, runs.rowid"
    )
    return {row["host"]: HostRecord(**dict(row)) for row in rows}


def hosts_of(journal: Journal, run: str) -> tuple[HostRecord, ...]:
    """As ``Journal.hosts``, without the texts."""
    query = f"SELECT {BARE} FROM hosts WHERE run = ? ORDER BY rowid"  # noqa: S608 - a constant
    return tuple(HostRecord(**dict(row)) for row in journal.query(query, (run,)))


def confirmed(journal: Journal) -> dict[str, Confirmed]:
    """As ``Journal.confirmed``, without the texts."""
    rows = journal.query("SELECT host, run, time FROM confirmed")
    return {
        row["host"]: Confirmed(row["host"], row["run"], row["time"], "", "", "") for row in rows
    }


def standing(sources: Sources, journal: Journal) -> dict[str, Any]:
    """The document of ``status --json``, office by office."""
    return status(
        sources.district,
        latest(journal),
        confirmed(journal),
        journal.last_audits(),
        journal.planned(),
    )


def phases(document: Mapping[str, Any]) -> dict[int, Counter[str]]:
    """How many devices of each phase are in which state."""
    found: dict[int, Counter[str]] = {}
    for office in document["offices"].values():
        count = found.setdefault(office["phase"], Counter())
        count.update(host["state"] for host in office["hosts"].values())
    return dict(sorted(found.items()))


def run_view(journal: Journal, run: Run, *, events: int = EVENTS) -> RunView:
    """One run as it stands."""
    waves: dict[str, list[HostRecord]] = {}
    for host in hosts_of(journal, run.id):
        waves.setdefault(host.wave, []).append(host)
    return RunView(
        run,
        tuple(Wave(name, tuple(hosts)) for name, hosts in waves.items()),
        tuple(
            Step(**dict(row))
            for row in journal.query(
                "SELECT * FROM events WHERE run = ? ORDER BY id DESC LIMIT ?", (run.id, events)
            )
        ),
    )


def running(journal: Journal) -> tuple[RunView, ...]:
    """The deployments that did not end, newest first: one at work, and what a crash left."""
    return tuple(run_view(journal, run) for run in journal.runs("deploy") if run.ended is None)


def drifted(sources: Sources, journal: Journal) -> tuple[Drifted, ...]:
    """The devices whose last audit found something, in the inventory's order."""
    audits = journal.last_audits()
    return tuple(
        Drifted(host, device.office, audit.status, audit.time, audit.findings)
        for host, device in sources.district.devices.items()
        if (audit := audits.get(host)) is not None and audit.status != "clean"
    )


def mark(journal: Journal) -> tuple[int, ...]:
    """What moves whenever a page would look different; its first figure is the newest event."""
    row = journal.query(
        "SELECT (SELECT coalesce(max(id), 0) FROM events) AS events,"
        " (SELECT count(*) FROM runs) AS runs,"
        " (SELECT count(*) FROM runs WHERE ended IS NOT NULL) AS ended,"
        " (SELECT count(*) FROM audits) AS audits,"
        " (SELECT coalesce(max(rowid), 0) FROM audits) AS newest"
    )[0]
    return tuple(int(figure) for figure in row.values())


def steps_after(journal: Journal, number: int, most: int = 200) -> tuple[Step, ...]:
    """The events after one, oldest first."""
    rows = journal.query("SELECT * FROM events WHERE id > ? ORDER BY id LIMIT ?", (number, most))
    return tuple(Step(**dict(row)) for row in rows)


def as_message(steps: tuple[Step, ...]) -> str:
    """Events as the data of one message to the browser: JSON on one line."""
    told = [{"host": s.host, "state": s.state, "time": s.time, "run": s.run} for s in steps]
    return json.dumps(told, ensure_ascii=False)
