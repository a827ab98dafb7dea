"""``render``: the intended configurations, as text for people.

Rendering itself is ``rendering``; here it is only chosen, labelled and put somewhere.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli import who
from sekayu_net.cli.output import progress, verbatim
from sekayu_net.cli.plan import PlaybookName
from sekayu_net.errors import ProjectError

Out = Annotated[
    Path | None,
    typer.Option(
        "--out", metavar="DIR", help="Write one file a device into this folder, for its owner only."
    ),
]


def command(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    out: Out = None,
) -> None:
    """Print the intended configurations of devices (all, without a filter).

    Secrets stand as <secret:name@version>. No device is asked anything.
    """
    from sekayu_net.cli.scope import scope_of
    from sekayu_net.rendering import render, with_labels

    project = ctx.obj.project()
    district = project.district()
    secrets = project.secrets()
    chosen = scope_of(
        project,
        district,
        playbook,
        who.selection(office, host, kind, role, phase, platform),
        writes=False,
    )
    # Everything renders before anything is written: no half a folder.
    texts = {
        name: with_labels(
            render(district, district.devices[name], secrets, project.templates), secrets.label
        )
        for name in chosen.hosts
    }
    if out is None:
        verbatim("\n".join(texts.values()).rstrip("\n"))
        return
    for name, text in texts.items():
        _write(out / f"{name}.cfg", text)
    progress(f"{len(texts)} configuration{'s' if len(texts) != 1 else ''} written to {out}")


def _write(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise ProjectError(
            f"{path}: can't be written: {error.strerror}", hint="choose another folder with --out"
        ) from error
