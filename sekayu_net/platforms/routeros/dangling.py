"""What an export names by internal id: the item is gone on the device that wrote it.

RouterOS prints a reference to an item that no longer exists as ``*17``. No statement can say that:
a device without an item of that id refuses it, and one that has another item of that id would tie
the row to a stranger. What lives here: finding such values in what is wanted, and the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.tree import Row

_INTERNAL_ID = re.compile(r"!?\*[0-9A-F]+")


def dangling(menu: Menu, key: str, value: str | None) -> bool:
    """Whether this value is a reference to an item that is gone."""
    parts = (value or "").split(",")
    return any(map(_INTERNAL_ID.fullmatch, parts)) and bool(menu.references(key))


def dangling_in(menu: Menu, row: Row) -> Iterable[str]:
    """The properties of a row that name what is gone, as ``key=*17``."""
    return [f"{key}={value}" for key, value in row.values.items() if dangling(menu, key, value)]


def left_out(where: str, what: str) -> str:
    """The warning of a value that is wanted and can't be said."""
    return f"{where}: {what} names an item that is gone by its internal id: left out"


def lost(where: str, what: str) -> str:
    """The warning of a value that an undo can't bring back."""
    return (
        f"{where}: {what} names an item that is gone by its internal id: "
        "an undo can't bring that back"
    )
