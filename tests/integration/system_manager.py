"""A systemd of a test's own: the first process of name spaces in which units really run.

It sees the machine's files and network; its process table, control group, ``/run`` and folder of
units are its own, with only the targets that are written here: nothing of the machine is started or
stopped. The code is at ``CODE``, the interpreter at ``PYTHON`` and one project at ``PROJECT``,
wherever they really are: a hardened unit has a ``/tmp`` of its own. Not here: what is tried in it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE, PROJECT = Path("/srv/sekayu-net"), Path("/srv/district")
PYTHON = Path("/srv/environment/bin/python")
UNITS = Path("/etc/systemd/system")
SYSTEMD = Path("/lib/systemd/systemd")
TARGETS = ("sysinit", "basic", "timers", "sockets", "paths", "local-fs", "network-online")
#: Where the kernel's second control group hierarchy is: alone, or beside the first.
HIERARCHIES = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))

#: What is done before the first process is systemd: outside its name spaces, then within. The
#: arguments: its own folder, the project, the code, the environment of Python, Python itself, its
#: control group, and the second text.
BEGIN = """\
set -eu
echo $$ > "$6/cgroup.procs"
exec unshare --fork --pid --mount --uts --ipc --cgroup --kill-child bash -c "$7" bash "$@"
"""
INSIDE = """\
set -eu
mount --make-rprivate /
mount -t proc proc /proc
umount -R /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs -o mode=755 tmpfs /run
mount -t tmpfs -o mode=755 tmpfs /srv
mkdir -p /srv/district /srv/sekayu-net /srv/environment /srv/python
mount --bind "$2" /srv/district
mount --bind "$3" /srv/sekayu-net
mount --bind "$4" /srv/environment
case "$5" in /root/*)  # where the account of the service may not look
    mount --bind "$5" /srv/python
    mount -t tmpfs -o mode=755 tmpfs /root
    mkdir -p "$5"
    mount --bind /srv/python "$5"
esac
mkdir -p "$1/state" /srv/log
mount --bind "$1/log" /srv/log
mount --bind "$1/units" /etc/systemd/system
mount --bind "$1/state" /var/lib/systemd
export container=test SYSTEMD_UNIT_PATH=/etc/systemd/system SYSTEMD_LOG_TARGET=null
exec /lib/systemd/systemd --system --unit=basic.target --show-status=false
"""


def missing() -> str | None:
    """Why no systemd of its own can be had on this machine; None when it can."""
    if not SYSTEMD.exists() or not all(map(shutil.which, ("unshare", "nsenter", "systemctl"))):
        return "no systemd, unshare or nsenter on this machine"
    if os.geteuid() != 0:
        return "only root can make the name spaces"
    if not any((each / "cgroup.procs").exists() for each in HIERARCHIES):
        return "no second control group hierarchy"
    done = subprocess.run(
        ["unshare", "--fork", "--pid", "--mount", "mount", "-t", "proc", "proc", "/proc"],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    return done.stderr.strip() or None


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine on which that systemd is the first process. ``first``: its number outside."""

    first: int
    folder: Path

    def run(self, *words: str, code: int = 0) -> str:
        """What a command there says on standard output; it must end with ``code``."""
        inside = ["nsenter", f"--target={self.first}", "--mount", "--pid", "--ipc", "--uts"]
        done = subprocess.run(
            [*inside, *words],
            capture_output=True,
            text=True,
            timeout=120,
            cwd="/",
            check=False,
            env={
                "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                "PYTHONPATH": str(CODE),
                "COLUMNS": "160",
            },
        )
        assert done.returncode == code, f"{words}: {done.returncode}\n{done.stderr}{done.stdout}"
        return done.stdout

    def sekayu(self, *words: str, code: int = 0) -> str:
        """The command line, as root of that machine."""
        command = ("-m", "sekayu_net", "--project", str(PROJECT), "--lab")
        return self.run(str(PYTHON), *command, *words, code=code)

    def add(self, unit: str, text: str) -> None:
        """More settings for a unit of this machine."""
        (folder := self.folder / "units" / f"{unit}.d").mkdir()
        (folder / "more.conf").write_text(text)
        self.run("systemctl", "daemon-reload")

    def take_back(self, unit: str) -> None:
        """Take away what was added."""
        shutil.rmtree(self.folder / "units" / f"{unit}.d")
        self.run("systemctl", "daemon-reload")

    def started_before(self, timer: str, seconds: int) -> None:
        """Make the manager think that a timer's last start was so long ago."""
        (folder := self.folder / "state" / "timers").mkdir(exist_ok=True)
        (stamp := folder / f"stamp-{timer}").touch()
        before = time.time() - seconds
        os.utime(stamp, (before, before))

    def units(self) -> list[str]:
        """The files of units that were installed here."""
        found = (self.folder / "units").rglob("sekayu-net-*")
        return sorted(path.name for path in found if not path.is_dir())

    def log(self) -> str:
        """What the services said."""
        services = self.folder / "log" / "services"
        return services.read_text(encoding="utf-8") if services.exists() else ""


@contextmanager
def machine(folder: Path, project: Path) -> Iterator[Machine]:
    """A machine of its own for one project, until this ends."""
    units, log = folder / "units", folder / "log"
    for each in (units / "service.d", log):  # what is in service.d holds for every service
        each.mkdir(parents=True)
    said = "append:/srv/log/services"
    (units / "service.d" / "log.conf").write_text(
        f"[Service]\nStandardOutput={said}\nStandardError={said}\n"
    )
    for name in TARGETS:
        text = f"[Unit]\nDescription={name}\nDefaultDependencies=no\n"
        if name == "basic":
            text += "Requires=sysinit.target timers.target\nAfter=sysinit.target\n"
        (units / f"{name}.target").write_text(text)
    hierarchy = next(each for each in HIERARCHIES if (each / "cgroup.procs").exists())
    group = hierarchy / f"sekayu-test-{os.getpid()}"
    group.mkdir()

    given = (folder, project, ROOT, Path(sys.prefix).resolve(), sys.base_prefix, group, INSIDE)
    with (log / "begin").open("w") as begin:
        outer = subprocess.Popen(
            ["bash", "-c", BEGIN, "bash", *map(str, given)],
            stdin=subprocess.DEVNULL,
            stdout=begin,
            stderr=begin,
        )
        try:
            children = Path(f"/proc/{outer.pid}/task/{outer.pid}/children")
            first = int(until(lambda: children.read_text().strip()))
            made = Machine(first, folder)
            until(lambda: Path(f"/proc/{first}/comm").read_text().strip() == "systemd", made.log)
            until(lambda: Path(f"/proc/{first}/root/run/systemd/private").exists(), made.log)
            yield made
        finally:
            outer.kill()  # and with it, by --kill-child, everything inside
            outer.wait()
            remove(group)


def remove(group: Path) -> None:
    """Control groups that systemd made go from the inmost out, when the last process has ended."""
    until(lambda: "populated 0" in (group / "cgroup.events").read_text())
    for inner in sorted(group.rglob("*"), reverse=True):
        if inner.is_dir():
            inner.rmdir()
    group.rmdir()


def until(look: Callable[[], object], told: Callable[[], str] = str, seconds: float = 60) -> str:
    """Look again and again until there is something; what it was."""
    deadline = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < deadline, f"it did not happen in time\n{told()}"
        time.sleep(0.1)
    return str(found)
