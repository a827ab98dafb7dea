"""YAML that knows where it stands: every fault with file and line.

What a document means is the business of the pydantic model that it is read into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sekayu_net import yaml_pieces
from sekayu_net.errors import InputError, InventoryError
from sekayu_net.model_keys import hint as keys_hint

Key = str | int
Model = TypeVar("Model", bound=BaseModel)
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file and its ``data``. ``text`` is kept to find lines in when they are asked for."""

    file: Path
    data: object
    text: str = field(default="", repr=False)

    def line(self, *path: Key) -> int:
        """The line (from 1) of a value, or of the nearest thing around it that is there."""
        lines = _lines(self.text)
        names = tuple(str(part) for part in path)
        for length in range(len(names), -1, -1):
            if names[:length] in lines:
                return lines[names[:length]]
        return 1

    def fault(self, message: str, *path: Key, hint: str | None = None) -> InputError:
        """An error about the value at ``path``."""
        return InputError(message, file=shown(self.file), line=self.line(*path), hint=hint)


def shown(file: Path) -> Path:
    """A path as a person here would type it: relative when the file is below this folder."""
    try:
        return file.resolve().relative_to(Path.cwd())
    except (ValueError, OSError):
        return file


def read(file: Path) -> Source:
    """Read one document. ``InputError`` for a missing file, broken YAML or a key given twice."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(
            f"can't be read: {reason}", file=shown(file), hint="is it there, and readable?"
        ) from None
    try:
        return Source(file, yaml_pieces.parsed(text), text)
    except yaml_pieces.NotPlain:
        return Source(file, _read(text, file), text)


def _read(text: str, file: Path) -> object:
    """What a document says, in the long way, which finds the words and the line for every fault."""
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            _check(node, shown(file))
            return loader.construct_document(node) if node is not None else None
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            error.problem or "broken YAML",
            file=shown(file),
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="YAML wants blanks, no tabs, and the same depth for the same level",
        ) from None
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, RecursionError) as error:
        # An unprintable character, a date that is none, a tag that does not fit its value, brackets
        # without end.
        words = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"broken YAML: {words}", file=shown(file), hint="look for it") from None


def _check(root: yaml.Node | None, file: Path) -> None:
    """Refuse what YAML allows but a reader would not see: a key given twice, an alias."""
    seen: set[int] = set()
    left = [root] if root is not None else []
    while left:
        node = left.pop()
        if isinstance(node, yaml.ScalarNode):
            continue
        if id(node) in seen:
            raise InputError(
                "an alias (*name) stands for something elsewhere",
                file=file,
                line=node.start_mark.line + 1,
                hint="write it out where it is meant",
            )
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            names: set[str] = set()
            for key, value in node.value:
                line = key.start_mark.line + 1
                if not isinstance(key, yaml.ScalarNode):
                    raise InputError(
                        "a key must be one word", file=file, line=line, hint="quote it if it is one"
                    )
                if key.value in names:
                    raise InputError(
                        f"'{key.value}' stands here twice",
                        file=file,
                        line=line,
                        hint="leave one of the two",
                    )
                names.add(key.value)
                left.append(value)
        elif isinstance(node, yaml.SequenceNode):
            left.extend(node.value)


@lru_cache(maxsize=8)
def _lines(text: str) -> Mapping[tuple[str, ...], int]:
    """The line of every value by its path. Only for a document that ``read`` took."""
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        return dict(_walk(node, (), 1)) if node is not None else {}
    finally:
        loader.dispose()


def _walk(
    node: yaml.Node, path: tuple[str, ...], line: int
) -> Iterator[tuple[tuple[str, ...], int]]:
    yield path, line
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            # A value that begins below its key is still looked for at the key.
            yield from _walk(value, (*path, str(key.value)), key.start_mark.line + 1)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, str(index)), value.start_mark.line + 1)


def validate(source: Source, model: type[Model]) -> Model:
    """The document as a model. ``InventoryError`` with a fault for each thing that is wrong."""
    if source.data is None:
        raise InventoryError([source.fault("the file is empty")])
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise InventoryError(
            [
                source.fault(
                    _words(dict(found)), *_plain(found["loc"]), hint=_hint(model, dict(found))
                )
                for found in error.errors(include_url=False)
            ]
        ) from None


def _plain(loc: tuple[int | str, ...]) -> tuple[Key, ...]:
    """A pydantic location without the names of union members and validators."""
    return tuple(part for part in loc if isinstance(part, int) or "[" not in part)


def _words(found: dict[str, Any]) -> str:
    path = _plain(found["loc"])
    last = path[-1] if path else "the file"
    if found["type"] == "extra_forbidden":
        return f"unknown key '{last}'"
    if found["type"] == "missing":
        return f"'{last}' is missing"
    where = f"{'.'.join(str(part) for part in path)}: " if path else ""
    if found["type"] == "string_pattern_mismatch":
        return f"{where}'{found['input']}' is not of the form of a {last}"
    return f"{where}{found['msg'].removeprefix('Value error, ')}"


def _hint(model: type[BaseModel], found: dict[str, Any]) -> str | None:
    if found["type"] == "extra_forbidden":
        return keys_hint(model, _plain(found["loc"]))
    if found["type"] == "string_type" and isinstance(found["input"], int | float):
        return f'YAML takes this for a number: write "{found["input"]}", in quotes'
    if found["type"] == "string_pattern_mismatch":
        return f"it must match {found['ctx']['pattern']}"
    return None
