"""``deploy`` and ``resume``: plan, show, ask, carry out; or finish what was broken off."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import cluster, dry, output, who
from sekayu_net.cli.keeping import keep_confirmed, keep_planned
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import (
    AllowRemovals,
    AllowUnguarded,
    ConfirmWithin,
    PlaybookName,
    Reason,
)
from sekayu_net.cli.plan import exit_code as planned
from sekayu_net.errors import ApprovalError, UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.journal import Journal, Run
    from sekayu_net.plan import Plan
    from sekayu_net.project import Project
    from sekayu_net.rollout.device import Outcome
    from sekayu_net.rollout.site import Site
    from sekayu_net.saved import Saved

Yes = Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")]


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Ctrl-C once: finish the devices in flight. Twice: leave at once.

    Leaving at once is safe because everything is written before it is done: the journal knows each
    device in flight, its undo runs on the device itself, and ``resume`` asks it.
    """
    asked = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        del number, frame
        if asked.is_set():
            output.progress("\nleft at once: what is in flight goes back by itself")
            output.progress("  next: sekayu-net resume")
            if sys.__stderr__ is not None and sys.__stderr__.isatty():
                os.write(sys.__stderr__.fileno(), b"\x1b[?25h\n")  # the live picture hid it
            os._exit(130)
        asked.set()
        output.progress("\nstopping after the devices in flight; Ctrl-C again leaves at once")

    if threading.current_thread() is not threading.main_thread():
        yield asked.is_set  # only the main thread gets signals
        return
    before = signal.signal(signal.SIGINT, on_signal)
    try:
        yield asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)


def exit_code(outcomes: Iterable[Outcome]) -> ExitCode:
    """All done, or some devices not confirmed."""
    from sekayu_net.journal import DONE

    done = all(outcome.state in DONE for outcome in outcomes)
    return ExitCode.OK if done else ExitCode.INCOMPLETE


def print_result(run: str, outcomes: Mapping[str, Outcome], *, json: bool) -> None:
    """The outcome of a run, on stdout."""
    from sekayu_net.report.terminal import print_outcomes
    from sekayu_net.rollout.engine import tally

    if json:
        hosts = {host: outcome.summary() for host, outcome in outcomes.items()}
        output.result_json({"run_id": run, "hosts": hosts})
        return
    print_outcomes(outcomes.values(), output.console())
    output.result(f"run {run}: {tally(outcome.state for outcome in outcomes.values())}")


def unapproved(project: Project, *, plan: str = "plan", do: str = "deploy") -> None:
    """Refuse at once, before any device is read, what no plan's approval can cover.

    ``plan`` and ``do``: the commands that make such a plan and carry it out.
    """
    if project.settings.approvals > 0:
        raise ApprovalError(
            f"this project wants {project.settings.approvals} approvals of a plan; "
            "nothing was done",
            hint=f"sekayu-net {plan} … --out FILE, sekayu-net approve FILE, "
            f"sekayu-net {do} --plan FILE",
        )


def permitted(project: Project, site: Site, plan: Saved, file: Path) -> None:
    """``PlanFileError`` or ``ApprovalError`` unless this saved plan may be carried out now."""
    from sekayu_net.plan import check_usable

    check_usable(
        plan,
        file,
        project=site.name,
        lab=site.lab,
        hosts=site.district.devices,
        max_age=project.settings.plan_max_age,
        at=datetime.now(UTC),
    )
    site.permit(plan)


def saved_plan(project: Project, site: Site, file: Path) -> Plan:
    """A saved plan that may be carried out now; what changed around it since is told."""
    from sekayu_net.rollout.approval import load_signed
    from sekayu_net.rollout.planning import outdated

    made = load_signed(file)
    permitted(project, site, made, file)
    others = outdated(site, made)
    if others:
        shown = ", ".join(others[:5]) + (" …" if len(others) > 5 else "")
        output.warn(
            f"inventory or templates changed since the plan was made (then "
            f"{made.revision or 'no revision'}, now {site.revision or 'no revision'}): "
            f"{counted(len(others), 'device')} would now be planned otherwise: {shown}. "
            "This plan does what it shows; to have the other, plan again"
        )
    return made


def carry(
    project: Project,
    site: Site,
    journal: Journal,
    made: Plan,
    *,
    selection: str,
    reason: str,
    yes: bool,
    json: bool,
    full: bool = False,
) -> ExitCode:
    """Show a plan, ask, carry it out, tell how it ended: the only way to the devices from here."""
    from sekayu_net.report.progress import progress_on
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.engine import carry_out

    for each in journal.unfinished():
        output.warn(f"run {each.id} of {each.operator} never ended: sekayu-net resume {each.id}")
    changing = made.with_status("change")
    errors = output.console(sys.stderr)
    if json and project.dry:
        output.result_json(made.summary())
    else:
        print_plan(made, errors if json else output.console(), full=full)
    dry.stop(project, planned(made))
    if changing and not output.confirm(
        f"Deploy to {counted(len(changing), 'device')}? Each goes back by itself unless "
        f"confirmed within {made.confirm_within} s.",
        yes=yes,
    ):
        output.progress("nothing was done")
        return ExitCode.PENDING
    progress = progress_on(errors, made)
    try:
        with interruptible() as stopping:
            run, outcomes = carry_out(
                site,
                made,
                journal,
                progress,
                selection=selection,
                reason=reason,
                stopping=stopping,
            )
    finally:
        progress.close()
    keep_confirmed(project, journal, run)
    print_result(run, outcomes, json=json)
    return exit_code(outcomes.values())


def deploy(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Do what this saved plan says, nothing else."),
    ] = None,
    catch_up: Annotated[
        bool,
        typer.Option("--catch-up", help="The devices that were offline in runs before."),
    ] = False,
    yes: Yes = False,
    reason: Reason = "",
    confirm_within: ConfirmWithin = None,
    allow_removals: AllowRemovals = None,
    allow_unguarded: AllowUnguarded = None,
    runner: cluster.NoRunner = cluster.THREADS,
    scheduler: cluster.NoScheduler = None,
    full: who.Full = False,
    json: who.Json = False,
) -> None:
    """Plan, show, ask, then do it wave by wave, every device under its own undo.

    Ends with 0 when every device is confirmed or needed nothing, 4 when some are not.
    """
    from sekayu_net.cli.processes import planning
    from sekayu_net.cli.scope import catching_up, check_gate, described, plan_scope, scope_of
    from sekayu_net.cli.site import operator, site_of
    from sekayu_net.journal import Journal

    cluster.check_runner(runner, scheduler, alone="deploy")
    selection = who.selection(office, host, kind, role, phase, platform)
    named = described(playbook, selection)
    if plan_file is not None and (named or confirm_within or allow_removals or allow_unguarded):
        raise UsageError("a saved plan says all of that itself: say --plan FILE alone")
    if catch_up and (plan_file is not None or described(None, selection)):
        raise UsageError(
            "--catch-up says itself who it is for: name a playbook with it, or nothing"
        )
    can_ask(ctx, yes=yes)
    project = ctx.obj.project()
    if plan_file is None:
        unapproved(project)
    with project.lock(operator()), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        if catch_up:
            waiting = catching_up(site.district, journal, playbook)
            if waiting is None:
                output.result("nobody waits to be caught up")
                raise typer.Exit(ExitCode.OK)
            playbook, selection = waiting
            named = f"{described(playbook, selection)} --catch-up"
        if plan_file is not None:
            made = saved_plan(project, site, plan_file)
            named = made.playbook or f"--plan {plan_file}"
            check_gate(project, site.district, journal, made.playbook)
        else:
            scope = scope_of(project, site.district, playbook, selection, writes=True)
            check_gate(project, site.district, journal, playbook)
            output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
            made = plan_scope(
                project,
                planning(project, site, len(scope.hosts)),
                scope,
                allow_removals=allow_removals or (),
                allow_unguarded=allow_unguarded or (),
                confirm_within=confirm_within,
                reason=reason,
            )
            keep_planned(project, made, "")
        code = carry(
            project,
            site,
            journal,
            made,
            selection=named,
            reason=reason,
            yes=yes,
            json=json,
            full=full,
        )
    raise typer.Exit(code)


def can_ask(ctx: typer.Context, *, yes: bool) -> None:
    """``UsageError`` when a question will come and there is nobody to answer it."""
    if not yes and not ctx.obj.dry and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on", hint="look at it with --dry-run, then say --yes"
        )


def show_open(journal: Journal, runs: Iterable[Run], *, json: bool) -> None:
    """What ``resume`` would ask, and go on with."""
    from sekayu_net.journal import FINAL

    doubt = {run.id: {h.host: h.state for h in journal.hosts(run.id)} for run in runs}
    if json:
        output.result_json({"runs": doubt})
        return
    for run, hosts in doubt.items():
        output.result(f"run {run}:")
        for host, state in hosts.items():
            if state not in FINAL:
                output.result(f"  {host} ({state}) would be asked how it stands")
        output.result("  then its further waves would be opened, unless --no-waves is said")


def resume(
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="That run only; else every open one.")
    ] = None,
    no_waves: Annotated[
        bool,
        typer.Option(
            "--no-waves", help="Only ask the devices that are in doubt; open no further wave."
        ),
    ] = False,
    json: who.Json = False,
) -> None:
    """Ask every device whose state is not known, confirm or let go back; then go on.

    What passes its checks is confirmed, the rest goes back. When no device is in doubt, the waves
    that were not opened are, as their plan says. Ends with 0 when all is done, 4 when not.
    """
    from sekayu_net.cli.site import operator, site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import check_usable
    from sekayu_net.report.progress import progress_on
    from sekayu_net.rollout.resume import Resumed, resume_run

    project = ctx.obj.project()
    with project.lock(operator()), Journal.open(project.journal_path) as journal:
        open_runs = journal.unfinished()
        if run is not None:
            asked = journal.run(run)
            open_runs = tuple(each for each in open_runs if each.id == asked.id)
        if project.dry and open_runs:
            show_open(journal, open_runs, json=json)
            dry.stop(project)
        site = site_of(project)

        def usable(plan: Plan) -> None:
            check_usable(
                plan,
                Path(project.journal_path.name),
                project=site.name,
                lab=site.lab,
                hosts=site.district.devices,
                max_age=project.settings.plan_max_age,
                at=datetime.now(UTC),
            )

        ended: dict[str, Resumed] = {}
        with interruptible() as stopping:
            for each in reversed(open_runs):
                progress = progress_on(output.console(sys.stderr))
                try:
                    ended[each.id] = resume_run(
                        site,
                        journal,
                        each,
                        progress,
                        usable=usable,
                        going_on=not no_waves,
                        stopping=stopping,
                    )
                finally:
                    progress.close()
                keep_confirmed(project, journal, each.id)
    outcomes = {host: outcome for each in ended.values() for host, outcome in each.outcomes.items()}
    if json or outcomes:
        print_result(", ".join(ended), outcomes, json=json)
    else:
        output.result("nothing to resume: every run has ended")
    for name, resumed in ended.items():
        if resumed.left is not None:
            output.progress(f"run {name}: its waves were not all opened: {resumed.left}")
    code = exit_code(outcomes.values())
    if any(each.left is not None for each in ended.values()):
        code = output.combine([code, ExitCode.INCOMPLETE])
    raise typer.Exit(code)
