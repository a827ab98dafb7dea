"""Values and entries of ``offices.yaml`` written in place: all else stays as a person wrote it.

Where a value stands is asked of the YAML parser, not of a pattern; the file is replaced in one
step, and read again before that, so that a slip is found before it is kept. The caller holds the
project's lock. What is written is decided elsewhere.
"""

from __future__ import annotations

import shutil
import tempfile
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import yaml

from sekayu_net.errors import InputError, ProjectError
from sekayu_net.inventory.offices import OfficeEntry, Offices
from sekayu_net.yaml_lines import read, validate

FILE = "offices.yaml"
#: What is written in quotes: it would be read as a number.
_QUOTED = frozenset(("version", "code"))
Key = str | int


def set_device(folder: Path, host: str, **values: str) -> None:
    """Write ``serial``, ``model`` or ``version`` of a device, by its host name.

    ``ProjectError`` when it isn't there, or the value is not written in its entry.
    """
    file = folder / FILE
    place = device_place(file, host)
    text = file.read_text(encoding="utf-8")
    for key, value in values.items():
        text = _put(file, text, (*place, key), value)
    _replace(file, text)


def set_office(folder: Path, code: str, **values: str) -> None:
    """Write ``name``, ``kind`` … of an office, by its code."""
    file = folder / FILE
    place = office_place(file, code)
    text = file.read_text(encoding="utf-8")
    for key, value in values.items():
        text = _put(file, text, (*place, key), value)
    _replace(file, text)


@contextmanager
def rehearsal(inventory: Path) -> Iterator[Path]:
    """A copy of the inventory's folder, to edit and load: what an edit would bring about."""
    with tempfile.TemporaryDirectory() as copy:
        yield Path(shutil.copytree(inventory, Path(copy) / "inventory"))


def rename_office(folder: Path, code: str, name: str) -> None:
    """Give an office another name, and follow it where its host or short name is written."""
    file = folder / FILE
    entries = validate(read(file), Offices)
    number = int(office_place(file, code)[1])
    old = entries.offices[number]
    new = OfficeEntry(**{**dict(old), "name": name})
    text = _put(file, file.read_text(encoding="utf-8"), ("offices", number, "name"), name)
    for role, each, _ in old.devices:
        if old.host(role, each) == entries.district.hub:
            text = _put(file, text, ("district", "hub"), new.host(role, each))
    for at, office in enumerate(entries.offices):
        if office.uplink.to == old.slug:
            text = _put(file, text, ("offices", at, "uplink", "to"), new.slug)
    _replace(file, text)


def merge_office(folder: Path, code: str, into: str, moved: Mapping[str, int]) -> None:
    """Take an office out, and put some of its devices (host → new number) last in another office.

    Each goes with its lines and what is said on them and above; the router's ``port`` that it hung
    on stays behind.
    """
    file = folder / FILE
    text = file.read_text(encoding="utf-8")
    gone, stays = office_place(file, code), office_place(file, into)
    taken: dict[str, list[str]] = {}
    for host, number in moved.items():
        place = device_place(file, host)
        first, last = _lines(file, text, place)
        entry = textwrap.dedent("".join(text.splitlines(keepends=True)[first : last + 1]))
        taken.setdefault(str(place[2]), []).append(_renumbered(entry, number))
    for key, entries in taken.items():
        text = _append(file, text, (*stays, key), entries)
    first, last = _lines(file, text, gone)
    lines = text.splitlines(keepends=True)
    _replace(file, "".join(lines[:first] + lines[last + 1 :]))


def _lines(file: Path, text: str, path: Sequence[Key]) -> tuple[int, int]:
    """The first and last line (from 0) of an entry of a list, with the remarks right above it."""
    listed, node = _node(text, path[:-1]), _node(text, path)
    if not isinstance(listed, yaml.SequenceNode) or listed.flow_style or node is None:
        raise ProjectError(
            f"{file}: {'.'.join(map(str, path))} does not stand on a line of its own",
            hint="write the list with a line for each entry",
        )
    lines = text.splitlines()
    first = node.start_mark.line
    column = len(lines[first]) - len(lines[first].lstrip())
    while first and lines[first - 1].startswith(" " * column + "#"):
        first -= 1
    return first, _last_line(node)


def _last_line(node: yaml.Node) -> int:
    """Where it ends; a block's own mark is already on what follows it."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        return int(node.end_mark.line)
    children = [
        each for entry in node.value for each in (entry if type(entry) is tuple else [entry])
    ]
    return max((_last_line(each) for each in children), default=int(node.start_mark.line))


def _renumbered(entry: str, number: int) -> str:
    """A device's lines with another number, and without the port of the router left behind."""
    for key in ("port", "number"):
        entry = _without(entry, key)
    node = _mapping(entry, (0,))
    at = node.start_mark.index
    if node.flow_style:
        return f"{entry[: at + 1]}number: {number}, {entry[at + 1 :]}"
    return f"{entry[:at]}number: {number}\n{' ' * node.start_mark.column}{entry[at:]}"


def _mapping(text: str, path: Sequence[Key]) -> yaml.MappingNode:
    node = _node(text, path)
    if not isinstance(node, yaml.MappingNode):
        raise ProjectError(f"{text.strip()} is no entry of a device", hint="edit it by hand")
    return node


def _without(text: str, wanted: str) -> str:
    """The lines of a device without one of its keys."""
    mapping = _mapping(text, (0,))
    for at, (key, value) in enumerate(mapping.value):
        if key.value != wanted:
            continue
        if at + 1 < len(mapping.value):  # up to the next key
            return text[: key.start_mark.index] + text[mapping.value[at + 1][0].start_mark.index :]
        if at:  # the last one: from the end of the one before
            end = mapping.value[at - 1][1].end_mark.index
            return text[:end] + text[value.end_mark.index :]
    return text


def _append(file: Path, text: str, place: Sequence[Key], entries: Sequence[str]) -> str:
    """Put entries last in a list of an office; the list is begun where there is none."""
    listed, office = _node(text, place), _mapping(text, place[:-1])
    if listed is None:
        _, last = _lines(file, text, place[:-1])
        key = " " * office.start_mark.column
        indent, begun = f"{key}  ", [f"{key}{place[-1]}:\n"]
    else:
        _, last = _lines(file, text, (*place, len(listed.value) - 1))
        indent, begun = " " * listed.start_mark.column, []
    lines = text.splitlines(keepends=True)
    if not lines[last].endswith("\n"):
        lines[last] += "\n"
    new = [textwrap.indent(f"{entry.rstrip()}\n", indent) for entry in entries]
    return "".join([*lines[: last + 1], *begun, *new, *lines[last + 1 :]])


def device_place(file: Path, host: str) -> tuple[Key, ...]:
    """The path of a device's entry in the file: ``("offices", 3, "routers", 0)``."""
    entries = validate(read(file), Offices)
    for number, office in enumerate(entries.offices):
        counted = {"router": 0, "access_point": 0}
        for role, each, _ in office.devices:
            if office.host(role, each) == host:
                return ("offices", number, f"{role}s", counted[role])
            counted[role] += 1
    raise ProjectError(f"{file}: there is no {host}", hint="sekayu-net inventory show")


def office_place(file: Path, code: str) -> tuple[Key, ...]:
    """The path of an office's entry in the file."""
    entries = validate(read(file), Offices)
    for number, office in enumerate(entries.offices):
        if office.code == code:
            return ("offices", number)
    raise ProjectError(f"{file}: there is no office {code}", hint="sekayu-net inventory show")


def _put(file: Path, text: str, path: Sequence[Key], value: str) -> str:
    node = _node(text, path)
    if node is None:
        raise ProjectError(
            f"{file}: {'.'.join(map(str, path))} is not written there",
            hint=f"write {path[-1]}: {value} by hand",
        )
    if not isinstance(node, yaml.ScalarNode):
        raise ProjectError(f"{file}: {path[-1]} is no single value", hint="edit it by hand")
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + _written(str(path[-1]), value) + text[end:]


def _node(text: str, path: Sequence[Key]) -> yaml.Node | None:
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        node = _child(node, key)
    return node


def _child(node: yaml.Node | None, key: Key) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if 0 <= key < len(node.value) else None
    if isinstance(node, yaml.MappingNode):
        return next((value for name, value in node.value if name.value == key), None)
    return None


def _written(key: str, value: str) -> str:
    plain = value.replace(" ", "").replace("-", "").isalnum() and key not in _QUOTED
    return value if plain or key == "model" else f'"{value}"'


def _replace(file: Path, text: str) -> None:
    """Keep the text if it still reads as offices."""
    part = file.with_name(file.name + ".part")
    part.write_text(text, encoding="utf-8")
    try:
        validate(read(part), Offices)
    except InputError as error:
        part.unlink()
        raise ProjectError(
            f"{file}: nothing was written: {error.message}", hint=error.hint
        ) from None
    part.replace(file)
