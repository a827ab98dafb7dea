"""Realistic edits of one export: what a technician does to a configuration in a day's work.

Each edit takes a document and gives another one, and says how many items it touched: what a
script's statements are counted against.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from sekayu_net.platforms.routeros.syntax import Argument, Document, Statement

_RULES = ("/ip firewall filter", "/ip firewall nat", "/ip firewall mangle", "/ip firewall raw",
          "/ipv6 firewall filter")  # fmt: skip
_FREE = (*_RULES, "/ip firewall address-list", "/ip route", "/ip dns static", "/ip address",
         "/interface list member", "/ip dhcp-server lease")  # fmt: skip
_NAMED = {
    "/interface list": ("list", "interface-list", "in-interface-list", "out-interface-list",
                        "include", "exclude", "discover-interface-list", "allowed-interface-list"),
    "/interface vlan": ("interface", "in-interface", "out-interface", "tagged", "untagged",
                        "interfaces"),
    "/ip pool": ("address-pool", "next-pool"),
}  # fmt: skip

Body = list[Statement]
Edit = Callable[[Body, random.Random], int]


def edited(document: Document, chosen: random.Random) -> tuple[Document, int]:
    """The document after one to six edits, and the number of items that differ."""
    body = [node for node in document.body if isinstance(node, Statement)]
    touched = 0
    for _ in range(chosen.randint(1, 6)):
        touched += chosen.choice(_EDITS)(body, chosen)
    return replace(document, body=tuple(body)), touched


def _value(node: Statement, key: str) -> str | None:
    return next((a.value for a in node.arguments if a.key == key), None)


def _with(node: Statement, key: str, value: str | None) -> Statement:
    """The statement with a property set, or without it."""
    rest = [argument for argument in node.arguments if argument.key != key]
    if value is not None:
        rest.append(Argument(key, value))
    return replace(node, arguments=tuple(sorted(rest, key=lambda a: a.key)), line=-1)


def _places(body: Body, menus: Sequence[str]) -> list[int]:
    """Rows of some menus that no other edit touched."""
    return [
        place
        for place, node in enumerate(body)
        if node.verb == "add" and node.menu in menus and node.line != -1
    ]


def _pick(body: Body, chosen: random.Random, menus: Sequence[str]) -> int | None:
    places = _places(body, menus)
    return chosen.choice(places) if places else None


def _comment(body: Body, chosen: random.Random) -> int:
    place = _pick(body, chosen, _FREE)
    if place is None:
        return 0
    body[place] = _with(body[place], "comment", f"{chosen.choice(_WORDS)} {chosen.randrange(99)}")
    return 1


def _switch(body: Body, chosen: random.Random) -> int:
    place = _pick(body, chosen, _FREE)
    if place is None:
        return 0
    off = _value(body[place], "disabled") == "yes"
    body[place] = _with(body[place], "disabled", None if off else "yes")
    return 1


def _new_rule(body: Body, chosen: random.Random) -> int:
    """A rule somewhere among those of its menu: often before one that drops all."""
    place = _pick(body, chosen, _RULES[:1])
    if place is None:
        return 0
    rule = Statement(
        body[place].menu,
        "add",
        None,
        (
            Argument("action", chosen.choice(("accept", "drop"))),
            Argument("chain", _value(body[place], "chain") or "input"),
            Argument("comment", chosen.choice(_WORDS)),
            Argument("dst-port", str(chosen.randint(1, 65535))),
            Argument("protocol", chosen.choice(("tcp", "udp"))),
        ),
        -1,
    )
    body.insert(place, rule)
    return 1


def _copy(body: Body, chosen: random.Random) -> int:
    """The same rule again, somewhere below: rows may repeat."""
    place = _pick(body, chosen, _RULES[:2])
    if place is None:
        return 0
    menu = body[place].menu
    last = max(n for n, node in enumerate(body) if node.menu == menu and node.verb == "add")
    body.insert(chosen.randint(place + 1, last + 1), replace(body[place], line=-1))
    return 1


def _remove(body: Body, chosen: random.Random) -> int:
    place = _pick(body, chosen, _FREE)
    if place is None:
        return 0
    del body[place]
    return 1


def _move(body: Body, chosen: random.Random) -> int:
    place = _pick(body, chosen, _RULES)
    if place is None:
        return 0
    menu = body[place].menu
    others = [n for n, node in enumerate(body) if node.menu == menu and node.verb == "add"]
    rule = replace(body.pop(place), line=-1)
    body.insert(chosen.choice(others[: len(others) - 1] or [place]), rule)
    return 1


def _port(body: Body, chosen: random.Random) -> int:
    """Another port or protocol in a rule."""
    places = [p for p in _places(body, _RULES) if _value(body[p], "dst-port")]
    if not places:
        return 0
    place = chosen.choice(places)
    body[place] = _with(body[place], "dst-port", str(chosen.randint(1, 65535)))
    return 1


def _setting(body: Body, chosen: random.Random) -> int:
    for menu, key, value in chosen.sample(_SETTINGS, len(_SETTINGS)):
        for place, node in enumerate(body):
            if node.menu == menu and node.verb == "set" and node.line != -1:
                body[place] = _with(node, key, value)
                return 1
    return 0


def _office(body: Body, chosen: random.Random) -> int:
    """A VLAN with its address, in the way that a new network comes."""
    parents = [n for n, node in enumerate(body) if node.menu == "/interface vlan"]
    addresses = [n for n, node in enumerate(body) if node.menu == "/ip address"]
    if not parents or not addresses:
        return 0
    number = chosen.randint(2, 4000)
    name = f"new-{number}"
    if any(_value(node, "vlan-id") == str(number) for node in body):
        return 0
    parent = _value(body[parents[0]], "interface") or "ether1"
    octet = chosen.randint(0, 255)
    address = Statement(
        "/ip address",
        "add",
        None,
        (
            Argument("address", f"10.{200 + octet % 50}.{octet}.1/24"),
            Argument("interface", name),
            Argument("network", f"10.{200 + octet % 50}.{octet}.0"),
        ),
        -1,
    )
    vlan = Statement(
        "/interface vlan",
        "add",
        None,
        (Argument("interface", parent), Argument("name", name), Argument("vlan-id", str(number))),
        -1,
    )
    body.insert(addresses[-1] + 1, address)
    body.insert(parents[-1] + 1, vlan)
    return 2


def _listed(body: Body, chosen: random.Random) -> int:
    places = [n for n, node in enumerate(body) if node.menu == "/ip firewall address-list"]
    if not places:
        return 0
    octets = [str(chosen.randrange(256)) for _ in range(3)]
    row = Statement(
        "/ip firewall address-list",
        "add",
        None,
        (
            Argument("address", ".".join(["10", *octets])),
            Argument("list", _value(body[places[0]], "list") or "new"),
        ),
        -1,
    )
    body.insert(places[-1] + 1, row)
    return 1


def _rename(body: Body, chosen: random.Random) -> int:
    """Another name for an item; what names it follows."""
    place = _pick(body, chosen, tuple(_NAMED))
    if place is None:
        return 0
    menu, old = body[place].menu, _value(body[place], "name")
    if not old:
        return 0
    new = f"{old}-{chosen.randrange(1000)}"
    body[place] = _with(body[place], "name", new)
    for other, node in enumerate(body):
        renamed = node
        for key in _NAMED[menu]:
            value = _value(node, key)
            if value and old in value.split(",") and (key != "list" or _listing(node)):
                parts = [new if part == old else part for part in value.split(",")]
                renamed = replace(_with(renamed, key, ",".join(parts)), line=node.line)
        body[other] = renamed
    return 1


def _listing(node: Statement) -> bool:
    return node.menu == "/interface list member"


_WORDS = ('printer "2nd floor"', "office; staff", "camera $1", "VPN [old]", "Pak Camat's laptop")
_SETTINGS = (
    ("/system identity", "name", "another name"),
    ("/ip dns", "servers", "9.9.9.9,1.1.1.1"),
    ("/system clock", "time-zone-name", "Asia/Jakarta"),
    ("/ip neighbor discovery-settings", "discover-interface-list", "none"),
    ("/ip settings", "rp-filter", "loose"),
)
_EDITS: tuple[Edit, ...] = (
    _comment, _switch, _new_rule, _copy, _remove, _move, _port, _setting, _office, _listed,
    _rename,
)  # fmt: skip
