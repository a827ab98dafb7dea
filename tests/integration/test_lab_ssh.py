"""Other people's SSH clients against a simulated device."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import paramiko
import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import Listener, serve
from tests.loop_thread import loop_thread

pytestmark = pytest.mark.timeout(60)
T = TypeVar("T")
needs_openssh = pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client here")
PASSWORD = "only-in-this-test"


@dataclass
class Site:
    device: LabDevice
    loop: asyncio.AbstractEventLoop
    listener: Listener
    folder: Path
    open_gate: list[bool]

    @property
    def port(self) -> int:
        return self.listener.port

    def on_loop(self, work: Callable[[], T]) -> T:
        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def options(self) -> list[str]:
        return [
            "-o", "StrictHostKeyChecking=yes", "-o", f"UserKnownHostsFile={self.folder}/known",
            "-o", "BatchMode=yes", "-o", "LogLevel=ERROR", "-i", f"{self.folder}/key",
            "-F", "/dev/null",
        ]  # fmt: skip

    def ssh(self, command: str, *, timeout: float = 20) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            ["ssh", *self.options(), "-p", str(self.port), "sekayu@127.0.0.1", command],
            capture_output=True, timeout=timeout, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def paramiko(self, username: str = "teknisi", **given: Any) -> paramiko.SSHClient:
        client = paramiko.SSHClient()
        client.load_host_keys(str(self.folder / "known"))
        client.connect(
            "127.0.0.1", self.port, username=username, timeout=10, allow_agent=False,
            look_for_keys=False, **({"password": PASSWORD} | given),
        )  # fmt: skip
        return client


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with loop_thread() as loop:
        host_key = asyncssh.generate_private_key("ssh-ed25519")
        key = asyncssh.generate_private_key("ssh-ed25519")
        key.write_private_key(str(tmp_path / "key"))
        (tmp_path / "key").chmod(0o600)
        device = LabDevice(
            "bench", model="RB5009UG+S+IN", version="7.20.1", serial="HMM0BDDPJAM",
            ports=("ether1", "ether2", "ether3"), host_key=host_key, boot_seconds=0.3,
        )  # fmt: skip
        public = key.export_public_key().decode().strip()
        device.import_script(
            '/user add name=sekayu group=full password="never used"\n'
            f'/user ssh-keys add user=sekayu key="{public}"\n'
            f"/user add name=teknisi group=full password={PASSWORD}\n"
            f"/user add name=viewer group=read password={PASSWORD}\n"
            "/ip address add address=10.0.0.1/24 interface=ether1 comment=first\n"
        )
        gate = [True]
        listener = asyncio.run_coroutine_threadsafe(serve(device, lambda: gate[0]), loop).result(20)
        (tmp_path / "known").write_text(
            f"[127.0.0.1]:{listener.port} {host_key.export_public_key().decode()}"
        )
        yield Site(device, loop, listener, tmp_path, gate)
        asyncio.run_coroutine_threadsafe(listener.close(), loop).result(20)


@needs_openssh
def test_openssh_runs_a_command(site: Site) -> None:
    done = site.ssh('/system identity print; :put "OK-1"')
    assert (done.returncode, done.stdout) == (0, b"  name: MikroTik\r\n\r\nOK-1\r\n")


@needs_openssh
def test_errors_come_on_stdout_with_status_zero(site: Site) -> None:
    done = site.ssh('/nonsense; :put "OK-1"')
    assert (done.returncode, done.stdout) == (0, b"bad command name nonsense (line 1 column 2)\r\n")


@needs_openssh
@pytest.mark.parametrize("form", [[], ["-O"]], ids=["over SFTP", "old protocol"])
def test_scp_copies_both_ways(site: Site, form: list[str]) -> None:
    there = site.folder / "there.rsc"
    there.write_bytes(os.urandom(100_000))
    back = site.folder / "back.rsc"
    base = ["scp", *form, *site.options(), "-P", str(site.port)]
    subprocess.run([*base, str(there), "sekayu@127.0.0.1:x.rsc"], check=True, timeout=30)
    subprocess.run([*base, "sekayu@127.0.0.1:x.rsc", str(back)], check=True, timeout=30)
    assert back.read_bytes() == there.read_bytes()


@needs_openssh
def test_sftp_lists_renames_and_removes(site: Site) -> None:
    (site.folder / "a.txt").write_text("x")
    batch = f"put {site.folder}/a.txt a.txt\nrename a.txt b.txt\nls -l\nmkdir d\nrm b.txt\nls\n"
    done = subprocess.run(
        ["sftp", "-b", "-", *site.options(), "-P", str(site.port), "sekayu@127.0.0.1"],
        input=batch.encode(), capture_output=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert b"b.txt" in done.stdout
    assert [file.name for file in site.device.files.listing()] == ["d"]


def test_a_wrong_password_is_refused_and_logged(site: Site) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        site.paramiko(password="wrong")
    assert any("login failure" in entry.message for entry in site.device.log.entries)


def test_a_user_with_a_key_gets_no_password_login_by_default(site: Site) -> None:
    with pytest.raises(paramiko.AuthenticationException):
        site.paramiko("sekayu", password="never used")
    site.on_loop(lambda: site.device.import_script("/ip ssh set always-allow-password-login=yes\n"))
    site.paramiko("sekayu", password="never used").close()


def test_a_login_suffix_is_no_part_of_the_name(site: Site) -> None:
    client = site.paramiko("teknisi+cet511w")
    _, out, _ = client.exec_command(":put [/user active get [find name=teknisi] name]")
    assert out.read() == b"teknisi\r\n"
    client.close()


def test_the_server_calls_itself_rosssh(site: Site) -> None:
    client = site.paramiko()
    transport = client.get_transport()
    assert transport is not None
    assert transport.remote_version == "SSH-2.0-ROSSSH"
    client.close()


def test_sftp_needs_the_ftp_policy(site: Site) -> None:
    client = site.paramiko("viewer")
    sftp = client.open_sftp()
    with pytest.raises(PermissionError):
        sftp.listdir("/")
    client.close()


def test_a_full_flash_fails_the_upload(site: Site) -> None:
    site.device.faults.flash_full = True
    client = site.paramiko()
    sftp = client.open_sftp()
    with pytest.raises(OSError, match="not enough space"):
        sftp.open("x.rsc", "w").write("x")
    client.close()
    assert site.device.files.get("x.rsc") is None


@needs_openssh
def test_a_closed_gate_is_silence_and_a_reopened_one_goes_on(site: Site) -> None:
    client = site.paramiko()
    site.open_gate[0] = False
    channel = client.get_transport().open_session  # type: ignore[union-attr]
    answers: list[bytes] = []

    def ask() -> None:
        opened = channel(timeout=20)
        opened.exec_command(':put "late"')
        answers.append(opened.recv(100))

    asking = threading.Thread(target=ask)
    asking.start()
    asking.join(0.5)
    assert asking.is_alive(), "no answer while the gate is closed"
    with pytest.raises(subprocess.TimeoutExpired):
        site.ssh(":put 1", timeout=0.5)
    site.open_gate[0] = True
    asking.join(20)
    assert answers == [b"late\r\n"]
    client.close()


@needs_openssh
def test_a_reboot_ends_sessions_and_the_device_comes_back(site: Site) -> None:
    client = site.paramiko()
    site.ssh("/system reboot")
    transport = client.get_transport()
    assert transport is not None
    transport.join(10)
    assert not transport.is_active()
    assert site.ssh(":put back").stdout == b"back\r\n"


def test_a_session_can_be_lost_at_any_byte(site: Site) -> None:
    client = site.paramiko()
    _, out, _ = client.exec_command(":put 1")
    out.read()
    site.device.faults.session_loss_after = 3000
    _, out, _ = client.exec_command("/export verbose")
    assert len(out.read()) < 3000
    transport = client.get_transport()
    assert transport is not None
    transport.join(10)
    assert not transport.is_active()
    client.close()


def _typed(site: Site, *keys: bytes) -> bytes:
    client = site.paramiko("teknisi+ct200w")
    shell = client.invoke_shell(term="vt100", width=200)
    seen = _until(shell, b"] > ")
    for key in keys:
        shell.sendall(key)
        seen += _until(shell, b"> ")
    client.close()
    return seen


def _until(shell: paramiko.Channel, end: bytes) -> bytes:
    shell.settimeout(10)
    seen = b""
    while not seen.rstrip(b"\x1b[K").endswith(end):
        data = shell.recv(4096)
        if not data:
            break
        seen += data
    return seen


def test_a_person_sees_prompt_menu_and_table(site: Site) -> None:
    seen = _typed(site, b"/ip address\r", b"print\r")
    assert b"[teknisi@MikroTik] /ip/address> " in seen
    assert b";;; first\r\n0  10.0.0.1/24  10.0.0.0  ether1" in seen


def test_backspace_edits_the_line(site: Site) -> None:
    assert b"\r\nab\r\n" in _typed(site, b':put "ax\x7fb"\r')


def test_numbers_of_the_last_print_name_items(site: Site) -> None:
    _typed(site, b"/ip address\r", b"print\r", b"set 0 comment=second\r")
    assert site.on_loop(lambda: site.device.items("/ip address")[0].get("comment")) == "second"


def test_safe_mode_goes_back_when_the_session_ends(site: Site) -> None:
    client = site.paramiko("teknisi+ct")
    shell = client.invoke_shell()
    _until(shell, b"] > ")
    shell.sendall(b"\x18")
    _until(shell, b"<SAFE> ")
    shell.sendall(b"/system identity set name=floating\r")
    _until(shell, b"[teknisi@floating] <SAFE> ")
    client.close()
    deadline = time.monotonic() + 10
    while site.on_loop(lambda: site.device.identity) != "MikroTik":
        assert time.monotonic() < deadline, "safe mode was not unrolled"
        time.sleep(0.05)


def test_safe_mode_is_kept_when_released(site: Site) -> None:
    client = site.paramiko("teknisi+ct")
    shell = client.invoke_shell()
    _until(shell, b"] > ")
    shell.sendall(b"\x18")
    _until(shell, b"<SAFE> ")
    shell.sendall(b"/system identity set name=kept\r")
    _until(shell, b"[teknisi@kept] <SAFE> ")
    shell.sendall(b"\x18")
    _until(shell, b"[teknisi@kept] > ")
    client.close()
    assert site.on_loop(lambda: site.device.identity) == "kept"


def test_netmiko_logs_in_reads_and_configures(site: Site) -> None:
    from netmiko import ConnectHandler

    connection = ConnectHandler(
        device_type="mikrotik_routeros", host="127.0.0.1", port=site.port, username="teknisi",
        password=PASSWORD,
    )  # fmt: skip
    try:
        assert connection.find_prompt() == "[teknisi@MikroTik] >"
        assert "10.0.0.1/24" in connection.send_command("/ip address print")
        connection.send_config_set(["/ip address add address=10.3.3.3/24 interface=ether2"])
        assert "10.3.3.3/24" in connection.send_command("/ip address print")
        assert "# serial number" in connection.send_command("/export")
    finally:
        connection.disconnect()


def test_asyncssh_runs_many_commands_on_one_connection(site: Site) -> None:
    async def ask() -> list[str]:
        async with asyncssh.connect(
            "127.0.0.1", site.port, username="sekayu", client_keys=[str(site.folder / "key")],
            known_hosts=str(site.folder / "known"),
        ) as connection:  # fmt: skip
            done = [await connection.run(f":put {number}") for number in range(20)]
            return [str(result.stdout).strip() for result in done]

    assert asyncio.run(ask()) == [str(number) for number in range(20)]
