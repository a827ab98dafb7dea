"""``upgrade``: another version for devices, from a folder of packages."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import PlaybookName
from sekayu_net.errors import ProjectError, UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device, District
    from sekayu_net.plan import Running
    from sekayu_net.project import Project
    from sekayu_net.rollout.upgrade import Step


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
    output.table(("group", "device", "from", "to", "what"), rows)
    for step in steps:
        for name in step.files:
            output.result(f"  {step.host}: {name}")
        for gone in step.lost:
            output.result(f"  {step.host}: version {step.after} can't say {gone}: it will be gone")
    if any(step.files for step in steps):
        output.result(f"{NO_UNDO}.")
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
            help="Begin no device outside of it: 'mon-fri 21:00-05:00' (repeatable).",
        ),
    ] = None,
    patience: Annotated[
        int,
        typer.Option(
            "--patience",
            metavar="SECONDS",
            min=30,
            max=7200,
            help="How long a device may take to come back.",
        ),
    ] = 900,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: who.Json = False,
) -> None:
    """Give devices another version: copied first, one of each kind before its like, no undo.

    The packages come from a folder, under the names of their maker, and are proven by SHA256SUMS.
    After the restart the version, the boot loader, the packages, the configuration (under its new
    names), the checks of the playbook and everyone behind the device must be in order; else the run
    stops. Run it again after a crash: nothing is done twice. Ends like deploy; with --dry-run 3
    when there is something to do.
    """
    from sekayu_net.cli.deploy import exit_code, interruptible, print_result
    from sekayu_net.cli.scope import described, scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.errors import SekayuError
    from sekayu_net.journal import Journal
    from sekayu_net.packages import PackageFolder
    from sekayu_net.report.progress import progress_on
    from sekayu_net.rollout.upgrade import order
    from sekayu_net.rollout.upgrading import UpgradeRun, Wanted, broken_off, survey

    if not (yes or dry_run or sys.stdin.isatty()):
        raise UsageError("there is no terminal to ask on", hint="look at --dry-run, then say --yes")
    project = ctx.obj.project()
    if project.settings.approvals > 0 and not dry_run:
        raise ProjectError(
            f"this project wants {project.settings.approvals} approvals, and an upgrade has no "
            "plan that could be signed: nothing was done",
            hint="look at --dry-run together, then set approvals = 0 in sekayu.toml for it",
        )
    selection = who.selection(office, host, kind, role, phase, platform)
    with project.lock(), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        scope = scope_of(project, site.district, playbook, selection, writes=True)
        versions = goals(project, site.district, scope.hosts, to)
        zone = site.district.services.timezone
        wanted = Wanted(
            folder=PackageFolder.open(packages),
            driver=lambda device, version: site.driver(replace(device, version=version)),
            backup=lambda device, running: keep_copy(project, device, running),
            arrived=project.keep_version,
            checks=tuple(scope.playbook.checks) if scope.playbook else (),
            back=downgrade,
            selection=described(playbook, selection),
            patience=float(patience),
            shut=lambda: closed(tuple(window or ()), zone),
            told=output.progress,
        )
        output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
        steps = survey(site, journal, versions, wanted)
        groups = order(site.district, steps)
        if dry_run:
            if json:
                output.result_json({"hosts": {step.host: entry(step) for step in steps}})
            else:
                show(steps, groups)
            raise typer.Exit(dry_code(steps))
        if not json:
            show(steps, groups)
        wait = wanted.shut()
        if groups and wait is not None:
            raise UsageError(f"nothing was done: {wait}", hint="run it again then")
        if groups and not output.confirm(
            f"Upgrade {counted(sum(map(len, groups)), 'device')}? Each restarts, and what hangs on "
            "it is cut off meanwhile.",
            yes=yes,
        ):
            output.progress("nothing was done")
            raise typer.Exit(ExitCode.PENDING)
        progress = progress_on(output.console(sys.stderr))
        try:
            with interruptible() as stopping:
                run = UpgradeRun(site, steps, journal, progress, replace(wanted, stopping=stopping))
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
