"""The Tcl shell, as far as files are written through it: ``puts [open "flash:x" w+] {…}``.

A file is there when the shell is left: Tcl keeps it in a buffer until then (Netmiko's
``InLineTransfer`` relies on that).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.ios.console import unbalanced
from sekayu_net.lab.ios.filesystem import bare_name

if TYPE_CHECKING:
    from sekayu_net.lab.ios.console import Console

_PUTS = re.compile(
    r'\s*puts\s+\[\s*open\s+"?(?P<name>[^"\]\s]+)"?\s+(?P<mode>w\+?|a)\s*\]\s*\{(?P<text>.*)\}\s*',
    re.DOTALL,
)


async def tclsh(console: Console, words: tuple[str, ...]) -> str:  # noqa: ARG001
    """Enter the shell."""
    console.tcl = []
    console.tcl_files = {}
    return ""


async def tcl_line(console: Console, line: str) -> str:
    """A line typed in the shell."""
    typed = console.tcl
    assert typed is not None  # noqa: S101 - the console is in the shell
    if not typed and line.strip() in ("tclquit", "exit", "quit"):
        console.tcl = None
        for name, text in console.tcl_files.items():
            try:
                console.device.files.write(name, text.encode("utf-8", "replace"))
            except DiskFullError:
                return f"couldn't write {name}: no space left on device\n"
        return ""
    if not typed and not line.strip():
        return ""
    typed.append(line)
    if unbalanced(typed):
        return ""
    script = "\n".join(typed)
    typed.clear()
    match = _PUTS.fullmatch(script)
    if match is not None:
        console.tcl_files[bare_name(match["name"])] = match["text"] + "\n"
        return ""
    if re.match(r"\s*(puts|set|source|proc|foreach|if|while)\b", script):
        return "% The lab's device knows 'puts' to a file only\n"
    return await console.exec(script, len(console.prompt))
