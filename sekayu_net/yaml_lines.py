"""YAML that knows where it stands: every value with its line, every fault with file and line.

What a document means is the business of the pydantic model that it is read into.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from sekayu_net.errors import InputError, InventoryError

Key = str | int
Model = TypeVar("Model", bound=BaseModel)
_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Source:
    """A YAML file: its ``data``, and the line (from 1) of every value by its path."""

    file: Path
    data: object
    lines: dict[tuple[Key, ...], int]

    def line(self, *path: Key) -> int:
        """The line of a value, or of the nearest thing around it that is there."""
        for length in range(len(path), -1, -1):
            if path[:length] in self.lines:
                return self.lines[path[:length]]
        return 1

    def fault(self, message: str, *path: Key, hint: str | None = None) -> InputError:
        """An error about the value at ``path``."""
        return InputError(message, file=self.file, line=self.line(*path), hint=hint)


def read(file: Path) -> Source:
    """Read one document. ``InputError`` for a missing file, broken YAML or a key given twice."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise InputError(f"can't be read: {reason}", file=file, hint="is it there?") from None
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        lines = dict(_walk(node, (), file)) if node is not None else {}
        data = loader.construct_document(node) if node is not None else None
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise InputError(
            error.problem or "broken YAML",
            file=file,
            line=mark.line + 1 if mark else None,
            column=mark.column + 1 if mark else None,
            hint="YAML wants blanks, no tabs, and the same depth for the same level",
        ) from None
    finally:
        loader.dispose()
    return Source(file, data, lines)


def _walk(
    node: yaml.Node, path: tuple[Key, ...], file: Path
) -> Iterator[tuple[tuple[Key, ...], int]]:
    yield path, node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            name = str(key.value)
            if name in seen:
                raise InputError(
                    f"'{name}' stands here twice", file=file, line=key.start_mark.line + 1
                )
            seen.add(name)
            for at, line in _walk(value, (*path, name), file):
                # A value that begins below its key is still looked for at the key.
                yield at, key.start_mark.line + 1 if at == (*path, name) else line
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _walk(value, (*path, index), file)


def validate(source: Source, model: type[Model]) -> Model:
    """The document as a model. ``InventoryError`` with a fault for each thing that is wrong."""
    try:
        return model.model_validate(source.data)
    except ValidationError as error:
        raise InventoryError(
            [
                source.fault(_words(dict(found), source), *_plain(found["loc"]))
                for found in error.errors(include_url=False)
            ]
        ) from None


def _plain(loc: tuple[int | str, ...]) -> tuple[Key, ...]:
    """A pydantic location without the names of union members and validators."""
    return tuple(part for part in loc if isinstance(part, int) or "[" not in part)


def _words(found: dict[str, Any], source: Source) -> str:
    path = ".".join(str(part) for part in _plain(found["loc"])) or source.file.name
    kinds: dict[str, Callable[[], str]] = {
        "extra_forbidden": lambda: f"unknown key '{found['loc'][-1]}'",
        "missing": lambda: f"'{found['loc'][-1]}' is missing",
    }
    if found["type"] in kinds:
        return kinds[found["type"]]()
    return f"{path}: {found['msg'].removeprefix('Value error, ')}"
