"""Which running row an intended row is.

What lives here: pairing the rows of one menu by what they say, by key, by name and by likeness.
What does not: what a pair differs in (``diff``).
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Callable, Mapping, Sequence

from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.tree import Row
from sekayu_net.platforms.routeros.usage import Use, likeness

Uses = Mapping[str, Counter[Use]]
"""Who names the items of a menu, by name."""

_SAME_USE = 0.5  # the share of uses beyond which an item with another name is the same
_SIMILAR_LIMIT = 400  # unmatched rows of one menu beyond which likeness is not searched


def match_rows(
    menu: Menu,
    running: Sequence[Row],
    intended: Sequence[Row],
    covers: Callable[[Row], bool],
    used: Callable[[], tuple[Uses, Uses]],
) -> dict[int, Row]:
    """Which running row each intended row is, by the ``id()`` of the intended row.

    Equal rows first (equal duplicates in order), then by natural key, then renamed (``used`` gives
    who names the items, before and after), then by the secondary keys, then by likeness where
    there is no key.
    """
    matched: dict[int, Row] = {}
    pool: dict[frozenset[tuple[str, str]], deque[Row]] = defaultdict(deque)
    for row in (
        sorted(running, key=covers, reverse=True) if not all(map(covers, running)) else (running)
    ):
        pool[frozenset(row.canonical(menu).items())].append(row)
    rest: list[Row] = []
    taken: set[int] = set()
    for row in intended:
        equal = pool.get(frozenset(row.canonical(menu).items()))
        if equal:
            match = equal.popleft()
            matched[id(row)] = match
            taken.add(id(match))
        else:
            rest.append(row)
    left = [row for row in running if id(row) not in taken]
    if menu.key:
        rest, left = _by_key(menu, menu.key, left, rest, matched)
        rest, left = _renamed(menu, left, rest, matched, used)
    for key in menu.secondary:
        rest, left = _by_key(menu, key, left, rest, matched)
    left = [row for row in left if covers(row)]
    if rest and left and (menu.ordered or not menu.key):
        _by_likeness(menu, left, rest, matched)
    return matched


def _key(menu: Menu, key: Sequence[str], row: Row) -> tuple[str, ...] | None:
    canonical = row.canonical(menu)
    values = tuple(canonical.get(k, menu.default(k) or "") for k in key)
    return values if any(k in row.values for k in key) else None


def _by_key(
    menu: Menu,
    key: Sequence[str],
    running: Sequence[Row],
    intended: Sequence[Row],
    matched: dict[int, Row],
) -> tuple[list[Row], list[Row]]:
    if not running or not intended:
        return list(intended), list(running)
    pool: dict[tuple[str, ...], deque[Row]] = defaultdict(deque)
    for row in running:
        values = _key(menu, key, row)
        if values is not None:
            pool[values].append(row)
    return _take(running, intended, matched, lambda row: pool.get(_key(menu, key, row) or ()))


def _renamed(
    menu: Menu,
    running: Sequence[Row],
    intended: Sequence[Row],
    matched: dict[int, Row],
    used: Callable[[], tuple[Uses, Uses]],
) -> tuple[list[Row], list[Row]]:
    """Items that differ in their name alone: the one of its kind, else what named it tells."""
    if menu.key != ("name",) or not running or not intended:
        return list(intended), list(running)

    def rest(row: Row) -> frozenset[tuple[str, str]]:
        return frozenset((k, v) for k, v in row.canonical(menu).items() if k != "name")

    pool: dict[frozenset[tuple[str, str]], list[Row]] = defaultdict(list)
    for row in running:
        pool[rest(row)].append(row)
    rivals = Counter(map(rest, intended))
    # a bridge may have nothing but its name: then it is the other one when there is no third
    alone = menu.path == "/interface bridge" and len(running) == len(intended) == 1
    uses: tuple[Uses, Uses] | None = None
    left = []
    for row in intended:
        said = rest(row)
        candidates = pool.get(said, [])
        if not candidates:
            left.append(row)
            continue
        found: Row | None = candidates[0]
        if not (alone or (said and len(candidates) == rivals[said] == 1)):
            uses = uses or used()
            found = _used_alike(row, candidates, *uses)
        if found is None:
            left.append(row)
            continue
        candidates.remove(found)
        matched[id(row)] = found
    gone = {id(row) for row in matched.values()}
    return left, [row for row in running if id(row) not in gone]


def _used_alike(row: Row, candidates: Sequence[Row], before: Uses, after: Uses) -> Row | None:
    """The candidate that was named by most of what names ``row``; None without a clear one."""
    mine = after.get(row.values.get("name") or "", Counter())
    scored = [
        (likeness(before.get(c.values.get("name") or "", Counter()), mine), c) for c in candidates
    ]
    best = max(scored, key=lambda pair: pair[0])
    return best[1] if best[0] > _SAME_USE else None


def _take(
    running: Sequence[Row],
    intended: Sequence[Row],
    matched: dict[int, Row],
    candidates: Callable[[Row], deque[Row] | None],
) -> tuple[list[Row], list[Row]]:
    rest: list[Row] = []
    used: set[int] = set()
    for row in intended:
        found = candidates(row)
        if found:
            match = found.popleft()
            matched[id(row)] = match
            used.add(id(match))
        else:
            rest.append(row)
    return rest, [row for row in running if id(row) not in used]


def _by_likeness(
    menu: Menu, running: Sequence[Row], intended: Sequence[Row], matched: dict[int, Row]
) -> None:
    """Pair rows without a key that say mostly the same: a changed rule, not another one."""
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in running:
        groups[row.canonical(menu).get("chain", "")].append(row)
    used: set[int] = set()
    if len(running) > _SIMILAR_LIMIT or len(intended) > _SIMILAR_LIMIT:
        return
    for row in intended:
        want = row.canonical(menu)
        best: tuple[int, Row] | None = None
        for other in groups.get(want.get("chain", ""), ()):
            if id(other) in used:
                continue
            score = _likeness(want, other.canonical(menu))
            if score > 0 and (best is None or score > best[0]):
                best = score, other
        if best is not None:
            used.add(id(best[1]))
            matched[id(row)] = best[1]


_REMARKS = frozenset(("comment", "disabled", "log", "log-prefix"))


def _likeness(want: dict[str, str], have: dict[str, str]) -> int:
    """Above zero when two rows are alike: the same action, and more in common than not."""
    if want.get("action") != have.get("action"):
        return 0
    common = len(want.items() & have.items())
    differing = len(want.keys() | have.keys()) - common
    if differing <= len(_REMARKS) and {k for k, _ in want.items() ^ have.items()} <= _REMARKS:
        return 1 + 2 * common  # it does the same
    score = 2 * common - 3 * differing
    comment = want.get("comment")
    if comment and comment == have.get("comment"):
        score += 4
    elif comment and have.get("comment"):
        score -= 2
    return score
