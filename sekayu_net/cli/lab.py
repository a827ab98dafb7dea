"""``lab``: the simulated district. Arguments in, tables out; what it does lives in ``lab``.

Here the project's inventory, templates and secrets become the lab's order: the lab itself knows
none of them.
"""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry
from sekayu_net.cli.context import Context
from sekayu_net.cli.output import progress, result, result_json, table
from sekayu_net.errors import UsageError
from sekayu_net.system import need_unix_for_lab

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sekayu_net.inventory.district import Device
    from sekayu_net.lab.server import Order
    from sekayu_net.project import Project
    from sekayu_net.rendering import BootstrapUsers

app = typer.Typer(
    help="The simulated district: real SSH, real state, cut links.",
    no_args_is_help=True,
    add_completion=False,
)

#: The accounts of a lab's devices: the tool's (key only), the sealed one, a second local admin.
TOOL, SEALED, TECHNICIAN = "sekayu", "rescue", "teknisi"

Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


@app.callback()
def _lab() -> None:
    need_unix_for_lab()


def lab_project(ctx: typer.Context) -> Project:
    """The project, with the lab's own state whether ``--lab`` was said or not."""
    context: Context = ctx.obj
    return replace(context, lab=True).project()


@app.command(epilog="Example: sekayu-net lab up")
def up(ctx: typer.Context) -> None:
    """Start a fresh lab; returns when every device accepts SSH. It runs until `lab down`."""
    from sekayu_net.lab import process

    project = lab_project(ctx)
    district = project.district()  # a broken inventory is told before anything is wiped
    if project.dry:
        result(f"would start {len(district.devices)} devices in {len(district.offices)} offices,")
        result(f"after wiping {project.state}")
    dry.stop(project)
    progress(f"starting {len(district.devices)} devices in {len(district.offices)} offices …")
    begun = time.monotonic()
    # Read anew when the old lab's state is gone: a version that it was upgraded to goes with it.
    count = process.up(project.state, lambda: make_order(lab_project(ctx)))
    result(f"the lab is up: {count} devices accept SSH ({time.monotonic() - begun:.1f} s)")
    progress("  next: sekayu-net --lab plan phase-1, or sekayu-net lab list")


@app.command(epilog="Example: sekayu-net lab packages packages --version 7.24.1")
def packages(
    ctx: typer.Context,
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to; made when missing.")],
    version: Annotated[
        list[str] | None,
        typer.Option(metavar="VERSION", help="This version (repeatable); else all of models.yaml."),
    ] = None,
) -> None:
    """Write stand-ins for packages, which the lab's devices install: to try `upgrade` with."""
    from sekayu_net.inventory.offices import checked_files
    from sekayu_net.lab.firmware import write_folder

    project = lab_project(ctx)
    models = checked_files(project.inventory).models
    if project.dry:
        result(f"would write stand-ins for packages into {folder}")
    dry.stop(project)
    names = write_folder(
        folder,
        version or [each for entry in models.platforms.values() for each in entry.versions],
        {model.architecture for model in models.models.values()},
        {model.wifi_package for model in models.models.values() if model.wifi_package},
    )
    result(f"{len(names)} stand-ins in {folder}: no real device takes them")


@app.command(epilog="Example: sekayu-net lab down")
def down(ctx: typer.Context) -> None:
    """End the lab. Its journal and archive stay until the next `lab up`."""
    from sekayu_net.lab import process

    project = lab_project(ctx)
    if project.dry:
        process.describe(project.state)  # no lab: that is said
        result("would end the lab")
    dry.stop(project)
    process.down(project.state)
    result("the lab is down")


@app.command(epilog="Example: sekayu-net lab status")
def status(ctx: typer.Context, as_json: Json = False) -> None:
    """Show who is reached, from the controller and on site, and what is in the way."""
    from sekayu_net.lab import process

    hosts = process.ask(lab_project(ctx).state, {"do": "status"})["hosts"]
    if as_json:
        result_json(hosts)
        return
    reached = sum(bool(row["controller"]) for row in hosts.values())
    result(f"{reached} of {len(hosts)} devices are reached from the controller")
    rows = [
        (
            name,
            "on" if row["up"] else "off",
            "yes" if row["controller"] else "no",
            "yes" if row["onsite"] else "no",
            row["reason"] or "",
        )
        for name, row in hosts.items()
    ]
    table(("host", "power", "ctrl", "site", "why not"), rows, told=("why not",))


@app.command(name="list", epilog="Example: sekayu-net lab list --json")
def list_devices(ctx: typer.Context, as_json: Json = False) -> None:
    """List where each device listens for someone on site, and with which account."""
    from sekayu_net.lab import process

    project = lab_project(ctx)
    lab = process.describe(project.state)
    hosts = process.ask(project.state, {"do": "status"})["hosts"]
    if as_json:
        result_json(
            {
                name: {
                    "host": entry["address"],
                    "port": entry["onsite_port"],
                    "username": lab["onsite_username"],
                    "password": lab["onsite_password"],
                    "platform": entry["platform"],
                    "up": hosts[name]["up"],
                }
                for name, entry in lab["devices"].items()
            }
        )
        return
    rows = [
        (name, entry["address"], str(entry["onsite_port"]), "on" if hosts[name]["up"] else "off")
        for name, entry in lab["devices"].items()
    ]
    table(("host", "address", "port", "power"), rows, right=("port",))
    result(f"user {lab['onsite_username']}; the password is in: sekayu-net lab list --json")


def _negative_number(value: str | None) -> str | None:
    """Of what begins with ``-`` only a number is a VALUE; the rest is an option misspelt."""
    if value is not None and value.startswith("-"):
        try:
            float(value)
        except ValueError:
            raise typer.BadParameter(f"there is no option {value}") from None
    return value


@app.command(
    epilog="Example: sekayu-net lab fault lurah-kayu-ara-rtr1 link-down",
    context_settings={"ignore_unknown_options": True},
)
def fault(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST")] = "",
    kind: Annotated[str, typer.Argument(metavar="KIND")] = "",
    value: Annotated[str | None, typer.Argument(metavar="VALUE", callback=_negative_number)] = None,
    clear: Annotated[bool, typer.Option("--clear", help="Take the fault back.")] = False,
) -> None:
    """Let something go wrong with a device or its link. Without HOST: the kinds of faults.

    `all --clear` takes every fault of the device back.
    """
    if not host or not kind:
        _kinds()
        return
    from sekayu_net.lab import process

    if ctx.obj.dry:
        result(f"would {'clear' if clear else 'set'} {kind} on {host}")
    dry.stop(ctx.obj)
    request = {"do": "fault", "host": host, "kind": kind, "value": value, "clear": clear}
    before = process.ask(lab_project(ctx).state, {"do": "status"})["hosts"]
    after = process.ask(lab_project(ctx).state, request)["hosts"]
    result(f"{host}: {kind}{' cleared' if clear else ''}")
    for words, was in (("cut off", True), ("back", False)):
        moved = [
            name
            for name, row in after.items()
            if before[name]["controller"] is was and row["controller"] is not was
        ]
        if moved:
            result(f"  {words}: {', '.join(moved)}")


@app.command(
    epilog="Example: sekayu-net lab cable desa-lumpatan-rtr1 sfp1 camat-sekayu-rtr1 sfp-sfpplus1"
)
def cable(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST")],
    port: Annotated[str, typer.Argument(metavar="PORT")],
    other: Annotated[str, typer.Argument(metavar="HOST")],
    other_port: Annotated[str, typer.Argument(metavar="PORT")],
) -> None:
    """Lay one more cable: for an office that goes from radio to fiber, both must be in."""
    from sekayu_net.lab import process

    if ctx.obj.dry:
        result(f"would lay a cable from {host} {port} to {other} {other_port}")
    dry.stop(ctx.obj)
    ends = [{"host": host, "port": port}, {"host": other, "port": other_port}]
    process.ask(lab_project(ctx).state, {"do": "cable", "ends": ends})
    result(f"{host} {port}: on the medium of {other} {other_port}")


@app.command(epilog="Example: sekayu-net lab carry desa-lumpatan-ap2")
def carry(
    ctx: typer.Context,
    host: Annotated[str, typer.Argument(metavar="HOST", help="An access point, by its new name.")],
) -> None:
    """Carry an access point to where the inventory has it now, reset and bootstrapped on the way.

    What a person does by hand after an office was merged: from one router to another's port.
    """
    from sekayu_net.inventory.selection import Selection, select
    from sekayu_net.lab import process

    project = lab_project(ctx)
    district = project.district()
    (device,) = select(district, Selection(host=(host,)))
    router = district.office_of(device).router
    port = next((port for port, name in router.attached.items() if name == host), None)
    if port is None:
        raise UsageError(f"{host} hangs on no router", hint="name an access point")
    if project.dry:
        result(f"{host} would be reset, bootstrapped, and hung on {port} of {router.name}")
    dry.stop(project)
    request = {"do": "carry", "host": host, "router": router.name, "port": port}
    script = _first_scripts(project, [device])[host]
    process.ask(project.state, {**request, "address": str(device.address), "script": script})
    while not process.ask(project.state, {"do": "status"})["hosts"][host]["up"]:
        time.sleep(0.05)  # it boots
    result(f"{host}: reset, bootstrapped, and on {port} of {router.name}")


def _kinds() -> None:
    from sekayu_net.lab.faults import KINDS

    rows = [(name, kind.value, kind.summary) for name, kind in KINDS.items()]
    table(("kind", "value", "what happens"), rows, told=("what happens",))


def make_order(project: Project) -> Order:
    """What the lab is to be: devices as after their bootstrap, with secrets made for it alone.

    Called when the lab's folder is fresh. Secrets and the tool's key pair are made there.
    """
    from sekayu_net.lab.keys import new_key
    from sekayu_net.lab.server import Order
    from sekayu_net.rendering import required_secrets

    district = project.district()
    new_key(project.state / "id_ed25519")
    users = _users(project)
    needed = required_secrets(district, project.templates, users=users)
    project.secrets().generate([*needed, f"user/{TECHNICIAN}"])
    return Order(
        district=district,
        keys=project.state.parent / "lab-keys",
        username=TOOL,
        key_file=str((project.state / "id_ed25519").relative_to(project.root)),
        onsite_username=TECHNICIAN,
        onsite_password=project.secrets().get(f"user/{TECHNICIAN}").value,
        bootstrap=_first_scripts(project, district.devices.values()),
    )


def _users(project: Project) -> BootstrapUsers:
    """Who can log in to the lab's devices, with the key pair that was made for it."""
    from sekayu_net.rendering import BootstrapUsers

    return BootstrapUsers(project.public_key(), TOOL, SEALED, (TECHNICIAN,))


def _first_scripts(project: Project, devices: Iterable[Device]) -> dict[str, str]:
    """The bootstrap of each device, secrets in clear: for the lab's process, and no disk."""
    from sekayu_net.platforms.registry import platform
    from sekayu_net.rendering import render_bootstrap

    district, store, users = project.district(), project.secrets(), _users(project)
    return {
        device.name: platform(device.platform).reveal(
            render_bootstrap(district, device, store, project.templates, users), store.unseal
        )
        for device in devices
    }
