"""``plan`` and ``show``: the exact change of each device, saved or looked at again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import cluster, dry, output, who
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

Reason = Annotated[
    str,
    typer.Option("--reason", metavar="TEXT", help="Why: kept with the plan and in the journal."),
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
    reason: Reason = "",
    runner: cluster.RunnerName = cluster.THREADS,
    scheduler: cluster.Scheduler = None,
    full: who.Full = False,
    json: who.Json = False,
) -> None:
    """Read the devices and show the exact change of each. Changes nothing.

    Ends with 0 when there is nothing to do, 3 when changes are pending, 4 when a device could not
    be planned.
    """
    from sekayu_net.cli.processes import planning
    from sekayu_net.cli.scope import described, plan_scope, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import save
    from sekayu_net.report.terminal import print_plan

    cluster.check_runner(runner, scheduler)
    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    district = project.district()
    scope = scope_of(project, district, playbook, selection, writes=True)
    site = site_of(project)
    output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
    with cluster.spread(project, site, runner, scheduler) as reading:
        made = plan_scope(
            project,
            planning(project, reading, len(scope.hosts)),
            scope,
            allow_removals=allow_removals or (),
            allow_unguarded=allow_unguarded or (),
            confirm_within=confirm_within,
            reason=reason,
        )
    with Journal.open(project.journal_path) as journal:
        run = journal.begin(
            "plan",
            operator=site.operator,
            playbook=made.playbook,
            plan_id=made.plan_id,
            selection=described(playbook, selection),
            reason=reason,
        )
        changing = made.with_status("change")
        journal.enter_all(run, {each.host: made.wave_of(each.host) for each in changing})
        journal.end(run, "planned")
    keep_planned(project, made, run)
    if out is not None and not project.dry:
        save(made, out)
        output.progress(f"saved: {out} ({next_step(out, project.settings.approvals)})")
    if json:
        output.result_json(made.summary())
    else:
        print_plan(made, output.console(), full=full)
    dry.stop(project, exit_code(made))
    raise typer.Exit(exit_code(made))


def next_step(file: Path, approvals: int) -> str:
    """What to do with a plan that was saved."""
    if approvals:
        return f"sekayu-net approve {file}, by {counted(approvals, 'technician')}"
    return f"sekayu-net deploy --plan {file}"


def show(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan that was saved.")],
    full: who.Full = False,
    json: who.Json = False,
) -> None:
    """Look at a saved plan again. Touches no device."""
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout import upgrade_plan
    from sekayu_net.rollout.approval import load_signed, signature_files

    del ctx  # a plan can be looked at without its project
    if upgrade_plan.is_upgrade(file):
        from sekayu_net.cli import upgrade

        made = upgrade_plan.load_signed(file)
        if json:
            output.result_json(upgrade.summary(made))
        else:
            upgrade.show_saved(made)
        return
    saved = load_signed(file)
    if json:
        output.result_json(saved.summary())
        return
    output.result("\n".join(told(saved)))
    for each in signature_files(file):
        output.result(f"signature, not checked here: {each.name}")
    output.result()
    print_plan(saved, output.console(), full=full)


def told(plan: Plan) -> list[str]:
    """Where a plan comes from, a line each."""
    world = "the lab" if plan.lab else "real devices"
    revision = plan.revision or "unknown"
    if revision.endswith("-dirty"):
        revision += " (with changes that were not committed)"
    lines = [
        f"plan {plan.plan_id}",
        f"made {plan.created} by {plan.author} for {world}, project {plan.project}",
        f"revision {revision}",
        (
            f"inventory {plan.sources.inventory[:12] or 'unknown'}, "
            f"templates {plan.sources.templates[:12] or 'unknown'} (SHA-256 of what they said)"
        ),
    ]
    if plan.playbook or plan.origin:
        lines.append(f"for {plan.playbook or plan.origin}")
    if plan.reason:
        lines.append(f"reason: {plan.reason}")
    return lines
