"""The history of configurations: one masked, canonical text a device, in a git repository.

Standard git reads it. Only a real change makes a commit; what is secret was masked before it came
here. Reading devices happens elsewhere.
"""

from __future__ import annotations

import os
import re
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sekayu_net.errors import ProjectError, UsageError

#: Seconds for one git command.
TIMEOUT = 60
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
REVISION = re.compile(r"[0-9a-fA-F]{4,40}|HEAD([~^][0-9]*)*")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a device's configuration. ``time`` is ISO 8601."""

    revision: str
    time: str
    message: str


class Archive:
    """The repository below ``folder``; made at the first ``store``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = threading.Lock()

    def _git(self, *words: str, text: str | None = None) -> str:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")}
        environment |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "LC_ALL": "C"}
        command = [
            *("git", "-C", str(self.folder), "-c", "user.name=sekayu-net"),
            *("-c", "user.email=sekayu-net@localhost", "-c", "core.autocrlf=false"),
            *("-c", "gc.auto=0", *words),
        ]
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                text=True,
                timeout=TIMEOUT,
                env=environment,
                check=False,
            )
        except FileNotFoundError as error:
            raise ProjectError(
                "the archive needs git, and there is none on PATH",
                hint="install git (on Debian: apt install git)",
            ) from error
        except subprocess.TimeoutExpired as error:
            raise ProjectError(f"{self.folder}: git did not answer in {TIMEOUT} s") from error
        if done.returncode != 0:
            raise ProjectError(f"{self.folder}: git {words[0]}: {done.stderr.strip()}")
        return done.stdout

    def store(self, configurations: Mapping[str, str], message: str) -> tuple[str, ...]:
        """Keep these canonical, masked texts (host → text); the hosts whose text is new."""
        with self._lock:
            return self._store(configurations, message)

    def _store(self, configurations: Mapping[str, str], message: str) -> tuple[str, ...]:
        if not (self.folder / ".git").is_dir():
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._git("init", "-q", "-b", "main")
        changed = []
        for host, configuration in configurations.items():
            path = self._file(host)
            kept = configuration.rstrip("\n") + "\n"
            if not path.exists() or path.read_text(encoding="utf-8") != kept:
                path.write_text(kept, encoding="utf-8")
                changed.append(host)
        # Added even when nothing was written: a crash may have come between write and commit.
        names = [self._file(host).name for host in configurations]
        if names:
            self._git("add", "--", *names)
        if self._git("status", "--porcelain", "--untracked-files=no").strip():
            self._git("commit", "-q", "-F", "-", text=message)
        return tuple(changed)

    def versions(self, host: str) -> tuple[Version, ...]:
        """The versions of a device, newest first; none when it was never read."""
        name = self._file(host).name
        if not (self.folder / ".git").is_dir():
            return ()
        lines = self._git("log", "--format=%h%x09%cI%x09%s", "--", name).splitlines()
        return tuple(Version(*line.split("\t", 2)) for line in lines)

    def show(self, host: str, revision: str) -> str:
        """A device's configuration in one version."""
        return self._git("show", f"{checked(revision)}:{self._file(host).name}")

    def diff(self, host: str, old: str, new: str) -> str:
        """A unified diff between two versions of a device."""
        return self._git("diff", checked(old), checked(new), "--", self._file(host).name)

    def _file(self, host: str) -> Path:
        if not HOST.fullmatch(host):
            raise UsageError(f"{host!r} is no host name")
        return self.folder / f"{host}.conf"


def checked(revision: str) -> str:
    """A revision that git can't mistake for an option or another object."""
    if not REVISION.fullmatch(revision):
        raise UsageError(
            f"{revision!r} is no revision", hint="take one from the first column of history HOST"
        )
    return revision
