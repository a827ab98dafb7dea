"""The modes of configuration, compiled: their prompts, their commands, where separators stand.

The tables are ``commands`` and ``submodes``.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from sekayu_net.lab.ios.commands import GLOBAL
from sekayu_net.lab.ios.grammar import Grammar, Pattern, compile_pattern
from sekayu_net.lab.ios.submodes import SUBMODES

_LINE = re.compile(r"(?P<flag>[-+~=] )?(?P<pattern>.*?)( >(?P<mode>\S+))?( =(?P<value>\S.*))?")


@dataclass(frozen=True, slots=True)
class Mode:
    """One mode. ``breaks`` are the orders of patterns before which a separator is printed."""

    name: str
    prompt: str
    grammar: Grammar
    breaks: tuple[int, ...]


def section_of(pattern: Pattern) -> str:
    """The mode that a pattern's lines open; empty for none."""
    return pattern.flags.partition(">")[2]


def flag_of(pattern: Pattern) -> str:
    """``-`` ``+`` ``~`` ``=`` or empty: see ``commands``."""
    return pattern.flags.partition(">")[0]


@functools.cache
def mode(name: str) -> Mode:
    """A mode by its name; ``config`` is the global one. ``KeyError`` for an unknown one."""
    prompt, table = ("config", GLOBAL) if name == "config" else SUBMODES[name]
    patterns: list[Pattern] = []
    breaks: list[int] = []
    for line in table.strip().splitlines():
        if line.strip() == "!":
            breaks.append(len(patterns))
            continue
        match = _LINE.fullmatch(line.strip())
        assert match is not None, line  # noqa: S101 - the table is ours
        flags = (match["flag"] or "").strip() + (f">{match['mode']}" if match["mode"] else "")
        patterns.append(
            compile_pattern(match["pattern"], len(patterns), flags, match["value"] or "")
        )
    return Mode(name, prompt, Grammar(patterns), tuple(breaks))
