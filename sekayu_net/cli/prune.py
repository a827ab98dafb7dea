"""``prune``: forget old audits; scheduled runs do it by themselves. Touches no device."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import JournalError, UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.project import Project


def prune(
    ctx: typer.Context,
    older_than: Annotated[
        str | None,
        typer.Option("--older-than", metavar="AGE", help="400d, 52w; else [journal] keep_audits."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    json: who.Json = False,
) -> None:
    """Forget what audits found long ago. The newest audit of each device stays, however old.

    Deployments, plans and confirmed states are never forgotten.
    """
    from sekayu_net.journal import Journal
    from sekayu_net.retention import age_words, began_before, forget_audits

    project = ctx.obj.project()
    age = older_than or project.settings.journal.keep_audits
    if age is None:
        raise UsageError(
            "how old is too old? Nothing says it",
            hint="say --older-than 400d, or set keep_audits below [journal] in sekayu.toml",
        )
    try:
        before = began_before(age_words(age))
    except ValueError as error:
        raise UsageError(str(error)) from None
    with Journal.open(project.journal_path) as journal:
        found = forget_audits(journal, before, dry_run=True)
        what = (
            f"{counted(found.audits, 'audit result')}, {counted(found.runs, 'run')}, "
            f"from before {before[:10]}"
        )
        done = not project.dry and bool(found.audits or found.runs)
        if done and (done := output.confirm(f"forget {what}?", yes=yes)):
            found = forget_audits(journal, before)
    if json:
        output.result_json({"before": before, "forgotten": done, **asdict(found)})
    elif done:
        output.result(f"forgotten: {what}; the newest of each device stays")
    elif project.dry:
        output.result(f"would be forgotten: {what}; the newest of each device stays")
    else:
        output.result("nothing was forgotten")
    dry.stop(project, ExitCode.PENDING if found.audits or found.runs else ExitCode.OK)


def after_audit(project: Project) -> None:
    """Forget what the settings say is too old. Never fails: problems are said."""
    from sekayu_net.journal import Journal
    from sekayu_net.retention import began_before, forget_audits

    if (age := project.settings.journal.keep_audits) is None:
        return
    try:
        with Journal.open(project.journal_path) as journal:
            forget_audits(journal, began_before(age))
    except JournalError as error:
        output.warn(f"old audits were not forgotten: {error}")
