"""Which form a list's ``print`` takes: by its words, the menu and the version.

The forms themselves are ``printing``'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sekayu_net.lab import looks, printing
from sekayu_net.lab.views import View

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice


def text(
    device: LabDevice,
    menu: str,
    views: Sequence[View],
    words: Collection[str],
    columns: Sequence[str],
    *,
    chosen: bool,
    sensitive: bool,
    width: int,
    terminal: bool,
) -> str:
    """What ``print`` writes. ``chosen``: the columns were asked for; ``terminal``: cut to width."""
    empty = device.quirks.empty_list
    if not views and empty != "legend":
        return "\n" if empty == "blank" else ""
    known = device.schema.menus.get(menu)
    look = looks.look(menu, device.version, known.flags if known is not None else {})
    if "terse" in words:
        lines = printing.terse(menu, views, look, sensitive=sensitive)
    elif "detail" in words or (
        menu in device.schema.detailed and not look.columns and "brief" not in words and not chosen
    ):
        lines = printing.detail(menu, views, look, sensitive=sensitive, width=width)
    else:
        shown = columns if chosen else look.columns or columns
        lines = printing.table(menu, views, shown, look, width if terminal else 0)
    end = "\n" if views and not (lines and lines[-1] == "") else ""
    return "".join(f"{line}\n" for line in lines) + end
