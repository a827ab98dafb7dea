"""The interactive console: prompt, echo, simple line editing, safe mode.

Good enough for a person with ``ssh`` and for programs that type (``+ct`` logins). What the lines
do is the console's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from sekayu_net.lab.console.errors import ParseError
from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.console.parser import entered, parse
from sekayu_net.lab.safe_mode import Answer
from sekayu_net.lab.schema import at_least

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

_LOGO = """

  MMM      MMM       KKK                          TTTTTTTTTTT      KKK
  MMMM    MMMM       KKK                          TTTTTTTTTTT      KKK
  MMM MMMM MMM  III  KKK  KKK  RRRRRR     OOOOOO      TTT     III  KKK  KKK
  MMM  MM  MMM  III  KKKKK     RRR  RRR  OOO  OOO     TTT     III  KKKKK
  MMM      MMM  III  KKK KKK   RRRRRR    OOO  OOO     TTT     III  KKK KKK
  MMM      MMM  III  KKK  KKK  RRR  RRR   OOOOOO      TTT     III  KKK  KKK

  MikroTik RouterOS {version} (c) 1999-2026       https://www.mikrotik.com/

Press F1 for help

"""
_HISTORY = 50
_ESCAPE_KEYS = {
    b"[A": "up", b"[B": "down", b"[C": "right", b"[D": "left", b"[H": "home", b"[F": "end",
    b"OA": "up", b"OB": "down", b"OC": "right", b"OD": "left",
}  # fmt: skip
_UNFINISHED = ("expected closing brace", "expected closing bracket", "expected closing quote",
               "expected closing parenthesis")  # fmt: skip


_ANSWERS: dict[bytes, Answer] = {b"u": "unroll", b"r": "release"}


class Hangup(Exception):  # noqa: N818 - the end of a session is no error
    """The person is gone."""


class Shell:
    """One login on a terminal. ``run`` returns when it ends."""

    def __init__(
        self,
        device: LabDevice,
        session: Session,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], None],
        execute: Callable[[str, Session], Awaitable[None]],
    ) -> None:
        self._device = device
        self._session = session
        self._read_some = read
        self._raw = write
        self._execute = execute
        self._buffer = b""
        self._history: list[str] = []
        session.write = self._output

    # -- bytes -----------------------------------------------------------------------------

    def _output(self, text: str) -> None:
        self._raw(text.replace("\n", "\r\n").encode("latin-1", "replace"))

    async def _byte(self) -> bytes:
        while not self._buffer:
            self._buffer = await self._read_some()
            if not self._buffer:
                raise Hangup
        byte, self._buffer = self._buffer[:1], self._buffer[1:]
        return byte

    @property
    def _prompt(self) -> str:
        menu = self._session.menu
        newer = at_least(self._device.version, "7")
        where = (menu.replace(" ", "/") if newer else menu) if menu else ""
        mark = "<SAFE> " if self._holds else "> "
        space = " " if not menu or self._holds else ""
        return (
            f"[{self._session.user}@{self._device.identity}] {where}{space if menu else ''}{mark}"
        )

    @property
    def _holds(self) -> bool:
        """Whether this session holds safe mode."""
        return self._device.safe_mode.holder is self._session

    # -- the session -----------------------------------------------------------------------

    async def run(self) -> None:
        """Until the person leaves."""
        try:
            self._output(_LOGO.format(version=self._device.version))
            await self._password_change()
            while not self._session.stopped and self._device.up:
                line = await self._statement()
                if line is None:
                    break
                if line.strip():
                    await self._run_line(line)
        except Hangup:
            pass
        finally:
            self._device.safe_mode.session_ended(self._session)

    async def _password_change(self) -> None:
        user = self._device.state.named("/user", self._session.user)
        if user is None or user.get("password") or user.get("name") == "":
            return
        if any(
            key.get("user") == self._session.user
            for key in self._device.state.rows("/user ssh-keys")
        ):
            return
        self._output("Change your password (Ctrl-C to skip)\n\n")
        first = await self._line("new password> ", hidden=True)
        if not first:
            self._output("\n")
            return
        second = await self._line("repeat new password> ", hidden=True)
        if first == second:
            user.values["password"] = first
            self._output("\nPassword changed\n\n")
        else:
            self._output("\nPasswords do not match\n\n")

    async def _statement(self) -> str | None:
        """A whole statement, over as many lines as it needs; None at the end."""
        text = await self._line(self._prompt)
        while text is not None:
            try:
                parse(text, self._device.schema, self._session.menu)
            except ParseError as error:
                if not error.bare.startswith(_UNFINISHED):
                    break
                more = await self._line("{... ")
                if more is None:
                    return ""
                text += "\n" + more
            else:
                break
        return text

    async def _run_line(self, line: str) -> None:
        self._history = [*self._history[-_HISTORY:], line]
        session = self._session
        if line.strip() in ("/quit", "quit", ":quit"):
            session.stopped = await self._may_quit()
            return
        session.stopped = False
        menu = session.menu
        await self._execute(line, session)
        try:
            session.menu = entered(line, self._device.schema, menu)
        except ParseError:
            session.menu = menu

    async def _line(self, prompt: str, *, hidden: bool = False) -> str | None:  # noqa: C901
        """One edited line; None for the end (Ctrl-D on an empty line)."""
        line: list[str] = []
        at = 0
        back = len(self._history)
        self._raw(prompt.encode("latin-1", "replace"))
        while True:
            byte = await self._byte()
            code = byte[0]
            if byte in (b"\r", b"\n"):
                if byte == b"\r" and self._buffer[:1] == b"\n":
                    self._buffer = self._buffer[1:]
                self._raw(b"\r\n")
                return "".join(line)
            if code == 3:
                self._raw(b"\r\n")
                if hidden:
                    return ""
                line, at = [], 0
                self._raw(prompt.encode("latin-1", "replace"))
                continue
            if code == 4:
                if self._holds:
                    self._output(f"\n{self._device.safe_mode.unroll(self._session)}\n")
                    prompt = self._prompt
                    self._raw(prompt.encode("latin-1", "replace"))
                    continue
                if not line:
                    return None
            elif code == 24:
                await self._toggle_safe()
                prompt = self._prompt
            elif code in (8, 127):
                if at:
                    del line[at - 1]
                    at -= 1
            elif code == 21:
                line, at = line[at:], 0
            elif code == 11:
                line = line[:at]
            elif code == 1:
                at = 0
            elif code == 5:
                at = len(line)
            elif code == 27:
                key = await self._escape()
                if key in ("up", "down"):
                    back = max(0, min(len(self._history), back + (-1 if key == "up" else 1)))
                    line = list(self._history[back]) if back < len(self._history) else []
                    at = len(line)
                elif key in ("left", "right"):
                    at = max(0, min(len(line), at + (-1 if key == "left" else 1)))
                elif key in ("home", "end"):
                    at = 0 if key == "home" else len(line)
            elif code >= 32:
                line.insert(at, byte.decode("latin-1"))
                at += 1
                if at == len(line):
                    if not hidden:
                        self._raw(byte)
                    continue
            else:
                continue
            if not hidden:
                self._repaint(prompt, line, at)

    def _repaint(self, prompt: str, line: list[str], at: int) -> None:
        text = f"\r{prompt}{''.join(line)}\x1b[K"
        if at < len(line):
            text += f"\x1b[{len(line) - at}D"
        self._raw(text.encode("latin-1", "replace"))

    async def _escape(self) -> str:
        sequence = await self._byte()
        if sequence in (b"[", b"O"):
            while True:
                byte = await self._byte()
                sequence += byte
                if byte.isalpha() or byte == b"~":
                    break
        return _ESCAPE_KEYS.get(sequence, "")

    # -- safe mode -------------------------------------------------------------------------

    async def _toggle_safe(self) -> None:
        safe, session = self._device.safe_mode, self._session
        if self._holds:
            words = safe.release(session)
        elif safe.holder is None:
            words = safe.take(session)
        elif (question := safe.question(session)) is None:
            words = safe.refusal()
        else:
            self._output(f"\n{question}")
            answer = _ANSWERS.get(await self._byte(), "leave")
            words = safe.hijack(session, answer)
        self._output(f"\n{words}\n" if words else "\n")

    async def _may_quit(self) -> bool:
        """``/quit``: what it does to safe mode changed from version to version."""
        safe, version = self._device.safe_mode, self._device.version
        if not self._holds:
            return True
        if at_least(version, "7.25") or self._device.quirks.quit_in_safe_mode == "unrolls":
            safe.unroll(self._session)
        elif at_least(version, "7.21"):
            self._output("You are in Safe Mode. Quitting will unroll changes. Quit? [y/N]")
            agreed = await self._byte() in (b"y", b"Y")
            self._output("\n")
            return agreed
        else:
            safe.release(self._session)
        return True


async def until_first(*tasks: asyncio.Future[Any]) -> None:
    """Wait until one of them is done."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
