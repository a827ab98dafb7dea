"""A device's SSH server, and the socket in front of it that can fall silent.

``serve`` listens; every connection gets a server of its own over a socket pair, and a pump
between that holds bytes in both directions while ``gate()`` says that no packet gets through.
Who may do what is read from the device at each login.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import secrets
import socket
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any, Literal

import asyncssh

from sekayu_net.lab.algorithms import offer
from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.sftp import DeviceFiles
from sekayu_net.lab.shell import Shell, until_first
from sekayu_net.lab.terminal import Terminal, bare_user
from sekayu_net.lab.timers import LoopTimers, Run

Site = Literal["controller", "onsite"]
#: What makes, of a device and an address, one connection's login, options and server. A login has
#: ``connection``, ``passes`` and ``drop``; the options are the platform's.
Greet = Callable[
    [Any, str],
    tuple[Any, asyncssh.SSHServerConnectionOptions, Callable[[], asyncssh.SSHServer]],
]
#: Seconds between looks at a closed gate.
_GATE_LOOK = 0.05
_CHUNK = 65536
#: A slow line carries pieces of so many seconds.
_PIECE_SECONDS = 0.05


class _Login:
    """A connection as the device lists it."""

    def __init__(self, device: LabDevice, source: str) -> None:
        self._device = device
        self.source = source
        self.user = ""
        self.group = ""
        self.since = ""
        #: When the user was here before.
        self.last: datetime | None = None
        self.drop: Callable[[], None] = lambda: None
        self.connection: asyncssh.SSHServerConnection | None = None
        #: Whether packets get through to whoever it is.
        self.passes: Callable[[], bool] = lambda: True

    def accepted(self, user: str) -> None:
        """The user is in."""
        item = self._device.state.named("/user", user)
        self.user = user
        self.group = item.get("group") if item else ""
        now = self._device.clock.now()
        self.since = self._device.dates.stamp(now)
        self.last = self._device.last_logins.get(user)
        self._device.last_logins[user] = now
        self._device.connections.append(self)
        self._device.log.add(
            ("system", "info", "account"), f"user {user} logged in from {self.source} via ssh"
        )

    def gone(self) -> None:
        """The connection ended."""
        if self in self._device.connections:
            self._device.connections.remove(self)
            self._device.log.add(
                ("system", "info", "account"),
                f"user {self.user} logged out from {self.source} via ssh",
            )


class _Server(asyncssh.SSHServer):
    """Authentication as RouterOS does it."""

    def __init__(self, device: LabDevice, login: _Login) -> None:
        self._device = device
        self._login = login

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        """The beginning."""
        self._login.connection = conn

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The end."""
        self._login.gone()

    def _user_allowed(self, user: str) -> bool:
        item = self._device.state.named("/user", user)
        if item is None or item.disabled or "ssh" not in self._device.policies(user):
            return False
        allowed = item.get("address")
        return not allowed or _within(self._login.source, allowed)

    def _keys(self, user: str) -> list[str]:
        return [
            key.get("key")
            for key in self._device.state.rows("/user ssh-keys")
            if key.get("user") == user
        ]

    def begin_auth(self, username: str) -> bool:
        """An account with an empty password and no key needs nothing."""
        user = bare_user(username)
        item = self._device.state.named("/user", user)
        if (
            item is not None
            and self._user_allowed(user)
            and not item.get("password")
            and not self._keys(user)
        ):
            self._login.accepted(user)
            return False
        return True

    def public_key_auth_supported(self) -> bool:
        """Yes."""
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """A key that the user has."""
        user = bare_user(username)
        data = key.export_public_key("openssh").decode().split()[1]
        return self._user_allowed(user) and any(
            known.split()[1:2] == [data] for known in self._keys(user)
        )

    def password_auth_supported(self) -> bool:
        """Yes."""
        return True

    def _password_allowed(self, user: str) -> bool:
        settings = self._device.settings("/ip ssh")
        if at_least(self._device.version, "7.21"):
            rule = settings["password-authentication"]
        else:
            rule = "yes" if settings["always-allow-password-login"] == "yes" else "yes-if-no-key"
        return rule == "yes" or (rule == "yes-if-no-key" and not self._keys(user))

    def validate_password(self, username: str, password: str) -> bool:
        """The password, unless the user has a key and the device then takes none."""
        user = bare_user(username)
        item = self._device.state.named("/user", user)
        good = (
            item is not None
            and self._user_allowed(user)
            and self._password_allowed(user)
            and secrets.compare_digest(item.get("password").encode(), password.encode())
        )
        if not good:
            self._device.log.add(
                ("system", "error", "critical"),
                f"login failure for user {user} from {self._login.source} via ssh",
            )
        return good

    def auth_completed(self) -> None:
        """In: from now on the device lists the login and ends it when it goes down."""
        connection = self._login.connection
        if connection is not None and not self._login.user:
            self._login.accepted(bare_user(connection.get_extra_info("username")))


def _within(source: str, prefixes: str) -> bool:
    try:
        address = ipaddress.ip_address(source)
        return any(address in ipaddress.ip_network(p, strict=False) for p in prefixes.split(","))
    except ValueError:
        return False


class Listener:
    """A listening socket of one device. ``port`` is where it listens."""

    def __init__(self, server: asyncio.Server, pumps: set[asyncio.Task[None]]) -> None:
        self._server = server
        self._pumps = pumps
        self.port: int = server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Stop listening and cut what is open."""
        self._server.close()
        for _ in range(3):
            # what was just accepted becomes a pump
            await asyncio.sleep(0)
        while self._pumps:
            pumps = list(self._pumps)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)


def greet(
    device: LabDevice, source: str
) -> tuple[_Login, asyncssh.SSHServerConnectionOptions, Callable[[], asyncssh.SSHServer]]:
    """RouterOS's login, options and server for one connection."""
    login = _Login(device, source)
    return login, _options(device, login), partial(_Server, device, login)


async def serve(
    device: Any,
    gate: Callable[[], bool],
    *,
    address: str = "127.0.0.1",
    port: int = 0,
    site: Site = "controller",
    source: str | Callable[[], str] = "",
    greet: Greet = greet,
) -> Listener:
    """Let people in. ``gate()`` False, or a device without power, is silence in both directions.

    ``source`` is the address that the device sees them come from (asked anew for each where it may
    change); ``greet`` is its platform's.
    """
    if isinstance(device.timers, LoopTimers):
        device.timers.attach()
    pumps: set[asyncio.Task[None]] = set()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - asyncio runs callbacks of a server as tasks
        pumps.add(task)
        try:
            seen = (source() if callable(source) else source) or f"{site}"
            await _connection(device, gate, reader, writer, seen, greet)
        except (OSError, asyncio.CancelledError, asyncssh.Error):
            pass
        finally:
            writer.transport.abort()
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await writer.wait_closed()
            pumps.discard(task)

    server = await asyncio.start_server(connected, address, port, limit=_CHUNK)
    return Listener(server, pumps)


async def _connection(
    device: Any,
    gate: Callable[[], bool],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    source: str,
    greet: Greet,
) -> None:
    def passes() -> bool:
        return device.up and gate()

    await _open(passes)
    if device.faults.turn_away:
        device.faults.turn_away -= 1
        return
    outer = writer.get_extra_info("socket")
    outer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ours, theirs = socket.socketpair()
    login, options, server_factory = greet(device, source)
    login.passes = passes
    try:
        inside_reader, inside_writer = await asyncio.open_connection(sock=ours, limit=_CHUNK)
    except BaseException:  # also when the listener is closed just now
        ours.close()
        theirs.close()
        raise
    server = asyncio.ensure_future(
        asyncssh.run_server(theirs, options=options, server_factory=server_factory)
    )
    cut = writer.transport.abort
    inward = asyncio.ensure_future(
        _pump(device, passes, reader, inside_writer, "upload_loss_after", cut)
    )
    outward = asyncio.ensure_future(
        _pump(device, passes, inside_reader, writer, "session_loss_after", cut)
    )
    dropped = asyncio.get_running_loop().create_future()

    def drop() -> None:
        if not dropped.done():
            dropped.set_result(None)

    login.drop = drop
    try:
        await until_first(inward, outward, dropped)
        if not dropped.done() and outward.done():
            # What the device said last must arrive before the line ends.
            with contextlib.suppress(OSError):
                await writer.drain()
                writer.write_eof()
                await asyncio.wait(
                    [inward, dropped], timeout=1.0, return_when=asyncio.FIRST_COMPLETED
                )
    finally:
        # First what needs no waiting: whoever closes the listener may cancel us again.
        for task in (inward, outward, server):
            task.cancel()
        inside_writer.transport.abort()
        if login.connection is None:
            theirs.close()
        else:
            login.connection.abort()
        await asyncio.gather(inward, outward, server, return_exceptions=True)
        with contextlib.suppress(OSError):
            await inside_writer.wait_closed()
        if login.connection is not None:
            await login.connection.wait_closed()


async def _open(passes: Callable[[], bool]) -> None:
    while not passes():  # noqa: ASYNC110 - a computed answer has no event
        await asyncio.sleep(_GATE_LOOK)


async def _pump(
    device: Any,
    passes: Callable[[], bool],
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    loss: str,
    lose: Callable[[], None],
) -> None:
    """Carry bytes; ``lose`` cuts the line after the bytes that the fault ``loss`` lets by."""
    loop = asyncio.get_running_loop()
    while True:
        data = await reader.read(_CHUNK)
        if not passes():
            await _open(passes)
        if not data:
            return
        faults = device.faults
        while data:
            piece = data
            if faults.bandwidth is not None:
                piece = data[: max(1, round(faults.bandwidth * _PIECE_SECONDS))]
                await asyncio.sleep(len(piece) / faults.bandwidth)
            data = data[len(piece) :]
            left = getattr(faults, loss)
            if left is not None:
                setattr(faults, loss, left - len(piece) if left > len(piece) else None)
                if left <= len(piece):
                    writer.write(piece[:left])
                    await writer.drain()
                    lose()
                    return
            if faults.latency > 0:
                loop.call_later(faults.latency, writer.write, piece)
            else:
                writer.write(piece)
                await writer.drain()


def _options(device: LabDevice, login: _Login) -> asyncssh.SSHServerConnectionOptions:
    strong = device.settings("/ip ssh").get("strong-crypto") == "yes"
    key: Any = device.faults.host_key or device.host_key
    offered = offer(device.version, strong=strong)
    (pair,) = asyncssh.load_keypairs([key])
    if offered.signatures:
        # An RSA key would sign with SHA-2 too, which old servers do not know.
        pair.host_key_algorithms = [name.encode() for name in offered.signatures]
    return asyncssh.SSHServerConnectionOptions(
        server_host_keys=[pair],
        server_version="ROSSSH",
        process_factory=partial(_process, device, login),
        sftp_factory=lambda channel: DeviceFiles(
            channel, device, bare_user(channel.get_connection().get_extra_info("username"))
        ),
        allow_scp=True,
        kbdint_auth=False,
        encoding=None,
        line_editor=False,
        kex_algs=list(offered.kex),
        encryption_algs=list(offered.ciphers),
        mac_algs=list(offered.macs),
        signature_algs=list(offered.signatures) or (),
        compression_algs=["none"],
        agent_forwarding=False,
        allow_pty=True,
        x11_forwarding=False,
        keepalive_interval=0,
        login_timeout=60,
    )


async def _process(
    device: LabDevice, login: _Login, process: asyncssh.SSHServerProcess[bytes]
) -> None:
    name = process.channel.get_connection().get_extra_info("username")
    user = bare_user(name)
    if process.command is not None:
        await _exec(device, login, process, user)
        return
    if device.faults.garbage:
        process.stdout.write(secrets.token_bytes(200))
        _exit(process, 0)
        return
    session = device.session(user, login.source, lambda text: None, "shell")  # noqa: ARG005
    session.reachable, session.hang_up = login.passes, login.drop
    columns = process.term_size[0] if process.term_type is not None else 0
    terminal = Terminal.of(name)
    session.width = terminal.width or columns or 80

    async def read() -> bytes:
        try:
            return await process.stdin.read(_CHUNK)
        except asyncssh.TerminalSizeChanged as changed:
            session.width = terminal.width or changed.width or 80
            return await read()
        except (asyncssh.BreakReceived, asyncssh.SignalReceived):
            return b"\x03"

    async def execute(line: str, own: Session) -> None:
        await _run(device, line, own, process)

    with contextlib.suppress(asyncssh.Error, OSError):
        shell = Shell(device, session, terminal, login.last, read, process.stdout.write, execute)
        await shell.run()
    _exit(process, 0)


async def _exec(
    device: LabDevice,
    login: _Login,
    process: asyncssh.SSHServerProcess[bytes],
    user: str,
) -> None:
    command = process.command or ""
    if isinstance(command, str):
        command = command.encode().decode("latin-1")
    command = command[: device.quirks.exec_limit]
    if device.faults.slow > 0:
        await asyncio.sleep(device.faults.slow)
    if device.faults.garbage:
        process.stdout.write(secrets.token_bytes(200))
        _exit(process, 0)
        return

    def write(text: str) -> None:
        with contextlib.suppress(OSError, asyncssh.Error):
            process.stdout.write(text.replace("\n", "\r\n").encode("latin-1", "replace"))

    session = device.session(user, login.source, write, "exec")
    await _run(device, command, session, process)
    _exit(process, _status(device, session))


def _status(device: LabDevice, session: Session) -> int:
    if not session.failed:
        return 0
    if device.quirks.exec_error_status is not None:
        return device.quirks.exec_error_status
    return int(session.misread and not at_least(device.version, "7"))


def _exit(process: asyncssh.SSHServerProcess[bytes], status: int) -> None:
    with contextlib.suppress(OSError, asyncssh.Error):
        process.exit(status)


async def _run(
    device: LabDevice,
    line: str,
    session: Session,
    process: asyncssh.SSHServerProcess[Any],
) -> None:
    """Run one line to its end; it stops when its connection goes."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[None] = loop.create_future()

    def finish() -> None:
        if not done.done():
            done.set_result(None)

    run = Run(device.console_line(line, session), device.timers, finish)
    run.start()
    if not done.done():
        gone = asyncio.ensure_future(process.wait_closed())
        try:
            await until_first(done, gone)
        finally:
            gone.cancel()
            session.stopped = True if not done.done() else session.stopped
            run.stop()
