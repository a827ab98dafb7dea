"""What a script does to a configuration, told without a device.

What lives here: an interpreter of exactly those constructs that ``script`` and ``inverse`` write
(``tests/cases/routeros/README.md`` lists them). What does not: RouterOS's own language, and the
checks that a device makes of values.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sekayu_net.errors import ConfigSyntaxError, InputError
from sekayu_net.platforms.routeros.diff import Edit
from sekayu_net.platforms.routeros.quoting import unquote
from sekayu_net.platforms.routeros.schema import Menu
from sekayu_net.platforms.routeros.state import follow, position
from sekayu_net.platforms.routeros.syntax import VERBS
from sekayu_net.platforms.routeros.tree import (
    Row,
    Tree,
    built_in,
    canonical_values,
    entry_name,
    name_of,
)

_COUNT = re.compile(r"^\[:len \[(/.*)\]\] (=|<|>) (\d+)$", re.DOTALL)
_PICK = re.compile(r"^\[:pick (\[.*\]) (\d+)\]$", re.DOTALL)


class _FailedError(Exception):
    """A command that a device would refuse."""


def run(tree: Tree, script: str, *, file: str | None = None) -> None:
    """Apply a script to ``tree``, line by line.

    Raises ``ConfigSyntaxError`` for what is no such script, ``InputError`` for a statement that
    fails outside ``on-error``; what ran before stays applied, as on a device.
    """
    for number, line in enumerate(script.splitlines(), start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        try:
            _line(tree, text)
        except _FailedError as error:
            raise InputError(str(error), file=file, line=number) from None
        except ConfigSyntaxError as error:
            raise ConfigSyntaxError(
                error.message, file=file, line=number, column=error.column, hint=error.hint
            ) from None


def _line(tree: Tree, text: str) -> None:
    words = tokens(text)
    if words[0] == ":do":
        if len(words) != 3 or words[2] != "on-error={}":
            raise ConfigSyntaxError("expected :do { … } on-error={}", column=1)
        try:
            _line(tree, _body(words[1]))
        except _FailedError:
            return
    elif words[0] == ":if":
        if len(words) != 3 or not words[2].startswith("do="):
            raise ConfigSyntaxError("expected :if (…) do={ … }", column=1)
        if _condition(tree, words[1]):
            _line(tree, _body(words[2].removeprefix("do=")))
    else:
        _command(tree, words)


def _body(word: str) -> str:
    if not (word.startswith("{") and word.endswith("}")):
        raise ConfigSyntaxError("expected { … }", column=1)
    return word[1:-1].strip()


def tokens(text: str) -> list[str]:
    """Words of a line: blanks part them, but not inside quotes and brackets."""
    words: list[str] = []
    start: int | None = None
    depth = 0
    quoted = False
    index = 0
    while index < len(text):
        character = text[index]
        if quoted:
            if character == "\\":
                index += 1
            elif character == '"':
                quoted = False
        elif character == " " and depth == 0:
            if start is not None:
                words.append(text[start:index])
                start = None
            index += 1
            continue
        elif character == '"':
            quoted = True
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
        if start is None:
            start = index
        index += 1
    if quoted or depth != 0:
        raise ConfigSyntaxError("a quote or bracket does not end", column=len(text))
    if start is not None:
        words.append(text[start:])
    return words


def _condition(tree: Tree, word: str) -> bool:
    if not (word.startswith("(") and word.endswith(")")):
        raise ConfigSyntaxError("expected ( … )", column=1)
    text = word[1:-1].strip()
    parts = tokens(text)
    if "&&" in parts:
        return all(_condition(tree, part) for part in parts if part != "&&")
    match = _COUNT.match(text)
    if match is None:
        raise ConfigSyntaxError(f"not a condition: {text[:40]}", column=1)
    path, rest = _path(tokens(match[1]))
    count = len(_find(tree, path, rest))
    wanted = int(match[3])
    return {"=": count == wanted, "<": count < wanted, ">": count > wanted}[match[2]]


def _path(words: Sequence[str]) -> tuple[str, list[str]]:
    """Menu path and the rest, which begins with a verb."""
    for place, word in enumerate(words):
        if word.lstrip("/") in VERBS or word == "find":
            path = "/" + " ".join(" ".join(words[:place]).replace("/", " ").split())
            return path, list(words[place:])
    raise ConfigSyntaxError(f"no command in {' '.join(words)[:40]!r}", column=1)


def _find(tree: Tree, path: str, words: Sequence[str]) -> list[Row]:
    """The rows that ``find key="value" …`` matches."""
    menu = tree.menu(path)
    wanted: list[tuple[str, str, str]] = []
    for word in words[1:]:
        key, equals, literal = word.partition("=")
        if key == "where" and not equals:
            continue
        if not equals:
            raise ConfigSyntaxError(f"expected key=value in find, found {word!r}", column=1)
        if key == "dynamic":
            continue  # no export shows a dynamic row
        value = unquote(literal)
        # in the form in which a row's own value is compared
        normal = canonical_values(menu, {key: value}, None).get(key, menu.normal(key, value))
        wanted.append((key, value, normal))
    # a built-in row says all that it is: its own defaults must not hide that
    rows = [(row, canonical_values(menu, row.values, None)) for row in built_in(tree, path)]
    rows += [(row, row.canonical(menu)) for row in tree.rows(path) if row.entry is None]
    for key, _, normal in wanted:
        default = menu.default(key)
        absent = "" if default is None else menu.normal(key, default)
        rows = [found for found in rows if found[1].get(key, absent) == normal]
    return [row for row, _ in rows]


def _rows(tree: Tree, menu: Menu, selector: str) -> list[Row]:
    pick = _PICK.match(selector)
    if pick is not None:
        found = _rows(tree, menu, pick[1])
        number = int(pick[2])
        return found[number : number + 1]
    if selector.startswith("["):
        words = tokens(selector[1:-1].strip())
        if words[:1] != ["find"]:
            raise ConfigSyntaxError(f"expected [find …], found {selector[:40]}", column=1)
        found = _find(tree, menu.path, words)
        conditions = [word for word in words[1:] if word != "where"]
        if found or len(conditions) != 1:
            return found
        by_name = conditions[0].partition("=")[0] in ("default-name", "default", "name")
        name = entry_name(menu, selector)
        if not by_name or (
            menu.kind == "list"
            and conditions[0].startswith("name=")
            and not any(row.entry == name for row in tree.rows(menu.path))
        ):
            return []
        return [_entry(tree, menu, name, selector)]
    name = unquote(selector)
    for row in tree.rows(menu.path):
        if row.entry != "" and name_of(menu, row.values, row.entry) == name:
            return [row]
    return [_entry(tree, menu, entry_name(menu, selector), selector)]


def _entry(tree: Tree, menu: Menu, name: str, selector: str | None) -> Row:
    for row in tree.rows(menu.path):
        if row.entry == name:
            return row
    row = Row({}, name, selector)
    tree.menus.setdefault(menu.path, []).append(row)
    return row


def _command(tree: Tree, words: Sequence[str]) -> None:
    path, rest = _path(words)
    menu = tree.menu(path)
    verb, arguments = rest[0], rest[1:]
    if verb == "add":
        _add(tree, menu, arguments)
    elif verb == "set":
        _set(tree, menu, arguments)
    elif verb == "remove":
        rows = _rows(tree, menu, _one(arguments))
        for row in rows:
            if row.entry is not None:
                raise _FailedError(f"{path}: a built-in entry can't be removed")
            del tree.menus[path][position(tree.menus[path], row)]
        if not rows and arguments[0].startswith("[:pick"):
            raise _FailedError(f"{path}: no such item")
    elif verb == "move":
        _move(tree, menu, arguments)
    else:
        raise ConfigSyntaxError(f"{verb} changes no configuration", column=1)


def _one(arguments: Sequence[str]) -> str:
    if len(arguments) != 1:
        raise ConfigSyntaxError("expected one selector", column=1)
    return arguments[0]


def _edits(arguments: Sequence[str]) -> list[Edit]:
    edits: list[Edit] = []
    prefix = ""
    for word in arguments:
        if word.startswith("!"):
            edits.append((word[1:], None, True))
            continue
        key, equals, literal = word.partition("=")
        if key.startswith("."):
            key = prefix + key
        elif "." in key:
            prefix = key.rpartition(".")[0]
        edits.append((key, unquote(literal) if equals else None, False))
    return edits


def _add(tree: Tree, menu: Menu, arguments: Sequence[str]) -> None:
    before: Row | None = None
    plain: list[str] = []
    for word in arguments:
        if word.startswith("place-before="):
            found = _rows(tree, menu, word.removeprefix("place-before="))
            if not found:
                raise _FailedError(f"{menu.path} add: no such item to place it before")
            before = found[0]
        else:
            plain.append(word)
    row = Row({key: value for key, value, unset in _edits(plain) if not unset})
    rows = tree.menus.setdefault(menu.path, [])
    name = row.values.get("name")
    if name and menu.key == ("name",) and any(r.values.get("name") == name for r in rows):
        raise _FailedError(f"{menu.path} add: already have an item with name {name}")
    rows.insert(len(rows) if before is None else position(rows, before), row)


def _set(tree: Tree, menu: Menu, arguments: Sequence[str]) -> None:
    first = arguments[0] if arguments else ""
    selected = bool(first) and (
        first.startswith("[")
        or (not first.startswith("!") and ("=" not in first or first.startswith('"')))
    )
    if not selected:
        rows = [_entry(tree, menu, "", None)]
        edits = _edits(arguments)
    else:
        rows = _rows(tree, menu, first)
        edits = _edits(arguments[1:])
        if not rows:
            raise _FailedError(f"{menu.path} set: no such item")
    for found in rows:
        row = found
        if row.entry and not any(other is row for other in tree.rows(menu.path)):
            row = _entry(tree, menu, row.entry, row.selector)
        name = name_of(menu, row.values, row.entry)
        row.update(edits)
        new = name_of(menu, row.values, row.entry)
        if name and new and name != new:
            for path, others in tree.menus.items():
                for other in others:
                    changes = follow(tree.menu(path), other, menu.path, name, new)
                    if changes:
                        other.update(changes)


def _move(tree: Tree, menu: Menu, arguments: Sequence[str]) -> None:
    if not 1 <= len(arguments) <= 2:
        raise ConfigSyntaxError("expected move SELECTOR [SELECTOR]", column=1)
    moved = _rows(tree, menu, arguments[0])
    target = _rows(tree, menu, arguments[1]) if len(arguments) == 2 else None
    if not moved or (target is not None and not target):
        raise _FailedError(f"{menu.path} move: no such item")
    rows = tree.menus[menu.path]
    for row in moved:
        if target is not None and row is target[0]:
            continue
        del rows[position(rows, row)]
        rows.insert(len(rows) if target is None else position(rows, target[0]), row)
