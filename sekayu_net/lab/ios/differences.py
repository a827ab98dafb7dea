"""Comparing configurations as texts, as ``show archive config`` does, and what a replace would do.

A text is cut into lines and the lines indented below them; comments and the frame count for
nothing. No command is understood here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from sekayu_net.lab.ios.special import is_frame


@dataclass(slots=True)
class Block:
    """A line and the lines indented below it."""

    text: str
    below: list[Block] = field(default_factory=list)


def blocks(text: str) -> list[Block]:
    """The lines of a configuration file as a tree."""
    root = Block("")
    stack = [(-1, root)]
    for raw in text.splitlines():
        line = raw.rstrip()
        word = line.strip()
        if not word or word.startswith("!") or word == "end" or is_frame(word):
            continue
        indent = len(line) - len(line.lstrip())
        while stack[-1][0] >= indent:
            stack.pop()
        block = Block(word)
        stack[-1][1].below.append(block)
        stack.append((indent, block))
    return root.below


def contextual(base: str, new: str) -> str:
    """``show archive config differences BASE NEW``: ``+`` is only in the new one."""
    lines = list(_contextual(blocks(base), blocks(new), ""))
    return "\n".join(["!Contextual Config Diffs:", *(lines or ["!No changes were found"])]) + "\n"


def _contextual(old: Sequence[Block], new: Sequence[Block], margin: str) -> Iterator[str]:
    left = list(old)
    for block in new:
        same = next((one for one in left if one.text == block.text), None)
        if same is None:
            yield f"{margin}+{block.text}"
            yield from _all(block.below, f"{margin} +")
            continue
        left.remove(same)
        inner = list(_contextual(same.below, block.below, f"{margin} "))
        if inner:
            yield f"{margin}{block.text}"
            yield from inner
    for block in left:
        yield f"{margin}-{block.text}"
        yield from _all(block.below, f"{margin} -")


def _all(found: Iterable[Block], start: str) -> Iterator[str]:
    for block in found:
        yield f"{start}{block.text}"
        yield from _all(block.below, f" {start}")


def incremental(running: str, new: str, *, ignore_case: bool = False) -> str:
    """``show archive config incremental-diffs NEW``: its lines that the running one has not."""
    lines = list(_missing(blocks(running), blocks(new), "", ignore_case))
    if not lines:
        return "!List of Commands:\nend\n!No changes were found\n"
    return "\n".join(["!List of Commands:", *lines, "end", ""])


def _missing(
    old: Sequence[Block], new: Sequence[Block], margin: str, ignore_case: bool
) -> Iterator[str]:
    def form(text: str) -> str:
        return text.lower() if ignore_case else text

    known = {form(block.text): block for block in old}
    for block in new:
        same = known.get(form(block.text))
        inner = list(_missing(same.below if same else (), block.below, f"{margin} ", ignore_case))
        if same is None or inner:
            yield f"{margin}{block.text}"
            yield from inner


def commands(running: str, target: str) -> list[str]:
    """The commands by which a replace gets from one to the other, in their order of sending."""
    return list(_commands(blocks(running), blocks(target), ""))


def _commands(old: Sequence[Block], new: Sequence[Block], margin: str) -> Iterator[str]:
    left = list(old)
    later: list[str] = []
    for block in new:
        same = next((one for one in left if one.text == block.text), None)
        inner = list(_commands(same.below if same else (), block.below, f"{margin} "))
        if same is not None:
            left.remove(same)
        if same is None or inner:
            later += [f"{margin}{block.text}", *inner]
    for block in left:
        word = block.text
        yield f"{margin}{word[3:] if word.startswith('no ') else f'no {word}'}"
    yield from later
