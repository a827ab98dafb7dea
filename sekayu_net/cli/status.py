"""``status`` and ``runs``: what the journal knows. Touches no device."""

from __future__ import annotations

import typer

from sekayu_net.cli import output, who


def status(ctx: typer.Context, json: who.Json = False) -> None:
    """The rollout, office by office, from the journal."""
    from sekayu_net.journal import FINAL, Journal
    from sekayu_net.report.status import overview, status_of, to_look_at

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        document = status_of(project.district(), journal)
        latest = journal.latest()
        going = [
            (run, [host.state in FINAL for host in journal.hosts(run.id)])
            for run in journal.runs("deploy")
            if run.ended is None
        ]
    if json:
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


def runs(ctx: typer.Context, json: who.Json = False) -> None:
    """What was run, when, by whom, with what result."""
    from dataclasses import asdict

    from sekayu_net.journal import Journal

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        known = journal.runs()
    if json:
        output.result_json({"runs": [asdict(run) for run in known]})
        return
    if not known:
        output.result("nothing was run yet")
        return
    output.table(
        ("run", "what", "who", "on", "result"),
        [
            (r.id, r.kind, r.operator, r.selection or "everything", r.result or "not ended: resume")
            for r in known
        ],
    )
