"""``plan`` and ``show``: the exact change of each device, saved or looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.keeping import keep_planned
from sekayu_net.cli.output import ExitCode
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.plan import Plan

PlaybookName = Annotated[
    str | None, typer.Argument(metavar="[PLAYBOOK]", help="A playbook of the project: phase-1 …")
]
AllowRemovals = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-removals", metavar="HOST", help="This device may lose more items than the limit."
    ),
]
AllowUnguarded = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-unguarded", metavar="HOST", help="This device may be changed without a full undo."
    ),
]
ConfirmWithin = Annotated[
    int | None,
    typer.Option(
        "--confirm-within",
        metavar="SECONDS",
        min=10,
        max=3600,
        help="When a device that was not confirmed goes back by itself.",
    ),
]


def exit_code(plan: Plan) -> ExitCode:
    """Changes pending, devices that could not be planned, or nothing to do."""
    codes = [ExitCode.OK]
    if plan.with_status("change"):
        codes.append(ExitCode.PENDING)
    if plan.with_status("unreachable", "refused", "error"):
        codes.append(ExitCode.INCOMPLETE)
    return output.combine(codes)


def plan(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan there.")
    ] = None,
    allow_removals: AllowRemovals = None,
    allow_unguarded: AllowUnguarded = None,
    confirm_within: ConfirmWithin = None,
    json: who.Json = False,
) -> None:
    """Read the devices and show the exact change of each. Changes nothing.

    Ends with 0 when there is nothing to do, 3 when changes are pending, 4 when a device could not
    be planned.
    """
    from sekayu_net.cli.scope import described, plan_scope, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import save
    from sekayu_net.report.terminal import print_plan

    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    district = project.district()
    scope = scope_of(project, district, playbook, selection, writes=True)
    site = site_of(project)
    output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
    made = plan_scope(
        project,
        site,
        scope,
        allow_removals=allow_removals or (),
        allow_unguarded=allow_unguarded or (),
        confirm_within=confirm_within,
    )
    with Journal.open(project.journal_path) as journal:
        run = journal.begin(
            "plan",
            operator=site.operator,
            playbook=made.playbook,
            plan_id=made.plan_id,
            selection=described(playbook, selection),
        )
        for each in made.with_status("change"):
            journal.enter(run, each.host, wave=made.wave_of(each.host))
        journal.end(run, "planned")
    keep_planned(project, made, run)
    if out is not None:
        save(made, out)
        output.progress(f"saved: {out} (sekayu-net deploy --plan {out})")
    if json:
        output.result_json(made.summary())
    else:
        print_plan(made, output.console())
    raise typer.Exit(exit_code(made))


def show(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan that was saved.")],
    json: who.Json = False,
) -> None:
    """Look at a saved plan again. Touches no device."""
    from sekayu_net.plan import load
    from sekayu_net.report.terminal import print_plan

    del ctx  # a plan can be looked at without its project
    saved = load(file)
    if json:
        output.result_json(saved.summary())
        return
    world = "the lab" if saved.lab else "real devices"
    output.result(
        f"plan {saved.plan_id}\nmade {saved.created} by {saved.author} for {world}, "
        f"project {saved.project}, revision {saved.revision or 'unknown'}\n"
    )
    print_plan(saved, output.console())
