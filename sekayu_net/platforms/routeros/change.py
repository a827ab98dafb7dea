"""From two texts to a ``Change``: the pure pipeline of this platform.

What lives here: how comparing, ordering, writing and presenting work together. What does not: any
of those steps.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from sekayu_net.platforms.base import Change, DiffContext, Operation
from sekayu_net.platforms.routeros import inverse, naming, present
from sekayu_net.platforms.routeros.admission import watch
from sekayu_net.platforms.routeros.check import check
from sekayu_net.platforms.routeros.dangling import dangling, lost
from sekayu_net.platforms.routeros.diff import Comparison, MenuChange, Pair, compare
from sekayu_net.platforms.routeros.order import Step, steps
from sekayu_net.platforms.routeros.ownership import Ownership
from sekayu_net.platforms.routeros.schema import schema
from sekayu_net.platforms.routeros.script import Done, Writer
from sekayu_net.platforms.routeros.tree import Row, Tree, read, to_text, version_of

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
    warnings = [*comparison.warnings, *_of_another_version(intended, context.version)]
    in_the_way = naming.in_the_way(comparison, now)
    if in_the_way:
        writer.run([_step(now, rename) for rename in in_the_way])
        comparison = compare(now, goal, ownership=ownership, whole=context.whole)
    named = naming.renames(comparison)
    if named:
        # Everything else first, in the old names, which the inverse then can rely on at every
        # moment; references follow when the names change at the end.
        for _ in range(_RENAME_DEPTH):
            old = naming.in_old_names(goal, named)
            comparison = compare(now, old, ownership=ownership, whole=context.whole)
            more = naming.renames(comparison)
            if not more:
                break
            named = [*more, *named]  # a VLAN is known again once its bridge is
        drafts = [present.draft(_with_names(comparison, now, named))]
        writer.run(steps(comparison.changes))
        writer.run([_step(now, rename) for rename in naming.in_order(named)])
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
    warnings += _nameless(writer.done)
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


def _of_another_version(intended: str, version: str) -> Iterator[str]:
    """What the goal asks of the device that its version does not have."""
    written = version_of(intended)
    if written is None or schema(written).version == schema(version).version:
        return
    if schema(written).version[0] != schema(version).version[0]:
        yield (
            f"the intended text is RouterOS {written}, the device {version}: what only one of them "
            "has, or has in another form, can't be reached"
        )
    for unknown in check(intended, version):
        yield f"the intended text is RouterOS {written}: {unknown}"


def _nameless(statements: Sequence[Done]) -> Iterator[str]:
    """Warnings of references to what is gone, which no undo can bring back."""
    for done in statements:
        where = f"{done.menu.path} {done.item}".rstrip()
        before: Mapping[str, str | None] = done.before
        keys = {key for key, _, _ in done.edits}
        if done.action == "remove":
            before = done.row.values
            keys = set(before)
        for key in sorted(keys):
            if dangling(done.menu, key, before.get(key)):
                yield lost(where, f"{key}={before[key]}")


def _joined(lines: list[str]) -> str:
    return "\n".join(lines) + "\n" if lines else ""


def _step(running: Tree, rename: naming.Rename) -> Step:
    edits = [("name", rename.after, False)]
    return Step("set", running.menu(rename.path), rename.row, edits)


def _with_names(comparison: Comparison, running: Tree, named: list[naming.Rename]) -> Comparison:
    """The comparison with the new names put back in, to show."""
    changes = {
        change.menu.path: replace(change, pairs=list(change.pairs)) for change in comparison.changes
    }
    for rename in named:
        row, after = rename.row, rename.after
        shown = changes.get(rename.path)
        if shown is None:
            shown = MenuChange(running.menu(rename.path))
            changes[rename.path] = shown
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
