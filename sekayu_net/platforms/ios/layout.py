"""A configuration in the form in which a device writes it, and what in it no device would take.

What lives here: separators and margins; a look at the first words. What does not: what lines mean.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import yaml

from sekayu_net.platforms.base import Unknown
from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.syntax import parse
from sekayu_net.platforms.ios.tree import Node, read

DEFAULT_VERSION = "17.6"


def layout(text: str, *, file: str) -> str:
    """The text as ``show running-config`` would write it: ``!`` after every section."""
    out: list[str] = []
    for node in read(text, file=file).below:
        out += _printed(node, 0)
        if node.below or lines.opens((), node.text):
            out.append("!")
    return "\n".join([*out, "end", ""])


def _printed(node: Node, depth: int) -> list[str]:
    family = node.text.startswith("address-family ")
    margin = " " * depth
    out = [f"{margin}!"] if family else []
    out.append(f"{margin}{node.text}")
    for one in node.below:
        out += _printed(one, depth + 1)
    return [*out, f"{margin}exit-address-family"] if family else out


@cache
def _first_words() -> frozenset[str]:
    source = files("sekayu_net.platforms.ios").joinpath("data/words.yaml").read_text("utf-8")
    return frozenset(yaml.safe_load(source))


def check(text: str, version: str) -> tuple[Unknown, ...]:
    """Global lines whose first word no release of IOS has, and lines that a file can't say.

    ``version`` is not looked at: there is no list of commands by release.
    """
    del version
    found: list[Unknown] = []
    for line in parse(text):
        words = lines.positive(line.text).split()
        if not words or line.text.startswith("!"):
            continue
        if words[0] not in _first_words() and words[0] not in ("end", "exit"):
            path = words[0] if line.below else "global"
            found.append(Unknown(line.number, path, f"no command begins with {words[0]!r}"))
    return tuple(found)
