"""What changed in a read beyond the configuration text: users, keys, groups, files, packages. Pure.

Rows are plain values of menus that no export shows. Which of their properties last is the
platform's to say: what moves by itself was dropped at reading.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

from sekayu_net.platforms.base import Difference

Row = Mapping[str, str]
Beyond = Mapping[str, Sequence[Row]]


def rows_as_text(beyond: Beyond) -> str:
    """Rows by menu as JSON, as the journal keeps them."""
    plain = {path: [dict(row) for row in rows] for path, rows in beyond.items()}
    return json.dumps(plain, ensure_ascii=False)


def beyond_differences(before: Beyond, now: Beyond) -> list[Difference]:
    """Menu by menu. A menu that was read before and is not to be read now is ``unreadable``.

    A menu that was not read before says nothing.
    """
    found: list[Difference] = []
    for path in sorted(before):
        if path in now:
            found.extend(of_menu(path, before[path], now[path]))
        else:
            found.append(Difference("unreadable", path, None, None, "the device shows it no more"))
    return found


def of_menu(path: str, before: Sequence[Row], now: Sequence[Row]) -> Iterator[Difference]:
    """Rows are matched by their name; in a menu of one row, with that row."""
    gone, new = unequal(before, now)
    single = len(before) == len(now) == 1 and "name" not in before[0]
    for row in gone:
        match = next((other for other in new if single or same_name(row, other)), None)
        if match is None:
            yield Difference("missing", path, label(row), line(row), None)
            continue
        new.remove(match)
        for key in sorted(row.keys() | match.keys()):
            old, value = row.get(key), match.get(key)
            if old != value:
                yield Difference(
                    "changed",
                    path,
                    None if single else label(row),
                    said(key, old),
                    said(key, value),
                )
    for row in new:
        yield Difference("extra", path, label(row), None, line(row))


def unequal(before: Iterable[Row], now: Iterable[Row]) -> tuple[list[Row], list[Row]]:
    """The rows that the other side does not have; equal ones are counted, not merged."""
    old = Counter(frozenset(row.items()) for row in before)
    new = Counter(frozenset(row.items()) for row in now)
    return (
        [dict(row) for row in (old - new).elements()],
        [dict(row) for row in (new - old).elements()],
    )


def same_name(one: Row, other: Row) -> bool:
    """Whether two rows are the same thing."""
    return bool(one.get("name")) and one.get("name") == other.get("name")


def label(row: Row) -> str:
    """What a person calls a row."""
    return row.get("name") or line(row)


def line(row: Row) -> str:
    """All of a row."""
    return " ".join(f"{key}={row[key]}" for key in sorted(row) if row[key])


def said(key: str, value: str | None) -> str | None:
    """A property as findings write it."""
    return None if value is None else f"{key}={value}"
