"""The text of a RouterOS configuration: parsing, quoting, and layout as a device lays it out.

What lives here: from characters to statements and back, for what ``/export`` writes and for
scripts made of plain statements. What does not: values in quotes (``quoting``), what a menu means
(``schema``), and programs (``:if``, ``$variables``), which ``interpreter`` reads.

The layout rules (where a line breaks, what is quoted) are measured on public exports of RouterOS
6.28 to 7.24: a pristine compact export comes back byte for byte, line ends aside.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from sekayu_net.errors import ConfigSyntaxError
from sekayu_net.platforms.routeros.quoting import ESCAPE, as_bytes, quote, unquote

VERBS = frozenset({"add", "set", "remove", "unset", "move", "enable", "disable", "comment"})
"""The commands that a statement may hold. No menu of RouterOS has such a name."""

UNWRAPPED = 1 << 30
"""A width at which only line breaks inside a value wrap a line (``/export terse``)."""


@dataclass(frozen=True, slots=True)
class Argument:
    r"""One argument. A bare flag has no ``value``; ``!key`` is ``unset``.

    ``value`` is decoded text, one code point a byte: ``\E2`` is ``"\xe2"``.
    """

    key: str
    value: str | None = None
    unset: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """One command of one menu. ``selector`` is raw: ``[ find name=x ]``, ``telnet``, ``*0``, ``0``.

    Keys are complete: the relative ``.mode`` after ``configuration.country`` is
    ``configuration.mode``. ``line`` counts from 1.
    """

    menu: str
    verb: str
    selector: str | None = None
    arguments: tuple[Argument, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Remark:
    """A ``#`` line that the device wrote between its statements, without line end.

    ``menu`` is the menu that was open: it tells whether the remark stands above or below the next
    menu's line. None for what stands outside any menu.
    """

    text: str
    menu: str | None = None
    line: int = field(default=0, compare=False)

    @property
    def unreadable(self) -> str | None:
        """The menu (with blanks) that the device failed to export, None for other remarks.

        Two forms: ``#error exporting /ip socks`` and ``#error exporting "/ip/route" (timeout)``.
        """
        match = _ERROR.match(self.text)
        return "/" + " ".join(match[1].replace("/", " ").split()) if match else None


@dataclass(frozen=True, slots=True)
class Document:
    """A configuration text. ``header`` are the ``#`` lines that it begins with.

    ``terse``: every statement carries its menu. ``question_escaped``: the writer escapes ``?``
    (RouterOS 6 and early 7), which ``format_document`` does then as well.
    """

    header: tuple[str, ...]
    body: tuple[Statement | Remark, ...]
    terse: bool = False
    question_escaped: bool = False

    @property
    def statements(self) -> Iterator[Statement]:
        """The statements alone, in order."""
        return (node for node in self.body if isinstance(node, Statement))


_ERROR = re.compile(r'#\s*error exporting\s+"?(/[^"(]+)"?')
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_WORD = re.compile(r"[ \t/]*([A-Za-z0-9][A-Za-z0-9-]*)(?=[ \t/]|$)")
_KEY = r"[A-Za-z0-9_.][A-Za-z0-9_./-]*"
_BARE = r'[^\s"\\$;()\[\]{}]+'
_ARGUMENT = re.compile(rf"[ \t]+(?:({_KEY})=({_QUOTED}|{_BARE})|(!?)({_KEY}))(?=[ \t]|$)")
_SELECTOR = re.compile(
    rf'[ \t]+(\[(?:[^\]"]|{_QUOTED})*\]|{_QUOTED}|(?!!)[^\s="\\$;()\[\]{{}}]+)(?=[ \t]|$)'
)
#: Lines that are remembered taken apart: what some twenty devices say, some megabytes.
KNOWN = 8192


def parse(text: str, *, file: str | None = None) -> Document:
    """Read a configuration text with LF or CRLF line ends, wrapped at any width or not.

    Raises ``ConfigSyntaxError`` with line and column for what is not one.
    """
    header: list[str] = []
    body: list[Statement | Remark] = []
    menu: str | None = None
    inline = commands = 0
    question_escaped = False
    lines = text.split("\n")
    index = 0
    while index < len(lines):
        start = index
        line = lines[index].rstrip("\r")
        index += 1
        stripped = line.strip()
        if not stripped:
            continue
        if stripped[0] == "#":
            failed = _ERROR.match(stripped) is not None
            if body or menu or failed:
                body.append(Remark(line, None if failed else menu, start + 1))
            else:
                header.append(line)
            continue
        if line[-1] == "\\":
            line, index = _join(lines, start, file)
        elif line[-1] in " \t":
            line = line.rstrip(" \t")
        if "\\?" in line and not question_escaped:
            question_escaped = any(match[2] == "?" for match in ESCAPE.finditer(line))
        try:
            path, verb, selector, arguments = _command(line)
        except ConfigSyntaxError:
            reader = _Line(line, lines, start, index, file)
            path, verb, position = reader.head()
            if verb is not None and (path is not None or menu is not None):
                reader.rest(verb, position)  # raises it with its place in the file
            selector, arguments = None, ()
        if path is not None and verb is None:
            menu = path
            continue
        inline += path is not None
        commands += 1
        owner = path if path is not None else menu
        if owner is None:
            raise _Line(line, lines, start, index, file).error(
                "a command without a menu", 0, hint="begin with the menu, as in /ip address"
            )
        assert verb is not None  # noqa: S101 - head() gives a path, a verb, or raises
        body.append(Statement(owner, verb, selector, arguments, start + 1))
    return Document(tuple(header), tuple(body), inline * 2 > commands, question_escaped)


@lru_cache(maxsize=KNOWN)
def _command(
    line: str,
) -> tuple[str | None, str | None, str | None, tuple[Argument, ...]]:
    """Menu (None when the line has none), verb, selector and arguments of a logical line.

    Remembered: a device says most of its lines as hundreds of others do, and each several times.
    """
    reader = _Line(line, [line], 0, 1, None)
    path, verb, position = reader.head()
    return path, verb, *((None, ()) if verb is None else reader.rest(verb, position))


def _join(lines: list[str], start: int, file: str | None) -> tuple[str, int]:
    """The logical line that begins at ``lines[start]``, and the index after it."""
    parts: list[str] = []
    index = start
    while True:
        if index >= len(lines) or (index == len(lines) - 1 and not lines[index] and index > start):
            raise ConfigSyntaxError(
                "the text ends inside a wrapped line",
                file=file,
                line=index,
                column=len(lines[index - 1].rstrip("\r")),
                hint="the export was cut: fetch it again",
            )
        part = lines[index].rstrip("\r")
        if index > start:
            part = part.lstrip(" \t")
        index += 1
        trailing = len(part) - len(part.rstrip("\\"))
        if trailing % 2 == 0:
            parts.append(part)
            return "".join(parts).rstrip(" \t"), index
        parts.append(part[:-1])


@dataclass(slots=True)
class _Line:
    """One logical line while it is read; knows where its characters stand in the file."""

    text: str
    lines: list[str]
    start: int
    end: int
    file: str | None

    def error(self, message: str, offset: int, *, hint: str | None = None) -> ConfigSyntaxError:
        """The error at ``offset`` of the logical line, in physical line and column."""
        number, rest = self.start, offset
        while number < self.end - 1:
            raw = self.lines[number].rstrip("\r")
            indent = 0 if number == self.start else len(raw) - len(raw.lstrip(" \t"))
            length = len(raw) - indent - 1
            if rest < length:
                break
            rest -= length
            number += 1
        if number > self.start:
            raw = self.lines[number]
            rest += len(raw) - len(raw.lstrip(" \t"))
        return ConfigSyntaxError(
            message, file=self.file, line=number + 1, column=rest + 1, hint=hint
        )

    def head(self) -> tuple[str | None, str | None, int]:
        """Menu (None when the line has none), verb, and where the rest begins."""
        text = self.text
        position = len(text) - len(text.lstrip(" \t"))
        words: list[str] = []
        absolute = text[position] == "/"
        while match := _WORD.match(text, position):
            if match[1] in VERBS:
                return ("/" + " ".join(words) if absolute else None), match[1], match.end()
            words.append(match[1])
            position = match.end()
            if not absolute:
                break
        if absolute and words and not text[position:].strip():
            return "/" + " ".join(words), None, position
        if absolute and not text[position:].strip(" \t/"):
            return "/", None, position
        offset = position if absolute else len(text) - len(text.lstrip(" \t"))
        offset += len(text[offset:]) - len(text[offset:].lstrip(" \t"))
        word = text[offset:].split(None, 1)[0] if text[offset:].split() else text
        raise self.error(
            f"expected a menu or a command, found {_shown(word)}",
            offset,
            hint="commands of a configuration are add and set",
        )

    def rest(self, verb: str, position: int) -> tuple[str | None, tuple[Argument, ...]]:
        """Selector and arguments, from ``position`` to the end."""
        text = self.text
        selector: str | None = None
        if verb != "add" and (match := _SELECTOR.match(text, position)):
            selector = match[1]
            position = match.end()
        arguments: list[Argument] = []
        prefix = ""
        end = len(text)
        while position < end:
            match = _ARGUMENT.match(text, position)
            if match is None:
                raise self._argument_error(position)
            key, literal, bang, flag = match.groups()
            name = key or flag
            if name[0] == ".":
                if not prefix:
                    raise self.error(
                        f"{_shown(name)} continues no key", match.start(1 if key else 4)
                    )
                name = prefix + name
            elif "." in name:
                prefix = name.rpartition(".")[0]
            if key is None:
                arguments.append(Argument(name, None, bang == "!"))
            elif literal[0] == '"':
                if "\\" in literal or not literal.isascii():
                    arguments.append(Argument(name, self._decode(literal, match.start(2))))
                else:
                    arguments.append(Argument(name, literal[1:-1]))
            else:
                arguments.append(
                    Argument(name, literal if literal.isascii() else as_bytes(literal))
                )
            position = match.end()
        return selector, tuple(arguments)

    def _decode(self, literal: str, offset: int) -> str:
        try:
            return unquote(literal)
        except ConfigSyntaxError as error:
            column = (error.column or 1) - 1
            raise self.error(error.message, offset + column, hint=error.hint) from None

    def _argument_error(self, position: int) -> ConfigSyntaxError:
        text = self.text
        position += len(text[position:]) - len(text[position:].lstrip(" \t"))
        rest = text[position:]
        match = re.match(rf"{_KEY}=", rest)
        if match is None:
            return self.error(f"expected key=value, found {_shown(rest)}", position)
        position += match.end()
        rest = rest[match.end() :]
        if not rest or rest[0] in " \t":
            return self.error(
                f"{match[0]} has no value", position, hint=f'an empty value is {match[0]}""'
            )
        if rest[0] == '"' and not re.match(_QUOTED, rest):
            return self.error("this quoted value does not end", position)
        if rest[0] in "[({$":
            return self.error(
                f"expected a value, found an expression: {_shown(rest)}",
                position,
                hint="a configuration holds values, not programs",
            )
        quoted = re.match(_QUOTED, rest) if rest[0] == '"' else re.match(_BARE, rest)
        position += quoted.end() if quoted else 0
        return self.error(
            f"unexpected {_shown(text[position:])} in the value of {match[0][:-1]}",
            position,
            hint="put the value in quotes",
        )


def _shown(text: str) -> str:
    """The start of a text for a message. Nothing after an ``=``: it may be a secret."""
    word = re.split(r"[\s=]", text, maxsplit=1)[0]
    return repr(word[:24])


def format_argument(argument: Argument) -> str:
    """One argument with its complete key."""
    if argument.unset:
        return "!" + argument.key
    if argument.value is None:
        return argument.key
    return f"{argument.key}={quote(argument.value)}"


def format_statement(statement: Statement, *, menu: bool) -> str:
    """The statement on one line; with its menu where it must work on its own."""
    words = [f"{statement.menu} {statement.verb}" if menu else statement.verb]
    if statement.selector is not None:
        words.append(statement.selector)
    prefix: str | None = None
    for argument in statement.arguments:
        stem, dot, _ = argument.key.rpartition(".")
        word = format_argument(argument)
        if dot and stem == prefix:
            word = word.replace(stem + ".", ".", 1)
        prefix = stem if dot else None
        words.append(word)
    return " ".join(words)


_FRAGMENT = re.compile(
    rf'\[(?:[^\]"]|{_QUOTED})*\]|([^\s="\[]+=)({_QUOTED}|{_BARE})?|{_QUOTED}|[^\s="\[]+'
)
_UNIT = re.compile(r"\\[0-9A-F]{2}|\\.|.", re.DOTALL)


def wrap(line: str, width: int = 80) -> str:
    """Break one line as ``/export`` does on a terminal ``width`` columns wide.

    Between arguments, after ``key=``, and hard inside a quoted value that no line can hold; before
    every line break inside a value. Continuations are indented by four blanks. Lines are joined by
    LF, without one at the end.
    """
    if len(line) <= width - 3 and "\\n" not in line:
        return line
    done: list[str] = []
    current = ""
    fits = width - 3
    for match in _FRAGMENT.finditer(line):
        key, literal = match[1], match[2]
        if key is None or literal is None:
            word = match[0]
            if current and len(current) + len(word) > fits:
                done.append(current + "\\")
                current = "    "
            current += word + " "
            continue
        if current and len(current) + len(key) > fits:
            done.append(current + "\\")
            current = "    "
        current += key
        if "\\n" in literal or len(literal) + 4 > fits:
            current = _cut(literal if literal[0] == '"' else f'"{literal}"', current, width, done)
        elif len(current) + len(literal) > fits:
            done.append(current + "\\")
            current = "    " + literal
        else:
            current += literal
        current += " "
    done.append(current.removesuffix(" "))
    return "\n".join(done)


def _cut(literal: str, current: str, width: int, done: list[str]) -> str:
    """Lay a quoted literal out over as many lines as it needs; returns the last, open one."""
    limit = width - 2
    for match in _UNIT.finditer(literal):
        unit = match[0]
        if unit == "\\n" or len(current) + len(unit) > limit:
            done.append(current + "\\")
            current = "    "
            if unit == " ":
                unit = "\\_"
        current += unit
    return current


def format_document(document: Document, *, width: int = 80) -> str:
    """The text of a document as a device lays it out, ending in a line end (empty: empty)."""
    out: list[str] = list(document.header)
    menu: str | None = None
    terse = document.terse
    for node in document.body:
        if isinstance(node, Remark):
            # also in terse form a remark has its menu's line above and a bare statement below
            if node.menu is not None and node.menu != menu:
                menu = node.menu
                out.append(menu)
            out.append(node.text)
            continue
        if not terse and node.menu != menu:
            menu = node.menu
            out.append(menu)
        line = format_statement(node, menu=node.menu != menu)
        if document.question_escaped and "?" in line:
            line = _escape_questions(line)
        out.append(wrap(line, UNWRAPPED if terse else width))
        if terse:
            menu = None
    return "\n".join(out) + "\n" if out else ""


def _escape_questions(line: str) -> str:
    return re.sub(r"\\.|\?", lambda match: "\\?" if match[0] == "?" else match[0], line)
