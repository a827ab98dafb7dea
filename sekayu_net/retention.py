"""How long the journal keeps what audits found: forgetting those that are older.

Nothing else is ever forgotten: deployments, plans and confirmed states stay, and of each device the
newest audit, however old.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sekayu_net.journal import Journal

#: The kinds of run that are forgotten together with their findings.
KINDS = ("audit", "schedule")
#: Runs of one transaction: who deploys meanwhile waits for no longer than that.
BATCH = 50
_DAYS = {"d": 1, "w": 7}


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten, or would be: results (one device in one audit each), and whole runs."""

    audits: int
    runs: int


def age_words(text: str) -> str:
    """``text``, unless it is no age: ``400d``, ``52w``. ``ValueError`` then."""
    if not re.fullmatch(r"[1-9]\d{0,4}[dw]", text):
        raise ValueError(f"{text!r} is no age: say days or weeks, for example 400d or 52w")
    return text


def began_before(age: str, *, now: datetime | None = None) -> str:
    """The time before which an audit is older than ``age``, as the journal writes times."""
    days = timedelta(days=int(age[:-1]) * _DAYS[age[-1]])
    return ((now or datetime.now(UTC)) - days).astimezone(UTC).isoformat(timespec="seconds")


def forget_audits(journal: Journal, before: str, *, dry_run: bool = False) -> Forgotten:
    """Forget the audits that began before this time, but for the newest of each device.

    In batches, each a transaction: one that is broken off has forgotten a part, and the next goes
    on. ``dry_run`` only counts.
    """
    kept: dict[str, list[str]] = {}
    for newest in journal.last_audits().values():
        kept.setdefault(newest.run, []).append(newest.host)
    marks = ", ".join("?" for _ in KINDS)
    rows = journal.query(
        "SELECT id, (SELECT count(*) FROM audits WHERE run = runs.id) AS audits FROM runs"  # noqa: S608
        f" WHERE kind IN ({marks}) AND started < ? ORDER BY started, rowid",
        (*KINDS, before),
    )
    audits = sum(row["audits"] - len(kept.get(row["id"], ())) for row in rows)
    found = Forgotten(audits, sum(row["id"] not in kept for row in rows))
    if not dry_run:
        for batch in _batches([row["id"] for row in rows]):
            with journal.transaction() as db:
                for run in batch:
                    stay = kept.get(run, ())
                    but = f" AND host NOT IN ({', '.join('?' for _ in stay)})" if stay else ""
                    db.execute(f"DELETE FROM audits WHERE run = ?{but}", (run, *stay))  # noqa: S608
                    if not stay:
                        db.execute("DELETE FROM runs WHERE id = ?", (run,))
    return found


def _batches(runs: list[str]) -> Iterator[list[str]]:
    left = iter(runs)
    while batch := list(islice(left, BATCH)):
        yield batch
