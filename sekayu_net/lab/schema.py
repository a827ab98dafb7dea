"""The menus of a RouterOS version as the lab's devices know them.

Reads ``data/*.yaml`` once and works out what exists in one version. What values look like is
``values``' business, what an edit does is ``edit``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Literal

import yaml

from sekayu_net.lab.version6 import facts_of_6, menus_of_6

Kind = Literal["list", "settings", "fixed-list"]
Version = tuple[int, ...]
LOOPBACK = "/interface loopback"


@dataclass(frozen=True, slots=True)
class Property:
    """A property of a menu in one version. ``default`` None: it has none. ``kind``: see values.

    A compact export shows an ``always`` one in any case, a ``kept`` one when it was given.
    """

    name: str
    default: str | None
    kind: str
    sensitive: bool = False
    unsettable: bool = False
    always: bool = False
    kept: bool = False
    names: str | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """A menu in one version. ``key`` is what a person calls an item by, often ``("name",)``."""

    path: str
    kind: Kind
    properties: Mapping[str, Property]
    key: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    ordered: bool = False
    can_add: bool = False
    can_remove: bool = False
    unique: tuple[tuple[str, ...], str] | None = None
    in_use: str | None = None
    builtin: tuple[Mapping[str, str], ...] = ()
    #: Internal ids of the built-in entries where they are not counted.
    ids: tuple[str, ...] = ()
    selector: str | None = None
    interface_type: str | None = None
    keeps_explicit: bool = False
    #: The letters that ``print`` knows → what they mean.
    flags: Mapping[str, str] = field(default_factory=dict)
    exported: bool = True

    @property
    def named(self) -> bool:
        """Whether items have a name by which others refer to them."""
        return self.key == ("name",) or "name" in self.required or self.interface_type is not None


@dataclass(frozen=True, slots=True, eq=False)
class Schema:
    """Everything that one version knows. ``order`` is the order of menus in an export.

    Equal only to itself, so that what is made of a schema can be kept.
    """

    version: str
    menus: Mapping[str, Menu]
    order: tuple[str, ...]
    words: frozenset[str]
    interface_menus: tuple[str, ...]
    columns: Mapping[str, tuple[str, ...]]
    detailed: frozenset[str]
    #: (menu, property, what it names)
    references: tuple[tuple[str, str, str], ...]


def version_key(text: str) -> Version:
    """``7.20beta2`` → (7, 20): a beta counts as its release."""
    return tuple(int(part) for part in re.findall(r"\d+", re.split(r"[a-z ]", text, maxsplit=1)[0]))


def at_least(version: str, bound: str) -> bool:
    """Whether ``version`` is ``bound`` or newer."""
    return version_key(version) >= version_key(bound)


@lru_cache(maxsize=1)
def _data() -> dict[str, Any]:
    folder = resources.files("sekayu_net.lab") / "data"
    return {
        name: yaml.load((folder / f"{name}.yaml").read_text("utf-8"), Loader=yaml.CSafeLoader)
        for name in ("menus", "values", "facts", "version6")
    }


@lru_cache(maxsize=2)
def _of_major(major: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Menus and facts of a major version, still with what differs within it."""
    data = _data()
    if major >= 7:
        return data["menus"], data["facts"]
    return menus_of_6(data["menus"], data["version6"]), facts_of_6(data["facts"], data["version6"])


def _menu_exists(words: str, version: Version) -> bool:
    for part in words.split(" and "):
        match = re.match(r"(>=|<=|<)\s*([\d.]+)", part.strip())
        if match is None:
            continue
        bound = version_key(match[2])
        if not {
            ">=": version >= bound,
            "<=": version <= bound,
            "<": version < bound,
        }[match[1]]:
            # "<7.0 and >=7.20" names two spans
            if " and " in words and match[1] == "<":
                continue
            return False
    return True


def _defaults(raw: Mapping[str, Any], version: Version) -> dict[str, str | None]:
    found: dict[str, str | None] = dict(raw["properties"])
    for name, spans in (raw.get("versioned") or {}).items():
        found.pop(name, None)
        for span in spans:
            since, until = span.get("since"), span.get("until")
            if (since is None or version >= version_key(str(since))) and (
                until is None or version < version_key(str(until))
            ):
                found[name] = span["default"]
    return found


def _menu(path: str, raw: Mapping[str, Any], version: Version) -> Menu:
    facts = _of_major(version[0])[1]
    kinds = {**_data()["values"].get(path, {}), **facts["types"].get(path, {})}
    names = facts["references"].get(path, {})
    sensitive, always = raw.get("sensitive", ()), raw.get("always_exported", ())
    unsettable = raw.get("unsettable", ())
    kept = (*facts["kept"].get(path, ()), *raw.get("kept", ()))
    properties = {
        name: Property(
            name,
            None if default is None else str(default),
            kinds.get(name, "text"),
            name in sensitive or name == "private-key",
            name in unsettable,
            name in always,
            name in kept,
            names.get(name),
        )
        for name, default in _defaults(raw, version).items()
    }
    unique = facts["unique"].get(path)
    builtin = facts["builtin"].get(path, [])
    return Menu(
        path=path,
        kind=raw["kind"],
        properties=MappingProxyType(properties),
        key=tuple(raw.get("key", ())),
        required=tuple(name for name in raw.get("required", ()) if name in properties),
        ordered=raw.get("ordered", False),
        can_add=raw.get("can_add", False),
        can_remove=raw.get("can_remove", False),
        unique=(tuple(unique[0]), unique[1]) if unique else None,
        in_use=facts["in_use"].get(path),
        builtin=tuple({k: str(v) for k, v in row.items()} for row in builtin),
        ids=tuple(facts["ids"].get(path, ())),
        selector=next((s for s, paths in facts["selector"].items() if path in paths), None),
        interface_type=facts["interfaces"].get(path),
        keeps_explicit=path in facts["keeps_explicit"],
        flags=MappingProxyType({str(k): str(v) for k, v in (raw.get("flags") or {}).items()}),
        exported=path not in facts["not_exported"],
    )


def _loopback(version: Version) -> Menu:
    """``lo`` (from 7.14) shows in ``/interface`` alone; its menu has no name on a device."""
    kinds = {"name": "text", "comment": "text", "disabled": "bool"}
    return Menu(
        path=LOOPBACK,
        kind="fixed-list",
        properties=MappingProxyType(
            {name: Property(name, None, kind) for name, kind in kinds.items()}
        ),
        key=("name",),
        builtin=({"name": "lo"},) if version >= (7, 14) else (),
        interface_type="loopback",
        exported=False,
    )


@lru_cache(maxsize=8)
def load(version: str) -> Schema:
    """The schema of one version, shared by all devices that run it."""
    key = version_key(version)
    raw_menus, facts = _of_major(key[0])
    menus = {
        path: _menu(path, raw, key)
        for path, raw in raw_menus.items()
        if _menu_exists(raw.get("versions", ""), key)
    }
    menus[LOOPBACK] = _loopback(key)
    order = [path for path in facts["export_order"] if path in menus]
    order += [path for path in menus if path not in set(order) and path != LOOPBACK]
    return Schema(
        version=version,
        menus=MappingProxyType(menus),
        order=tuple(order),
        words=frozenset(facts["words"]),
        interface_menus=tuple(path for path in facts["interfaces"] if path in menus),
        columns=MappingProxyType({k: tuple(v) for k, v in facts["columns"].items()}),
        detailed=frozenset(facts["detailed"]),
        references=tuple(
            (path, prop, target)
            for path, props in facts["references"].items()
            for prop, target in props.items()
            if path in menus and prop in menus[path].properties
        ),
    )
