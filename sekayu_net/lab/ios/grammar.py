"""Command patterns, and the parser that IOS's command line is: abbreviations, typed arguments.

A pattern is a line of words: keywords as they are, ``<ip>`` ``<mask>`` ``<prefix>`` ``<if>`` (an
interface's name) ``<1-99>`` (a number), ``WORD``, ``LINE`` (the rest), ``[optional]``,
``{one|other}``, and two marks that say what a stored line is about: before ``:`` stands its
identity, and ``;`` is how much a ``no`` must name. What commands there are stands in ``commands``
and ``exec_commands``; what a line does to the configuration in ``tree``.

A keyword wins over an argument, a whole keyword over an abbreviation (Cisco IOS Configuration
Fundamentals, "Using the Command-Line Interface").
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

_TOKEN = re.compile(r"\[|\]|\{|\}|\||[^\s\[\]{}|]+")
_RANGE = re.compile(r"<(\d+)-(\d+)>")
_NUMBERED = re.compile(r"([A-Za-z][A-Za-z-]*?)\s*(\d[\d/.:]*)?")
#: Kinds of interface, in the order that a running configuration shows them.
INTERFACES = ("Loopback", "Tunnel", "Port-channel", "GigabitEthernet", "TenGigabitEthernet",
              "FastEthernet", "Ethernet", "Serial", "Vlan", "BVI", "Null", "Dialer",
              "Virtual-Template", "Embedded-Service-Engine", "Async", "Cellular", "ATM", "BDI",
              "Multilink", "NVI", "Virtual-Access", "TwoGigabitEthernet",
              "Group-Async")  # fmt: skip
_OPENERS = {"[": "]", "{": "}"}
_MARKS = frozenset(":;")
_REST = "LINE"
_ONE = "WORD"


@dataclass(frozen=True, slots=True)
class Word:
    """A token of a typed line and the column where it begins."""

    text: str
    column: int


class CommandError(Exception):
    """A line that the parser refuses; ``str`` is what the console prints.

    ``column`` is where the caret stands in the line, None for errors that have none. ``depth``
    orders errors of several modes: the one that understood most is told.
    """

    def __init__(self, text: str, column: int | None = None, depth: int = 0) -> None:
        super().__init__(text)
        self.text = text
        self.column = column
        self.depth = depth

    def shown(self, indent: int) -> str:
        """The console's lines, below a line that began in column ``indent``."""
        if self.column is None:
            return self.text
        return f"{' ' * (indent + self.column)}^\n{self.text}"


def invalid(column: int, depth: int = 0) -> CommandError:
    """The error with the caret."""
    return CommandError("% Invalid input detected at '^' marker.\n", column, depth)


def split(line: str) -> list[Word]:
    """The words of a line; quotes keep blanks together."""
    return [Word(m.group(), m.start()) for m in re.finditer(r'"[^"]*"?|\S+', line)]


# -- arguments ---------------------------------------------------------------------------------


def interface_name(text: str) -> str | None:
    """``gi0/1`` as ``GigabitEthernet0/1``; None for no name of an interface."""
    match = _NUMBERED.fullmatch(text)
    if match is None or not match[2]:
        return None
    kind = _interface_kind(match[1])
    return None if kind is None else f"{kind}{match[2]}"


def _interface_kind(text: str) -> str | None:
    low = text.lower()
    found = [kind for kind in INTERFACES if kind.lower().startswith(low)]
    exact = [kind for kind in found if kind.lower() == low]
    # "e" and "t" alone are ambiguous; the usual "gi", "te", "fa", "lo", "tu" and "vl" are not.
    return exact[0] if exact else found[0] if len(found) == 1 else None


def _address(text: str) -> str | None:
    try:
        return str(IPv4Address(text))
    except ValueError:
        return None


def _mask(text: str) -> str | None:
    try:
        IPv4Network(f"0.0.0.0/{text}")
    except ValueError:
        return None
    return _address(text)


def _prefix(text: str) -> str | None:
    try:
        return text if "/" in text and IPv4Network(text, strict=False) else None
    except ValueError:
        return None


def _any_word(text: str) -> str | None:
    return text


def _hex(text: str) -> str | None:
    return text if re.fullmatch(r"[0-9A-Fa-f]+", text) else None


_ARGUMENTS: dict[str, Callable[[str], str | None]] = {
    "<ip>": _address,
    "<mask>": _mask,
    "<prefix>": _prefix,
    "<if>": interface_name,
    "<hex>": _hex,
    "WORD": _any_word,
}


# -- patterns ----------------------------------------------------------------------------------


@dataclass(slots=True)
class _Node:
    """A state: ``steps`` consume a word, ``jumps`` none; ``marks`` are passed on the way."""

    steps: list[tuple[str, int]]
    jumps: list[int]
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern. ``order`` is its place among its mode's patterns.

    ``flags`` and ``value`` (what stands after ``=``) are the caller's.
    """

    source: str
    order: int
    flags: str
    value: str
    nodes: tuple[_Node, ...]

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@dataclass(frozen=True, slots=True)
class Match:
    """A line that fits. ``words`` are written out in full.

    ``identity`` is how many of them say what it is about, None where the pattern has no mark and
    the whole line does; ``complete`` is False for the beginning of a line (only asked for by
    ``no``).
    """

    pattern: Pattern
    words: tuple[str, ...]
    identity: int | None
    complete: bool

    @property
    def text(self) -> str:
        """The line in full."""
        return " ".join(self.words)

    @property
    def key(self) -> tuple[str, ...]:
        """The words of its identity."""
        return self.words if self.identity is None else self.words[: self.identity]


@dataclass(frozen=True, slots=True)
class _Path:
    pattern: Pattern
    node: int
    words: tuple[str, ...]
    identity: int | None
    deniable: bool


def compile_pattern(source: str, order: int, flags: str = "", value: str = "") -> Pattern:
    """A pattern's states."""
    nodes: list[_Node] = []

    def new() -> int:
        nodes.append(_Node([], []))
        return len(nodes) - 1

    tokens = _TOKEN.findall(source)
    position = 0

    def sequence(start: int) -> int:
        nonlocal position
        here = start
        while position < len(tokens) and tokens[position] not in "]}|":
            token = tokens[position]
            position += 1
            if token in _OPENERS:
                here = alternatives(here, _OPENERS[token])
            elif token in _MARKS:
                after = new()
                nodes[after].mark = token
                nodes[here].jumps.append(after)
                here = after
            else:
                after = new()
                nodes[here].steps.append((token, after))
                here = after
        return here

    def alternatives(start: int, close: str) -> int:
        nonlocal position
        end = new()
        while True:
            branch = new()
            nodes[start].jumps.append(branch)
            nodes[sequence(branch)].jumps.append(end)
            token = tokens[position]
            position += 1
            if token == close:
                break
        if close == "]":
            nodes[start].jumps.append(end)
        return end

    first = new()
    last = sequence(first)
    nodes[last].steps.append(("", -1))
    return Pattern(source, order, flags, value, tuple(nodes))


class Grammar:
    """The commands of one mode."""

    def __init__(self, patterns: Iterable[Pattern]) -> None:
        self.patterns = tuple(patterns)

    def parse(self, line: str, words: Sequence[Word], *, denied: bool = False) -> list[Match]:
        """The patterns that a line fits, best first; ``CommandError`` when there is none.

        ``denied``: the words follow a ``no`` or ``default``, and may be the beginning of a line.
        """
        paths = self._closed(_Path(pattern, 0, (), None, False) for pattern in self.patterns)
        position = 0
        while position < len(words):
            step = self._step(paths, line, words, position)
            if not step:
                raise invalid(words[position].column, position)
            paths, position = self._closed(step), position + 1
            rest = [path for path in paths if path.node < 0]
            if rest:
                return [self._match(path, complete=True) for path in rest]
        found = [self._match(path, complete=True) for path in paths if self._accepts(path)]
        if denied:
            known = {match.pattern for match in found}
            for path in paths:
                if path.deniable and path.pattern not in known:
                    known.add(path.pattern)
                    found.append(self._match(path, complete=False))
        if not found:
            raise CommandError("% Incomplete command.\n", None, position)
        return found

    def next_words(self, line: str, words: Sequence[Word]) -> list[str]:
        """What may stand after the words (a help's list); ``<cr>`` where the line may end."""
        paths = self._closed(_Path(pattern, 0, (), None, False) for pattern in self.patterns)
        for position in range(len(words)):
            try:
                paths = self._closed(self._step(paths, line, words, position))
            except CommandError:
                return []
        found = {
            token
            for path in paths
            if path.node >= 0
            for token, _ in path.pattern.nodes[path.node].steps
            if token
        }
        if any(self._accepts(path) for path in paths):
            found.add("<cr>")
        return sorted(found)

    @staticmethod
    def _match(path: _Path, *, complete: bool) -> Match:
        return Match(path.pattern, path.words, path.identity, complete)

    @staticmethod
    def _accepts(path: _Path) -> bool:
        return path.node < 0 or ("", -1) in path.pattern.nodes[path.node].steps

    @staticmethod
    def _closed(paths: Iterable[_Path]) -> list[_Path]:
        """The states that can be reached without another word."""
        found: dict[tuple[int, int], _Path] = {}
        todo = list(paths)[::-1]
        while todo:
            path = todo.pop()
            key = (id(path.pattern), path.node)
            if key in found:
                continue
            found[key] = path
            if path.node < 0:
                continue
            node = path.pattern.nodes[path.node]
            for target in reversed(node.jumps):
                mark = path.pattern.nodes[target].mark
                identity = path.identity
                if mark == ":" and identity is None:
                    identity = len(path.words)
                todo.append(
                    _Path(path.pattern, target, path.words, identity, path.deniable or bool(mark))
                )
        return list(found.values())

    @staticmethod
    def _step(
        paths: Sequence[_Path], line: str, words: Sequence[Word], position: int
    ) -> list[_Path]:
        text, column = words[position].text, words[position].column
        by_rank: dict[int, list[tuple[_Path, str, int]]] = {}
        for path in paths:
            if path.node < 0:
                continue
            for token, target in path.pattern.nodes[path.node].steps:
                rank, value = _fits(token, text)
                if rank is not None:
                    by_rank.setdefault(rank, []).append((path, value, target))
        if not by_rank:
            return []
        best = min(by_rank)
        chosen = by_rank[best]
        if best == _ABBREVIATED and len({value for _, value, _ in chosen}) > 1:
            raise CommandError(f'% Ambiguous command:  "{line.rstrip()}"\n', None, position)
        if best == _LINE:
            return [
                _Path(path.pattern, -1, (*path.words, line[column:].rstrip()), path.identity, True)
                for path, _, _ in chosen
            ]
        return [
            _Path(path.pattern, target, (*path.words, value), path.identity, path.deniable)
            for path, value, target in chosen
        ]


_EXACT, _ABBREVIATED, _TYPED, _WORD, _LINE = range(5)


def _fits(token: str, text: str) -> tuple[int | None, str]:
    """How well a word fits a pattern's token, and as what it is kept."""
    if not token:
        return None, ""
    if token == _REST:
        return _LINE, text
    limits = _RANGE.fullmatch(token)
    if limits is not None:
        fits = text.isdigit() and int(limits[1]) <= int(text) <= int(limits[2])
        return (_TYPED, str(int(text))) if fits else (None, "")
    argument = _ARGUMENTS.get(token)
    if argument is not None:
        value = argument(text)
        if value is None:
            return None, ""
        return (_WORD if token == _ONE else _TYPED), value
    low, keyword = text.lower(), token.lower()
    if keyword == low:
        return _EXACT, token
    return (_ABBREVIATED, token) if keyword.startswith(low) else (None, "")


def join_interfaces(words: list[Word]) -> list[Word]:
    """``interface gi 0/1``: a kind and a number apart become one word."""
    found: list[Word] = []
    for word in words:
        before = found[-1] if found else None
        apart = (
            before is not None
            and len(found) >= 1
            and re.fullmatch(r"\d[\d/.:]*", word.text)
            and re.fullmatch(r"[A-Za-z-]{2,}", before.text)
            and _interface_kind(before.text) is not None
            and len(found) >= 2
        )
        if apart and before is not None:
            found[-1] = Word(before.text + word.text, before.column)
        else:
            found.append(word)
    return found
