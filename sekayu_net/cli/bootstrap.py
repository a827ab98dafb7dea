"""``bootstrap HOST``: first boot of a factory-new device."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output
from sekayu_net.cli.site import operator
from sekayu_net.errors import UsageError
from sekayu_net.languages import translated
from sekayu_net.report.wording import counted
from sekayu_net.system import keep_private

if TYPE_CHECKING:
    from sekayu_net.bootstrap import FirstScript
    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project

PASSWORD = "SEKAYU_FACTORY_PASSWORD"  # noqa: S105 - a variable's name


def bootstrap(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="The device, by its inventory name.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the script there (mode 0600), for Netinstall."),
    ] = None,
    via: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS[:PORT]", help="Push it to the device at this address."),
    ] = None,
    user: Annotated[str, typer.Option(help="The factory account, with --via.")] = "admin",
    ask_password: Annotated[
        bool, typer.Option("--ask-password", help="Ask for the password on the label.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Print the script that takes a factory-new device to its first SSH login, or push it.

    The script holds passwords and keys: paste it, or take it on a USB stick, and delete it after.
    It may be run again after any interruption. With --via the device is asked who it is, its host
    key is pinned and its serial number written into the inventory.
    """
    from sekayu_net import bootstrap as boot

    if out is not None and via is not None:
        raise UsageError("--out and --via are two ways", hint="choose one")
    project = ctx.obj.project()
    device = _device(project, host)
    script = boot.script(project, device)
    missing = boot.far_ends_missing(project, device)
    if missing:
        output.warn(
            f"{missing[-1]} does not carry it yet: sekayu-net deploy --host {missing[-1]} first, "
            "or nobody answers at the other end"
        )
    if out is not None:
        if project.dry:
            output.result(f"would write {out}: {counted(len(script.text.splitlines()), 'line')}")
        dry.stop(project)
        write_script(out, script.text)
        output.result(f"written: {out} (holds passwords: delete it after use)")
    elif via is None:
        output.verbatim(script.text.rstrip("\n"))
        output.progress("this script holds passwords and keys: clear the screen after pasting it")
    else:
        _push(project, device, script, via, user, missing, ask_password=ask_password, yes=yes)


def _device(project: Project, host: str) -> Device:
    from sekayu_net.inventory.selection import Selection, select

    (device,) = select(project.district(), Selection(host=(host,)))
    return device


def write_script(out: Path, text: str) -> None:
    """Keep a script with secrets, for nobody else to read."""
    handle = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        keep_private(stream.fileno())
        stream.write(text)


def _push(
    project: Project,
    device: Device,
    script: FirstScript,
    via: str,
    user: str,
    missing: Sequence[str],
    *,
    ask_password: bool,
    yes: bool,
) -> None:
    from sekayu_net import bootstrap as boot

    address, _, port = via.partition(":")
    if port and not port.isdigit():
        raise UsageError(f"--via {via}: no port", hint="write ADDRESS or ADDRESS:PORT")
    if project.dry:
        lines = counted(len(script.text.splitlines()), "line")
        output.result(f"would push the first script ({lines}) to {device.name} at {via} as {user},")
        output.result("pin its host key and write its serial number into the inventory")
    dry.stop(project)
    password = os.environ.get(PASSWORD, "")
    if ask_password:
        password = typer.prompt(
            translated("password of the factory account"), hide_input=True, err=True
        )
    question = f"Push the first script to {device.name} at {via}? It closes the ways in but ours."
    if not output.confirm(question, yes=yes):
        return
    done = boot.push(
        project,
        device,
        boot.Factory(address, int(port or 22), user, password),
        script,
        operator=operator(),
        accept=lambda serial: output.confirm(
            f"The inventory says serial number {device.serial}, the device {serial}. "
            "Write it there?",
            yes=yes,
        ),
        told=output.progress,
    )
    if done.seen_through:
        output.result(
            f"{device.name} is prepared: our account with its key, the management path and the "
            "rescue port; every other way in is closed"
        )
    output.result(f"  host key {done.fingerprint} pinned")
    if done.serial_written:
        output.result(f"  serial number {done.serial} written to the inventory")
    if not done.seen_through:
        output.warn(
            f"{device.name}: the session ended before the script did; plug into the rescue port "
            "and run this again --via its address to be sure"
        )
    hint = _next(device, missing)
    output.progress(f"  next: {hint}")


def _next(device: Device, missing: Sequence[str]) -> str:
    """What is to be done once the device is prepared: who must carry it comes first."""
    then = f"put it in its place, then sekayu-net plan --host {device.name}"
    return f"sekayu-net deploy --host {missing[-1]}; {then}" if missing else then
