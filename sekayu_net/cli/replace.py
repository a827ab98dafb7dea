"""``replace HOST``: a dead device makes way for another."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output
from sekayu_net.cli.bootstrap import PASSWORD, write_script
from sekayu_net.cli.site import operator
from sekayu_net.errors import UsageError
from sekayu_net.languages import translated

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project
    from sekayu_net.replacing import Unit


def replace(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The place, by its inventory name.")],
    via: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS[:PORT]", help="The new device, at its factory address."),
    ] = None,
    serial: Annotated[
        str | None, typer.Option(metavar="NUMBER", help="Its serial number, without --via.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its model, if another; without --via.")
    ] = None,
    version: Annotated[
        str | None, typer.Option(metavar="VERSION", help="Its version, if another; without --via.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the first script there (mode 0600)."),
    ] = None,
    user: Annotated[str, typer.Option(help="The factory account, with --via.")] = "admin",
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the password on the label.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Put another device in the place of a dead one: same name, addresses, secrets and history.

    With --via the new device is asked who it is and given its first script; without, say --serial
    and take the script to it. Serial number, model and version go into the inventory, the old host
    key is forgotten, and the exchange is recorded. Its whole configuration, secrets from the store,
    is then an ordinary deployment: nothing else needs to be known.
    """
    from sekayu_net.inventory.selection import Selection, select

    if via is not None and (serial or model or version or out):
        raise UsageError("with --via the device says all that itself", hint="leave the rest away")
    if via is None and serial is None:
        raise UsageError(
            "nobody says which device it is", hint="say --via ADDRESS, or --serial NUMBER"
        )
    project = ctx.obj.project()
    (device,) = select(project.district(), Selection(host=(host,)))
    if via is not None:
        _by_ssh(project, device, via, user, ask_password=ask_password, yes=yes)
    else:
        from sekayu_net.replacing import Unit

        after = Unit(serial or "", model or device.model.name, version or device.version)
        _by_hand(project, device, after, out, yes=yes)
    output.result(f"put it in its place, then: sekayu-net deploy --host {device.name}")


def _agreed(project: Project, device: Device, after: Unit, *, yes: bool) -> bool:
    from sekayu_net.replacing import Unit

    if project.dry:
        output.result(f"{device.name}: {Unit.of(device)} would make way for {after}")
    dry.stop(project)
    if output.confirm(
        f"{device.name}: {Unit.of(device)} makes way for {after}. Write that into the inventory "
        "and forget the old host key?",
        yes=yes,
    ):
        return True
    output.progress("nothing was done")
    return False


def _exchange(project: Project, device: Device, after: Unit) -> tuple[Project, Device]:
    """Inventory, host key, record; the project and the device as they are now."""
    from sekayu_net.journal import Journal
    from sekayu_net.project import Project as Loaded
    from sekayu_net.replacing import Unit, forget_key, put_in_place, record

    with project.lock(), Journal.open(project.journal_path) as journal:
        put_in_place(project, device, after)
        forget_key(project, device.name)
        run = record(journal, device, Unit.of(device), after, operator())
    output.result(f"{device.name}  {after} is in the inventory (run {run})")
    fresh = Loaded.load(project.root, lab=project.lab)
    return fresh, fresh.district().devices[device.name]


def _by_hand(project: Project, device: Device, after: Unit, out: Path | None, *, yes: bool) -> None:
    from sekayu_net import bootstrap as boot

    if not _agreed(project, device, after, yes=yes):
        raise typer.Exit(output.ExitCode.OK)
    project, device = _exchange(project, device, after)
    script = boot.script(project, device)
    if out is not None:
        write_script(out, script.text)
        output.result(f"written: {out} (holds passwords: delete it after use)")
    else:
        output.verbatim(script.text.rstrip("\n"))
        output.progress("this script holds passwords and keys: clear the screen after pasting it")
    output.result(f"then pin its host key: sekayu-net inventory trust --host {device.name}")


def _by_ssh(
    project: Project, device: Device, via: str, user: str, *, ask_password: bool, yes: bool
) -> None:
    from sekayu_net import bootstrap as boot
    from sekayu_net.replacing import meet

    address, _, port = via.partition(":")
    if port and not port.isdigit():
        raise UsageError(f"--via {via}: no port", hint="write ADDRESS or ADDRESS:PORT")
    if project.dry:
        output.result(f"would ask the device at {via} as {user} who it is, put it in the place of")
        output.result(f"{device.name} in the inventory, and push its first script")
    dry.stop(project)  # to log in answers its licence question
    password = os.environ.get(PASSWORD, "")
    if ask_password:
        password = typer.prompt(
            translated("password of the factory account"), hide_input=True, err=True
        )
    factory = boot.Factory(address, int(port or 22), user, password)
    after = meet(project, device, factory)
    if not _agreed(project, device, after, yes=yes):
        raise typer.Exit(output.ExitCode.OK)
    project, device = _exchange(project, device, after)
    done = boot.push(
        project,
        device,
        factory,
        boot.script(project, device),
        operator=operator(),
        accept=lambda _: False,  # it was written just now: another answers
        told=output.progress,
    )
    output.result(f"{device.name}  host key {done.fingerprint} pinned")
    if not done.seen_through:
        output.warn(
            f"{device.name}: the session ended before the script did; plug into the rescue port "
            f"and run bootstrap {device.name} --via its address to be sure"
        )
