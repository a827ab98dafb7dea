"""``/system backup``: the whole state of a device in one opaque file, users included."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

_PLAIN = b"\x88\xac\xa1\xb1"
_SEALED = b"\xef\xa8\x91\x72"


class BackupError(ValueError):
    """Not a backup, or the password is wrong."""


def pack(snapshot: Mapping[str, Any], password: str) -> bytes:
    """The file; encrypted when there is a password."""
    data = json.dumps(snapshot, separators=(",", ":")).encode()
    if not password:
        return _PLAIN + data
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce = secrets.token_bytes(16), secrets.token_bytes(12)
    return _SEALED + salt + nonce + AESGCM(_key(password, salt)).encrypt(nonce, data, None)


def unpack(data: bytes, password: str) -> dict[str, Any]:
    """What ``pack`` was given."""
    if data.startswith(_PLAIN):
        body = data[len(_PLAIN) :]
    elif data.startswith(_SEALED):
        body = _open(data[len(_SEALED) :], password)
    else:
        raise BackupError("not a backup")
    try:
        found = json.loads(body)
    except ValueError:
        raise BackupError("not a backup") from None
    if not isinstance(found, dict):
        raise BackupError("not a backup")
    return found


def _open(data: bytes, password: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, nonce, body = data[:16], data[16:28], data[28:]
    try:
        return AESGCM(_key(password, salt)).decrypt(nonce, body, None)
    except InvalidTag:
        raise BackupError("wrong password") from None


def _key(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**12, r=8, p=1, dklen=32)
