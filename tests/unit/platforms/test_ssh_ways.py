"""The ways in: agent, locked keys, certificates, jump hosts, old algorithms; and many questions."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sekayu_net.errors import (
    AuthenticationError,
    DeviceError,
    GarbledError,
    HostKeyError,
    UnreachableError,
)
from sekayu_net.platforms import transport
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.transport import Request
from tests.loop_thread import loop_thread

PASSPHRASE = "open sesame"
OLD = {
    "kex_algs": ["diffie-hellman-group14-sha1"],
    "encryption_algs": ["aes128-cbc"],
    "mac_algs": ["hmac-sha1"],
}


@dataclass
class Machine:
    """An SSH server; ``channels``: so many at once, the next is refused."""

    key: asyncssh.SSHKey
    channels: int = 10
    port: int = 0
    open: int = 0
    most: int = 0
    logins: int = 0
    met: int = 0
    keys: list[str] = field(default_factory=list)
    passwords: int = 0
    told_ways: int = 0
    together: asyncio.Event = field(default_factory=asyncio.Event)
    carried: list[tuple[str, int]] = field(default_factory=list)
    lines: list[asyncssh.SSHServerConnection] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    async def answer(self, stdin: Any, stdout: Any, stderr: Any) -> None:
        command = stdout.channel.get_command() or ""
        self.asked.append(command)
        if command == "silence":
            await asyncio.Event().wait()
        if command == "die":
            stdout.channel.get_connection().abort()
            return
        if command.startswith("meet"):  # answered when so many are asked at once
            self.met += 1
            if self.met == int(command.split()[1]):
                self.together.set()
            await self.together.wait()
        stdout.write(f"{command}\r\n")
        stdout.channel.exit(0)
        self.open -= 1

    def rules(self, user_key: asyncssh.SSHKey | None, authority: str) -> asyncssh.SSHServer:
        machine = self

        class Rules(asyncssh.SSHServer):
            def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
                machine.lines.append(conn)

            def begin_auth(self, username: str) -> bool:
                machine.logins += 1
                return True

            def public_key_auth_supported(self) -> bool:
                return True

            def password_auth_supported(self) -> bool:
                machine.told_ways += 1  # asked whenever the ways in are told: after a refusal
                return True

            def validate_password(self, username: str, password: str) -> bool:
                machine.passwords += 1
                return password == PASSPHRASE

            def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                machine.keys.append(key.get_algorithm())
                return user_key is not None and key == user_key.convert_to_public()

            def validate_ca_key(self, username: str, key: asyncssh.SSHKey) -> bool:
                return key.export_public_key().decode() == authority

            def connection_requested(self, host: str, port: int, *_: Any) -> bool:
                machine.carried.append((host, port))
                return True

            def session_requested(self) -> Any:
                if machine.open >= machine.channels:
                    raise asyncssh.ChannelOpenError(asyncssh.OPEN_RESOURCE_SHORTAGE, "no more")
                machine.open += 1
                machine.most = max(machine.most, machine.open)
                return machine.answer

        return Rules()


@pytest.fixture(scope="module")
def key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


Serve = Callable[..., tuple[Machine, Target]]


@pytest.fixture
def serve(key: asyncssh.SSHKey, tmp_path: Path) -> Iterator[Serve]:
    """Start a machine; how to reach it. Its host key is pinned."""
    known_hosts = tmp_path / "known_hosts"
    known_hosts.touch()
    key_file = tmp_path / "key"
    key.write_private_key(str(key_file))
    key_file.chmod(0o600)
    acceptors: list[asyncssh.SSHAcceptor] = []
    machines: list[Machine] = []

    def start(
        name: str,
        *,
        channels: int = 10,
        user_key: asyncssh.SSHKey | None = key,
        authority: str = "",
        host_key: str = "ssh-ed25519",
        **more: Any,
    ) -> tuple[Machine, Target]:
        machine = Machine(asyncssh.generate_private_key(host_key), channels)
        machines.append(machine)

        async def listen() -> asyncssh.SSHAcceptor:
            return await asyncssh.listen(
                "127.0.0.1",
                0,
                server_factory=lambda: machine.rules(user_key, authority),
                server_host_keys=[machine.key],
                **more,
            )

        acceptor = asyncio.run_coroutine_threadsafe(listen(), loop).result(10)
        acceptors.append(acceptor)
        machine.port = acceptor.get_port()
        with known_hosts.open("a") as file:
            file.write(f"{name} {machine.key.export_public_key().decode()}")
        return machine, Target(
            host=name,
            address="127.0.0.1",
            port=machine.port,
            username="sekayu",
            known_hosts=known_hosts,
            key_file=key_file,
            timeout=5,
        )

    async def stop() -> None:
        for acceptor in acceptors:
            acceptor.close()
            await acceptor.wait_closed()
        # The outer connections last: the inner ones end through them.
        for machine in reversed(machines):
            for line in machine.lines:
                line.abort()
                await line.wait_closed()

    with loop_thread() as loop:
        yield start
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)


@pytest.fixture
def ask() -> Iterator[Callable[..., list[str | DeviceError]]]:
    connections = []

    def run(target: Target, *requests: Request) -> list[str | DeviceError]:
        connection = transport.connect(target)
        connections.append(connection)
        return connection.run_all(requests)

    yield run
    for connection in connections:
        connection.close()


Ask = Callable[..., list[str | DeviceError]]


def test_what_does_not_depend_on_each_other_is_asked_at_once(serve: Serve, ask: Ask) -> None:
    machine, target = serve("office-rtr1")
    said = ask(target, *(Request(f"meet {transport.AT_ONCE}") for _ in range(transport.AT_ONCE)))
    assert said == [f"meet {transport.AT_ONCE}\n"] * transport.AT_ONCE
    assert machine.most == transport.AT_ONCE


def test_answers_come_in_the_order_of_the_questions(serve: Serve, ask: Ask) -> None:
    _, target = serve("office-rtr1")
    said = ask(target, *map(Request, ["meet 2", "0", "1", "2", "meet 2", "3"]))
    assert said == ["meet 2\n", "0\n", "1\n", "2\n", "meet 2\n", "3\n"]


def test_a_device_with_one_channel_is_asked_one_after_the_other(serve: Serve, ask: Ask) -> None:
    machine, target = serve("office-rtr1", channels=1)
    assert ask(target, *map(Request, "abc")) == ["a\n", "b\n", "c\n"]
    assert machine.most == 1
    assert sorted(machine.asked) == ["a", "b", "c"]


def test_a_device_that_opens_no_channel_gives_an_error_for_each(serve: Serve, ask: Ask) -> None:
    _, target = serve("office-rtr1", channels=0)
    said = ask(target, Request("a"), Request("b"))
    assert [type(each) for each in said] == [UnreachableError] * 2


def test_one_silent_question_leaves_the_other_answers(serve: Serve, ask: Ask) -> None:
    _, target = serve("office-rtr1")
    silent, spoken = ask(target, Request("silence", 0.2), Request("a"))
    assert isinstance(silent, UnreachableError)
    assert "within 0.2 seconds" in str(silent)
    assert spoken == "a\n"


def test_a_session_lost_between_gives_an_error_for_each(serve: Serve, ask: Ask) -> None:
    _, target = serve("office-rtr1")
    said = ask(target, Request("silence"), Request("die"))
    assert [type(each) for each in said] == [UnreachableError] * 2


def test_a_key_of_a_file_is_shown_once_and_signed_at_once(serve: Serve, ask: Ask) -> None:
    machine, target = serve("office-rtr1")
    assert ask(target, Request("a")) == ["a\n"]
    assert machine.keys == ["ssh-ed25519"]
    assert machine.told_ways == 0  # nothing was refused before: neither `none` nor a key


def test_a_key_that_is_refused_leaves_the_password(serve: Serve, ask: Ask) -> None:
    machine, target = serve("office-rtr1", user_key=None)
    assert ask(replace(target, password=PASSPHRASE), Request("a")) == ["a\n"]
    assert (machine.keys, machine.passwords) == (["ssh-ed25519"], 1)


def test_a_key_of_a_kind_that_nothing_is_signed_with_leaves_the_password(
    serve: Serve, ask: Ask
) -> None:
    machine, target = serve("office-rtr1")
    assert target.key_file is not None
    asyncssh.generate_private_key("ssh-ed448").write_private_key(str(target.key_file))
    assert ask(replace(target, password=PASSPHRASE), Request("a")) == ["a\n"]
    assert (machine.keys, machine.passwords) == ([], 1)


def test_a_password_alone_is_not_shown_before_the_device_says_that_it_takes_one(
    serve: Serve, ask: Ask
) -> None:
    machine, target = serve("office-rtr1")
    assert ask(replace(target, key_file=None, password=PASSPHRASE), Request("a")) == ["a\n"]
    assert machine.told_ways > 0


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Path], None]]:
    """OpenSSH's agent; gives what puts a key into it."""
    # The socket's path has an upper limit of about 100 characters.
    words = subprocess.run(
        ["ssh-agent", "-s"], capture_output=True, text=True, timeout=10, check=True
    ).stdout
    said = dict(part.split("=", 1) for part in words.replace("\n", ";").split(";") if "=" in part)
    monkeypatch.setenv("SSH_AUTH_SOCK", said["SSH_AUTH_SOCK"])

    def add(file: Path) -> None:
        subprocess.run(["ssh-add", str(file)], capture_output=True, timeout=10, check=True)

    yield add
    transport._loop_of(os.getpid()).wait(let_go())
    os.kill(int(said["SSH_AGENT_PID"]), 15)


async def let_go() -> None:
    for agent in transport._agents.values():
        agent.close()
        await agent.wait_closed()


def test_a_key_in_the_agent_gets_in_without_a_file(
    serve: Serve, ask: Ask, agent: Callable[[Path], None]
) -> None:
    machine, target = serve("office-rtr1")
    assert target.key_file is not None
    bare = replace(target, key_file=None)
    with pytest.raises(AuthenticationError):
        transport.connect(bare)
    agent(target.key_file)
    machine.keys.clear()
    assert ask(bare, Request("a")) == ["a\n"]
    # The agent may ask a person before it signs: only for a key that the device wants.
    assert machine.keys == ["ssh-ed25519"] * 2


def test_the_agent_is_not_asked_when_a_key_is_named(
    serve: Serve, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, target = serve("office-rtr1")
    with socket.socket(socket.AF_UNIX) as listener:  # an agent that would keep us waiting
        place = str(tmp_path / "agent")
        listener.bind(place)
        listener.listen()
        monkeypatch.setenv("SSH_AUTH_SOCK", place)
        assert ask(target, Request("a")) == ["a\n"]
        listener.setblocking(False)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_an_agent_that_is_gone_is_no_key_and_no_failure(
    serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    _, target = serve("office-rtr1")
    monkeypatch.setenv("SSH_AUTH_SOCK", str(tmp_path / "gone"))
    with pytest.raises(AuthenticationError):
        transport.connect(replace(target, key_file=None, password="no"))


def lock(target: Target, key: asyncssh.SSHKey) -> None:
    assert target.key_file is not None
    target.key_file.write_bytes(key.export_private_key(passphrase=PASSPHRASE))


def test_a_locked_key_opens_with_its_passphrase(
    serve: Serve, ask: Ask, key: asyncssh.SSHKey
) -> None:
    _, target = serve("office-rtr1")
    lock(target, key)
    assert ask(replace(target, passphrase=PASSPHRASE), Request("a")) == ["a\n"]


def test_a_wrong_passphrase_is_named_and_not_shown(serve: Serve, key: asyncssh.SSHKey) -> None:
    _, target = serve("office-rtr1")
    lock(target, key)
    wrong = replace(target, passphrase="not this one")
    with pytest.raises(AuthenticationError, match="passphrase") as caught:
        transport.connect(wrong)
    assert "not this one" not in repr(wrong) + repr(caught.value) + str(caught.value)


def test_a_certificate_beside_the_key_gets_in(serve: Serve, ask: Ask, key: asyncssh.SSHKey) -> None:
    authority = asyncssh.generate_private_key("ssh-ed25519")
    signer = authority.export_public_key().decode()
    _, target = serve("office-rtr1", user_key=None, authority=signer)
    assert target.key_file is not None
    with pytest.raises(AuthenticationError):
        transport.connect(target)
    made = authority.generate_user_certificate(key, "budi", principals=["sekayu"])
    target.key_file.with_name("key-cert.pub").write_bytes(made.export_certificate())
    assert ask(target, Request("a")) == ["a\n"]


def test_a_broken_certificate_is_named(serve: Serve) -> None:
    _, target = serve("office-rtr1")
    assert target.key_file is not None
    target.key_file.with_name("key-cert.pub").write_text("nonsense")
    with pytest.raises(AuthenticationError, match=r"key-cert\.pub"):
        transport.connect(target)


def test_old_algorithms_are_spoken_only_where_allowed(serve: Serve, ask: Ask) -> None:
    _, target = serve("office-rtr1", **OLD)
    # A server that leaves before its farewell is read looks as a busy one: it has the same hint.
    with pytest.raises((GarbledError, UnreachableError)) as caught:
        transport.connect(target)
    assert "legacy_algorithms: true" in (caught.value.hint or "")
    assert ask(replace(target, legacy_algorithms=True), Request("a")) == ["a\n"]


def test_many_devices_behind_a_jump_host_share_one_login_there(serve: Serve, ask: Ask) -> None:
    gate, jump = serve("gate")
    ports = []
    for number in range(3):
        machine, target = serve(f"office-rtr{number}")
        assert ask(replace(target, jump=jump), Request("a")) == ["a\n"]
        ports.append(machine.port)
    assert gate.carried == [("127.0.0.1", port) for port in ports]
    assert gate.logins == 1


def test_a_jump_host_that_ended_is_called_again(serve: Serve, ask: Ask) -> None:
    gate, jump = serve("gate")
    _, target = serve("office-rtr1")
    through = replace(target, jump=jump)
    ask(through, Request("a"))
    ask(jump, Request("a"))
    transport._loop_of(os.getpid()).wait(end(jump))
    assert ask(through, Request("b")) == ["b\n"]
    assert gate.logins == 3


async def end(jump: Target) -> None:
    ssh = await transport._jump(jump)
    ssh.abort()
    await ssh.wait_closed()


def test_an_unknown_jump_host_is_refused_by_its_own_name(serve: Serve) -> None:
    gate, jump = serve("gate")
    machine, target = serve("office-rtr1")
    with pytest.raises(HostKeyError, match=r"^gate-of-someone: connect: its host key is not known"):
        transport.connect(replace(target, jump=replace(jump, host="gate-of-someone")))
    assert (gate.carried, machine.logins) == ([], 0)


def test_a_device_behind_a_jump_host_must_show_its_own_key(serve: Serve) -> None:
    _, jump = serve("gate")
    _, target = serve("office-rtr1")
    with pytest.raises(HostKeyError, match=r"^office-rtr2: connect: its host key is not known"):
        transport.connect(replace(target, host="office-rtr2", jump=jump))


def test_a_silent_device_behind_a_jump_host_is_named_with_the_way(serve: Serve) -> None:
    _, jump = serve("gate")
    _, target = serve("office-rtr1")
    with pytest.raises(UnreachableError, match=r"through gate"):
        transport.connect(replace(target, port=1, jump=jump))


def test_a_host_key_is_fetched_through_a_jump_host(serve: Serve) -> None:
    gate, jump = serve("gate")
    machine, _ = serve("office-rtr1")
    found = transport.fetch_host_key("127.0.0.1", machine.port, 5, jump=jump)
    assert found.fingerprint == machine.key.get_fingerprint()
    assert gate.carried == [("127.0.0.1", machine.port)]


def test_a_client_of_another_make_finds_a_door_on_this_machine(serve: Serve, ask: Ask) -> None:
    gate, jump = serve("gate")
    machine, target = serve("office-rtr1")
    assert transport.doorway(target) == (target.address, target.port)
    address, port = transport.doorway(replace(target, jump=jump))
    assert port != machine.port
    assert ask(replace(target, address=address, port=port), Request("a")) == ["a\n"]
    assert gate.carried == [("127.0.0.1", machine.port)]
