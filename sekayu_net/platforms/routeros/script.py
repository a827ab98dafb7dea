"""The script that makes a change, one statement a line.

What lives here: steps written as statements that are right whatever the internal ids are, the
management flow watched after each. What does not: which steps (``order``), the way back
(``inverse``).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from sekayu_net.platforms.routeros.admission import RELEVANT, Verdict, Watch
from sekayu_net.platforms.routeros.diff import Edit
from sekayu_net.platforms.routeros.order import Step
from sekayu_net.platforms.routeros.quoting import quote
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.state import State, position, selector
from sekayu_net.platforms.routeros.syntax import Argument, Statement, format_statement
from sekayu_net.platforms.routeros.tree import Row, Tree, describe, selector_of

_RETRIES = 200  # how often postponed steps are tried again, at most


@dataclass(slots=True, eq=False)
class Done:
    """A step that was written: what the inverse needs to know. ``moment`` counts from 1."""

    action: Literal["add", "set", "remove", "move"]
    menu: Menu
    row: Row
    moment: int
    text: str
    item: str
    edits: Sequence[Edit] = ()
    before: dict[str, str | None] = field(default_factory=dict)
    place: int = -1
    management: bool = False
    gap: bool = False


@dataclass(slots=True)
class Writer:
    """Writes steps against a tree, which changes with them: give a copy."""

    state: State
    watch: Watch | None
    start: dict[str, list[Row]]
    done: list[Done] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    verdict: Verdict | None = None
    first: Verdict | None = None
    lost: bool = False

    @classmethod
    def on(cls, running: Tree, watch: Watch | None) -> Writer:
        """A writer that starts from ``running``."""
        start = {path: list(rows) for path, rows in running.menus.items()}
        return cls(State(running), watch, start)

    @property
    def script(self) -> list[str]:
        """The statements, one a line, with a remark before those that leave a gap."""
        lines: list[str] = []
        escape = self.state.tree.schema.version < (7, 0, 0)
        for done in self.done:
            if done.gap:
                lines.append("# sekayu: the management flow is not admitted after this statement")
            lines.append(escape_questions(done.text) if escape else done.text)
        return lines

    def run(self, steps: Sequence[Step]) -> None:
        """Write the steps in order; one that would end the management flow waits if it can."""
        postponed: deque[Step] = deque()
        retries = 0
        if self.watch is not None and self.verdict is None:
            self.first = self.verdict = self.watch.look(self.state.tree)
            if not self.verdict.admitted:
                self.warnings.append(
                    "as far as the running configuration tells, it does not admit the "
                    f"management flow: {self.verdict.reason}"
                )
        for step in steps:
            if not self._step(step):
                postponed.append(step)
                continue
            if step.menu.path in RELEVANT:
                for _ in range(len(postponed)):
                    retries += 1
                    if retries > _RETRIES:
                        break
                    waiting = postponed.popleft()
                    if not self._step(waiting):
                        postponed.append(waiting)
        for step in postponed:
            self._step(step, force=True)

    def _step(self, step: Step, *, force: bool = False) -> bool:
        """Write one step; False when it would end the management flow and can wait."""
        watch, before = self.watch, self.verdict
        if watch is None or before is None or step.menu.path not in RELEVANT:
            self._write(step)
            return True
        count = len(self.done)
        self._write(step)
        if len(self.done) == count:
            return True
        after = watch.look(self.state.tree, self.first)
        done = self.done[-1]
        if before.admitted and not after.admitted and not force and _can_wait(step):
            self._take_back()
            return False
        # a device that the text never admitted can't lose what nobody knows how it works
        done.gap = not after.admitted and (before.admitted or self.lost)
        self.lost = done.gap
        done.management = done.gap or before.carriers != after.carriers
        if id(done.row) in before.carriers or id(done.row) in after.carriers:
            done.management = True
        self.verdict = after
        return True

    def _take_back(self) -> None:
        """Undo the last statement as if it had never been written."""
        done = self.done.pop()
        path = done.menu.path
        rows = self.state.tree.menus[path]
        if done.action == "add":
            del rows[position(rows, done.row)]
            self.state.index(path).rewind(done.row, done.moment)
        elif done.action == "remove":
            rows.insert(done.place, done.row)
            self.state.index(path).rewind(done.row, done.moment)
        elif done.action == "move":
            del rows[position(rows, done.row)]
            rows.insert(done.place, done.row)
        else:
            self.state.restore(path, done.row, done.before, done.moment)
            if done.row.entry is None:
                self.state.index(path).rewind(done.row, done.moment)

    def _write(self, step: Step) -> None:
        getattr(self, f"_{step.action}")(step)

    def _moment(self) -> int:
        return len(self.done) + 1

    def _select(self, menu: Menu, row: Row) -> str:
        """The selector of a row now."""
        if row.entry is not None:
            return selector_of(menu, row)
        index = self.state.index(menu.path)
        selection = index.select_one(index.current[id(row)], index.alive())
        return selector(menu, selection, self.state.place_among(menu.path, selection, row))

    def _after(self, step: Step) -> int:
        """Where a row belongs now: right behind its nearest predecessor that is there.

        So it stands before rows that will be removed: what is new counts from its first moment.
        """
        rows = self.state.tree.rows(step.menu.path)
        there = self.state.index(step.menu.path).current
        at = position(step.sequence, step.row)
        for number in range(at - 1, -1, -1):
            if id(step.sequence[number]) in there:
                return position(rows, step.sequence[number]) + 1
        later = (row for row in step.sequence[at + 1 :] if id(row) in there)
        place = min((position(rows, row) for row in later), default=len(rows))
        while place > 0 and id(rows[place - 1]) in step.doomed:
            place -= 1
        return place

    def _add(self, step: Step) -> None:
        menu, row = step.menu, step.row
        rows = self.state.tree.rows(menu.path)
        place = self._after(step) if step.sequence else len(rows)
        extra: list[str] = []
        if place < len(rows):
            while place < len(rows) and rows[place].entry is not None:
                place += 1
            if place < len(rows):
                extra.append(f"place-before={self._select(menu, rows[place])}")
        text = add_text(menu, row.values, extra)
        moment = self._moment()
        self.state.insert(menu.path, row, place, moment)
        self._log(step, text, moment)

    def _set(self, step: Step) -> None:
        menu, row = step.menu, step.row
        chosen = self._select(menu, row)
        edits = current_edits(menu, row, step.edits)
        if not edits:
            return
        text = set_text(menu, chosen, edits)
        before = dict(row.values)
        moment = self._moment()
        if row.entry is not None and not any(
            other is row for other in self.state.tree.rows(menu.path)
        ):
            self.state.tree.menus.setdefault(menu.path, []).append(row)
        item = describe(menu, row)
        self.state.write(menu.path, row, edits, moment)
        self._log(Step("set", menu, row), text, moment, before=before, edits=edits, item=item)

    def _remove(self, step: Step) -> None:
        menu, row = step.menu, step.row
        chosen = self._select(menu, row)
        moment = self._moment()
        place = self.state.delete(menu.path, row, moment)
        self._log(step, f"{menu.path} remove {chosen}", moment, place=place)

    def _move(self, step: Step) -> None:
        menu, row = step.menu, step.row
        chosen = self._select(menu, row)
        rows = self.state.tree.rows(menu.path)
        old = position(rows, row)
        place = self._after(step)
        if place in (old, old + 1):
            return
        target = f" {self._select(menu, rows[place])}" if place < len(rows) else ""
        moment = self._moment()
        del rows[old]
        rows.insert(place - 1 if place > old else place, row)
        self._log(step, f"{menu.path} move {chosen}{target}", moment, place=old)

    def _log(
        self,
        step: Step,
        text: str,
        moment: int,
        *,
        before: dict[str, str | None] | None = None,
        edits: Sequence[Edit] = (),
        place: int = -1,
        item: str | None = None,
    ) -> None:
        self.done.append(
            Done(
                step.action,
                step.menu,
                step.row,
                moment,
                text,
                item if item is not None else describe(step.menu, step.row),
                edits,
                before or {},
                place,
            )
        )


def _can_wait(step: Step) -> bool:
    """Whether nothing later needs this step: a definition can't wait, a limit can."""
    return step.action != "add" or "name" not in step.menu.key


def current_edits(menu: Menu, row: Row, edits: Sequence[Edit]) -> list[Edit]:
    """The edits that still change something (a rename may have done it already)."""
    have = row.canonical(menu)
    result: list[Edit] = []
    for key, value, unset in edits:
        if unset and key not in have:
            continue
        if not unset and key in have and menu.normal(key, value) == have[key]:
            continue
        result.append((key, value, unset))
    return result


def add_text(menu: Menu, values: dict[str, str | None], extra: Sequence[str] = ()) -> str:
    """The statement that adds an item."""
    arguments = tuple(Argument(key, values[key]) for key in sorted(values))
    return " ".join(
        [format_statement(Statement(menu.path, "add", None, arguments), menu=True), *extra]
    )


def set_text(menu: Menu, chosen: str, edits: Sequence[Edit]) -> str:
    """The statement that sets properties. ``chosen`` is empty for a settings menu."""
    words = [f"{menu.path} set"]
    if chosen:
        words.append(chosen)
    for key, value, unset in edits:
        if unset:
            words.append("!" + key)
        else:
            words.append(key if value is None else f"{key}={quote(value)}")
    return " ".join(words)


def escape_questions(text: str) -> str:
    """``?`` within quotes as RouterOS 6 wants it."""
    return re.sub(r"\\.|\?", lambda match: "\\?" if match[0] == "?" else match[0], text)
