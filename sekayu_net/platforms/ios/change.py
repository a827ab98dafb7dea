"""From two texts to a ``Change``: the pure pipeline of this platform.

What lives here: how ownership, hier_config's remediation, the order and the words work together.
What does not: any of those steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sekayu_net.platforms.base import Change, DiffContext, Operation
from sekayu_net.platforms.ios import (
    admission,
    entries,
    interpreter,
    order,
    present,
    remediation,
    script,
)
from sekayu_net.platforms.ios.ownership import Ownership, goal
from sekayu_net.platforms.ios.remediation import Step
from sekayu_net.platforms.ios.tree import Node, is_list, read, to_text


def change(running: str, intended: str, context: DiffContext) -> Change:
    """The change from ``running`` to ``intended``; see ``platforms.base.Platform.diff``."""
    ownership = context.ownership
    if ownership is not None and not isinstance(ownership, Ownership):
        raise TypeError("ownership must come from load_ownership")
    start = read(running, file="running")
    wanted = goal(start, read(intended, file="intended"), ownership, whole=context.whole)
    target = wanted.tree
    steps = found(start, target)
    marks = _marks(steps, start, context)
    operations = tuple(
        Operation(
            step.action,
            present.heading(step.path, step.line),
            present.item(step.path, step.line) or None,
            " / ".join((*step.path, step.text)),
            management=mark.management,
            gap=mark.gap,
        )
        for step, mark in zip(steps, marks, strict=True)
    )
    notes = [mark.note for mark in marks if mark.note]
    managed = frozenset(n for n, mark in enumerate(marks) if mark.management)
    return Change(
        operations=operations,
        script=script.write(steps),
        inverse=script.write(found(target, start)),
        diff=present.text(steps, managed, notes),
        predicted=to_text(target),
        differences=tuple(present.differences(steps, wanted.unmanaged)),
        management_path=bool(managed),
        warnings=tuple(dict.fromkeys([*_warnings(steps), *_unsure(start, target, steps)])),
    )


def found(start: Node, target: Node) -> list[Step]:
    """The statements from one tree to another, in the order in which they are sent."""
    steps = [*entries.steps(start, target), *remediation.steps(start, target)]
    return order.arranged(steps, start, target)


# -- the management flow -----------------------------------------------------------------------


class _Mark:
    """What a statement means for the management flow."""

    __slots__ = ("gap", "management", "note")

    def __init__(self, *, management: bool, gap: bool, note: str) -> None:
        self.management = management
        self.gap = gap
        self.note = note


def _marks(steps: Sequence[Step], start: Node, context: DiffContext) -> list[_Mark]:
    tree = start.copy()
    before = [(flow, admission.judge(tree, flow)) for flow in context.flows]
    ends = start.copy()
    interpreter.run(ends, script.write(steps))
    after = [(flow, admission.judge(ends, flow)) for flow in context.flows]
    marks: list[_Mark] = []
    for step in steps:
        management = any(
            admission.concerns(step, verdict.way, flow) for flow, verdict in [*before, *after]
        )
        _run(tree, step)
        refused = [
            now.refusal
            for flow, was in before
            if was.refusal is None and (now := admission.judge(tree, flow)).refusal is not None
        ]
        note = ""
        if refused:
            words = f"{present.heading(step.path, step.line)} {step.text}"
            note = f"the management flow is not admitted after: {words} ({refused[0]})"
        marks.append(_Mark(management=management or bool(refused), gap=bool(refused), note=note))
    return marks


def _run(tree: Node, step: Step) -> None:
    section: Node | None = tree
    path: tuple[str, ...] = ()
    for text in step.path:
        if section is None:
            return
        section = interpreter.statement(section, text, path)
        path = (*path, text)
    if section is not None:
        interpreter.statement(section, step.text, path)


# -- doubts ------------------------------------------------------------------------------------


def _warnings(steps: Sequence[Step]) -> Iterator[str]:
    for step in steps:
        if step.path and step.path[0].startswith("router ospf") and "router-id" in step.text:
            yield (
                f"{step.path[0]}: the new router-id counts only after the process is restarted: "
                "clear ip ospf process, or a reload"
            )
        if step.action == "remove" and step.line.startswith("username "):
            yield f"{step.text}: the device asks before it removes a user"


def _unsure(start: Node, target: Node, steps: Sequence[Step]) -> Iterator[str]:
    """The script run on the tree must give the target: else this table of lines is wrong."""
    tree = start.copy()
    interpreter.run(tree, script.write(steps))
    for where in _unlike(tree, target):
        yield f"{where}: it is not sure that the script brings this about"


def _unlike(tree: Node, target: Node) -> Iterator[str]:
    here = {node.text: node for node in tree.below}
    there = {node.text: node for node in target.below}
    if is_list(tree.text):
        if [n.text for n in tree.below] != [n.text for n in target.below]:
            yield tree.text
        return
    for text in [*(t for t in there if t not in here), *(t for t in here if t not in there)]:
        yield f"{tree.text} {text}".strip().partition("\n")[0]
    for text, node in here.items():
        if text in there:
            yield from _unlike(node, there[text])
