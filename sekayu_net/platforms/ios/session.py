"""One logged-in terminal on an IOS device, through NAPALM's ``ios`` driver.

What lives here: opening it (host key, user, key), asking it a question, and its clients' errors as
errors of ours. What does not: what answers mean.

NAPALM's driver is used as it is, but for three places where it must not have its way: it says when
a candidate is about to be merged (so that the undo can be seen to be armed first), it never saves
after a rollback (a reload must still lead back), and whoever armed an undo may confirm it, not only
the same account.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import paramiko
from napalm.base.exceptions import ConnectionException, NapalmException
from napalm.ios.ios import IOSDriver
from netmiko.exceptions import (
    NetmikoAuthenticationException,
    NetmikoBaseException,
    NetmikoTimeoutException,
)
from scp import SCPException

from sekayu_net.errors import (
    AuthenticationError,
    DeviceError,
    GarbledError,
    HostKeyError,
    UnreachableError,
)
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import Target

#: Key exchanges and signatures that only old devices need: they are admitted by name, for one.
_SHA1 = {
    "kex": [
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ],
    "keys": ["ssh-rsa", "ssh-dss"],
    "pubkeys": ["ssh-rsa", "ssh-dss"],
}
_REFUSED = re.compile(r"^\s*(%.*|Command authorization failed.*)$", re.MULTILINE)

# Both log what passes over the line when they are asked to: configurations hold secrets.
for _name in ("netmiko", "paramiko"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class TimedDriver(IOSDriver):  # type: ignore[misc]
    """NAPALM's driver with a hook before the merge, and without its saving after a rollback."""

    before_merge: Callable[[], None] | None = None
    #: What the console said to the last commit.
    said = ""

    def _commit_handler(self, cmd: str) -> str:
        if self.before_merge is not None and cmd.startswith("copy "):
            hook, self.before_merge = self.before_merge, None
            hook()
        self.said = super()._commit_handler(cmd)
        return self.said

    def rollback(self) -> None:
        """Go back to what was archived when the timer was set. Nothing is saved."""
        if self.has_pending_commit():
            said, self.said = self.said, ""
            super()._commit_handler("configure revert now")
            self.said = said


class Session:
    """An open terminal. Not for use by two threads at once."""

    def __init__(self, target: Target, napalm: TimedDriver, folder: Path) -> None:
        self.target = target
        self.napalm = napalm
        #: Private to this session, of mode 0700; gone when it is closed.
        self.folder = folder

    @property
    def host(self) -> str:
        """The device's name in the inventory."""
        return self.target.host

    @contextmanager
    def errors(self, stage: str) -> Iterator[None]:
        """Turn what the clients raise into what the rest of the program knows."""
        with _errors(self.target, stage):
            yield

    def ask(self, command: str, *, stage: str, timeout: float | None = None) -> str:
        """What the device says to a command, without prompt and echo. ``GarbledError`` for a
        refusal; ``timeout`` in seconds.
        """  # noqa: D205
        seconds = self.target.timeout if timeout is None else timeout
        with self.errors(stage):
            text: str = self.napalm.device.send_command(command, read_timeout=seconds)
        refused = _REFUSED.search(text[:400])
        if refused is not None and refused[1].startswith(("% Invalid", "% Incomplete", "Command ")):
            raise GarbledError(
                f"it does not take {command!r}: {refused[1].strip()}",
                host=self.host,
                stage=stage,
                hint="the account needs privilege level 15, and the device IOS 12.4 or later",
            )
        return text

    def rows(self, command: str, *, stage: str) -> list[dict[str, str]]:
        """What the device says to a ``show`` command as rows, read by ntc-templates."""
        with self.errors(stage):
            found: Any = self.napalm.device.send_command(
                command, use_textfsm=True, read_timeout=self.target.timeout
            )
        return found if isinstance(found, list) else []

    def configure(self, lines: list[str], *, stage: str) -> str:
        """Type configuration lines; what the console says. ``GarbledError`` for a refusal."""
        with self.errors(stage):
            said: str = self.napalm.device.send_config_set(lines, read_timeout=self.target.timeout)
        if "% " in said:
            raise GarbledError(
                f"it does not take {lines[0].split(' run=')[0]!r}", host=self.host, stage=stage
            )
        return said

    def flash(self, *, stage: str) -> str:
        """The file system that files are sent to, as ``flash:``; the first time it is asked."""
        with self.errors(stage):
            return str(self.napalm.dest_file_system)

    def close(self) -> None:
        """Let go. Never raises."""
        device = self.napalm.device
        with suppress(Exception):
            if device is not None and device.remote_conn_pre is not None:
                device.remote_conn_pre.close()
        for file in list(self.folder.iterdir()) if self.folder.exists() else []:
            with suppress(OSError):
                file.unlink()
        with suppress(OSError):
            self.folder.rmdir()


def connect(target: Target) -> Session:
    """Log in: host key checked against the pinned one, then the user.

    ``HostKeyError``, ``AuthenticationError``, ``UnreachableError`` or ``GarbledError``.
    """
    transport.check_key_file(target)
    keys = transport.pinned(target)
    if not keys:
        raise transport.unpinned(target, _key_of(target))
    folder = Path(tempfile.mkdtemp(prefix="sekayu-"))
    address, port = transport.doorway(target)
    name = address if port == 22 else f"[{address}]:{port}"
    known = folder / "known_hosts"
    _write_private(known, "".join(f"{name} {key.line}\n" for key in keys))
    options: dict[str, Any] = {
        "port": port,
        "ssh_strict": True,
        "alt_host_keys": True,
        "alt_key_file": str(known),
        "use_keys": target.key_file is not None,
        "key_file": None if target.key_file is None else str(target.key_file),
        "passphrase": target.passphrase,
        "allow_agent": target.key_file is None and target.password is None,
        "conn_timeout": target.timeout,
        "auth_timeout": target.timeout,
        "banner_timeout": target.timeout,
        # Without it netmiko sleeps between characters, and a second here and there.
        "fast_cli": True,
        "keepalive": transport.KEEPALIVE_SECONDS,
        # The candidate merges under this: a session that was cut must not take the whole window.
        "read_timeout_override": None,
        # Writes nothing before the undo is armed: the templates say ``file prompt quiet``.
        "auto_file_prompt": False,
        "force_no_enable": True,
    }
    if not target.legacy_algorithms:
        options["disabled_algorithms"] = {kind: list(names) for kind, names in _SHA1.items()}
    napalm = TimedDriver(address, target.username, target.password or "", 60, options)
    napalm.timeout = target.timeout
    session = Session(target, napalm, folder)
    try:
        with _errors(target, "connect"):
            napalm.open()
            carrier = napalm.device.remote_conn_pre.get_transport()
            carrier.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            _notice_the_end(napalm.device.channel)
    except BaseException:
        session.close()
        raise
    return session


def _notice_the_end(channel: Any) -> None:
    """Netmiko takes a closed connection for a silent one, and waits its whole timeout for it."""
    plain = channel.read_channel

    def read_channel() -> str:
        text: str = plain()
        remote = channel.remote_conn
        if not text and (remote.closed or remote.eof_received or not remote.transport.is_active()):
            raise EOFError("the device closed the session")
        return text

    channel.read_channel = read_channel


def write_candidate(session: Session, text: str) -> Path:
    """A file on this side that only this user can read, for NAPALM to send."""
    file = session.folder / "candidate"
    _write_private(file, text)
    return file


def _write_private(file: Path, text: str) -> None:
    file.unlink(missing_ok=True)
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)


def _key_of(target: Target) -> transport.HostKey | None:
    """The key that the device shows now; None when it shows none."""
    return transport.fetch_host_key(
        target.address,
        target.port,
        target.timeout,
        legacy_algorithms=target.legacy_algorithms,
        host=target.host,
        jump=target.jump,
    )


@contextmanager
def _errors(target: Target, stage: str) -> Iterator[None]:
    """Whatever netmiko, paramiko, NAPALM or the socket raise."""
    try:
        yield
    except DeviceError:
        raise
    except (
        NetmikoBaseException,
        NapalmException,
        paramiko.SSHException,
        SCPException,
        OSError,
        EOFError,
    ) as error:
        # Their texts are pages long, and may quote what passed over the line.
        raise _known(target, stage, error) from None
    except (ValueError, AttributeError) as error:
        # Netmiko's word for a prompt that does not come, and for a channel that is gone.
        raise _known(target, stage, error) from None


def _known(target: Target, stage: str, error: BaseException) -> DeviceError:
    where = f"{target.address} port {target.port}"
    chain = list(_causes(error))
    if any(isinstance(one, paramiko.BadHostKeyException) for one in chain) or any(
        "not found in known_hosts" in str(one) for one in chain
    ):
        return _other_key(target)
    if any(
        isinstance(one, NetmikoAuthenticationException | paramiko.AuthenticationException)
        for one in chain
    ):
        return AuthenticationError(
            f"{where} refuses this user's key or password",
            host=target.host,
            stage=stage,
            hint="check user name and key; the device's log says which login failed",
        )
    if any(
        isinstance(one, paramiko.ssh_exception.IncompatiblePeer)
        or "no acceptable" in str(one).lower()
        for one in chain
    ):
        return GarbledError(
            f"no common SSH algorithm with {where}",
            host=target.host,
            stage=stage,
            hint="an old device needs `legacy_algorithms: true` in the inventory, for it alone",
        )
    if any(isinstance(one, ConnectionRefusedError) for one in chain):
        return UnreachableError(
            f"{where}: the connection is refused", host=target.host, stage=stage
        )
    silent = (NetmikoTimeoutException, ConnectionException, TimeoutError, OSError, EOFError)
    if stage == "connect" and any(isinstance(one, silent) for one in chain):
        return UnreachableError(
            f"no answer from {where} within {target.timeout:g} seconds",
            host=target.host,
            stage=stage,
            hint="is the site's link up? A device that is switched off looks the same",
        )
    return UnreachableError(f"lost the connection to {where}", host=target.host, stage=stage)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _other_key(target: Target) -> HostKeyError:
    shown = None
    with suppress(DeviceError):
        shown = _key_of(target)
    return transport.unpinned(target, shown)
