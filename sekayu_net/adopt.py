"""A device in service before its first plan: what that plan would remove, change and leave alone.

Pure: a state and an intended text in, an account of every item out. Nothing is written anywhere;
the plans that follow are the usual ones, with their limit on removals.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sekayu_net.errors import InputError
from sekayu_net.platforms.base import Author, DiffContext, Difference, Platform

if TYPE_CHECKING:
    from sekayu_net.inventory.district import Device

Fate = Literal["removed", "changed", "added", "left alone", "unknown"]
FATES: Mapping[str, Fate] = {
    "extra": "removed",
    "changed": "changed",
    "secret": "changed",
    "order": "changed",
    "missing": "added",
    "unmanaged": "left alone",
    "unreadable": "unknown",
}


@dataclass(frozen=True, slots=True)
class Item:
    """What becomes of one item. ``now`` and ``then`` are texts, secrets as tokens."""

    fate: Fate
    path: str
    item: str | None
    now: str | None
    then: str | None
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Who:
    """Who a device says it is, and what of that the inventory has otherwise.

    ``unlike``: (what, the inventory's, the device's).
    """

    identity: str
    serial: str
    model: str
    version: str
    unlike: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """The account of one device."""

    host: str
    who: Who
    items: tuple[Item, ...]
    management_path: bool
    operations: int

    def of(self, fate: Fate) -> tuple[Item, ...]:
        """The items of one fate."""
        return tuple(item for item in self.items if item.fate == fate)

    def summary(self) -> dict[str, Any]:
        """The host's entry in ``adopt --json``."""
        return asdict(self)


def account(
    host: str,
    who: Who,
    running: str,
    intended: str,
    *,
    platform: Platform,
    context: DiffContext,
    writers: Mapping[str, Sequence[str]],
) -> Adoption:
    """What the first plan would do to every item. Both texts are masked.

    ``writers``: for each menu, the templates that write to it.
    """
    change = platform.diff(running, intended, context)
    return Adoption(
        host,
        who,
        tuple(_item(difference, writers) for difference in change.differences),
        change.management_path,
        len(change.operations),
    )


def _item(difference: Difference, writers: Mapping[str, Sequence[str]]) -> Item:
    fate = FATES[difference.kind]
    return Item(
        fate,
        difference.path,
        difference.item,
        difference.actual,
        difference.expected,
        _advice(fate, difference.path, writers),
    )


def _advice(fate: Fate, path: str, writers: Mapping[str, Sequence[str]]) -> str:
    files = writers.get(path, ())
    there = ", ".join(files[:3]) + (" …" if len(files) > 3 else "")
    if fate == "removed":
        if there:
            return f"to keep it: say it in the inventory, or in {there}"
        return "to keep it: no template writes there, take the menu out of ownership.yaml"
    if fate == "changed" and there:
        return f"to keep it: change {there}"
    return ""


def writers_of(folder: Path) -> dict[str, tuple[str, ...]]:
    """For each menu, the template files below ``folder`` that write to it."""
    found: dict[str, list[str]] = {}
    for file in sorted(folder.rglob("*.j2")):
        name = str(file.relative_to(folder))
        for line in file.read_text(encoding="utf-8").splitlines():
            menu = re.fullmatch(r"(/[a-z0-9][a-z0-9 -]*)", line.strip())
            if menu and name not in found.setdefault(menu[1], []):
                found[menu[1]].append(name)
    return {menu: tuple(files) for menu, files in found.items()}


def unlike(
    serial: str, model: str, version: str, *, wanted: tuple[str, str, str]
) -> tuple[tuple[str, str, str], ...]:
    """What the inventory has otherwise than the device; what the device does not tell is left."""
    found = (serial, model, version)
    names = ("serial number", "model", "version")
    return tuple(
        (name, want, is_)
        for name, want, is_ in zip(names, wanted, found, strict=True)
        if is_ and want != is_
    )


def files_of(
    folder: Path, hosts: Iterable[str], writer: Callable[[str], str | None] = lambda _: None
) -> dict[str, Path]:
    """The export of each host in a folder as RANCID, Oxidized or a person leaves it.

    A file is a host's when it is named after it, with any ending; else ``writer`` tells from its
    text whose it is. The last of several counts, by name. ``InputError`` for a folder that can't be
    read, or holds binary backups where exports are wanted.
    """
    if not folder.is_dir():
        raise InputError("there is no such folder", file=folder, hint="name a folder of exports")
    names = set(hosts)
    named: dict[str, Path] = {}
    told: dict[str, Path] = {}
    binary: dict[str, Path] = {}
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        if any(part.startswith(".") or part == "CVS" for part in file.relative_to(folder).parts):
            continue
        name = next((each for each in (file.name, file.stem) if each in names), None)
        content = file.read_bytes()
        if b"\0" in content[:4096]:
            if name is not None:
                binary[name] = file
        elif name is not None:
            named[name] = file
        elif (host := writer(content.decode("utf-8", "replace"))) in names and host is not None:
            told[host] = file
    found = {**told, **named}
    lost = [file for name, file in binary.items() if name not in found]
    if lost:
        raise InputError(
            "this is a binary backup, which only its device can read",
            file=lost[0],
            hint="take an export (.rsc) of the device",
        )
    return found


def writer_among(
    devices: Collection[Device], author: Callable[[str, str], Author]
) -> Callable[[str], str | None]:
    """Tells which of the devices wrote a text: by its serial number, else by its name.

    ``author`` is asked with a platform's name and the text.
    """
    by_serial = {device.serial: device.name for device in devices if device.serial}
    names = {device.name for device in devices}
    platforms = sorted({device.platform for device in devices})

    def writer(text: str) -> str | None:
        for platform in platforms:
            said = author(platform, text)
            if said.serial in by_serial:
                return by_serial[said.serial]
            if said.identity in names:
                return said.identity
        return None

    return writer
