"""What may have been meant: names close to one that does not exist, as a hint. The only place.

What is a name, and which there are, is the caller's.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from pathlib import Path

from sekayu_net.languages import said_with_fields

#: How like a name must be (0 to 1), how many are told, and how many of all when none is like it.
LIKENESS = 0.55
CLOSE = 3
SHOWN = 8


#: How near names are told: each number of them a message.
DID_YOU_MEAN = (
    said_with_fields("did you mean {first} or {second}?"),
    said_with_fields("did you mean {first} or {second} or {third}?"),
)


def near(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """Names like ``word``, the likest first; the case of letters does not count."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    found = get_close_matches(word.casefold(), sorted(folded), n=CLOSE, cutoff=LIKENESS)
    # Who forgot the end, or named the place without its kind, is as near as who mistyped a letter.
    if word and not found:
        found = [name for name in sorted(folded) if word.casefold() in name][:CLOSE]
    return tuple(folded[name] for name in found)


def meant(word: str, names: Iterable[str], none: str = "there is none yet") -> str:
    """A hint: near names, else those that there are (at most eight), else ``none``."""
    known = list(dict.fromkeys(names))
    if found := near(word, known):
        return f"did you mean {' or '.join(found)}?"
    if not known:
        return none
    more = " …" if len(known) > SHOWN else ""
    return f"there are: {', '.join(known[:SHOWN])}{more}"


def file_meant(path: Path, otherwise: str) -> str:
    """A hint for a file that is not there: its like in the same folder, else ``otherwise``."""
    found = near(path.name, (each.name for each in path.parent.glob("*") if each.is_file()))
    return f"did you mean {' or '.join(found)}? Else {otherwise}" if found else otherwise
