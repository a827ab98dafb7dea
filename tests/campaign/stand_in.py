"""A device that can hold a given export, whatever the lab's data on menus lacks.

Real exports speak of menus, ports and built-in entries that ``data/`` does not list. They exist on
the device that wrote the export: ``stand_in`` makes a device that has them, ``hold`` puts the
content of an export into it as it stands. What is done to that device afterwards is judged as
everywhere in the lab; in a menu that only an export tells of every text is a value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from sekayu_net.errors import LabError
from sekayu_net.lab import edit
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.schema import Menu, Property, Schema, load
from sekayu_net.lab.state import Item, State
from sekayu_net.lab.values import ValueRefusedError, normalise
from sekayu_net.platforms.routeros import syntax

_FOUND = re.compile(r'\[\s*find\s+(?:where\s+)?([a-z-]+)=("?)(.*?)\2\s*\]')
_PORTS = "/interface ethernet"
_RADIOS = ("/interface wifi", "/interface wireless", "/interface wifiwave2")
#: What a property of this name names wherever no better is known.
_NAMED = {
    "interface": "interface", "interfaces": "interface|list", "bridge": "interface",
    "slaves": "interface", "master-interface": "interface", "datapath.bridge": "interface",
    "in-interface": "interface", "out-interface": "interface", "tagged": "interface",
    "untagged": "interface", "templates": "/routing bgp template",
}  # fmt: skip
_VERSIONS = ("7.24", "7.16", "7.10", "6.49")
_DANGLING = re.compile(r"\*[0-9A-F]+")


@dataclass(slots=True)
class _Lesson:
    """What exports tell of one menu.

    ``required``: properties that every ``add`` has. ``repeated``: rows that the lab's data says
    can't both be. ``added``: names of added items, ``always`` those that every export adds;
    ``selected`` and ``renamed``: built-in entries by how they are selected. ``positions``: how many
    entries are selected by their place. ``documents``: exports that speak of the menu.
    """

    settings: bool = False
    required: set[str] | None = None
    repeated: bool = False
    properties: dict[str, str] = field(default_factory=dict)
    entries: dict[str, dict[str, str]] = field(default_factory=dict)
    positions: int = 0
    always: set[str] | None = None
    documents: int = 0
    renamed: set[str] = field(default_factory=set)
    added: set[str] = field(default_factory=set)
    selected: set[str] = field(default_factory=set)


def stand_in(documents: Sequence[syntax.Document], version: str) -> LabDevice:
    """A device of ``version`` that can hold each of the exports. It holds none of them yet.

    ``LabError`` when no device can: one export lists what the other sets.
    """
    ports, radios = _hardware(documents)
    schema = _learn(load(version), documents)
    missing = _nameless(schema, documents, {*ports, *radios})
    ports += [name for name in missing.pop("interface", ()) if name not in ports]
    menus = dict(schema.menus)
    for path, names in missing.items():
        entries = (*menus[path].builtin, *({"name": name} for name in names))
        menus[path] = replace(menus[path], builtin=entries)
    return LabDevice(
        "stand-in", model="CHR", version=version, serial="X", ports=ports,
        radios=[(name, "5ghz-ax") for name in radios],
        schema=replace(schema, menus=MappingProxyType(menus)),
    )  # fmt: skip


def hold(device: LabDevice, document: syntax.Document) -> State:
    """Put what an export says into a new state of the device, and give it back.

    No value is judged; names that stand for nothing stay as they are written. ``LabError`` for an
    export that no device can hold.
    """
    state = device.state = device.state.blank()
    named: dict[tuple[str, str], Item] = {}
    for node in document.statements:
        menu = state.schema.menus[node.menu]
        values = _values(menu, node)
        if node.verb == "add":
            item = Item(menu, "*0")
            edit.complete(state, item, values)
            item.id = state.new_id(menu)
            item.values = values
            state.rows(menu.path).append(item)
            if values.get("name"):
                key = menu.path, values["name"]
                if key in named and menu.named and menu.unique is None:
                    # made so when its names were shortened to be made public
                    raise LabError(f"{menu.path}: two items are called {key[1]}")
                named[key] = item
            continue
        if node.selector is None:
            item = state.single(menu.path)
        else:
            chosen = named.get((menu.path, syntax.unquote(node.selector)))
            item = chosen or _entry(
                state, menu, node.selector, renamed=_renamed_default(menu, node)
            )
        edit.complete(state, item, values)
        item.values.update(values)
    return state


def _renamed_default(menu: Menu, node: syntax.Statement) -> bool:
    """Whether a statement selects the entry ``default`` by the new name that it gives it."""
    selected = syntax.unquote(node.selector or "")
    names = {row.get("name") for row in menu.builtin}
    return (
        "default" in names
        and selected not in names
        and any(a.key == "name" and a.value == selected for a in node.arguments)
    )


def _values(menu: Menu, node: syntax.Statement) -> dict[str, str]:
    values = {}
    for argument in node.arguments:
        known = menu.properties[argument.key]
        text = "yes" if argument.value is None else argument.value
        values[argument.key] = "" if argument.unset else _stored(known, text)
    return values


def _stored(known: Property, text: str) -> str:
    try:
        return normalise(known.kind, text, known.name)
    except ValueRefusedError:
        return text


def _entry(state: State, menu: Menu, selector: str, *, renamed: bool) -> Item:
    """The built-in entry that an export selects."""
    rows = [item for item in state.rows(menu.path) if item.builtin]
    key, value = _selected(selector)
    if key == "position":
        return rows[int(value)]
    if renamed or key == "default":
        return next(item for item in rows if item.base.get("name") == "default" or item is rows[0])
    return next(
        item for item in rows if item.base.get(key) == value or value in _names(menu, item.base)
    )


def _names(menu: Menu, base: Mapping[str, str]) -> tuple[str, ...]:
    keys = ("default-name", "name", *menu.key)
    return tuple(base[key] for key in keys if base.get(key))


_FIRST_IDS = {"*0": "0", "*FFFFFFFE": "1"}


def _selected(selector: str) -> tuple[str, str]:
    """How an export selects a built-in entry: the property (``position`` …) and its value."""
    match = _FOUND.fullmatch(selector)
    if match is not None:
        return (match[1], match[3]) if match[1] != "default" else ("default", "yes")
    text = syntax.unquote(selector)
    if text in _FIRST_IDS:
        return "position", _FIRST_IDS[text]
    if text.isdigit():
        return "position", text
    return "name", text


def _hardware(documents: Iterable[syntax.Document]) -> tuple[list[str], list[str]]:
    ports: dict[str, None] = {}
    radios: dict[str, None] = {}
    for node in (node for document in documents for node in document.statements):
        if node.selector is None or node.verb != "set":
            continue
        key, value = _selected(node.selector)
        if node.menu == _PORTS:
            ports[value] = None
        elif node.menu in _RADIOS and key == "default-name":
            radios[value] = None
    return list(ports), list(radios)


def _learn(schema: Schema, documents: Sequence[syntax.Document]) -> Schema:
    """The schema, with every menu, property and built-in entry that the exports use."""
    lessons: dict[str, _Lesson] = {}
    for document in documents:
        for path, nodes in _by_menu(document).items():
            lesson = lessons.setdefault(path, _Lesson())
            added: set[str] = set()
            for node in nodes:
                _study(lesson, node, added, schema.menus.get(path))
            lesson.documents += 1
            lesson.always = added if lesson.always is None else lesson.always & added
            lesson.repeated |= _repeats(schema.menus.get(path), nodes)
    menus = dict(schema.menus)
    for path, lesson in lessons.items():
        if lesson.documents < len(documents):
            lesson.always = set()
        menus[path] = _extended(menus.get(path), path, lesson)
    for path, menu in menus.items():
        if any(_names_of(prop) and not known.names for prop, known in menu.properties.items()):
            properties = {
                prop: known if known.names else replace(known, names=_names_of(prop))
                for prop, known in menu.properties.items()
            }
            menus[path] = replace(menu, properties=MappingProxyType(properties))
    own = [path for path in schema.interface_menus if path in menus]
    own += [path for path, menu in menus.items() if menu.interface_type and path not in own]
    own.remove("/interface loopback")
    return replace(
        schema,
        menus=MappingProxyType(menus),
        order=(*schema.order, *(path for path in lessons if path not in schema.menus)),
        interface_menus=tuple(own),
        references=tuple(
            (path, prop, known.names)
            for path, menu in menus.items()
            for prop, known in menu.properties.items()
            if known.names
        ),
    )


def _names_of(prop: str) -> str | None:
    return "interface" if prop.endswith("-interface") else _NAMED.get(prop)


def _by_menu(document: syntax.Document) -> dict[str, list[syntax.Statement]]:
    found: dict[str, list[syntax.Statement]] = {}
    for node in document.statements:
        found.setdefault(node.menu, []).append(node)
    return found


def _study(lesson: _Lesson, node: syntax.Statement, added: set[str], known: Menu | None) -> None:
    """Learn from one statement; ``added`` collects the names that this export adds."""
    for argument in node.arguments:
        kind = "text" if argument.value is not None or argument.unset else "flag"
        prop = known.properties.get(argument.key) if known is not None else None
        if prop is None:
            lesson.properties.setdefault(argument.key, kind)
        elif argument.value is not None and not _accepts(prop, argument.value):
            lesson.properties[argument.key] = "text"
    if node.verb == "add":
        given = {argument.key for argument in node.arguments if argument.value}
        lesson.required = given if lesson.required is None else lesson.required & given
        names = {a.value for a in node.arguments if a.key == "name" and a.value}
        added |= names
        lesson.added |= names
    elif node.selector is None:
        lesson.settings = True
    elif syntax.unquote(node.selector) not in added:
        key, value = _selected(node.selector)
        if known is not None and _renamed_default(known, node):
            key = "default"
            lesson.renamed.add(value)
        lesson.selected.add("default" if key == "default" else value)
        if key == "position":
            lesson.positions = max(lesson.positions, int(value) + 1)
        elif key == "default":
            lesson.entries.setdefault("default", {"name": "default"})
        elif key == "default-name":
            lesson.entries.setdefault(value, {"default-name": value, "name": value})
        else:
            called = known.key[0] if key == "name" and known is not None and known.key else key
            lesson.entries.setdefault(value, {called: value})


def _repeats(menu: Menu | None, nodes: Sequence[syntax.Statement]) -> bool:
    """Whether an export has two rows of which the lab's data says that they can't both be."""
    if menu is None or menu.unique is None:
        return False
    seen = set()
    for node in nodes:
        if node.verb == "add":
            values = {argument.key: argument.value for argument in node.arguments}
            key = tuple(values.get(prop) for prop in menu.unique[0])
            if key in seen:
                return True
            seen.add(key)
    return False


def _accepts(prop: Property, text: str) -> bool:
    """Whether the value is one of the property's kind, in the form in which that is kept."""
    try:
        stored = normalise(prop.kind, text, prop.name)
    except ValueRefusedError:
        return False
    return stored == text or prop.kind.startswith(("time", "bool", "flag"))


def _extended(menu: Menu | None, path: str, lesson: _Lesson) -> Menu:
    if menu is None:
        interface = path.startswith("/interface ") and path.count(" ") == 1
        listed = not lesson.settings and ("name" in lesson.properties or path in _RADIOS)
        if listed:
            lesson.properties.setdefault("name", "text")
        menu = Menu(
            path=path,
            kind="settings" if lesson.settings else "list",
            properties=MappingProxyType({}),
            key=("name",) if listed else (),
            can_add=not lesson.settings,
            can_remove=not lesson.settings,
            interface_type=path.rpartition(" ")[2] if interface and listed else None,
        )
    properties = dict(menu.properties)
    for name, kind in lesson.properties.items():
        old = properties.get(name)
        old = old or _elsewhere(path, name)
        default = "no" if name == "disabled" else None  # as everywhere in RouterOS
        properties[name] = (
            replace(old, kind=kind) if old else Property(name=name, default=default, kind=kind)
        )
    known_list = menu.kind != "settings"
    if lesson.settings if known_list else (lesson.selected or lesson.required is not None):
        raise LabError(
            f"{path} has another form in this version",
            hint="take exports of versions that are nearer to each other",
        )
    if (lesson.settings and lesson.required is not None) or lesson.added & (
        lesson.selected | lesson.renamed
    ):
        raise LabError(
            f"one export has {path} in another form than the other",
            hint="take exports of versions that are nearer to each other",
        )
    menu = replace(menu, builtin=_born(menu, lesson))
    have = {name for row in menu.builtin for name in _names(menu, row)}
    hardware = path == _PORTS or (path in _RADIOS[:2])
    more: list[Mapping[str, str]] = [
        row
        for name, row in lesson.entries.items()
        if name not in have and not hardware and not (name == "default" and menu.builtin)
    ]
    blank = max(0, lesson.positions - len(menu.builtin) - len(more))
    more += [{} for _ in range(blank)]
    return replace(
        menu,
        required=tuple(
            menu.required
            if lesson.required is None
            else (name for name in menu.required if name in lesson.required)
        ),
        unique=None if lesson.repeated else menu.unique,
        properties=MappingProxyType(properties),
        builtin=(*menu.builtin, *more),
        selector="position" if lesson.positions else menu.selector,
    )


def _born(menu: Menu, lesson: _Lesson) -> tuple[Mapping[str, str], ...]:
    """What is built in: not what every export adds by itself."""
    added = {row.get("name") for row in menu.builtin} & lesson.added
    if not added or "default" in lesson.selected:  # the built-in one has another name there
        return menu.builtin
    if not added <= (lesson.always or set()):
        raise LabError(
            f"one export adds what is built in, in {menu.path}; the other says nothing of it",
            hint="take exports of versions that are nearer to each other",
        )
    return tuple(row for row in menu.builtin if row.get("name") not in added)


def _elsewhere(path: str, name: str) -> Property | None:
    """What another version knows of a property."""
    for version in _VERSIONS:
        menu = load(version).menus.get(path)
        if menu is not None and name in menu.properties:
            return menu.properties[name]
    return None


def _nameless(
    schema: Schema, documents: Iterable[syntax.Document], hardware: set[str]
) -> dict[str, list[str]]:
    """Names that an export uses and does not make: by menu, or ``interface``."""
    missing: dict[str, dict[str, None]] = {}
    for document in documents:
        made = _made(schema, document, hardware)
        nodes = _by_menu(document)
        for path, prop, target in schema.references:
            menus = [target] if target.startswith("/") else ["interface"]
            if target == "interface|list":
                menus.append("/interface list")
            for node in nodes.get(path, ()):
                for name in _used(node, prop):
                    if name not in schema.words and not any(
                        name in made.get(menu, ()) for menu in menus
                    ):
                        missing.setdefault(menus[0], {})[name] = None
    return {path: list(names) for path, names in missing.items()}


def _used(node: syntax.Statement, prop: str) -> Iterator[str]:
    for argument in node.arguments:
        if argument.key == prop and argument.value:
            for part in argument.value.split(","):
                name = part.lstrip("!")
                if name and not _DANGLING.fullmatch(name):
                    yield name


def _made(schema: Schema, document: syntax.Document, hardware: set[str]) -> dict[str, set[str]]:
    made: dict[str, set[str]] = {"interface": set(hardware)}
    for path, menu in schema.menus.items():
        made[path] = {row["name"] for row in menu.builtin if row.get("name")}
        if menu.interface_type:
            made["interface"] |= made[path]
    for node in document.statements:
        for argument in node.arguments:
            if argument.key == "name" and argument.value:
                made[node.menu].add(argument.value)
                if schema.menus[node.menu].interface_type:
                    made["interface"].add(argument.value)
    return made
