"""Words that reports and commands share."""

from __future__ import annotations


def counted(count: int, thing: str) -> str:
    """``1 device``, ``2 devices``."""
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"
