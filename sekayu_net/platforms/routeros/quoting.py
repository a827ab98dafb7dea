"""A value as RouterOS writes it: in quotes or without, and back."""

from __future__ import annotations

import re

from sekayu_net.errors import ConfigSyntaxError

#: An escape within quotes: a byte, or one character.
ESCAPE = re.compile(r"\\(?:([0-9A-F]{2})|(.))", re.DOTALL)
_DECODED = {
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "_": " ",
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "v": "\v",
    '"': '"',
    "\\": "\\",
    "$": "$",
    "?": "?",
}
_SAFE = re.compile(r"[A-Za-z0-9!#%&*+,./:<>@_|~-]+")
_UNSAFE = re.compile(r'["\\$?]|[^ -~]')
_ENCODED = {
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    '"': '\\"',
    "\\": "\\\\",
    "$": "\\$",
    "?": "?",
}
_NON_ASCII = re.compile(r"[^\x00-\x7f]")


def as_bytes(text: str) -> str:
    """Characters beyond ASCII as the bytes that a device would store, one code point a byte."""
    return _NON_ASCII.sub(_to_bytes, text)


def _to_bytes(match: re.Match[str]) -> str:
    return match[0].encode("utf-8", "surrogateescape").decode("latin-1")


def quote(value: str, *, force: bool = False) -> str:
    r"""The literal for a value, in quotes where a device writes quotes (or by ``force``).

    ``value`` has one code point a byte; characters above ``\xff`` are written as UTF-8 bytes.
    """
    if not force and _SAFE.fullmatch(value):
        return value
    return '"' + _UNSAFE.sub(_encode, value) + '"'


def _encode(match: re.Match[str]) -> str:
    character = match[0]
    known = _ENCODED.get(character)
    if known is not None:
        return known
    code = ord(character)
    data = bytes((code,)) if code < 0x100 else character.encode("utf-8", "surrogateescape")
    return "".join(f"\\{byte:02X}" for byte in data)


def unquote(literal: str) -> str:
    """The value of a literal: the inverse of ``quote``. Bare words stand for themselves.

    Raises ``ConfigSyntaxError`` (column within the literal) for an escape that RouterOS lacks.
    """
    if not literal.startswith('"'):
        return as_bytes(literal)
    if len(literal) < 2 or literal[-1] != '"':
        raise ConfigSyntaxError("this quoted value does not end", column=1)
    return ESCAPE.sub(_decode_escape, as_bytes(literal[1:-1]))


def _decode_escape(match: re.Match[str]) -> str:
    if match[1]:
        return chr(int(match[1], 16))
    decoded = _DECODED.get(match[2])
    if decoded is None:
        raise ConfigSyntaxError(
            f"unknown escape {match[0]!r}",
            column=match.start() + 2,
            hint=r"a backslash in a value is written \\",
        )
    return decoded
