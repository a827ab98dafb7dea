"""``restore``: an earlier configuration of a device as a plan, then the guarded way."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.keeping import keep_planned
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import ConfirmWithin
from sekayu_net.errors import SecretError, UsageError

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.plan import Plan
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import Site

#: Where the private key is looked for that opens encrypted copies.
VARIABLE = "SEKAYU_AGE_IDENTITY"


def wanted(
    project: Project, site: Site, device: Device, source: str, identity: Path | None
) -> tuple[str, str]:
    """The masked text that ``source`` stands for, and what to call it."""
    from sekayu_net.archive import REVISION, Archive, configuration
    from sekayu_net.backups import read_identities
    from sekayu_net.rollout.restoring import masked, read_text

    if REVISION.fullmatch(source):
        text = configuration(Archive(project.archive_path).show(device.name, source))
        return text, f"revision {source}"
    file = Path(source)

    def identities() -> tuple[object, ...]:
        named = identity or (Path(os.environ[VARIABLE]) if os.environ.get(VARIABLE) else None)
        if named is None:
            raise UsageError(
                f"{file} is encrypted, and no key to open it is named",
                hint=f"say --identity KEYFILE, or set {VARIABLE}",
            )
        return read_identities(named)

    return masked(site, device, read_text(file, device.name, identities), file=file), str(file)


def made(
    project: Project,
    site: Site,
    device: Device,
    *,
    allow_removals: bool,
    allow_unguarded: bool,
    confirm_within: int | None,
) -> Plan:
    """The plan for one device of a site that says what the device should be."""
    from sekayu_net.plan import Limits, PlannedWave
    from sekayu_net.rollout.planning import make_plan

    host = frozenset((device.name,))
    none: frozenset[str] = frozenset()
    limits = Limits(
        project.settings.max_removals,
        host if allow_removals else none,
        host if allow_unguarded else none,
    )
    window = confirm_within or project.settings.confirm_within
    wave = PlannedWave("restore", (device.name,))
    return make_plan(site, (wave,), limits=limits, confirm_within=window)


def restore(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The device.")],
    source: Annotated[
        str,
        typer.Argument(
            metavar="REV|FILE", help="A revision (history HOST), a backup or a text file."
        ),
    ],
    whole: Annotated[
        bool,
        typer.Option("--whole", help="Also what the project does not own: nothing else remains."),
    ] = False,
    identity: Annotated[
        Path | None,
        typer.Option("--identity", metavar="KEYFILE", help="The age or ssh key of the backup."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Save the plan, deploy nothing.")
    ] = None,
    allow_removals: Annotated[
        bool, typer.Option("--allow-removals", help="It may lose more items than the limit.")
    ] = False,
    allow_unguarded: Annotated[
        bool, typer.Option("--allow-unguarded", help="It may be changed without a full undo.")
    ] = False,
    confirm_within: ConfirmWithin = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    json: who.Json = False,
) -> None:
    """Bring a device back to an earlier configuration, shown first and under the device's undo.

    What the project owns goes back; what others put beside it stays, unless --whole is said. Users,
    keys, certificates and files are in no configuration and are not restored. The secrets of that
    time are put back from the secret store. The templates still say what they say: the next plan
    would undo this, so change them too. Ends like deploy.
    """
    from sekayu_net.cli.deploy import deploy
    from sekayu_net.cli.site import site_of
    from sekayu_net.inventory.selection import Selection, select
    from sekayu_net.plan import now, save
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.restoring import lacking, site_for

    if out is None and not yes and not ctx.obj.dry and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on", hint="look at it with --dry-run, then say --yes"
        )
    project = ctx.obj.project()
    (device,) = select(project.district(), Selection(host=(host,)))
    site = site_of(project)
    text, called = wanted(project, site, device, source, identity)
    for gone in site.platform(device).check(text, device.version):
        output.warn(f"{called}: version {device.version} has no {gone}")
    output.progress(f"reading {device.name} …")
    plan = made(
        project,
        site_for(site, device, text, whole=whole),
        device,
        allow_removals=allow_removals,
        allow_unguarded=allow_unguarded,
        confirm_within=confirm_within,
    )
    keep_planned(project, plan, "")
    missing = lacking(site, plan.hosts[device.name])
    if missing:
        raise SecretError(
            f"{called} has secrets that the store never had; nothing was done:\n"
            + "\n".join(f"  {line}" for line in missing),
            hint="take an encrypted backup of that time (it brings its secrets), or set them anew "
            "in the templates",
        )
    stamp = "".join(c for c in now()[:19] if c.isdigit())
    file = out or project.plans / f"restore-{device.name}-{stamp}.plan"
    if not project.dry:
        save(plan, file)
        if out is None:
            deploy(ctx, plan_file=file, yes=yes, json=json)
            return
        output.progress(f"saved: {file} (sekayu-net deploy --plan {file})")
    if json:
        output.result_json(plan.summary())
    else:
        print_plan(plan, output.console())
    pending, done = plan.with_status("change"), plan.with_status("unchanged")
    code = ExitCode.PENDING if pending else ExitCode.OK if done else ExitCode.INCOMPLETE
    dry.stop(project, code)
    raise typer.Exit(code)
