"""Plain OpenSSH: ``ssh`` with and without a terminal, ``sftp``, ``scp``, host keys, no questions.

What of it the driver leans on is tried in ``tests/integration/test_lab_ssh.py`` too.
"""

from __future__ import annotations

import os
import pty
import select
import shutil
import subprocess
import time
from pathlib import Path

import asyncssh
import pytest
from ntc_templates.parse import parse_output

from tests.conformance.clients.conftest import NEW, NEWEST, OLD, Bench, Maker

pytestmark = [
    pytest.mark.timeout(90),
    pytest.mark.skipif(shutil.which("ssh") is None, reason="no OpenSSH client here"),
]
NAME = "sekayu"


def options(bench: Bench) -> list[str]:
    return [*bench.ssh_options(), "-o", "BatchMode=yes", "-i", str(bench.key_file)]


def run(bench: Bench, *words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        words, input=data, capture_output=True, timeout=30, check=False, env=bench.environment()
    )


def ssh(bench: Bench, command: str, name: str = NAME) -> subprocess.CompletedProcess[bytes]:
    return run(bench, "ssh", *options(bench), "-p", str(bench.port), f"{name}@127.0.0.1", command)


@pytest.mark.parametrize("version", [OLD, NEW, NEWEST])
@pytest.mark.parametrize(
    ("command", "answer"),
    [
        (":put 1; :put two", b"1\r\ntwo\r\n"),
        ("/system identity print", b"  name: office-rtr1\r\n\r\n"),
        (":put [/ip address get [find interface=vlan10] address]", b"10.0.1.1/24\r\n"),
        (":foreach a in=[/ip address find] do={:put [/ip address get $a interface]}",
         b"ether1\r\nvlan10\r\n"),
        (":put [/ip address find where network=10.9.9.0]", b"\r\n"),
        ("/quit", b"interrupted\r\n"),
    ],
)  # fmt: skip
def test_an_exec_gives_what_the_command_prints(
    make_bench: Maker, version: str, command: str, answer: bytes
) -> None:
    done = ssh(make_bench(version), command)
    assert (done.stdout, done.stderr) == (answer, b"")


@pytest.mark.parametrize("name", [f"{NAME}+ct", f"{NAME}+cet511w4098h", f"{NAME}+200w"])
def test_an_exec_takes_a_login_suffix(bench: Bench, name: str) -> None:
    assert ssh(bench, ":put 1", name).stdout == b"1\r\n"


def test_a_strict_client_refuses_another_host_key(bench: Bench) -> None:
    bench.device.faults.host_key = asyncssh.generate_private_key("ssh-ed25519")
    done = ssh(bench, ":put 1")
    assert done.returncode == 255
    assert b"Host key verification failed" in done.stderr
    assert done.stdout == b""


def test_without_a_key_a_batch_ends_and_asks_nothing(bench: Bench) -> None:
    words = [*bench.ssh_options(), "-o", "BatchMode=yes", "-p", str(bench.port)]
    done = run(bench, "ssh", *words, "teknisi@127.0.0.1", ":put 1")
    assert done.returncode == 255
    assert b"Permission denied (publickey,password)" in done.stderr


class Terminal:
    """``ssh`` on a terminal of 120 columns, typed at."""

    def __init__(self, bench: Bench, name: str) -> None:
        ours, theirs = pty.openpty()
        os.set_blocking(ours, False)
        self._ours = ours
        words = [*options(bench), "-tt", "-p", str(bench.port), f"{name}@127.0.0.1"]
        self.process = subprocess.Popen(
            ["ssh", *words], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env=bench.environment() | {"TERM": "xterm"},
        )  # fmt: skip
        os.close(theirs)

    def until(self, end: str, seconds: float = 15) -> str:
        """All that appears up to and with ``end``."""
        seen, deadline = "", time.monotonic() + seconds
        while end not in seen:
            left = deadline - time.monotonic()
            assert left > 0, f"no {end!r} in {seen!r}"
            if select.select([self._ours], [], [], left)[0]:
                try:
                    data = os.read(self._ours, 65536)
                except OSError:  # Linux: the other side is closed
                    data = b""
                assert data, f"the session ended: {seen!r}"
                seen += data.decode("latin-1")
        return seen

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode("latin-1"))

    def close(self) -> int:
        try:
            return self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
            os.close(self._ours)


@pytest.mark.parametrize("version", [OLD, NEW, NEWEST])
def test_a_person_works_on_a_terminal_and_leaves(make_bench: Maker, version: str) -> None:
    bench = make_bench(version)
    terminal = Terminal(bench, f"{NAME}+ct")
    assert f"MikroTik RouterOS {version}" in terminal.until("[sekayu@office-rtr1] > ")
    terminal.type("/ip address add address=10.9.0.1/24 interface=ether2\r")
    terminal.until("[sekayu@office-rtr1] > /ip address add")
    terminal.type("/ip address print\r")
    assert "10.9.0.1/24" in terminal.until("10.9.0.1/24")
    terminal.type("/quit\r")
    assert terminal.close() == 0


def test_a_terminal_without_suffix_is_asked_for_its_size(bench: Bench) -> None:
    terminal = Terminal(bench, NAME)
    terminal.until("\x1b[6n")
    terminal.type("\x1b[40;120R")
    terminal.until("[sekayu@office-rtr1] > ")
    terminal.type("/quit\r")
    assert terminal.close() == 0


def test_who_is_logged_in_is_listed_as_ntc_templates_reads_it(make_bench: Maker) -> None:
    bench = make_bench(OLD)
    text = ssh(bench, "/user active print").stdout.decode().replace("\r\n", "\n")
    (row,) = parse_output("mikrotik_routeros", "/user active print", text)
    assert (row["id"], row["name"], row["via"]) == ("0", NAME, "ssh")


def test_sftp_works_in_folders(bench: Bench, tmp_path: Path) -> None:
    there, back = tmp_path / "there.bin", tmp_path / "back.bin"
    there.write_bytes(os.urandom(300_000))
    lines = (
        "mkdir d", f"put {there} d/x.bin", "ls -l d", "rename d/x.bin d/y.bin",
        f"get d/y.bin {back}", "rm d/y.bin", "rmdir d",
    )  # fmt: skip
    words = ["sftp", "-b", "-", *options(bench), "-P", str(bench.port), f"{NAME}@127.0.0.1"]
    done = run(bench, *words, data="\n".join(lines).encode() + b"\n")
    assert done.returncode == 0, done.stderr
    assert b"300000" in done.stdout
    assert back.read_bytes() == there.read_bytes()
    assert list(bench.on_loop(bench.device.files.listing)) == []


@pytest.mark.parametrize("form", [[], ["-O"]], ids=["over SFTP", "old protocol"])
@pytest.mark.parametrize("version", [OLD, NEW])
def test_scp_copies_both_ways(
    make_bench: Maker, tmp_path: Path, version: str, form: list[str]
) -> None:
    bench = make_bench(version)
    there, back = tmp_path / "there.rsc", tmp_path / "back.rsc"
    there.write_bytes(os.urandom(100_000))
    words = ["scp", *form, *options(bench), "-P", str(bench.port)]
    assert run(bench, *words, str(there), f"{NAME}@127.0.0.1:/x.rsc").returncode == 0
    assert run(bench, *words, f"{NAME}@127.0.0.1:x.rsc", str(back)).returncode == 0
    assert back.read_bytes() == there.read_bytes()
