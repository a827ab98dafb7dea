"""The text of an IOS configuration as a tree of lines, and back.

What lives here: which line stands below which, and what is one statement over several lines
(banners, certificates). What does not: what any line means.

A line belongs to the nearest one above that is indented less (Cisco, "Using the Command-Line
Interface": sections by indentation in ``show running-config``). A banner runs from its delimiter to
the next one, whatever its lines look like; a certificate's bytes to ``quit``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sekayu_net.errors import ConfigSyntaxError

#: A banner's delimiter, as a terminal shows it and as a file holds it.
SHOWN, HELD = "^C", "\x03"
_BANNER = re.compile(
    r"banner\s+(?P<kind>exec|incoming|login|motd|prompt-timeout|slip-ppp)\s+"
    r"(?P<mark>\^C|\x03|\S)(?P<rest>.*)",
    re.DOTALL,
)
_CERTIFICATE = re.compile(r"certificate\s+\S.*")
_BYTES = re.compile(
    r"\s+(?!quit\b|exit\b|certificate\b)[0-9A-Za-z]{2,8}(?:\s+[0-9A-Za-z]{1,8})*\s*"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One statement and what stands below it.

    ``text`` has single blanks and no margin, but for a statement of several lines, whose further
    lines are as they are. ``raw`` are the lines of the file that it came from, ``number`` the
    first one's (from 1; 0 for a line that no file had).
    """

    text: str
    below: tuple[Line, ...] = ()
    raw: tuple[str, ...] = ()
    number: int = 0

    def walk(self) -> Iterator[Line]:
        """This line and all below, in the order of the text."""
        yield self
        for line in self.below:
            yield from line.walk()


def parse(text: str, *, file: str | None = None) -> tuple[Line, ...]:
    """The lines of a text, remarks (``!``) and blank ones among them.

    ``ConfigSyntaxError`` for a banner or certificate without end, and for characters that no
    configuration has.
    """
    roots: list[_Open] = []
    stack: list[_Open] = []
    for number, raw, words in _statements(text.replace("\r\n", "\n").split("\n"), file):
        head = raw[0]
        depth = len(head) - len(head.lstrip(" \t"))
        made = _Open(words, depth, raw, number, [])
        remark = not words or words.startswith("!")
        while stack and not remark and stack[-1].depth >= depth:
            stack.pop()
        (stack[-1].below if stack else roots).append(made)
        if not remark and "\n" not in words:
            stack.append(made)
    return tuple(_closed(one) for one in roots)


@dataclass(slots=True)
class _Open:
    text: str
    depth: int
    raw: tuple[str, ...]
    number: int
    below: list[_Open]


def _closed(one: _Open) -> Line:
    return Line(one.text, tuple(_closed(line) for line in one.below), one.raw, one.number)


def _statements(
    lines: Sequence[str], file: str | None
) -> Iterator[tuple[int, tuple[str, ...], str]]:
    """Line number, raw lines and the statement, one after another."""
    place = 0
    in_chain = False
    while place < len(lines):
        line = lines[place]
        number = place + 1
        if "\x00" in line:
            raise ConfigSyntaxError(
                "a byte that no configuration has", file=file, line=number, hint="is it text?"
            )
        place += 1
        body = line.strip()
        banner = _BANNER.fullmatch(body) if not line.startswith((" ", "\t")) else None
        if banner is not None:
            place = _to_mark(lines, place, banner["mark"], banner["rest"], file)
            raw = tuple(lines[number - 1 : place])
            yield number, raw, _banner(raw)
            continue
        if not line.startswith((" ", "\t")):
            in_chain = body.startswith("crypto pki certificate chain")
        if in_chain and _CERTIFICATE.fullmatch(body):
            end = place
            while end < len(lines) and _BYTES.fullmatch(lines[end]):
                end += 1
            if end > place:
                if end == len(lines) or lines[end].strip() != "quit":
                    raise ConfigSyntaxError("a certificate without end", file=file, line=number)
                place = end + 1
                raw = tuple(lines[number - 1 : place])
                yield number, raw, "\n".join((" ".join(body.split()), *raw[1:]))
                continue
        yield number, (line,), " ".join(body.split()) if not body.startswith("!") else body


def _to_mark(lines: Sequence[str], place: int, mark: str, rest: str, file: str | None) -> int:
    """The place behind a banner's last line."""
    start = place
    if mark in rest:
        return place
    while place < len(lines):
        place += 1
        if mark in lines[place - 1]:
            return place
    raise ConfigSyntaxError(
        "a banner without end", file=file, line=start, hint=f"it ends with {mark}"
    )


def _banner(raw: tuple[str, ...]) -> str:
    """A banner with its usual delimiter, whatever it was written with."""
    match = _BANNER.fullmatch("\n".join((raw[0].strip(), *raw[1:])))
    assert match is not None  # noqa: S101 - its first line matched
    mark = match["mark"]
    body = match["rest"].partition(mark)[0]
    return f"banner {match['kind']} {SHOWN}{body}{SHOWN}"


def is_banner(text: str) -> bool:
    """Whether a statement is a banner."""
    return text.startswith("banner ") and SHOWN in text


def for_file(text: str) -> str:
    """A text as a file on the device must hold it: ``^C`` in two characters would end a banner."""
    return "".join(part.replace(SHOWN, HELD) if is_banner(part) else part for part in _pieces(text))


def _pieces(text: str) -> Iterator[str]:
    lines = text.split("\n")
    ended = text.endswith("\n")
    for number, raw, _ in _statements(lines[:-1] if ended else lines, None):
        last = number - 1 + len(raw) == len(lines) - ended
        yield "\n".join(raw) + ("" if last and not ended else "\n")


def format_lines(lines: Iterable[Line], depth: int = 0) -> str:
    """Lines as a text: one blank of margin for each level, further lines as they are."""
    return "".join(_formatted(line, depth) for line in lines)


def _formatted(line: Line, depth: int) -> str:
    return f"{' ' * depth}{line.text}\n" + format_lines(line.below, depth + 1)


def restore(lines: Iterable[Line]) -> str:
    """The very text that ``parse`` read."""
    return "\n".join(part for line in lines for one in line.walk() for part in one.raw)


def quote(value: str) -> str:
    """A value as it stands in a line. IOS has no quoting: a line is a line.

    ``ValueError`` for what a line can't hold: line ends, and ``?``, which asks for help.
    """
    if not value.isprintable() or "?" in value:
        raise ValueError(f"a line can't hold {value!r}")
    return value
