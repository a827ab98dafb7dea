"""``handover``: the hand-over report, from the journal. Touches no device."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.plan import PlaybookName
from sekayu_net.errors import UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.platforms.base import Installation


def handover(
    ctx: typer.Context,
    out: Annotated[
        Path,
        typer.Option("--out", metavar="FILE", help="FILE.html, to be printed, or FILE.pdf."),
    ],
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    language: Annotated[
        Literal["id", "en"],
        typer.Option("--language", help="The document is Indonesian by nature; en: English."),
    ] = "id",
) -> None:
    """Write the hand-over report of offices that are done: devices, addresses, SSIDs, checks.

    From the journal alone; it holds no passphrase. What is not finished is named in it.
    """
    from sekayu_net.cli.scope import scope_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import now
    from sekayu_net.report.handover import acts_of, html, pdf

    ending = out.suffix.lower()
    if ending not in {".html", ".pdf"}:
        raise UsageError(f"{out}: a hand-over report is .html or .pdf", hint=f"{out.stem}.pdf")
    project = ctx.obj.project()
    district = project.district()
    chosen = who.selection(office, host, kind, role, phase, platform)
    scope = scope_of(project, district, playbook, chosen, writes=False)
    devices = [district.devices[name] for name in scope.hosts]
    with Journal.open(project.journal_path) as journal:
        acts = acts_of(district, journal, devices, installed)
    document = html(acts, district, language=language, time=now(), lab=project.lab)
    content = pdf(document) if ending == ".pdf" else document.encode()
    # Serial numbers and addresses of every office: for its owner, who hands it on.
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    for act in acts:
        if act.left:
            output.warn(f"{act.office.slug}: not finished: {', '.join(act.left)}")
    output.result(f"written: {out} ({counted(len(acts), 'office')})")


def installed(device: Device, text: str) -> Installation:
    """What a recorded text has installed, as far as its platform can tell."""
    from sekayu_net.platforms.base import Describing, Installation
    from sekayu_net.platforms.registry import platform

    found = platform(device.platform)
    return found.installed(text) if isinstance(found, Describing) else Installation()
