"""``audit``: read every device, compare, keep what was read, report."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.keeping import keep_read
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import PlaybookName
from sekayu_net.errors import DeviceError, UnreachableError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.audit import HostAudit
    from sekayu_net.journal import Confirmed
    from sekayu_net.plan import Running
    from sekayu_net.rollout.site import Site


def exit_code(audits: dict[str, HostAudit]) -> ExitCode:
    """Drift or pending changes, devices that were not read, or all clean."""
    codes = [ExitCode.OK]
    for each in audits.values():
        if each.status in {"unreachable", "error"}:
            codes.append(ExitCode.INCOMPLETE)
        elif each.status != "clean":
            codes.append(ExitCode.PENDING)
    return output.combine(codes)


def judge(
    site: Site, host: str, said: Running | DeviceError, confirmed: Confirmed | None
) -> HostAudit:
    """What the audit says of one device, from what its read gave."""
    from sekayu_net.audit import HostAudit, audit_host
    from sekayu_net.plan import mismatch
    from sekayu_net.rollout.site import expected

    if isinstance(said, DeviceError):
        status: Any = "unreachable" if isinstance(said, UnreachableError) else "error"
        hint = f"; {said.hint}" if said.hint else ""
        return HostAudit(host, status, reason=f"{said.message}{hint}")
    device = site.district.devices[host]
    wrong = mismatch(expected(device), said.reading)
    if wrong is not None:
        return HostAudit(host, "error", reason=wrong)
    return audit_host(
        host,
        said.canonical,
        site.intended(device),
        confirmed=confirmed.intended if confirmed else None,
        platform=site.platform(device),
        context=site.context(device),
        history=said.reading.history,
    )


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
    json: who.Json = False,
) -> None:
    """Compare the devices with what they were left saying, and with what they should say now.

    Drift: someone changed the device. Pending: someone changed the templates. Ends with 0 when all
    is clean, 3 when something was found, 4 when a device could not be read.
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
    from sekayu_net.rollout.site import run_task

    forms = {path: form_of(path) for path in report or ()}
    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    scope = scope_of(project, project.district(), playbook, selection, writes=False)
    site = site_of(project)
    with Journal.open(project.journal_path) as journal:
        run = journal.begin(
            "audit",
            operator=site.operator,
            playbook=playbook,
            selection=described(playbook, selection),
        )
        output.progress(f"reading {counted(len(scope.hosts), 'device')} …")
        read = run_task(site, "read", scope.hosts, site=site)
        confirmed = journal.confirmed()
        audits = {name: judge(site, name, said, confirmed.get(name)) for name, said in read.items()}
        for name, each in audits.items():
            journal.audited(run, name, each.status, each.summary()["findings"])
        code = exit_code(audits)
        journal.end(run, code.name.lower())
        around = around_of(site.district.name, site.district, journal) if forms else None
    keep_read(project, read, Origin(run, "audit", site.operator))
    for path, form in forms.items():
        path.write_text(form(run, now(), audits, around), encoding="utf-8")
        output.progress(f"report: {path}")
    if json:
        output.result_json(summary(run, audits))
    else:
        print_audit(audits, output.console())
    raise typer.Exit(code)
