"""``render``: intended configurations, secrets as placeholders."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli import output, who

_TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")


def command(
    ctx: typer.Context,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="A file a device, in this folder.")
    ] = None,
) -> None:
    """Print what devices should say; every secret as its name and version."""
    from sekayu_net.inventory.selection import select
    from sekayu_net.rendering import render

    project = ctx.obj.project()
    district, secrets = project.district(), project.secrets()
    chosen = who.selection(office, host, kind, role, phase, platform)
    texts = {
        device.name: _TOKEN.sub(
            lambda found: f"<secret:{secrets.label(found[1]) or found[1]}>",
            render(district, device, secrets, project.templates),
        )
        for device in select(district, chosen)
    }
    for name, text in texts.items():
        if out is None:
            output.result(f"# {name}\n{text.rstrip()}\n")
        else:
            out.mkdir(parents=True, exist_ok=True)
            (out / f"{name}.conf").write_text(text)
    if out is not None:
        output.result(f"{len(texts)} configurations in {out}")
