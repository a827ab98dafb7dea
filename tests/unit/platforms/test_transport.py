"""The connection, against a real SSH server on loopback."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sekayu_net.errors import (
    AuthenticationError,
    DeviceError,
    GarbledError,
    HostKeyError,
    SekayuError,
    UnreachableError,
)
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import Target

PASSWORD = "correct horse"


class Files(asyncssh.SFTPServer):
    """Notes what is asked of it; a file that is called ``full`` takes no byte."""

    def __init__(self, channel: Any, folder: Path, steps: list[str]) -> None:
        super().__init__(channel, chroot=str(folder))
        self.steps = steps

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        self.steps.append(f"open {path.decode()}")
        return super().open(path, pflags, attrs)

    def write(self, file_obj: Any, offset: int, data: bytes) -> int:
        if file_obj.name.endswith(b"full"):
            raise asyncssh.SFTPFailure("disk is full")
        return super().write(file_obj, offset, data)

    def close(self, file_obj: Any) -> None:
        self.steps.append(f"close {file_obj.name.decode().rpartition('/')[2]}")
        super().close(file_obj)


class Server:
    """An SSH server in a thread of its own; ``handle`` answers exec requests."""

    def __init__(self, folder: Path, client_key: asyncssh.SSHKey) -> None:
        self.host_key = asyncssh.generate_private_key("ssh-ed25519")
        self.folder = folder
        self.steps: list[str] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()
        public = client_key.convert_to_public()

        class Rules(asyncssh.SSHServer):
            def begin_auth(self, username: str) -> bool:
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key == public

            def password_auth_supported(self) -> bool:
                return True

            def validate_password(self, username: str, password: str) -> bool:
                return password == PASSWORD

        async def answer(process: asyncssh.SSHServerProcess[str]) -> None:
            match process.command:
                case "silence":
                    await asyncio.Event().wait()
                case "die":
                    process.channel.get_connection().abort()
                case "bytes":
                    process.channel.set_encoding(None)
                    process.channel.write(b"caf\xe9\r\nx\r\n")  # type: ignore[arg-type]
                    process.exit(0)
                case "bursts":
                    for number in range(40):
                        process.stdout.write(f"{number}:" + "x" * 2000 + "\r\n")
                        await asyncio.sleep(0.002)  # so that the client sees a burst, not all
                    process.exit(0)
                case _:
                    process.stdout.write(f"{process.command}\r\n")
                    process.stderr.write("words\r\n")
                    process.exit(0)

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=Rules,
                server_host_keys=[self.host_key],
                process_factory=answer,
                sftp_factory=lambda channel: Files(channel, folder, self.steps),
            )

        self.acceptor = asyncio.run_coroutine_threadsafe(listen(), self.loop).result(10)
        self.port = self.acceptor.get_port()

    def stop(self) -> None:
        async def close() -> None:
            self.acceptor.close()
            await self.acceptor.wait_closed()
            rest = asyncio.all_tasks() - {asyncio.current_task()}
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(close(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)
        self.loop.close()


@pytest.fixture(scope="module")
def client_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture(scope="module")
def server(
    client_key: asyncssh.SSHKey, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("files"), client_key)
    yield server
    server.stop()


@pytest.fixture
def target(server: Server, client_key: asyncssh.SSHKey, tmp_path: Path) -> Target:
    key_file = tmp_path / "key"
    client_key.write_private_key(str(key_file))
    key_file.chmod(0o600)
    known_hosts = tmp_path / "known_hosts"
    line = server.host_key.export_public_key().decode()
    known_hosts.write_text(f"office-rtr1 {line}")
    return Target(
        host="office-rtr1",
        address="127.0.0.1",
        port=server.port,
        username="sekayu",
        known_hosts=known_hosts,
        key_file=key_file,
        timeout=5,
    )


@pytest.fixture
def connection(target: Target) -> Iterator[transport.Connection]:
    connection = transport.connect(target)
    yield connection
    connection.close()


def test_a_command_gives_all_it_prints_with_plain_line_ends(
    connection: transport.Connection,
) -> None:
    assert connection.run("hello") == "hello\nwords\n"


def test_an_answer_that_comes_in_bursts_arrives_whole(connection: transport.Connection) -> None:
    lines = connection.run("bursts").splitlines()
    assert [line.partition(":")[0] for line in lines] == [str(number) for number in range(40)]


def test_an_answer_without_end_is_cut_off_with_an_error(
    connection: transport.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "MAX_OUTPUT", 10_000)
    with pytest.raises(GarbledError, match="more than"):
        connection.run("bursts")


def test_threads_that_start_together_share_one_loop() -> None:
    found: list[object] = []
    gate = threading.Barrier(16)

    def ask() -> None:
        gate.wait(10)
        found.append(transport._loop_of(-1))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert len(found) == 16
    assert len({id(loop) for loop in found}) == 1


def test_bytes_that_are_no_utf8_are_kept(connection: transport.Connection) -> None:
    assert connection.run("bytes") == "café\nx\n"


def test_one_connection_serves_commands_and_files(
    connection: transport.Connection, server: Server
) -> None:
    data = bytes(range(256)) * 1000
    connection.put({"up.rsc": data})
    assert connection.get("up.rsc") == data
    assert connection.run("still there").startswith("still there")


def test_of_several_files_one_is_open_at_a_time(
    connection: transport.Connection, server: Server
) -> None:
    files = {name: bytes([number]) * 100_000 for number, name in enumerate("abc")}
    server.steps.clear()
    connection.put(files)
    assert {name: (server.folder / name).read_bytes() for name in files} == files
    assert server.steps == [f"{what} {name}" for name in files for what in ("open", "close")]


def test_a_file_that_finds_no_room_is_closed_and_ends_it(
    connection: transport.Connection, server: Server
) -> None:
    server.steps.clear()
    with pytest.raises(DeviceError, match="disk is full"):
        connection.put({"first": b"1", "full": b"2", "never": b"3"})
    assert server.steps == ["open first", "close first", "open full", "close full"]
    connection.put({})


def test_a_missing_file_is_garbled(connection: transport.Connection) -> None:
    with pytest.raises(GarbledError, match="refuses a file"):
        connection.get("nowhere.txt")


def test_silence_ends_at_the_timeout_and_the_connection_stays(
    connection: transport.Connection,
) -> None:
    with pytest.raises(UnreachableError, match=r"within 0\.2 seconds"):
        connection.run("silence", 0.2)
    assert connection.run("again").startswith("again")


def test_a_lost_session_is_unreachable_and_not_alive(connection: transport.Connection) -> None:
    with pytest.raises(UnreachableError, match="lost"):
        connection.run("die")
    assert not connection.alive
    with pytest.raises(UnreachableError):
        connection.run("hello")


def test_a_program_that_leaves_without_closing_ends(target: Target) -> None:
    program = f"""
from pathlib import PosixPath
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import Target

class Holder:
    connection = transport.connect({target!r})

    def __del__(self):  # as NAPALM's drivers do when the interpreter ends
        self.connection.close()

holder = Holder()
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=20, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_closing_twice_is_nothing(target: Target) -> None:
    connection = transport.connect(target)
    connection.close()
    connection.close()
    assert not connection.alive


def test_a_password_works_without_a_key(target: Target) -> None:
    connection = transport.connect(replace(target, key_file=None, password=PASSWORD))
    assert connection.alive
    connection.close()


def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def other_key(target: Target) -> Path:
    path = target.known_hosts.with_name("other")
    asyncssh.generate_private_key("ssh-ed25519").write_private_key(str(path))
    path.chmod(0o600)
    return path


def readable_key(target: Target) -> Target:
    assert target.key_file is not None
    target.key_file.chmod(0o644)
    return target


def locked_key(target: Target) -> Target:
    assert target.key_file is not None
    key = asyncssh.generate_private_key("ssh-ed25519")
    target.key_file.write_bytes(key.export_private_key(passphrase="x"))
    return target


def pinned(target: Target, line: str) -> Target:
    target.known_hosts.write_text(line)
    return target


def foreign_line(kind: str = "ssh-ed25519") -> str:
    key = asyncssh.generate_private_key(kind)
    return f"office-rtr1 {key.export_public_key().decode()}"


REFUSALS: dict[str, tuple[Callable[[Target], Target], type[SekayuError], str, str]] = {
    "wrong key": (
        lambda t: replace(t, key_file=other_key(t)),
        AuthenticationError,
        "refuses this user's key or password",
        "log",
    ),
    "wrong password": (
        lambda t: replace(t, key_file=None, password="no"),
        AuthenticationError,
        "refuses this user's key or password",
        "log",
    ),
    "key for all to read": (readable_key, AuthenticationError, "other users", "chmod 600"),
    "key with passphrase": (locked_key, AuthenticationError, "passphrase", "ssh-add"),
    "no key file": (
        lambda t: replace(t, key_file=t.known_hosts.with_name("gone")),
        AuthenticationError,
        "No such file",
        "path",
    ),
    "unknown host key": (lambda t: pinned(t, ""), HostKeyError, "not known yet", "inventory trust"),
    "no known_hosts": (
        lambda t: replace(t, known_hosts=t.known_hosts.with_name("gone")),
        HostKeyError,
        "not known yet",
        "inventory trust --host office-rtr1",
    ),
    "pinned under its address only": (
        lambda t: pinned(t, t.known_hosts.read_text().replace("office-rtr1", "127.0.0.1")),
        HostKeyError,
        "not known yet",
        "inventory trust",
    ),
    "changed host key": (
        lambda t: pinned(t, foreign_line()),
        HostKeyError,
        "has changed: pinned is SHA256:",
        "in between",
    ),
    "changed host key of another type": (
        lambda t: pinned(t, foreign_line("ecdsa-sha2-nistp256")),
        HostKeyError,
        "has changed",
        "in between",
    ),
    "revoked host key": (
        lambda t: pinned(t, f"@revoked {t.known_hosts.read_text()}"),
        HostKeyError,
        "not known yet",
        "",
    ),
    "refused": (
        lambda t: replace(t, port=closed_port()),
        UnreachableError,
        "the connection is refused",
        "",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_refusal_says_what_where_and_what_next(target: Target, name: str) -> None:
    change, kind, words, hint = REFUSALS[name]
    with pytest.raises(kind, match=words) as caught:
        transport.connect(change(target))
    assert str(caught.value).startswith("office-rtr1: connect: ")
    assert hint in (caught.value.hint or "")
    assert PASSWORD not in repr(caught.value)


@pytest.fixture
def talker() -> Iterator[Callable[[bytes | None], int]]:
    """A port that greets with given bytes, or (None) says nothing."""
    listeners: list[socket.socket] = []

    def listen(greeting: bytes | None) -> int:
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listeners.append(listener)

        def greet() -> None:
            client, _ = listener.accept()
            with client:
                client.sendall(greeting or b"")
                client.recv(100)

        if greeting is not None:
            threading.Thread(target=greet, daemon=True).start()
        return int(listener.getsockname()[1])

    yield listen
    for listener in listeners:
        listener.close()


def test_a_silent_port_is_unreachable(target: Target, talker: Any) -> None:
    with pytest.raises(UnreachableError, match="no answer"):
        transport.connect(replace(target, port=talker(None), timeout=0.3))


def test_what_is_no_ssh_server_is_named_so(target: Target, talker: Any) -> None:
    port = talker(b"SSH-1.5-old\r\n")
    with pytest.raises(GarbledError, match="does not speak proper SSH"):
        transport.connect(replace(target, port=port))


def test_a_server_that_leaves_before_the_login_may_be_an_old_one(
    target: Target, talker: Any
) -> None:
    """It says no word of algorithms: a busy one has gone before its farewell is read."""
    with pytest.raises(UnreachableError, match="before the login") as caught:
        transport.connect(replace(target, port=talker(b"SSH-2.0-ROSSSH\r\n")))
    assert "legacy_algorithms: true" in (caught.value.hint or "")


def test_a_session_that_is_lost_later_says_nothing_of_algorithms(
    connection: transport.Connection,
) -> None:
    with pytest.raises(UnreachableError) as caught:
        connection.run("die")
    assert "legacy" not in (caught.value.hint or "")


def test_a_fetched_host_key_pins_the_device(target: Target) -> None:
    key = transport.fetch_host_key("127.0.0.1", target.port, 5)
    assert key.fingerprint.startswith("SHA256:")
    target.known_hosts.write_text(key.known_hosts_line(target.host) + "\n")
    transport.connect(target).close()


def test_no_host_key_can_be_fetched_from_a_silent_port(talker: Any) -> None:
    with pytest.raises(UnreachableError, match="no answer"):
        transport.fetch_host_key("127.0.0.1", talker(None), 0.3, host="office-rtr1")
