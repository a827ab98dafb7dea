"""Single values of ``offices.yaml`` written in place: everything else stays as a person wrote it.

Where a value stands is asked of the YAML parser, not of a pattern; the file is replaced in one
step, and read again before that, so that a slip is found before it is kept. The caller holds the
project's lock. What is written is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml

from sekayu_net.errors import InputError, ProjectError
from sekayu_net.inventory.offices import Offices
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


def rename_office(folder: Path, code: str, name: str) -> None:
    """Give an office another name, and follow it where its host or short name is written."""
    file = folder / FILE
    entries = validate(read(file), Offices)
    number = int(office_place(file, code)[1])
    old = entries.offices[number]
    new = old.model_copy(update={"name": name})
    text = _put(file, file.read_text(encoding="utf-8"), ("offices", number, "name"), name)
    for role, each, _ in old.devices():
        if old.host(role, each) == entries.district.hub:
            text = _put(file, text, ("district", "hub"), new.host(role, each))
    for at, office in enumerate(entries.offices):
        if office.uplink.to == old.slug:
            text = _put(file, text, ("offices", at, "uplink", "to"), new.slug)
    _replace(file, text)


def device_place(file: Path, host: str) -> tuple[Key, ...]:
    """The path of a device's entry in the file: ``("offices", 3, "routers", 0)``."""
    entries = validate(read(file), Offices)
    for number, office in enumerate(entries.offices):
        counted = {"router": 0, "access_point": 0}
        for role, each, _ in office.devices():
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
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    for key in path:
        node = _child(node, key)
        if node is None:
            raise ProjectError(
                f"{file}: {'.'.join(map(str, path))} is not written there",
                hint=f"write {path[-1]}: {value} by hand",
            )
    if not isinstance(node, yaml.ScalarNode):
        raise ProjectError(f"{file}: {path[-1]} is no single value", hint="edit it by hand")
    start, end = node.start_mark.index, node.end_mark.index
    return text[:start] + _written(str(path[-1]), value) + text[end:]


def _child(node: yaml.Node | None, key: Key) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int):
        return node.value[key] if key < len(node.value) else None
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
