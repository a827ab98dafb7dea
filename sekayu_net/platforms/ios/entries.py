"""Access lists in place: entries come and go by number, and the list is never without them.

IOS 15 hides the numbers of entries, so a list is numbered anew first: ``ip access-list resequence``
changes no entry and no order (Cisco, "IP Access List Entry Sequence Numbering", 12.2(14)S on). New
entries come before old ones go. An entry can't be there twice, so one that moves goes first: a
moment without it, unless an equal rule stands elsewhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from sekayu_net.platforms.ios.remediation import Step
from sekayu_net.platforms.ios.tree import Node, is_list

_MIN_STEP = 100


def steps(running: Node, target: Node) -> Iterator[Step]:
    """The statements for every list that both configurations have and whose entries differ."""
    for wanted in target.below:
        there = running.get(wanted.text) if is_list(wanted.text) else None
        if there is not None:
            old, new = ([node.text for node in one.below] for one in (there, wanted))
            if old != new:
                yield from _edit(wanted.text, old, new)


def _edit(section: str, old: Sequence[str], new: Sequence[str]) -> Iterator[Step]:
    name = section.rsplit(maxsplit=1)[-1]
    step = max(_MIN_STEP, len(new) + 2)
    if old:
        yield Step((), f"ip access-list resequence {name} {step} {step}", "set", section, section)
    path = (section,)
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    kept = {
        block.b + n: block.a + n
        for block in matcher.get_matching_blocks()
        for n in range(block.size)
    }
    stays = set(kept.values())
    gone = [place for place in range(len(old)) if place not in stays]
    numbers = _numbers(len(new), kept, step)
    leaving = Counter(old[place] for place in gone)
    coming = [place for place in range(len(new)) if place not in kept]
    moved = [place for place in coming if leaving[new[place]]]
    for place in coming:
        if place not in moved:
            text = new[place]
            yield Step(path, f"{numbers[place]} {text}", "add", text)
    for place in moved:
        text = new[place]
        origin = next(n for n in gone if old[n] == text)
        gone.remove(origin)
        yield Step(path, f"no {(origin + 1) * step}", "move", text, text)
        yield Step(path, f"{numbers[place]} {text}", "move", text, text)
    for place in reversed(gone):
        yield Step(path, f"no {(place + 1) * step}", "remove", old[place], old[place])


def _numbers(count: int, kept: dict[int, int], step: int) -> dict[int, int]:
    """A number for every new entry that is not there: behind the kept one before it."""
    numbers: dict[int, int] = {}
    last = 0
    for place in range(count):
        last = (kept[place] + 1) * step if place in kept else last + 1
        numbers[place] = last
    return numbers
