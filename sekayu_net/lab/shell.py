"""The interactive console: dialogues, prompt, echo and repainting, line editing, safe mode.

Good enough for a person with ``ssh`` and for programs that type (``+ct`` logins). What the lines
do is the console's. A prompt is painted twice; a line is echoed as it is typed and painted again
with its prompt at Enter. (Bytes recorded by quickchr from 7.21, tik4net from 6.49 and 7.23, BARF
from 7.22; sessions in Netmiko's tracker; scrapli-community waits for the two prompts.)
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sekayu_net.lab.console.errors import ParseError
from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.console.parser import entered, parse
from sekayu_net.lab.log import Entry
from sekayu_net.lab.safe_mode import Answer
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.terminal import BOTTOM, Terminal, banner

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

_HISTORY = 50
_ESCAPE_KEYS = {
    b"[A": "up", b"[B": "down", b"[C": "right", b"[D": "left", b"[H": "home", b"[F": "end",
    b"OA": "up", b"OB": "down", b"OC": "right", b"OD": "left", b"[14~": "safe", b"OS": "safe",
}  # fmt: skip
_UNFINISHED = ("expected closing brace", "expected closing bracket", "expected closing quote",
               "expected closing parenthesis")  # fmt: skip
#: A bare ``/safe-mode take`` asks whom another holds it; with more words it is the console's.
_TAKE = re.compile(r"/?\s*safe-mode[\s/]+take\s*")
_ANSWERS: dict[bytes, Answer] = {b"u": "unroll", b"r": "release"}


class Hangup(Exception):  # noqa: N818 - the end of a session is no error
    """The person is gone."""


class Shell:
    """One login on a terminal. ``run`` returns when it ends.

    ``last_login`` is when the user was here before, None for the first time.
    """

    def __init__(
        self,
        device: LabDevice,
        session: Session,
        terminal: Terminal,
        last_login: datetime | None,
        read: Callable[[], Awaitable[bytes]],
        write: Callable[[bytes], None],
        execute: Callable[[str, Session], Awaitable[None]],
    ) -> None:
        self._device = device
        self._session = session
        self._terminal = terminal
        self._last_login = last_login
        self._read_some = read
        self._raw = write
        self._execute = execute
        self._buffer = b""
        self._history: list[str] = []
        self._blind = False
        self._idle: str | None = None
        session.write = self._output

    # -- bytes -----------------------------------------------------------------------------

    def _output(self, text: str) -> None:
        if not self._blind:
            self._raw(text.replace("\n", "\r\n").encode("latin-1", "replace"))

    def _paint(self, text: str) -> None:
        self._raw(text.encode("latin-1", "replace"))

    async def _byte(self) -> bytes:
        while not self._buffer:
            self._buffer = await self._read_some()
            if not self._buffer:
                raise Hangup
        byte, self._buffer = self._buffer[:1], self._buffer[1:]
        return byte

    @property
    def _new(self) -> bool:
        return at_least(self._device.version, "7")

    @property
    def _prompt(self) -> str:
        menu = self._session.menu
        where = menu.replace(" ", "/") if self._new else menu
        mark = f"{' ' if menu else ''}<SAFE> " if self._holds else "> "
        return f"[{self._session.user}@{self._device.identity}] {where}{mark}"

    @property
    def _holds(self) -> bool:
        """Whether this session holds safe mode."""
        return self._device.safe_mode.holder is self._session

    def _show(self, prompt: str) -> None:
        """A prompt at the bottom of the screen; from 7.22 the terminal is asked what it is.

        It is painted twice. What may stand to its right is wiped out, for a dumb terminal with
        blanks.
        """
        terminal = self._terminal
        blanks = " " * max(0, self._session.width - len(prompt)) if terminal.dumb else ""
        asks = terminal.control("\x1b[c") if at_least(self._device.version, "7.22") else ""
        first = f"\r\r\r\r{terminal.control(BOTTOM)}{prompt}{asks}{blanks}"
        self._paint(f"{first}\r{prompt}{self._end_of_line()}")

    # -- the session -----------------------------------------------------------------------

    async def run(self) -> None:
        """Until the person leaves."""
        log = self._device.log
        try:
            self._paint(banner(self._device.version, self._terminal).replace("\n", "\r\n"))
            self._pending_log()
            await self._detect()
            await self._license()
            if not await self._password_change():
                self._output("\n")
            log.listeners.append(self._announce)
            while not self._session.stopped and self._device.up:
                line = await self._statement()
                if line is None:
                    break
                if line.strip():
                    await self._run_line(line)
        except Hangup:
            pass
        finally:
            if self._announce in log.listeners:
                log.listeners.remove(self._announce)
            self._device.safe_mode.session_ended(self._session)

    def _pending_log(self) -> None:
        """Critical lines since the user was here last stand below the banner."""
        width = self._session.width
        for entry in self._device.log.entries:
            seen = self._last_login is not None and entry.when < self._last_login
            if "critical" not in entry.topics or seen:
                continue
            when = self._device.dates.stamp(entry.when)
            text = f"{when} {','.join(entry.topics)} {entry.message}"
            for start in range(0, len(text), width):
                self._output(text[start : start + width] + "\n")

    async def _detect(self) -> None:
        """Without ``t`` the terminal is asked for its size; an unanswered question costs seconds.

        A terminal that does not answer counts as 1×1: no output of commands is shown.
        """
        if not self._terminal.detects:
            return
        self._paint("\x1b[6n" if self._new else "\x1bZ  \x1b[6n")
        try:
            await asyncio.wait_for(self._answer(), self._device.quirks.terminal_probe_seconds)
        except TimeoutError:
            self._blind = True

    async def _answer(self) -> None:
        while True:
            byte = await self._byte()
            if byte == b"\x1b" and re.fullmatch(rb"\[\d+;\d+R", await self._sequence()):
                return

    async def _license(self) -> None:
        """Asked at the first login of a device that was reset."""
        if not self._device.license_unread:
            return
        self._device.license_unread = False
        self._paint("\r\nDo you want to see the software license? [Y/n]: ")
        answer = await self._byte()
        self._paint(answer.decode("latin-1") + "\r\n")
        if answer not in b"nN":
            self._output("MIKROTIKLS MIKROTIK SOFTWARE END-USER LICENCE AGREEMENT\n")

    async def _password_change(self) -> bool:
        """An account without a password is asked for one at every login; whether it was."""
        user = self._device.state.named("/user", self._session.user)
        if user is None or user.get("password") or user.get("name") == "":
            return False
        if any(
            key.get("user") == self._session.user
            for key in self._device.state.rows("/user ssh-keys")
        ):
            return False
        self._output(f"\n\nChange your password{' (Ctrl-C to skip)' if self._new else ''}\n")
        first = await self._secret("new password> ")
        if not first:
            return True
        second = await self._secret("repeat new password> ")
        if first == second:
            user.values["password"] = first
            self._output("\nPassword changed\n\n")
        else:
            self._output("\nPasswords do not match\n\n")
        return True

    async def _secret(self, prompt: str) -> str:
        """A line without echo; the question is painted twice."""
        self._paint(f"\r\r\r{self._terminal.control(BOTTOM)}{prompt}\r")
        return await self._line(prompt, hidden=True) or ""

    async def _statement(self) -> str | None:
        """A whole statement, over as many lines as it needs; None at the end."""
        text = await self._line(None)
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
        if self._contested and _TAKE.fullmatch(line) and at_least(self._device.version, "7.18"):
            await self._toggle_safe()
            return
        session.stopped = False
        menu = session.menu
        await self._execute(line, session)
        try:
            session.menu = entered(line, self._device.schema, menu)
        except ParseError:
            session.menu = menu

    def _announce(self, entry: Entry) -> None:
        """The logging rule ``topics=critical action=echo``: into sessions that do nothing."""
        if self._idle is None or not _echoed(self._device, entry):
            return
        control = self._terminal.control
        text = f"{entry.when:%H:%M:%S} echo: {','.join(entry.topics)} {entry.message}"
        end = control("\x1b[K")
        self._paint(f"\r{text}{end}\r\n\r{control(BOTTOM)}{self._idle}")

    # -- one line --------------------------------------------------------------------------

    async def _line(self, given: str | None, *, hidden: bool = False) -> str | None:  # noqa: C901
        """One edited line, at the console's prompt without one given; None at its end (Ctrl-D)."""
        line: list[str] = []
        at = 0
        back = len(self._history)

        def prompt() -> str:
            return self._prompt if given is None else given

        if given is None:
            self._show(prompt())
        else:
            self._paint(given)
        while True:
            byte = await self._waiting(prompt() + "".join(line) if given is None else None)
            code = byte[0]
            if byte in (b"\r", b"\n"):
                if byte == b"\r" and self._buffer[:1] == b"\n":
                    self._buffer = self._buffer[1:]
                if line and not hidden:
                    self._paint(f"\r{prompt()}{''.join(line)}{self._end_of_line()}")
                self._raw(b"\r\n")
                return "".join(line)
            if code == 3:
                self._raw(b"\r\n")
                if hidden:
                    return ""
                line, at = [], 0
                self._show(prompt())
                continue
            if code == 4:
                if self._holds:
                    self._output(f"\n{self._device.safe_mode.unroll(self._session)}\n")
                    self._show(prompt())
                    continue
                if not line:
                    return None
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
            elif code in (24, 27):
                key = "safe" if code == 24 else _ESCAPE_KEYS.get(await self._sequence(), "")
                if key == "safe" and given is None:
                    self._raw(b"\r\n")
                    await self._toggle_safe()
                    self._show(prompt())
                    continue
                if key in ("up", "down"):
                    back = max(0, min(len(self._history), back + (-1 if key == "up" else 1)))
                    line = list(self._history[back]) if back < len(self._history) else []
                    at = len(line)
                elif key in ("left", "right"):
                    at = max(0, min(len(line), at + (-1 if key == "left" else 1)))
                elif key in ("home", "end"):
                    at = 0 if key == "home" else len(line)
                else:
                    continue
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
                self._repaint(prompt(), line, at)

    async def _waiting(self, shown: str | None) -> bytes:
        """The next key; ``shown`` is what stands on the screen, None when nothing may break in."""
        self._idle = shown
        try:
            return await self._byte()
        finally:
            self._idle = None

    def _end_of_line(self) -> str:
        return "" if self._new else self._terminal.control("\x1b[K")

    def _repaint(self, prompt: str, line: list[str], at: int) -> None:
        text = f"\r{prompt}{''.join(line)}\x1b[K"
        if at < len(line):
            text += f"\x1b[{len(line) - at}D"
        self._paint(text)

    async def _sequence(self) -> bytes:
        """What follows an escape: ``[A``, ``[24;80R``."""
        sequence = await self._byte()
        if sequence in (b"[", b"O"):
            while True:
                byte = await self._byte()
                sequence += byte
                if byte.isalpha() or byte == b"~":
                    break
        return sequence

    # -- safe mode -------------------------------------------------------------------------

    @property
    def _contested(self) -> bool:
        """Whether another session holds safe mode."""
        return self._device.safe_mode.holder not in (None, self._session)

    async def _toggle_safe(self) -> None:
        """Ctrl-X or F4: take, release, or ask about what another session holds."""
        safe, session = self._device.safe_mode, self._session
        if self._holds:
            words = safe.release(session)
        elif not self._contested:
            words = safe.take(session)
        elif (question := safe.question(session)) is None:
            words = safe.refusal()
        else:
            self._output(question)
            key = await self._byte()
            self._output(f"{key.decode('latin-1')}\n")
            words = safe.hijack(session, _ANSWERS.get(key, "leave"))
        self._output(f"{words}\n" if words else "")

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


def _echoed(device: LabDevice, entry: Entry) -> bool:
    """Whether a rule of ``/system logging`` sends an entry to the open sessions."""
    for rule in device.state.rows("/system logging"):
        topics = rule.get("topics").split(",")
        wanted = {topic for topic in topics if not topic.startswith("!")}
        refused = {topic[1:] for topic in topics if topic.startswith("!")}
        if rule.disabled or rule.get("action") != "echo" or refused & set(entry.topics):
            continue
        if wanted <= set(entry.topics):
            return True
    return False


async def until_first(*tasks: asyncio.Future[Any]) -> None:
    """Wait until one of them is done."""
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
