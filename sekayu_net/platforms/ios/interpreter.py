"""What a script makes of a configuration: IOS's configuration mode, as far as diffs need it.

What lives here: statements run on a tree. What does not: writing statements (``change``), devices.
Beyond the line itself only what hangs on it is modelled where IOS takes other lines along: a VRF's
addresses, a BGP neighbour's lines, passive interfaces, AAA.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.lines import Path
from sekayu_net.platforms.ios.syntax import Line, parse
from sekayu_net.platforms.ios.tree import Node, is_list, list_kind

_RESEQUENCE = re.compile(r"ip access-list resequence (\S+) (\d+) (\d+)")
_NUMBERED = re.compile(r"access-list (\d+) (.*)")
_ENTRY = re.compile(r"(\d+)(?: (.*))?")
_LEAVE = frozenset(("exit", "end", "quit", "exit-address-family"))
_STEP = 10


def run(tree: Node, script: str, *, file: str | None = None) -> None:
    """Run a script on a tree. ``ConfigSyntaxError`` for a text that is none."""
    for line in parse(script, file=file):
        _run(tree, line, ())


def _run(parent: Node, line: Line, path: Path) -> None:
    if not line.text or line.text.startswith("!") or line.text in _LEAVE:
        return
    opened = statement(parent, line.text, path)
    if opened is not None:
        for below in line.below:
            _run(opened, below, (*path, opened.text))


def statement(parent: Node, text: str, path: Path) -> Node | None:
    """Run one statement in a section; the section that it opens, if it does."""
    if not path:
        match = _RESEQUENCE.fullmatch(text)
        if match is not None:
            _resequence(parent, match[1], int(match[2]), int(match[3]))
            return None
        match = _NUMBERED.fullmatch(text)
        kind = list_kind(int(match[1])) if match else None
        if match is not None and kind:
            section = statement(parent, f"ip access-list {kind} {match[1]}", path)
            return section and statement(section, match[2], (section.text,))
    if path and is_list(path[-1]):
        _entry(parent, text)
        return None
    if text.startswith(("no ", "default ")):
        _deny(parent, text, path)
        return None
    return _put(parent, text, path)


def _put(parent: Node, text: str, path: Path) -> Node:
    key = lines.about(path, text).key
    _before(parent, text, path)
    if _is_passive(parent, text):
        parent.below = [node for node in parent.below if node.text != f"no {text}"]
        return Node(text)
    same = [node for node in parent.below if lines.about(path, node.text).key == key]
    for node in same:
        if node.text == text:
            return node
    made = Node(text)
    if same:
        place = next(n for n, node in enumerate(parent.below) if node is same[0])
        parent.below[place] = made
        dead = {id(node) for node in same[1:]}
        parent.below = [node for node in parent.below if id(node) not in dead]
    else:
        parent.below.append(made)
    return made


def _is_passive(parent: Node, text: str) -> bool:
    """With ``passive-interface default`` a passive interface is nothing to tell."""
    return (
        text.startswith("passive-interface ")
        and text != "passive-interface default"
        and parent.get("passive-interface default") is not None
    )


def _before(parent: Node, text: str, path: Path) -> None:
    """What IOS takes away when it takes this line."""
    words = text.split()
    if path and path[0].startswith("interface ") and "forwarding" in words[:3]:
        if parent.get(text) is None:
            parent.below = [n for n in parent.below if not n.text.startswith("ip address")]
    elif text == "passive-interface default":
        parent.below = [n for n in parent.below if not n.text.startswith("passive-interface ")]


def _deny(parent: Node, text: str, path: Path) -> None:
    default = text.startswith("default ")
    bare = lines.positive(text)
    words = tuple(bare.split())
    gone = {id(node) for node in _denied(parent, bare, words)}
    here = [node for node in parent.below if id(node) in gone]
    if default and not path and lines.is_port(bare):
        section = parent.get(bare)
        if section is not None:
            section.below = []
        return
    if any(lines.is_fixed(node.text) for node in here) and not path:
        for node in here:
            node.below = []
        return
    parent.below = [node for node in parent.below if id(node) not in gone]
    _taken_along(parent, here, path)
    if bare == "passive-interface default":
        parent.below = [n for n in parent.below if not n.text.startswith("no passive-interface")]
    shows = lines.shows_denied(path, bare) or (
        words[0] == "passive-interface" and parent.get("passive-interface default") is not None
    )
    if shows and not default:
        denied = f"no {bare}"
        if parent.get(denied) is None:
            parent.below.append(Node(denied))


def _denied(parent: Node, bare: str, words: tuple[str, ...]) -> Iterable[Node]:
    """The lines that a denial takes back: the one it says, or all that begin with its words."""
    exact = [n for n in parent.below if lines.positive(n.text) == bare]
    if exact:
        return exact
    return [n for n in parent.below if tuple(lines.positive(n.text).split())[: len(words)] == words]


def _taken_along(parent: Node, gone: Iterable[Node], path: Path) -> None:
    for node in gone:
        words = node.text.split()
        if words[:2] == ["aaa", "new-model"]:
            parent.below = [n for n in parent.below if not n.text.startswith("aaa ")]
        if "forwarding" in words[:3] and path and path[0].startswith("interface "):
            parent.below = [n for n in parent.below if not n.text.startswith("ip address")]
        if len(words) > 2 and words[0] == "neighbor" and words[2] == "remote-as":
            _without(parent, f"neighbor {words[1]}")


def _without(parent: Node, start: str) -> None:
    positive = lines.positive
    parent.below = [n for n in parent.below if not positive(n.text).startswith(f"{start} ")]
    for node in parent.below:
        if node.text.startswith("address-family"):
            _without(node, start)


# -- access lists ------------------------------------------------------------------------------


def _resequence(root: Node, name: str, start: int, step: int) -> None:
    for node in root.below:
        if is_list(node.text) and node.text.split()[-1] == name:
            for place, entry in enumerate(node.below):
                entry.number = start + place * step


def _entry(section: Node, text: str) -> None:
    """An entry by its number, or at the end; a denial by its number or its words."""
    if text.startswith("no "):
        match = _ENTRY.fullmatch(text[3:])
        if match is not None and match[2] is None:
            section.below = [n for n in section.below if n.number != int(match[1])]
        else:
            said = match[2] if match else text[3:]
            section.below = [n for n in section.below if n.text != said]
        return
    match = _ENTRY.fullmatch(text)
    number, said = (int(match[1]), match[2]) if match else (0, text)
    if not said.startswith("remark ") and any(node.text == said for node in section.below):
        return
    if not number:
        number = max((node.number for node in section.below), default=0) + _STEP
    place = next(
        (n for n, node in enumerate(section.below) if node.number > number), len(section.below)
    )
    section.below.insert(place, Node(said, number=number))
