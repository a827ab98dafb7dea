"""Who gets in over SSH, with which privilege, and what SCP asks for."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Iterator
from pathlib import Path

import asyncssh
import pytest

from tests.ios_bench import PASSWORD, USER, WATCHER, IosBench, ios_bench


@pytest.fixture(scope="module")
def bench() -> Iterator[IosBench]:
    with ios_bench() as one:
        yield one


def says(bench: IosBench, command: str, user: str = USER, **options: object) -> str:
    async def work() -> str:
        given = {"password": PASSWORD, "client_keys": None} | options
        async with asyncssh.connect(
            "127.0.0.1", bench.port, username=user, known_hosts=None, config=None, **given
        ) as connection:
            done = await connection.run(command, timeout=10, encoding=None)
            assert isinstance(done.stdout, bytes)
            return done.stdout.decode("utf-8", "replace")

    return asyncio.run(asyncio.wait_for(work(), 30))


@pytest.mark.parametrize(("user", "level"), [(USER, 15), (WATCHER, 1)])
def test_a_session_begins_with_the_users_privilege(bench: IosBench, user: str, level: int) -> None:
    assert f"privilege level is {level}" in says(bench, "show privilege", user)


def test_a_wrong_password_does_not_get_in(bench: IosBench) -> None:
    with pytest.raises(asyncssh.PermissionDenied):
        says(bench, "show clock", password="wrong")
    assert any("LOGIN_FAILED" in entry.message for entry in bench.device.log.entries)


def test_a_key_gets_in_that_the_device_was_told(bench: IosBench) -> None:
    key = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    blob = base64.b64encode(key.public_data).decode()
    lines = ["ip ssh pubkey-chain", f"username {USER}", "key-string", blob[:72], blob[72:], "exit"]
    bench.on_loop(lambda: bench.device.interfere(";".join(lines)))
    assert "key-hash ssh-rsa" in bench.running()
    assert "level is 15" in says(bench, "show privilege", client_keys=[key], password=None)
    other = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    with pytest.raises(asyncssh.PermissionDenied):
        says(bench, "show privilege", client_keys=[other], password=None)


def test_without_exec_authorization_the_level_is_the_lines(bench: IosBench) -> None:
    rule = "aaa authorization exec default local"
    bench.on_loop(lambda: bench.device.interfere(f"no {rule}"))
    try:
        assert "privilege level is 1" in says(bench, "show privilege")
    finally:
        bench.on_loop(lambda: bench.device.interfere(rule))


def test_scp_is_for_privilege_15(bench: IosBench, tmp_path: Path) -> None:
    (tmp_path / "file.txt").write_text("hostname other\n")

    async def copy(user: str) -> None:
        async with asyncssh.connect(
            "127.0.0.1", bench.port, username=user, password=PASSWORD, known_hosts=None,
            config=None, client_keys=None,
        ) as connection:  # fmt: skip
            await asyncssh.scp(tmp_path / "file.txt", (connection, "flash:/file.txt"))

    asyncio.run(asyncio.wait_for(copy(USER), 30))
    found = bench.device.files.get("file.txt")
    assert found is not None
    assert found.data == b"hostname other\n"
    with pytest.raises(asyncssh.SFTPError, match="Privilege denied"):
        asyncio.run(asyncio.wait_for(copy(WATCHER), 30))


def test_a_garbled_device_answers_noise(bench: IosBench) -> None:
    bench.device.faults.garbage = True
    try:
        assert "UTC" not in says(bench, "show clock")
    finally:
        bench.device.faults.garbage = False
