"""``status``: where the rollout stands, from the journal. Touches no device."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime

import typer

from sekayu_net.cli import output, who


def status(ctx: typer.Context, json: who.Json = False) -> None:
    """The rollout, office by office, from the journal."""
    from sekayu_net.journal import FINAL, Journal
    from sekayu_net.report.status import overview, status_of, to_look_at
    from sekayu_net.rollout.catchup import queue

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        document = status_of(project.district(), journal)
        latest = journal.latest()
        going = [
            (run, [host.state in FINAL for host in journal.hosts(run.id)])
            for run in journal.runs("deploy")
            if run.ended is None
        ]
        waiting = queue(journal)
    at = datetime.now(UTC)
    if json:
        document["catch_up"] = [{**asdict(w), "expired": w.expired(at)} for w in waiting]
        output.result_json(document)
        return
    for line in overview(document):
        output.result(line)
    output.result()
    rows = []
    for code, office in document["offices"].items():
        states = [host["state"] for host in office["hosts"].values()]
        counted = ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
        audits = [host["last_audit"] for host in office["hosts"].values() if host["last_audit"]]
        audited = ", ".join(dict.fromkeys(audits))
        rows.append((str(office["phase"]), code, office["name"], office["state"], counted, audited))
    output.table(("phase", "code", "office", "state", "devices", "last audit"), sorted(rows))
    for run, through in going:
        output.result()
        output.result(
            f"not ended: {run.playbook or run.selection}, run {run.id} by {run.operator}: "
            f"{sum(through)} of {len(through)} devices through"
        )
        output.result(f"    if nobody runs it any more: sekayu-net resume {run.id}")
    found = to_look_at(document, latest)
    if found:
        output.result()
        output.result("to look at:")
    for line in found:
        output.result(f"    {line}")
    if waiting:
        output.result()
        output.table(
            ("offline device", "playbook", "since", "waits until"),
            [
                (
                    w.host,
                    w.playbook or "",
                    day(w.since),
                    "expired" if w.expired(at) else day(w.until),
                )
                for w in waiting
            ],
        )
        output.result("when they answer again: sekayu-net deploy --catch-up")


def day(moment: str) -> str:
    """A moment of the journal as a table shows it, on this machine's clock."""
    return datetime.fromisoformat(moment).astimezone().strftime("%Y-%m-%d %H:%M")
