"""What a line is about: which one takes the place of which, and how it is denied.

The knowledge is a table, ``data/lines.yaml``; this module looks things up in it. What does not live
here: the order in which lines are sent.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any

import yaml

Path = tuple[str, ...]
"""The sections that a line stands in, outermost first."""

#: Ports exist without being configured; these do not (Cisco, "Interface and Hardware Component").
_VIRTUAL = re.compile(
    r"(Loopback|Tunnel|Vlan|Port-channel|BVI|BDI|Dialer|Virtual-Template|Multilink|Group-Async|"
    r"NVI|Null|nve)\d+|\S+\.\d+"
)


@dataclass(frozen=True, slots=True)
class Pattern:
    """``words`` are what the line is about; ``valued``: more words may follow.

    ``short``: a denial says only these words.
    """

    words: tuple[str, ...]
    valued: bool
    short: bool

    def about(self, words: Sequence[str]) -> tuple[str, ...] | None:
        """The words of a line that say what it is about; None when the pattern does not fit."""
        open_ended = self.words[-1] == "**"
        fixed = self.words[:-1] if open_ended else self.words
        if len(words) < len(fixed) or not all(map(_fits, fixed, words)):
            return None
        if open_ended:
            return tuple(words)
        if len(words) > len(fixed) and not self.valued:
            return None
        return tuple(w for w, wanted in zip(words, fixed, strict=False) if wanted != "_")


def _fits(wanted: str, word: str) -> bool:
    if wanted in ("*", "_"):
        return True
    if wanted == "@":
        return word[0].isalpha()
    return wanted == word or (wanted == "#" and "." in word)


@dataclass(frozen=True, slots=True)
class About:
    """What one line is about. ``known``: a pattern fits it."""

    key: tuple[str, ...]
    known: bool
    short: bool = False
    valued: bool = False


@dataclass(frozen=True, slots=True)
class _Table:
    lines: tuple[tuple[tuple[Pattern, ...], tuple[Pattern, ...]], ...]
    hardware: tuple[tuple[tuple[Pattern, ...], frozenset[str]], ...]
    toggles: tuple[tuple[tuple[Pattern, ...], frozenset[str]], ...]
    denied: tuple[tuple[tuple[Pattern, ...], tuple[Pattern, ...]], ...]
    sections: tuple[tuple[Pattern, ...], ...]


def _pattern(text: str) -> Pattern:
    words = text.split()
    short = words[-1] == "!"
    if short:
        words.pop()
    valued = words[-1] == ":"
    if valued:
        words.pop()
    return Pattern(tuple(words), valued, short)


def _place(text: str) -> tuple[Pattern, ...]:
    return tuple(_pattern(part) for part in text.split(" / ")) if text else ()


@cache
def _table() -> _Table:
    source = files("sekayu_net.platforms.ios").joinpath("data/lines.yaml").read_text("utf-8")
    data: dict[str, Any] = yaml.safe_load(source)
    return _Table(
        tuple(
            (_place(place), tuple(_pattern(text) for text in texts))
            for place, texts in data["lines"].items()
        ),
        tuple((_place(place), frozenset(words)) for place, words in data["hardware"].items()),
        tuple((_place(place), frozenset(words)) for place, words in data["toggles"].items()),
        tuple(
            (_place(place), tuple(_pattern(text) for text in texts))
            for place, texts in data["denied"].items()
        ),
        tuple(_place(place) for place in [*data["lines"], *data["sections"]]),
    )


def _stands_in(place: tuple[Pattern, ...], path: Path) -> bool:
    return len(place) == len(path) and all(
        pattern.about(text.split()) is not None for pattern, text in zip(place, path, strict=True)
    )


@lru_cache(maxsize=4096)
def _patterns(path: Path) -> tuple[Pattern, ...]:
    return next((lines for place, lines in _table().lines if _stands_in(place, path)), ())


def positive(text: str) -> str:
    """A line without its denial."""
    return text.removeprefix("no ").removeprefix("default ")


@lru_cache(maxsize=16384)
def about(path: Path, text: str) -> About:
    """What a line in this section is about; a denial is about what it denies."""
    words = positive(text).partition("\n")[0].split()
    for pattern in _patterns(path):
        key = pattern.about(words)
        if key is not None:
            return About(key, True, pattern.short, pattern.valued)
    return About(tuple(words), False)


def denial(path: Path, text: str) -> str:
    """The statement that takes a line back."""
    bare = positive(text)
    first = bare.split()[0]
    toggles = next((w for place, w in _table().toggles if _stands_in(place, path)), ())
    if text.startswith("no "):
        return bare if first in toggles else f"default {bare}"
    if (not path and is_port(text)) or (first not in toggles and shows_denied(path, text)):
        return f"default {bare}"
    found = about(path, text)
    return "no " + (" ".join(found.key) if found.short or "\n" in bare else bare)


def shows_denied(path: Path, text: str) -> bool:
    """Whether a running configuration shows the denial of this line."""
    words = positive(text).split()
    patterns = next((lines for place, lines in _table().denied if _stands_in(place, path)), ())
    return any(pattern.about(words) is not None for pattern in patterns)


def opens(path: Path, text: str) -> bool:
    """Whether a line opens a section, even when nothing stands in it."""
    return any(_stands_in(place, (*path, text)) for place in _table().sections)


def is_hardware(path: Path, text: str) -> bool:
    """Whether a line says what a port or line is, not what it should do."""
    words = next((w for place, w in _table().hardware if _stands_in(place, path)), frozenset())
    return positive(text).split()[0] in words


def is_port(text: str) -> bool:
    """Whether a line opens an interface that is there without being configured."""
    words = text.split()
    return len(words) == 2 and words[0] == "interface" and not _VIRTUAL.fullmatch(words[1])


def is_fixed(text: str) -> bool:
    """Whether a global section can't be removed, only emptied: ports, console, first terminals."""
    return (
        is_port(text)
        or re.fullmatch(r"line (con 0|aux 0|vty 0 \d+)|redundancy|control-plane", text) is not None
    )
