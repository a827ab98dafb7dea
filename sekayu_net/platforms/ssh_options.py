"""What an SSH connection is made with: pinned host keys, own keys, algorithms; and the refusals.

Reads files, opens no connection: that is ``transport``'s. Of what is not offered here nothing is
negotiated, and what is pinned for another name counts for nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh

from sekayu_net import system
from sekayu_net.errors import AuthenticationError, HostKeyError

if TYPE_CHECKING:
    from sekayu_net.platforms.base import Target

#: Seconds of silence after which the peer is asked whether it lives, and how often without answer.
KEEPALIVE_SECONDS = 5
KEEPALIVE_TRIES = 3
#: Newest first. RouterOS with strong crypto offers only group-exchange-sha256.
_KEX = (
    "curve25519-sha256",
    "curve25519-sha256@libssh.org",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
    "ecdh-sha2-nistp521",
    "diffie-hellman-group-exchange-sha256",
    "diffie-hellman-group14-sha256",
    "diffie-hellman-group16-sha512",
)
_LEGACY_KEX = (
    "diffie-hellman-group-exchange-sha1",
    "diffie-hellman-group14-sha1",
    "diffie-hellman-group1-sha1",
)
#: AES first: in this client ChaCha20 costs a third more processor time a device.
_CIPHERS = (
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "aes128-ctr",
    "aes192-ctr",
    "aes256-ctr",
    "chacha20-poly1305@openssh.com",
)
_HOST_KEYS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "rsa-sha2-512",
    "rsa-sha2-256",
)
_LEGACY_HOST_KEYS = ("ssh-rsa",)
_LEGACY_CIPHERS = ("aes256-cbc", "aes192-cbc", "aes128-cbc", "3des-cbc")
_LEGACY_MACS = ("hmac-sha1", "hmac-md5")
_LOCKED = "load it with ssh-add and leave key_file out, or say it in SEKAYU_KEY_PASSPHRASE"


@dataclass(frozen=True, slots=True)
class HostKey:
    """A device's public host key: ``line`` is ``TYPE BASE64``, ``fingerprint`` ``SHA256:…``."""

    line: str
    fingerprint: str

    def known_hosts_line(self, host: str) -> str:
        """The line that pins this key under an inventory name (no line end)."""
        return f"{host} {self.line}"


def _version_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=16)
def _read_known_hosts(path: Path, _stamp: tuple[int, int]) -> asyncssh.SSHKnownHosts:
    return asyncssh.read_known_hosts(str(path))


def pinned_keys(target: Target) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey]]:
    """The trusted and the revoked keys that known_hosts holds under the inventory name."""
    path = target.known_hosts
    try:
        known = _read_known_hosts(path, _version_of(path))
        trusted, _, revoked, *_ = known.match(target.host, "", None)
    except FileNotFoundError:
        return [], []
    except (OSError, ValueError, asyncssh.Error) as error:
        raise HostKeyError(
            f"can't use the known hosts in {path}: {error}",
            host=target.host,
            stage="connect",
            hint="repair that file; `sekayu-net inventory trust` writes its lines",
        ) from error
    return list(trusted), list(revoked)


@lru_cache(maxsize=64)
def _read_key(path: Path, _stamp: tuple[int, int], passphrase: str | None) -> asyncssh.SSHKey:
    return asyncssh.read_private_key(str(path), passphrase)


@lru_cache(maxsize=64)
def _read_certificate(path: Path, _stamp: tuple[int, int]) -> asyncssh.SSHCertificate:
    return asyncssh.read_certificate(str(path))


def private_key(target: Target) -> asyncssh.SSHKey | None:
    """The target's own key, unlocked; None leaves it to the agent. ``AuthenticationError``."""
    path = target.key_file
    if path is None:
        return None

    def refuse(reason: str, hint: str) -> AuthenticationError:
        return AuthenticationError(
            f"can't use the key {path}: {reason}", host=target.host, stage="connect", hint=hint
        )

    try:
        if system.open_to_others(path):
            raise refuse("other users of this machine can read it", f"chmod 600 {path}")
        return _read_key(path, _version_of(path), target.passphrase)
    except asyncssh.KeyEncryptionError as error:
        raise refuse("its passphrase is another one", _LOCKED) from error
    except asyncssh.KeyImportError as error:
        if "passphrase" in str(error).lower():
            raise refuse("it needs a passphrase", _LOCKED) from error
        raise refuse("it is no private key that is understood", "check the path") from error
    except OSError as error:
        raise refuse(error.strerror or str(error), "check the path") from error


def _certificate(target: Target) -> asyncssh.SSHCertificate | None:
    """The certificate that lies beside the key, as OpenSSH names it: ``KEY-cert.pub``."""
    if target.key_file is None:
        return None
    path = target.key_file.with_name(f"{target.key_file.name}-cert.pub")
    try:
        return _read_certificate(path, _version_of(path))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, asyncssh.Error) as error:
        raise AuthenticationError(
            f"can't use the certificate {path}: {error}",
            host=target.host,
            stage="connect",
            hint="sign the key anew (ssh-keygen -s), or move that file away",
        ) from error


def kex_algorithms(legacy: bool) -> tuple[str, ...]:
    """The key exchanges that are offered."""
    return _KEX + (_LEGACY_KEX if legacy else ())


def host_key_algorithms(legacy: bool) -> tuple[str, ...]:
    """The kinds of host key that are accepted."""
    return _HOST_KEYS + (_LEGACY_HOST_KEYS if legacy else ())


def options(
    target: Target, trusted: list[asyncssh.SSHKey], revoked: list[asyncssh.SSHKey]
) -> dict[str, Any]:
    """What asyncssh is told. Nothing of the user's own SSH configuration counts."""
    key = private_key(target)
    legacy = target.legacy_algorithms
    pinned = [
        name
        for trusted_key in trusted
        for name in (
            ("rsa-sha2-512", "rsa-sha2-256")
            if trusted_key.get_algorithm() == "ssh-rsa"
            else (trusted_key.get_algorithm(),)
        )
    ]
    admitted = host_key_algorithms(legacy)
    host_keys = [*dict.fromkeys([name for name in pinned if name in admitted] + list(admitted))]
    options: dict[str, Any] = {
        "config": None,
        "known_hosts": (trusted, [], revoked),
        "host_key_alias": target.host,
        "username": target.username,
        "password": target.password,
        # None: no key at all. Who wants the agent's asks it and puts them here.
        "client_keys": [(key, _certificate(target))] if key else None,
        "agent_path": None,
        "gss_host": None,
        "kex_algs": kex_algorithms(legacy),
        "encryption_algs": _CIPHERS + (_LEGACY_CIPHERS if legacy else ()),
        "server_host_key_algs": host_keys,
        "signature_algs": admitted,
        "connect_timeout": target.timeout,
        "login_timeout": target.timeout,
        "keepalive_interval": KEEPALIVE_SECONDS,
        "keepalive_count_max": KEEPALIVE_TRIES,
        "compression_algs": None,
    }
    if legacy:
        options["mac_algs"] = "+" + ",".join(_LEGACY_MACS)
    return options


def host_key_error(
    target: Target, trusted: list[asyncssh.SSHKey], shown: asyncssh.SSHKey | None
) -> HostKeyError:
    """The refusal of a key that is not pinned; ``shown`` is what the device has, where known."""
    now = f", it shows {shown.get_fingerprint()}" if shown else ""
    trust = f"sekayu-net inventory trust --host {target.host}"
    if not trusted:
        return HostKeyError(
            f"its host key is not known yet{now}",
            host=target.host,
            stage="connect",
            hint=f"compare the fingerprint with the device, then: {trust}",
        )
    before = ", ".join(key.get_fingerprint() for key in trusted)
    return HostKeyError(
        f"its host key has changed: pinned is {before}{now}",
        host=target.host,
        stage="connect",
        hint=f"someone may stand in between. Only if the device was replaced or reset: {trust}",
    )
