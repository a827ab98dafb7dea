"""``inventory``: check, show, allocate, export, trust, rename; ``merge`` has a file of its own."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net import known_hosts
from sekayu_net.cli import dry, output, who
from sekayu_net.cli.merge import merge
from sekayu_net.errors import (
    DeviceError,
    HostKeyError,
    InputError,
    InventoryError,
    UnreachableError,
    UsageError,
)

if TYPE_CHECKING:
    from sekayu_net.inventory.addressing import OfficeAddresses
    from sekayu_net.inventory.district import Device, District
    from sekayu_net.project import Project

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, add_completion=False)


def _chosen(project: Project, **filters: list[str] | list[int] | None) -> tuple[Device, ...]:
    from sekayu_net.inventory.selection import select

    return select(project.district(), who.selection(**filters))  # type: ignore[arg-type]


@app.command(epilog="Example: sekayu-net inventory check")
def check(ctx: typer.Context) -> None:
    """Find every fault of the inventory, with file and line."""
    from sekayu_net.compliance import load_rules
    from sekayu_net.inventory.second_hub import notes

    project = ctx.obj.project()
    faults: list[InputError] = []
    for load in (project.district, lambda: load_rules(project.inventory)):
        try:
            load()
        except InventoryError as error:
            faults += error.findings
        except InputError as error:
            faults.append(error)
    for fault in faults:
        output.result(str(fault))
        if fault.hint:
            output.result(f"    {fault.hint}")
    if faults:
        output.progress(InventoryError(faults).message)
        raise typer.Exit(output.ExitCode.ERROR)
    district = project.district()
    output.result(
        f"{district.name}: {len(district.offices)} offices, {len(district.devices)} devices, "
        "no fault found"
    )
    for note in notes(district):
        output.result(f"note: {note}")


@app.command(epilog="Example: sekayu-net inventory show --graph district.svg")
def show(
    ctx: typer.Context,
    file: Annotated[
        Path | None,
        typer.Argument(metavar="[FILE]", help="With --graph: write the drawing there."),
    ] = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    graph: Annotated[
        bool, typer.Option("--graph", help="Draw who hangs on whom, as SVG; colours: see status.")
    ] = False,
    json: who.Json = False,
) -> None:
    """Show offices and devices, with addresses and links."""
    if file is not None and not graph:
        raise UsageError(
            f"{file}: only a drawing is written to a file", hint=f"--graph {file}, or --office NAME"
        )
    if graph and json:
        raise UsageError("--graph draws, --json does not", hint="say one of them")
    project = ctx.obj.project()
    devices = _chosen(
        project, office=office, host=host, kind=kind, role=role, phase=phase, platform=platform
    )
    district = project.district()
    if graph:
        drawn = _drawn(project, district, devices)
        if file is None:
            output.verbatim(drawn.rstrip("\n"))
        else:
            file.write_text(drawn, encoding="utf-8")
            output.result(f"written: {file}")
        return
    if json:
        output.result_json({"hosts": {device.name: _facts(district, device) for device in devices}})
        return
    offices = dict.fromkeys(district.office_of(device).slug for device in devices)
    output.table(
        ("office", "code", "phase", "uplink", "behind"),
        [
            (o.slug, o.code, str(o.phase), o.uplink, o.upstream or "")
            for o in (district.offices[slug] for slug in offices)
        ],
    )
    output.result()
    output.table(
        ("host", "address", "model", "version", "serial"),
        [(d.name, str(d.address), d.model.name, d.version, d.serial) for d in devices],
    )


def _drawn(project: Project, district: District, devices: tuple[Device, ...]) -> str:
    """The offices of these devices, and those on the way to the hub, as SVG."""
    from sekayu_net.journal import Journal
    from sekayu_net.report.around import places_of
    from sekayu_net.report.status import marks_of, status_of
    from sekayu_net.report.topology import drawing, svg

    wanted = set()
    for device in devices:
        slug: str | None = device.office
        while slug is not None and slug not in wanted:
            wanted.add(slug)
            slug = district.offices[slug].upstream
    places = tuple(place for place in places_of(district) if place.slug in wanted)
    marks = {}
    if project.journal_path.exists():
        with Journal.open(project.journal_path) as journal:
            marks = marks_of(district, status_of(district, journal))
    return svg(drawing(places, marks), title=district.name, alone=True)


def _facts(district: District, device: Device) -> dict[str, object]:
    """A device's entry in ``inventory show --json``."""
    office = district.office_of(device)
    return {
        "address": str(device.address),
        "platform": device.platform,
        "model": device.model.name,
        "version": device.version,
        "serial": device.serial,
        "role": device.role,
        "office": office.code,
        "kind": office.kind,
        "phase": office.phase,
        "uplink": office.uplink,
        "path": list(district.path_to(device)),
    }


@app.command(epilog="Example: sekayu-net inventory allocate")
def allocate(
    ctx: typer.Context,
    release: Annotated[
        list[str] | None,
        typer.Option(metavar="CODE", help="Let the addresses of a closed office be given again."),
    ] = None,
) -> None:
    """Give addresses to new offices and write the lock. Nobody is renumbered.

    What a closed office had is released by name, once no device is known to say it any more: deploy
    to those around it first.
    """
    from sekayu_net.inventory.addressing import allocate as give
    from sekayu_net.inventory.addressing import write_lock
    from sekayu_net.inventory.offices import read_files
    from sekayu_net.yaml_lines import shown

    project = ctx.obj.project()
    with project.lock():
        files = read_files(project.inventory)
        demands = [entry.demand for entry in files.offices.offices]
        hosts = {
            entry.host(role, number)
            for entry in files.offices.offices
            for role, number, _ in entry.devices
        }
        for code in release or ():
            _unsaid(project, hosts, files.lock.offices.get(code), code)
        lock = give(files.addressing, files.lock, demands, release=release or ())
        if lock == files.lock:
            output.result("every office has its addresses; nothing changed")
            return
        file = project.inventory / "addresses.lock.yaml"
        if not project.dry:
            write_lock(file, lock)
    for code, given in lock.offices.items():
        if files.lock.offices.get(code) != given:
            output.result(f"{code}: {given.block}")
    for code in files.lock.offices:
        if code not in lock.offices:
            output.result(f"{code}: released")
    dry.stop(project)
    output.result(f"written: {shown(file)}")


def _unsaid(project: Project, hosts: set[str], given: OfficeAddresses | None, code: str) -> None:
    """``UsageError`` while a device of the inventory says an address that is to be released."""
    from sekayu_net.inventory.addressing import said_by
    from sekayu_net.journal import Journal

    if given is None or not project.journal_path.exists():
        return
    with Journal.open(project.journal_path) as journal:
        texts = {h: c.config for h, c in journal.confirmed().items() if h in hosts}
    said = said_by(given, texts)
    if said:
        host, address = next(iter(said.items()))
        raise UsageError(
            f"the addresses of {code} are still in use: {host} says {address}"
            + (f", and {len(said) - 1} more" if len(said) > 1 else ""),
            hint=f"deploy first, and release when it is confirmed: sekayu-net deploy --host {host}",
        )


@app.command(epilog="Example: sekayu-net inventory export --out nornir")
def export(
    ctx: typer.Context,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Write hosts.yaml, groups.yaml and defaults.yaml there instead."
        ),
    ] = None,
) -> None:
    """Print the equivalent plain Nornir SimpleInventory: hosts.yaml, or all files with --out."""
    from sekayu_net.inventory.nornir_plugin import simple_files

    files = simple_files(ctx.obj.project().inventory)
    if out is None:
        output.verbatim(files["hosts.yaml"].rstrip("\n"))
        return
    out.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (out / name).write_text(text, encoding="utf-8")
        output.result(f"written: {out / name}")


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
    project = ctx.obj.project()
    devices = _chosen(
        project, office=office, host=host, kind=kind, role=role, phase=phase, platform=platform
    )
    codes = [_trust(project, device, yes=yes, replace=replace) for device in devices]
    dry.stop(project, output.combine(codes))
    raise typer.Exit(output.combine(codes))


def _trust(project: Project, device: Device, *, yes: bool, replace: bool) -> output.ExitCode:
    """Pin one device's key. What keeps one device from it does not keep the others."""
    from sekayu_net.platforms.transport import fetch_host_key

    target = project.target(device)
    try:
        key = fetch_host_key(
            target.address,
            target.port,
            target.timeout,
            legacy_algorithms=target.legacy_algorithms,
            host=device.name,
            jump=target.jump,
        )
    except UnreachableError as error:
        output.warn(str(error))
        return output.ExitCode.INCOMPLETE
    except DeviceError as error:
        return output.report_error(error)
    pinned = known_hosts.pinned(project.known_hosts, device.name)
    if pinned == key.line:
        output.result(f"{device.name}  {key.fingerprint}  pinned already")
        return output.ExitCode.OK
    if pinned is not None and not replace:
        return output.report_error(
            HostKeyError(
                f"another key is pinned than the one it shows now, {key.fingerprint}",
                host=device.name,
                stage="trust",
                hint="someone may stand in between. Only if the device was swapped or reset: "
                f"sekayu-net inventory trust --host {device.name} --replace",
            )
        )
    if project.dry:
        output.result(f"{device.name}  {key.fingerprint}  would be pinned")
        return output.ExitCode.PENDING
    if not output.confirm(f"{device.name} shows {key.fingerprint}. Pin it?", yes=yes):
        return output.ExitCode.INCOMPLETE
    with project.lock():
        known_hosts.pin(project.known_hosts, device.name, key.line)
    output.result(f"{device.name}  {key.fingerprint}  pinned")
    return output.ExitCode.OK


@app.command(epilog="Example: sekayu-net inventory rename desa-sukarami 'Suka Ramai'")
def rename(
    ctx: typer.Context,
    office: Annotated[str, typer.Argument(metavar="OFFICE", help="By code, name or short name.")],
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its new name.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Give an office another name; journal, history, host keys, backups and secrets go along.

    Addresses stay: they follow the code. What the devices say is an ordinary plan afterwards.
    """
    from sekayu_net.inventory.editing import rename_office
    from sekayu_net.project import Project as Loaded
    from sekayu_net.renaming import carry_over, names_for

    project: Project = ctx.obj.project()
    names = names_for(project, office, name)
    for old, new in names.hosts.items():
        output.result(f"{old}  →  {new}")
    dry.stop(project)
    if not output.confirm("Rename?", yes=yes):
        output.progress("nothing was done")
        return
    both = [Loaded.load(project.root, lab=lab) for lab in (False, True)]
    with ExitStack() as locks:
        kept = [each for each in both if each.state.exists() or not each.lab]
        for each in kept:
            locks.enter_context(each.lock())
        for each in kept:
            for secret in carry_over(each, names):
                output.warn(f"{secret} is not in the project's file: rename it where it is kept")
        rename_office(project.inventory, names.code, name)
    shown = " ".join(f"--host {host}" for host in (*names.hosts.values(), *names.around))
    output.result("written: inventory/offices.yaml; playbooks and tasks that name hosts are yours")
    output.result(f"what the devices say is not changed yet: sekayu-net plan {shown}")


app.command(epilog="Example: sekayu-net inventory merge desa-sukarami --into desa-lumpatan")(merge)
