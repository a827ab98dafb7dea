"""What a device holds: items of menus and settings, with ids, names and what names them.

No console here, and no rules on what may be edited (``edit``). Everything is created when first
looked at, so that a district of devices starts fast.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from sekayu_net.lab.schema import Menu, Schema

#: Where ids of interface lists start: a dangling one shows as ``*2000012``.
_LIST_IDS = 0x2000000
Builtin = Mapping[str, str]


class Item:
    """One row of a menu, or the one row of a settings menu (whose ``id`` is empty).

    ``values`` were given; ``base`` came with the hardware or the system.
    """

    __slots__ = ("base", "builtin", "dynamic", "id", "invalid", "menu", "values")

    def __init__(
        self,
        menu: Menu,
        id_: str,
        values: dict[str, str] | None = None,
        *,
        base: dict[str, str] | None = None,
        builtin: bool = False,
    ) -> None:
        self.menu = menu
        self.id = id_
        self.values = values if values is not None else {}
        self.base = base if base is not None else {}
        self.builtin = builtin
        self.dynamic = False

    def get(self, prop: str) -> str:
        """The value with the version's default filled in; ``""`` when it has none."""
        if prop == "type" and self.menu.interface_type:
            return self.menu.interface_type
        value = self.values.get(prop)
        if value is None:
            value = self.base.get(prop)
        if value is None:
            known = self.menu.properties.get(prop)
            value = known.default if known is not None else None
            if value is None:
                return "no" if known is not None and known.kind in ("bool", "flag") else ""
        return value

    def has(self, prop: str) -> bool:
        """Whether the property was given or came with the item, and is not empty."""
        return bool(self.values.get(prop) or self.base.get(prop))

    @property
    def disabled(self) -> bool:
        """Whether it is switched off."""
        return self.get("disabled") == "yes"

    @property
    def name(self) -> str:
        """Its name, or what stands for one."""
        return self.get("name")

    def __repr__(self) -> str:
        return f"<Item {self.menu.path} {self.id}>"


class State:
    """All menus of one device. ``builtins`` gives the entries that a menu is born with.

    ``given`` gives what stands in each of them as if someone had set it.
    """

    def __init__(
        self,
        schema: Schema,
        builtins: Callable[[Menu], Iterable[Builtin]] = lambda _: (),
        given: Callable[[Menu], Builtin] = lambda _: {},
    ) -> None:
        self.schema = schema
        self.builtins = builtins
        self.given = given
        self._rows: dict[str, list[Item]] = {}
        self._single: dict[str, Item] = {}
        self._counters: dict[str, int] = {}

    def blank(self) -> State:
        """Another state of the same device, as new."""
        return State(self.schema, self.builtins, self.given)

    # -- looking ---------------------------------------------------------------------------

    def rows(self, path: str) -> list[Item]:
        """The items of a list menu, in order. The list itself: editing goes through it."""
        rows = self._rows.get(path)
        if rows is None:
            rows = self._rows[path] = self._born(self.schema.menus[path])
        return rows

    def single(self, path: str) -> Item:
        """The one row of a settings menu."""
        item = self._single.get(path)
        if item is None:
            menu = self.schema.menus[path]
            base: dict[str, str] = {}
            for row in self.builtins(menu):
                base.update(row)
            item = self._single[path] = Item(menu, "", base=base)
        return item

    def interfaces(self) -> Iterator[Item]:
        """The items of every interface menu, loopback first."""
        yield from self.rows("/interface loopback")
        for path in self.schema.interface_menus:
            yield from self.rows(path)

    def interface(self, name: str) -> Item | None:
        """The interface of that name."""
        return next((item for item in self.interfaces() if item.name == name), None)

    def named(self, path: str, name: str) -> Item | None:
        """The item of that name in a menu."""
        return next((item for item in self.rows(path) if item.name == name), None)

    def by_id(self, path: str, id_: str) -> Item | None:
        """The item of that internal id; in ``/interface`` whatever its own menu."""
        rows = self.interfaces() if path == "/interface" else iter(self.rows(path))
        return next((item for item in rows if item.id == id_), None)

    def exists(self, target: str, name: str) -> bool:
        """Whether ``name`` names something of ``target`` (see ``facts.yaml`` references)."""
        if name in self.schema.words:
            return True
        if target == "interface":
            return self.interface(name) is not None
        if target == "interface|list":
            return (
                self.interface(name) is not None or self.named("/interface list", name) is not None
            )
        return self.named(target, name) is not None

    def users_of(self, target_menu: Menu, name: str) -> Iterator[tuple[Item, str]]:
        """Items, with the property, that name the item ``name`` of ``target_menu``."""
        targets = {target_menu.path}
        if target_menu.interface_type:
            targets |= {"interface", "interface|list"}
        elif target_menu.path == "/interface list":
            targets.add("interface|list")
        for path, prop, target in self.schema.references:
            if target not in targets:
                continue
            holders = [self._single[path]] if path in self._single else self._rows.get(path, [])
            for item in holders:
                text = item.values.get(prop) or ""
                if name in text and name in (part.lstrip("!") for part in text.split(",")):
                    yield item, prop

    # -- changing --------------------------------------------------------------------------

    def new_id(self, menu: Menu) -> str:
        """A fresh internal id. Ids are never used twice; interfaces share one row of them."""
        space = "interface" if menu.interface_type else menu.path
        start = _LIST_IDS if menu.path == "/interface list" else 0
        count = self._counters.get(space, start) + 1
        self._counters[space] = count
        return f"*{count:X}"

    def rename(self, menu: Menu, old: str, new: str) -> None:
        """What named ``old`` names ``new``: RouterOS keeps references, not names."""
        for item, prop in list(self.users_of(menu, old)):
            item.values[prop] = ",".join(
                ("!" if part.startswith("!") else "") + new if part.lstrip("!") == old else part
                for part in item.values[prop].split(",")
            )

    def forget(self, item: Item) -> None:
        """Take an item out; what named it shows its id from now on."""
        self.rows(item.menu.path).remove(item)
        if item.menu.named and item.name:
            self.rename(item.menu, item.name, item.id)

    # -- copying ---------------------------------------------------------------------------

    def snapshot(self) -> dict[str, Any]:
        """Everything, as plain values."""
        return {
            "rows": {
                path: [[item.id, dict(item.values), dict(item.base), item.builtin] for item in rows]
                for path, rows in self._rows.items()
            },
            "single": {
                path: [dict(item.values), dict(item.base)] for path, item in self._single.items()
            },
            "counters": dict(self._counters),
        }

    def restore(self, snapshot: Mapping[str, Any]) -> None:
        """The state of a snapshot; menus that it does not know are as new."""
        menus = self.schema.menus
        self._rows = {
            path: [
                Item(menus[path], id_, dict(values), base=dict(base), builtin=builtin)
                for id_, values, base, builtin in rows
            ]
            for path, rows in snapshot["rows"].items()
            if path in menus
        }
        self._single = {
            path: Item(menus[path], "", dict(values), base=dict(base))
            for path, (values, base) in snapshot["single"].items()
            if path in menus
        }
        self._counters = dict(snapshot["counters"])

    def _born(self, menu: Menu) -> list[Item]:
        ids = iter(menu.ids)
        return [
            Item(
                menu,
                next(ids, None) or self.new_id(menu),
                dict(self.given(menu)),
                base=dict(row),
                builtin=True,
            )
            for row in self.builtins(menu)
        ]
