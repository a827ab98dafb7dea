"""A chapter of the guide, read into steps. Running them is ``runner``'s; comparing ``compare``'s.

A chapter is Markdown. What a machine reads of it:

=====================  ==========================================================================
```` ```console ````   commands (``$ …``) with the output that they give; ``…`` alone on a line
                       stands for lines left out. ``$ echo $?`` shows the exit code of the one
                       before; a command without it ends with 0.
```` ```yaml FILE ```` a file's content, as the reader saves it (also ``csv``, ``toml``)
```` ```diff FILE ```` an edit: lines to take out (``-``) and to put in (``+``), others around them
```` ```sh ````        commands that no lab can run; only those of an allow-list
```` <!-- run … --> `` commands that the reader does not see: what goes wrong by itself out there
=====================  ==========================================================================
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FENCE = re.compile(r"^```(?P<kind>[a-z]*)(?: (?P<file>\S+))?\s*$")
SAVED = ("yaml", "csv", "toml")
PROMPT = "$ "
HIDDEN = "<!-- run"
OMITTED = "…"


@dataclass(frozen=True, slots=True)
class Command:
    """One typed line and what it shows. ``line`` is that of the prompt, counted from 1."""

    line: int
    text: str
    shown: tuple[str, ...]
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Saved:
    """A file that the reader writes."""

    line: int
    file: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Lines of a file that become others. Both hold the lines around them too."""

    line: int
    file: str
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Aside:
    """Commands that are not run."""

    line: int
    lines: tuple[str, ...]


Step = Command | Saved | Edit | Aside


def read(path: Path) -> tuple[Step, ...]:
    """The steps of a chapter in order. Raises ``ValueError`` for a fence that never closes."""
    lines = path.read_text(encoding="utf-8").splitlines()
    steps: list[Step] = []
    number = 0
    while number < len(lines):
        opening = FENCE.match(lines[number])
        if opening:
            end = _closing(lines, number, "```", path)
            steps += _fence(opening["kind"], opening["file"], lines[number + 1 : end], number + 2)
            number = end
        elif lines[number].startswith(HIDDEN):
            end = _closing(lines, number, "-->", path)
            steps += [
                Command(at + 1, lines[at], (), hidden=True)
                for at in range(number + 1, end)
                if lines[at].strip()
            ]
            number = end
        number += 1
    return tuple(steps)


def _closing(lines: list[str], start: int, mark: str, path: Path) -> int:
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() == mark:
            return number
    raise ValueError(f"{path}:{start + 1}: nothing closes this block")


def _fence(kind: str, file: str | None, body: list[str], first: int) -> list[Step]:
    if kind == "console":
        return list(_commands(body, first))
    if kind == "sh":
        return [Aside(first, tuple(body))]
    if file and kind == "diff":
        before = tuple(line[1:] for line in body if not line.startswith("+"))
        after = tuple(line[1:] for line in body if not line.startswith("-"))
        return [Edit(first, file, before, after)]
    if file and kind in SAVED:
        return [Saved(first, file, "\n".join(body) + "\n")]
    return []


def _commands(body: list[str], first: int) -> list[Command]:
    found: list[tuple[int, str, list[str]]] = []
    for number, line in enumerate(body, first):
        if line.startswith(PROMPT):
            found.append((number, line.removeprefix(PROMPT), []))
        elif not found:
            raise ValueError(f"line {number}: output stands before the first command")
        else:
            found[-1][2].append(line)
    return [Command(number, text, tuple(shown)) for number, text, shown in found]
