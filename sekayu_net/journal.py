"""The record of what was done: one journal a project, written before each deed.

Every write is on the disk when the call returns, so that after a power cut the record never knows
less than what may have been done. Scripts and configurations in it are masked. Where it lies (a
file, or a server that several technicians share) is ``journal_database``'s; deciding what to do
lives in ``rollout``; this only remembers.
"""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, Literal, Self

from sekayu_net.beyond import Beyond, rows_as_text
from sekayu_net.errors import JournalError
from sekayu_net.inventory.district import Make
from sekayu_net.journal_database import Database, Place, Row, Statements, connect
from sekayu_net.near import meant
from sekayu_net.plan import now

State = Literal[
    "planned",
    "armed",
    "applied",
    "verified",
    "confirmed",
    "unchanged",
    "reverted",
    "failed",
    "stale",
    "unreachable",
    "skipped",
    "unknown",
]
#: A run is over for a device in one of these; in any other, ``resume`` asks the device.
FINAL: frozenset[State] = frozenset(
    ("confirmed", "unchanged", "reverted", "failed", "stale", "unreachable", "skipped")
)
#: The device says what it was meant to say when the run ended.
DONE: frozenset[State] = frozenset(("confirmed", "unchanged"))


@dataclass(frozen=True, slots=True)
class Run:
    """One run: ``kind`` is ``plan``, ``deploy``, ``rollback``, ``audit`` …; times ISO 8601, UTC.

    ``reason``: the operator's words; ``approved_by``: who signed its plan.
    """

    id: str
    kind: str
    playbook: str | None
    plan_id: str | None
    operator: str
    selection: str
    started: str
    ended: str | None
    result: str | None
    confirm_within: int | None
    checks: tuple[str, ...]
    reason: str = ""
    approved_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """A device entered a state at this time."""

    host: str
    time: str
    state: State
    reason: str | None


@dataclass(frozen=True, slots=True)
class HostRecord:
    """One device in one run. Texts are masked.

    ``linked``: names with blanks between, of all that end alike; the first one decides.
    """

    run: str
    host: str
    wave: str
    state: State
    reason: str | None
    token: str | None
    guard: str | None
    seconds: float
    changed: str
    fingerprint: str | None
    script: str | None
    inverse: str | None
    running: str | None
    intended: str | None
    linked: str = ""


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What a device said when a run last ended well: the base that drift is measured from.

    ``beyond`` is what its configuration text never shows, None when that was not read then.
    """

    host: str
    run: str
    time: str
    fingerprint: str
    config: str
    intended: str
    beyond: Beyond | None = None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """The outcome of one audit for one device."""

    run: str
    host: str
    time: str
    status: str
    findings: tuple[Mapping[str, Any], ...]


def columns_of(kind: type, table: str) -> str:
    """The columns that a value is made of: what a server's tables have beyond them is its own."""
    return ", ".join(f"{table}.{field.name}" for field in fields(kind))


RUN = columns_of(Run, "runs")
HOST = columns_of(HostRecord, "hosts")
CONFIRMED = columns_of(Confirmed, "confirmed")
ENTERED = "INSERT INTO events (run, host, time, state) VALUES (?, ?, ?, ?)"
#: What a device's entry says when it is entered again: nothing of the first is left.
ENTERED_ANEW = ", ".join(
    f"{name} = excluded.{name}"
    for name in (field.name for field in fields(HostRecord))
    if name not in {"run", "host", "reason", "seconds"}
)


def new_run_id(started: str) -> str:
    """A run's id: sorts by time, short enough to be typed."""
    digits = "".join(c for c in started[:19] if c.isdigit())
    return f"{digits[:8]}-{digits[8:]}-{secrets.token_hex(2)}"


class Journal:
    """An open journal. Safe to share between the threads of one run; close it at the end."""

    def __init__(self, place: Path | Place, database: Database) -> None:
        self.place = place
        self.database = database
        self._lock = threading.Lock()

    @classmethod
    def open(cls, place: Path | Place, *, read_only: bool = False) -> Journal:
        """Open or make it and bring it up to date. ``JournalError`` if not."""
        return cls(place, connect(place, read_only=read_only))

    def close(self) -> None:
        """Let go of it."""
        with self._lock:
            self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _write(self) -> Iterator[Statements]:
        """One transaction, on the disk at the end; ``JournalError`` when it can't be."""
        with self._lock, self.database.write() as statements:
            yield statements

    def _read(self, query: str, parameters: Sequence[object] = ()) -> list[Row]:
        with self._lock:
            return self.database.read(query, parameters)

    def transaction(self) -> AbstractContextManager[Statements]:
        """A transaction for a room that keeps a table of its own here (its form is above)."""
        return self._write()

    def query(self, text: str, parameters: Sequence[object] = ()) -> list[Row]:
        """Rows for such a room; ``JournalError`` when they can't be read."""
        return self._read(text, parameters)

    def begin(
        self,
        kind: str,
        *,
        operator: str,
        playbook: str | None = None,
        plan_id: str | None = None,
        selection: str = "",
        confirm_within: int | None = None,
        checks: Sequence[str] = (),
        reason: str = "",
        approved_by: Sequence[str] = (),
    ) -> str:
        """Record that a run begins; its id."""
        started = now()
        run = new_run_id(started)
        with self._write() as db:
            db.execute(
                "INSERT INTO runs (id, kind, playbook, plan_id, operator, selection, started,"
                " confirm_within, checks, reason, approved_by)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *(run, kind, playbook, plan_id, operator, selection, started, confirm_within),
                    *(json.dumps(list(checks)), reason),
                    json.dumps(list(approved_by), ensure_ascii=False),
                ),
            )
        return run

    def end(self, run: str, result: str) -> None:
        """Record that a run is over, and how."""
        with self._write() as db:
            db.execute("UPDATE runs SET ended = ?, result = ? WHERE id = ?", (now(), result, run))

    def enter(
        self,
        run: str,
        host: str,
        *,
        wave: str,
        state: State = "planned",
        token: str | None = None,
        guard: str | None = None,
        fingerprint: str | None = None,
        script: str | None = None,
        inverse: str | None = None,
        running: str | None = None,
        intended: str | None = None,
        linked: Sequence[str] = (),
    ) -> None:
        """Record what is about to happen to a device in this run. Texts must be masked."""
        time = now()
        with self._write() as db:
            db.execute(
                "INSERT INTO hosts (run, host, wave, state, token, guard, changed,"  # noqa: S608
                " fingerprint, script, inverse, running, intended, linked)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                f" ON CONFLICT (run, host) DO UPDATE SET {ENTERED_ANEW}, reason = NULL,"
                " seconds = 0",
                (
                    *(run, host, wave, state, token, guard, time, fingerprint, script, inverse),
                    *(running, intended, " ".join(linked)),
                ),
            )
            db.execute(ENTERED, (run, host, time, state))

    def enter_all(self, run: str, waves: Mapping[str, str]) -> None:
        """Record that devices are planned (host → wave), all in one write."""
        time = now()
        with self._write() as db:
            db.executemany(
                "INSERT INTO hosts (run, host, wave, state, changed)"
                " VALUES (?, ?, ?, 'planned', ?)",
                [(run, host, wave, time) for host, wave in waves.items()],
            )
            db.executemany(ENTERED, [(run, host, time, "planned") for host in waves])

    def state(
        self,
        run: str,
        host: str,
        state: State,
        *,
        reason: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Record a device's next state: before the deed that may bring it about."""
        time = now()
        with self._write() as db:
            changed = db.execute(
                "UPDATE hosts SET state = ?, reason = ?, changed = ?,"
                " seconds = coalesce(?, seconds) WHERE run = ? AND host = ?",
                (state, reason, time, seconds, run, host),
            ).rowcount
            if changed != 1:
                raise JournalError(f"run {run} knows no device {host}")
            db.execute(
                "INSERT INTO events (run, host, time, state, reason) VALUES (?, ?, ?, ?, ?)",
                (run, host, time, state, reason),
            )

    def remember(
        self,
        run: str,
        host: str,
        *,
        fingerprint: str,
        config: str,
        intended: str,
        beyond: Beyond | None = None,
    ) -> None:
        """Record the state that a run left a device in: drift is measured from it.

        Of ``beyond`` the first is kept: a deployment changes no account, key or file, so it does
        not vouch for one that came since. ``accept`` does.
        """
        rows = None if beyond is None else rows_as_text(beyond)
        with self._write() as db:
            db.execute(
                "INSERT INTO confirmed (host, run, time, fingerprint, config, intended, beyond)"
                " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET run = excluded.run,"
                " time = excluded.time, fingerprint = excluded.fingerprint,"
                " config = excluded.config, intended = excluded.intended,"
                " beyond = coalesce(confirmed.beyond, excluded.beyond)",
                (host, run, now(), fingerprint, config, intended, rows),
            )

    def accept(self, host: str, *, fingerprint: str, config: str, beyond: Beyond) -> bool:
        """Take what a device says now for good; what it was meant to say stays as it was.

        False for a device that was never deployed: there is nothing that it could differ from.
        """
        with self._write() as db:
            changed = db.execute(
                "UPDATE confirmed SET time = ?, fingerprint = ?, config = ?, beyond = ?"
                " WHERE host = ?",
                (now(), fingerprint, config, rows_as_text(beyond), host),
            ).rowcount
        return changed == 1

    def first_seen(self, host: str, beyond: Beyond) -> None:
        """Take this for what was confirmed where nothing is known of it; else leave all as is."""
        with self._write() as db:
            db.execute(
                "UPDATE confirmed SET beyond = ? WHERE host = ? AND beyond IS NULL",
                (rows_as_text(beyond), host),
            )

    def audited(
        self, run: str, host: str, status: str, findings: Sequence[Mapping[str, Any]]
    ) -> None:
        """Record what an audit found on a device."""
        self.audited_all(run, {host: (status, findings)})

    def audited_all(
        self, run: str, audits: Mapping[str, tuple[str, Sequence[Mapping[str, Any]]]]
    ) -> None:
        """Record what an audit found (host → status, findings), all in one write."""
        time = now()
        with self._write() as db:
            db.executemany(
                "INSERT INTO audits (run, host, time, status, findings) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (run, host) DO UPDATE SET time = excluded.time,"
                " status = excluded.status, findings = excluded.findings",
                [
                    (run, host, time, status, json.dumps(list(findings), ensure_ascii=False))
                    for host, (status, findings) in audits.items()
                ],
            )

    def made(self, run: str, host: str, make: Make) -> None:
        """Record the version and model that a device has in a run."""
        with self._write() as db:
            db.execute(
                "INSERT INTO makes (run, host, platform, version, model) VALUES (?, ?, ?, ?, ?)"
                " ON CONFLICT (run, host) DO UPDATE SET platform = excluded.platform,"
                " version = excluded.version, model = excluded.model",
                (run, host, make.platform, make.version, make.model),
            )

    def deployed(self) -> frozenset[Make]:
        """The versions and models of which some deployment was confirmed."""
        rows = self._read(
            "SELECT DISTINCT platform, version, model FROM makes"
            " JOIN hosts USING (run, host) JOIN runs ON runs.id = makes.run"
            " WHERE runs.kind = 'deploy' AND hosts.state = 'confirmed'"
        )
        return frozenset(Make(**dict(row)) for row in rows)

    def runs(self, kind: str | None = None) -> tuple[Run, ...]:
        """Every run (of one kind), newest first."""
        chosen, values = ("", ()) if kind is None else (" WHERE kind = ?", (kind,))
        rows = self._read(
            f"SELECT {RUN} FROM runs{chosen} ORDER BY started DESC, rowid DESC",  # noqa: S608
            values,
        )
        return tuple(run_of(row) for row in rows)

    def run(self, run: str) -> Run:
        """One run; ``JournalError`` with the newest ones when there is none of that id."""
        rows = self._read(f"SELECT {RUN} FROM runs WHERE id = ?", (run,))  # noqa: S608
        if not rows:
            known = [each.id for each in self.runs()]
            raise JournalError(f"the journal knows no run {run}", hint=meant(run, known))
        return run_of(rows[0])

    def hosts(self, run: str) -> tuple[HostRecord, ...]:
        """The devices of a run, in the order in which they were entered."""
        rows = self._read(
            f"SELECT {HOST} FROM hosts WHERE run = ? ORDER BY rowid",  # noqa: S608
            (run,),
        )
        return tuple(HostRecord(**dict(row)) for row in rows)

    def latest(self) -> Mapping[str, HostRecord]:
        """Each device's newest record in any deployment.

        One brought back to the state before a run counts as reverted, it is not done. An exchanged
        one has no record until the new device is deployed.
        """
        rows = self._read(
            f"SELECT {HOST}, runs.kind FROM hosts JOIN runs ON runs.id = hosts.run"  # noqa: S608
            " WHERE runs.kind IN ('deploy', 'rollback', 'replace') AND hosts.state != 'skipped'"
            " ORDER BY runs.started, runs.rowid"
        )
        newest: dict[str, HostRecord] = {}
        for row in rows:
            kind = (values := dict(row)).pop("kind")
            record = HostRecord(**values)
            if kind == "rollback" and record.state in DONE:
                told = f"run {record.run} brought it back"
                record = replace(record, state="reverted", reason=told)
            newest[record.host] = record
            if kind == "replace":
                del newest[record.host]
        return newest

    def events(self, run: str) -> tuple[Event, ...]:
        """What happened to the devices of a run, in the order in which it was written."""
        rows = self._read(
            "SELECT host, time, state, reason FROM events WHERE run = ? ORDER BY id", (run,)
        )
        return tuple(Event(**dict(row)) for row in rows)

    def planned(self) -> frozenset[str]:
        """The devices that some plan would have changed."""
        rows = self._read(
            "SELECT DISTINCT host FROM hosts JOIN runs ON runs.id = hosts.run"
            " WHERE runs.kind = 'plan' AND hosts.state = 'planned'"
        )
        return frozenset(row["host"] for row in rows)

    def confirmed(self, host: str | None = None) -> Mapping[str, Confirmed]:
        """What each device (or only this one) said when it was last confirmed."""
        chosen, values = ("", ()) if host is None else (" WHERE host = ?", (host,))
        rows = self._read(f"SELECT {CONFIRMED} FROM confirmed{chosen}", values)  # noqa: S608
        return {row["host"]: confirmed_of(row) for row in rows}

    def last_audits(self) -> Mapping[str, AuditRecord]:
        """Each device's newest audit."""
        rows = self._read(
            "SELECT run, host, time, status, findings FROM (SELECT run, host, time, status,"
            " findings, rowid AS number, row_number() OVER (PARTITION BY host"
            " ORDER BY time DESC, rowid DESC) AS age FROM audits) AS aged"
            " WHERE age = 1 ORDER BY time, number"
        )
        return {
            row["host"]: AuditRecord(
                row["run"],
                row["host"],
                row["time"],
                row["status"],
                tuple(json.loads(row["findings"])),
            )
            for row in rows
        }

    def unfinished(self) -> tuple[Run, ...]:
        """Deployments that never ended or have a device without a final state, newest first."""
        marks = ", ".join("?" for _ in FINAL)
        rows = self._read(
            f"SELECT {RUN} FROM runs WHERE kind IN ('deploy', 'rollback')"  # noqa: S608
            f" AND (ended IS NULL OR id IN (SELECT run FROM hosts WHERE state NOT IN ({marks})))"
            " ORDER BY started DESC, rowid DESC",
            sorted(FINAL),
        )
        return tuple(run_of(row) for row in rows)


def confirmed_of(row: Row) -> Confirmed:
    """A confirmed state from its row."""
    values = dict(row)
    values["beyond"] = None if values["beyond"] is None else json.loads(values["beyond"])
    return Confirmed(**values)


def run_of(row: Row) -> Run:
    """A run from its row."""
    values = dict(row)
    values["checks"] = tuple(json.loads(values["checks"]))
    values["approved_by"] = tuple(json.loads(values["approved_by"]))
    return Run(**values)
