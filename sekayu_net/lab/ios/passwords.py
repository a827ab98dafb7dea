"""The forms in which IOS keeps passwords: clear (0), Vigenère (7), MD5 (5), PBKDF2 (8), scrypt (9).

A device can check a password against each; what a typed one becomes is the version's choice. The
parameters are Cisco's: type 8 is PBKDF2-SHA256 with 20,000 rounds, type 9 scrypt with N=16384,
r=1, p=1 (Cisco, "IOS password types"); 5 is the MD5 crypt of FreeBSD.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import string

_CRYPT = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE64 = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_TO_CISCO = str.maketrans(_BASE64, _CRYPT)
_KEY_7 = "dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"
_FORMS = {"5": r"$1$", "8": r"$8$", "9": r"$9$"}


def hide(password: str, form: str) -> str:
    """A password in a form; for ``0`` as it is."""
    if form == "7":
        return _vigenere(password, secrets.randbelow(16))
    if form not in _FORMS:
        return password
    length = 4 if form == "5" else 14
    salt = "".join(secrets.choice(_CRYPT) for _ in range(length))
    return _hashed(password, form, salt)


def is_hidden(text: str, form: str) -> bool:
    """Whether a text has the shape of a form; IOS refuses one that has not."""
    if form == "7":
        return reveal(text) is not None
    return form not in _FORMS or (text.startswith(_FORMS[form]) and text.count("$") == 3)


def matches(password: str, form: str, kept: str) -> bool:
    """Whether a password is the one that is kept."""
    if form == "7":
        return password == reveal(kept)
    if form not in _FORMS:
        return secrets.compare_digest(password.encode(), kept.encode())
    if not is_hidden(kept, form):
        return False
    salt = kept.split("$")[2]
    return secrets.compare_digest(_hashed(password, form, salt), kept)


def _hashed(password: str, form: str, salt: str) -> str:
    if form == "5":
        return _md5_crypt(password.encode(), salt.encode())
    if form == "8":
        raw = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), 20_000)
    else:
        raw = hashlib.scrypt(password.encode(), salt=salt.encode(), n=16384, r=1, p=1, dklen=32)
    text = base64.b64encode(raw).decode().translate(_TO_CISCO).rstrip("=")
    return f"{_FORMS[form]}{salt}${text}"


def _vigenere(password: str, offset: int) -> str:
    coded = (
        byte ^ ord(_KEY_7[(offset + place) % len(_KEY_7)])
        for place, byte in enumerate(password.encode())
    )
    return f"{offset:02d}" + "".join(f"{byte:02X}" for byte in coded)


def reveal(text: str) -> str | None:
    """The password behind a type 7 text; None for what is none."""
    if len(text) < 4 or len(text) % 2 or not text[:2].isdigit():
        return None
    try:
        coded = bytes.fromhex(text[2:])
    except ValueError:
        return None
    offset = int(text[:2])
    clear = bytes(
        byte ^ ord(_KEY_7[(offset + place) % len(_KEY_7)]) for place, byte in enumerate(coded)
    )
    return clear.decode("utf-8", "replace")


def _md5_crypt(password: bytes, salt: bytes) -> str:
    """FreeBSD's ``crypt`` with MD5, as glibc has it."""

    def md5(data: bytes) -> bytes:
        return hashlib.md5(data, usedforsecurity=False).digest()

    inner = md5(password + salt + password)
    text = password + b"$1$" + salt
    for left in range(len(password), 0, -16):
        text += inner[: min(16, left)]
    bits = len(password)
    while bits:
        text += b"\0" if bits & 1 else password[:1]
        bits >>= 1
    result = md5(text)
    for turn in range(1000):
        text = password if turn & 1 else result
        text += salt if turn % 3 else b""
        text += password if turn % 7 else b""
        result = md5(text + (result if turn & 1 else password))
    out = ""
    for one, two, three in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        number = result[one] << 16 | result[two] << 8 | result[three]
        for _ in range(4):
            out += _CRYPT[number & 63]
            number >>= 6
    number = result[11]
    out += _CRYPT[number & 63] + _CRYPT[number >> 6]
    return f"$1${salt.decode()}${out}"
