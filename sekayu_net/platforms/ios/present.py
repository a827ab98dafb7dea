"""A change in words: what a technician reads before a deployment, and its findings.

One block a section, its name at column 0; global lines stand under the words that they share. Signs
and marks as on every platform: ``+`` added, ``-`` removed, ``~`` changed, ``>`` moved, ``!`` what
the management flow rests on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from sekayu_net.platforms.base import Difference
from sekayu_net.platforms.columns import wrapped
from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.lines import Path
from sekayu_net.platforms.ios.remediation import Step
from sekayu_net.platforms.ios.tree import Node

_SIGNS = {"add": "+", "set": "~", "remove": "-", "move": ">"}
_TOKEN = re.compile(r"<secret:[0-9a-f]{16}>")


def heading(path: Path, line: str) -> str:
    """The block that a line stands under: its section, or the first words of a global line."""
    if path:
        return " / ".join(path)
    return _head(line)


def item(path: Path, line: str) -> str:
    """A line as it is called under its heading."""
    bare = line.partition("\n")[0]
    return bare if path else bare.removeprefix(_head(line)).strip() or bare


def _head(line: str) -> str:
    bare = lines.positive(line)
    if lines.opens((), bare):
        return bare
    words = bare.split()
    return " ".join(words[: 2 if len(words) > 2 else 1])


def text(steps: Sequence[Step], marked: frozenset[int], notes: Sequence[str]) -> str:
    """The diff as plain text. ``marked``: the places of steps that the management flow needs."""
    blocks: dict[str, list[str]] = {}
    for number, step in enumerate(steps):
        words = _words(step, steps)
        if words is None:
            continue
        name = heading(step.path, step.line)
        block = blocks.setdefault(name, [])
        mark = "! " if number in marked else " "
        block += wrapped(_SIGNS[step.action], mark, words)
    out: list[str] = []
    for name, block in blocks.items():
        out.append(name)
        out += block
    for note in notes:
        out += wrapped("!", " ", note.split(" "))
    return "\n".join(out) + "\n" if out else ""


def _words(step: Step, steps: Sequence[Step]) -> list[str] | None:
    """What a step's line says; None for statements that only serve another."""
    if step.text.startswith("ip access-list resequence "):
        return ["entries", "numbered", "anew"]
    if step.text.startswith("no ") and (step.action == "move" or _clears(step, steps)):
        return None
    if step.action == "add" and not step.path and lines.opens((), step.line):
        return ["new"] if any(s.path[:1] == (step.line,) for s in steps) else ["new,", "empty"]
    if step.action == "remove" and not step.path and lines.opens((), step.line):
        count = step.lines
        return ["removed", "whole,", f"{count} line{'s' if count > 1 else ''}"]
    said = _one_line(step.line)
    if step.action != "set":
        return said.split(" ")
    if step.before is None:
        return said.split(" ")
    before = _one_line(step.before)
    if step.text.startswith(("no ", "default ")) and step.before == step.line:
        return [*before.split(" "), "→", *step.text.split(" ")]
    return _changed(before, said)


def _clears(step: Step, steps: Sequence[Step]) -> bool:
    """Whether it only makes room for another value of the same line."""
    return step.action == "set" and any(
        other is not step and other.path == step.path and other.before == step.before
        for other in steps
        if other.before is not None
    )


def _changed(before: str, after: str) -> list[str]:
    """Two values of one setting: what they share once, a secret never."""
    old, new = before.split(" "), after.split(" ")
    if _TOKEN.search(before) or _TOKEN.search(after):
        kept = [word for word in new if not _TOKEN.search(word)]
        return [*kept, "changed"] if _bare(before) == _bare(after) else [*old, "→", *new]
    shared = 0
    while shared < min(len(old), len(new)) and old[shared] == new[shared]:
        shared += 1
    return [*new[:shared], *(old[shared:] or ["(none)"]), "→", *(new[shared:] or ["(none)"])]


def _bare(text: str) -> str:
    return _TOKEN.sub("", text)


def _one_line(text: str) -> str:
    """A statement in one line: a banner's lines are joined."""
    return text.replace("\n", " ⏎ ")


def differences(steps: Sequence[Step], unmanaged: Sequence[Node]) -> Iterator[Difference]:
    """The findings: owned ones first, then what is unmanaged."""
    for step in steps:
        found = None if _clears(step, steps) and step.text.startswith("no ") else _finding(step)
        if found is not None:
            yield found
    groups: dict[str, int] = {}
    for node in unmanaged:
        name = _head(node.text)
        groups[name] = groups.get(name, 0) + node.size()
    for name, count in groups.items():
        yield Difference("unmanaged", name, None, None, f"{count} line{'s' if count != 1 else ''}")


def _finding(step: Step) -> Difference | None:
    path, name = heading(step.path, step.line), item(step.path, step.line)
    if step.text.startswith("ip access-list resequence "):
        return None
    if step.action == "move":
        if step.text.startswith("no "):
            return None
        return Difference("order", path, name, "elsewhere in the list", None)
    if step.action == "add":
        return Difference("missing", path, name, step.line, None)
    if step.action == "remove":
        return Difference("extra", path, name, None, step.line)
    before = step.before
    expected = step.text if step.text.startswith(("no ", "default ")) else step.line
    hidden = _TOKEN.search(f"{before or ''} {expected}") is not None
    return Difference("secret" if hidden else "changed", path, name, expected, before)
