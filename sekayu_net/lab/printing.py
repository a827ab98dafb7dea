"""How rows look as text: RouterOS 7's tables, ``detail``, ``terse``, and settings.

Takes ``View`` rows, gives lines; which rows and which menu is ``console.commands``' business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekayu_net.lab.console.values import Time, Value, to_text
from sekayu_net.lab.values import format_time
from sekayu_net.lab.views import View

#: Flag letters: word → letter, in the order in which a row shows them.
_LETTERS = {
    "default": "*", "disabled": "X", "inactive": "I", "invalid": "I", "dynamic": "D",
    "active": "A", "connect": "c", "ospf": "o", "dhcp": "d", "static": "s", "running": "R",
    "slave": "S",
}  # fmt: skip
_NO_DEFAULT_FLAG = frozenset({"/interface ethernet", "/interface wifi", "/ip service", "/interface",
                              "/user", "/user group", "/ip firewall service-port"})  # fmt: skip
#: Not shown in detail although they are there.
_HIDDEN = frozenset({"disabled", "comment", "default-name"})


def _flags(view: View, menu: str) -> str:
    found = {word for word in view.flags if word in _LETTERS}
    if (view.item is not None and view.item.disabled) or view.extra.get("disabled") is True:
        found.add("disabled")
    if menu in _NO_DEFAULT_FLAG:
        found.discard("default")
    return "".join(letter for word, letter in _LETTERS.items() if word in found)


def _legend(flags: Sequence[str], *, upper: bool) -> list[str]:
    used = "".join(flags)
    words = [
        f"{letter} - {word.upper() if upper else word}"
        for word, letter in _LETTERS.items()
        if letter in used and (word, letter) != ("invalid", "I")
    ]
    return [f"Flags: {'; '.join(words)}"] if words else []


def table(menu: str, views: Sequence[View], columns: Sequence[str], width: int = 0) -> list[str]:
    """The default form: flags, columns, one row a line; ``width`` 0: as wide as need be."""
    if not views:
        return []
    shown = [name for name in columns if any(_cell(view, name) for view in views)] or list(
        columns[:1]
    )
    flags = [_flags(view, menu) for view in views]
    lines = _legend(flags, upper=True)
    lines.append(f"Columns: {', '.join(name.upper() for name in shown)}")
    number_width = len(str(len(views) - 1))
    flag_width = max(len(text) for text in flags)
    cells = [[_cell(view, name) for name in shown] for view in views]
    widths = [max(len(name), *(len(row[i]) for row in cells)) for i, name in enumerate(shown)]
    head = "#".ljust(number_width) + " " + (" " * flag_width + " " if flag_width else " ")
    lines.append(head + "  ".join(n.upper().ljust(w) for n, w in zip(shown, widths, strict=True)))
    for number, (view, row) in enumerate(zip(views, cells, strict=True)):
        if view.comment and "comment" not in shown:
            lines.append(f";;; {view.comment}")
        lead = str(number).ljust(number_width) + " "
        lead += flags[number].ljust(flag_width) + " " if flag_width else " "
        lines.append(lead + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)))
    lines = [line.rstrip() for line in lines]
    return [line[:width] for line in lines] if width else lines


def _cell(view: View, name: str) -> str:
    return view.text(name).replace("\r", "").replace("\n", "\\n")


def detail(menu: str, views: Sequence[View], *, sensitive: bool, width: int = 80) -> list[str]:
    """``print detail``: ``key=value`` pairs, wrapped and indented, a blank line between rows."""
    flags = [_flags(view, menu) for view in views]
    lines = _legend(flags, upper=False)
    number_width = max(2, len(str(max(0, len(views) - 1))) + 1)
    flag_width = max(2, *(len(text) for text in flags)) if flags else 2
    for number, view in enumerate(views):
        lead = f"{str(number).rjust(number_width)} {flags[number].rjust(flag_width)} "
        current = lead
        indent = " " * len(lead)
        if view.comment:
            lines.append(f"{lead};;; {view.comment}")
            current = indent
        lines += [*pairs(view, current, sensitive=sensitive, width=width), ""]
    return lines


def pairs(view: View, lead: str, *, sensitive: bool, width: int) -> list[str]:
    """A row's ``key=value`` words, wrapped, after ``lead`` and indented as deep."""
    lines = []
    current, indent, started = lead, " " * len(lead), False
    for name in _ordered(view, sensitive=sensitive):
        word = f"{name}={_shown(view, name)}"
        if started and len(current) + len(word) > width:
            lines.append(current.rstrip())
            current = indent
        current += word + " "
        started = True
    return [*lines, current.rstrip()]


def _ordered(view: View, *, sensitive: bool) -> list[str]:
    names = [
        name
        for name in view.properties(sensitive=sensitive)
        if name not in _HIDDEN and view.text(name) != ""
    ]
    first = [name for name in ("name", "chain", "action", "interface", "address") if name in names]
    return first + [name for name in names if name not in first]


_QUOTED = frozenset({"name", "comment", "on-event", "source", "policy"})


def _shown(view: View, name: str) -> str:
    text = view.text(name)
    if name in _QUOTED or re.search(r"[\s\";]", text):
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + escaped.replace("\r", "\\r").replace("\n", "\\n") + '"'
    return text


def terse(menu: str, views: Sequence[View], *, sensitive: bool) -> list[str]:
    """``print terse``: one line a row, every property."""
    lines = []
    for number, view in enumerate(views):
        words = [str(number), _flags(view, menu)]
        if view.comment:
            words.append(f"comment={view.comment}")
        words += [f"{name}={view.text(name)}" for name in _ordered(view, sensitive=sensitive)]
        lines.append(" ".join(word for word in words if word))
    return lines


def settings(view: View, *, sensitive: bool) -> list[str]:
    """A settings menu: names right-aligned."""
    names = list(view.properties(sensitive=sensitive))
    if not names:
        return []
    width = max(len(name) for name in names) + 2
    return [f"{name.rjust(width)}: {view.text(name)}" for name in names]


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
