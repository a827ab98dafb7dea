"""A configuration as a tree of what it says: one form for all texts that mean the same.

What lives here: reading a text into nodes without the device's noise, and printing them. What does
not: which line takes the place of which (``lines``), differences, devices.

Noise is what moves or frames and says nothing: time stamps, the byte count, ``ntp clock-period``,
certificates (a device makes its own anew), ``end``, the numbers of access list entries (IOS XE
shows them from 16.12 on, IOS 15 never). Numbered access lists become sections: IOS takes both
forms, but a denial of one ``access-list 10 …`` line removes the whole list (Cisco, "access-list
(IP extended)").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sekayu_net.platforms.ios.syntax import Line, parse

#: How the tool's own entry begins: what the device remembers of the last confirmed run.
OWN = "alias exec sekayu-"
_FRAME = re.compile(
    r"Building configuration\.\.\.|Current configuration\b.*|Using \d+ out of .*|Load for five.*|"
    r"Time source is.*|ntp clock-period .*|boot-start-marker|boot-end-marker|end|"
    + re.escape(OWN)
    + r".*"
)
_INNER = re.compile(r"exit|quit|exit-address-family|exit-vrf|no ip address|no shutdown|end")
_NUMBERED = re.compile(r"access-list (\d+) (.*)")
_ENTRY = re.compile(r"(\d+) (.*)")
_SPACED = re.compile(r"interface ([A-Za-z-]+) (\d[\d/.:]*)")
_VERSION = re.compile(r"version (\d\S*)")


@dataclass(slots=True)
class Node:
    """A line and what stands below it; the root's text is empty.

    ``number`` is an access list entry's, where it is known: no part of what the line says.
    """

    text: str
    below: list[Node] = field(default_factory=list)
    number: int = field(default=0, compare=False)

    def get(self, text: str) -> Node | None:
        """The line below that says exactly this."""
        return next((node for node in self.below if node.text == text), None)

    def starting(self, words: str) -> list[Node]:
        """The lines below that begin with these words."""
        return [n for n in self.below if n.text == words or n.text.startswith(f"{words} ")]

    def copy(self) -> Node:
        """Another one that says the same."""
        return Node(self.text, [node.copy() for node in self.below], self.number)

    def size(self) -> int:
        """How many lines it has, itself included."""
        return 1 + sum(node.size() for node in self.below)

    def walk(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
        """All lines below with the sections that they stand in."""
        for node in self.below:
            yield path, node
            yield from node.walk((*path, node.text))


def read(text: str, *, file: str | None = None) -> Node:
    """What a text says. ``ConfigSyntaxError`` for a text that is no configuration."""
    root = Node("")
    for line in parse(text, file=file):
        _take(root, line, top=True)
    for node in root.below:
        if is_list(node.text):
            node.below = _entries(node.below)
    return root


def _take(parent: Node, line: Line, *, top: bool) -> None:
    text = line.text
    if not text or text.startswith(("!", "crypto pki certificate chain ")):
        return
    if (top and _FRAME.fullmatch(text)) or (not top and _INNER.fullmatch(text)):
        return
    if top:
        spaced = _SPACED.fullmatch(text)
        text = f"interface {spaced[1]}{spaced[2]}" if spaced else text
        numbered = _NUMBERED.fullmatch(text)
        kind = list_kind(int(numbered[1])) if numbered else None
        if numbered and kind:
            section = _section(parent, f"ip access-list {kind} {numbered[1]}")
            section.below.append(Node(numbered[2]))
            return
    if text.startswith("ip name-server ") and not text.startswith("ip name-server vrf "):
        # IOS shows one a line, IOS XE all in one: each is a line of its own here.
        for address in text.split()[2:]:
            _section(parent, f"ip name-server {address}")
        return
    section = _section(parent, text, again=is_list(parent.text))
    for below in line.below:
        _take(section, below, top=False)


def _section(parent: Node, text: str, *, again: bool = False) -> Node:
    """The line as it stands there already, or a new one: a line is said once."""
    found = None if again else parent.get(text)
    if found is None:
        found = Node(text)
        parent.below.append(found)
    return found


def list_kind(number: int) -> str | None:
    """``standard`` or ``extended`` for the number of an IPv4 access list; None for others."""
    if 1 <= number <= 99 or 1300 <= number <= 1999:
        return "standard"
    if 100 <= number <= 199 or 2000 <= number <= 2699:
        return "extended"
    return None


def is_list(text: str) -> bool:
    """Whether a line opens an IPv4 access list, whose lines are in an order."""
    return re.fullmatch(r"ip access-list (standard|extended) \S+", text) is not None


def _entries(nodes: Iterable[Node]) -> list[Node]:
    """The entries in their order, without numbers; one that is there twice counts once."""
    numbered: list[tuple[int, Node]] = []
    last = 0
    for node in nodes:
        match = _ENTRY.fullmatch(node.text)
        last = int(match[1]) if match else last
        numbered.append((last, Node(match[2] if match else node.text)))
    seen: dict[str, Node] = {}
    kept: list[Node] = []
    for number, node in sorted(numbered, key=lambda pair: pair[0]):
        if node.text.startswith("remark ") or node.text not in seen:
            node.number = number
            kept.append(node)
        seen[node.text] = node
    return kept


def to_text(root: Node) -> str:
    """A tree as a configuration that ``read`` gives back."""
    return "".join(_printed(node, 0) for node in root.below)


def _printed(node: Node, depth: int) -> str:
    return f"{' ' * depth}{node.text}\n" + "".join(_printed(one, depth + 1) for one in node.below)


def version_of(text: str) -> str | None:
    """The release that a text says it comes from (``15.7``)."""
    for line in text.splitlines()[:40]:
        match = _VERSION.fullmatch(line.strip())
        if match:
            return match[1]
    return None
