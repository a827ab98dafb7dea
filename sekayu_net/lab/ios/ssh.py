"""A device's SSH server: who may log in and with which privilege; terminals, exec requests, SCP.

The socket in front of it, which can fall silent, is the lab's ``ssh.serve`` with ``greet`` as its
server.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

import asyncssh

from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.device import IosDevice, StoppedError
from sekayu_net.lab.ios.scp import serve_scp
from sekayu_net.lab.ios.shell import Shell
from sekayu_net.lab.ios.tree import Line

_CHUNK = 65536


class Login:
    """A connection as the device lists it. ``vty`` is -1 until someone is in."""

    def __init__(self, device: IosDevice, source: str) -> None:
        self._device = device
        self.source = source
        self.user = ""
        self.since = ""
        self.vty = -1
        self.drop: Callable[[], None] = lambda: None
        self.connection: asyncssh.SSHServerConnection | None = None
        #: Whether packets get through to whoever it is.
        self.passes: Callable[[], bool] = lambda: True

    def accepted(self, user: str) -> bool:
        """The user is in, on the first free line; False when there is none."""
        used = {connection.vty for connection in self._device.connections}
        free = next((n for n in range(_lines(self._device)) if n not in used), None)
        if free is None:
            return False
        self.user, self.vty = user, free
        self.since = self._device.time()
        self._device.connections.append(self)
        return True

    def gone(self) -> None:
        """The connection ended."""
        if self in self._device.connections:
            self._device.connections.remove(self)


def _lines(device: IosDevice) -> int:
    last = [int(line.text.split()[-1]) for line in device.running.all("line vty")]
    return max(last, default=-1) + 1


def vty(device: IosDevice, number: int) -> Line | None:
    """The section of a vty."""
    for line in device.running.all("line vty"):
        words = line.text.split()
        if int(words[2]) <= number <= int(words[-1]):
            return line
    return None


def takes_ssh(line: Line | None) -> bool:
    """Whether a line's transport is SSH (also); all is the default of old versions."""
    if line is None:
        return False
    given = line.get("transport input")
    return given is None or any(word in ("ssh", "all") for word in given.text.split()[2:])


def authenticates(device: IosDevice, line: Line | None) -> bool:
    """Whether the local users are asked: AAA's login list, or ``login local``."""
    if line is None:
        return False
    if device.running.has("aaa new-model"):
        named = line.get("login authentication")
        name = named.text.split()[2] if named is not None else "default"
        found = device.running.get(f"aaa authentication login {name}")
        if found is None:
            return name == "default"
        return any(word in ("local", "local-case") for word in found.text.split()[4:])
    return line.has("login local")


def privilege_of(device: IosDevice, user: str, line: Line | None) -> int:
    """The level at which a session begins.

    With AAA the user's own counts only where ``aaa authorization exec`` asks the local users.
    """
    found = device.user(user)
    own = int(found["privilege"]) if found is not None else 1
    level = line.get("privilege level") if line is not None else None
    of_line = int(level.text.split()[2]) if level is not None else 1
    if device.running.has("aaa new-model"):
        named = line.get("authorization exec") if line is not None else None
        name = named.text.split()[2] if named is not None else "default"
        rule = device.running.get(f"aaa authorization exec {name}")
        if rule is None or not any(word == "local" for word in rule.text.split()[4:]):
            return of_line
    return max(own, of_line)


class _Server(asyncssh.SSHServer):
    def __init__(self, device: IosDevice, login: Login) -> None:
        self._device = device
        self._login = login

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._login.connection = conn

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._login.gone()

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002
        return True

    def _open(self) -> bool:
        line = vty(self._device, 0)
        return takes_ssh(line) and authenticates(self._device, line)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        chain = self._device.running.get("ip ssh pubkey-chain")
        section = chain.get(f"username {username}") if chain is not None else None
        if section is None or self._device.user(username) is None or not self._open():
            return False
        digest = hashlib.md5(key.public_data, usedforsecurity=False).hexdigest()
        return any(line.text.split()[2].lower() == digest for line in section.all("key-hash"))

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        good = self._open() and self._device.check_password(username, password)
        if not good:
            self._device.log.add(
                ("SEC_LOGIN", "4"),
                f"%SEC_LOGIN-4-LOGIN_FAILED: Login failed [user: {username}] "
                f"[Source: {self._login.source}] [localport: 22] [Reason: Login Authentication "
                "Failed]",
            )
        return good

    def auth_completed(self) -> None:
        connection = self._login.connection
        if connection is None or self._login.user:
            return
        if not self._login.accepted(connection.get_extra_info("username")):
            connection.abort()


def greet(
    device: IosDevice, source: str
) -> tuple[Login, asyncssh.SSHServerConnectionOptions, Callable[[], asyncssh.SSHServer]]:
    """What one connection needs: its login, the server's options, the server."""
    login = Login(device, source)
    key: Any = device.faults.host_key or device.host_key
    options = asyncssh.SSHServerConnectionOptions(
        server_host_keys=[key],
        server_version="Cisco-1.25",
        process_factory=partial(_process, device, login),
        encoding=None,
        line_editor=False,
        compression_algs=["none"],
        agent_forwarding=False,
        allow_pty=True,
        x11_forwarding=False,
        keepalive_interval=0,
        login_timeout=120,
    )
    return login, options, partial(_Server, device, login)


async def _process(
    device: IosDevice, login: Login, process: asyncssh.SSHServerProcess[bytes]
) -> None:
    line = vty(device, login.vty)
    console = Console(device, login.user, privilege_of(device, login.user, line), login.source)
    command = process.command
    status = 0
    with contextlib.suppress(asyncssh.Error, OSError, StoppedError):
        if device.faults.garbage:
            process.stdout.write(secrets.token_bytes(200))
        elif command is None:
            await _interactive(device, console, line, process)
        elif command.startswith("scp "):

            async def read() -> bytes:
                return await process.stdin.read(_CHUNK)

            status = await serve_scp(device, console.privilege, command, read, process.stdout.write)
        else:
            await _think(device)
            text = await console.run(command)
            process.stdout.write(("\n" + text).replace("\n", "\r\n").encode())
    with contextlib.suppress(OSError, asyncssh.Error):
        process.exit(status)


async def _interactive(
    device: IosDevice,
    console: Console,
    line: Line | None,
    process: asyncssh.SSHServerProcess[bytes],
) -> None:
    if process.term_type is not None and process.term_size[0]:
        console.width = process.term_size[0]
    length = line.get("length") if line is not None else None
    if length is not None:
        console.length = int(length.text.split()[1])

    async def read() -> bytes:
        try:
            return await process.stdin.read(_CHUNK)
        except asyncssh.TerminalSizeChanged:
            return await read()
        except (asyncssh.BreakReceived, asyncssh.SignalReceived):
            return b"\x03"

    async def before() -> None:
        await _think(device)

    await Shell(console, read, process.stdout.write, before).run()


async def _think(device: IosDevice) -> None:
    if device.faults.slow > 0:
        await asyncio.sleep(device.faults.slow)
