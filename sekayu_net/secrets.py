"""Secrets: references resolved, fingerprints, and a store that forgets no version.

A name is looked up in the environment (``SEKAYU_SECRET_WIFI_LURAH_KAYU_ARA_OFFICE`` for
``wifi/lurah-kayu-ara/office``), then in a file of mode 0600. Everything outside this module and
the last step before a device sees tokens, ``<secret:FINGERPRINT>``; the fingerprint is keyed, and
the key lives in the file, so that it tells nothing to who has not both.
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
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sekayu_net.errors import SecretError

_FINGERPRINT = re.compile(r"[0-9a-f]{16}\Z")
_RAW = serialization.Encoding.Raw


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret. The value never shows in ``repr``."""

    name: str
    version: int
    value: str = field(repr=False)


def variable(name: str) -> str:
    """The environment variable that holds a secret."""
    return "SEKAYU_SECRET_" + re.sub(r"[^A-Z0-9]", "_", name.upper())


def wireguard_public(private: str) -> str:
    """The public key (base64) of a WireGuard private key (base64), or ``SecretError``."""
    try:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True))
    except ValueError:
        raise SecretError("a WireGuard private key is not 32 bytes of base64") from None
    public = key.public_key().public_bytes(_RAW, serialization.PublicFormat.Raw)
    return base64.b64encode(public).decode()


def _wireguard_private() -> str:
    raw = X25519PrivateKey.generate().private_bytes(
        _RAW, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    return base64.b64encode(raw).decode()


class SecretStore:
    """The secrets of one project. ``open`` reads the file; each change is written at once."""

    def __init__(self, path: Path, environ: Mapping[str, str], data: dict[str, object]) -> None:
        self._path = path
        self._environ = environ
        self._key = bytes.fromhex(str(data.get("key", "")))
        named = data.get("secrets", {})
        self._named: dict[str, list[str]] = dict(named) if isinstance(named, dict) else {}
        remembered = data.get("remembered", {})
        self._remembered: dict[str, str] = dict(remembered) if isinstance(remembered, dict) else {}

    def __repr__(self) -> str:
        return f"SecretStore({self._path}, {len(self._named)} names)"

    @classmethod
    def open(cls, path: Path, environ: Mapping[str, str]) -> SecretStore:
        """Read the store; a missing file is an empty one. Refuses a file that others can read."""
        if not path.exists():
            store = cls(path, environ, {"key": random.token_hex(32)})
            store._write()
            return store
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise SecretError(
                f"{path}: others can read the secrets", hint=f"close it: chmod 600 {path}"
            )
        try:
            data = yaml.safe_load(path.read_text())
        except yaml.YAMLError:
            # The parser's message quotes the text: it may hold a secret.
            data = None
        if not isinstance(data, dict) or not re.fullmatch(r"[0-9a-f]{64}", str(data.get("key"))):
            raise SecretError(
                f"{path}: this is not a secret store",
                hint="restore it from your backup; a new one can't unlock what was stored",
            )
        return cls(path, environ, data)

    def names(self) -> list[str]:
        """The names in the file, sorted. No values."""
        return sorted(self._named)

    def get(self, name: str) -> Secret:
        """The newest version. ``SecretError`` when there is none, with where to put it."""
        given = self._environ.get(variable(name))
        versions = self._named.get(name, [])
        if given is not None:
            version = versions.index(given) + 1 if given in versions else len(versions) + 1
            return Secret(name, version, given)
        if not versions:
            raise SecretError(
                f"no secret is called {name}",
                hint=f"set {variable(name)}, or add it below 'secrets:' in {self._path}",
            )
        return Secret(name, len(versions), versions[-1])

    def set(self, name: str, value: str) -> Secret:
        """Store a new version (none when it is the newest already)."""
        versions = self._named.setdefault(name, [])
        if not versions or versions[-1] != value:
            versions.append(value)
            self._write()
        return Secret(name, len(versions), value)

    def fingerprint(self, value: str) -> str:
        """16 hexadecimal digits that change with the value, keyed."""
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()[:16]

    def seal(self, value: str) -> str:
        """The token that stands for a value. A token is its own."""
        if re.fullmatch(r"<secret:[0-9a-f]{16}>", value):
            return value
        return f"<secret:{self.fingerprint(value)}>"

    def _known(self) -> Iterable[tuple[str, str]]:
        for name, versions in self._named.items():
            for number, value in enumerate(versions, 1):
                yield f"{name}@{number}", value
        for name in self._named:
            if variable(name) in self._environ:
                secret = self.get(name)
                yield f"{name}@{secret.version}", secret.value
        for key, value in self._environ.items():
            if key.startswith("SEKAYU_SECRET_"):
                yield key, value
        for origin, value in self._remembered.items():
            yield origin, value

    def unseal(self, fingerprint: str) -> str:
        """The value behind a fingerprint, of any version known. ``SecretError`` if unknown."""
        if _FINGERPRINT.match(fingerprint):
            for _, value in self._known():
                if hmac.compare_digest(self.fingerprint(value), fingerprint):
                    return value
        raise SecretError(
            f"no known secret has the fingerprint {fingerprint}",
            hint="plan again: the plan was made with secrets that this store never had",
        )

    def label(self, fingerprint: str) -> str | None:
        """``name@version`` (or where it was read) of a fingerprint; None when unknown."""
        for label, value in self._known():
            if self.fingerprint(value) == fingerprint:
                return label
        return None

    def remember(self, value: str, origin: str) -> None:
        """Keep a secret that a device had, so that it can be put back. ``origin`` says whose."""
        fingerprint = self.fingerprint(value)
        if self.label(fingerprint) is None:
            self._remembered[f"{origin}#{fingerprint[:6]}"] = value
            self._write()

    def generate(self, names: Iterable[str]) -> None:
        """Make what is missing: an X25519 key below ``wireguard/``, else 24 random characters."""
        for name in names:
            if name not in self._named:
                made = (
                    _wireguard_private()
                    if name.startswith("wireguard/")
                    else random.token_urlsafe(18).replace("_", "x").replace("-", "y")
                )
                self._named[name] = [made]
        self._write()

    def _write(self) -> None:
        """Replace the file in one step; its old content survives a full disk."""
        data = {"key": self._key.hex(), "secrets": self._named, "remembered": self._remembered}
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with tempfile.NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".secrets-", delete=False
            ) as out:
                try:
                    yaml.safe_dump(data, out, sort_keys=True)
                    out.flush()
                    os.fsync(out.fileno())
                    Path(out.name).replace(self._path)
                except BaseException:
                    Path(out.name).unlink(missing_ok=True)
                    raise
        except OSError as error:
            raise SecretError(
                f"{self._path}: can't be written: {error.strerror}",
                hint="nothing was changed; make room or fix the folder's rights",
            ) from error
