"""Secrets: references resolved, fingerprints, and a store that forgets no version.

A name is looked up in the environment (``SEKAYU_SECRET_WIFI_LURAH_KAYU_ARA_OFFICE`` for
``wifi/lurah-kayu-ara/office``), then in a file of mode 0600. Everything outside this module and
the last step before a device sees tokens, ``<secret:FINGERPRINT>``; the fingerprint is keyed, and
the key lives in the file, so that it tells nothing to who has not both.

Finding secrets in a configuration text is a platform's (``mask``, ``reveal``), not this module's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re
import secrets as random
import stat
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sekayu_net.errors import SecretError

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_TOKEN = re.compile(r"<secret:[0-9a-f]{16}>")
_KEY = re.compile(r"[0-9a-f]{64}")
_PREFIX = "SEKAYU_SECRET_"
_RAW = serialization.Encoding.Raw


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret, from 1. The value never shows in ``repr``."""

    name: str
    version: int
    value: str = field(repr=False)


@dataclass(slots=True)
class _Content:
    """What the file holds: the fingerprints' key, versions by name, and what devices had."""

    key: bytes = field(repr=False)
    named: dict[str, list[str]] = field(repr=False)
    remembered: dict[str, str] = field(repr=False)


def variable(name: str) -> str:
    """The environment variable that holds a secret."""
    return _PREFIX + re.sub(r"[^A-Z0-9]", "_", name.upper())


def wireguard_public(private: str) -> str:
    """The public key (base64) of a WireGuard private key (base64), or ``SecretError``."""
    try:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True))
    except ValueError:
        raise SecretError(
            "a WireGuard private key is not 32 bytes of base64",
            hint="make one with: wg genkey",
        ) from None
    public = key.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw)
    return base64.b64encode(public).decode()


def _generated(name: str) -> str:
    if name.startswith("wireguard/"):
        raw = X25519PrivateKey.generate().private_bytes(
            _RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption()
        )
        return base64.b64encode(raw).decode()
    # Letters and digits alone: someone may have to read it out over a bad line.
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(random.choice(alphabet) for _ in range(24))


class SecretStore:
    """The secrets of one project. ``open`` reads the file; each change is written at once.

    Safe for several threads, and several processes on one file: a change reads what others wrote
    meanwhile and adds to it.
    """

    def __init__(self, path: Path, environ: Mapping[str, str], content: _Content) -> None:
        self._path = path
        self._environ = environ
        self._content = content
        self._index: dict[str, tuple[str, str]] | None = None
        self._asked: set[str] = set()
        self._thread = threading.RLock()

    def __repr__(self) -> str:
        return f"SecretStore({self._path}, {len(self._content.named)} names)"

    @classmethod
    def open(cls, path: Path, environ: Mapping[str, str]) -> SecretStore:
        """Read the store; a missing file is made, with a new key. Refuses a file others can read.

        ``SecretError`` also for a file that is no store; the message never quotes it.
        """
        store = cls(path, environ, _Content(random.token_bytes(32), {}, {}))
        if path.exists():
            store._content = _read(path)
        else:
            with store._changing():
                pass
        return store

    def names(self) -> list[str]:
        """The names in the file, sorted. No values."""
        return sorted(self._content.named)

    def get(self, name: str) -> Secret:
        """The newest version. ``SecretError`` when there is none, with where to put it."""
        with self._thread:
            versions = self._content.named.get(name, [])
            given = self._environ.get(variable(name))
            if given:
                if name not in self._asked:
                    self._asked.add(name)
                    self._index = None
                known = given in versions
                return Secret(
                    name, versions.index(given) + 1 if known else len(versions) + 1, given
                )
        if not versions:
            raise SecretError(
                f"no secret is called {name}",
                hint=f"set {variable(name)}, or add it below 'secrets:' in {self._path}",
            )
        return Secret(name, len(versions), versions[-1])

    def set(self, name: str, value: str) -> Secret:
        """Store a new version (none when it is the newest already)."""
        if not value:
            raise SecretError(f"{name}: a secret can't be empty", hint="give it a value")
        with self._changing() as content:
            versions = content.named.setdefault(name, [])
            if not versions or versions[-1] != value:
                versions.append(value)
            return Secret(name, len(versions), value)

    def fingerprint(self, value: str) -> str:
        """16 hexadecimal digits that change with the value, keyed."""
        return hmac.new(self._content.key, value.encode(), hashlib.sha256).hexdigest()[:16]

    def seal(self, value: str) -> str:
        """The token that stands for a value. A token is its own."""
        if _TOKEN.fullmatch(value):
            return value
        return f"<secret:{self.fingerprint(value)}>"

    def unseal(self, fingerprint: str) -> str:
        """The value behind a fingerprint, of any version known. ``SecretError`` if unknown."""
        found = self._known().get(fingerprint) if _FINGERPRINT.fullmatch(fingerprint) else None
        if found is None:
            raise SecretError(
                f"no known secret has the fingerprint {fingerprint}",
                hint="plan again: the plan was made with secrets that this store never had",
            )
        return found[1]

    def label(self, fingerprint: str) -> str | None:
        """``name@version`` (or where it was read) of a fingerprint; None when unknown."""
        found = self._known().get(fingerprint)
        return None if found is None else found[0]

    def remember(self, value: str, origin: str) -> None:
        """Keep a secret that a device had, so that it can be put back. ``origin`` says whose.

        What only the environment gives is kept too: it may be gone when it is to be put back.
        """
        fingerprint = self.fingerprint(value)
        with self._thread:
            stored = {self.fingerprint(known) for _, known in _stored(self._content)}
            if fingerprint in stored:
                return
            with self._changing() as content:
                content.remembered[f"{origin}#{fingerprint[:6]}"] = value

    def generate(self, names: Iterable[str]) -> None:
        """Make what is missing: an X25519 key below ``wireguard/``, else 24 random characters."""
        with self._changing() as content:
            for name in names:
                if name not in content.named:
                    content.named[name] = [_generated(name)]

    def _known(self) -> Mapping[str, tuple[str, str]]:
        """Label and value by fingerprint. A named version goes before what was remembered."""
        with self._thread:
            if self._index is None:
                pairs = [*_stored(self._content)]
                for name in sorted({*self._content.named, *self._asked}):
                    if self._environ.get(variable(name)):
                        secret = self.get(name)
                        pairs.insert(0, (f"{name}@{secret.version}", secret.value))
                pairs += [
                    (key, value)
                    for key, value in self._environ.items()
                    if key.startswith(_PREFIX) and value
                ]
                index: dict[str, tuple[str, str]] = {}
                for label, value in pairs:
                    index.setdefault(self.fingerprint(value), (label, value))
                self._index = index
            return self._index

    @contextmanager
    def _changing(self) -> Iterator[_Content]:
        """The newest content, to be changed; it is written when the block ends well."""
        with self._thread, _locked(self._path):
            content = _read(self._path) if self._path.exists() else self._content
            yield content
            _write(self._path, content)
            self._content = content
            self._index = None


def _stored(content: _Content) -> Iterator[tuple[str, str]]:
    for name, versions in content.named.items():
        for number, value in enumerate(versions, 1):
            yield f"{name}@{number}", value
    yield from content.remembered.items()


def _read(path: Path) -> _Content:
    try:
        # Windows has no such bits: there the profile folder's rights protect the file.
        if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(
                f"{path}: others can read the secrets", hint=f"close it: chmod 600 {path}"
            )
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SecretError(
            f"{path}: can't be read: {error.strerror}", hint="fix the file's rights"
        ) from error
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
    return _Content(bytes.fromhex(str(data["key"])), named, remembered)


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
def _locked(path: Path) -> Iterator[None]:
    """One process at a time changes the file. Without such locks (Windows) the project's holds."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder = os.open(path.parent, os.O_RDONLY)
    except OSError as error:
        raise SecretError(
            f"{path}: can't be written: {error.strerror}",
            hint="nothing was changed; make room or fix the folder's rights",
        ) from error
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _write(path: Path, content: _Content) -> None:
    """Replace the file in one step; its old content survives a full disk."""
    data = {
        "key": content.key.hex(),
        "secrets": content.named,
        "remembered": content.remembered,
    }
    try:
        with tempfile.NamedTemporaryFile(
            "w", dir=path.parent, prefix=".secrets-", delete=False, encoding="utf-8"
        ) as out:
            try:
                yaml.safe_dump(data, out, sort_keys=True, allow_unicode=True)
                out.flush()
                os.fsync(out.fileno())
                Path(out.name).replace(path)
            except BaseException:
                Path(out.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise SecretError(
            f"{path}: can't be written: {error.strerror}",
            hint="nothing was changed; make room or fix the folder's rights",
        ) from error
