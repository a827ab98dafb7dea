"""Versions of RouterOS as files and as languages: which packages, and what is called how where.

The upper half is pure; the lower half puts packages on a device and restarts it. Which device may
be upgraded when is not decided here.

Sources: packages lie in the root folder, go in at an orderly restart (``/system reboot``), and all
must be of the main one's version, or they are uninstalled (MikroTik's manuals, "Software Package
Management"); the radios' package stands apart from 7.13 on (manual, "Packages"); an older version
goes in by ``/system package downgrade``; the boot loader changes at the restart after
``/system routerboard upgrade``. Names as published for 7.x: ``routeros-7.20.4-arm64.npk``,
``wifi-qcom-7.20.4-arm64.npk``; those of x86 without the processor. GUESSES: the margins of memory
and flash; that both commands, run as a job, ask nobody (as ``/system reboot`` does).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress

from sekayu_net.errors import ApplyError, DeviceError, GarbledError, UsageError
from sekayu_net.platforms.routeros.facts import read_facts
from sekayu_net.platforms.routeros.schema import parse_version
from sekayu_net.platforms.routeros.session import Session, literal, pairs
from sekayu_net.platforms.routeros.tree import Tree, read, to_text
from sekayu_net.platforms.upgrading import Installed

MAIN = "routeros"
#: From here on packages have the names that are known here.
SINCE = (7, 13, 0)
#: Bytes that must stay free besides the packages: on flash, and in memory.
MARGIN_FLASH, MARGIN_MEMORY = 1 << 20, 16 << 20
#: Seconds for one package: some 15 MB over a slow link.
UPLOAD_TIMEOUT = 1800.0
#: Seconds that writing the boot loader may take: a GUESS on the safe side.
BOOT_LOADER_SECONDS = 8.0
#: (first version with the new name, menu, old name, new name): reference part 7.
RENAMED = (
    ("7.18", "/interface wireguard peers", "is-responder", "responder"),
    ("7.19", "/routing bgp connection", "address-families", "afi"),
    ("7.19", "/routing bgp template", "address-families", "afi"),
    ("7.24", "/ip service", "address", "available-from"),
)
_COMPLAINT = re.compile(
    r"can ?not install|broken package|not enough (?:disk )?space", re.IGNORECASE
)


def older(version: str, than: str) -> bool:
    """Whether one version comes before another."""
    return parse_version(version) < parse_version(than)


def package_files(installed: Installed, version: str) -> tuple[str, ...]:
    """The published files for a device: the main package, then those that it has now."""
    for each in (installed.version, version):
        if parse_version(each) < SINCE:
            raise UsageError(
                f"from {installed.version} to {version}: packages before 7.13 are others, and so "
                "is much of the configuration",
                hint="bring such a device to 7.13 or later by hand, then adopt it",
            )
    end = "" if installed.architecture in ("x86", "x86_64") else f"-{installed.architecture}"
    return tuple(f"{name}-{version}{end}.npk" for name in (MAIN, *installed.extra))


def room_refusal(installed: Installed, size: int) -> str | None:
    """Why packages of that size don't fit; None when they do, or the device does not tell."""
    margin = MARGIN_MEMORY if installed.in_memory else MARGIN_FLASH
    if installed.free is None or installed.free >= size + margin:
        return None
    where = "memory" if installed.in_memory else "flash"
    return (
        f"{installed.free // 1024} KiB of {where} are free, {(size + margin) // 1024} KiB are "
        f"needed ({margin // 1024} of them to spare)"
    )


def migrated(text: str, before: str, after: str) -> tuple[str, tuple[str, ...]]:
    """A masked text of one version as another calls things; what the other can't say is named."""
    tree = read(text, before)
    goal = read("", after)
    lost = []
    for path, rows in tree.menus.items():
        if goal.schema.exists(path) is False:
            lost.append(path)
            continue
        names = _names(path, before, after)
        menu = goal.menu(path)
        for row in rows:
            values = {}
            for prop, value in row.values.items():
                called = names.get(prop, prop)
                if called in menu.removed:
                    lost.append(f"{path} {prop}")
                else:
                    values[called] = value
            row.replace(values)
        goal.menus[path] = rows
    goal.unreadable |= tree.unreadable
    return to_text(_kept(goal)), tuple(dict.fromkeys(lost))


def _names(path: str, before: str, after: str) -> dict[str, str]:
    """Names before → names after, for one menu."""
    forward, names = not older(after, before), {}
    first, last = sorted((parse_version(before), parse_version(after)))
    for since, menu, old, new in RENAMED:
        if menu == path and first < parse_version(since) <= last:
            names[old if forward else new] = new if forward else old
    return names


def _kept(tree: Tree) -> Tree:
    """Without rows of settings and built-in entries of which nothing is left."""
    for path, rows in tree.menus.items():
        tree.menus[path] = [row for row in rows if row.entry is None or row.values]
    return tree


# -- on a device -------------------------------------------------------------------------------


def installed(session: Session) -> Installed:
    """What runs there, and what room it has."""
    stage = "upgrade"
    found = pairs(
        session.ask(
            ':put ("architecture=" . [/system resource get architecture-name])',
            ':put ("flash=" . [/system resource get free-hdd-space])',
            ':put ("memory=" . [/system resource get free-memory])',
            ':put ("oldest=" . [/system resource get factory-software])',
            ':put ("folder=" . [:len [/file find where name="flash"]])',
            stage=stage,
        )
    )
    known = read_facts(session, stage=stage)
    board, packages = session.rows(
        "/system routerboard print as-value",
        "/system package print as-value",
        stage=stage,
        json_rows=False,
    )
    row = board[0] if board else {}
    in_memory = found.get("folder", "0") not in ("", "0")
    free = found.get("memory" if in_memory else "flash", "")
    names = [each.get("name", "") for each in packages or () if each.get("disabled") != "true"]
    if MAIN not in names:
        raise GarbledError(
            "it does not tell its packages",
            host=session.host,
            stage=stage,
            hint="look at /system package print by hand; version 6 is not upgraded from here",
        )
    return Installed(
        version=known.version,
        architecture=found.get("architecture", ""),
        extra=tuple(name for name in names if name and name != MAIN),
        boot=row.get("current-firmware", ""),
        boot_offered=row.get("upgrade-firmware", ""),
        oldest=found.get("oldest", ""),
        in_memory=in_memory,
        free=int(free) if free.isdigit() else None,
        uptime=known.uptime,
    )


def stage(session: Session, files: Mapping[str, bytes], told: Callable[[str], None]) -> None:
    """Upload packages to the root folder; each must then be there with its whole size.

    The main one last: what was cut off in between installs nothing at a restart.
    """
    unstage(session)
    for name, data in reversed(tuple(files.items())):
        told(f"{name} ({len(data) // 1024} KiB)")
        session.connection.put({name: data}, UPLOAD_TIMEOUT, stage="upload")
    lines = session.ask(
        *(
            f':put ("size=" . [/file get [/file find where name={literal(name)}] size])'
            for name in files
        ),
        stage="upload",
    ).split()
    sizes = [line.removeprefix("size=") for line in lines]
    for size, (name, data) in zip(sizes, files.items(), strict=True):
        # Some versions tell a size in words (14.2MiB): SFTP's own word must then do.
        if not size or (size.isdigit() and int(size) != len(data)):
            unstage(session)
            raise ApplyError(
                f"{name} did not arrive whole: {size or 'nothing'} of {len(data)} bytes",
                host=session.host,
                stage="upload",
                hint="run the upgrade again; is the flash full?",
            )


def unstage(session: Session) -> None:
    """Remove every package file in the root folder."""
    session.ask(':foreach i in=[/file find where name~"^[^/]*[.]npk\\$"] do={/file remove $i}',
                stage="upload")  # fmt: skip


def install(session: Session, *, older: bool) -> None:
    """Restart into the packages, by a job that nobody can ask a question."""
    command = "/system package downgrade" if older else "/system reboot"
    session.ask(f':execute script=":delay 1s; {command}"', stage="upgrade")


def upgrade_boot(session: Session) -> None:
    """Replace the boot loader and restart, by a job."""
    wait = f":delay {int(BOOT_LOADER_SECONDS * 1000)}ms"
    script = f":delay 1s; /system routerboard upgrade; {wait}; /system reboot"
    session.ask(f':execute script="{script}"', stage="upgrade")


def complaints(session: Session) -> tuple[str, ...]:
    """What the log says of packages that were not taken; nothing where it can't be read."""
    with suppress(DeviceError):
        (rows,) = session.rows("/log print as-value", stage="upgrade", json_rows=False)
        said = (row.get("message", "") for row in rows or ())
        return tuple(words for words in said if _COMPLAINT.search(words))
    return ()
