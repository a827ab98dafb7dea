"""Which form a list's ``print`` takes: by its words, the menu and the version.

The forms themselves are ``printing``'s (7) and ``printing6``'s.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from sekayu_net.lab import printing, printing6
from sekayu_net.lab.schema import at_least
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
    known = device.schema.menus.get(menu)
    flags = known.flags if known is not None else {}
    newer = at_least(device.version, "7")
    if not views and device.quirks.empty_list != "blank":
        legend = [] if newer else printing6.table(menu, (), columns, flags)[:1]
        return "".join(f"{line}\n" for line in legend if device.quirks.empty_list == "legend")
    detailed = "detail" in words or (
        menu in device.schema.detailed and "brief" not in words and not chosen
    )
    if "terse" in words:
        lines = printing.terse(menu, views, sensitive=sensitive)
    elif newer and detailed:
        lines = printing.detail(menu, views, sensitive=sensitive, width=width)
    elif newer:
        lines = printing.table(menu, views, columns, width if terminal else 0)
    elif detailed:
        lines = printing6.detail(menu, views, flags, sensitive=sensitive, width=width)
    else:
        lines = printing6.table(menu, views, columns, flags) if views else []
    return "".join(f"{line}\n" for line in lines) + ("" if lines and not lines[-1] else "\n")
