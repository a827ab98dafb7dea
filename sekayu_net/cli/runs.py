"""``runs``: what was run, and what happened in one run. Touches no device."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import output, who

if TYPE_CHECKING:
    from sekayu_net.journal import Journal, Run


def runs(
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="Tell all of this run.")
    ] = None,
    json: who.Json = False,
) -> None:
    """What was run, when, by whom, why, with what result; or all that happened in one run."""
    from sekayu_net.journal import Journal

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        if run is not None:
            document = whole(journal, journal.run(run))
            if json:
                output.result_json(document)
            else:
                tell(document)
            return
        known = journal.runs()
    if json:
        output.result_json({"runs": [asdict(each) for each in known]})
        return
    if not known:
        output.result("nothing was run yet")
        return
    output.table(
        ("run", "what", "who", "on", "result"),
        [
            (
                each.id,
                each.kind,
                each.operator,
                " ".join((each.selection or "everything", *because(each))),
                each.result or "not ended: resume",
            )
            for each in known
        ],
        told=("on", "result"),
    )


def because(run: Run) -> tuple[str, ...]:
    """The operator's reason in brackets, where one was given."""
    return (f"({run.reason})",) if run.reason else ()


def whole(journal: Journal, run: Run) -> dict[str, Any]:
    """All of a run: itself, its waves, and for each device its states with their times."""
    from sekayu_net.rollout.kept import waves_of

    events: dict[str, list[dict[str, str | None]]] = {}
    for event in journal.events(run.id):
        told = {"time": event.time, "state": event.state, "reason": event.reason}
        events.setdefault(event.host, []).append(told)
    return {
        "run": asdict(run),
        "waves": [asdict(wave) for wave in waves_of(journal, run.id)],
        "hosts": {
            record.host: {
                "state": record.state,
                "reason": record.reason,
                "wave": record.wave,
                "guard": record.guard,
                "seconds": round(record.seconds, 1),
                "events": events.get(record.host, []),
            }
            for record in journal.hosts(run.id)
        },
    }


def tell(document: dict[str, Any]) -> None:
    """One run as a person reads it."""
    run = document["run"]
    lines = [
        f"run {run['id']}: {run['kind']} {run['selection']}".rstrip(),
        f"by {run['operator']}, {run['started']} to {run['ended'] or '…'}",
        f"result: {run['result'] or 'not ended: sekayu-net resume'}",
    ]
    if run["plan_id"]:
        lines.append(f"plan {run['plan_id']}")
    if run["reason"]:
        lines.append(f"reason: {run['reason']}")
    if run["approved_by"]:
        lines.append(f"approved by {', '.join(run['approved_by'])}")
    lines += [f"wave {wave['name']} opened {wave['opened']}" for wave in document["waves"]]
    output.result("\n".join(lines))
    if document["hosts"]:
        output.result()
        output.table(
            ("device", "wave", "states", "reason"),
            [
                (host, each["wave"], path(each["events"]), each["reason"] or "")
                for host, each in document["hosts"].items()
            ],
            told=("reason",),
        )


def path(events: list[dict[str, Any]]) -> str:
    """A device's states in order, each with its time of day (UTC)."""
    return "\n".join(f"{event['time'][11:19]} {event['state']}" for event in events)
