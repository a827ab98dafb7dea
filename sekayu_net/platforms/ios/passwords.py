"""The forms in which a device shows passwords, as far as a reader needs them.

Type 7 is no secret form: it is turned back here, so that a password shows as changed when it is and
not when the device chose another offset. Hashes (5, 8, 9) stay what they are. Source: Cisco, "Cisco
IOS password encryption facts"; the alphabet is public since 1995.
"""

from __future__ import annotations

_KEY = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
#: The types that are one-way; their digit stays.
HASHES = frozenset("4589")


def clear(text: str) -> str | None:
    """The password behind a type 7 text; None for a text that is none."""
    if len(text) < 4 or len(text) % 2 or not text[:2].isdigit() or int(text[:2]) >= len(_KEY):
        return None
    try:
        coded = bytes.fromhex(text[2:])
    except ValueError:
        return None
    start = int(text[:2])
    plain = bytes(byte ^ _KEY[(start + n) % len(_KEY)] for n, byte in enumerate(coded))
    try:
        found = plain.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return found if found.isprintable() else None
