"""A first inventory for another kecamatan, from a list of its offices by official code.

The list knows codes, kinds and names. Everything else (uplinks, devices, serial numbers) is made
up here so that the whole can be tried in the lab, and the file says so. Checking what comes out is
``checks``'.
"""

from __future__ import annotations

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.errors import InputError, UsageError

COLUMNS = ("code", "kind", "name", "kecamatan_code", "kecamatan")
#: What a code of each kind of office looks like.
CODES = {
    "camat": re.compile(r"\d\d\.\d\d\.\d\d"),
    "lurah": re.compile(r"\d\d\.\d\d\.\d\d\.1\d{3}"),
    "desa": re.compile(r"\d\d\.\d\d\.\d\d\.2\d{3}"),
}
PHASES = {"camat": 1, "lurah": 1, "desa": 2}
ROUTERS = {"camat": "RB5009UG+S+", "lurah": "L009UiGS", "desa": "RB760iGS"}
ACCESS_POINTS = {
    "camat": "cAPGi-5HaxD2HaxD",
    "lurah": "cAPGi-5HaxD2HaxD",
    "desa": "wAPG-5HaxD2HaxD",
}

HEAD = """\
# Codes, names and kinds are from {source}.
# Everything else is made up, to be tried in the lab: uplinks, devices, versions. The serial
# numbers are examples that no device has: a plan reaches a real device only when its own stands
# here.
#
# code       locks the office's addresses: it never changes
# uplink     {{kind: dinkominfo | fiber | radio | internet, to: OFFICE}};
#            `to` only where a link does not end at the hub
# routers, access_points
#            model (models.yaml), serial number, version; then: sekayu-net inventory check
"""


@dataclass(frozen=True, slots=True)
class OfficeRow:
    """One office of the list. ``kecamatan`` is the code of the kecamatan that it lies in."""

    code: str
    kind: str
    name: str
    kecamatan: str
    kecamatan_name: str


def office_rows(file: Path, kecamatan: Sequence[str] = ()) -> tuple[OfficeRow, ...]:
    """The offices of these kecamatan (of all, when none is named), in the order of the names.

    Raises ``InputError`` with file and line for a list that can't be one, ``UsageError`` for a
    kecamatan that it does not have.
    """
    rows = list(_read(file))
    names = {row.kecamatan: row.kecamatan_name for row in rows}
    for code in kecamatan:
        if code not in names:
            there = ", ".join(f"{key} {name}" for key, name in sorted(names.items()))
            raise UsageError(f"{file} has no kecamatan {code}", hint=f"there are: {there}")
    wanted = kecamatan or sorted(names)
    return tuple(row for code in wanted for row in rows if row.kecamatan == code)


def _read(file: Path) -> Iterator[OfficeRow]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"cannot read it: {error}", file=file) from error
    reader = csv.DictReader(text.splitlines())
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise InputError(
            f"there is no column {missing[0]}",
            file=file,
            line=1,
            hint=f"the first line names the columns: {','.join(COLUMNS)}",
        )
    seen: dict[str, int] = {}
    begun: dict[str, int] = {}
    camats: set[str] = set()
    for values in reader:
        line = reader.line_num
        row = OfficeRow(*((values[column] or "").strip() for column in COLUMNS))
        fault = None
        if row.kind not in CODES:
            fault = f"{row.kind!r} is no kind of office: camat, lurah or desa"
        elif not CODES[row.kind].fullmatch(row.code):
            fault = f"{row.code!r} is no code of a {row.kind}'s office"
        elif row.code in seen:
            fault = f"{row.code} stands in line {seen[row.code]} too"
        elif not row.name:
            fault = f"{row.code} has no name"
        if fault:
            raise InputError(fault, file=file, line=line)
        seen[row.code] = line
        begun.setdefault(row.kecamatan, line)
        if row.kind == "camat":
            camats.add(row.kecamatan)
        yield row
    for code, line in begun.items():
        if code not in camats:
            raise InputError(f"kecamatan {code} has no camat's office", file=file, line=line)


def offices_text(
    rows: Sequence[OfficeRow], *, version: str, source: str = "a list", region: str | None = None
) -> str:
    """``offices.yaml`` for these offices: the first camat's router is the hub of all."""
    named = _names(rows)
    camats = {row.kecamatan: row for row in rows if row.kind == "camat"}
    hub = camats[rows[0].kecamatan]
    hub_host = f"{_slug('camat', named[hub.code])}-rtr1"
    where = f", region: {region}" if region else ""
    district = f'{{code: "{hub.code}", name: {_quoted(hub.name)}, hub: {hub_host}{where}}}'
    lines = [HEAD.format(source=source), f"district: {district}", "", "offices:"]
    for row in rows:
        lines += _office(row, named, camats[row.kecamatan], hub, version)
    return "\n".join(lines) + "\n"


def _names(rows: Sequence[OfficeRow]) -> dict[str, str]:
    """A name for each office by code; two of one kind and name are told apart by kecamatan."""
    count = Counter((row.kind, _slug(row.kind, row.name)) for row in rows)
    return {
        row.code: row.name
        if count[row.kind, _slug(row.kind, row.name)] == 1
        else f"{row.name} {row.kecamatan_name}"
        for row in rows
    }


def _slug(kind: str, name: str) -> str:
    return f"{kind}-{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}"


def _quoted(text: str) -> str:
    return text if re.fullmatch(r"[A-Za-z][A-Za-z ]*", text) else '"' + text.replace('"', "'") + '"'


def _serial(code: str, device: str) -> str:
    """A serial number that no device has, the same each time."""
    return "EX" + hashlib.sha256(f"{code} {device}".encode()).hexdigest()[:8].upper()


def _office(
    row: OfficeRow, named: dict[str, str], camat: OfficeRow, hub: OfficeRow, version: str
) -> list[str]:
    kind = "radio" if row.kind == "desa" else "fiber"
    above = hub if row.kind == "camat" else camat
    if row == hub:
        uplink = "{kind: dinkominfo}"
    elif above == hub:
        uplink = f"{{kind: {kind}}}"
    else:
        uplink = f"{{kind: {kind}, to: {_slug('camat', named[above.code])}}}"
    ports = ", ports: {sfp1: uplink, ether1: unused}" if row.kind == "lurah" else ""
    return [
        f'  - code: "{row.code}"',
        f"    name: {_quoted(named[row.code])}",
        f"    kind: {row.kind}",
        f"    phase: {PHASES[row.kind]}",
        f"    uplink: {uplink}",
        "    routers:",
        f"      - {{{_device(ROUTERS[row.kind], row.code, 'rtr1', version)}{ports}}}",
        "    access_points:",
        f"      - {{{_device(ACCESS_POINTS[row.kind], row.code, 'ap1', version)}}}",
    ]


def _device(model: str, code: str, device: str, version: str) -> str:
    return f'model: {model}, serial: {_serial(code, device)}, version: "{version}"'


def write_inventory(
    folder: Path,
    rows: Sequence[OfficeRow],
    *,
    source: str = "a list of offices",
    region: str | None = None,
) -> None:
    """Put these offices in place of an inventory's own, and give them addresses.

    ``folder`` is a copy of an inventory: its models, pools and services are kept.
    """
    from sekayu_net.inventory.addressing import Lock, allocate, write_lock
    from sekayu_net.inventory.offices import read_files

    models = read_files(folder).models
    version = models.platforms[models.models[ROUTERS["camat"]].platform].versions[-1]
    text = offices_text(rows, version=version, source=source, region=region)
    (folder / "offices.yaml").write_text(text, encoding="utf-8")
    files = read_files(folder)
    demands = [entry.demand for entry in files.offices.offices]
    write_lock(folder / "addresses.lock.yaml", allocate(files.addressing, Lock(), demands))
