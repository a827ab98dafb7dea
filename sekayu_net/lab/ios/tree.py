"""A configuration as a tree of lines: how a line replaces another, is denied, and is printed.

``Tree`` knows lines by what they are about (``grammar``'s identities), not what they mean. What
only some commands do (access lists' numbers, users, passwords) is ``special``'s, modes and typed
lines ``editor``'s.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sekayu_net.lab.ios.grammar import INTERFACES, Match
from sekayu_net.lab.ios.modes import flag_of, mode, section_of

Key = tuple[int, tuple[str, ...]]


@dataclass(slots=True)
class Line:
    """A line and what stands below it. ``mode`` is the mode of ``below``; empty: no section."""

    text: str
    key: Key
    mode: str = ""
    below: list[Line] = field(default_factory=list)
    #: Sorts lines of one pattern; lines of equal rank keep the order in which they came.
    rank: tuple[object, ...] = ()

    def get(self, start: str) -> Line | None:
        """The first line below that begins with these words."""
        return next(iter(self.all(start)), None)

    def all(self, start: str) -> list[Line]:
        """The lines below that begin with these words."""
        return find(self.below, start)

    def has(self, text: str) -> bool:
        """Whether exactly this line stands below."""
        return any(line.text == text for line in self.below)


def find(lines: Sequence[Line], start: str) -> list[Line]:
    """The lines that begin with these words."""
    return [line for line in lines if line.text == start or line.text.startswith(f"{start} ")]


class Tree:
    """A whole configuration: ``root`` is a line without text, of the global mode."""

    def __init__(self) -> None:
        self.root = Line("", (-1, ()), "config")

    # -- asking --------------------------------------------------------------------------------

    def get(self, start: str) -> Line | None:
        """The first global line that begins with these words."""
        return self.root.get(start)

    def all(self, start: str) -> list[Line]:
        """The global lines that begin with these words."""
        return self.root.all(start)

    def has(self, text: str) -> bool:
        """Whether exactly this global line is there."""
        return self.root.has(text)

    def value(self, start: str, default: str = "") -> str:
        """What follows these words in the first such line."""
        line = self.get(start)
        return default if line is None else line.text[len(start) :].strip()

    def interfaces(self) -> Iterator[Line]:
        """The sections of interfaces, in the order of the running configuration."""
        yield from sorted(self.all("interface"), key=lambda line: line.rank)

    def copy(self) -> Tree:
        """Another one with the same lines."""
        made = Tree()
        made.root = _copy(self.root)
        return made

    # -- printing ------------------------------------------------------------------------------

    def lines(self) -> list[str]:
        """As ``show running-config`` prints it, from the first line after the version."""
        return list(_printed(self.root, 0))


def _copy(line: Line) -> Line:
    return Line(line.text, line.key, line.mode, [_copy(one) for one in line.below], line.rank)


def ordered(parent: Line) -> list[Line]:
    """The lines below in the order in which they are printed."""
    return sorted(parent.below, key=lambda line: (line.key[0], line.rank))


def _printed(parent: Line, depth: int) -> Iterator[str]:
    breaks = list(mode(parent.mode).breaks)
    margin = " " * depth
    for line in ordered(parent):
        while breaks and breaks[0] <= line.key[0]:
            breaks.pop(0)
            yield f"{margin}!"
        if line.mode.endswith("-af"):
            yield f"{margin}!"
        if depth == 0 and is_flat(line):
            name = line.text.split()[-1]
            yield from (f"access-list {name} {entry.text}" for entry in ordered(line))
            continue
        yield from (f"{margin}{part}" if not n else part for n, part in _parts(line.text))
        if line.mode == "interface" and line.get("ip address") is None and _routed(line):
            yield from _with_no_address(line, depth)
        elif line.mode:
            yield from _printed(line, depth + 1)
        if line.mode.endswith("-af") and not line.has("exit-address-family"):
            yield f"{margin}exit-address-family"
        if line.mode and line.mode != "line" and depth == 0:
            yield "!"
    for _ in breaks:
        yield f"{margin}!"


def is_flat(line: Line) -> bool:
    """Whether a list is printed as ``access-list`` lines: numbered, on a release that hides the
    entries' numbers.
    """  # noqa: D205
    return (
        line.mode.startswith("acl-")
        and line.text.split()[-1].isdigit()
        and not any(entry.text[0].isdigit() for entry in line.below)
    )


def _parts(text: str) -> Iterator[tuple[int, str]]:
    yield from enumerate(text.split("\n"))


def _routed(line: Line) -> bool:
    return not (
        line.get("switchport")
        or line.get("ip unnumbered")
        or line.text.startswith(("interface Null", "interface Group"))
    )


def _with_no_address(line: Line, depth: int) -> Iterator[str]:
    """An interface without address says so, where the address would stand."""
    place = next(
        pattern.order
        for pattern in mode("interface").grammar.patterns
        if pattern.source.startswith("ip address")
    )
    shown = Line(line.text, line.key, line.mode, [*line.below, Line("no ip address", (place, ()))])
    yield from _printed(shown, depth + 1)


# -- changing ----------------------------------------------------------------------------------


def put(parent: Line, matches: Sequence[Match]) -> Line | None:
    """Take a line as typed; the line that is kept, None when it only says a default.

    ``matches`` are what the line fits (all of them complete).
    """
    for match in matches:
        if flag_of(match.pattern) in ("+", "~"):
            _drop(parent, (match.pattern.order, ("no", *match.key)))
    kept = [match for match in matches if flag_of(match.pattern) not in ("+", "-")]
    if not kept:
        return None
    match = kept[0]
    key = (match.pattern.order, match.key)
    value = " ".join(match.words[len(match.key) :])
    if match.pattern.value and value == match.pattern.value:
        _drop(parent, key)
        return None
    here = next((line for line in parent.below if line.key == key), None)
    if here is not None and here.mode:
        return here
    made = Line(match.text, key, section_of(match.pattern), rank=rank(match.text))
    if here is None:
        parent.below.append(made)
    else:
        parent.below[parent.below.index(here)] = made
    return made


def deny(parent: Line, matches: Sequence[Match], *, default: bool = False) -> list[Line]:
    """Take a ``no`` (or ``default``) of a line; the lines that went."""
    gone: list[Line] = []
    for match in matches:
        order = match.pattern.order
        flag = flag_of(match.pattern)
        for line in list(parent.below):
            if line.key[0] != order:
                continue
            words = tuple(line.text.split())
            same = match.complete and line.key[1] == match.key
            if flag == "=" and match.complete:
                same = line.text == match.text
            starts = words[: len(match.words)] == match.words
            if same or (starts and (not match.complete or match.identity is None)):
                parent.below.remove(line)
                gone.append(line)
    on = [m for m in matches if m.complete and flag_of(m.pattern) in ("+", "~")]
    for match in on:
        key = (match.pattern.order, ("no", *match.key))
        if default and flag_of(match.pattern) == "+":
            gone += _drop(parent, key)
        elif not any(line.key == key for line in parent.below):
            parent.below.append(Line(f"no {match.text}", key, rank=rank(match.text)))
    return gone


def _drop(parent: Line, key: Key) -> list[Line]:
    gone = [line for line in parent.below if line.key == key]
    parent.below[:] = [line for line in parent.below if line.key != key]
    return gone


def rank(text: str) -> tuple[object, ...]:
    """What orders lines of one pattern where IOS does so by itself."""
    words = text.split()
    if words[0] == "interface" and len(words) == 2:
        match = re.fullmatch(r"([A-Za-z-]+)([\d/.:]*)", words[1])
        if match is None:
            return (len(INTERFACES), words[1])
        place = INTERFACES.index(match[1]) if match[1] in INTERFACES else len(INTERFACES)
        return (place, *(int(number) for number in re.findall(r"\d+", match[2])))
    if words[:2] == ["ip", "route"] and len(words) > 3:
        try:
            network = ipaddress.IPv4Address(words[2])
            return (int(network), int(ipaddress.IPv4Address(words[3])))
        except ValueError:
            return (-1, 0)
    if words[0] in ("permit", "deny", "remark") or words[0].isdigit():
        return (int(words[0]),) if words[0].isdigit() else (0,)
    if words[:2] == ["ip", "prefix-list"] and "seq" in words[3:4]:
        return (words[2], int(words[4]))
    if words[:2] == ["line", "vty"]:
        return (int(words[2]),)
    if words[0] in ("access-list", "track", "vlan", "vrrp") and words[1].isdigit():
        return (int(words[1]),)
    return ()
