"""A PostgreSQL server of a test's own: in a new folder, on a socket and a loopback port.

Debian's ``postgresql`` package is enough; its own cluster is not touched. Where there is none, the
tests are skipped with the reason.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest

PASSWORD = "lab-database-password"
USER = "postgres"


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running server. ``url`` goes by the socket and needs no password, ``guarded`` does."""

    folder: Path
    port: int

    def url(self, schema: str) -> str:
        return (
            f"postgresql+psycopg://{USER}@/{USER}?host={quote(str(self.folder))}&port={self.port}"
            f"&options=-csearch_path%3D{schema}"
        )

    def guarded(self, schema: str) -> str:
        return (
            f"postgresql+psycopg://technician@127.0.0.1:{self.port}/{USER}"
            f"?options=-csearch_path%3D{schema}"
        )

    def run(self, statements: str) -> str:
        """What psql answers to these statements."""
        return _run([_program("psql"), "-h", str(self.folder), "-p", str(self.port), "-U", USER,
                     "-v", "ON_ERROR_STOP=1", "-qAtc", statements])  # fmt: skip


def _program(name: str) -> str:
    newest = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    found = str(newest[-1]) if newest else shutil.which(name)
    if found is None:
        pytest.skip(f"no {name} here: install Debian's postgresql")
    return found


def _run(command: list[str]) -> str:
    """Run it; the server's programs refuse to be root, so they become the package's user."""
    if os.getuid() == 0:
        command = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", *command]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd="/",
        env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def running(*, fsync: bool = True) -> Iterator[Cluster]:
    """A new server until the block ends."""
    initdb, ctl = _program("initdb"), _program("pg_ctl")
    pytest.importorskip("psycopg")
    if os.getuid() == 0:
        try:
            owner = pwd.getpwnam(USER)
        except KeyError:
            pytest.skip(f"no user {USER} here: install Debian's postgresql")
    # A socket's path may have 107 characters: pytest's own folders are too deep.
    with tempfile.TemporaryDirectory(prefix="sekayu-pg-") as name:
        folder = Path(name)
        if os.getuid() == 0:
            os.chown(folder, owner.pw_uid, owner.pw_gid)
        cluster = Cluster(folder, _free_port())
        data = folder / "data"
        _run([initdb, "-D", str(data), "-U", USER, "--no-sync", "-A", "trust", "--no-locale",
              "-E", "UTF8"])  # fmt: skip
        rules = "local all all trust\nhost all all 127.0.0.1/32 scram-sha-256\n"
        (data / "pg_hba.conf").write_text(rules)
        options = (
            f"-c listen_addresses=127.0.0.1 -p {cluster.port} -k {folder}"
            f" -c fsync={'on' if fsync else 'off'} -c shared_buffers=16MB"
        )
        _run([ctl, "-D", str(data), "-w", "-l", str(folder / "log"), "-o", options, "start"])
        try:
            cluster.run(f"CREATE ROLE technician LOGIN SUPERUSER PASSWORD '{PASSWORD}'")
            yield cluster
        finally:
            _run([ctl, "-D", str(data), "-w", "-m", "immediate", "stop"])
