"""What ``add``, ``set``, ``unset``, ``remove`` and ``move`` do to a device's state, and refuse.

Takes property names and text; the console has evaluated everything before. Errors are the
device's own words (``ConsoleError``).
"""

from __future__ import annotations

import base64
import ipaddress
import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence

from sekayu_net.lab.console.errors import ConsoleError
from sekayu_net.lab.schema import Menu, at_least
from sekayu_net.lab.state import Item, State
from sekayu_net.lab.values import ValueRefusedError, normalise

#: How an item is called when nobody gives it a name.
_AUTOMATIC = {
    "/interface bridge": "bridge",
    "/interface vlan": "vlan",
    "/interface bonding": "bonding",
    "/interface wireguard": "wireguard",
    "/interface wifi": "wifi",
    "/interface wireguard peers": "peer",
    "/ip dhcp-server": "dhcp",
    "/ip pool": "pool",
    "/ip dhcp-client": "client",
    "/system script": "script",
    "/system scheduler": "schedule",
    "/queue simple": "queue",
    "/routing ospf instance": "ospf-instance-",
    "/routing ospf area": "ospf-area-",
}
_FIRST_WIREGUARD_PORT = 13231


def checked(state: State, menu: Menu, prop: str, text: str) -> str:
    """The stored form of a value, or ``ConsoleError`` with the words of its refusal."""
    known = menu.properties[prop]
    if text and text == known.default:
        return text
    try:
        value = normalise(known.kind, text, prop)
    except ValueRefusedError as error:
        raise ConsoleError(str(error)) from None
    if known.names is None or not value:
        return value
    parts = []
    for part in value.split(","):
        name = part.lstrip("!")
        if name.startswith("*"):
            target = "/interface" if known.names.startswith("interface") else known.names
            found = state.by_id(target, name)
            if found is None:
                raise ConsoleError(f"input does not match any value of {prop}")
            name = found.name
        elif name and not state.exists(known.names, name):
            raise ConsoleError(f"input does not match any value of {prop}")
        parts.append(f"{'!' if part.startswith('!') else ''}{name}")
    return ",".join(parts)


def unknown_argument(menu: Menu, names: Iterable[str]) -> str | None:
    """The first name that is no property of the menu."""
    return next((name for name in names if name not in menu.properties), None)


def _check_unique(state: State, item: Item, values: Mapping[str, str]) -> None:
    menu = item.menu
    if "name" in values and (name := values["name"]):
        if menu.interface_type:
            other = state.interface(name)
            if other is not None and other is not item:
                raise ConsoleError(f"failure: already have interface with name {name}")
        elif menu.named and menu.unique is None:
            other = state.named(menu.path, name)
            if other is not None and other is not item:
                raise ConsoleError("failure: item with such name already exists")
    if menu.unique is None:
        return
    props, words = menu.unique
    if not any(prop in values for prop in props):
        return
    wanted = [values.get(prop, item.get(prop)) for prop in props]
    for other in state.rows(menu.path):
        if other is not item and [other.get(prop) for prop in props] == wanted:
            raise ConsoleError(words)


def complete(state: State, item: Item, values: dict[str, str]) -> None:
    """Fill in, or write in its own form, what the device works out by itself."""
    path = item.menu.path
    if path == "/ip address" and "address" in values and "network" not in values:
        values["network"] = str(ipaddress.ip_interface(values["address"]).network.network_address)
    if path == "/ip firewall address-list" and values.get("address"):
        values["address"] = values["address"].removesuffix("/32")
    if path == "/ipv6 firewall address-list" and ":" in values.get("address", ""):
        address = values["address"]
        values["address"] = address if "/" in address or "-" in address else f"{address}/128"
    if path.endswith((" filter", " nat", " mangle", " raw")) and " firewall " in path:
        for prop in ("src-address", "dst-address"):
            if prop in values:
                values[prop] = values[prop].removesuffix("/32")
    if item.id or path == "/interface wireguard":
        _generate(state, item, values)


def _generate(state: State, item: Item, values: dict[str, str]) -> None:
    path = item.menu.path
    if path == "/interface wireguard":
        if not values.get("private-key") and not item.has("private-key"):
            values["private-key"] = base64.b64encode(secrets.token_bytes(32)).decode()
        if "listen-port" not in values and not item.has("listen-port"):
            taken = {other.get("listen-port") for other in state.rows(path)}
            values["listen-port"] = next(
                str(port)
                for port in itertools.count(_FIRST_WIREGUARD_PORT)
                if str(port) not in taken
            )
    if (
        not values.get("name")
        and not item.has("name")
        and "name" in item.menu.properties
        and path in _AUTOMATIC
    ):
        prefix = _AUTOMATIC[path]
        values["name"] = next(
            name
            for number in itertools.count(1)
            if (name := f"{prefix}{number}") not in {other.name for other in state.rows(path)}
        )


def add(
    state: State,
    path: str,
    given: Mapping[str, str],
    *,
    before: Item | None = None,
    copy_from: Item | None = None,
) -> Item:
    """A new item, before another (at the end else)."""
    menu = state.schema.menus[path]
    values = dict(copy_from.values) if copy_from is not None else {}
    values |= {prop: checked(state, menu, prop, text) for prop, text in given.items()}
    missing = [prop for prop in menu.required if not values.get(prop) and prop not in _LAX]
    if path == "/interface wireless" and "master-interface" in values:
        missing = [prop for prop in missing if prop != "ssid"]
    if missing:
        raise ConsoleError(f"missing value(s) of argument(s) {' '.join(missing)}")
    item = Item(menu, "*0")
    complete(state, item, values)
    _check_unique(state, item, values)
    _check_meaning(state, item, values)
    item.id = state.new_id(menu)
    item.values = values
    rows = state.rows(path)
    rows.insert(rows.index(before) if before is not None else len(rows), item)
    return item


#: Required on paper, but the device fills them in or takes them empty.
_LAX = frozenset({"name", "password", "ssid", "group"})


def _check_meaning(state: State, item: Item, values: Mapping[str, str]) -> None:
    path = item.menu.path
    if path == "/interface bridge port" and values.get("interface"):
        other = state.interface(values["interface"])
        if other is not None and other.menu.path == "/interface bridge":
            raise ConsoleError("failure: can not add bridge to bridge")
    if path == "/interface vlan" and values.get("vlan-id"):
        pair = (values.get("interface", item.get("interface")), values["vlan-id"])
        for other in state.rows(path):
            if other is not item and (other.get("interface"), other.get("vlan-id")) == pair:
                raise ConsoleError(
                    f"failure: vlan id {pair[1]} already exists on interface {pair[0]}"
                )
    if path == "/interface bridge vlan" and "vlan-ids" in values:
        wanted = _vlan_set(values["vlan-ids"])
        bridge = values.get("bridge", item.get("bridge"))
        for other in state.rows(path):
            if (
                other is not item
                and other.get("bridge") == bridge
                and wanted & _vlan_set(other.get("vlan-ids"))
            ):
                raise ConsoleError("failure: vlan already added")
    if path == "/ip firewall nat" and values.get("action") in ("masquerade", "src-nat"):
        chain = values.get("chain", item.get("chain"))
        if chain == "dstnat":
            raise ConsoleError(f"failure: {values['action']} action must be in srcnat chain")


def _vlan_set(text: str) -> set[int]:
    found: set[int] = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        if low.isdigit():
            found |= set(range(int(low), int(high or low) + 1))
    return found


def change(state: State, item: Item, given: Mapping[str, str], unset: Sequence[str] = ()) -> bool:
    """``set``; whether anything is different now."""
    menu = item.menu
    values = {prop: checked(state, menu, prop, text) for prop, text in given.items()}
    for prop in unset:
        if prop not in menu.properties:
            raise ConsoleError(f"bad parameter {prop}")
    if item.builtin and "name" in values and menu.path in ("/interface list", "/user group"):
        raise ConsoleError("failure: can not rename builtin entry")
    complete(state, item, values)
    _check_unique(state, item, values)
    _check_meaning(state, item, values)
    old = item.name
    before = dict(item.values)
    item.values.update(values)
    for prop in unset:
        item.values.pop(prop, None)
        if item.base.get(prop):
            item.values[prop] = ""
    if menu.named and item.name != old and old:
        state.rename(menu, old, item.name)
    return item.values != before


def remove(state: State, item: Item) -> None:
    """``remove``."""
    menu = item.menu
    if item.builtin and menu.path != "/user":
        raise ConsoleError("failure: can not remove builtin entry")
    if item.dynamic:
        raise ConsoleError("failure: can not remove dynamic entry")
    if menu.in_use and any(True for _ in state.users_of(menu, item.name)):
        raise ConsoleError(menu.in_use)
    if menu.path == "/user" and not _other_administrator(state, item):
        raise ConsoleError("failure: can not remove the only user with full permissions")
    state.forget(item)


def _other_administrator(state: State, item: Item) -> bool:
    if item.get("group") != "full":
        return True
    return any(
        other is not item and other.get("group") == "full" and not other.disabled
        for other in state.rows("/user")
    )


def move(state: State, items: Sequence[Item], before: Item | None) -> None:
    """Put items, in their order, before another (at the end without one)."""
    if not items:
        return
    rows = state.rows(items[0].menu.path)
    if before is not None and before in items:
        # `move x x` leaves all where it is
        return
    for item in items:
        rows.remove(item)
    at = len(rows) if before is None else rows.index(before)
    rows[at:at] = items


def public_key(private: str) -> str:
    """The WireGuard public key of a private one, both base64."""
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

    key = X25519PrivateKey.from_private_bytes(base64.b64decode(private))
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def renamed_service_address(version: str) -> str:
    """``/ip service``'s word for who may come: it was renamed in 7.24."""
    return "available-from" if at_least(version, "7.24") else "address"
