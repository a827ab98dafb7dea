"""``doctor``: whether this computer is ready, and what to fix."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from sekayu_net.cli import output
from sekayu_net.languages import translated

MARKS = {"ok": "ok  ", "note": "note", "fix": "FIX "}
#: Columns before what was found.
INDENT = 18


def _line(before: str, text: str) -> str:
    first, margin = f"{before:<{INDENT}}", " " * INDENT
    return output.folded(translated(text), output.width(), first=first, margin=margin)


def doctor(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Look at Python, git, clock, project, journal, key, secrets and hubs; say what to fix.

    Exit 0: all is ready, 1: something stands in the way.
    """
    from sekayu_net.doctor import examine

    found = []
    for finding in examine(ctx.obj.project):
        found.append(finding)
        if not as_json:
            before = f"{MARKS[finding.verdict]}  {finding.what}"
            output.verbatim(_line(before, finding.found))
            if finding.advice:
                output.verbatim(_line("", f"next: {finding.advice}"))
    if as_json:
        output.result_json({"findings": [asdict(finding) for finding in found]})
    if any(finding.verdict == "fix" for finding in found):
        raise typer.Exit(output.ExitCode.ERROR)
