"""``/export``: a device's state as the text that would make it again.

Follows the device: what is left out, what is printed although it is the default, how built-in
entries are named, order, header, wrapping (``syntax.wrap``). Takes state and gives text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from sekayu_net.lab.schema import Menu, Property
from sekayu_net.lab.state import Item, State
from sekayu_net.platforms.routeros import syntax
from sekayu_net.platforms.routeros.quoting import quote


@dataclass(frozen=True, slots=True)
class Form:
    r"""What was asked for. ``menu``: only it and its children (empty: all).

    ``question_escaped``: ``?`` is written as ``\?``.
    """

    verbose: bool = False
    terse: bool = False
    sensitive: bool = False
    menu: str = ""
    width: int = 80
    only: frozenset[str] | None = None
    question_escaped: bool = False


def export(state: State, form: Form, header: tuple[str, ...]) -> str:
    """The whole text, lines ended by LF."""
    lines = list(header)
    for path in state.schema.order:
        menu = state.schema.menus[path]
        if not menu.exported or not _within(path, form.menu):
            continue
        statements = list(_statements(state, menu, form))
        if not statements:
            continue
        if form.question_escaped:
            statements = [_escape_questions(statement) for statement in statements]
        if form.terse:
            lines += [_terse(f"{path} {statement}") for statement in statements]
        else:
            lines.append(path)
            lines += [syntax.wrap(statement, form.width) for statement in statements]
    return "\n".join(lines) + "\n"


def _escape_questions(line: str) -> str:
    return re.sub(r"\\.|\?", lambda match: "\\?" if match[0] == "?" else match[0], line)


def _terse(line: str) -> str:
    return line.replace("\\n", "\\\n    \\n")


def _within(path: str, menu: str) -> bool:
    return not menu or path == menu or path.startswith(f"{menu} ")


def _statements(state: State, menu: Menu, form: Form) -> Iterator[str]:
    if menu.kind == "settings":
        arguments = _arguments(state.single(menu.path), form)
        if arguments:
            yield f"set {arguments}"
        return
    for position, item in enumerate(state.rows(menu.path)):
        if item.dynamic or (form.only is not None and item.id not in form.only):
            continue
        arguments = _arguments(item, form)
        if item.builtin:
            if arguments:
                yield f"set {_selector(item, position)} {arguments}"
        else:
            yield f"add {arguments}".rstrip()


def _selector(item: Item, position: int) -> str:
    kind = item.menu.selector
    if kind == "default":
        return "[ find default=yes ]"
    if kind == "default-name":
        return f"[ find default-name={quote(item.base['default-name'])} ]"
    if kind == "name":
        return quote(item.base.get("name") or item.base.get("interface", ""))
    if item.id in item.menu.ids:
        return item.id
    if kind == "position" or "name" not in item.base:
        return str(position)
    return f"[ find name={quote(item.base['name'])} ]"


def _arguments(item: Item, form: Form) -> str:
    words = []
    prefix = ""
    for prop in sorted(item.menu.properties):
        word = _argument(item, prop, form)
        if word is None:
            continue
        stem, dot, _ = prop.rpartition(".")
        negated = word.startswith("!")
        if dot and stem == prefix and not negated:
            word = word[len(stem) :]
        prefix = stem if dot else ""
        words.append(word)
    return " ".join(words)


def _argument(item: Item, prop: str, form: Form) -> str | None:
    menu = item.menu
    known = menu.properties[prop]
    value = item.values.get(prop)
    base = item.base.get(prop)
    if known.sensitive and not form.sensitive:
        return None
    if form.verbose:
        if value is None:
            value = base if base is not None else known.default
        if value is None:
            return f"!{prop}" if known.unsettable and prop != "comment" else None
        if value == "" and known.unsettable and prop != "comment":
            return f"!{prop}"
    else:
        value = _compact(item, known)
        if value is None:
            return None
    if menu.path == "/ip address" and prop == "address":
        value = value.removesuffix("/32")
    if known.kind == "flag":
        return prop if value == "yes" else None
    return f"{prop}={quote(value)}"


def _compact(item: Item, known: Property) -> str | None:
    """The value that a compact export shows; None for one that it leaves out."""
    menu = item.menu
    value, base = item.values.get(known.name), item.base.get(known.name)
    usual = base if base is not None else known.default
    # A settings menu shows only what was set; built-in entries what was changed.
    always = known.always and item.id != "" and not item.builtin
    if value is None:
        return usual if always else None
    if menu.keeps_explicit and not item.builtin:
        return value
    if value == usual or (value == "" and usual is None):
        return value if (known.always or known.kept) and value else None
    return value
