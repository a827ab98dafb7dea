"""Which menus and commands there are, as the parser asks.

Built from the schema of one version and the menus that show live state. What the commands do is
``commands``' and ``system``'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from sekayu_net.lab.schema import LOOPBACK, Menu, Schema, at_least

#: Commands of the language; at the root they may stand without their colon.
LANGUAGE = frozenset(
    {
        "put", "error", "do", "if", "for", "foreach", "while", "local", "global", "set", "delay",
        "execute", "parse", "pick", "len", "tostr", "tonum", "toarray", "totime", "tobool", "toip",
        "toid", "typeof", "time", "find", "return", "resolve", "onerror", "retry", "serialize",
        "deserialize", "nothing", "beep", "environment", "terminal", "convert", "rndnum", "rndstr",
        "timestamp",
    }
)  # fmt: skip
#: When a command of the language appeared.
SINCE = {
    "onerror": "7.13", "serialize": "7.13", "deserialize": "7.13", "retry": "7.9",
    "convert": "7.15", "rndnum": "7.9", "rndstr": "7.9", "timestamp": "7.9",
}  # fmt: skip
ROOT = frozenset({"import", "export", "ping", "quit", "undo", "redo", "password", "log"})
#: Menus of live state or with commands of their own, beside those of the schema.
LIVE: dict[str, frozenset[str]] = {
    "/interface": frozenset({"print", "find", "get", "set", "enable", "disable", "comment"}),
    "/ip neighbor": frozenset({"print", "find", "get"}),
    "/interface bridge host": frozenset({"print", "find", "get"}),
    "/ipv6 neighbor": frozenset({"print", "find", "get"}),
    "/routing ospf neighbor": frozenset({"print", "find", "get"}),
    "/routing route": frozenset({"print", "find", "get"}),
    "/ip dns cache": frozenset({"print", "find", "flush"}),
    "/ip pool used": frozenset({"print", "find", "get"}),
    "/file": frozenset({"print", "find", "get", "remove", "add", "set"}),
    "/log": frozenset({"print", "find", "get", "info", "warning", "error", "debug"}),
    "/certificate": frozenset({"print", "find", "get"}),
    "/user active": frozenset({"print", "find", "get"}),
    "/system resource": frozenset({"print", "get"}),
    "/system routerboard": frozenset({"print", "get", "upgrade"}),
    "/system license": frozenset({"print", "get"}),
    "/system health": frozenset({"print", "find", "get"}),
    "/system resource cpu": frozenset({"print", "find", "get"}),
    "/system device-mode": frozenset({"print", "get", "update"}),
    "/system package": frozenset({"print", "find", "get", "downgrade"}),
    "/system history": frozenset({"print", "find", "get"}),
    "/system script job": frozenset({"print", "find", "get", "remove"}),
    "/system script environment": frozenset({"print", "find", "get", "remove"}),
    "/system backup": frozenset({"save", "load"}),
    "/system": frozenset({"reboot", "shutdown", "reset-configuration"}),
    "/tool": frozenset({"ping"}),
    "/safe-mode": frozenset({"take", "release", "unroll", "print", "get"}),
    "/terminal": frozenset(),
}
#: Live menus, and commands of menus, that came later than 6.
MENUS_SINCE = {"/safe-mode": "7.18", "/system device-mode": "7"}
COMMANDS_SINCE = {"/file": ({"add"}, "7"), "/user ssh-keys": ({"add"}, "7")}
#: Further commands of menus of the schema.
EXTRA: dict[str, frozenset[str]] = {
    "/system script": frozenset({"run"}),
    "/user ssh-keys": frozenset({"import"}),
    "/interface wifi": frozenset({"monitor"}),
    "/interface wireless": frozenset({"monitor"}),
    "/interface ethernet": frozenset({"monitor"}),
    "/ip dhcp-client": frozenset({"renew", "release"}),
}
_SINGLE_READ = frozenset({"print", "get", "set", "export"})
_ROWS_READ = frozenset({"print", "find", "get", "export"})
_EDIT_WORDS = frozenset({"place-before", "copy-from", "numbers", ".id", "date", "time", "contents"})
_ROWS_EDIT = frozenset({"set", "comment", "enable", "disable", "unset"})


def menu_commands(menu: Menu) -> frozenset[str]:
    """The commands of a menu of the schema."""
    if menu.kind == "settings":
        return _SINGLE_READ
    commands = set(_ROWS_READ | _ROWS_EDIT)
    if menu.can_add:
        commands.add("add")
    if menu.can_remove:
        commands.add("remove")
    if menu.ordered:
        commands.add("move")
    return frozenset(commands) | EXTRA.get(menu.path, frozenset())


@dataclass(frozen=True, slots=True)
class Grammar:
    """All paths of one version: ``commands`` by menu path, ``children`` by menu path."""

    version: str
    commands: dict[str, frozenset[str]] = field(default_factory=dict)
    children: dict[str, frozenset[str]] = field(default_factory=dict)
    language: frozenset[str] = LANGUAGE
    #: Whether ``/system/identity/print`` is a path: version 6 takes blanks alone.
    slashes: bool = True
    #: What ``add`` and ``set`` take, by menu path.
    properties: dict[str, frozenset[str]] = field(default_factory=dict)

    def takes(self, menu: str, command: str, name: str) -> bool:
        """Whether ``add`` or ``set`` of a menu has the argument ``name``. Others are not judged."""
        known = self.properties.get(menu)
        if known is None or command not in ("add", "set"):
            return True
        return name in known or name in _EDIT_WORDS

    def child(self, menu: str, word: str) -> str | None:
        """The submenu that ``word`` (or its unique beginning) names."""
        names = self.children.get(menu, frozenset())
        found = _unique(word, names, self.commands.get(menu, frozenset()))
        if found is None or found not in names:
            return None
        return f"{menu} {found}" if menu else f"/{found}"

    def command(self, menu: str, word: str) -> str | None:
        """The command of ``menu`` that ``word`` (or its unique beginning) names."""
        names = self.commands.get(menu, frozenset())
        if word in names:
            return word
        found = _unique(word, names, self.children.get(menu, frozenset()))
        return found if found in names else None


def _unique(word: str, names: frozenset[str], others: frozenset[str]) -> str | None:
    if word in names:
        return word
    if word in others or not word:
        return None
    matches = {name for name in names | others if name.startswith(word)}
    return matches.pop() if len(matches) == 1 else None


@lru_cache(maxsize=8)
def grammar(schema: Schema) -> Grammar:
    """The grammar of a schema."""
    version = schema.version
    commands: dict[str, frozenset[str]] = {
        path: menu_commands(menu) for path, menu in schema.menus.items() if path != LOOPBACK
    }
    for path, words in LIVE.items():
        if not at_least(version, MENUS_SINCE.get(path, "0")):
            continue
        commands[path] = commands.get(path, frozenset()) | words
    for path, (later, since) in COMMANDS_SINCE.items():
        if not at_least(version, since):
            commands[path] -= later
    children: dict[str, set[str]] = {}
    for path in list(commands):
        words_of = path[1:].split(" ")
        for depth, word in enumerate(words_of):
            parent = "/" + " ".join(words_of[:depth]) if depth else ""
            children.setdefault(parent, set()).add(word)
            if parent:
                commands.setdefault(parent, frozenset())
    for path in commands:
        commands[path] |= {"export"}
    language = frozenset(
        word for word in LANGUAGE if word not in SINCE or at_least(version, SINCE[word])
    )
    commands[""] = ROOT
    return Grammar(
        version,
        commands,
        {path: frozenset(names) for path, names in children.items()},
        language,
        at_least(version, "7"),
        {path: frozenset(menu.properties) for path, menu in schema.menus.items()},
    )
