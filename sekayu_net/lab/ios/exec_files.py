"""Exec commands on files: copy, dir, more, delete, verify, write, and what replaces configurations.

Questions (``Destination filename [x]?``) are asked unless ``file prompt quiet`` is configured.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

from sekayu_net.lab.ios import filesystem
from sekayu_net.lab.ios.editor import Editor
from sekayu_net.lab.ios.filesystem import FileError, bare_name, is_running, is_startup
from sekayu_net.lab.ios.grammar import CommandError

if TYPE_CHECKING:
    from sekayu_net.lab.files import File
    from sekayu_net.lab.ios.console import Console
    from sekayu_net.lab.ios.device import IosDevice

Words = tuple[str, ...]
#: Files that every device has: number, size and when.
_IMAGE = (1, 98_562_048, "Jan 15 2024 08:12:44")


def _quiet(console: Console) -> bool:
    return console.device.running.has("file prompt quiet")


async def copy(console: Console, words: Words) -> str:
    """``copy SOURCE DESTINATION``."""
    names = [word for word in words[1:] if not word.startswith("/")]
    source, target = names[0], names[1]
    silent = _quiet(console) or "/noconfirm" in words
    try:
        data = filesystem.read(console.device, source)
    except FileError as error:
        return f"{error}\n"
    if not silent:
        default = "startup-config" if is_startup(target) else (
            "running-config" if is_running(target) else bare_name(target) or bare_name(source)
        )  # fmt: skip
        answer = (await console.ask(f"Destination filename [{default}]? ")).strip()
        if answer and not (is_running(target) or is_startup(target)):
            system = filesystem.system_of(console.device, target)
            target = answer if ":" in answer else f"{system}{answer}"
        elif not bare_name(target):
            target = f"{target}{bare_name(source)}"
    if is_running(target):
        return await merge(console, data.decode("utf-8", "replace"))
    if is_startup(target):
        return _to_startup(console, source, data)
    return await _to_flash(console, source, target, data, silent=silent)


async def copy_ask(console: Console, words: Words) -> str:
    """``copy SOURCE``: asks for the destination."""
    target = (await console.ask("Destination filename []? ")).strip()
    if not target:
        return "%Error parsing filename (No such file or directory)\n"
    return await copy(console, (*words, target))


def _to_startup(console: Console, source: str, data: bytes) -> str:
    device = console.device
    if is_running(source):
        device.save(console.user)
        return "Building configuration...\n[OK]\n"
    device.startup = data.decode("utf-8", "replace")
    return f"[OK]\n{len(data)} bytes copied in 0.412 secs ({int(len(data) / 0.412)} bytes/sec)\n"


async def _to_flash(
    console: Console, source: str, target: str, data: bytes, *, silent: bool
) -> str:
    device = console.device
    if filesystem.is_flash(device, target) and not silent and device.files.get(bare_name(target)):
        shown = "%Warning:There is a file already existing with this name\n"
        reply = await console.ask(f"{shown}Do you want to over write? [confirm]")
        if reply.strip().lower() not in ("", "y", "yes"):
            return "%Error copying (Aborted)\n"
    try:
        filesystem.write(device, target, data)
    except FileError as error:
        return f"{error}\n"
    if not data:
        return ""
    rate = int(len(data) / 0.564)
    if is_running(source):
        return f"{len(data)} bytes copied in 0.564 secs ({rate} bytes/sec)\n"
    return f"Copy in progress...C\n{len(data)} bytes copied in 0.564 secs ({rate} bytes/sec)\n"


async def merge(console: Console, text: str) -> str:
    """``copy FILE running-config``: every line as if it were typed; errors are shown and passed."""
    from sekayu_net.lab.ios.special import is_frame

    device = console.device
    editor = Editor(device, device.running, user=console.user, ask=console.ask)
    answers = []
    number = 0
    for line in text.splitlines():
        if not editor.collecting and (is_frame(line) or not line.strip()):
            continue
        if not editor.collecting and line.lstrip().startswith("!"):
            continue
        if device.faults.slow_statement > 0:
            await asyncio.sleep(device.faults.slow_statement)
        number += 1
        device.before_statement(line)
        rejected = device.faults.reject_statement
        if rejected and rejected in line:
            answers.append(f"{line}\n% Command rejected\n")
            continue
        before = editor.changes
        answer = await editor.run(line)
        if answer and not answer.startswith("Enter TEXT"):
            answers.append(f"{line}\n{answer}" if "^" in answer else answer)
        if editor.changes != before:
            device.edited(console.user)
        said = device.faults.interference.pop(number, None)
        if said is not None:
            device.interfere(said)
        if editor.left:
            break
    size = len(text.encode())
    answers.append(f"\n{size} bytes copied in 0.620 secs ({int(size / 0.62)} bytes/sec)\n")
    return "".join(answers)


# -- looking -----------------------------------------------------------------------------------


def _row(device: IosDevice, file: File) -> str:
    when = f"{file.modified:%b} {file.modified.day:2d} {file.modified:%Y %H:%M:%S} +00:00"
    flags = "drw-" if file.kind == "directory" else "-rw-"
    del device
    return f"{file.number + 1:5d}  {flags}{file.size:12d}  {when}  {file.name}"


async def dir(console: Console, words: Words) -> str:  # noqa: A001 - the command's name
    """The files of a file system, or one of them."""
    device = console.device
    name = words[-1] if len(words) > 1 and not words[-1].startswith("/") else device.flash
    if name in ("nvram:", "nvram:/"):
        size = len(device.startup)
        return (
            f"Directory of nvram:/\n\n  238  -rw-{size:12d}                    <no date>  "
            f"startup-config\n\n{device.nvram_bytes} bytes total "
            f"({device.nvram_bytes - size} bytes free)\n"
        )
    if not filesystem.is_flash(device, name) or (":" not in name and not device.files.get(name)):
        return f"%Error opening {name} (No such file or directory)\n"
    image_number, image_size, image_when = _IMAGE
    total = device.files.capacity + image_size
    tail = f"\n{total} bytes total ({device.files.free} bytes free)\n"
    bare = bare_name(name)
    if bare:
        found = device.files.get(bare)
        if found is None:
            return f"%Error opening {name} (No such file or directory)\n"
        return f"Directory of {name}\n\n{_row(device, found)}\n{tail}"
    rows = [f"{image_number:5d}  -rw-{image_size:12d}  {image_when} +00:00  {image(device)}"]
    rows += [_row(device, file) for file in device.files.listing()]
    shown = name if name.endswith("/") else f"{name}/"
    return f"Directory of {shown}\n\n" + "\n".join(rows) + f"\n{tail}"


def image(device: IosDevice) -> str:
    """The file that it booted."""
    if device.modern:
        return f"isr4300-universalk9.{device.version}.SPA.bin"
    return f"c2900-universalk9-mz.SPA.{device.version.replace('(', '-').replace(')', '.')}.bin"


async def more(console: Console, words: Words) -> str:
    """A file's text."""
    try:
        return shown_text(filesystem.read(console.device, words[-1]).decode("utf-8", "replace"))
    except FileError as error:
        return f"{error}\n"


def shown_text(text: str) -> str:
    """Control characters as a terminal shows them."""
    text = text.replace("\x03", "^C")
    return text if text.endswith("\n") or not text else f"{text}\n"


async def verify(console: Console, words: Words) -> str:
    """``verify /md5 FILE``."""
    name = words[-1]
    try:
        data = filesystem.read(console.device, name)
    except FileError as error:
        return f"%Error verifying {name} ({error.reason})\n"
    digest = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return f".MD5 of {name} Done!\nverify /md5 ({name}) = {digest}\n\n"


# -- removing ----------------------------------------------------------------------------------


async def delete(console: Console, words: Words) -> str:
    """Ask for the name, ask whether to do it."""
    name = words[-1]
    device = console.device
    force = "/force" in words or _quiet(console)
    if not force:
        answer = (await console.ask(f"Delete filename [{bare_name(name)}]? ")).strip()
        name = f"{filesystem.system_of(device, name)}{answer}" if answer else name
        full = f"{filesystem.system_of(device, name)}/{bare_name(name)}"
        reply = await console.ask(f"Delete {full}? [confirm]")
        if reply.strip().lower() not in ("", "y", "yes"):
            return f"Delete of {full} aborted!\n"
    if not filesystem.is_flash(device, name) or not device.files.remove(bare_name(name)):
        return f"%Error deleting {name} (No such file or directory)\n"
    return ""


async def mkdir(console: Console, words: Words) -> str:
    """Make a directory."""
    name = bare_name(words[1])
    if not _quiet(console):
        name = (await console.ask(f"Create directory filename [{name}]? ")).strip() or name
    console.device.files.make_directory(name)
    return f"Created dir {console.device.flash}{name}\n"


async def rename(console: Console, words: Words) -> str:
    """Rename a file."""
    old, new = bare_name(words[1]), bare_name(words[2])
    if not _quiet(console):
        new = (await console.ask(f"Destination filename [{new}]? ")).strip() or new
    try:
        console.device.files.rename(old, new)
    except KeyError:
        return f"%Error parsing filename {words[1]} (No such file or directory)\n"
    return ""


async def write(console: Console, words: Words) -> str:  # noqa: ARG001
    """``write memory``."""
    console.device.save(console.user)
    return "Building configuration...\n[OK]\n"


async def write_erase(console: Console, words: Words) -> str:  # noqa: ARG001
    """Empty the startup configuration."""
    reply = await console.ask(
        "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]"
    )
    if reply.strip().lower() not in ("", "y", "yes"):
        return ""
    console.device.startup = ""
    return "[OK]\nErase of nvram: complete\n"


# -- replacing ---------------------------------------------------------------------------------


async def configure_replace(console: Console, words: Words) -> str:
    """``configure replace FILE [list] [force] [revert trigger [error] [timer N]]``."""
    device = console.device
    options = " ".join(words[3:]).split()
    known = {"list", "force", "ignorecase", "revert", "trigger", "error", "timer", "time", "idle"}
    for word in options:
        if word not in known and not word.isdigit():
            raise CommandError(
                "% Invalid input detected at '^' marker.\n", len(" ".join(words[:3])) + 1
            )
    try:
        text = filesystem.read(device, words[2]).decode("utf-8", "replace")
    except FileError as error:
        return f"{error}\n"
    if "force" not in options:
        reply = await console.ask(
            "This will apply all necessary additions and deletions\n"
            "to replace the current running configuration with the\n"
            "contents of the specified configuration file, which is\n"
            "assumed to be a complete configuration, not a partial\n"
            "configuration. Enter Y if you are sure you want to proceed. ? [no]: "
        )
        if not reply.strip().lower().startswith("y"):
            return "\n"
    answer = ""
    if "timer" in options:
        minutes = int(options[-1])
        answer = device.rollback.arm(minutes, console.user, idle="idle" in options)
    elif "trigger" in options and not device.rollback.path:
        raise CommandError("%Please turn config archive on before using this function\n")
    done = await device.rollback.replace(text, trigger="trigger" in options, ask=console.ask)
    if done.failed and "trigger" in options:
        device.rollback.confirm()
    device.edited(console.user)
    return f"{answer}{done.text}"
