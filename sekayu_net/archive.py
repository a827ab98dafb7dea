"""The history of configurations: one masked, canonical text a device, in a git repository.

Standard git reads it. Only a real change makes a commit; what is secret was masked before it came
here. Several processes may write at once. Reading devices happens elsewhere.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net import system
from sekayu_net.errors import LockError, ProjectError, UsageError

if TYPE_CHECKING:
    from sekayu_net.plan import Running

#: Seconds for one git command, and for another process to let go of the archive.
TIMEOUT = 60
#: Below this line a kept text holds what the configuration never shows: users, keys, files …
BEYOND = "# --- beyond the configuration ---"
HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
REVISION = re.compile(r"[0-9a-fA-F]{4,40}|HEAD([~^][0-9]*)*")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a device's configuration. ``time`` is ISO 8601.

    ``run``, ``cause`` (``audit``, ``plan``, ``deploy`` …) and ``operator`` are empty where the
    commit does not tell them.
    """

    revision: str
    time: str
    message: str
    run: str = ""
    cause: str = ""
    operator: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where texts come from: the run that read them, why it did, and who was at the keyboard."""

    run: str
    cause: str
    operator: str

    def trailers(self) -> str:
        """The last lines of a commit's message, as git itself reads them."""
        told = (("Run", self.run), ("Cause", self.cause), ("Operator", self.operator))
        return "".join(f"{key}: {' '.join(value.split())}\n" for key, value in told if value)


def document(running: Running) -> str:
    """The whole of a read as one text: the configuration, then the rows beyond it, sorted.

    The order in which a device lists rows is no change, so it does not show here.
    """
    lines = sorted(
        " ".join([f"# {path}", *(f"{key}={_plain(row[key])}" for key in sorted(row))])
        for path, rows in running.reading.beyond.items()
        for row in rows
    )
    config = running.canonical.rstrip("\n")
    return "\n".join([config, *([BEYOND, *lines] if lines else [])]) + "\n"


def configuration(text: str) -> str:
    """A kept text without what is beyond the configuration."""
    return _parts(text)[0]


def _parts(text: str) -> tuple[str, str]:
    """The configuration, and the section beyond it (empty without one)."""
    config, mark, beyond = f"\n{text}".partition(f"\n{BEYOND}\n")
    return config[1:].rstrip("\n") + "\n", f"{BEYOND}\n{beyond}" if mark else ""


def _plain(value: str) -> str:
    """A value on one line; quoted where a blank would end it."""
    shown = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    return f'"{shown}"' if " " in shown or not shown else shown


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
            # On the disk before the commit names it: a power cut leaves no empty objects.
            *(
                "-c",
                "gc.auto=0",
                "-c",
                "core.fsync=committed",
                "-c",
                "core.fsyncMethod=batch",
                *words,
            ),
        ]
        try:
            done = subprocess.run(
                command,
                input=text,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
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
            raise ProjectError(
                f"{self.folder}: git did not answer in {TIMEOUT} s",
                hint="is the disk full, or on a network that is away?",
            ) from error
        if done.returncode != 0:
            raise ProjectError(
                f"{self.folder}: git {words[0]}: {done.stderr.strip()}",
                hint="look there with git status and git fsck; an archive that is moved away is "
                "begun anew by the next read",
            )
        return done.stdout

    def store(
        self, configurations: Mapping[str, str], message: str, *, origin: Origin | None = None
    ) -> tuple[str, ...]:
        """Keep these canonical, masked texts (host → text); the hosts whose text is new.

        A text without the section beyond the configuration leaves the kept one as it is: it was not
        read. ``LockError`` when another process holds the archive for too long.
        """
        files = {host: self._file(host) for host in configurations}
        if not files:
            return ()
        with self._lock, self._alone():
            if not (self.folder / ".git").is_dir():
                self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._git("init", "-q", "-b", "main")
            self._break_dead_lock()
            changed = tuple(h for h, file in files.items() if _write(file, configurations[h]))
            # Added even when nothing was written: a crash may have come between write and commit.
            names = "\0".join(file.name for file in files.values())
            self._git("add", "--pathspec-from-file=-", "--pathspec-file-nul", text=names)
            if self._git("status", "--porcelain", "--untracked-files=no").strip():
                trailers = origin.trailers() if origin else ""
                text = f"{message}\n" + (f"\n{trailers}" if trailers else "")
                self._git("commit", "-q", "--cleanup=verbatim", "-F", "-", text=text)
            return changed

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """One process at a time writes; the kernel frees the lock of one that died."""
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self.folder.parent / f"{self.folder.name}.lock").open("a") as file:
            if not system.lock(file, TIMEOUT):
                raise LockError(
                    f"{self.folder}: another process has held the archive for {TIMEOUT} s",
                    hint="let it end, then read the devices again",
                )
            yield

    def _break_dead_lock(self) -> None:
        """Remove what a git that was killed left: no git of ours runs now, nor one this old."""
        left = self.folder / ".git" / "index.lock"
        try:
            if time.time() - left.stat().st_mtime > TIMEOUT:
                left.unlink()
        except FileNotFoundError:
            return

    def rename(self, names: Mapping[str, str], message: str, *, keep: bool = False) -> None:
        """Call devices by other names from now on (old → new); their history goes along.

        ``keep``: it stays under the old name as well.
        """
        if not (self.folder / ".git").is_dir():
            return
        with self._lock, self._alone():
            self._break_dead_lock()
            moved = False
            for old, new in names.items():
                if not self._file(old).exists() or self._file(new).exists():
                    continue
                if keep:
                    shutil.copyfile(self._file(old), self._file(new))
                    self._git("add", self._file(new).name)
                else:
                    self._git("mv", self._file(old).name, self._file(new).name)
                moved = True
            if moved:
                self._git("commit", "-q", "-m", message)

    def _place(self, host: str, revision: str) -> str:
        """``REV:FILE`` of a device in a version, by the name that it had then."""
        wanted = checked(revision)
        if "HEAD" not in wanted and not self._git("rev-parse", f"--disambiguate={wanted}"):
            raise UsageError(
                f"{host} has no revision {revision}",
                hint=f"sekayu-net history {host} lists those that there are",
            )
        name = self._file(host).name
        told = self._git("log", "--follow", "--format=", "--name-only", "--", name).split("\n")
        names = list(dict.fromkeys((name, *filter(None, told))))
        for each in names if len(names) > 1 else ():
            if self._git("ls-tree", "--name-only", wanted, "--", each).strip():
                return f"{wanted}:{each}"
        return f"{wanted}:{name}"

    def versions(self, host: str) -> tuple[Version, ...]:
        """The versions of a device, newest first; none when it was never read."""
        name = self._file(host).name
        if not (self.folder / ".git").is_dir() or not self._git("branch", "--list"):
            return ()  # never read, or broken off before the first commit
        told = "".join(
            f"%x09%(trailers:key={key},valueonly,separator=%x20)"
            for key in ("Run", "Cause", "Operator")
        )
        lines = self._git(
            "log", "--follow", f"--format=%h%x09%cI{told}%x09%s", "--", name
        ).splitlines()
        split = (line.split("\t", 5) for line in lines)
        return tuple(
            Version(revision, when, subject, run, cause, operator)
            for revision, when, run, cause, operator, subject in split
        )

    def show(self, host: str, revision: str) -> str:
        """A device's text in one version, as it was kept (see ``document``)."""
        return self._git("show", self._place(host, revision))

    def diff(self, host: str, old: str, new: str) -> str:
        """A unified diff between two versions of a device."""
        return self._git("diff", self._place(host, old), self._place(host, new))

    def _file(self, host: str) -> Path:
        if not HOST.fullmatch(host):
            raise UsageError(f"{host!r} is no host name")
        return self.folder / f"{host}.conf"


def _write(file: Path, text: str) -> bool:
    """Replace a kept text in one step; False when it says that already."""
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    config, beyond = _parts(text)
    kept = config + (beyond or _parts(before)[1])
    if kept == before:
        return False
    part = file.with_name(f".{file.name}.part")
    part.write_text(kept, encoding="utf-8")
    part.replace(file)
    return True


def checked(revision: str) -> str:
    """A revision that git can't mistake for an option or another object."""
    if not REVISION.fullmatch(revision):
        raise UsageError(
            f"{revision!r} is no revision", hint="take one from the first column of history HOST"
        )
    return revision
