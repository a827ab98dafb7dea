"""Rows as ``print``, ``find`` and ``get`` see them: items with live values, and live-only rows.

What the values of live menus are is ``live``'s; how rows look as text is ``printing``'s.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sekayu_net.lab.console.values import Time, Value
from sekayu_net.lab.edit import public_key
from sekayu_net.lab.schema import Menu
from sekayu_net.lab.state import Item
from sekayu_net.lab.values import format_time, parse_time

#: Properties that every row answers for in a ``where``, although it may not have them.
#: A virtual radio has no ``default-name``, and may be asked for it.
_ALWAYS = frozenset(
    {".id", "dynamic", "disabled", "invalid", "default", "comment", "builtin", "default-name"}
)
_LISTS = frozenset({"set", "names", "addresses", "prefixes", "vlans"})
#: Listed with ``;`` although no kind says so.
_LIST_PROPERTIES = frozenset(
    {("/user group", "policy"), ("/system scheduler", "policy"), ("/system script", "policy"),
     ("/system logging", "topics")}
)  # fmt: skip


@dataclass(slots=True)
class View:
    """One row. ``extra`` are live values, which win over the item's. ``flags`` are true words."""

    id: str
    item: Item | None = None
    extra: dict[str, Value] = field(default_factory=dict)
    flags: frozenset[str] = frozenset()
    menu: Menu | None = None

    def knows(self, prop: str) -> bool:
        """Whether a ``where`` may ask for it."""
        if prop in _ALWAYS or prop in self.extra or prop in self.flags:
            return True
        if self.item is None:
            return prop in _FLAG_WORDS
        return prop in self.item.menu.properties or prop in self.item.base or prop in _FLAG_WORDS

    def value(self, prop: str) -> Value:
        """The typed value; None when it has none."""
        if prop == ".id":
            return self.id
        if prop in self.extra:
            return self.extra[prop]
        if prop in self.flags:
            return True
        if self.item is not None and (
            prop in self.item.menu.properties or prop in self.item.base or prop == "type"
        ):
            return typed(self.item, prop)
        return False if prop in _FLAG_WORDS else None

    def text(self, prop: str) -> str:
        """The value as tables and ``detail`` show it."""
        if prop in self.extra:
            value = self.extra[prop]
            if isinstance(value, bool):
                return "yes" if value else "no"
            if isinstance(value, list):
                return ",".join(str(part) for part in value)
            if isinstance(value, Time):
                return format_time(value.seconds)
            return "" if value is None else str(value)
        return self.item.get(prop) if self.item is not None else ""

    @property
    def comment(self) -> str:
        """The comment, if any."""
        return self.text("comment")

    def properties(self, *, sensitive: bool = False) -> Iterator[str]:
        """Names of the properties that have something to show."""
        if self.item is not None:
            item = self.item
            for name, known in item.menu.properties.items():
                if name in self.extra or (known.sensitive and not sensitive):
                    continue
                if (
                    item.values.get(name) not in (None, "")
                    or item.base.get(name)
                    or (known.default is not None and name not in item.values)
                ):
                    yield name
            for name in item.base:
                if name not in item.menu.properties and name not in self.extra:
                    yield name
        yield from self.extra


_FLAG_WORDS = frozenset(
    {"dynamic", "disabled", "invalid", "default", "builtin", "active", "running", "slave",
     "inactive", "bound", "static", "connect", "ospf", "dhcp"}
)  # fmt: skip


def typed(item: Item, prop: str) -> Value:
    """An item's value as the language sees it."""
    text = item.get(prop)
    known = item.menu.properties.get(prop)
    kind = known.kind.partition(" ")[0] if known is not None else "text"
    if kind in ("bool", "flag"):
        return text == "yes"
    if text == "":
        return None if prop not in item.values and prop not in item.base else ""
    if kind == "time":
        seconds = parse_time(text)
        return text if seconds is None else Time(seconds)
    if kind == "int":
        return int(text) if text.isdigit() else text
    if kind in _LISTS or (item.menu.path, prop) in _LIST_PROPERTIES:
        return text.split(",")
    return text


def of_item(item: Item, extra: Mapping[str, Value] | None = None, *flags: str) -> View:
    """An item's row."""
    found = set(flags)
    if item.dynamic:
        found.add("dynamic")
    if item.builtin:
        found.update(("default", "builtin"))
    values = dict(extra or {})
    if item.menu.path == "/interface wireguard" and item.has("private-key"):
        values["public-key"] = public_key(item.get("private-key"))
    return View(item.id, item, values, frozenset(found), item.menu)
