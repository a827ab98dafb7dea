"""``status`` and ``history``: what journal and archive know. Touches no device."""

from __future__ import annotations

from typing import Annotated

import typer

from sekayu_net.cli import output, who
from sekayu_net.errors import UsageError


def status(ctx: typer.Context, json: who.Json = False) -> None:
    """The rollout, office by office, from the journal."""
    from sekayu_net.journal import Journal
    from sekayu_net.report.status import status as status_of

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        document = status_of(
            project.district(),
            journal.latest(),
            journal.confirmed(),
            journal.last_audits(),
            journal.planned(),
        )
    if json:
        output.result_json(document)
        return
    rows = []
    for code, office in document["offices"].items():
        states = [host["state"] for host in office["hosts"].values()]
        counted = ", ".join(f"{states.count(s)} {s}" for s in dict.fromkeys(states))
        audits = [host["last_audit"] for host in office["hosts"].values() if host["last_audit"]]
        audited = ", ".join(dict.fromkeys(audits))
        rows.append((str(office["phase"]), code, office["name"], office["state"], counted, audited))
    output.table(("phase", "code", "office", "state", "devices", "last audit"), sorted(rows))


def history(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The device.")],
    revisions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REV [REV]]", help="One: show it. Two: what differs."),
    ] = None,
    json: who.Json = False,
) -> None:
    """The versions of a device's configuration; one of them, or what differs between two."""
    from dataclasses import asdict

    from sekayu_net.archive import Archive
    from sekayu_net.inventory.selection import Selection, select

    project = ctx.obj.project()
    select(project.district(), Selection(host=(host,)))  # an unknown host: near names
    archive = Archive(project.archive_path)
    wanted = revisions or []
    if len(wanted) > 2:
        raise UsageError("at most two revisions can be compared")
    if len(wanted) == 2:
        output.result(archive.diff(host, *wanted).rstrip("\n"))
    elif wanted:
        output.result(archive.show(host, wanted[0]).rstrip("\n"))
    elif json:
        output.result_json({"host": host, "versions": [asdict(v) for v in archive.versions(host)]})
    else:
        versions = archive.versions(host)
        if not versions:
            output.result(f"{host} was never read: sekayu-net audit --host {host}")
        else:
            rows = [(v.revision, v.time, v.message) for v in versions]
            output.table(("revision", "time", "cause"), rows)
