"""What RouterOS menus are: kinds, keys, order, defaults, secrets and references, by version.

What lives here: reading ``data/schema.yaml`` and answering questions about one menu of one
version. What does not: the facts themselves (data), and what is done with them (``diff`` …). A
menu that the data doesn't know gets sound general rules: its items have no key beyond ``name``,
no defaults, and an order that matters to nobody but is kept.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

Kind = Literal["list", "settings", "fixed"]

OWN_MENUS = frozenset(("/system scheduler", "/system script"))
"""Where the tool has entries of its own (``record.OWN_ENTRY``): invisible."""

INTERFACES = (
    "/interface bonding",
    "/interface bridge",
    "/interface eoip",
    "/interface ethernet",
    "/interface gre",
    "/interface ipip",
    "/interface l2tp-client",
    "/interface ovpn-client",
    "/interface pppoe-client",
    "/interface sstp-client",
    "/interface vlan",
    "/interface vrrp",
    "/interface wifi",
    "/interface wireguard",
    "/interface wireless",
)
"""Menus whose items are interfaces. (Others are too: ``references`` tests the prefix.)"""


def is_interface(path: str) -> bool:
    """Whether the items of a menu are interfaces."""
    return path in INTERFACES or (path.startswith("/interface ") and path.count(" ") == 1)


# Which property names an item of which menu. RouterOS keeps such references by internal id: they
# follow a rename. ``*`` stands for every interface menu.
_REFERENCES: Mapping[str, tuple[str, ...]] = {
    "interface": ("*",),
    "interfaces": ("*",),
    "in-interface": ("*",),
    "out-interface": ("*",),
    "in-bridge-port": ("*",),
    "out-bridge-port": ("*",),
    "master-interface": ("*",),
    "bridge": ("*",),
    "tagged": ("*",),
    "untagged": ("*",),
    "slaves": ("*",),
    "datapath.bridge": ("*",),
    "in-interface-list": ("/interface list",),
    "out-interface-list": ("/interface list",),
    "interface-list": ("/interface list",),
    "discover-interface-list": ("/interface list",),
    "allowed-interface-list": ("/interface list",),
    "include": ("/interface list",),
    "exclude": ("/interface list",),
    "address-pool": ("/ip pool",),
    "next-pool": ("/ip pool",),
    "server": ("/ip dhcp-server",),
    "security-profile": ("/interface wireless security-profiles",),
    "security": ("/interface wifi security", "/caps-man security"),
    "configuration": ("/interface wifi configuration", "/caps-man configuration"),
    "datapath": ("/interface wifi datapath", "/caps-man datapath"),
    "channel": ("/interface wifi channel", "/caps-man channel"),
    "area": ("/routing ospf area",),
    "instance": ("/routing ospf instance", "/routing bgp instance", "/routing isis instance"),
    "routing-table": ("/routing table",),
    "parent": ("/queue tree", "/queue simple"),
    "queue": ("/queue type",),
    "templates": ("/routing bgp template",),
}
_LIST_MEMBER = {"list": ("/interface list",), "interface": ("*",)}

# Alternatives to the natural key by which an item may be recognised when its key changed.
_SECONDARY: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "/ip address": (("address",),),
    "/interface vlan": (("interface", "vlan-id"),),
    "/ip dhcp-server": (("interface",),),
    "/ip dhcp-server lease": (("mac-address",), ("address",)),
    "/interface wireguard": (("listen-port",),),
    "/interface wireguard peers": (("public-key",), ("comment",)),
    "/interface bridge vlan": (("bridge", "comment"),),
    "/ip route": (("dst-address", "routing-table"),),
}

SOMETIMES_BUILT_IN = frozenset(("/routing bgp template",))
"""Menus of which an item is built in on some versions and an ordinary one on others (exports of
one router: ``set default`` in 7.19rc2 and 7.20beta2, ``add … name=default`` in 7.18.2)."""

_TIME_NAME = re.compile(
    r"time|interval|ttl|lease|\bage|ageing|delay|lifetime|keepalive|duration|timeout|renew"
)
_TIME = re.compile(
    r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?"
    r"|(?:(\d+)w)?(?:(\d+)d)?(\d+):(\d\d):(\d\d)(?:\.(\d{3}))?"
)
_TIME_UNITS = (604_800_000, 86_400_000, 3_600_000, 60_000, 1000, 1)
_HEX = re.compile(r"0[xX][0-9A-Fa-f]+")
_HEX_NAMES = frozenset(("priority", "ether-type", "path-cost", "internal-path-cost", "dscp"))
_HOST_MASK = re.compile(r"\d+\.\d+\.\d+\.\d+/32")
_HOST_NAMES = frozenset(("src-address", "dst-address", "address", "to-addresses", "pref-src"))

_HARDWARE = frozenset(("mac-address", "l2mtu", "admin-mac", "auto-mac"))

Version = tuple[int, int, int]


def parse_version(text: str) -> Version:
    """``7.16.2``, ``7.20beta2``, ``7.24 (stable)`` → numbers; a pre-release counts as released."""
    match = re.match(r"\s*(\d+)(?:\.(\d+))?(?:\.(\d+))?", text)
    if match is None:
        raise ValueError(f"not a RouterOS version: {text!r}")
    return int(match[1]), int(match[2] or 0), int(match[3] or 0)


@dataclass(frozen=True, slots=True)
class Menu:
    """One menu at one version. ``known`` False: not in the data, general rules.

    ``ordered``: the order of its items means something. ``movable``: it has ``move`` and
    ``place-before``. ``dynamic``: it can hold rows that no export shows. ``defaults`` maps every
    property of that version to its default, None where it has none.
    """

    path: str
    kind: Kind
    known: bool
    key: tuple[str, ...]
    ordered: bool
    movable: bool
    dynamic: bool
    entries: Mapping[str, Mapping[str, str]]
    radio: Mapping[str, str]
    defaults: Mapping[str, str | None]
    removed: frozenset[str]
    unsettable: frozenset[str]
    sensitive: frozenset[str]
    device_specific: frozenset[str]
    sets: frozenset[str]
    boolean: frozenset[str]
    words: Mapping[str, frozenset[str]]
    secondary: tuple[tuple[str, ...], ...]

    def default(self, prop: str, entry: str | None = None) -> str | None:
        """The value that ``prop`` has when nothing says otherwise; None when there is none."""
        if entry:
            own = self.entries.get(entry)
            if own is not None and prop in own:
                return own[prop]
            if prop in self.radio:
                return self.radio[prop]
        if prop == "name" and entry and not entry.isdigit():
            return entry.removeprefix("default-name=")
        if prop == "disabled" and entry is None and not self.known and not self._interface:
            return "no"  # as in 80 of the data's 93 menus; the others are interfaces and servers
        return self.defaults.get(prop)

    @property
    def _interface(self) -> bool:
        return self.path.startswith("/interface ")

    def is_secret(self, prop: str) -> bool:
        """Whether its value is a password, a key or a passphrase."""
        return prop in self.sensitive

    def normal(self, prop: str, value: str | None) -> str:
        """The value in one form for comparison: times, numbers, sets, flags, host masks."""
        if value is None:
            return "yes"
        if not value:
            return value
        if prop in self.sets and "," in value:
            return ",".join(sorted(value.split(",")))
        if prop in self.boolean and value in ("true", "false"):
            return "yes" if value == "true" else "no"
        first = value[0]
        if first.isdigit():
            if _names_time(prop):
                return _normal_time(value)
            if prop in _HEX_NAMES and _HEX.fullmatch(value):
                return str(int(value, 16))
            if prop in _HOST_NAMES and value.endswith("/32") and _HOST_MASK.fullmatch(value):
                return value[:-3]
        elif first == ":" or prop == "comment":
            return value
        return value

    def references(self, prop: str) -> tuple[str, ...]:
        """The menus of which ``prop`` names items; ``*`` is every interface menu."""
        if self.path == "/interface list member":
            return _LIST_MEMBER.get(prop, ())
        named = _REFERENCES.get(prop)
        if named is None and prop.endswith("interface-list"):
            return _REFERENCES["interface-list"]
        if named is None and prop.endswith(("-interface", "-interfaces")):
            return _REFERENCES["interface"]
        return named or ()

    def names(self, prop: str, path: str) -> bool:
        """Whether ``prop`` names items of the menu ``path``."""
        targets = self.references(prop)
        return path in targets or ("*" in targets and is_interface(path))


def named(value: str) -> list[str]:
    """The names in a reference, which may be a list and negate some."""
    return [part.removeprefix("!") for part in value.split(",")]


def renamed(value: str, names: Mapping[str, str]) -> str:
    """A reference with other names for some items: ``a,!b`` stays such a list."""
    parts = []
    for part in value.split(","):
        name = part.removeprefix("!")
        parts.append(part[: len(part) - len(name)] + names.get(name, name))
    return ",".join(parts)


def _normal_time(value: str) -> str:
    match = _TIME.fullmatch(value)
    if match is None:
        return value
    groups = match.groups()
    parts = groups[:6] if any(groups[:6]) else groups[6:]
    total = sum(
        int(part) * unit for part, unit in zip(parts, _TIME_UNITS, strict=True) if part is not None
    )
    return f"{total}ms"


@cache
def _names_time(prop: str) -> bool:
    return prop not in ("name", "comment") and _TIME_NAME.search(prop) is not None


def is_time(prop: str, value: str) -> bool:
    """Whether a device may write this value in another form than it was given."""
    return _names_time(prop) and _TIME.fullmatch(value) is not None


@cache
def _data() -> Mapping[str, Any]:
    text = resources.files(__package__).joinpath("data/schema.yaml").read_text("utf-8")
    data: Mapping[str, Any] = json.loads(text)
    return data


@dataclass(frozen=True, slots=True)
class Schema:
    """All menus of one version."""

    version: Version

    def menu(self, path: str) -> Menu:
        """The menu at ``path`` (blanks between words), known or not."""
        return _menu(path, self.version)

    def exists(self, path: str) -> bool | None:
        """Whether the menu exists in this version; None when the data doesn't say."""
        raw = _raw(path, self.version)
        if raw is None:
            return False if path in _data()["menus"] else None
        return True


@cache
def schema(version: str) -> Schema:
    """The schema of a version such as ``7.16.2``."""
    return Schema(parse_version(version))


def _raw(path: str, version: Version) -> Mapping[str, Any] | None:
    menus = _data()["menus"]
    for name in (path + "@v6", path + "@<=6.40", path):
        raw: Mapping[str, Any] | None = menus.get(name)
        if raw is not None and _valid(raw, version):
            return raw
    return None


def _valid(row: Mapping[str, Any], version: Version) -> bool:
    since, until = row.get("since"), row.get("until")
    return (since is None or version >= parse_version(since)) and (
        until is None or version < parse_version(until)
    )


@cache
def _menu(path: str, version: Version) -> Menu:
    data = _data()
    raw = _raw(path, version)
    meta = data["meta"]
    hardware = _HARDWARE if path.startswith("/interface") else frozenset[str]()
    names = frozenset(meta["sensitive-names"])
    sets = frozenset(meta["sets"])
    if raw is None:
        secrets = names - {"key", "secrets"} if not path.startswith("/ip ipsec") else names
        return Menu(
            path=path,
            kind="list",
            known=False,
            key=("name",),
            ordered=False,
            movable=False,
            dynamic=False,
            entries={},
            radio={},
            defaults={},
            removed=frozenset(),
            unsettable=frozenset(),
            sensitive=secrets,
            device_specific=hardware,
            sets=sets,
            boolean=frozenset(),
            words={},
            secondary=(),
        )
    defaults: dict[str, str | None] = dict(raw["defaults"])
    removed = set()
    for prop, rows in raw.get("versioned", {}).items():
        row = next((row for row in rows if _valid(row, version)), None)
        if row is not None:
            defaults[prop] = row.get("default")
        elif version >= (7, 0, 0):
            defaults.pop(prop, None)
            removed.add(prop)
    if version < (7, 0, 0):
        defaults.update(raw.get("defaults-v6", {}))
        for prop in raw.get("only-v6", ()):
            defaults.setdefault(prop, None)
    if path == "/ip dns static":
        defaults["type"] = "A"
    ordered = bool(raw.get("ordered"))
    known = names & defaults.keys()
    return Menu(
        path=path,
        kind=raw["kind"],
        known=True,
        key=tuple(raw.get("key", ())),
        ordered=ordered and not raw.get("order-irrelevant"),
        movable=ordered,
        dynamic=bool(raw.get("dynamic")),
        entries=raw.get("entries-v6" if version < (7, 0, 0) else "entries", raw.get("entries", {})),
        radio=raw.get("radio-defaults", {}),
        defaults=defaults,
        removed=frozenset(removed),
        unsettable=frozenset(raw.get("unsettable", ())),
        sensitive=frozenset(raw.get("sensitive", ())) | (known - {"key", "secrets"}),
        device_specific=frozenset(raw.get("device-specific", ())) | hardware,
        sets=sets,
        boolean=frozenset(raw.get("boolean", ())),
        words={prop: frozenset(words) for prop, words in raw.get("words", {}).items()},
        secondary=_SECONDARY.get(path, ()),
    )
