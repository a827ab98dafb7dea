"""The catch-up queue: devices that were offline when their turn came, for as long as they may wait.

A device enters when a run ends with it ``unreachable`` and leaves when any run reached it, however
that ended, or when its time is over. Deploying it is a run like any other, named ``--catch-up``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sekayu_net.errors import UsageError
from sekayu_net.journal import Journal, State

#: Ends of a run that say nothing about whether a device can be reached now.
NOT_ASKED: frozenset[State] = frozenset(("skipped", "planned"))


@dataclass(frozen=True, slots=True)
class Waiting:
    """One device that waits: since which run, and until when. Times are ISO 8601, UTC."""

    host: str
    run: str
    playbook: str | None
    since: str
    until: str

    def expired(self, at: datetime) -> bool:
        """Whether it has waited too long: a person must look at it."""
        return datetime.fromisoformat(self.until) <= at


def queue(journal: Journal) -> tuple[Waiting, ...]:
    """Who waits, longest first; expired ones too."""
    rows = journal.query(
        "SELECT host, run, playbook, since, until FROM catch_up ORDER BY since, host"
    )
    return tuple(Waiting(**dict(row)) for row in rows)


def settle(
    journal: Journal,
    run: str,
    states: Mapping[str, State],
    *,
    playbook: str | None,
    keep: int,
    at: datetime,
) -> None:
    """Bring the queue up to date at the end of a run.

    ``keep``: seconds that a device may wait, from the first run that did not reach it; 0 queues
    nobody.
    """
    since = at.isoformat(timespec="seconds")
    until = (at + timedelta(seconds=keep)).isoformat(timespec="seconds")
    with journal.transaction() as db:
        for host, state in states.items():
            if state == "unreachable" and keep:
                # One that waits already keeps its term, unless that is over: this is a new turn.
                db.execute(
                    "INSERT INTO catch_up (host, run, playbook, since, until)"
                    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (host) DO UPDATE SET run = excluded.run,"
                    " playbook = excluded.playbook, since = excluded.since,"
                    " until = excluded.until WHERE catch_up.until <= excluded.since",
                    (host, run, playbook, since, until),
                )
            elif state != "unreachable" and state not in NOT_ASKED:
                db.execute("DELETE FROM catch_up WHERE host = ?", (host,))


def to_catch_up(
    waiting: Iterable[Waiting], playbook: str | None, at: datetime
) -> tuple[str | None, tuple[str, ...]]:
    """The playbook and the hosts of a catch-up run; no hosts when nobody waits.

    A run has one playbook, with its checks and its gate: when devices of several wait and none is
    named, ``UsageError`` lists them.
    """
    fresh = [each for each in waiting if not each.expired(at)]
    if playbook is not None:
        return playbook, tuple(each.host for each in fresh if each.playbook == playbook)
    books = {each.playbook for each in fresh}
    named = sorted(book for book in books if book is not None)
    if len(books) > 1:
        raise UsageError(
            f"devices of several playbooks wait: {', '.join(named)}"
            + (", and some that were deployed without one" if None in books else ""),
            hint=f"say which: sekayu-net deploy {named[0]} --catch-up",
        )
    return (named[0] if named else None), tuple(each.host for each in fresh)
