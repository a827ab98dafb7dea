"""Access lists: entries in the order of their numbers, however they were typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sekayu_net.lab.ios.changes import Change
from sekayu_net.lab.ios.grammar import CommandError, Match, split
from sekayu_net.lab.ios.modes import mode, section_of
from sekayu_net.lab.ios.tree import Line, find, rank

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

_FIRST, _STEP = 10, 10


def _opened(text: str) -> Match:
    return mode("config").grammar.parse(text, split(text))[0]


def entry(device: IosDevice, parent: Line, match: Match) -> Change:
    """An entry without number goes to the end; a number that is taken is an error."""
    words = match.words
    given = int(words[0]) if words[0].isdigit() else None
    content = words[1:] if given is not None else words
    if not content:
        raise CommandError("% Incomplete command.\n")
    numbered = {int(line.key[1][0]): line for line in parent.below}
    for number, line in numbered.items():
        if line.key[1][1:] == content and content[0] != "remark":
            return Change(stop=True) if given in (None, number) else Change(
                answer="%Duplicate access list entry\n", stop=True
            )  # fmt: skip
    if given is not None and given in numbered:
        return Change(answer="% Duplicate sequence number\n", stop=True)
    number = given if given is not None else max(numbered, default=0) // _STEP * _STEP + _FIRST
    text = " ".join(content)
    shown = f"{number} {text}" if device.modern else f" {text}".strip()
    made = Line(shown, (match.pattern.order, (str(number), *content)), rank=(number,))
    made.key = (0, made.key[1])
    parent.below.append(made)
    return Change(stop=True)


def numbered(device: IosDevice, parent: Line, words: tuple[str, ...]) -> Change:
    """``access-list 101 permit …`` is an entry of the list that ``ip access-list`` opens too."""
    kind = "extended" if 100 <= int(words[1]) <= 199 or int(words[1]) >= 2000 else "standard"
    made = _opened(f"ip access-list {kind} {words[1]}")
    key = (made.pattern.order, made.key)
    section = next((line for line in parent.below if line.key == key), None)
    if section is None:
        section = Line(made.text, key, section_of(made.pattern), rank=rank(made.text))
        parent.below.append(section)
    text = " ".join(words[2:])
    return entry(device, section, mode(section.mode).grammar.parse(text, split(text))[0])


def resequence(device: IosDevice, parent: Line, words: tuple[str, ...]) -> Change:
    """New numbers for a list's entries, in their order."""
    for section in find(parent.below, "ip access-list"):
        if section.text.split()[-1] != words[3]:
            continue
        entries = sorted(section.below, key=lambda line: line.rank)
        section.below[:] = []
        for place, entry in enumerate(entries):
            number = int(words[4]) + place * int(words[5])
            content = entry.key[1][1:]
            text = " ".join(content)
            shown = f"{number} {text}" if device.modern else text
            section.below.append(Line(shown, (0, (str(number), *content)), rank=(number,)))
    return Change(stop=True)


def no_entry(parent: Line, words: tuple[str, ...]) -> Change:
    """A denial of an entry, by its number or its words."""
    number = words[0] if words[0].isdigit() else ""
    content = words[1:] if number else words
    left = [
        line
        for line in parent.below
        if not (
            (not number or line.key[1][0] == number) and (not content or line.key[1][1:] == content)
        )
    ]
    gone = len(left) != len(parent.below)
    parent.below[:] = left
    answer = "" if gone or content[:1] == ("remark",) else "%ACL entry not found\n"
    return Change(answer=answer, stop=True)


def no_numbered(parent: Line, name: str) -> Change:
    """A denial of a numbered list: whatever entry it names, the whole list goes."""
    for section in find(parent.below, "ip access-list"):
        if section.text.split()[-1] == name:
            parent.below.remove(section)
    return Change(stop=True)
