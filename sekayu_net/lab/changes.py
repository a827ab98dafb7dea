"""How a device's log words a change, by version.

Published captures: ``filter rule added by ssh:budi@10.64.0.20 (*22 = /ip firewall filter add …)``
and, for a move, ``()`` in version 7; ``filter rule added by budi`` in version 6. The command is
written here without its properties.
"""

from __future__ import annotations

from sekayu_net.lab.schema import at_least

_NOUNS = {
    "/ip firewall filter": "filter rule",
    "/ip firewall mangle": "mangle rule",
    "/ip firewall nat": "nat rule",
    "/ip firewall raw": "raw rule",
    "/ppp profile": "ppp profile",
    "/ppp secret": "ppp secret",
    "/system logging": "log rule",
    "/system logging action": "log action",
    "/tool netwatch": "Netwatch config",
    "/user": "user",
}
_VERBS = {"added": "add", "changed": "set", "removed": "remove"}


def subject(menu: str, what: str) -> str:
    """What was done to what: ``filter rule added``."""
    if menu == "/system script":
        return "new script added" if what == "added" else f"script {what}"
    if menu == "/system scheduler":
        return "new script scheduled" if what == "added" else f"scheduled script {what}"
    return f"{_NOUNS.get(menu, 'item')} {what}"


def message(version: str, menu: str, what: str, *, user: str, source: str, item: str = "") -> str:
    """The line. ``item``: the internal id of what was added."""
    if not at_least(version, "7"):
        return f"{subject(menu, what)} by {user}"
    came = f"ssh:{user}@{source}" if source else user
    verb = _VERBS.get(what)
    command = "" if verb is None else f"{f'{item} = ' if item else ''}{menu} {verb}"
    return f"{subject(menu, what)} by {came} ({command})"
