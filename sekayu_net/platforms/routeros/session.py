"""Talking to one RouterOS device: exec requests whose end is proven, and rows of its menus.

RouterOS prints errors on stdout and its exit status can't be trusted, so every request ends with
a sentinel that an aborted command line never prints. What is asked, and why, is decided by
``facts``, ``guard`` and ``driver``; the connection itself is ``platforms.transport``'s.
"""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sekayu_net.errors import AuthenticationError, DeviceError, GarbledError, UnreachableError
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import Target

Row = Mapping[str, str]

#: How a console's words of refusal begin (RouterOS 6.49 to 7.24).
_REFUSAL = re.compile(
    r"^(?:bad (?:command|parameter|argument)|expected |syntax error|failure:|no such |"
    r"input does not match|invalid |value of |ambiguous |interrupted|script error|not allowed|"
    r"cannot |can't |could ?n[o']t |item with|missing |unknown |unable |error|action |timeout|"
    r"already have|permission|not enough|no space|disk |.* file does not exist)",
    re.IGNORECASE,
)
_RIGHTS = re.compile(r"not enough permissions|permission denied", re.IGNORECASE)
_RECORD_START = re.compile(r";(?=\.id=\*)")


class Connection(Protocol):
    """What this module needs of ``transport.Connection``."""

    @property
    def alive(self) -> bool:
        """Whether it is open."""

    def run(
        self, command: str, timeout: float | None = None, *, stage: str = ..., encoding: str = ...
    ) -> str:
        """One exec request."""

    def run_all(
        self, requests: Sequence[transport.Request], *, stage: str = ...
    ) -> list[str | DeviceError]:
        """Exec requests that do not depend on each other."""

    def put(
        self, files: Mapping[str, bytes], timeout: float | None = None, *, stage: str = ...
    ) -> None:
        """Write files, one after the other."""

    def get(self, path: str, timeout: float | None = None, *, stage: str = ...) -> bytes:
        """Read a file."""

    def close(self) -> None:
        """Let go."""


class RefusedError(GarbledError):
    """The device did not do a command. ``words`` is what it said.

    ``output`` is all that it printed: never for people, it may hold secrets.
    """

    def __init__(self, words: str, *, host: str, stage: str, output: str = "") -> None:
        super().__init__(f"the device refuses: {words}", host=host, stage=stage)
        self.words = words
        self.output = output or words


def literal(value: str) -> str:
    r"""A RouterOS string literal: ``\``, ``"`` and ``$`` escaped in this order, then line ends."""
    for plain, escaped in (
        ("\\", "\\\\"),
        ('"', '\\"'),
        ("$", "\\$"),
        ("\r", "\\r"),
        ("\n", "\\n"),
        ("\t", "\\t"),
    ):
        value = value.replace(plain, escaped)
    return f'"{value}"'


def version_tuple(version: str) -> tuple[int, ...]:
    """``7.16.2 (stable)`` → (7, 16, 2); a beta or rc counts as its release."""
    match = re.match(r"\s*(\d+)\.(\d+)(?:\.(\d+))?", version)
    return tuple(int(part) for part in match.groups() if part) if match else ()


def pairs(text: str) -> dict[str, str]:
    """The ``key=value`` lines of an answer; other lines are passed over."""
    found = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals and re.fullmatch(r"[a-z-]+", key):
            found[key] = value
    return found


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_text(part) for part in value)
    return "" if value is None else str(value)


def parse_rows(text: str) -> tuple[dict[str, str], ...]:
    """Rows from ``:serialize to=json`` or, for old versions, from ``as-value`` text.

    A settings menu gives one row. ``ValueError`` for neither. In ``as-value`` text a ``;`` within
    a value can't be told from the end of it (reference: no escaping), except before a plain word.
    """
    text = text.strip()
    if not text:
        return ()
    if text[0] in "[{":
        data = json.loads(text)
        records = data if isinstance(data, list) else [data]
        if not all(isinstance(record, dict) for record in records):
            raise ValueError("not rows")
        return tuple({key: _text(value) for key, value in record.items()} for record in records)
    rows = []
    for record in _RECORD_START.split(text):
        row: dict[str, str] = {}
        last = None
        for part in record.split(";"):
            key, equals, value = part.partition("=")
            if equals and re.fullmatch(r"\.?[a-z][a-z0-9.-]*", key):
                row[key] = value
                last = key
            elif last is not None:
                row[last] += f",{part}"
            else:
                raise ValueError("not as-value text")
        rows.append(row)
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class Question:
    """What ``Session.ask`` takes, for one of several at once. ``timeout`` in seconds."""

    commands: tuple[str, ...]
    timeout: float | None = None
    encoding: str = "utf-8"


def _ended(commands: Sequence[str]) -> tuple[str, str]:
    """One line of these commands, and the word at its end that an aborted one never prints."""
    sentinel = f"sekayu-{secrets.token_hex(4)}"
    return "; ".join((*commands, f':put "{sentinel}"')), sentinel


def row_commands(mark: str, prints: Sequence[str], *, json_rows: bool) -> tuple[str, ...]:
    """What prints the rows of menus, each behind ``mark`` and its number; see ``parted``."""
    return tuple(
        f':put ("{mark}{number}" . [:serialize to=json [{one}]])'
        if json_rows
        else f':put "{mark}{number}"; :put [{one}]'
        for number, one in enumerate(prints)
    )


def _encoded(text: str) -> bytes:
    """Scripts are ASCII as a rule (other bytes stand as escapes); code points up to U+00FF are
    bytes, anything else is sent as UTF-8.
    """  # noqa: D205 - one sentence
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8")


class Session:
    """One device over one connection at a time.

    ``connect``, ``clock`` (seconds that never go back) and ``wait`` (seconds) are others in tests.
    """

    def __init__(
        self,
        target: Target,
        connect: Callable[[Target], Connection] = transport.connect,
        *,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self.clock = clock
        self.wait = wait
        self._connect = connect
        self._connection: Connection | None = None
        #: Version and folder (``survey.ground``), while this connection lasts: no reboot between.
        self.ground: tuple[str, str] | None = None

    @property
    def host(self) -> str:
        """The device's inventory name."""
        return self.target.host

    @property
    def alive(self) -> bool:
        """Whether a connection is open."""
        return self._connection is not None and self._connection.alive

    def open(self) -> None:
        """Connect; an open connection is kept."""
        if not self.alive:
            self.close()
            self._connection = self._connect(self.target)

    def close(self) -> None:
        """Let go of the connection. Never raises."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self.ground = None

    @property
    def connection(self) -> Connection:
        """The open connection; ``UnreachableError`` without one."""
        if self._connection is None:
            raise UnreachableError("not connected", host=self.host, stage="connect")
        return self._connection

    def put(self, texts: Mapping[str, str], *, stage: str) -> dict[str, int]:
        """Upload texts, by path, in this order; gives their sizes in bytes."""
        files = {path: _encoded(text) for path, text in texts.items()}
        self.connection.put(files, stage=stage)
        return {path: len(data) for path, data in files.items()}

    def ask(
        self, *commands: str, stage: str, timeout: float | None = None, encoding: str = "utf-8"
    ) -> str:
        """Run commands in one exec request and give what they print, without the sentinel.

        ``RefusedError`` with the device's words when a command failed, ``AuthenticationError``
        when the user lacks a right, ``GarbledError`` when the answer is cut or is no RouterOS
        answer, ``UnreachableError`` when the session is lost.
        """
        line, sentinel = _ended(commands)
        output = self.connection.run(line, timeout, stage=stage, encoding=encoding)
        return self._body(output, sentinel, stage)

    def ask_all(self, *questions: Question, stage: str) -> list[str | DeviceError]:
        """Ask what does not depend on each other at once; each answer as of ``ask``, or its error.

        Only for questions that change nothing: one may be asked twice.
        """
        ended = [_ended(question.commands) for question in questions]
        said = self.connection.run_all(
            [
                transport.Request(line, question.timeout, question.encoding)
                for (line, _), question in zip(ended, questions, strict=True)
            ],
            stage=stage,
        )
        found: list[str | DeviceError] = []
        for output, (_, sentinel) in zip(said, ended, strict=True):
            try:
                found.append(
                    output
                    if isinstance(output, DeviceError)
                    else self._body(output, sentinel, stage)
                )
            except DeviceError as error:
                found.append(error)
        return found

    def ask_each(self, *questions: Question, stage: str) -> list[str]:
        """As ``ask_all``, for answers that are all needed: raises the first error."""
        said = self.ask_all(*questions, stage=stage)
        for answer in said:
            if isinstance(answer, DeviceError):
                raise answer
        return [str(answer) for answer in said]

    def _body(self, output: str, sentinel: str, stage: str) -> str:
        body, found, _ = output.rpartition(sentinel)
        if found:
            return body.removesuffix("\n")
        raise self._refusal(output, stage)

    def _refusal(self, output: str, stage: str) -> DeviceError:
        words = next((line.strip() for line in reversed(output.split("\n")) if line.strip()), "")
        if _RIGHTS.search(words):
            return AuthenticationError(
                f"the user {self.target.username} may not do this: {words[:200]}",
                host=self.host,
                stage=stage,
                hint="give its group the policies read, write, ftp, policy, test, reboot, "
                "sensitive and ssh",
            )
        if _REFUSAL.match(words):
            return RefusedError(words[:300], host=self.host, stage=stage, output=output)
        if not self.alive:
            return UnreachableError("the session was lost", host=self.host, stage=stage)
        # What it did say may hold secrets (a cut export): it is not quoted.
        return GarbledError(
            f"its answer ({len(output)} characters) is cut or not RouterOS's",
            host=self.host,
            stage=stage,
            hint="try again; if it stays so, look at the device by hand",
        )

    def rows(
        self, *prints: str, stage: str, json_rows: bool = True
    ) -> tuple[tuple[dict[str, str], ...] | None, ...]:
        """Rows of up to four menus: each of ``prints`` is a ``print`` command up to ``as-value``.

        None for a menu that the device does not have or will not show. ``json_rows`` needs
        RouterOS 7.13; without, free text with ``;`` in it may be cut.
        """
        try:
            return self._rows(prints, stage, json_rows)
        except RefusedError:
            if len(prints) == 1:
                return (None,)
        # One unknown menu makes the whole line unparsable: ask for each by itself.
        return tuple(self.rows(one, stage=stage, json_rows=json_rows)[0] for one in prints)

    def _rows(
        self, prints: Sequence[str], stage: str, json_rows: bool
    ) -> tuple[tuple[dict[str, str], ...] | None, ...]:
        mark = secrets.token_hex(4)
        output = self.ask(*row_commands(mark, prints, json_rows=json_rows), stage=stage)
        return self.parted(output, mark, len(prints), stage=stage)

    def parted(
        self, output: str, mark: str, count: int, *, stage: str
    ) -> tuple[tuple[dict[str, str], ...], ...]:
        """The rows of ``count`` menus in an answer to ``row_commands``. ``GarbledError``."""
        parts = re.split(rf"^{mark}\d+", output, flags=re.MULTILINE)[1:]
        try:
            found = tuple(parse_rows(part) for part in parts)
        except ValueError as error:
            raise GarbledError(
                "its rows can't be read",
                host=self.host,
                stage=stage,
                hint="try again; if it stays so, look at the device by hand",
            ) from error
        if len(found) != count:
            raise GarbledError("rows are missing in its answer", host=self.host, stage=stage)
        return found
