"""``doctor``: whether this computer is ready, and what to fix."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from sekayu_net.cli import output

MARKS = {"ok": "ok  ", "note": "note", "fix": "FIX "}


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look at Python, git, clock, project, key, secrets and hub; say what to fix.

    Exit 0: all is ready, 1: something stands in the way.

    Example: sekayu-net doctor
    """
    from sekayu_net.doctor import examine

    found = []
    for finding in examine(ctx.obj.project):
        found.append(finding)
        if not as_json:
            output.result(f"{MARKS[finding.verdict]}  {finding.what:<10} {finding.found}")
            if finding.advice:
                output.result(f"{'':<16} next: {finding.advice}")
    if as_json:
        output.result_json({"findings": [asdict(finding) for finding in found]})
    if any(finding.verdict == "fix" for finding in found):
        raise typer.Exit(output.ExitCode.ERROR)
