"""Secrets in RouterOS text: out, and back in.

What lives here: which values of a text are secret (by the schema), replacing them by tokens and
tokens by values. What does not: what a token stands for (the caller's ``seal`` and ``unseal``).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from sekayu_net.platforms.routeros.quoting import quote
from sekayu_net.platforms.routeros.schema import schema
from sekayu_net.platforms.routeros.syntax import (
    Argument,
    Document,
    Remark,
    Statement,
    format_document,
    parse,
)
from sekayu_net.platforms.routeros.tree import DEFAULT_VERSION, build, canonical_text, version_of

TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")
_IN_TEXT = re.compile(r'"<secret:([0-9a-f]{16})>"|<secret:([0-9a-f]{16})>')
# The community that every device ships with names itself; it is no secret.
_KNOWN_TO_ALL = frozenset(("", "public", "none"))


def mask(text: str, seal: Callable[[str], str]) -> str:
    """The text with every secret value as the token that ``seal`` gives. Idempotent."""
    document = parse(text)
    masked = mask_document(document, version_of(text) or DEFAULT_VERSION, seal)
    return text if masked is document else format_document(masked)


def mask_document(document: Document, version: str, seal: Callable[[str], str]) -> Document:
    """The same for what was parsed; the very document when there is nothing to mask."""
    body: list[Statement | Remark] = []
    touched = False
    for node in document.body:
        if isinstance(node, Statement):
            masked = _mask(node, version, seal)
            touched = touched or masked is not node
            body.append(masked)
        else:
            body.append(node)
    if not touched:
        return document
    return Document(document.header, tuple(body), document.terse, document.question_escaped)


def cleaned(text: str, seal: Callable[[str], str]) -> tuple[str, str]:
    """The masked text and its canonical form, parsed once: what is done to every read."""
    version = version_of(text) or DEFAULT_VERSION
    document = parse(text)
    masked = mask_document(document, version, seal)
    canonical = canonical_text(build(masked, schema(version)))
    return text if masked is document else format_document(masked), canonical


def _mask(node: Statement, version: str, seal: Callable[[str], str]) -> Statement:
    menu = schema(version).menu(node.menu)
    arguments: list[Argument] = []
    touched = False
    for argument in node.arguments:
        value = argument.value
        if value is not None and _is_secret_value(value) and menu.is_secret(argument.key):
            arguments.append(Argument(argument.key, seal(value)))
            touched = True
        else:
            arguments.append(argument)
    return replace(node, arguments=tuple(arguments)) if touched else node


def _is_secret_value(value: str) -> bool:
    return value not in _KNOWN_TO_ALL and TOKEN.fullmatch(value) is None


def secrets(text: str) -> tuple[str, ...]:
    """The secret values of a text, each once, in order of appearance."""
    version = version_of(text) or DEFAULT_VERSION
    found: dict[str, None] = {}
    for node in parse(text).statements:
        menu = schema(version).menu(node.menu)
        for argument in node.arguments:
            value = argument.value
            if value is not None and _is_secret_value(value) and menu.is_secret(argument.key):
                found[value] = None
    return tuple(found)


def reveal(text: str, unseal: Callable[[str], str]) -> str:
    """Put values back in place of tokens, quoted as their place needs (also in scripts)."""

    def put(match: re.Match[str]) -> str:
        quoted = match[1]
        return quote(unseal(quoted or match[2]), force=quoted is not None)

    return _IN_TEXT.sub(put, text)


def concealed(value: str | None) -> bool:
    """Whether a value is a token."""
    return value is not None and TOKEN.fullmatch(value) is not None
