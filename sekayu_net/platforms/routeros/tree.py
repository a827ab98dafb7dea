"""A configuration as menus of rows, and its one canonical text.

What lives here: from a parsed document to rows, comparison of rows, and back to text. What does
not: what to do about differences (``diff``) and how (``script``).

A row is an item of a list, a built-in entry, or the one row of a settings menu: ``entry`` tells
which. ``None``: an ordinary item. ``""``: a settings menu. Else the built-in entry's name in one
form (``ssh``, ``default-name=ether1``); ``selector`` keeps how the device writes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from sekayu_net.errors import ConfigSyntaxError
from sekayu_net.platforms.routeros.quoting import quote, unquote
from sekayu_net.platforms.routeros.record import OWN_ENTRY
from sekayu_net.platforms.routeros.schema import OWN_MENUS, Menu, Schema, schema
from sekayu_net.platforms.routeros.syntax import (
    Argument,
    Document,
    Remark,
    Statement,
    format_document,
    parse,
)

DEFAULT_VERSION = "7.16"


@dataclass(slots=True, eq=False)
class Row:
    """One row; mutable only while a script is computed. ``values``: None is a bare flag."""

    values: dict[str, str | None]
    entry: str | None = None
    selector: str | None = None
    line: int = 0
    _canonical: dict[str, str] | None = field(default=None, repr=False)

    def copy(self) -> Row:
        """A row of its own with the same content."""
        return Row(dict(self.values), self.entry, self.selector, self.line, self._canonical)

    def canonical(self, menu: Menu) -> dict[str, str]:
        """Normal values of what differs from the default. Do not change the result."""
        if self._canonical is None:
            self._canonical = canonical_values(menu, self.values, self.entry)
        return self._canonical

    def replace(self, values: Mapping[str, str | None]) -> None:
        """Say something else altogether."""
        self.values.clear()
        self.values.update(values)
        self._canonical = None

    def update(self, changes: Iterable[tuple[str, str | None, bool]]) -> None:
        """Apply ``(property, value, unset)`` in order."""
        for prop, value, unset in changes:
            if unset:
                self.values.pop(prop, None)
            else:
                self.values[prop] = value
        self._canonical = None


def canonical_values(
    menu: Menu, values: dict[str, str | None], entry: str | None
) -> dict[str, str]:
    """What a row says beyond its defaults, in normal form."""
    result: dict[str, str] = {}
    for prop, value in values.items():
        normal = menu.normal(prop, value)
        default = menu.default(prop, entry)
        if default is None:
            if normal == "":
                continue  # an empty value is an unset one
        elif normal == default or normal == menu.normal(prop, default):
            continue
        result[prop] = normal
    if menu.path == "/ip address":
        address = result.get("address")
        if address is not None:
            if "/" not in address:
                result["address"] = address = address + "/32"
            if result.get("network") == network_of(address):
                del result["network"]
    return result


def network_of(address: str) -> str | None:
    """The network that a device computes from ``10.0.0.1/24``; None for what is no address."""
    host, _, length = address.partition("/")
    octets = host.split(".")
    if len(octets) != 4 or not all(o.isdigit() for o in octets) or not length.isdigit():
        return None
    number = 0
    for octet in octets:
        number = number << 8 | int(octet)
    number &= ~((1 << 32 - min(int(length), 32)) - 1)
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


@dataclass(slots=True)
class Tree:
    """Menus in the order of their first appearance. ``unreadable``: the device failed to say."""

    schema: Schema
    menus: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: set[str] = field(default_factory=set)

    def menu(self, path: str) -> Menu:
        """The facts on one menu."""
        return self.schema.menu(path)

    def rows(self, path: str) -> list[Row]:
        """The rows of a menu; empty when the text doesn't mention it."""
        return self.menus.get(path, [])

    def settings(self, path: str) -> dict[str, str | None]:
        """The values of a settings menu."""
        return next((row.values for row in self.rows(path) if row.entry == ""), {})

    def copy(self) -> Tree:
        """A tree of its own."""
        menus = {path: [row.copy() for row in rows] for path, rows in self.menus.items()}
        return Tree(self.schema, menus, set(self.unreadable))


def built_in(tree: Tree, path: str) -> list[Row]:
    """What ``find`` meets in a list besides its ordinary items: the built-in ones, said in full.

    An export shows a built-in item only when it was changed. The rows are copies; ``entry`` tells
    which each is.
    """
    menu = tree.menu(path)
    said = {row.entry: row for row in tree.rows(path) if row.entry}
    if menu.kind != "list" or not (menu.entries or said):
        return []
    rows: list[Row] = []
    for name in [*menu.entries, *(name for name in said if name not in menu.entries)]:
        values: dict[str, str | None] = {**menu.radio, **menu.entries.get(name, {})}
        default = menu.default("name", name)
        if default is not None and "name" in menu.key:
            values["name"] = default
        explicit = said.get(name)
        if explicit is not None:
            values.update(explicit.values)
        rows.append(Row(values, name, explicit.selector if explicit is not None else name))
    return rows


def selector_of(menu: Menu, row: Row) -> str:
    """How a statement selects a built-in entry now; empty for a settings menu."""
    selector = row.selector or ""
    if selector and menu.key == ("name",) and selector not in ("*0", "*FFFFFFFE"):
        name = name_of(menu, row.values, row.entry)
        if name and not selector.startswith("[") and not selector.isdigit():
            return quote(name)
    return selector


def version_of(text: str) -> str | None:
    """The version that the header of an export names: ``by RouterOS 7.16.2``."""
    for line in text.split("\n", 12)[:12]:
        if line.startswith("#") and "by RouterOS " in line:
            return line.split("by RouterOS ", 1)[1].split()[0]
    return None


def name_of(menu: Menu, values: Mapping[str, str | None], entry: str | None) -> str | None:
    """What others call a row by: its name, a built-in entry's own without one."""
    return values.get("name") or (menu.default("name", entry) if entry else None)


def entry_name(menu: Menu, selector: str) -> str:
    """A built-in entry's name in one form, whichever way a text selects it."""
    if selector.startswith("["):
        words = selector.strip("[] \t").split(None, 1)
        rest = words[1].strip() if len(words) > 1 else ""
        key, _, literal = rest.removeprefix("where ").partition("=")
        value = unquote(literal.strip())
        key = key.strip()
        if key == "default" and value == "yes":
            if menu.path == "/interface wireless security-profiles" or not menu.entries:
                return "default"
            return next(iter(menu.entries))
        if key == "name":
            return f"default-name={value}" if menu.path == "/interface ethernet" else value
        return f"{key}={value}"
    value = unquote(selector)
    if menu.path == "/ppp profile":
        return {"*0": "default", "*FFFFFFFE": "default-encryption"}.get(value, value)
    if menu.path == "/interface ethernet":
        return f"default-name={value}"
    if value.isdigit() and menu.path in ("/queue type", "/system logging action"):
        names = list(menu.entries)
        return names[int(value)] if int(value) < len(names) else value
    return value


def build(document: Document, schema: Schema, *, file: str | None = None) -> Tree:
    """The rows of a document.

    Raises ``ConfigSyntaxError`` for a statement that describes no state (``remove`` …).
    """
    tree = Tree(schema)
    entries: dict[tuple[str, str], Row] = {}
    names: dict[tuple[str, str], Row] = {}
    for node in document.body:
        if isinstance(node, Remark):
            unreadable = node.unreadable
            if unreadable is not None:
                tree.unreadable.add(unreadable)
            continue
        values = {a.key: a.value for a in node.arguments if not a.unset}
        if node.verb == "add":
            if node.menu in OWN_MENUS and OWN_ENTRY.fullmatch(values.get("name") or ""):
                continue
            row = Row(values, line=node.line)
            tree.menus.setdefault(node.menu, []).append(row)
            if values.get("name"):
                names[node.menu, values["name"] or ""] = row
            continue
        if node.verb != "set":
            raise ConfigSyntaxError(
                f"{node.verb} in {node.menu} describes no configuration",
                file=file,
                line=node.line,
                column=1,
                hint="a configuration holds add and set; apply a script with config apply",
            )
        _set(tree, node, values, entries, names)
    return tree


def _set(
    tree: Tree,
    node: Statement,
    values: dict[str, str | None],
    entries: dict[tuple[str, str], Row],
    names: dict[tuple[str, str], Row],
) -> None:
    menu = tree.menu(node.menu)
    name = "" if node.selector is None else entry_name(menu, node.selector)
    if (
        name
        and name not in menu.entries
        and values.get("name") == name
        and "default" in menu.entries
    ):
        name = "default"  # which was renamed, and is selected by its name of now
    row = entries.get((node.menu, name)) or names.get((node.menu, name))
    if row is None:
        row = Row({}, name, node.selector, node.line)
        entries[node.menu, name] = row
        tree.menus.setdefault(node.menu, []).append(row)
    row.values.update(values)
    for argument in node.arguments:
        if argument.unset:
            row.values.pop(argument.key, None)


def read(text: str, version: str | None = None, *, file: str | None = None) -> Tree:
    """Parse and build. Without ``version`` the header's counts, else ``DEFAULT_VERSION``."""
    chosen = version or version_of(text) or DEFAULT_VERSION
    return build(parse(text, file=file), schema(chosen), file=file)


def statement(menu: Menu, row: Row, values: dict[str, str | None] | None = None) -> Statement:
    """The statement that describes a row, keys ascending."""
    chosen = row.values if values is None else values
    arguments = tuple(Argument(key, chosen[key]) for key in sorted(chosen))
    if row.entry is None:
        return Statement(menu.path, "add", None, arguments)
    return Statement(menu.path, "set", selector_of(menu, row) or None, arguments)


def to_text(tree: Tree, *, width: int = 80) -> str:
    """The tree as a device would export it: every value that it holds, rows in order."""
    body: list[Statement | Remark] = [
        Remark(f'#error exporting "{path.replace(" ", "/")}"') for path in sorted(tree.unreadable)
    ]
    for path, rows in tree.menus.items():
        menu = tree.menu(path)
        body.extend(statement(menu, row) for row in rows if row.values or row.entry is None)
    return format_document(Document((), tuple(body)), width=width)


def canonical_rows(tree: Tree, path: str) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """The rows of a menu for comparison: sorted where order means nothing."""
    menu = tree.menu(path)
    result = [
        (row.entry or "", tuple(sorted(row.canonical(menu).items())))
        for row in tree.rows(path)
        if row.entry is None or row.canonical(menu)
    ]
    if not menu.ordered:
        result.sort()
    return result


def canonical_text(tree: Tree) -> str:
    """One text for all trees that mean the same. Idempotent: reading it gives the same tree."""
    body: list[Statement | Remark] = [
        Remark(f'#error exporting "{path.replace(" ", "/")}"') for path in sorted(tree.unreadable)
    ]
    for path in sorted(tree.menus):
        menu = tree.menu(path)
        rows = [row for row in tree.menus[path] if row.entry is None or row.canonical(menu)]
        lines = [(_canonical_statement(menu, row), row.entry is None) for row in rows]
        entries = sorted((line for line, item in lines if not item), key=_statement_key)
        items = [line for line, item in lines if item]
        if not menu.ordered:
            items.sort(key=_statement_key)
        body.extend(entries)
        body.extend(items)
    return format_document(Document((), tuple(body)))


def _canonical_statement(menu: Menu, row: Row) -> Statement:
    canonical = row.canonical(menu)
    values: dict[str, str | None] = {
        key: _sorted_set(menu, key, value) for key, value in row.values.items() if key in canonical
    }
    return statement(menu, row, values)


def _sorted_set(menu: Menu, key: str, value: str | None) -> str | None:
    return menu.normal(key, value) if value is not None and key in menu.sets else value


def _statement_key(node: Statement) -> tuple[str, tuple[tuple[str, str], ...]]:
    return node.selector or "", tuple((a.key, a.value or "") for a in node.arguments)


def equal(left: Tree, right: Tree) -> bool:
    """Whether two trees mean the same."""
    paths = left.menus.keys() | right.menus.keys()
    return all(canonical_rows(left, path) == canonical_rows(right, path) for path in paths)


def describe(menu: Menu, row: Row) -> str:
    """A row's natural key as a person reads it: name, else key, else the telling properties."""
    if row.entry:
        return row.entry.removeprefix("default-name=")
    values = row.values
    if row.entry == "":
        return ""
    if menu.key == ("name",) and values.get("name"):
        return str(values["name"])
    parts = [f"{key}={values[key]}" for key in menu.key if values.get(key)]
    if parts and menu.known:
        return " ".join(parts)
    return " ".join(telling(menu, values)) or "(empty)"


_FIRST = ("name", "chain", "action", "comment")


def telling(menu: Menu, values: dict[str, str | None]) -> Iterator[str]:
    """All properties of a row, the most telling first, secrets left out."""
    keys = [key for key in _FIRST if key in values]
    keys += [key for key in sorted(values) if key not in _FIRST]
    for key in keys:
        value = values[key]
        if menu.is_secret(key):
            yield f"{key}=(secret)"
        elif value is None:
            yield key
        elif " " in value or not value:
            yield f'{key}="{value}"'
        else:
            yield f"{key}={value}"
