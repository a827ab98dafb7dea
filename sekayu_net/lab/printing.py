"""How rows look as text: tables, ``detail``, ``terse`` and settings, of RouterOS 7 and 6.49.

Takes ``View`` rows, gives lines; which rows and which menu is ``console.commands``' business, which
form ``listing``'s, which flags, columns and order a menu has ``looks``'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekayu_net.lab.console.values import Time, Value, to_text
from sekayu_net.lab.looks import LETTERS, Look
from sekayu_net.lab.values import format_time
from sekayu_net.lab.views import View

_NO_DEFAULT_FLAG = frozenset({"/interface ethernet", "/interface wifi", "/ip service", "/interface",
                              "/user", "/user group", "/ip firewall service-port"})  # fmt: skip
#: Not shown in detail although they are there.
_HIDDEN = frozenset({"disabled", "comment", "default-name"})
Positions = Sequence[Sequence[tuple[str, str]]]
#: Units of whole numbers in ``/system resource print`` (ntc-templates' captures).
_UNITS = {"cpu-frequency": "MHz", "cpu-load": "%", "bad-blocks": "%"}
_BYTES = frozenset({"free-memory", "total-memory", "free-hdd-space", "total-hdd-space"})
#: Columns of 6.49 that are so wide at least.
_OLD_WIDTHS = {"address": 18, "network": 15, "dst-address": 18, "pref-src": 15, "gateway": 18}
#: From here on a file's size is rounded (Netmiko's file transfer reckons with it).
_ROUNDED_FROM = 4096


# -- flags -------------------------------------------------------------------------------------


def _words(view: View, menu: str) -> set[str]:
    """The flags of a row, as words."""
    found = {word for word in view.flags if word in LETTERS or word in _MORE_FLAGS}
    if (view.item is not None and view.item.disabled) or view.extra.get("disabled") is True:
        found.add("disabled")
    if menu in _NO_DEFAULT_FLAG:
        found.discard("default")
    return found


_MORE_FLAGS = frozenset(
    {"DHCP", "published", "complete", "passive", "virtual", "radius", "blocked"}
)


def _positions(look: Look, rows: Sequence[set[str]], *, used_only: bool) -> Positions:
    """Which flags share a position; without a look, each that occurs has its own."""
    used = set().union(*rows) if rows else set()
    if look.flags is None:
        return [[(letter, word)] for word, letter in LETTERS.items() if word in used]
    if used_only:
        return [p for p in look.flags if any(word in used for _, word in p)]
    return look.flags


def _letters(words: set[str], positions: Positions) -> str:
    return "".join(
        next((letter for letter, word in position if word in words), " ") for position in positions
    )


def _legend(
    look: Look, positions: Positions, rows: Sequence[set[str]], *, upper: bool
) -> list[str]:
    used = set().union(*rows) if rows else set()
    groups = []
    for position in positions:
        shown = [
            f"{letter} - {word.upper() if upper else word}"
            for letter, word in position
            if not upper or word in used
        ]
        groups.append(", ".join(shown))
    if not groups:
        return []
    return [f"Flags: {', '.join(groups)} " if look.old else f"Flags: {'; '.join(groups)}"]


# -- tables ------------------------------------------------------------------------------------


def table(
    menu: str, views: Sequence[View], columns: Sequence[str], look: Look, width: int = 0
) -> list[str]:
    """The default form: flags, columns, one row a line; ``width`` 0: as wide as need be."""
    if look.old:
        lines = _old_table(menu, views, columns, look)
    else:
        lines = _new_table(menu, views, columns, look) if views else []
    return [line[:width] for line in lines] if width else lines


def _new_table(menu: str, views: Sequence[View], columns: Sequence[str], look: Look) -> list[str]:
    """Of 7: flags and columns that occur, a comment above its row."""
    shown = [name for name in columns if any(_cell(view, name) for view in views)]
    shown = shown or list(columns[:1])
    words = [_words(view, menu) for view in views]
    positions = _positions(look, words, used_only=True)
    lines = _legend(look, positions, words, upper=True)
    lines.append(f"Columns: {', '.join(name.upper() for name in shown)}")
    numbers = _numbers(views, look)
    number_width = max(len(text) for text in [*numbers, "#"])
    flag_width = len(positions)
    cells = [[_cell(view, name) for name in shown] for view in views]
    widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(shown)]
    head = "#".rjust(number_width) + " " + (" " * flag_width + " " if flag_width else " ")
    lines.append(head + "  ".join(n.upper().ljust(w) for n, w in zip(shown, widths, strict=True)))
    for index, (view, row) in enumerate(zip(views, cells, strict=True)):
        if view.comment and "comment" not in shown:
            lines.append(f";;; {view.comment}")
        lead = numbers[index].rjust(number_width) + " "
        lead += _letters(words[index], positions) + " " if flag_width else " "
        lines.append(lead + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)))
    return [line.rstrip() for line in lines]


def _old_table(menu: str, views: Sequence[View], columns: Sequence[str], look: Look) -> list[str]:
    """Of 6.49: every flag and column, also without rows; comments on the line of the number."""
    words = [_words(view, menu) for view in views]
    positions = _positions(look, words, used_only=False)
    lines = _legend(look, positions, words, upper=False)
    number_width = max(2, len(str(len(views) - 1)))
    cells = [[_cell(view, name) for name in columns] for view in views]
    widths = [
        max([len(name), _OLD_WIDTHS.get(name, 0), *(len(row[i]) for row in cells)])
        for i, name in enumerate(columns)
    ]
    gap = f" {' ' * len(positions)} "
    names = (name.upper().ljust(width) for name, width in zip(columns, widths, strict=True))
    lines.append(f"{'#'.rjust(number_width)}{gap}{' '.join(names)}".rstrip())
    for index, (view, row) in enumerate(zip(views, cells, strict=True)):
        lead = f"{str(index).rjust(number_width)} {_letters(words[index], positions)} "
        if view.comment and "comment" not in columns:
            lines.append(f"{lead};;; {view.comment}")
            lead = " " * len(lead)
        texts = (text.ljust(width) for text, width in zip(row, widths, strict=True))
        lines.append((lead + " ".join(texts)).rstrip())
    return lines


def _numbers(views: Sequence[View], look: Look) -> list[str]:
    """The number of each row; a dynamic one may have none."""
    if look.numbered == "none":
        return [""] * len(views)
    return [
        "" if look.numbered == "static" and "dynamic" in view.flags else str(index)
        for index, view in enumerate(views)
    ]


def _cell(view: View, name: str) -> str:
    return _sized(view, name).replace("\r", "").replace("\n", "\\n")


def _sized(view: View, name: str) -> str:
    """A value with its unit, where people are shown one."""
    value = view.extra.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        if name in _BYTES or (name == "size" and value >= _ROUNDED_FROM):
            return binary(value)
        return f"{value}{_UNITS.get(name, '')}"
    return view.text(name)


def binary(count: int) -> str:
    """Bytes as RouterOS rounds them: ``525.0KiB``, ``1024.0MiB``."""
    size = count / 1024
    for unit in ("KiB", "MiB"):
        if size <= 1024:
            return f"{size:.1f}{unit}"
        size /= 1024
    return f"{size:.1f}GiB"


# -- rows in full ------------------------------------------------------------------------------


def detail(
    menu: str, views: Sequence[View], look: Look, *, sensitive: bool, width: int = 80
) -> list[str]:
    """``print detail``: ``key=value`` pairs, wrapped and indented, a blank line between rows."""
    words = [_words(view, menu) for view in views]
    positions = _positions(look, words, used_only=False)
    lines = _legend(look, positions, words, upper=False) if views or look.old else []
    numbers = _numbers(views, look)
    number_width = 0 if look.numbered == "none" else max([2, *(len(text) for text in numbers)])
    for index, view in enumerate(views):
        flags = _letters(words[index], positions)
        lead = f"{numbers[index].rjust(number_width)} {flags}{' ' if flags else ''}"
        current = lead
        indent = " " * len(lead)
        if view.comment:
            lines.append(f"{lead};;; {view.comment}")
            current = indent
        started = False
        for name in _ordered(view, look, sensitive=sensitive):
            word = f"{name}={_shown(view, name, look)}"
            if started and len(current) + len(word) > width:
                lines.append(current.rstrip())
                current = indent
            current += word + " "
            started = True
        lines += [current.rstrip(), ""]
    return lines


def _ordered(view: View, look: Look, *, sensitive: bool) -> list[str]:
    names = [
        name
        for name in view.properties(sensitive=sensitive)
        if (name not in _HIDDEN or name in look.order) and view.text(name) != ""
    ]
    first = [name for name in look.order or _FIRST if name in names]
    return first if look.only else first + [name for name in names if name not in first]


_FIRST = ("name", "chain", "action", "interface", "address")


_QUOTED = frozenset({"name", "comment", "on-event", "source", "policy"})


def _shown(view: View, name: str, look: Look) -> str:
    text = _sized(view, name)
    if name in _QUOTED or name in look.quoted or re.search(r"[\s\";]", text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\r", "\\r").replace("\n", "\\n") + '"'
    return text


def terse(menu: str, views: Sequence[View], look: Look, *, sensitive: bool) -> list[str]:
    """``print terse``: one line a row, every property."""
    words = [_words(view, menu) for view in views]
    positions = _positions(look, words, used_only=False)
    numbers = _numbers(views, look)
    number_width = max(2, len(str(len(views))))
    lines = []
    for index, view in enumerate(views):
        flags = _letters(words[index], positions)
        line = f"{numbers[index].rjust(number_width)} {flags}{' ' if flags else ''}"
        if view.comment:
            line += f"comment={view.comment} "
        pairs = (f"{n}={_sized(view, n)}" for n in _ordered(view, look, sensitive=sensitive))
        lines.append((line + " ".join(pairs)).rstrip())
    return lines


def settings(view: View, look: Look, *, sensitive: bool) -> list[str]:
    """A settings menu: names right-aligned."""
    names = list(view.properties(sensitive=sensitive))
    first = [name for name in look.order if name in names]
    names = first + [name for name in names if name not in first]
    if not names:
        return []
    width = max(len(name) for name in names) + 2
    return [f"{name.rjust(width)}: {_sized(view, name)}" for name in names]


def record(view: View, names: Sequence[str]) -> dict[str, Value]:
    """A row as a value of the language (``as-value``)."""
    row: dict[str, Value] = {".id": view.id} if view.id else {}
    for name in names:
        if name == ".id":
            continue
        value = view.value(name)
        if value is not None:
            row[name] = value
    return row


def plain(value: Value) -> str:
    """A value in a table."""
    return format_time(value.seconds) if isinstance(value, Time) else to_text(value)
