"""``backup``: encrypted copies of devices, with their secrets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.keeping import keep_read
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import DeviceError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.rollout.copying import Copied


def told(said: Copied | DeviceError) -> dict[str, Any]:
    """A device's entry in ``backup --json``."""
    if isinstance(said, DeviceError):
        return {"status": "error", "reason": str(said), "files": []}
    files = [str(file) for file in said.files]
    return {"status": "copied" if files else "as before", "reason": None, "files": files}


def backup(
    ctx: typer.Context,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    binary: Annotated[
        bool,
        typer.Option(
            "--binary", help="Also the device's own backup, locked with a password of its own."
        ),
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Copy also what the newest copy says already.")
    ] = False,
    json: who.Json = False,
) -> None:
    """Copy the devices, secrets and all, encrypted to the recipients of sekayu.toml.

    The copies are in .sekayu/backups and open with age -d; restore puts one back. A device that did
    not change since its newest copy is passed over. Ends with 4 when a device could not be read.
    """
    from sekayu_net.archive import Origin
    from sekayu_net.backups import Vault, read_recipients
    from sekayu_net.cli.scope import scope_of
    from sekayu_net.cli.site import site_of
    from sekayu_net.rollout.site import run_task

    project = ctx.obj.project()
    vault = Vault(project.backups, project.settings.backup.recipients)
    read_recipients(vault.recipients)  # before any device is asked
    selection = who.selection(office, host, kind, role, phase, platform)
    hosts = scope_of(project, project.district(), None, selection, writes=False).hosts
    store = project.secrets()
    if project.dry:
        output.progress(f"would copy, where they changed: {counted(len(hosts), 'device')}:")
        for name in hosts:
            output.result(name)
        output.progress(f"into {project.backups}")
    dry.stop(project)
    if binary:
        store.generate(lock_of(name) for name in hosts)
    site = site_of(project)
    output.progress(f"reading {counted(len(hosts), 'device')} …")
    said: dict[str, Copied | DeviceError] = run_task(
        site,
        "backup",
        hosts,
        site=site,
        vault=vault,
        password=(lambda name: store.get(lock_of(name)).value) if binary else None,
        again=again,
    )
    read = {h: s if isinstance(s, DeviceError) else s.running for h, s in said.items()}
    keep_read(project, read, Origin("", "backup", site.operator))
    answers = {name: told(each) for name, each in said.items()}
    if json:
        output.result_json({"hosts": answers})
    else:
        rows = [
            (
                name,
                each["status"],
                each["reason"] or "\n".join(f.name for f in files_of(said[name])),
            )
            for name, each in answers.items()
        ]
        output.table(("device", "backup", "files"), rows)
        output.result(f"in {project.backups}")
    failed = any(isinstance(each, DeviceError) for each in said.values())
    raise typer.Exit(ExitCode.INCOMPLETE if failed else ExitCode.OK)


def files_of(said: Copied | DeviceError) -> tuple[Any, ...]:
    """The new files of a device."""
    return () if isinstance(said, DeviceError) else said.files


def lock_of(host: str) -> str:
    """The secret that locks the own backup of a device."""
    return f"backup/{host}"
