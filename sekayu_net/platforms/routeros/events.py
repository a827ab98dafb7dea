"""Who changed what: the lines of a RouterOS log and history, taken apart.

What lives here: pure reading of single lines. What does not: asking for them (``facts``), and which
finding they explain (``audit``).

Version 7 ends a line with the way the person came and with the command, ``filter rule added by
ssh:budi@10.64.0.20 (*22 = /ip firewall filter add …)``; a move says ``()``; version 6 stops after
the name, ``filter rule added by budi`` (both from published captures of devices). The command may
hold a secret: only its menu is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sekayu_net.platforms.base import Event

_LINE = re.compile(r"(?P<what>.+?) by (?P<who>\S+)(?: \((?P<command>.*))?", re.DOTALL)
_CAME = re.compile(r"(?P<way>[^:@/]+):(?P<user>[^@/]*)@(?P<source>[^/]*)")
_COMMAND = re.compile(r"(?:\*[0-9A-Fa-f]+ = )?/(?P<words>[a-z0-9 /-]+)")
_VERBS = frozenset(
    [
        "add",
        "set",
        "remove",
        "move",
        "enable",
        "disable",
        "unset",
        "comment",
        "edit",
        "import",
        "reset",
        "rename",
        "copy",
    ]
)
_ACTIONS = {
    "added": "added",
    "add": "added",
    "scheduled": "added",
    "changed": "changed",
    "removed": "removed",
    "moved": "moved",
    "enabled": "changed",
    "disabled": "changed",
}
#: What a line calls an item, where it has a word of its own. The rest are an ``item``.
_NOUNS = (
    ("address list entry", "/ip firewall address-list"),
    ("filter rule", "/ip firewall filter"),
    ("mangle rule", "/ip firewall mangle"),
    ("nat rule", "/ip firewall nat"),
    ("raw rule", "/ip firewall raw"),
    ("log action", "/system logging action"),
    ("log rule", "/system logging"),
    ("netwatch config", "/tool netwatch"),
    ("ppp profile", "/ppp profile"),
    ("ppp secret", "/ppp secret"),
    ("script settings", "/system script"),
    ("new script scheduled", "/system scheduler"),
    ("scheduled script", "/system scheduler"),
    ("new script", "/system script"),
    ("script", "/system script"),
    ("ssh key", "/user ssh-keys"),
    ("user group", "/user group"),
    ("group", "/user group"),
    ("user", "/user"),
    ("route", "/ip route"),
    ("address", "/ip address"),
    ("file", "/file"),
)
_OWN_SCRIPT = re.compile(r"script:sekayu-")


def menu_of(command: str) -> str:
    """The menu that a command begins with, with blanks; empty when it has none."""
    found = _COMMAND.match(command)
    if found is None:
        return ""
    path: list[str] = []
    for word in re.split(r"[ /]+", found["words"].strip()):
        if word in _VERBS:
            return "/" + " ".join(path)
        path.append(word)
    return ""


def event_of(time: str, message: str) -> Event | None:
    """The change that a line of the log tells of; None for any other line.

    A line of the tool's own background scripts is none either: what they do is a deployment; nor
    is what the system did by itself (``*sys``).
    """
    line = _LINE.fullmatch(message.strip())
    if line is None or line["who"].startswith("*") or _OWN_SCRIPT.search(line["who"]):
        return None
    words = line["what"].split()
    action = next((_ACTIONS[word] for word in reversed(words) if word in _ACTIONS), None)
    if action is None:
        return None
    user, who = person(line["who"])
    path, item = subject(line["what"])
    return Event(time, who, user, action, menu_of(line["command"] or "") or path, item)


def person(text: str) -> tuple[str, str]:
    """The account, and how to name whoever used it: ``budi from 10.64.0.20 (winbox)``."""
    came = _CAME.match(text)
    if came is None:
        first = text.partition("/")[0]
        return ("", first.replace(":", " ")) if ":" in first else (first, first)
    way = "winbox" if "winbox" in came["way"] else came["way"]
    source = f" from {came['source']}" if came["source"].strip(":") else ""
    return came["user"], f"{came['user']}{source} ({way})"


def subject(what: str) -> tuple[str, str]:
    """Menu and name in ``user ops added``; both empty where the line says ``item``."""
    words = [word for word in what.split() if word not in _ACTIONS or word == "scheduled"]
    plain = " ".join(words)
    for noun, path in _NOUNS:
        if plain.lower() == noun or plain.lower().startswith(f"{noun} "):
            return path, plain[len(noun) :].strip().strip("<>")
    return "", ""


def events(
    log: Iterable[Mapping[str, str]], history: Iterable[Mapping[str, str]], *, own: str = ""
) -> tuple[Event, ...]:
    """Both records as one, newest first in each: the log says more, so it comes first.

    ``log`` oldest first and ``history`` newest first, as the device prints them. Each ends at the
    newest change by the account ``own``, which is kept as the mark: a deployment alone leaves
    hundreds of lines.
    """
    told = (event_of(row.get("time", ""), row.get("message", "")) for row in reversed([*log]))
    kept = (
        event_of(row.get("time", ""), f"{row.get('action', '')} by {row.get('by', '')}")
        for row in history
    )
    return (*until(told, own), *until(kept, own))


def until(found: Iterable[Event | None], own: str) -> Iterator[Event]:
    """Changes up to the first one by this account, that one included."""
    for event in found:
        if event is not None:
            yield event
            if own and event.user == own:
                return
