"""What commands read goes into the archive: from their values to texts and a cause.

A failing archive fails no command: it is said, and the next read makes up for it. The repository
itself is ``sekayu_net.archive``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sekayu_net.cli import output
from sekayu_net.errors import DeviceError, SekayuError

if TYPE_CHECKING:
    from sekayu_net.archive import Origin
    from sekayu_net.journal import Journal
    from sekayu_net.plan import Plan, Running
    from sekayu_net.project import Project


def keep_read(project: Project, read: Mapping[str, Running | DeviceError], origin: Origin) -> None:
    """Everything that was read; devices that could not be read are passed over."""
    from sekayu_net.archive import document

    texts = {h: document(said) for h, said in read.items() if not isinstance(said, DeviceError)}
    keep(project, texts, f"read by {origin.cause} {origin.run}".rstrip(), origin)


def keep_planned(project: Project, plan: Plan, run: str) -> None:
    """The states that a plan was made from, just now."""
    from sekayu_net.archive import Origin

    texts = {name: host.running for name, host in plan.hosts.items() if host.running}
    keep(project, texts, f"read for plan {plan.plan_id[:12]}", Origin(run, "plan", plan.author))


def keep_confirmed(project: Project, journal: Journal, run: str) -> None:
    """What a run confirmed: each device as it was just before, then as it was left."""
    from sekayu_net.archive import Origin

    origin = Origin(run, "deploy", journal.run(run).operator)
    after = {host: kept.config for host, kept in journal.confirmed().items() if kept.run == run}
    # The run read each again and found it as its plan says: no older than the run.
    before = {
        record.host: record.running
        for record in journal.hosts(run)
        if record.host in after and record.running
    }
    keep(project, before, f"before run {run}", origin)
    keep(project, after, f"deployed by run {run}", origin)


def keep(project: Project, texts: Mapping[str, str], message: str, origin: Origin) -> None:
    """Put texts into the archive, or say why not. A dry run keeps nothing."""
    if project.dry:
        return
    from sekayu_net.archive import Archive

    try:
        Archive(project.archive_path).store(texts, message, origin=origin)
    except (SekayuError, OSError) as error:
        output.warn(f"the archive was not updated: {error}")
