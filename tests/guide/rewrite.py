"""The outputs in a chapter, written anew from what the commands said."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.guide.chapters import OMITTED, Command, read
from tests.guide.compare import alike, kept, normal

#: A table's rule is as wide as the table: it is never kept from before.
RULE = "──"


def anew(path: Path, said: Mapping[int, Sequence[str]]) -> str:
    """The chapter's text with these outputs, by the line of their command.

    A line that differs only in what may vary stays as it is, so that the file changes no more than
    its content does.
    """
    lines = path.read_text(encoding="utf-8").splitlines()
    for step in reversed(read(path)):
        if not isinstance(step, Command) or step.hidden or step.line not in said:
            continue
        if alike(step.shown, said[step.line]):
            continue
        shown = _wished(step.shown)
        old = {normal(line): line for line in step.shown if RULE not in line}
        new = [old.get(normal(line), line) for line in kept(shown, said[step.line])]
        while new and not new[-1].strip():
            new.pop()
        lines[step.line : step.line + len(step.shown)] = new
    return "\n".join(lines) + "\n"


def _wished(shown: Sequence[str]) -> Sequence[str]:
    """An output that is not written yet may say how much of it is to be: ``… 12 4``."""
    words = shown[0].split() if len(shown) == 1 else []
    if len(words) == 3 and words[0] == OMITTED:
        return [*[""] * int(words[1]), OMITTED, *[""] * int(words[2])]
    return shown
