"""From two texts to a ``Change``: the pure pipeline of this platform.

What lives here: how comparing, ordering, writing and presenting work together. What does not: any
of those steps.
"""

from __future__ import annotations

from dataclasses import replace

from sekayu_net.platforms.base import Change, DiffContext, Operation
from sekayu_net.platforms.routeros import inverse, present
from sekayu_net.platforms.routeros.admission import watch
from sekayu_net.platforms.routeros.diff import Comparison, MenuChange, Pair, compare
from sekayu_net.platforms.routeros.order import Step, steps
from sekayu_net.platforms.routeros.ownership import Ownership
from sekayu_net.platforms.routeros.script import Writer
from sekayu_net.platforms.routeros.state import rename
from sekayu_net.platforms.routeros.tree import Row, Tree, name_of, read, to_text

_RENAME_DEPTH = 4  # names that rest on names that changed


def change(running: str, intended: str, context: DiffContext) -> Change:
    """The change from ``running`` to ``intended``; see ``platforms.base.Platform.diff``."""
    ownership = context.ownership
    if ownership is not None and not isinstance(ownership, Ownership):
        raise TypeError("ownership must come from load_ownership")
    start = read(running, context.version, file="running")
    goal = read(intended, context.version, file="intended")
    now = start.copy()
    _mention(now, goal)
    comparison = compare(now, goal, ownership=ownership, whole=context.whole)
    writer = Writer.on(
        now, watch([(flow.source, flow.destination, flow.port) for flow in context.flows])
    )
    findings = present.differences(comparison, start)
    drafts = [present.draft(comparison)]
    warnings = list(comparison.warnings)
    named = _renames(comparison, goal)
    if named:
        # Everything else first, in the old names, which the inverse then can rely on at every
        # moment; references follow when the names change at the end.
        for _ in range(_RENAME_DEPTH):
            old = _in_old_names(goal, named)
            comparison = compare(now, old, ownership=ownership, whole=context.whole)
            more = _renames(comparison, old)
            if not more:
                break
            named = [*more, *named]  # a VLAN is known again once its bridge is
        drafts = [present.draft(_with_names(comparison, now, named))]
        writer.run(steps(comparison.changes))
        writer.run(
            [
                Step("set", now.menu(path), row, [("name", new, False)])
                for path, row, _, new in named
            ]
        )
        comparison = compare(now, goal, ownership=ownership, whole=context.whole)
        drafts.append(present.draft(comparison))
    writer.run(steps(comparison.changes))
    predicted = to_text(now)
    script = writer.script
    warnings += writer.warnings
    operations = tuple(
        Operation(
            done.action,
            done.menu.path,
            done.item or None,
            done.text,
            management=done.management,
            gap=done.gap,
        )
        for done in writer.done
    )
    marked = frozenset(id(done.row) for done in writer.done if done.management)
    gaps = [done for done in writer.done if done.gap]
    notes = [
        f"the management flow is not admitted after: {done.action} {done.menu.path} {done.item}"
        for done in gaps
    ]
    diff = present.text(drafts, marked, notes)
    back, doubts = inverse.write(writer)
    return Change(
        operations=operations,
        script=_joined(script),
        inverse=_joined(back),
        diff=diff,
        predicted=predicted,
        differences=tuple(findings),
        management_path=any(operation.management for operation in operations),
        warnings=tuple(dict.fromkeys([*warnings, *doubts])),
    )


def _mention(running: Tree, goal: Tree) -> None:
    """Give built-in entries that only the goal speaks of a row: one row through all of a change."""
    for path, rows in goal.menus.items():
        if path in running.unreadable:
            continue
        have = {row.entry for row in running.rows(path)}
        for row in rows:
            if row.entry is not None and row.entry not in have:
                running.menus.setdefault(path, []).append(Row({}, row.entry, row.selector))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""


Name = tuple[str, Row, str, str]
"""Menu, running row, old name, new name."""


def _renames(comparison: Comparison, goal: Tree) -> list[Name]:
    """The items that get another name, where the old name isn't needed for something else."""
    found: list[Name] = []
    for change in comparison.changes:
        path = change.menu.path
        taken = {row.values.get("name") for row in goal.rows(path)}
        for pair in change.pairs:
            row = pair.running
            before = name_of(change.menu, row.values, row.entry)
            for key, value, unset in pair.edits:
                if key == "name" and before and value and not unset and before not in taken:
                    found.append((path, row, before, value))
    return found


def _in_old_names(goal: Tree, named: list[Name]) -> Tree:
    """The goal, told in the names that the device has now."""
    old = goal.copy()
    for path, running, before, after in named:
        if running.entry is not None:
            rows = old.menus.setdefault(path, [])
            row = next((row for row in rows if row.entry == running.entry), None)
            if row is None:
                row = Row({}, running.entry, running.selector)
                rows.append(row)
            row.update([("name", after, False)])
        rename(old, path, after, before)
    return old


def _with_names(comparison: Comparison, running: Tree, named: list[Name]) -> Comparison:
    """The comparison with the new names put back in, to show."""
    changes = {
        change.menu.path: replace(change, pairs=list(change.pairs)) for change in comparison.changes
    }
    for path, row, _, after in named:
        shown = changes.get(path)
        if shown is None:
            shown = MenuChange(running.menu(path))
            changes[path] = shown
        pair = next((pair for pair in shown.pairs if pair.running is row), Pair(row, row, []))
        if pair.edits:
            shown.pairs.remove(pair)
        shown.pairs.append(Pair(row, pair.intended, [("name", after, False), *pair.edits]))
    return Comparison(list(changes.values()), [], [], [])


def header(text: str) -> list[str]:
    """The header lines of an export, which name its version."""
    lines: list[str] = []
    for line in text.splitlines():
        if not line.startswith("#") or "error exporting" in line:
            break
        lines.append(line)
    return lines


def result(tree: Tree, original: str) -> str:
    """A tree as text, under the header of the text that it came from."""
    lines = header(original)
    return "".join(f"{line}\n" for line in lines) + to_text(tree)
