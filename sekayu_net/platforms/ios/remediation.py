"""What to send to get from one configuration to another: hier_config's remediation, as steps.

What lives here: hier_config with this platform's own rules (which line replaces which, how a line
is denied). What does not: the order of the steps (``order``: hier_config's own is unsafe in places)
and access lists' entries (``entries``: hier_config knows no order of theirs).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from hier_config import HConfig
from hier_config.child import HConfigChild
from hier_config.platforms.cisco_ios.driver import HConfigDriverCiscoIOS

from sekayu_net.platforms.base import Action
from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.lines import Path
from sekayu_net.platforms.ios.tree import Node, is_list


@dataclass(frozen=True, slots=True)
class Step:
    """One statement in a section. ``line`` is what it is about without denial.

    ``before`` is the line that it changes or removes; ``lines`` how many lines go with it.
    """

    path: Path
    text: str
    action: Action
    line: str
    before: str | None = None
    lines: int = 1

    @property
    def denies(self) -> bool:
        """Whether it takes back a line that was there."""
        return self.action == "remove"


class Rules(HConfigDriverCiscoIOS):
    """hier_config's rules for IOS with the project's table in place of its own."""

    def idempotent_for(
        self, config: HConfigChild, other_children: Iterable[HConfigChild]
    ) -> HConfigChild | None:
        """The line among the others that takes this one's place."""
        path = tuple(config.parent.path())
        key = lines.about(path, config.text).key
        return next((o for o in other_children if lines.about(path, o.text).key == key), None)

    def negate_with(self, config: HConfigChild) -> str | None:
        """How a line is denied."""
        return lines.denial(tuple(config.parent.path()), config.text)


_RULES = Rules()


def _load(node: Node, into: HConfig | HConfigChild) -> None:
    for line in node.below:
        made = into.add_child(line.text)
        if not is_list(line.text):
            _load(line, made)


def steps(running: Node, target: Node) -> list[Step]:
    """The statements that hier_config finds, in its own order; access lists' entries are not there.

    New access lists come with their entries.
    """
    start, end = HConfig(_RULES), HConfig(_RULES)
    _load(running, start)
    _load(target, end)
    delta = start.config_to_get_to(end)
    return list(_steps(delta, running, target, ()))


def _steps(
    delta: HConfig | HConfigChild, running: Node | None, target: Node | None, path: Path
) -> Iterator[Step]:
    here = {} if running is None else {node.text: node for node in running.below}
    there = {} if target is None else {node.text: node for node in target.below}
    gone = {lines.denial(path, t): node for t, node in here.items() if t not in there}
    for child in delta.children:
        text = child.text
        if text not in there and text in gone:
            node = gone[text]
            # A port that is switched on, a default that comes back: nothing is gone.
            off = node.text == "shutdown" or (
                node.text.startswith("no ") and "default " in text[:8]
            )
            action: Action = "set" if off else "remove"
            yield Step(path, text, action, node.text, node.text, node.size())
            continue
        wanted = there[text]
        if text not in here:
            before = _replaced(path, text, here)
            yield Step(path, text, "set" if before else "add", text, before)
            if is_list(text):
                inside = (*path, text)
                yield from (Step(inside, n.text, "add", n.text) for n in wanted.below)
                continue
        yield from _steps(child, here.get(text), wanted, (*path, text))


def _replaced(path: Path, text: str, here: dict[str, Node]) -> str | None:
    key = lines.about(path, text).key
    return next((old for old in here if lines.about(path, old).key == key), None)
