"""A configuration text in the form that a device writes.

What lives here: keys ascending, quotes and line breaks as ``/export`` puts them; rows, remarks and
header stay where they are. What does not: leaving anything out (``tree.canonical_text``).
"""

from __future__ import annotations

from dataclasses import replace

from sekayu_net.platforms.routeros.syntax import (
    UNWRAPPED,
    Statement,
    format_document,
    parse,
)


def layout(text: str, *, width: int = 80, file: str | None = None) -> str:
    """Lay a text out at ``width`` columns (0: no wrapping). Idempotent."""
    document = parse(text, file=file)
    body = tuple(
        replace(node, arguments=tuple(sorted(node.arguments, key=lambda a: a.key)))
        if isinstance(node, Statement)
        else node
        for node in document.body
    )
    return format_document(replace(document, body=body), width=width or UNWRAPPED)
