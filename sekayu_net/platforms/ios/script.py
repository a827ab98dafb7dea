"""Steps as the text that the device gets: a merge candidate.

Every section is closed with ``exit``: a line that comes after must not be tried in it first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.lines import Path
from sekayu_net.platforms.ios.remediation import Step


def write(steps: Iterable[Step]) -> str:
    """The script; empty for no steps."""
    return "".join(f"{line}\n" for line in _lines(list(steps)))


def _lines(steps: Sequence[Step]) -> Iterator[str]:
    inside: Path = ()
    for step in steps:
        shared = 0
        while shared < min(len(inside), len(step.path)) and inside[shared] == step.path[shared]:
            shared += 1
        yield from _closing(inside, shared)
        for depth in range(shared, len(step.path)):
            yield " " * depth + step.path[depth]
        inside = step.path
        yield " " * len(step.path) + step.text
        if step.text == step.line and lines.opens(step.path, step.text):
            inside = (*step.path, step.text)
    yield from _closing(inside, 0)


def _closing(inside: Path, shared: int) -> Iterator[str]:
    for depth in range(len(inside), shared, -1):
        family = inside[depth - 1].startswith("address-family")
        yield " " * depth + ("exit-address-family" if family else "exit")
