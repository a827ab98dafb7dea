"""What the journal keeps of a run so that another process can go on with it.

The whole plan, who answered behind a device before it was changed, when waves were opened. The
tables are the journal's; what is done with them is ``resume``'s and ``rollback``'s.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sekayu_net.journal import Journal
from sekayu_net.plan import FORMAT, Plan, content, from_content, now
from sekayu_net.rollout.checklist import failing_of


@dataclass(frozen=True, slots=True)
class OpenedWave:
    """A wave of a run and when it was opened, ISO 8601."""

    name: str
    opened: str


def keep_plan(journal: Journal, plan: Plan) -> None:
    """Write the whole plan into the journal, once for however many runs of it."""
    with journal.transaction() as db:
        db.execute(
            "INSERT INTO plans (plan_id, content, signatures) VALUES (?, ?, ?)"
            " ON CONFLICT (plan_id) DO UPDATE SET content = excluded.content,"
            " signatures = excluded.signatures",
            (
                plan.plan_id,
                json.dumps(content(plan), ensure_ascii=False),
                json.dumps(list(plan.signatures)),
            ),
        )


def kept_plan(journal: Journal, plan_id: str | None) -> Plan | None:
    """The plan of this id; None when the journal has it not, or not whole."""
    rows = journal.query("SELECT content, signatures FROM plans WHERE plan_id = ?", (plan_id,))
    if not rows:
        return None
    document = json.loads(rows[0]["content"])
    if document.get("format") != FORMAT:
        return None  # another version's
    plan = replace(from_content(document), signatures=tuple(json.loads(rows[0]["signatures"])))
    return plan if plan.plan_id == plan_id else None


def failing_before(journal: Journal, run: str) -> dict[str, frozenset[str]]:
    """The checks that failed before the change already, by device."""
    return {
        event.host: failing_of(event.reason)
        for event in journal.events(run)
        if event.state == "armed"
    }


def note_wave(journal: Journal, run: str, name: str) -> None:
    """A wave opens now."""
    with journal.transaction() as db:
        db.execute("INSERT INTO waves (run, name, opened) VALUES (?, ?, ?)", (run, name, now()))


def waves_of(journal: Journal, run: str) -> tuple[OpenedWave, ...]:
    """The waves that a run opened, in their order; again after it was resumed."""
    rows = journal.query("SELECT name, opened FROM waves WHERE run = ? ORDER BY rowid", (run,))
    return tuple(OpenedWave(row["name"], row["opened"]) for row in rows)


def note_answering(journal: Journal, run: str, host: str, behind: Iterable[str]) -> None:
    """These answered behind a device just before it was changed."""
    with journal.transaction() as db:
        db.execute(
            "INSERT INTO behind (run, host, answered) VALUES (?, ?, ?)"
            " ON CONFLICT (run, host) DO UPDATE SET answered = excluded.answered",
            (run, host, json.dumps(sorted(behind))),
        )


def answered_behind(journal: Journal, run: str, host: str) -> tuple[str, ...]:
    """Who answered behind a device before this run changed it."""
    rows = journal.query("SELECT answered FROM behind WHERE run = ? AND host = ?", (run, host))
    return tuple(json.loads(rows[0]["answered"])) if rows else ()
