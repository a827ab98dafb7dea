"""Values of the console language, and how they look as text.

Python's ``str``, ``int`` and ``bool`` stand for themselves, ``None`` for nothing (``nil``), a
``list`` or ``dict`` for an array.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sekayu_net.lab.values import format_clock_time, parse_time

if TYPE_CHECKING:
    from sekayu_net.lab.console.nodes import Block

Value = Any


@dataclass(frozen=True, slots=True)
class Time:
    """A span of seconds."""

    seconds: float


class Id(str):
    """An internal id, ``*1F``."""

    __slots__ = ()


class Address(str):
    """An IP address."""

    __slots__ = ()


class Prefix(str):
    """An IP prefix. In a ``where`` it never equals a property, which is text."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of program, and its text."""

    block: Block
    source: str


_NUMBER = re.compile(r"-?\d+|0x[0-9A-Fa-f]+")
_TIME = re.compile(
    r"(?=\d)(\d+w)?(\d+d)?(\d+h)?(\d+m)?(\d+s)?(\d+ms)?|(\d+w)?(\d+d)?\d+:\d+:\d+(\.\d+)?"
)
_ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+(/\d+)?")


def from_word(word: str) -> Value:
    """The value of a word that stands bare in a program."""
    if word in ("true", "yes"):
        return True
    if word in ("false", "no"):
        return False
    if word.startswith("*") and re.fullmatch(r"\*[0-9A-Fa-f]+", word):
        return Id(word)
    if _NUMBER.fullmatch(word):
        return int(word, 0) if "x" in word else int(word)
    if word and _TIME.fullmatch(word):
        seconds = parse_time(word)
        if seconds is not None:
            return Time(seconds)
    if _ADDRESS.fullmatch(word):
        try:
            ipaddress.ip_interface(word)
        except ValueError:
            return word
        return Prefix(word) if "/" in word else Address(word)
    return word


def to_text(value: Value) -> str:
    """As ``:put`` prints it."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Time):
        return format_clock_time(value.seconds)
    if isinstance(value, Code):
        return value.source
    if isinstance(value, dict):
        return ";".join(f"{key}={to_text(part)}" for key, part in value.items())
    if isinstance(value, (list, tuple)):
        return ";".join(to_text(part) for part in value)
    return str(value)


def to_argument(value: Value) -> str:
    """As a menu command takes it: lists with commas, yes and no."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ",".join(to_argument(part) for part in value)
    return to_text(value)


def to_number(value: Value) -> int | None:
    """The number in a value; None without one."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int):
        return value
    if isinstance(value, Time):
        return int(value.seconds)
    if isinstance(value, str):
        if _NUMBER.fullmatch(value):
            return int(value, 0) if "x" in value else int(value)
        if _ADDRESS.fullmatch(value) and "/" not in value:
            return int(ipaddress.ip_address(value))
    return None


def to_bool(value: Value) -> bool | None:
    """The truth of a value; None when it has none."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "yes": True, "false": False, "no": False}.get(value)
    if isinstance(value, int):
        return value != 0
    return None


def type_name(value: Value) -> str:
    """As ``:typeof`` says."""
    if value is None:
        return "nothing"
    for kind, name in (
        (bool, "bool"),
        (int, "num"),
        (Time, "time"),
        (Id, "id"),
        (Address, "ip"),
        (Prefix, "ip-prefix"),
        (str, "str"),
        (Code, "code"),
        ((list, dict, tuple), "array"),
    ):
        if isinstance(value, kind):
            return name
    return "nil"


def to_json(value: Value) -> str:
    """As ``:serialize to=json`` writes it."""

    def plain(part: Value) -> Any:
        if isinstance(part, dict):
            return {key: plain(inner) for key, inner in part.items()}
        if isinstance(part, (list, tuple)):
            return [plain(inner) for inner in part]
        if isinstance(part, (Time, Code)):
            return to_text(part)
        return _characters(part) if isinstance(part, str) else part

    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    return text.encode().decode("latin-1")


def _characters(text: str) -> str:
    """A device keeps bytes (one code point each): what they mean, where they are UTF-8."""
    try:
        return text.encode("latin-1").decode()
    except UnicodeError:
        return text


def from_json(text: str) -> Value:
    """``:deserialize from=json``; ``ValueError`` for other text."""
    return json.loads(text)
