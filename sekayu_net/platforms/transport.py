"""One SSH connection to one device: exec requests and files, synchronous to its caller.

The SSH client (asyncssh) is known here, its errors in ``client_errors``, and nowhere else. All
connections of a process share one event loop in a daemon thread; callers block in their own
threads. Every failure leaves here as a
``DeviceError`` that names host and stage. What commands mean, and what their output says, is not
this module's business.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from sekayu_net import system
from sekayu_net.errors import (
    AuthenticationError,
    GarbledError,
    HostKeyError,
)
from sekayu_net.platforms.client_errors import client_errors

if TYPE_CHECKING:
    from sekayu_net.platforms.base import Target

T = TypeVar("T")

#: Seconds of silence after which the peer is asked whether it lives, and how often without answer.
KEEPALIVE_SECONDS = 5
KEEPALIVE_TRIES = 3
#: Largest answer taken from a device, in bytes: the largest real exports are below 10 MB.
MAX_OUTPUT = 64 * 1024 * 1024
_BURST = 256 * 1024
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


@dataclass(frozen=True, slots=True)
class HostKey:
    """A device's public host key: ``line`` is ``TYPE BASE64``, ``fingerprint`` ``SHA256:…``."""

    line: str
    fingerprint: str

    def known_hosts_line(self, host: str) -> str:
        """The line that pins this key under an inventory name (no line end)."""
        return f"{host} {self.line}"


class _Loop:
    """An event loop in a daemon thread."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="ssh", daemon=True).start()

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Run a coroutine to its end from another thread; an interrupt here cancels it there."""
        if sys.is_finalizing():
            # The loop's thread stands still by now: waiting would have no end.
            work.close()
            raise asyncssh.ConnectionLost("the program is ending")
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result()
        except BaseException:
            future.cancel()
            raise


_loops: dict[int, _Loop] = {}
_starting = threading.Lock()


def _loop_of(pid: int) -> _Loop:  # a forked child must not wait for its parent's thread
    with _starting:
        if pid not in _loops:
            _loops[pid] = _Loop()
        return _loops[pid]


def _wait(work: Coroutine[Any, Any, T], seconds: float) -> T:
    return _loop_of(os.getpid()).wait(_bounded(work, seconds))


async def _bounded(work: Coroutine[Any, Any, T], seconds: float) -> T:
    """Wait with a limit, as ``asyncio.wait_for``, but not for the end of what was cancelled.

    Closing a file or a channel towards a silent device has no end.
    """
    task = asyncio.ensure_future(work)
    task.add_done_callback(lambda done: done.cancelled() or done.exception())
    try:
        done, _ = await asyncio.wait({task}, timeout=seconds)
    finally:
        task.cancel()
    if not done:
        raise TimeoutError
    return task.result()


def _version_of(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=16)
def _read_known_hosts(path: Path, _stamp: tuple[int, int]) -> asyncssh.SSHKnownHosts:
    return asyncssh.read_known_hosts(str(path))


def _pinned(target: Target) -> tuple[list[asyncssh.SSHKey], list[asyncssh.SSHKey]]:
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
def _read_key(path: Path, _stamp: tuple[int, int]) -> asyncssh.SSHKey:
    return asyncssh.read_private_key(str(path))


def _private_key(target: Target) -> asyncssh.SSHKey | None:
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
        return _read_key(path, _version_of(path))
    except asyncssh.KeyEncryptionError as error:
        raise refuse(
            "it needs a passphrase", "load it with ssh-add and leave key_file out"
        ) from error
    except asyncssh.KeyImportError as error:
        if "passphrase" in str(error).lower():
            raise refuse(
                "it needs a passphrase", "load it with ssh-add and leave key_file out"
            ) from error
        raise refuse("it is no private key that is understood", "check the path") from error
    except OSError as error:
        raise refuse(error.strerror or str(error), "check the path") from error


class _Client(asyncssh.SSHClient):
    """Remembers which key the device showed, so that a refusal can name it."""

    def __init__(self) -> None:
        self.shown: asyncssh.SSHKey | None = None

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - the callback's signature
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Asked only for a key that is not pinned."""
        self.shown = key
        return False


def _options(
    target: Target, trusted: list[asyncssh.SSHKey], revoked: list[asyncssh.SSHKey]
) -> dict[str, Any]:
    key = _private_key(target)
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
    admitted = _HOST_KEYS + (_LEGACY_HOST_KEYS if legacy else ())
    host_keys = [*dict.fromkeys([name for name in pinned if name in admitted] + list(admitted))]
    options: dict[str, Any] = {
        "config": None,
        "known_hosts": (trusted, [], revoked),
        "host_key_alias": target.host,
        "username": target.username,
        "password": target.password,
        "client_keys": [key] if key else None,
        "agent_path": system.agent(os.environ) if key is None else None,
        "gss_host": None,
        "kex_algs": _KEX + (_LEGACY_KEX if legacy else ()),
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


def _host_key_error(
    target: Target, trusted: list[asyncssh.SSHKey], shown: asyncssh.SSHKey | None
) -> HostKeyError:
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


def _decode(data: bytes, encoding: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return text.replace("\r\n", "\n")


def _as_bytes(data: bytes | str) -> bytes:
    return data.encode("utf-8") if isinstance(data, str) else data


class Connection:
    """An open connection. Not for use by two threads at once. ``timeout`` is in seconds."""

    def __init__(self, target: Target, ssh: asyncssh.SSHClientConnection) -> None:
        self._target = target
        self._ssh = ssh
        self._sftp: asyncssh.SFTPClient | None = None
        self._where = f"{target.address} port {target.port}"

    @property
    def alive(self) -> bool:
        """Whether the connection is open as far as this side knows."""
        return not self._ssh.is_closed()

    def run(
        self,
        command: str,
        timeout: float | None = None,
        *,
        stage: str = "read",
        encoding: str = "utf-8",
    ) -> str:
        """Run one command over an exec channel and give all it prints (stdout, then stderr).

        Line ends become LF. ``encoding`` falls back to Latin-1, in which every byte is a letter.
        The exit status is not looked at: RouterOS gives 0 for failures. ``timeout`` is for the
        whole answer. ``UnreachableError`` when the session is lost or silent.
        """
        seconds = self._target.timeout if timeout is None else timeout
        with client_errors(self._target.host, stage, seconds, self._where):
            return _decode(_wait(self._run(command), seconds), encoding)

    async def _run(self, command: str) -> bytes:
        process = await self._ssh.create_process(
            command, encoding=None, stdin=asyncssh.DEVNULL, request_pty=False
        )
        try:
            out, err = await asyncio.gather(
                self._whole(process.stdout), self._whole(process.stderr)
            )
        finally:
            process.close()
        if process.exit_status is None and process.exit_signal is None and self._ssh.is_closed():
            raise asyncssh.ConnectionLost("session lost")
        return out + err

    async def _whole(self, stream: asyncssh.SSHReader[bytes]) -> bytes:
        """All of a stream: one ``read(n)`` gives only what has come so far."""
        found = bytearray()
        while burst := await stream.read(_BURST):
            found += burst
            if len(found) > MAX_OUTPUT:
                raise GarbledError(
                    f"an answer of more than {MAX_OUTPUT} bytes",
                    host=self._target.host,
                    stage="read",
                    hint="no configuration is that long: look at the device by hand",
                )
        return bytes(found)

    def put(
        self, data: bytes, path: str, timeout: float | None = None, *, stage: str = "upload"
    ) -> None:
        """Write a file on the device."""
        seconds = self._target.timeout if timeout is None else timeout
        with client_errors(self._target.host, stage, seconds, self._where):
            _wait(self._put(data, path), seconds)

    async def _put(self, data: bytes, path: str) -> None:
        sftp = await self._files()
        async with sftp.open(path, "wb") as file:
            await file.write(data)

    def get(self, path: str, timeout: float | None = None, *, stage: str = "download") -> bytes:
        """Read a file of the device. ``GarbledError`` when there is none."""
        seconds = self._target.timeout if timeout is None else timeout
        with client_errors(self._target.host, stage, seconds, self._where):
            return _wait(self._get(path), seconds)

    async def _get(self, path: str) -> bytes:
        sftp = await self._files()
        async with sftp.open(path, "rb") as file:
            return _as_bytes(await file.read())

    async def _files(self) -> asyncssh.SFTPClient:
        if self._sftp is None:
            self._sftp = await self._ssh.start_sftp_client()
        return self._sftp

    def close(self) -> None:
        """Let go. Never raises, waits at most a second for a silent device."""
        with suppress(Exception):
            _wait(self._close(), 3)

    async def _close(self) -> None:
        self._ssh.close()
        done, _ = await asyncio.wait({asyncio.ensure_future(self._ssh.wait_closed())}, timeout=1)
        if not done:
            self._ssh.abort()


def connect(target: Target) -> Connection:
    """Open a connection: host key checked against the pinned one, then authenticated.

    ``HostKeyError``, ``AuthenticationError``, ``UnreachableError`` (refused, no route, silent) or
    ``GarbledError`` (no SSH there). The whole takes at most the target's ``timeout``.
    """
    where = f"{target.address} port {target.port}"
    trusted, revoked = _pinned(target)
    client = _Client()

    async def work() -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(
            target.address,
            target.port,
            client_factory=lambda: client,
            **_options(target, trusted, revoked),
        )

    with client_errors(target.host, "connect", target.timeout, where):
        try:
            ssh = _wait(work(), target.timeout)
        except asyncssh.HostKeyNotVerifiable as error:
            raise _host_key_error(target, trusted, client.shown) from error
    return Connection(target, ssh)


def accepts(target: Target, username: str, password: str) -> bool:
    """Whether a login with this password gets in: one attempt, no key, no agent.

    Raises as ``connect`` does for all but a refusal.
    """
    trusted, revoked = _pinned(target)
    options = _options(target, trusted, revoked) | {
        "username": username,
        "password": password,
        "client_keys": None,
        "agent_path": None,
        "preferred_auth": "password",
    }

    async def work() -> asyncssh.SSHClientConnection:
        return await asyncssh.connect(target.address, target.port, **options)

    where = f"{target.address} port {target.port}"
    try:
        with client_errors(target.host, "connect", target.timeout, where):
            _wait(work(), target.timeout).abort()
    except AuthenticationError:
        return False
    return True


def pinned(target: Target) -> tuple[HostKey, ...]:
    """The host keys that a device's known_hosts trusts. ``HostKeyError`` for a broken file.

    For a client of another make, which then checks them itself.
    """
    return tuple(_shown(key) for key in _pinned(target)[0])


def unpinned(target: Target, shown: HostKey | None) -> HostKeyError:
    """The refusal of a device whose key is not the pinned one, or not known."""
    key = None if shown is None else asyncssh.import_public_key(shown.line)
    return _host_key_error(target, _pinned(target)[0], key)


def check_key_file(target: Target) -> None:
    """Raise ``AuthenticationError`` when the target's private key can't be used."""
    _private_key(target)


def _shown(key: asyncssh.SSHKey) -> HostKey:
    line = key.export_public_key("openssh").decode("ascii").split()
    return HostKey(" ".join(line[:2]), key.get_fingerprint())


def fetch_host_key(
    address: str, port: int, timeout: float, *, legacy_algorithms: bool = False, host: str = ""
) -> HostKey:
    """Ask a device for its host key, without logging in. ``host`` names it in errors."""
    where = f"{address} port {port}"
    name = host or where

    async def work() -> asyncssh.SSHKey | None:
        return await asyncssh.get_server_host_key(
            address,
            port,
            config=None,
            kex_algs=_KEX + (_LEGACY_KEX if legacy_algorithms else ()),
            server_host_key_algs=_HOST_KEYS + (_LEGACY_HOST_KEYS if legacy_algorithms else ()),
        )

    with client_errors(name, "trust", timeout, where):
        key = _wait(work(), timeout)
    if key is None:
        raise GarbledError(f"{where} shows no host key", host=name, stage="trust")
    return _shown(key)
