"""How rows look as text in RouterOS 6: tables and ``detail`` with the menu's whole flag legend.

Takes ``View`` rows, gives lines; version 7's forms, ``terse`` and settings (the same in both) are
``printing``'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sekayu_net.lab import printing
from sekayu_net.lab.views import View

#: Legends of menus of live state: letter → word.
_LIVE_FLAGS: dict[str, dict[str, str]] = {
    "/interface": {"D": "dynamic", "X": "disabled", "R": "running", "S": "slave"},
    "/ip route": {"X": "disabled", "A": "active", "D": "dynamic", "C": "connect", "S": "static",
                  "r": "rip", "b": "bgp", "o": "ospf", "m": "mme", "B": "blackhole",
                  "U": "unreachable", "P": "prohibit"},
    "/ip address": {"X": "disabled", "I": "invalid", "D": "dynamic"},
    "/ip firewall filter": {"X": "disabled", "I": "invalid", "D": "dynamic"},
    "/ip firewall nat": {"X": "disabled", "I": "invalid", "D": "dynamic"},
    "/ip firewall mangle": {"X": "disabled", "I": "invalid", "D": "dynamic"},
    "/ip dhcp-client": {"X": "disabled", "I": "invalid", "D": "dynamic"},
    "/ip dhcp-server": {"D": "dynamic", "X": "disabled", "I": "invalid"},
    "/ip dhcp-server lease": {"X": "disabled", "R": "radius", "D": "dynamic", "B": "blocked"},
    "/ip service": {"X": "disabled", "I": "invalid"},
    "/user": {"X": "disabled"},
}  # fmt: skip
#: Widths of the classic columns.
_WIDTHS = {"address": 18, "network": 15, "dst-address": 18, "pref-src": 15, "gateway": 18}
#: A route shows all its letters in one place, the rest of the menus one or two.
_WORD_OF = {"inactive": "invalid", "invalid": "invalid"}


def legend(menu: str, known: Mapping[str, str]) -> dict[str, str]:
    """The letters of a menu, ``known`` being what its schema says."""
    return _LIVE_FLAGS.get(menu) or dict(known)


def _flags(view: View, letters: Mapping[str, str]) -> str:
    words = {_WORD_OF.get(word, word) for word in view.flags}
    if (view.item is not None and view.item.disabled) or view.extra.get("disabled") is True:
        words.add("disabled")
    return "".join(letter for letter, word in letters.items() if word in words)


def _legend_line(letters: Mapping[str, str]) -> list[str]:
    words = ", ".join(f"{letter} - {word}" for letter, word in letters.items())
    return [f"Flags: {words} "] if words else []


def table(
    menu: str, views: Sequence[View], columns: Sequence[str], known: Mapping[str, str]
) -> list[str]:
    """``print``: legend, header, one line a row; a comment stands on the line of the number."""
    letters = legend(menu, known)
    lines = _legend_line(letters)
    flags = [_flags(view, letters) for view in views]
    flag_width = max([1, *(len(text) for text in flags)])
    lead = 2 + 1 + flag_width + (2 if flag_width > 1 else 1)
    cells = [[view.text(name) for name in columns] for view in views]
    widths = [
        max([len(name), _WIDTHS.get(name, 0), *(len(row[i]) for row in cells)])
        for i, name in enumerate(columns)
    ]
    lines.append(" #".ljust(lead) + _joined([name.upper() for name in columns], widths))
    for number, (view, row) in enumerate(zip(views, cells, strict=True)):
        start = f"{number:2} {flags[number].ljust(flag_width)}".ljust(lead)
        if view.comment:
            lines.append(f"{start};;; {view.comment}")
            start = " " * lead
        lines.append(start + _joined(row, widths))
    return [line.rstrip() if not line.startswith("Flags") else line for line in lines]


def _joined(row: Sequence[str], widths: Sequence[int]) -> str:
    return " ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))


def detail(
    menu: str, views: Sequence[View], known: Mapping[str, str], *, sensitive: bool, width: int = 80
) -> list[str]:
    """``print detail``: the rows of version 7 under the menu's whole legend."""
    letters = legend(menu, known)
    lines = _legend_line(letters)
    for number, view in enumerate(views):
        start = f"{number:2} {_flags(view, letters).ljust(2)} "
        if view.comment:
            lines.append(f"{start};;; {view.comment}")
            start = " " * len(start)
        lines += [*printing.pairs(view, start, sensitive=sensitive, width=width), ""]
    return lines
