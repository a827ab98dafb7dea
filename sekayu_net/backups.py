"""Encrypted copies of devices: a text with its secrets, and the device's own binary backup.

Each copy is one file in the format of ``age`` (readable with ``age -d -i KEY``), encrypted to the
project's recipients: whoever takes the laptop takes no secret. Reading devices happens elsewhere,
and what a copy is good for on a device is ``cli.restore``'s; the masked history is ``archive``'s.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sekayu_net.errors import InputError, ProjectError

#: How the first line of a copy begins, and the others of its head.
HEAD = "# sekayu-net backup of "
_HEAD_LINE = "# sekayu-net "
_AGE = (b"age-encryption.org/", b"-----BEGIN AGE ENCRYPTED FILE-----")


@dataclass(frozen=True, slots=True)
class Copy:
    """What one backup of a device holds. ``config`` and ``binary`` hold secrets.

    ``time`` is ISO 8601 in UTC, ``fingerprint`` that of the masked configuration. ``binary`` is
    the device's own form, locked with ``password`` (both None where it was not wanted).
    """

    host: str
    time: str
    serial: str
    version: str
    fingerprint: str
    config: str
    binary: bytes | None = None
    password: str | None = None

    def __repr__(self) -> str:
        return f"Copy({self.host}, {self.time})"

    def text(self) -> str:
        """The text copy: a head of comments, then the configuration."""
        lines = [
            f"{HEAD}{self.host}",
            f"{_HEAD_LINE}time {self.time}",
            f"{_HEAD_LINE}serial {self.serial}",
            f"{_HEAD_LINE}version {self.version}",
        ]
        if self.password is not None:
            # Without it the binary copy beside this one is lost with the secret store.
            lines.append(f"{_HEAD_LINE}password of the binary backup {self.password}")
        return "\n".join([*lines, self.config.rstrip("\n")]) + "\n"


@dataclass(frozen=True, slots=True)
class Vault:
    """Where copies go: a folder for each device, encrypted to ``recipients`` (age or ssh keys)."""

    folder: Path
    recipients: tuple[str, ...]

    def newest(self, host: str) -> Path | None:
        """The newest text copy of a device."""
        copies = sorted((self.folder / host).glob("*.conf.age"))
        return copies[-1] if copies else None

    def has(self, host: str, fingerprint: str) -> bool:
        """Whether the newest copy of a device is of this state."""
        newest = self.newest(host)
        return newest is not None and newest.name.endswith(f"-{fingerprint[:12]}.conf.age")

    def store(self, copy: Copy) -> tuple[Path, ...]:
        """Write a copy (mode 0600), each file whole or not at all; the files.

        ``ProjectError`` when no recipient is set or one of them is none.
        """
        recipients = read_recipients(self.recipients)
        folder = self.folder / copy.host
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        stamp = "".join(c for c in copy.time[:19] if c.isalnum()) + "Z"
        stem = f"{stamp}-{copy.fingerprint[:12]}"
        contents = {f"{stem}.conf.age": copy.text().encode("utf-8", "surrogateescape")}
        if copy.binary is not None:
            contents[f"{stem}.backup.age"] = copy.binary
        # The text last: a copy counts as made when it is there.
        paths = [folder / name for name in sorted(contents)]
        for path in paths:
            _write(path, encrypt(contents[path.name], recipients))
        return tuple(paths)


def _write(path: Path, data: bytes) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def encrypt(data: bytes, recipients: Sequence[Any]) -> bytes:
    """In the format of ``age``, for recipients of ``read_recipients``."""
    import pyrage

    encrypted: bytes = pyrage.encrypt(data, list(recipients))
    return encrypted


def read_recipients(words: Sequence[str]) -> tuple[Any, ...]:
    """``age1…`` and ``ssh-ed25519 …`` as age knows them. ``ProjectError`` for none, or another."""
    import pyrage

    if not words:
        raise ProjectError(
            "backups are encrypted, and nobody is named who could read them",
            hint="make a key with age-keygen, keep it away from this machine, and put its "
            "public half into sekayu.toml: [backup] recipients = ['age1…']",
        )
    found: list[Any] = []
    for word in words:
        kind = pyrage.ssh if word.startswith("ssh-") else pyrage.x25519
        try:
            found.append(kind.Recipient.from_str(word))
        except pyrage.RecipientError as error:
            raise ProjectError(
                f"sekayu.toml: [backup] recipients: {word[:12]}… is no public key of age or ssh",
                hint="a recipient begins with age1 or ssh-ed25519 or ssh-rsa",
            ) from error
    return tuple(found)


def is_encrypted(data: bytes) -> bool:
    """Whether a file is one of ``age``."""
    return data.startswith(_AGE)


def decrypt(data: bytes, identities: Sequence[Any], *, file: Path) -> bytes:
    """What a copy holds. ``InputError`` when none of the identities opens it."""
    import pyrage

    try:
        opened: bytes = pyrage.decrypt(data, list(identities))
    except pyrage.DecryptError as error:
        raise InputError(
            "the key given does not open this backup, or the file is damaged",
            file=file,
            hint="name the right one: --identity KEYFILE (made by age-keygen)",
        ) from error
    return opened


def read_identities(file: Path) -> tuple[Any, ...]:
    """The private keys of an age key file, or one of ssh. ``InputError`` never quotes them."""
    import pyrage

    try:
        data = file.read_bytes()
    except OSError as error:
        raise InputError(
            f"can't be read: {error.strerror}", file=file, hint="name it with --identity KEYFILE"
        ) from None
    try:
        if b"PRIVATE KEY-----" in data:
            return (pyrage.ssh.Identity.from_buffer(data),)
        lines = [line.strip() for line in data.decode().splitlines()]
        found = tuple(
            pyrage.x25519.Identity.from_str(line)
            for line in lines
            if line and not line.startswith("#")
        )
    except (pyrage.IdentityError, UnicodeDecodeError):
        found = ()
    if not found:
        raise InputError(
            "this holds no private key of age or ssh",
            file=file,
            hint="age-keygen makes such a file; a key with a passphrase can't be used",
        )
    return found


def split(text: str) -> tuple[str | None, str]:
    """The device that a text copy is of (None: it does not say), and the configuration alone."""
    lines = text.split("\n")
    host = None
    if lines[0].startswith(HEAD):
        host = lines[0].removeprefix(HEAD).strip()
        while lines and lines[0].startswith(_HEAD_LINE):
            lines.pop(0)
    return host, "\n".join(lines)
