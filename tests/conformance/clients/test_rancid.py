"""RANCID's ``mtlogin`` (an expect script): logs in with ``+ct200w`` and types commands."""

from __future__ import annotations

import shlex
import shutil
import subprocess

import pytest

from tests.conformance.clients.conftest import NEW, NEWEST, OLD, PASSWORD, USER, Bench, Maker

MTLOGIN = shutil.which("mtlogin") or shutil.which("mtlogin", path="/usr/lib/rancid/bin")
pytestmark = [
    pytest.mark.timeout(90),
    pytest.mark.skipif(MTLOGIN is None, reason="RANCID (Debian package rancid) is not here"),
]


def mtlogin(bench: Bench, *arguments: str) -> subprocess.CompletedProcess[str]:
    settings = bench.folder / ".cloginrc"
    # mtlogin takes the name of a program, and no options
    ssh = bench.folder / "ssh-here"
    ssh.write_text(f'#!/bin/sh\nexec ssh {shlex.join(bench.ssh_options())} "$@"\n')
    ssh.chmod(0o700)
    settings.write_text(
        f"add user * {USER}\nadd password * {PASSWORD}\n"
        f"add method * ssh:{bench.port}\nadd sshcmd * {ssh}\n"
    )
    settings.chmod(0o600)
    assert MTLOGIN is not None
    return subprocess.run(
        [MTLOGIN, "-f", str(settings), "-t", "10", *arguments, "127.0.0.1"],
        env=bench.environment(), capture_output=True, text=True, timeout=60, check=False,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip


@pytest.mark.parametrize("version", [OLD, NEW, NEWEST])
def test_it_logs_in_runs_commands_and_leaves(make_bench: Maker, version: str) -> None:
    bench = make_bench(version)
    done = mtlogin(bench, "-c", "/system identity print;/ip address print")
    assert done.returncode == 0, done.stdout
    assert "name: office-rtr1" in done.stdout
    assert "10.0.1.1/24" in done.stdout
    assert "Error:" not in done.stdout


def test_a_whole_export_arrives(bench: Bench) -> None:
    done = mtlogin(bench, "-c", "/export")
    lines = done.stdout.replace("\r", "").splitlines()
    wanted = [line for line in bench.run("/export").splitlines() if line and line[0] != "#"]
    assert set(wanted) <= set(lines)


def test_a_wrong_password_is_an_error(bench: Bench) -> None:
    done = mtlogin(bench, "-p", "wrong", "-v", "wrong", "-c", "/system identity print")
    assert done.returncode != 0
    assert "Error: Check your passwd" in done.stdout
