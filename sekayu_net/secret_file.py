"""The file that secrets are kept in: its content, read and written whole, by one process at a time.

As text it is YAML, so that a person can look at it; around the text may be an encryption
(``secret_age``). What the content means is ``secrets``' business.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import yaml

from sekayu_net.errors import SecretError
from sekayu_net.system import locked_folder, open_to_others

_KEY = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Content:
    """What the file holds: the fingerprints' key, versions by name, and what devices had."""

    key: bytes = field(repr=False)
    named: dict[str, list[str]] = field(repr=False)
    remembered: dict[str, str] = field(repr=False)


class Wrapping(Protocol):
    """What is around the text of the file. Both raise ``SecretError``."""

    def wrap(self, text: bytes) -> bytes:
        """The file's bytes."""

    def unwrap(self, data: bytes) -> bytes:
        """The text."""


class Plain:
    """Nothing is around it: the file's mode alone protects it."""

    def wrap(self, text: bytes) -> bytes:
        """The text."""
        return text

    def unwrap(self, data: bytes) -> bytes:
        """The bytes."""
        return data


def read(path: Path, wrapping: Wrapping) -> Content:
    """The content. ``SecretError`` for a file that others can read, or that is no store."""
    try:
        if open_to_others(path):
            raise SecretError(
                f"{path}: others can read the secrets", hint=f"close it: chmod 600 {path}"
            )
        packed = path.read_bytes()
    except OSError as error:
        raise SecretError(
            f"{path}: can't be read: {error.strerror}", hint="fix the file's rights"
        ) from error
    try:
        data = yaml.safe_load(wrapping.unwrap(packed).decode())
    except (yaml.YAMLError, UnicodeDecodeError):
        # The parser's message quotes the text: it may hold a secret.
        data = None
    if not isinstance(data, dict) or not _KEY.fullmatch(str(data.get("key"))):
        raise SecretError(
            f"{path}: this is not a secret store",
            hint="restore it from your backup; a new one can't unlock what was stored",
        )
    named = {
        str(name): _versions(path, str(name), value) for name, value in _part(path, data, "secrets")
    }
    remembered = {
        str(origin): _versions(path, str(origin), value)[0]
        for origin, value in _part(path, data, "remembered")
    }
    return Content(bytes.fromhex(str(data["key"])), named, remembered)


def _part(path: Path, data: Mapping[str, Any], name: str) -> Iterable[tuple[object, object]]:
    part = data.get(name) or {}
    if not isinstance(part, dict):
        raise SecretError(f"{path}: '{name}' is not a table of names", hint="mend it by hand")
    return part.items()


def _versions(path: Path, name: str, value: object) -> list[str]:
    """A person may write one text where the store writes a list of versions."""
    versions = value if isinstance(value, list) else [value]
    if not versions or not all(isinstance(item, str) and item for item in versions):
        # 0123 would lose its zero, and yes would become a truth: texts only.
        raise SecretError(
            f"{path}: {name} is not a text", hint=f"write it between quotes: {name}: 'value'"
        )
    return list(versions)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time changes the file. ``SecretError`` when its folder can't be used."""
    with ExitStack() as held:
        try:
            held.enter_context(locked_folder(path.parent))
        except OSError as error:
            raise _unwritable(path, error) from error
        yield


def write(path: Path, content: Content, wrapping: Wrapping) -> None:
    """Replace the file in one step (mode 0600); its old content survives a full disk."""
    data = {
        "key": content.key.hex(),
        "secrets": content.named,
        "remembered": content.remembered,
    }
    text = yaml.safe_dump(data, sort_keys=True, allow_unicode=True)
    packed = wrapping.wrap(text.encode())
    try:
        with tempfile.NamedTemporaryFile(
            "wb", dir=path.parent, prefix=".secrets-", delete=False
        ) as out:
            try:
                out.write(packed)
                out.flush()
                os.fsync(out.fileno())
                out.close()  # Windows renames no open file
                Path(out.name).replace(path)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: Path, error: OSError) -> SecretError:
    return SecretError(
        f"{path}: can't be written: {error.strerror}",
        hint="nothing was changed; make room or fix the folder's rights",
    )
