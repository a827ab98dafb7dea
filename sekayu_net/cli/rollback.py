"""``rollback``: plan the way back from a run, show, ask, carry it out like any other plan."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.deploy import Yes, can_ask, carry, unapproved
from sekayu_net.cli.plan import AllowRemovals, AllowUnguarded, ConfirmWithin, Reason


def rollback(
    ctx: typer.Context,
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run, as sekayu-net runs lists it.")],
    host: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="NAME", help="This device only; may be repeated."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Save the plan there and do nothing yet."),
    ] = None,
    yes: Yes = False,
    reason: Reason = "",
    confirm_within: ConfirmWithin = None,
    allow_removals: AllowRemovals = None,
    allow_unguarded: AllowUnguarded = None,
    json: who.Json = False,
) -> None:
    """Take back what a run did: plan, show, ask, then do it in the run's own waves.

    What was changed since is left as it is and shown. Ends as deploy does; with --out as plan does.
    """
    from sekayu_net.cli.plan import exit_code, next_step
    from sekayu_net.cli.site import operator, site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import Limits, save
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.rollback import plan_rollback

    if out is None:
        can_ask(ctx, yes=yes)
    project = ctx.obj.project()
    if out is None:
        unapproved(project)
    settings = project.settings
    with project.lock(operator()), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        way = plan_rollback(
            site,
            journal,
            journal.run(run),
            only=host or (),
            limits=Limits(
                settings.max_removals,
                frozenset(allow_removals or ()),
                frozenset(allow_unguarded or ()),
            ),
            confirm_within=confirm_within,
            default_window=settings.confirm_within,
            reason=reason or f"rollback of run {run}",
        )
        for name, why in way.without.items():
            output.warn(f"{name}: {why}: it is left alone")
        made = way.plan
        if out is None or project.dry:
            code = carry(
                project,
                site,
                journal,
                made,
                selection=f"rollback {run}",
                reason=reason,
                yes=yes,
                json=json,
            )
            raise typer.Exit(code)
    save(made, out)
    output.progress(f"saved: {out} ({next_step(out, settings.approvals)})")
    if json:
        output.result_json(made.summary())
    else:
        print_plan(made, output.console())
    raise typer.Exit(exit_code(made))
