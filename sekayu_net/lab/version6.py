"""What RouterOS 6 has otherwise: ``data/version6.yaml`` laid over the data of version 7.

Takes and gives the raw tables that ``schema`` reads; what they mean is ``schema``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Raw = dict[str, Any]
#: Tables of facts by menu path: what version 6 says of a menu stands instead.
_BY_MENU = ("builtin", "columns", "references", "unique", "in_use")


def menus_of_6(menus: Mapping[str, Raw], older: Raw) -> dict[str, Raw]:
    """The menus that version 6 has, in the order of version 7, its own at the end."""
    found = {
        path: _changed(raw, older["changes"].get(path, {}))
        for path, raw in menus.items()
        if path not in older["absent"]
    }
    for path, raw in older["menus"].items():
        found.pop(path, None)
        found[path] = raw
    return found


def _changed(raw: Raw, change: Raw) -> Raw:
    if not change:
        return raw
    properties = dict(raw["properties"]) | change.get("add", {})
    spans = dict(raw.get("versioned") or {})
    for name in (*change.get("add", ()), *change.get("without", ())):
        spans.pop(name, None)
    for name in change.get("without", ()):
        properties.pop(name, None)
    if "only" in change:
        properties = {name: properties.get(name) for name in change["only"]}
        spans = {}
    return {
        **raw,
        "properties": properties,
        "versioned": spans | change.get("versioned", {}),
        "kept": change.get("kept", ()),
        "always_exported": [*raw.get("always_exported", ()), *change.get("always", ())],
    }


def facts_of_6(facts: Raw, older: Raw) -> Raw:
    """The facts with what version 6 says of single menus."""
    own: Raw = older["facts"]
    found = dict(facts)
    for table in _BY_MENU:
        found[table] = {**facts[table], **own.get(table, {})}
    found["types"] = {
        path: {**facts["types"].get(path, {}), **own["types"].get(path, {})}
        for path in {*facts["types"], *own["types"]}
    }
    found["selector"] = {
        kind: [*(p for p in paths if not _selected(own, p)), *own["selector"].get(kind, ())]
        for kind, paths in facts["selector"].items()
    }
    found["keeps_explicit"] = own["keeps_explicit"]
    order = list(facts["export_order"])
    for path, before in own["order"].items():
        order.insert(order.index(before) + 1, path)
    found["export_order"] = order
    return found


def _selected(own: Raw, path: str) -> bool:
    return any(path in paths for paths in own["selector"].values())
