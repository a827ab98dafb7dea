"""``upgrade``: another version for devices, from a folder of packages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.deploy import permitted, unapproved
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import PlaybookName, Reason
from sekayu_net.errors import PlaybookError, UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device, District
    from sekayu_net.journal import Journal
    from sekayu_net.plan import Running
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import Site
    from sekayu_net.rollout.upgrade import Step
    from sekayu_net.rollout.upgrade_plan import UpgradePlan

#: Seconds that a device may take to come back, unless the command line says otherwise.
DEFAULT_PATIENCE = 900


def goals(
    project: Project, district: District, hosts: Sequence[str], to: str | None
) -> dict[str, str]:
    """Which version each device is to run; ``UsageError`` where nobody said, or none checked it."""
    from sekayu_net.inventory.offices import checked_files

    platforms = checked_files(project.inventory).models.platforms
    found: dict[str, str] = {}
    for host in hosts:
        device = district.devices[host]
        version = to or device.model.firmware
        if version is None:
            raise UsageError(
                f"nobody says which version {host} ({device.model.name}) should run",
                hint="say --to VERSION, or give the model `firmware:` in inventory/models.yaml",
            )
        known = platforms[device.platform].versions
        if version not in known:
            raise UsageError(
                f"the templates were not checked for version {version}, only for "
                f"{', '.join(known)}",
                hint=f"check them, then add it to platforms.{device.platform}.versions in "
                "inventory/models.yaml",
            )
        found[host] = version
    return found


def entry(step: Step) -> dict[str, Any]:
    """A device's entry in ``upgrade --dry-run --json``."""
    status = (
        "upgrade"
        if step.due
        else "unreachable"
        if step.unreachable
        else "refused"
        if step.refusal
        else "unchanged"
    )
    return {
        "status": status,
        "reason": step.refusal or None,
        "from": step.before,
        "to": step.after,
        "downgrade": step.back,
        "packages": list(step.files),
        "bytes": step.size,
        "boot_loader": step.boot,
        "lost": list(step.lost),
        "undo": "none",
    }


def show(steps: Sequence[Step], groups: Sequence[Sequence[str]]) -> None:
    """What would be done, for a person."""
    from sekayu_net.rollout.upgrade import NO_UNDO

    place = {host: str(n) for n, group in enumerate(groups, 1) for host in group}
    rows = []
    for step in steps:
        what = step.refusal or "nothing to do"
        if step.due:
            said = [
                f"{step.size / (1 << 20):.1f} MiB" if step.files else "",
                "the boot loader" if step.boot else "",
                "see it through" if step.again else "",
            ]
            what = ", ".join(word for word in said if word)
        rows.append((place.get(step.host, "-"), step.host, step.before, step.after, what))
    output.table(("group", "device", "from", "to", "what"), rows, told=("what",))
    for step in steps:
        for name in step.files:
            output.result(f"  {step.host}: {name}")
        for gone in step.lost:
            output.result(f"  {step.host}: version {step.after} can't say {gone}: it will be gone")
    if any(step.files for step in steps):
        output.result(NO_UNDO)
        back = [step.host for step in steps if step.files and not step.back]
        if back:
            output.result(
                "The way back is the older packages and upgrade --downgrade --to VERSION: a second "
                "restart, and no promise."
            )


def upgrade(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    packages: Annotated[
        Path,
        typer.Option(metavar="DIR", help="The folder of packages, with their SHA256SUMS."),
    ] = Path("packages"),
    to: Annotated[
        str | None,
        typer.Option("--to", metavar="VERSION", help="This version; else what models.yaml says."),
    ] = None,
    downgrade: Annotated[
        bool, typer.Option("--downgrade", help="An older version is meant.")
    ] = False,
    window: Annotated[
        list[str] | None,
        typer.Option(
            "--window",
            metavar="'DAYS HH:MM-HH:MM'",
            help="Begin no device outside of it, nor outside those of the playbook or the "
            "project: 'mon-fri 21:00-05:00' (repeatable).",
        ),
    ] = None,
    patience: Annotated[
        int | None,
        typer.Option(
            "--patience",
            metavar="SECONDS",
            min=30,
            max=7200,
            help="How long a device may take to come back (900 without).",
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Save what would be done, and do nothing."),
    ] = None,
    plan_file: Annotated[
        Path | None,
        typer.Option("--plan", metavar="FILE", help="Do what this saved plan says, nothing else."),
    ] = None,
    reason: Reason = "",
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: who.Json = False,
) -> None:
    """Give devices another version: copied first, one of each kind before its like, no undo.

    The packages come from a folder, under the names of their maker, and are proven by SHA256SUMS.
    After the restart the version, the boot loader, the packages, the configuration (under its new
    names), the checks of the playbook and everyone behind the device must be in order; else the run
    stops. Run it again after a crash: nothing is done twice. Ends like deploy; with --dry-run or
    --out 3 when there is something to do.
    """
    from sekayu_net.cli.deploy import exit_code, interruptible, print_result
    from sekayu_net.cli.scope import described, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.errors import SekayuError
    from sekayu_net.journal import Journal
    from sekayu_net.packages import PackageFolder
    from sekayu_net.plan import now
    from sekayu_net.report.progress import progress_on
    from sekayu_net.rollout import upgrade_plan
    from sekayu_net.rollout.playbook import pace_of
    from sekayu_net.rollout.upgrade import order
    from sekayu_net.rollout.upgrading import UpgradeRun, Wanted, broken_off, survey

    selection = who.selection(office, host, kind, role, phase, platform)
    named = described(playbook, selection)
    look_only = ctx.obj.dry or out is not None
    chosen = (named, to, downgrade, window, patience, look_only, reason)
    if plan_file is not None and any(chosen):
        raise UsageError("a saved plan says all of that itself: say --plan FILE alone")
    if not (yes or look_only or sys.stdin.isatty()):
        raise UsageError("there is no terminal to ask on", hint="look at --dry-run, then say --yes")
    closed(tuple(window or ()), "UTC")  # what is no window is told before anything is read
    project = ctx.obj.project()
    if plan_file is None and not look_only:
        unapproved(project, plan="upgrade", do="upgrade")
    with project.lock(), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        folder = PackageFolder.open(packages)
        if plan_file is not None:
            made = upgrade_plan.load_signed(plan_file)
            permitted(project, site, made, plan_file)
            upgrade_plan.check_packages(made, folder)
            versions = {step.host: step.after for step in made.steps}
        else:
            scope = scope_of(project, site.district, playbook, selection, writes=True)
            versions = goals(project, site.district, scope.hosts, to)
            made = upgrade_plan.UpgradePlan(
                created=now(),
                author=site.operator,
                project=site.name,
                lab=site.lab,
                revision=site.revision,
                playbook=playbook,
                selection=named,
                checks=tuple(scope.playbook.checks) if scope.playbook else (),
                windows=pace_of(scope.playbook, 1, project.settings.rollout.windows).windows,
                narrowed=tuple(window or ()),
                patience=patience or DEFAULT_PATIENCE,
                back=downgrade,
                reason=reason,
            )
        zone = site.district.services.timezone
        check_gate(project, site, journal, made.playbook, look_only=look_only)
        wanted = Wanted(
            folder=folder,
            driver=lambda device, version: site.driver(replace(device, version=version)),
            backup=lambda device, running: keep_copy(project, device, running),
            arrived=project.keep_version,
            back=made.back,
            patience=float(made.patience),
            shut=lambda: closed(made.windows, zone) or closed(made.narrowed, zone),
            told=output.progress,
        )
        output.progress(f"reading {counted(len(versions), 'device')} …")
        steps = survey(site, journal, versions, wanted)
        if plan_file is not None:
            steps = upgrade_plan.settled(made, steps)
        else:
            made = replace(made, steps=steps, sums=upgrade_plan.sums_of(steps, folder))
        groups = order(site.district, steps)
        if look_only:
            raise typer.Exit(looked(project, made, groups, out, json=json))
        if not json:
            show(steps, groups)
        if groups:
            may_begin(groups, wanted.shut(), yes=yes)
        progress = progress_on(output.console(sys.stderr))
        try:
            with interruptible() as stopping:
                run = UpgradeRun(
                    site, made, steps, journal, progress, replace(wanted, stopping=stopping)
                )
                try:
                    outcomes = run.execute()
                except SekayuError as error:
                    broken_off(journal, run.run, error)
                    raise
        finally:
            progress.close()
    for name, news in run.news.items():
        for each in news:
            output.progress(f"{name}: new with this version: {each}")
    print_result(run.run, outcomes, json=json)
    raise typer.Exit(exit_code(outcomes.values()))


def check_gate(
    project: Project, site: Site, journal: Journal, playbook: str | None, *, look_only: bool
) -> None:
    """``PlaybookError`` while the playbook's gate is closed; who only looks is told."""
    from sekayu_net.cli.scope import check_required, tell_waivers

    try:
        waivers = check_required(project, site.district, journal, playbook)
    except PlaybookError as error:
        if not look_only:
            raise
        output.warn(f"this upgrade is refused for now: {error}")
    else:
        if not look_only:
            tell_waivers(journal, waivers)


def may_begin(groups: Sequence[Sequence[str]], wait: str | None, *, yes: bool) -> None:
    """Leave unless a window is open (``wait``: why none is) and the person agrees."""
    if wait is not None:
        raise PlaybookError(f"nothing was done: {wait}", hint="run it again then")
    if not output.confirm(
        f"Upgrade {counted(sum(map(len, groups)), 'device')}? Each restarts, and what hangs on "
        "it is cut off meanwhile.",
        yes=yes,
    ):
        output.progress("nothing was done")
        raise typer.Exit(ExitCode.PENDING)


def looked(
    project: Project,
    made: UpgradePlan,
    groups: Sequence[Sequence[str]],
    out: Path | None,
    *,
    json: bool,
) -> ExitCode:
    """Show what would be done, and save it where that was asked; what the command ends with."""
    from sekayu_net.rollout.upgrade_plan import save

    if out is not None and not project.dry:
        save(made, out)
        output.progress(f"saved: {out} ({next_step(out, project.settings.approvals)})")
    if json:
        output.result_json(summary(made))
    else:
        show(made.steps, groups)
    code = dry_code(made.steps)
    dry.stop(project, code)
    return code


def next_step(file: Path, approvals: int) -> str:
    """What to do with a plan that was saved."""
    if approvals:
        return f"sekayu-net approve {file}, by {counted(approvals, 'technician')}"
    return f"sekayu-net upgrade --plan {file}"


def summary(made: UpgradePlan) -> dict[str, Any]:
    """What ``upgrade --dry-run --json``, and ``show --json`` of its plan, print."""
    return {"plan_id": made.plan_id, "hosts": {step.host: entry(step) for step in made.steps}}


def told(made: UpgradePlan) -> list[str]:
    """Where the plan of an upgrade comes from and when it may begin, a line each."""
    world = "the lab" if made.lab else "real devices"
    lines = [
        f"plan {made.plan_id}, of an upgrade",
        f"made {made.created} by {made.author} for {world}, project {made.project}",
        f"revision {made.revision or 'unknown'}, for {made.selection}",
    ]
    if made.windows or made.narrowed:
        words = " and ".join(", ".join(each) for each in (made.windows, made.narrowed) if each)
        lines.append(f"begins a device only {words}")
    if made.reason:
        lines.append(f"reason: {made.reason}")
    return [*lines, *(f"{sum_}  {name}" for name, sum_ in made.sums.items())]


def show_saved(made: UpgradePlan, district: District | None = None) -> None:
    """A saved plan again; with its groups where the district is known."""
    from sekayu_net.rollout.upgrade import order

    output.result("\n".join(told(made)) + "\n")
    show(made.steps, order(district, made.steps) if district else ())


def closed(windows: tuple[str, ...], zone: str) -> str | None:
    """Why nothing may begin now; ``UsageError`` for what is no window."""
    from sekayu_net.rollout.windows import shut

    try:
        return shut(windows, zone, datetime.now(UTC))
    except ValueError as error:
        raise UsageError(f"--window: {error}") from None


def dry_code(steps: Sequence[Step]) -> ExitCode:
    """What ``--dry-run`` ends with."""
    if any(step.refusal for step in steps):
        return ExitCode.INCOMPLETE
    return ExitCode.PENDING if any(step.due for step in steps) else ExitCode.OK


def keep_copy(project: Project, device: Device, running: Running) -> None:
    """What the device says now: into the history, and encrypted where there are recipients."""
    from sekayu_net.archive import Archive, Origin, document
    from sekayu_net.backups import Copy, Vault
    from sekayu_net.cli.site import operator
    from sekayu_net.plan import now
    from sekayu_net.platforms.registry import platform

    Archive(project.archive_path).store(
        {device.name: document(running)},
        f"{device.name}: before its upgrade",
        origin=Origin("", "upgrade", operator()),
    )
    recipients = project.settings.backup.recipients
    if not recipients:
        return
    vault = Vault(project.backups, recipients)
    if vault.has(device.name, running.fingerprint):
        return
    store = project.secrets()
    vault.store(
        Copy(
            host=device.name,
            time=now(),
            serial=running.reading.serial,
            version=running.reading.version,
            fingerprint=running.fingerprint,
            config=platform(device.platform).reveal(running.canonical, store.unseal),
        )
    )
