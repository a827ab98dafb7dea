"""``qualify HOST``: try the undo on a spare device, and keep what came of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import UsageError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device, District
    from sekayu_net.rollout.qualify import Report, TrialResult

#: Seconds until the undo fires: short, for a person waits for it; arming takes some on slow units.
WINDOW = 40


def chosen(district: District, host: str) -> Device:
    """The device of that name; ``UsageError`` with near names when there is none."""
    from sekayu_net.inventory.selection import Selection, select

    return next(iter(select(district, Selection(host=(host,)))))


def question(device: Device, district: District, *, reboot: bool) -> str:
    """What a person agrees to, before it is asked."""
    told = (
        f"On {device.name} ({device.make}) a harmless change is made and taken back several times."
    )
    told += " It reboots once." if reboot else ""
    behind = district.behind(device)
    if behind:
        told += f" {counted(len(behind), 'device')} behind it may be cut off meanwhile."
    return told


def show(result: TrialResult) -> None:
    """One trial, as soon as it is over."""
    seconds = f" ({result.seconds:.0f} s)" if result.seconds else ""
    detail = f": {result.detail}" if result.detail else ""
    output.progress(f"  {result.trial}: {result.verdict}{seconds}{detail}")


def document(
    run: str, device: Device, report: Report, *, lab: bool, file: str
) -> dict[str, object]:
    """What ``--json`` prints."""
    return {
        "run_id": run,
        "host": device.name,
        "platform": device.platform,
        "version": report.version,
        "model": device.model.name,
        "lab": lab,
        "undo": report.guard.kind,
        "trials": {
            each.trial: {
                "result": each.verdict,
                "detail": each.detail,
                "seconds": round(each.seconds, 1),
            }
            for each in report.results
        },
        "file": file,
    }


def qualify(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="A spare device or virtual router.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Don't ask.")] = False,
    no_reboot: Annotated[
        bool, typer.Option("--no-reboot", help="Leave out the trial that reboots it.")
    ] = False,
    confirm_within: Annotated[
        int,
        typer.Option(
            "--confirm-within",
            metavar="SECONDS",
            min=10,
            max=3600,
            help="When an unconfirmed change goes back: more for a slow device.",
        ),
    ] = WINDOW,
    json: who.Json = False,
) -> None:
    """Try the undo on a spare device: a failed import, firing, confirming, a reboot.

    The result is kept per version and model in inventory/qualified.yaml, without names or
    addresses, so that it can be shared. Ends with 0 when nothing failed, 1 when something did.
    """
    from datetime import UTC, datetime

    from sekayu_net.cli.site import site_of
    from sekayu_net.inventory.qualified import FILE, load, merged, save
    from sekayu_net.journal import Journal
    from sekayu_net.rollout import qualify as trials

    if not yes and not ctx.obj.dry and not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask on", hint="is it a spare device? Then say --yes"
        )
    project = ctx.obj.project()
    district = project.district()
    device = chosen(district, host)
    if project.dry:
        output.result(question(device, district, reboot=not no_reboot))
    dry.stop(project)
    told = question(device, district, reboot=not no_reboot)
    if not output.confirm(f"{told} Is it a spare one? Go on?", yes=yes):
        output.progress("nothing was done; --no-reboot leaves the reboot out")
        raise typer.Exit(ExitCode.OK)
    file = project.inventory / FILE
    known = load(file)
    with project.lock(), Journal.open(project.journal_path) as journal:
        site = site_of(project)
        output.progress(
            f"{device.name}: a failed import, then twice {confirm_within} s and more of waiting …"
        )
        run, report = trials.carry_out(
            site,
            device,
            journal,
            confirm_within=confirm_within,
            reboot=not no_reboot,
            told=show,
        )
    today = datetime.now(UTC).date()
    fresh = trials.qualification(report, device.make, lab=site.lab, day=today)
    save(file, merged(known, fresh))
    if json:
        shown = document(run, device, report, lab=site.lab, file=f"inventory/{FILE}")
        output.result_json(shown)
    else:
        output.result(f"{device.make}: {report.summary} (run {run})")
        output.result(f"kept in inventory/{FILE}: commit it, and share it")
    raise typer.Exit(ExitCode.ERROR if report.failed else ExitCode.OK)
