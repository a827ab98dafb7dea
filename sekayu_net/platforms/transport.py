"""One SSH connection to one device: exec requests and files, synchronous to its caller.

The SSH client (asyncssh) is known here, in ``ssh_options`` (what a connection is made with),
``ssh_login`` and ``client_errors``, and nowhere else. All connections of a process share one event
loop in a daemon thread; callers block in their own threads: each step between the two costs, so
what can be asked at once is asked at once (``run_all``). Every failure leaves here as a
``DeviceError`` that names host and stage. What commands mean, and what their output says, is not
this module's business.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import asyncssh

from sekayu_net.errors import AuthenticationError, DeviceError, GarbledError, HostKeyError
from sekayu_net.platforms.client_errors import client_errors
from sekayu_net.platforms.ssh_login import Client
from sekayu_net.platforms.ssh_options import (
    KEEPALIVE_SECONDS,
    HostKey,
    host_key_algorithms,
    host_key_error,
    kex_algorithms,
    options,
    pinned_keys,
    private_key,
)

if TYPE_CHECKING:
    from sekayu_net.platforms.base import Target

T = TypeVar("T")

__all__ = [
    "KEEPALIVE_SECONDS",
    "Connection",
    "HostKey",
    "Request",
    "accepts",
    "check_key_file",
    "connect",
    "doorway",
    "fetch_host_key",
    "pinned",
    "unpinned",
]

#: Requests that one device works on at once: more would only wait for its processor.
AT_ONCE = 3
#: Largest answer taken from a device, in bytes: the largest real exports are below 10 MB.
MAX_OUTPUT = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Request:
    """One exec request, as ``Connection.run`` has it. ``timeout`` in seconds."""

    command: str
    timeout: float | None = None
    encoding: str = "utf-8"


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


class _Answer(asyncssh.SSHClientSession[bytes]):
    """What one command prints. ``whole``: stdout, then stderr, when the device is through."""

    def __init__(self, host: str) -> None:
        self.whole: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._host = host
        self._out = bytearray()
        self._err = bytearray()

    def data_received(self, data: bytes, datatype: asyncssh.DataType) -> None:
        """A piece of it."""
        (self._out if datatype is None else self._err).extend(data)
        if len(self._out) + len(self._err) > MAX_OUTPUT and not self.whole.done():
            self.whole.set_exception(
                GarbledError(
                    f"an answer of more than {MAX_OUTPUT} bytes",
                    host=self._host,
                    stage="read",
                    hint="no configuration is that long: look at the device by hand",
                )
            )

    def eof_received(self) -> bool:
        """The device says no more: that is the end, whether it closes the channel or not."""
        self._end(None)
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The channel is closed: by the device, or because the connection is."""
        self._end(exc)

    def _end(self, error: Exception | None) -> None:
        if self.whole.done():
            return
        if error is None:
            self.whole.set_result(bytes(self._out + self._err))
        else:
            self.whole.set_exception(error)
            self.whole.exception()  # seen, even if nobody waits any more


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
        self._where = _where(target)

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
            said = _loop_of(os.getpid()).wait(self._run(command, seconds))
            return _decode(said, encoding)

    async def _run(self, command: str, seconds: float) -> bytes:
        """One exec in the caller's task: neither a stream nor a task of its own for it."""
        # Nothing here waits for a farewell when it is cancelled, so this is enough of a limit.
        async with asyncio.timeout(seconds):
            answer = _Answer(self._target.host)
            channel, _ = await self._ssh.create_session(
                lambda: answer, command, encoding=None, request_pty=False
            )
            try:
                channel.write_eof()
                said = await answer.whole
            finally:
                channel.close()
        unended = channel.get_exit_status() is None and channel.get_exit_signal() is None
        if unended and self._ssh.is_closed():
            raise asyncssh.ConnectionLost("session lost")
        return said

    def run_all(
        self, requests: Sequence[Request], *, stage: str = "read"
    ) -> list[str | DeviceError]:
        """Run requests that do not depend on each other; each answer, or what came instead.

        Each has a channel of its own, ``AT_ONCE`` of them at a time. One whose channel the device
        does not open beside another's is run again alone, so only ask what may be asked twice.
        """
        return _loop_of(os.getpid()).wait(self._run_all(requests, stage))

    async def _run_all(self, requests: Sequence[Request], stage: str) -> list[str | DeviceError]:
        room = asyncio.Semaphore(AT_ONCE)

        async def one(request: Request) -> str | DeviceError | asyncssh.ChannelOpenError:
            async with room:
                return await self._answer(request, stage)

        tried = await asyncio.gather(*(one(request) for request in requests))
        found: list[str | DeviceError] = []
        for request, said in zip(requests, tried, strict=True):
            if isinstance(said, asyncssh.ChannelOpenError):
                said = await self._answer(request, stage, last=True)  # noqa: PLW2901
            assert not isinstance(said, asyncssh.ChannelOpenError)  # noqa: S101 - see ``last``
            found.append(said)
        return found

    async def _answer(
        self, request: Request, stage: str, *, last: bool = False
    ) -> str | DeviceError | asyncssh.ChannelOpenError:
        seconds = self._target.timeout if request.timeout is None else request.timeout
        try:
            with client_errors(self._target.host, stage, seconds, self._where):
                try:
                    said = await self._run(request.command, seconds)
                except asyncssh.ChannelOpenError as error:
                    if last or self._ssh.is_closed():
                        raise
                    return error
                return _decode(said, request.encoding)
        except DeviceError as error:
            return error

    def put(
        self, files: Mapping[str, bytes], timeout: float | None = None, *, stage: str = "upload"
    ) -> None:
        """Write files, by path, one after the other; ``timeout`` is for each of them."""
        seconds = (self._target.timeout if timeout is None else timeout) * len(files)
        with client_errors(self._target.host, stage, seconds, self._where):
            _wait(self._put(files), seconds)

    async def _put(self, files: Mapping[str, bytes]) -> None:
        sftp = await self._files()
        closing: list[Coroutine[Any, Any, Any]] = []
        for path, data in files.items():
            # What was written is closed in the round trip that opens the next, and before it.
            *_, file = await asyncio.gather(*closing, sftp.open(path, "wb"))
            closing = [file.close()]
            try:
                await file.write(data)
            except BaseException:
                await closing[0]
                raise
        await asyncio.gather(*closing)

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


async def _open(target: Target) -> asyncssh.SSHClientConnection:
    """Connect, through the target's jump host where it has one. Errors are ours already."""
    trusted, revoked = pinned_keys(target)
    told = options(target, trusted, revoked)
    if target.jump is not None:
        told["tunnel"] = await _jump(target.jump)
    client = Client(signs=bool(told["client_keys"]))

    async def work() -> asyncssh.SSHClientConnection:
        if target.key_file is None:
            told["client_keys"] = await _agent_keys()
        return await asyncssh.connect(
            target.address, target.port, client_factory=lambda: client, **told
        )

    with client_errors(target.host, "connect", target.timeout, _where(target)):
        try:
            return await _bounded(work(), target.timeout)
        except asyncssh.HostKeyNotVerifiable as error:
            raise host_key_error(target, trusted, client.shown) from error


#: SSH agents, by loop and socket: one connection to each serves all logins.
_agents: dict[tuple[int, str], asyncssh.SSHAgentClient] = {}


async def _agent_keys() -> list[asyncssh.SSHKeyPair] | None:
    """The keys of the user's agent; None when there is none that answers, or it has none."""
    path = os.environ.get("SSH_AUTH_SOCK")
    if not path:
        return None
    key = (id(asyncio.get_running_loop()), path)
    agent = _agents.setdefault(key, asyncssh.SSHAgentClient(path))
    try:
        return list(await agent.get_keys()) or None
    except (OSError, ValueError):
        return None


#: Open connections to jump hosts, by loop: one carries the connections to all devices behind it.
_jumps: dict[tuple[int, Target], asyncio.Task[asyncssh.SSHClientConnection]] = {}


async def _jump(target: Target) -> asyncssh.SSHClientConnection:
    key = (id(asyncio.get_running_loop()), target)
    task = _jumps.get(key)
    if task is not None and task.done() and (task.exception() or task.result().is_closed()):
        task = None
    if task is None:
        task = _jumps[key] = asyncio.ensure_future(_open(target))
    return await asyncio.shield(task)


def doorway(target: Target) -> tuple[str, int]:
    """Address and port at which a client of another make finds the device from this machine.

    Behind a jump host it is a port of the loopback, which leads there while the program runs.
    Raises as ``connect``, of the jump host.
    """
    jump = target.jump
    if jump is None:
        return target.address, target.port

    async def work() -> int:
        gate = await _jump(jump)
        listener = await gate.forward_local_port("127.0.0.1", 0, target.address, target.port)
        return listener.get_port()

    with client_errors(jump.host, "connect", jump.timeout, _where(jump)):
        return "127.0.0.1", _wait(work(), 2 * jump.timeout)


def _where(target: Target) -> str:
    through = f" (through {target.jump.host})" if target.jump else ""
    return f"{target.address} port {target.port}{through}"


def connect(target: Target) -> Connection:
    """Open a connection: host key checked against the pinned one, then authenticated.

    ``HostKeyError``, ``AuthenticationError``, ``UnreachableError`` (refused, no route, silent) or
    ``GarbledError`` (no SSH there). The whole takes at most the target's ``timeout``, and the jump
    host's for the first that goes through it; an error that names the jump host is about it.
    """
    return Connection(target, _loop_of(os.getpid()).wait(_open(target)))


def accepts(target: Target, username: str, password: str) -> bool:
    """Whether a login with this password gets in: one attempt, no key, no agent.

    Raises as ``connect`` does for all but a refusal.
    """
    trusted, revoked = pinned_keys(target)
    told = options(target, trusted, revoked) | {
        "username": username,
        "password": password,
        "client_keys": None,
        "agent_path": None,
        "preferred_auth": "password",
    }

    async def work() -> asyncssh.SSHClientConnection:
        if target.jump is not None:
            told["tunnel"] = await _jump(target.jump)
        return await asyncssh.connect(target.address, target.port, **told)

    try:
        with client_errors(target.host, "connect", target.timeout, _where(target)):
            _wait(work(), target.timeout).abort()
    except AuthenticationError:
        return False
    return True


def pinned(target: Target) -> tuple[HostKey, ...]:
    """The host keys that a device's known_hosts trusts. ``HostKeyError`` for a broken file.

    For a client of another make, which then checks them itself.
    """
    return tuple(_shown(key) for key in pinned_keys(target)[0])


def unpinned(target: Target, shown: HostKey | None) -> HostKeyError:
    """The refusal of a device whose key is not the pinned one, or not known."""
    key = None if shown is None else asyncssh.import_public_key(shown.line)
    return host_key_error(target, pinned_keys(target)[0], key)


def check_key_file(target: Target) -> None:
    """Raise ``AuthenticationError`` when the target's private key can't be used."""
    private_key(target)


def _shown(key: asyncssh.SSHKey) -> HostKey:
    line = key.export_public_key("openssh").decode("ascii").split()
    return HostKey(" ".join(line[:2]), key.get_fingerprint())


def fetch_host_key(
    address: str,
    port: int,
    timeout: float,
    *,
    legacy_algorithms: bool = False,
    host: str = "",
    jump: Target | None = None,
) -> HostKey:
    """Ask a device for its host key, without logging in. ``host`` names it in errors."""
    where = f"{address} port {port}"
    name = host or where

    async def work() -> asyncssh.SSHKey | None:
        return await asyncssh.get_server_host_key(
            address,
            port,
            tunnel=() if jump is None else await _jump(jump),
            config=None,
            kex_algs=kex_algorithms(legacy_algorithms),
            server_host_key_algs=host_key_algorithms(legacy_algorithms),
        )

    with client_errors(name, "trust", timeout, where):
        key = _wait(work(), timeout)
    if key is None:
        raise GarbledError(f"{where} shows no host key", host=name, stage="trust")
    return _shown(key)
