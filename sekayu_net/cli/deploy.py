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

from sekayu_net.cli import output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import AllowRemovals, AllowUnguarded, ConfirmWithin, PlaybookName
from sekayu_net.errors import ProjectError, SekayuError, UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.journal import Journal
    from sekayu_net.project import Project
    from sekayu_net.rollout.device import Outcome


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


def archive_confirmed(project: Project, journal: Journal, run: str) -> None:
    """Keep what this run confirmed in the archive; a failing archive fails no deployment."""
    from sekayu_net.archive import Archive

    texts = {host: kept.config for host, kept in journal.confirmed().items() if kept.run == run}
    try:
        Archive(project.archive_path).store(texts, f"deployed by run {run}")
    except (SekayuError, OSError) as error:
        output.warn(f"the archive was not updated: {error}")


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
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    confirm_within: ConfirmWithin = None,
    allow_removals: AllowRemovals = None,
    allow_unguarded: AllowUnguarded = None,
    json: who.Json = False,
) -> None:
    """Plan, show, ask, then do it wave by wave, every device under its own undo.

    Ends with 0 when every device is confirmed or needed nothing, 4 when some are not.
    """
    from sekayu_net.cli.scope import catching_up, check_gate, described, plan_scope, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import check_usable, load
    from sekayu_net.report.progress import progress_on
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.engine import carry_out

    selection = who.selection(office, host, kind, role, phase, platform)
    named = described(playbook, selection)
    if plan_file is not None and (named or confirm_within or allow_removals or allow_unguarded):
        raise UsageError("a saved plan says all of that itself: say --plan FILE alone")
    if catch_up and (plan_file is not None or described(None, selection)):
        raise UsageError(
            "--catch-up says itself who it is for: name a playbook with it, or nothing"
        )
    if not yes and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on", hint="look at sekayu-net plan, then say --yes"
        )
    project = ctx.obj.project()
    if project.settings.approvals > 0:
        raise ProjectError(
            f"this project wants {project.settings.approvals} approvals of a plan, "
            "and this version can't check signatures: nothing was done",
            hint="set approvals = 0 in sekayu.toml if that is meant",
        )
    with project.lock(), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        if catch_up:
            waiting = catching_up(site.district, journal, playbook)
            if waiting is None:
                output.result("nobody waits to be caught up")
                raise typer.Exit(ExitCode.OK)
            playbook, selection = waiting
            named = f"{described(playbook, selection)} --catch-up"
        if plan_file is not None:
            made = load(plan_file)
            check_usable(
                made,
                plan_file,
                project=site.name,
                lab=site.lab,
                hosts=site.district.devices,
                max_age=project.settings.plan_max_age,
                at=datetime.now(UTC),
            )
            check_gate(project, site.district, journal, made.playbook)
        else:
            scope = scope_of(project, site.district, playbook, selection, writes=True)
            check_gate(project, site.district, journal, playbook)
            output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
            made = plan_scope(
                project,
                site,
                scope,
                allow_removals=allow_removals or (),
                allow_unguarded=allow_unguarded or (),
                confirm_within=confirm_within,
            )
        changing = made.with_status("change")
        errors = output.console(sys.stderr)
        print_plan(made, errors if json else output.console())
        if changing and not output.confirm(
            f"Deploy to {counted(len(changing), 'device')}? Each goes back by itself unless "
            f"confirmed within {made.confirm_within} s.",
            yes=yes,
        ):
            output.progress("nothing was done")
            raise typer.Exit(ExitCode.PENDING)
        progress = progress_on(errors, made)
        try:
            with interruptible() as stopping:
                run, outcomes = carry_out(
                    site, made, journal, progress, selection=named, stopping=stopping
                )
        finally:
            progress.close()
        archive_confirmed(project, journal, run)
    print_result(run, outcomes, json=json)
    raise typer.Exit(exit_code(outcomes.values()))


def resume(
    ctx: typer.Context,
    run: Annotated[
        str | None, typer.Argument(metavar="[RUN]", help="That run only; else every open one.")
    ] = None,
    json: who.Json = False,
) -> None:
    """Ask every device whose state is not known, confirm or let go back, and end the run.

    Ends with 0 when every device it asked is done, 4 when some are not.
    """
    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.report.progress import progress_on
    from sekayu_net.rollout.resume import Resumption

    project = ctx.obj.project()
    with project.lock(), Journal.open(project.journal_path) as journal:
        open_runs = journal.unfinished()
        if run is not None:
            asked = journal.run(run)
            open_runs = tuple(each for each in open_runs if each.id == asked.id)
        ended: dict[str, Mapping[str, Outcome]] = {}
        for each in reversed(open_runs):
            progress = progress_on(output.console(sys.stderr))
            try:
                resumption = Resumption(site_of(project), journal, each, progress)
                ended[each.id] = resumption.execute()
            finally:
                progress.close()
            archive_confirmed(project, journal, each.id)
    outcomes = {host: outcome for hosts in ended.values() for host, outcome in hosts.items()}
    if json or outcomes:
        print_result(", ".join(ended), outcomes, json=json)
    else:
        output.result("nothing to resume: every run has ended")
    if outcomes and not json:
        output.result("the waves that were not opened: plan and deploy again")
    raise typer.Exit(exit_code(outcomes.values()))
