"""``history``: the versions of a device's configuration. Touches no device."""

from __future__ import annotations

from typing import Annotated

import typer

from sekayu_net.cli import output, who
from sekayu_net.errors import UsageError


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

    from sekayu_net.archive import HOST, Archive
    from sekayu_net.inventory.selection import Selection, select

    project = ctx.obj.project()
    archive = Archive(project.archive_path)
    if host not in project.district().devices and not (
        HOST.fullmatch(host) and archive.versions(host)
    ):
        # Nor one of an office that was closed: near names.
        select(project.district(), Selection(host=(host,)))
    wanted = revisions or []
    if len(wanted) > 2:
        raise UsageError("at most two revisions can be compared")
    if len(wanted) == 2:
        said = {"host": host, "from": wanted[0], "to": wanted[1]}
        said["diff"] = archive.diff(host, *wanted).rstrip("\n")
        text = said["diff"] or "no difference"
    elif wanted:
        said = {"host": host, "revision": wanted[0]}
        text = said["text"] = archive.show(host, wanted[0]).rstrip("\n")
    else:
        versions = archive.versions(host)
        if json:
            output.result_json({"host": host, "versions": [asdict(v) for v in versions]})
        elif versions:
            rows = [(v.revision, v.time, v.message) for v in versions]
            output.table(("revision", "time", "cause"), rows, told=("cause",))
        else:
            output.result(f"{host} was never read: sekayu-net audit --host {host}")
        return
    if json:
        output.result_json(said)
    else:
        output.verbatim(text)
