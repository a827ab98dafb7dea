"""What is to be done with a typed line, before the tree takes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sekayu_net.lab.ios.grammar import Match
from sekayu_net.lab.ios.tree import Line


@dataclass(frozen=True, slots=True)
class Change:
    """What to do with a line: ``stop`` says that all is done (or refused)."""

    match: Match | None = None
    answer: str = ""
    stop: bool = False
    sections: tuple[Line, ...] = ()
    more: Callable[[str], str | None] | None = field(default=None, compare=False)
