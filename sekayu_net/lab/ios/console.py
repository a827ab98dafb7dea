"""One login's exec: privilege, commands and their answers, output filters.

``Console`` runs a line; reading lines, echo and paging are ``shell``'s. The commands' patterns are
``exec_commands``', what they do is in ``exec_files``, ``exec_session`` and the ``show_…`` modules.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.editor import Ask, Editor
from sekayu_net.lab.ios.exec_commands import commands
from sekayu_net.lab.ios.grammar import CommandError, Match, split

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

Handler = Callable[["Console", tuple[str, ...]], Awaitable[str]]


class Console:
    """A session. ``length`` and ``width`` are the terminal's; 0 lines: no paging.

    ``privilege`` is its level now. ``close`` is asked for by setting ``ended``; ``ask_secret``
    reads a line without echo.
    """

    def __init__(self, device: IosDevice, user: str, privilege: int, source: str = "") -> None:
        self.device = device
        self.user = user
        self.privilege = privilege
        self.source = source
        self.length = 24
        self.width = 80
        self.ended = False
        self.editor: Editor | None = None
        #: Lines of a Tcl script being typed, None outside of its shell.
        self.tcl: list[str] | None = None
        self.tcl_files: dict[str, str] = {}
        self.ask: Ask = _enter
        self.ask_secret: Ask = _enter

    @property
    def prompt(self) -> str:
        """What stands before the next line; the configuration's prompts cut the name at 20."""
        name = self.device.hostname
        if self.editor is not None:
            return "" if self.editor.collecting else f"{name[:20]}({self.editor.prompt})#"
        if self.tcl is not None:
            return "+>" if self.tcl and unbalanced(self.tcl) else f"{name}(tcl)#"
        return f"{name}{'#' if self.privilege > 1 else '>'}"

    async def run(self, line: str) -> str:
        """Take a line; what it prints, with LF line ends, errors too."""
        self.device.rollback.touched(self.user)
        if self.editor is not None:
            return await self._configure(line)
        if self.tcl is not None:
            from sekayu_net.lab.ios.exec_tcl import tcl_line

            return await tcl_line(self, line)
        return await self.exec(line, len(self.prompt))

    async def _configure(self, line: str) -> str:
        editor = self.editor
        assert editor is not None  # noqa: S101 - asked by ``run``
        words = line.split()
        if not editor.collecting and words and words[0] == "do":
            start = line.index("do") + 2
            rest = line[start:].lstrip()
            return await self.exec(rest, len(self.prompt) + len(line) - len(rest))
        if words and not editor.collecting:
            self.device.before_statement(line)
            rejected = self.device.faults.reject_statement
            if rejected and rejected in line:
                return "% Command rejected\n"
        editor.prompt_indent = len(self.prompt)
        before = editor.changes
        answer = await editor.run(line)
        if editor.changes != before:
            self.device.edited(self.user)
        if editor.left:
            self.editor = None
            self.device.log.add(
                ("SYS", "5"),
                f"%SYS-5-CONFIG_I: Configured from console by {self.user} on vty0 ({self.source})",
            )
        return answer

    async def exec(self, line: str, indent: int = 0) -> str:
        """One exec command, with its output filter."""
        command, bar, given = line.partition(" |")
        words = split(command)
        if not words or words[0].text.startswith("!"):
            return ""
        try:
            match, handler = self._found(command, words)
            text = await handler(self, match.words)
            return filtered(text, given) if bar else text
        except CommandError as error:
            return error.shown(indent)

    def _found(self, command: str, words: list) -> tuple[Match, Handler]:  # type: ignore[type-arg]
        from sekayu_net.lab.ios.handlers import HANDLERS

        grammar = commands(self.privilege)
        match = grammar.parse(command, words)[0]
        return match, HANDLERS[match.pattern.flags]

    def configure(self) -> None:
        """Enter configuration mode."""
        self.editor = Editor(self.device, self.device.running, user=self.user, ask=self.ask)


async def _enter(prompt: str) -> str:  # noqa: ARG001 - the answer is Enter
    return ""


def unbalanced(lines: list[str]) -> bool:
    """Whether a Tcl command is still open."""
    text = "\n".join(lines)
    return text.count("{") > text.count("}")


_FILTER = re.compile(r"\s*(?P<verb>\S+)\s*(?P<pattern>.*)", re.DOTALL)


def filtered(text: str, given: str) -> str:
    """Output behind ``|``: include, exclude, begin, section, count."""
    match = _FILTER.fullmatch(given.strip())
    if match is None or not match["pattern"]:
        raise CommandError("% Incomplete command.\n")
    verb = next(
        (v for v in ("include", "exclude", "begin", "section", "count") if v.startswith(match[1])),
        "",
    )
    try:
        wanted = re.compile(match["pattern"].strip())
    except re.error:
        raise CommandError("% Invalid regular expression\n") from None
    lines = text.splitlines()
    if verb == "include":
        lines = [line for line in lines if wanted.search(line)]
    elif verb == "exclude":
        lines = [line for line in lines if not wanted.search(line)]
    elif verb == "begin":
        first = next((n for n, line in enumerate(lines) if wanted.search(line)), len(lines))
        lines = lines[first:]
    elif verb == "section":
        lines = list(_sections(lines, wanted))
    elif verb == "count":
        return f"Number of lines which match regexp = {sum(map(bool, map(wanted.search, lines)))}\n"
    else:
        raise CommandError("% Invalid input detected at '^' marker.\n", 0)
    return "".join(f"{line}\n" for line in lines)


def _sections(lines: list[str], wanted: re.Pattern[str]) -> list[str]:
    found, inside = [], False
    for line in lines:
        if not line.startswith(" "):
            inside = wanted.search(line) is not None
        if inside or wanted.search(line):
            found.append(line)
    return found
