"""Lines of a diff in 80 columns, the same on every platform. No vendor is known here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

WIDTH = 80
_INDENT = "  "
_HANGING = "       "


def wrapped(sign: str, mark: str, words: Sequence[str]) -> list[str]:
    """One line of a diff: ``sign`` and ``mark``, then words, over as many lines as they need."""
    lines: list[str] = []
    current = f"{_INDENT}{sign}{mark}"
    width = len(current)
    for word in _pieces(words):
        printable = "".join(c if c.isprintable() else "·" for c in word)
        if width + len(printable) > WIDTH and current.strip(" +-~>!"):
            lines.append(current.rstrip())
            current = _HANGING
        current += printable + " "
        width = len(current)
    lines.append(current.rstrip())
    return lines


def _pieces(words: Iterable[str]) -> Iterable[str]:
    """Words no longer than a line: a person reads them, nobody pastes them."""
    room = WIDTH - len(_HANGING) - 1
    for word in words:
        for part in word.split(" "):
            for start in range(0, max(len(part), 1), room):
                yield part[start : start + room]
