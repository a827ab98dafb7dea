"""What a guide shows against what a command said, but for what may be otherwise each time.

Values that a later command needs again (a run, a revision) are paired: ``Names`` knows which one
the guide shows for which one there is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from tests.guide.chapters import OMITTED

#: What may be otherwise each time, and what stands for it in a comparison; in this order.
VARIES: tuple[tuple[str, str], ...] = (
    (r"\b\d{8}-\d{6}-[0-9a-f]{4}\b", "RUN"),
    (r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?", "TIME"),
    (r"\b\d\d:\d\d:\d\d\b", "CLOCK"),
    (r"\b(?=[0-9a-f]*\d)[0-9a-f]{12}\b", "PLAN"),
    (r"\b(?!\d{8}-\d{6}-)(?=[0-9a-f]*\d)[0-9a-f]{7,10}\b", "REVISION"),
    (r"SHA256:[A-Za-z0-9+/]{40,}", "KEY"),
    (r"AAAA[A-Za-z0-9+/]{30,}=*", "KEY"),
    (r"\b\d+\.\d s\b", "SECONDS"),
    (r"(?<=\s)\d+\.\d(?=\s*$)", "SECONDS"),
    (r"\b127\.0\.0\.\d+((:| port )\d+)?", "LOOPBACK"),
    (r"Python +\d+\.\d+\.\d+", "Python VERSION"),
    (r"/\S*/bin/git\b", "GIT"),
    (r"\b\d+ (GB|MB|bytes|byte|B|KB|kB|MiB|GiB|KiB)\b", "SIZE"),
    (r"─+", "─"),
    (r"\s+", " "),
)
#: Of these, each one is a name for something, which later commands say again.
NAMES = tuple(
    re.compile(pattern) for pattern, stands in VARIES if stands in ("RUN", "PLAN", "REVISION")
)
_VARIES = tuple((re.compile(pattern), stands) for pattern, stands in VARIES)


def normal(line: str) -> str:
    """A line with all that varies replaced."""
    for pattern, stands in _VARIES:
        line = pattern.sub(stands, line)
    return line.strip()


def kept(shown: Sequence[str], said: Sequence[str]) -> list[str]:
    """What was said, cut where the guide cuts it: as many lines before and after the ``…``."""
    cut = _cut(shown)
    if cut is None:
        return list(said)
    after = len(shown) - cut - 1
    if cut + after >= len(said):
        return list(said)
    return [*said[:cut], OMITTED, *said[len(said) - after :]]


def _cut(shown: Sequence[str]) -> int | None:
    at = [number for number, line in enumerate(shown) if line.strip() == OMITTED]
    if len(at) > 1:
        raise ValueError("an output is cut in two places: once is enough")
    return at[0] if at else None


def alike(shown: Sequence[str], said: Sequence[str]) -> bool:
    """Whether the guide shows what was said. Blank lines at the end count for nothing."""
    left, right = ([normal(line) for line in _trimmed(lines)] for lines in (shown, said))
    return left == [normal(line) for line in _trimmed(kept(_trimmed(shown), right))]


def _trimmed(lines: Sequence[str]) -> list[str]:
    found = list(lines)
    while found and not found[-1].strip():
        found.pop()
    return found


@dataclass
class Names:
    """Which name the guide shows for which that there is."""

    shown: dict[str, str] = field(default_factory=dict)

    def learn(self, shown: Sequence[str], said: Sequence[str]) -> None:
        """Pair the names of an output, kind by kind, in the order of their first appearance."""
        cut = kept(shown, said)
        for pattern in NAMES:
            ours, theirs = (
                list(dict.fromkeys(pattern.findall("\n".join(lines)))) for lines in (shown, cut)
            )
            if len(ours) == len(theirs):
                self.shown.update(zip(ours, theirs, strict=True))

    def real(self, command: str) -> str:
        """A command of the guide with the names that there are."""
        for ours, theirs in self.shown.items():
            command = command.replace(ours, theirs)
        return command

    def as_shown(self, line: str) -> str:
        """A line of output with the names that the guide shows."""
        for ours, theirs in self.shown.items():
            line = line.replace(theirs, ours)
        return line
