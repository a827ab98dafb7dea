"""``audit``: read every device, compare, keep what was read, report."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from tempfile import gettempdir
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import cluster, dry, output, who
from sekayu_net.cli.keeping import keep
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import AllowRemovals, AllowUnguarded, ConfirmWithin, PlaybookName
from sekayu_net.errors import UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.audit import HostAudit, Severity
    from sekayu_net.journal import Journal
    from sekayu_net.plan import PlannedWave
    from sekayu_net.project import Project
    from sekayu_net.rollout.judging import State
    from sekayu_net.rollout.site import Site
    from sekayu_net.rollout.taking import Taking


def exit_code(audits: Iterable[HostAudit], fail_on: Severity | None = None) -> ExitCode:
    """Drift or pending changes, broken rules that count, devices that were not read; or clean."""
    from sekayu_net.audit import breaks

    codes = [ExitCode.OK]
    for each in audits:
        if each.status in {"unreachable", "error"}:
            codes.append(ExitCode.INCOMPLETE)
        elif each.status != "clean":
            codes.append(ExitCode.PENDING)
        if fail_on is not None and breaks(each, fail_on):
            codes.append(ExitCode.PENDING)
    return output.combine(codes)


def look(
    project: Project,
    site: Site,
    taking: Taking,
    journal: Journal,
    hosts: Sequence[str],
    *,
    try_defaults: bool,
    states: bool,
) -> None:
    """Read these devices, judge each as it is read, keep what stays of it, record what was found.

    ``states``: whether those of devices with drift are kept.
    """
    from sekayu_net.cli import processes

    output.progress(f"reading {counted(len(hosts), 'device')} …")
    job = processes.Judging(try_defaults, states)
    count = 1 if site.runner else processes.how_many(len(hosts), processes.AUDITED)
    if count > 1:
        processes.share_out(project, site, hosts, count, job, taking.take)
    else:
        job.judge(project, site, journal, hosts, taking.take)
    taking.close()


def audit(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    report: Annotated[
        list[Path] | None,
        typer.Option(
            "--report", metavar="FILE", help="Write a report: .html .json .xml (JUnit) .md"
        ),
    ] = None,
    fail_on: Annotated[
        str | None,
        typer.Option(
            "--fail-on",
            metavar="SEVERITY",
            help="End with 3 for a broken rule from here on: info minor major critical.",
        ),
    ] = None,
    try_defaults: Annotated[
        bool,
        typer.Option("--try-defaults", help="Try the factory login on each device, once."),
    ] = False,
    fix: Annotated[
        bool, typer.Option("--fix", help="Then plan the drift alone, show, ask, put it back.")
    ] = False,
    accept: Annotated[
        bool,
        typer.Option("--accept", help="Then ask, and take the drift for good: it is known now."),
    ] = False,
    yes: Annotated[
        bool, typer.Option("--yes", "-y", help="With --fix or --accept: don't ask.")
    ] = False,
    confirm_within: ConfirmWithin = None,
    allow_removals: AllowRemovals = None,
    allow_unguarded: AllowUnguarded = None,
    runner: cluster.RunnerName = cluster.THREADS,
    scheduler: cluster.Scheduler = None,
    full: who.Full = False,
    json: who.Json = False,
) -> None:
    """Compare the devices with what they were left saying, and with what they should say now.

    Drift: someone changed the device. Pending: someone changed the templates. Rules are on what no
    device may say. Ends with 0 when all is clean, 3 when something was found, 4 when a device
    could not be read.
    """
    from sekayu_net.archive import Origin
    from sekayu_net.audit import summary
    from sekayu_net.cli.scope import described, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.journal import Journal
    from sekayu_net.plan import now
    from sekayu_net.report.around import around_of
    from sekayu_net.report.files import form_of
    from sekayu_net.report.terminal import print_audit
    from sekayu_net.rollout.taking import Taking

    forms = {path: form_of(path) for path in report or ()}
    limit = severity_of(fail_on)
    check_words(ctx, fix, accept, yes, only_fix=(confirm_within, allow_removals, allow_unguarded))
    alone = "--fix" if fix else "--try-defaults" if try_defaults else None
    cluster.check_runner(runner, scheduler, alone=alone)
    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    with ExitStack() as stack:
        if fix or accept:
            stack.enter_context(project.lock())
        journal = stack.enter_context(Journal.open(project.journal_path))
        scope = scope_of(project, project.district(), playbook, selection, writes=False)
        site = stack.enter_context(cluster.spread(project, site_of(project), runner, scheduler))
        run = journal.begin(
            "audit",
            operator=site.operator,
            playbook=playbook,
            selection=described(playbook, selection),
        )
        folder = Path(gettempdir()) if project.dry else project.archive_path.parent
        taking = stack.enter_context(Taking(journal, run, scope.hosts, folder))
        look(project, site, taking, journal, scope.hosts, try_defaults=try_defaults, states=accept)
        audits = taking.audits
        code = exit_code(audits.values(), limit)
        journal.end(run, code.name.lower())
        keep(project, taking.texts, f"read by audit {run}", Origin(run, "audit", site.operator))
        around = around_of(site.district.name, site.district, journal) if forms else None
        for path, form in forms.items():
            if project.dry:
                continue
            path.write_text(form(run, now(), audits, around), encoding="utf-8")
            output.progress(f"report: {path}")
        document = summary(run, audits) if json else {}
        if not json:
            print_audit(audits, output.console(), full=full)
        if fix:
            code, document["fix"] = put_back(
                project, site, journal, scope.waves, audits, limit, yes=yes, json=json,
                confirm_within=confirm_within, allow_removals=allow_removals or (),
                allow_unguarded=allow_unguarded or (),
            )  # fmt: skip
        elif accept and take_for_good(project, journal, taking.states, yes=yes):
            output.progress("taken for good; what is pending stays pending")
            code = exit_code(map(without_drift, audits.values()), limit)
    if json:
        output.result_json(document)
    dry.stop(project, code)
    raise typer.Exit(code)


def severity_of(word: str | None) -> Severity | None:
    """The severity that a word names; ``UsageError`` for another word."""
    from sekayu_net.audit import SEVERITIES

    for severity in SEVERITIES:
        if word == severity:
            return severity
    if word is None:
        return None
    raise UsageError(f"no severity is called {word!r}", hint=f"one of {', '.join(SEVERITIES)}")


def check_words(
    ctx: typer.Context, fix: bool, accept: bool, yes: bool, only_fix: Iterable[object]
) -> None:
    """``UsageError`` for words that say nothing together, or a question nobody can answer."""
    if fix and accept:
        raise UsageError("--fix puts drift back, --accept keeps it", hint="say one of them")
    if not fix and any(only_fix):
        raise UsageError("--confirm-within and --allow-… are about --fix", hint="leave them")
    if yes and not (fix or accept):
        raise UsageError("--yes is about --fix and --accept", hint="leave it")
    if (fix or accept) and not yes and not ctx.obj.dry and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on",
            hint="look at sekayu-net audit first, then say --yes as well",
        )


def take_for_good(
    project: Project, journal: Journal, states: Mapping[str, State], *, yes: bool
) -> bool:
    """Make what the devices with drift say now the base of later audits; whether that was done."""
    from sekayu_net.rollout.unaccepted import keep as keep_base

    if not states:
        output.progress("no drift that could be accepted")
        return False
    if project.dry:
        for name in states:
            output.progress(f"the drift of {name} would be taken for good")
        return False
    if not output.confirm(
        f"Take the drift of {counted(len(states), 'device')} for good? No later audit tells of it.",
        yes=yes,
    ):
        output.progress("nothing was done")
        return False
    for name, state in states.items():
        if not journal.accept(
            name, fingerprint=state.fingerprint, config=state.config, beyond=state.beyond
        ):
            output.warn(f"{name}: this project never deployed it: deploy it first")
        keep_base(journal, name, None)
    return True


def without_drift(audit: HostAudit) -> HostAudit:
    """What is left of an audit once its drift is known; drift of ours is then pending."""
    from sekayu_net.audit import status_of

    kept = [each for each in audit.findings if each.cause != "drift"]
    kept += [
        replace(each, cause="pending")
        for each in audit.findings
        if each.cause == "drift" and each.owned
    ]
    read = audit.status not in {"unreachable", "error"}
    return replace(audit, findings=tuple(kept), status=status_of(kept) if read else audit.status)


def put_back(
    project: Project,
    site: Site,
    journal: Journal,
    waves: Sequence[PlannedWave],
    audits: Mapping[str, HostAudit],
    limit: Severity | None,
    *,
    yes: bool,
    json: bool,
    confirm_within: int | None,
    allow_removals: Sequence[str],
    allow_unguarded: Sequence[str],
) -> tuple[ExitCode, dict[str, Any] | None]:
    """Put the drift back; how the whole ends, and what was done, as JSON says it."""
    from sekayu_net.cli import deploy, fix

    confirmed = journal.confirmed()
    hosts = fix.fixable(audits, confirmed)
    left = fix.left_over(audits, hosts)
    if left:
        output.progress(
            f"{counted(left, 'finding')} a plan of the drift does not touch: pending changes, "
            "menus that are not ours, accounts, keys, files"
        )
    if not hosts:
        output.progress("no drift that a plan could put back")
        return exit_code(audits.values(), limit), None
    made = fix.plan_of_drift(
        project, site, hosts, waves, confirmed, confirm_within=confirm_within,
        allow_removals=allow_removals, allow_unguarded=allow_unguarded,
    )  # fmt: skip
    done = fix.deploy_fix(project, site, journal, made, yes=yes, json=json)
    if done is None:
        return exit_code(audits.values(), limit), None
    run, outcomes = done
    if not json:
        deploy.print_result(run, outcomes, json=False)
    rest = (each for name, each in audits.items() if name not in outcomes)
    codes = [deploy.exit_code(outcomes.values()), exit_code(rest, limit)]
    codes.append(ExitCode.PENDING if left else ExitCode.OK)
    told = {name: outcome.summary() for name, outcome in outcomes.items()}
    return output.combine(codes), {"run_id": run, "hosts": told}
