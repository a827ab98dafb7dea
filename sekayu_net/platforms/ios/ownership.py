"""Which sections of a device are the project's (data beside the templates), and what it shall say.

``ownership.yaml``::

    router:
      "interface": owned               # what is not intended is removed; ports are left alone
      "ip access-list": {owned-where: {name-prefix: "SEKAYU"}}
      "ntp": owned
      "line vty": settings             # only the lines that are named are ours

A rule is for all global lines that begin with its words; the longest one counts. A line that no
rule covers is unmanaged. In a section that is owned and intended, a line that is not named means
its default; what a port is (speed, MAC address) is never reset.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.errors import InputError
from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.tree import Node, is_list
from sekayu_net.platforms.ownership import Mode, entries


@dataclass(frozen=True, slots=True)
class Rule:
    """How much of some lines is owned. ``words``: how they begin; ``prefix`` of their names."""

    words: tuple[str, ...]
    mode: Mode
    prefix: str = ""

    def covers(self, text: str) -> bool:
        """Whether a running line may be removed when it is not intended."""
        if self.mode == "settings":
            return False
        if self.mode == "owned":
            return True
        rest = lines.positive(text).split()[len(self.words) :]
        return bool(rest) and any(word.startswith(self.prefix) for word in rest[:2])


@dataclass(frozen=True, slots=True)
class Ownership:
    """The rules of one role."""

    role: str
    rules: tuple[Rule, ...]

    def rule(self, text: str) -> Rule | None:
        """The rule of a global line; None: unmanaged."""
        words = tuple(lines.positive(text).split())
        fitting = [rule for rule in self.rules if words[: len(rule.words)] == rule.words]
        return max(fitting, key=lambda rule: len(rule.words), default=None)


def load(folder: Path, role: str) -> Ownership:
    """A role's rules. ``InputError`` with file and line for what is not understood."""
    rules: dict[tuple[str, ...], Rule] = {}
    for entry in entries(folder, "ios", role, condition="name-prefix"):
        words = tuple(entry.name.split())
        if not words:
            raise InputError(
                "a rule needs words", file=entry.file, line=entry.line, hint='like "ip route"'
            )
        if words in rules:
            raise InputError(f"{' '.join(words)} stands twice", file=entry.file, line=entry.line)
        rules[words] = Rule(words, entry.mode, entry.prefix)
    return Ownership(role, tuple(rules.values()))


def owned_part(tree: Node, ownership: object | None) -> Node:
    """The configuration without global lines that are nobody's; changes it."""
    if isinstance(ownership, Ownership):
        tree.below[:] = [node for node in tree.below if _ours(node, ownership)]
    return tree


def _ours(node: Node, ownership: Ownership) -> bool:
    rule = ownership.rule(node.text)
    return rule is not None and (rule.mode == "settings" or rule.covers(node.text))


@dataclass(frozen=True, slots=True)
class Goal:
    """What a device shall say, and the lines of it that are nobody's."""

    tree: Node
    unmanaged: tuple[Node, ...]


#: Lines that only say what a text is of.
_FRAME = ("version", "license udi")


def goal(running: Node, intended: Node, ownership: Ownership | None, *, whole: bool) -> Goal:
    """The running configuration with what is owned as it is intended.

    ``whole``: the intended text is all that the device should say.
    """
    tree = Node("")
    unmanaged: list[Node] = []
    left = _by_key(intended.below, ())
    for node in running.below:
        wanted = left.pop(lines.about((), node.text).key, None)
        if _is_frame(node.text):
            tree.below.append(node.copy())
            continue
        rule = None if ownership is None else ownership.rule(node.text)
        if wanted is not None:
            settings = rule is not None and rule.mode == "settings"
            tree.below.append(_merged(node, wanted, (), whole=whole, settings=settings))
        elif whole:
            if lines.is_fixed(node.text) and not lines.is_port(node.text):
                tree.below.append(Node(node.text))
        elif rule is None or not rule.covers(node.text) or lines.is_fixed(node.text):
            tree.below.append(node.copy())
            if rule is None:
                unmanaged.append(node)
    tree.below += [node.copy() for node in left.values() if not _is_frame(node.text)]
    return Goal(tree, tuple(unmanaged))


def _is_frame(text: str) -> bool:
    return any(text == word or text.startswith(f"{word} ") for word in _FRAME)


def _by_key(nodes: Iterable[Node], path: lines.Path) -> dict[tuple[str, ...], Node]:
    """The last line about each thing: as on a device, it counts."""
    return {lines.about(path, node.text).key: node for node in nodes}


def _merged(running: Node, wanted: Node, path: lines.Path, *, whole: bool, settings: bool) -> Node:
    if running.text != wanted.text or is_list(wanted.text):
        return wanted.copy()
    inside = (*path, wanted.text)
    made = Node(wanted.text)
    left = _by_key(wanted.below, inside)
    for node in running.below:
        other = left.pop(lines.about(inside, node.text).key, None)
        if other is not None:
            made.below.append(_merged(node, other, inside, whole=whole, settings=settings))
        elif settings or (not whole and lines.is_hardware(inside, node.text)):
            made.below.append(node.copy())
    made.below += [node.copy() for node in left.values()]
    return made
