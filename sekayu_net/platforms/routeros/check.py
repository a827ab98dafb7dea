"""What a text says that does not exist in a version of RouterOS.

What lives here: menus, properties and words of a closed list against the schema. What does not:
whether a value makes sense.
"""

from __future__ import annotations

from sekayu_net.platforms.base import Unknown
from sekayu_net.platforms.routeros.masking import concealed
from sekayu_net.platforms.routeros.schema import Menu, schema
from sekayu_net.platforms.routeros.syntax import Argument, parse

_BOOLEAN = frozenset(("yes", "no", "true", "false"))
# Arguments of a command, not properties.
_COMMANDS = frozenset(("place-before", "numbers", "copy-from"))


def check(text: str, version: str) -> tuple[Unknown, ...]:
    """What is unknown or not there (yet, any more) in ``version``."""
    facts = schema(version)
    found: list[Unknown] = []
    for statement in parse(text).statements:
        exists = facts.exists(statement.menu)
        if not exists:
            reason = "is not known" if exists is None else f"does not exist in {version}"
            found.append(Unknown(statement.line, statement.menu, f"the menu {reason}", whole=True))
            continue
        menu = facts.menu(statement.menu)
        if statement.verb == "add" and menu.kind != "list":
            found.append(Unknown(statement.line, statement.menu, "has no add"))
        for argument in statement.arguments:
            fault = _fault(menu, argument, version)
            if fault is not None:
                found.append(Unknown(statement.line, statement.menu, fault))
    return tuple(found)


def _fault(menu: Menu, argument: Argument, version: str) -> str | None:
    key, value = argument.key, argument.value
    if key in _COMMANDS:
        return None
    if key in menu.removed:
        return f"{key} does not exist in {version}"
    if key not in menu.defaults:
        return f"{key} is not known"
    if value is None or concealed(value) or value == "":
        return None
    if key in menu.boolean and value not in _BOOLEAN:
        return f"{key}={value}: expected yes or no"
    words = menu.words.get(key)
    if words is not None:
        for part in value.removeprefix("!").split(","):
            if part.removeprefix("!") not in words:
                return f"{key}={value}: {part!r} is none of {', '.join(sorted(words))}"
    return None
