"""``adopt HOST``: a device in service, and what its first plan would do."""

from __future__ import annotations

import textwrap
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.errors import DeviceError, UsageError
from sekayu_net.languages import said
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.adopt import Adoption, Fate, Who
    from sekayu_net.inventory.district import Device
    from sekayu_net.platforms.base import Reading
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import Site

TITLES: dict[Fate, str] = {
    "removed": "would be removed",
    "changed": "would be changed",
    "added": "would be added",
    "left alone": "is left alone",
    "unknown": "could not be read: nothing is done there",
}
#: The same, above a column.
COLUMNS: dict[Fate, str] = {
    "removed": said("removed"),
    "changed": said("changed"),
    "added": said("added"),
    "left alone": said("left alone"),
    "unknown": said("not read"),
}


def adopt(
    ctx: typer.Context,
    hosts: Annotated[
        list[str] | None, typer.Argument(metavar="[HOST]…", help="Devices by inventory name.")
    ] = None,
    exports: Annotated[
        Path | None,
        typer.Option("--from", metavar="FOLDER", help="A folder of exports; no device is asked."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    full: who.Full = False,
) -> None:
    """Take over a device in service: who it is, and what a first plan would do, item by item.

    Nothing is changed on it. Its host key is pinned and its serial number written into the
    inventory, when you say so. Exit 0: nothing to remove or change, 3: something, 4: not read.
    """
    from sekayu_net.adopt import files_of, writer_among
    from sekayu_net.cli.site import site_of
    from sekayu_net.platforms.registry import language

    project = ctx.obj.project()
    district = project.district()
    if not hosts and exports is None:
        raise UsageError("say which device", hint="sekayu-net adopt HOST, or --from FOLDER")
    devices = [_device(project, name) for name in hosts or ()]
    files: dict[str, Path] = {}
    if exports is not None:
        wanted = devices or list(district.devices.values())
        writer = writer_among(wanted, lambda platform, text: language(platform).author(text))
        files = files_of(exports, [device.name for device in wanted], writer)
        missing = [name for name in hosts or () if name not in files]
        if missing or not files:
            raise UsageError(
                f"{exports} has no export of {', '.join(missing) or 'any host of the inventory'}",
                hint="a file is a host's when it is named after it, or says its serial number "
                "or name",
            )
        devices = [district.devices[name] for name in files]
    site = site_of(project)
    codes, accounts = [], {}
    for device in devices:
        try:
            if exports is not None:
                found = _from_file(project, site, device, files[device.name])
            else:
                found = _from_device(project, site, device, yes=yes)
        except DeviceError as error:
            output.report_error(error)
            codes.append(output.ExitCode.INCOMPLETE)
            continue
        accounts[device.name] = found
        if not as_json:
            _show(found, full=full)
        touched = found.of("removed") or found.of("changed")
        codes.append(output.ExitCode.PENDING if touched else output.ExitCode.OK)
    if as_json:
        output.result_json({"hosts": {name: found.summary() for name, found in accounts.items()}})
    dry.stop(project, output.combine(codes))
    raise typer.Exit(output.combine(codes))


def _device(project: Project, host: str) -> Device:
    from sekayu_net.inventory.selection import Selection, select

    (device,) = select(project.district(), Selection(host=(host,)))
    return device


def _from_device(project: Project, site: Site, device: Device, *, yes: bool) -> Adoption:
    from sekayu_net import known_hosts
    from sekayu_net.adopt import Who, unlike
    from sekayu_net.bootstrap import write_serial
    from sekayu_net.platforms.transport import fetch_host_key

    target = project.target(device)
    if known_hosts.pinned(project.known_hosts, device.name) is None:
        key = fetch_host_key(
            target.address,
            target.port,
            target.timeout,
            legacy_algorithms=target.legacy_algorithms,
            host=device.name,
            jump=target.jump,
        )
        if project.dry:
            output.result(f"{device.name}  {key.fingerprint}  would be pinned, and the device read")
        dry.stop(project)
        question = f"{device.name} shows {key.fingerprint}. Pin it?"
        if not output.confirm(question, yes=yes):
            raise UsageError("without its host key nothing is asked of it", hint="compare it first")
        with project.lock():
            known_hosts.pin(project.known_hosts, device.name, key.line)
    driver = site.driver(device)
    try:
        driver.open()
        reading: Reading = driver.read()
    finally:
        driver.close()
    wanted = (device.serial, device.model.name, device.version)
    different = unlike(reading.serial, reading.model, reading.version, wanted=wanted)
    who = Who(reading.identity, reading.serial, reading.model, reading.version, different)
    for what, written, is_ in different:
        question = f"The inventory says serial number {written}, the device {is_}. Write it there?"
        if what == "serial number" and not project.dry and output.confirm(question, yes=yes):
            with project.lock():
                write_serial(project.inventory / "offices.yaml", written, is_)
    return _account(project, site, device, who, reading.config, site.intended(device))


def _from_file(project: Project, site: Site, device: Device, file: Path) -> Adoption:
    from sekayu_net.adopt import Who, unlike
    from sekayu_net.errors import InputError
    from sekayu_net.platforms.registry import language

    text = file.read_bytes().decode("utf-8", "surrogateescape")
    said = language(device.platform).author(text)
    wanted = (device.serial, device.model.name, device.version)
    different = unlike(said.serial, said.model, said.version, wanted=wanted)
    who = Who(said.identity, said.serial, said.model, said.version, different)
    intended = site.intended(device)  # a fault of the templates is none of the file
    try:
        return _account(project, site, device, who, text, intended)
    except InputError as error:
        error.file = file
        raise


def _account(
    project: Project, site: Site, device: Device, who: Who, text: str, intended: str
) -> Adoption:
    from dataclasses import replace

    from sekayu_net.adopt import account, writers_of

    platform = site.platform(device)
    for value in platform.secrets(text):
        site.remember(value, device.name)
    masked = platform.mask(text, site.seal)
    return account(
        device.name,
        who,
        platform.canonical(masked),
        intended,
        platform=platform,
        context=replace(site.context(device), version=who.version or device.version),
        writers=writers_of(project.templates / device.platform),
    )


def _show(found: Adoption, *, full: bool) -> None:
    seen = found.who
    told = (seen.model, seen.version, seen.serial, seen.identity)
    named = " ".join(part for part in told if part)
    output.result(f"{found.host}  {named}".rstrip())
    for what, wanted, is_ in seen.unlike:
        output.result(f"  the inventory says {what} {wanted}, the device {is_}")
    if found.items:
        output.result("")
        _show_counts(found)
    for fate, title in TITLES.items() if full else ():
        items = found.of(fate)
        if not items:
            continue
        output.result("")
        output.result(f"{counted(len(items), 'item')} {title}:")
        path = advice = None
        for item in items:
            if item.path != path:
                path, advice = item.path, None
                output.verbatim(f"  {path}")
            if item.advice and item.advice != advice:
                advice = item.advice
                output.result(f"    ({advice})")
            output.verbatim(_wrapped(_line(item.item, item.now, item.then)))
    output.result("")
    note = ", some of them on the management path" if found.management_path else ""
    output.result(f"a first plan has {counted(found.operations, 'operation')}{note}:")
    output.result(f"sekayu-net plan --host {found.host}")
    if found.items and not full:
        output.result("each item, and how to keep it: the same with --full")
    if found.of("removed"):
        output.result("(removals beyond the limit need --allow-removals)")


def _show_counts(found: Adoption) -> None:
    """How many items of each menu have which fate."""
    counts = {fate: Counter(item.path for item in found.of(fate)) for fate in TITLES}
    fates = [fate for fate, menus in counts.items() if menus]
    menus = dict.fromkeys(item.path for item in found.items)
    output.table(
        ("menu", *(COLUMNS[fate] for fate in fates)),
        [(menu, *(str(counts[fate][menu] or "") for fate in fates)) for menu in menus]
        + [("", *(str(counts[fate].total()) for fate in fates))],
        right=tuple(COLUMNS[fate] for fate in fates),
    )


def _line(item: str | None, now: str | None, then: str | None) -> str:
    if now and then:
        return f"{item or ''}: {now} → {then}".removeprefix(": ")
    return (now or then or item or "").strip()


def _wrapped(text: str) -> str:
    return textwrap.fill(
        text,
        width=80,
        initial_indent="    ",
        subsequent_indent="        ",
        break_long_words=False,
        break_on_hyphens=False,
    )
