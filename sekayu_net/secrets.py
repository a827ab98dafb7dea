"""Secrets: references resolved, fingerprints, and a store that forgets no version.

A name is looked up in the environment (``SEKAYU_SECRET_WIFI_LURAH_KAYU_ARA_OFFICE`` for
``wifi/lurah-kayu-ara/office``), then in the operating system's keyring where the project says so,
then in a file of mode 0600. Everything outside this module and the last step before a device sees
tokens, ``<secret:FINGERPRINT>``; the fingerprint is keyed, and the key lives in the file, so that
it tells nothing to who has not both.

Reading and writing the file is ``secret_file``'s, its encryption ``secret_age``'s. Finding secrets
in a configuration text is a platform's (``mask``, ``reveal``), not this module's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import secrets as random
import threading
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sekayu_net.errors import SecretError
from sekayu_net.near import near
from sekayu_net.secret_file import Content, Plain, Wrapping, locked, read, write

Source = Literal["environment", "keyring", "file"]

_FINGERPRINT = re.compile(r"[0-9a-f]{16}")
_TOKEN = re.compile(r"<secret:[0-9a-f]{16}>")
_NAME = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*")
_PREFIX = "SEKAYU_SECRET_"
_RAW = serialization.Encoding.Raw


@dataclass(frozen=True, slots=True)
class Secret:
    """One version of a secret, from 1. The value never shows in ``repr``."""

    name: str
    version: int
    value: str = field(repr=False)


def forget(error: BaseException) -> None:
    """Clear the local variables that an exception keeps: they may hold values.

    A traceback keeps every frame with its locals, and there are programs that print or send them.
    """
    seen: BaseException | None = error
    while seen is not None:
        traceback.clear_frames(seen.__traceback__)
        seen = seen.__cause__ or seen.__context__


@contextmanager
def forgetting() -> Iterator[None]:
    """Let an exception pass without what was seen below (``forget``)."""
    try:
        yield
    except BaseException as error:
        forget(error)
        raise


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

    def __init__(
        self,
        path: Path,
        environ: Mapping[str, str],
        content: Content,
        wrapping: Wrapping,
        keyring: Callable[[str], str | None],
        *,
        written: bool = True,
    ) -> None:
        self._path = path
        self._written = written
        self._environ = environ
        self._content = content
        self._wrapping = wrapping
        self._keyring = keyring
        self._index: dict[str, tuple[str, str]] | None = None
        self._asked: dict[str, tuple[Source, str] | None] = {}
        self._thread = threading.RLock()

    def __repr__(self) -> str:
        return f"SecretStore({self._path}, {len(self._content.named)} names)"

    @classmethod
    def open(
        cls,
        path: Path,
        environ: Mapping[str, str],
        wrapping: Wrapping | None = None,
        keyring: Callable[[str], str | None] = lambda _: None,
        *,
        written: bool = True,
    ) -> SecretStore:
        """Read the store; a missing file is made, with a new key. Refuses a file others can read.

        ``wrapping`` is what is around the file's text (nothing), ``keyring`` gives a value by name
        or None. Unless ``written``, what is new stays in memory. ``SecretError`` also for a file
        that is no store; the message never quotes it.
        """
        fresh = Content(random.token_bytes(32), {}, {})
        store = cls(path, environ, fresh, wrapping or Plain(), keyring, written=written)
        with forgetting():
            if path.exists():
                store._content = read(path, store._wrapping)
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
            given = self._given(name)
            if given is not None:
                value = given[1]
                known = value in versions
                return Secret(
                    name, versions.index(value) + 1 if known else len(versions) + 1, value
                )
        if not versions:
            close = near(name, self._content.named)
            mistyped = f"did you mean {' or '.join(close)}? Else: " if close else ""
            raise SecretError(
                f"no secret is called {name}",
                hint=f"{mistyped}sekayu-net secrets set {name}, or set {variable(name)}",
            )
        return Secret(name, len(versions), versions[-1])

    def version(self, name: str, number: int) -> Secret:
        """One version that the file has, from 1. ``SecretError`` when there is none."""
        versions = self._content.named.get(name, [])
        if not 1 <= number <= len(versions):
            have = f"1 to {len(versions)}" if versions else "no version"
            raise SecretError(f"{name} has no version {number}", hint=f"the file has {have}")
        return Secret(name, number, versions[number - 1])

    def source(self, name: str) -> Source | None:
        """Where the newest version comes from; None when there is none."""
        with self._thread:
            given = self._given(name)
        if given is not None:
            return given[0]
        return "file" if name in self._content.named else None

    def count(self, name: str) -> int:
        """How many versions the file has."""
        return len(self._content.named.get(name, []))

    def _given(self, name: str) -> tuple[Source, str] | None:
        """What goes before the file: asked once, for a keyring may be slow."""
        if name not in self._asked:
            value = self._environ.get(variable(name))
            if value:
                self._asked[name] = ("environment", value)
            else:
                value = self._keyring(name)
                self._asked[name] = ("keyring", value) if value else None
            if value:
                self._index = None
        return self._asked[name]

    def set(self, name: str, value: str) -> Secret:
        """Store a new version (none when it is the newest already)."""
        if not value:
            raise SecretError(f"{name}: a secret can't be empty", hint="give it a value")
        if not value.isprintable():
            raise SecretError(
                f"{name}: a secret is one line that can be printed", hint="give it another value"
            )
        if not _NAME.fullmatch(name):
            raise SecretError(
                f"{name!r} is no name of a secret", hint="like wifi/lurah-kayu-ara/office"
            )
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

        What only environment or keyring give is kept too: it may be gone when it is to be put back.
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

    def rename(self, old: str, new: str) -> None:
        """Call a secret by another name, every version of it. A name that is taken stays."""
        with self._changing() as content:
            if old in content.named and new not in content.named:
                content.named[new] = content.named.pop(old)

    def rotate(self, name: str) -> Secret:
        """Make a new version of a secret that there is, or of one that is missing."""
        return self.set(name, _generated(name))

    def _known(self) -> Mapping[str, tuple[str, str]]:
        """Label and value by fingerprint. A named version goes before what was remembered."""
        with self._thread:
            if self._index is None:
                pairs = [*_stored(self._content)]
                for name in sorted({*self._content.named, *self._asked}):
                    if self._given(name) is not None:
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
    def _changing(self) -> Iterator[Content]:
        """The newest content, to be changed; it is written when the block ends well."""
        with forgetting(), self._thread, ExitStack() as held:
            if not self._written:
                self._content = deepcopy(self._content)
                yield self._content
                self._index = None
                return
            held.enter_context(locked(self._path))
            content = read(self._path, self._wrapping) if self._path.exists() else self._content
            yield content
            write(self._path, content, self._wrapping)
            self._content = content
            self._index = None


def _stored(content: Content) -> Iterator[tuple[str, str]]:
    for name, versions in content.named.items():
        for number, value in enumerate(versions, 1):
            yield f"{name}@{number}", value
    yield from content.remembered.items()
