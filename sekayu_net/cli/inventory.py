"""``inventory``: check, show, allocate, export, trust."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import output, who
from sekayu_net.errors import HostKeyError, InventoryError, UnreachableError

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device
    from sekayu_net.project import Project

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def _chosen(project: Project, **filters: list[str] | list[int] | None) -> tuple[Device, ...]:
    from sekayu_net.inventory.selection import select

    return select(project.district(), who.selection(**filters))  # type: ignore[arg-type]


@app.command(epilog="Example: sekayu-net inventory check")
def check(ctx: typer.Context) -> None:
    """Find every fault of the inventory, with file and line."""
    from sekayu_net.inventory.checks import check as faults_of

    project = ctx.obj.project()
    faults = faults_of(project.inventory)
    if faults:
        raise InventoryError(faults)
    district = project.district()
    output.result(
        f"{district.name}: {len(district.offices)} offices, {len(district.devices)} devices, "
        "no fault found"
    )


@app.command(epilog="Example: sekayu-net inventory show --kind lurah")
def show(
    ctx: typer.Context,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    json: who.Json = False,
) -> None:
    """Show offices and devices, with addresses and links."""
    project = ctx.obj.project()
    devices = _chosen(
        project, office=office, host=host, kind=kind, role=role, phase=phase, platform=platform
    )
    district = project.district()
    rows = [
        {
            "host": device.name,
            "address": str(device.address),
            "model": device.model.name,
            "version": device.version,
            "uplink": district.office_of(device).uplink if device.role == "router" else "",
            "phase": district.office_of(device).phase,
            "serial": device.serial,
            "office": district.office_of(device).code,
        }
        for device in devices
    ]
    if json:
        output.result_json(rows)
        return
    columns = ("host", "address", "model", "version", "uplink", "phase")
    output.table(columns, [[str(row[name]) for name in columns] for row in rows])


@app.command(epilog="Example: sekayu-net inventory allocate")
def allocate(
    ctx: typer.Context,
    release: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Let the addresses of a closed office be given again."),
    ] = None,
) -> None:
    """Give addresses to new offices and write the lock. Nobody is renumbered."""
    from sekayu_net.inventory.addressing import allocate as give
    from sekayu_net.inventory.addressing import write_lock
    from sekayu_net.inventory.offices import read_files

    project = ctx.obj.project()
    with project.lock():
        files = read_files(project.inventory)
        offices = [(e.code, e.uplink.kind, len(e.routers)) for e in files.offices.offices]
        lock = give(files.addressing, files.lock, offices, release=release or ())
        changed = sorted(
            code for code, given in lock.offices.items() if files.lock.offices.get(code) != given
        )
        if lock == files.lock:
            output.result("every office has its addresses; nothing changed")
            return
        write_lock(project.inventory / "addresses.lock.yaml", lock)
    for code in changed:
        output.result(f"{code}: {lock.offices[code].block}")
    output.result("written: inventory/addresses.lock.yaml")


@app.command(epilog="Example: sekayu-net inventory export > hosts.yaml")
def export(ctx: typer.Context) -> None:
    """Print the equivalent plain Nornir SimpleInventory (hosts.yaml)."""
    import yaml

    from sekayu_net.inventory.nornir_plugin import inventory_of

    inventory = inventory_of(ctx.obj.project().district())
    hosts = {
        name: {
            "hostname": host.hostname,
            "platform": host.platform,
            "groups": [group.name for group in host.groups],
            "data": {
                "office": host["office"].code,
                "model": host["device"].model.name,
                "version": host["device"].version,
                "serial": host["device"].serial,
            },
        }
        for name, host in inventory.hosts.items()
    }
    groups = sorted(inventory.groups)
    output.result(f"# groups.yaml needs: {', '.join(groups)}")
    output.result(yaml.safe_dump(hosts, sort_keys=False).rstrip("\n"))


@app.command(epilog="Example: sekayu-net inventory trust --host lurah-kayu-ara-rtr1")
def trust(
    ctx: typer.Context,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    replace: Annotated[
        bool, typer.Option("--replace", help="Accept another key than the one pinned.")
    ] = False,
) -> None:
    """Pin the host keys of devices at first contact: compare the fingerprints with the label."""
    from sekayu_net.platforms.transport import fetch_host_key

    project = ctx.obj.project()
    devices = _chosen(
        project, office=office, host=host, kind=kind, role=role, phase=phase, platform=platform
    )
    codes = [output.ExitCode.OK]
    for device in devices:
        target = project.target(device)
        try:
            key = fetch_host_key(
                target.address,
                target.port,
                target.timeout,
                legacy_algorithms=target.legacy_algorithms,
                host=device.name,
            )
        except UnreachableError as error:
            output.warn(str(error))
            codes.append(output.ExitCode.INCOMPLETE)
            continue
        pinned = _pinned(project, device.name)
        if pinned == key.line:
            output.result(f"{device.name}  {key.fingerprint}  pinned already")
            continue
        if pinned is not None and not replace:
            raise HostKeyError(
                f"another key is pinned than the one it shows now, {key.fingerprint}",
                host=device.name,
                stage="trust",
                hint="was the device swapped or reset? then: inventory trust --replace",
            )
        if output.confirm(f"{device.name} shows {key.fingerprint}. Pin it?", yes=yes):
            _pin(project, device.name, key.line)
            output.result(f"{device.name}  {key.fingerprint}  pinned")
        else:
            codes.append(output.ExitCode.INCOMPLETE)
    raise typer.Exit(output.combine(codes))


def _lines(project: Project) -> list[str]:
    file = project.known_hosts
    return file.read_text().splitlines() if file.exists() else []


def _pinned(project: Project, name: str) -> str | None:
    found = (line.split(" ", 1) for line in _lines(project) if " " in line)
    return next((key for host, key in found if host == name), None)


def _pin(project: Project, name: str, key: str) -> None:
    kept = [line for line in _lines(project) if line.split(" ", 1)[0] != name]
    file = project.known_hosts
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = file.with_suffix(".new")
    fresh.write_text("\n".join([*kept, f"{name} {key}"]) + "\n")
    fresh.replace(file)
