# ruff: noqa: ARG001 - handlers share a signature
"""What ``show`` tells of configurations, the archive and access lists, in IOS's layouts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekayu_net.lab.ios import filesystem
from sekayu_net.lab.ios.differences import contextual, incremental
from sekayu_net.lab.ios.exec_files import shown_text
from sekayu_net.lab.ios.filesystem import FileError
from sekayu_net.lab.ios.grammar import CommandError
from sekayu_net.lab.ios.show_system import show_version
from sekayu_net.lab.ios.tree import ordered

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console
    from sekayu_net.lab.ios.device import IosDevice

Words = tuple[str, ...]


async def show_running(console: Console, words: Words) -> str:
    """The whole configuration."""
    text = shown_text(console.device.running_text())
    del words
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"


async def show_running_interface(console: Console, words: Words) -> str:
    """One interface's part."""
    section = console.device.running.get(f"interface {words[3]}")
    if section is None:
        raise CommandError(
            "% Invalid input detected at '^' marker.\n", len("show running-config interface ")
        )
    lines = part(console.device, section.text)
    text = "\n".join(["!", *lines, "end", ""])
    return f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}\n"


def part(device: IosDevice, start: str) -> list[str]:
    """The printed lines of the global sections and lines that begin so."""
    found, inside = [], False
    for line in device.running.lines():
        if not line.startswith(" "):
            inside = line == start or line.startswith(f"{start} ")
        if inside:
            found.append(line)
    return found


async def show_running_part(console: Console, words: Words) -> str:
    """``show running-config | …`` came without a blank, or a part that has a name."""
    starts = {"aaa": "aaa", "vrf": "vrf definition", "router": "router", "username": "username"}
    start = starts.get(words[2].split()[0])
    if start is None:
        raise CommandError("% Invalid input detected at '^' marker.\n", len("show running-config "))
    return "\n".join([*part(console.device, start), "end", ""])


async def show_startup(console: Console, words: Words) -> str:
    """What it boots with."""
    device = console.device
    if not device.startup:
        return "startup-config is not present\n"
    text = shown_text(device.startup)
    return f"Using {len(text)} out of {device.nvram_bytes} bytes\n{text}"


async def show_archive(console: Console, words: Words) -> str:
    """The archive's files."""
    rollback = console.device.rollback
    if not rollback.path:
        return "Archive feature not enabled\n"
    lines = [
        f"The maximum archive configurations allowed is {rollback.maximum}.",
        f"The next archive file will be named {rollback.next_name()}",
        " Archive #  Name",
    ]
    kept = rollback.archived
    for number in range(1, rollback.maximum + 1):
        name = kept[number - 1] if number <= len(kept) else ""
        mark = " <- Most Recent" if number == len(kept) else ""
        lines.append(f"   {number:<8d} {name}{mark}")
    return "\n".join([*lines, ""])


def _file(device: IosDevice, name: str) -> str:
    return filesystem.read(device, name).decode("utf-8", "replace")


async def show_archive_differences(console: Console, words: Words) -> str:
    """``show archive config differences [BASE [NEW]]``."""
    names = list(words[4:])
    if len(names) < 2:
        names = [*names, "system:running-config"] if names else [
            "system:running-config", "nvram:startup-config"]  # fmt: skip
    try:
        return contextual(_file(console.device, names[0]), _file(console.device, names[1]))
    except FileError as error:
        return f"{error}\n"


async def show_archive_incremental(console: Console, words: Words) -> str:
    """``show archive config incremental-diffs FILE [ignorecase]``."""
    try:
        text = _file(console.device, words[4])
    except FileError as error:
        return f"{error}\n"
    running = console.device.running_text()
    return incremental(running, text, ignore_case="ignorecase" in words)


async def show_rollback_timer(console: Console, words: Words) -> str:
    """The pending change."""
    return console.device.rollback.shown()


async def show_configuration_lock(console: Console, words: Words) -> str:
    """Nobody holds it."""
    return (
        "Parser Configure Lock\n---------------------\nOwner PID         : -1\n"
        "User              : unknown\nClass             : unknown\n"
    )


async def show_configuration_id(console: Console, words: Words) -> str:
    """How many changes there were: not counted here."""
    raise CommandError("% The lab's device does not count configurations\n")


async def show_tech(console: Console, words: Words) -> str:
    """Version and configuration."""
    version = await show_version(console, words)
    running = await show_running(console, words)
    return (
        f"\n------------------ show version ------------------\n\n{version}\n"
        f"------------------ show running-config ------------------\n\n{running}"
    )


async def show_history(console: Console, words: Words) -> str:
    """Not kept."""
    return "  show history\n"


async def show_aliases(console: Console, words: Words) -> str:
    """Exec's aliases."""
    found = [line.text.split(" ", 3) for line in console.device.running.all("alias exec")]
    rows = [f"  {words[2]:<22s}{words[3]}" for words in found if len(words) > 3]
    return "\n".join(["Exec mode aliases:", "  h                     help", *rows, ""])


async def show_access_lists(console: Console, words: Words) -> str:
    """Entries with their numbers."""
    wanted = words[-1] if len(words) > 2 else ""
    lines: list[str] = []
    for kind in ("standard", "extended"):
        for section in console.device.running.all(f"ip access-list {kind}"):
            name = section.text.split()[3]
            if wanted and name != wanted:
                continue
            lines.append(f"{kind.capitalize()} IP access list {name}")
            for entry in ordered(section):
                number, *content = entry.key[1]
                if content[:1] != ["remark"]:
                    lines.append(f"    {number} {' '.join(content)}")
    return "\n".join([*lines, ""]) if lines else ""
