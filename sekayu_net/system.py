"""What differs between operating systems, in one place: locks, rights of files, processes, agents.

Everything else of the product runs on Windows as it does on Linux and asks here. What only Linux
has (the simulated district, timers) asks `need_unix` and is refused in words. Not here: what a
lock protects, and what to say when it is held.
"""

from __future__ import annotations

import importlib
import os
import signal
import stat
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from sekayu_net.errors import UsageError

#: Where the locked byte of a file lies on Windows. A locked byte can't be read there by others,
#: so it lies behind what the holder writes of himself into the file.
LOCKED_BYTE = 0x4000_0000
#: Seconds between two looks at a lock that somebody else holds.
PAUSE = 0.05


def windows() -> bool:
    """Whether this is Windows."""
    return sys.platform == "win32"


def cores() -> int:
    """How many processors this process may use."""
    count = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return count or 1


def need_unix(what: str, hint: str) -> None:
    """Raise ``UsageError`` on Windows: ``what`` can't be had there, ``hint`` says what can."""
    if windows():
        raise UsageError(f"{what} does not work on Windows", hint=hint)


def need_unix_for_lab() -> None:
    """The simulated district is many processes, ports and addresses of Linux."""
    need_unix("the simulated district", "run it on Linux; real devices are reached from here")


def try_lock(file: IO[Any]) -> bool:
    """Lock an open file for this process; False while another holds it.

    The operating system frees it when the file is closed or its holder ends, however that comes:
    no lock is ever stale. Two handles of one process exclude each other, too.
    """
    if windows():
        return _try_lock_on_windows(file)
    fcntl: Any = importlib.import_module("fcntl")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _try_lock_on_windows(file: IO[Any]) -> bool:
    msvcrt: Any = importlib.import_module("msvcrt")
    handle = file.fileno()
    at = os.lseek(handle, 0, os.SEEK_CUR)
    os.lseek(handle, LOCKED_BYTE, os.SEEK_SET)
    try:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
    except OSError:  # EACCES and EDEADLK both: somebody else has it
        return False
    finally:
        os.lseek(handle, at, os.SEEK_SET)
    return True


def lock(file: IO[Any], within: float) -> bool:
    """Wait for a lock, ``within`` seconds at most; False when it was held all that time."""
    deadline = time.monotonic() + within
    while not try_lock(file):
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE)
    return True


@contextmanager
def locked_folder(folder: Path) -> Iterator[None]:
    """Hold a folder, which is made if need be; waits for whoever holds it. ``OSError``.

    On Windows, where a folder can't be opened, a file in it stands for it.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if windows():
        with (folder / ".lock").open("a") as file:
            while not try_lock(file):
                time.sleep(PAUSE)
            yield
        return
    fcntl: Any = importlib.import_module("fcntl")
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def open_to_others(path: Path) -> bool:
    """Whether the mode lets others than the owner at a file. ``OSError`` when it is not there.

    Windows has no such bits, there it is always False: the rights of the profile folder protect
    what lies in it.
    """
    return not windows() and bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def alive(process: int) -> bool:
    """Whether a process of this number runs."""
    if process <= 0:
        return False
    if windows():
        return _alive_on_windows(process)
    try:
        os.kill(process, 0)
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def _alive_on_windows(process: int) -> bool:
    """Ask for a handle to wait on: ``os.kill`` would end the process there, whatever the signal."""
    ctypes: Any = importlib.import_module("ctypes")
    kernel = ctypes.windll.kernel32
    synchronize, still_running = 0x0010_0000, 0x102
    handle = kernel.OpenProcess(synchronize, False, process)
    if not handle:
        return False
    try:
        return bool(kernel.WaitForSingleObject(handle, 0) == still_running)
    finally:
        kernel.CloseHandle(handle)


def user() -> str:
    """Who sits at the keyboard: under sudo, the person and not root."""
    import getpass

    if person := os.environ.get("SUDO_USER"):
        return person
    with suppress(KeyError, OSError, ImportError):  # no entry, no name, no pwd (Windows)
        return getpass.getuser()
    return "unknown" if windows() else f"uid {os.getuid()}"


def is_root() -> bool:
    """Whether this process may do everything; on Windows never asked."""
    return not windows() and os.geteuid() == 0


def owner(path: Path) -> str:
    """The account that a file belongs to. Not for Windows."""
    pwd: Any = importlib.import_module("pwd")
    name: str = pwd.getpwuid(path.stat().st_uid).pw_name
    return name


def give_to_owner_of(folder: Path, handle: int) -> None:
    """Give an open file that root made to the folder's owner, whose later runs must write it."""
    if is_root():
        there = folder.stat()
        os.fchown(handle, there.st_uid, there.st_gid)


def keep_private(handle: int) -> None:
    """Set the mode of an open file to 0600, also of one that was there before."""
    if not windows():
        os.fchmod(handle, 0o600)


def agent(environ: Mapping[str, str]) -> str | None:
    """Where the SSH agent listens; None without one. Windows' own has a fixed name."""
    named = environ.get("SSH_AUTH_SOCK")
    if named:
        return named
    return r"\\.\pipe\openssh-ssh-agent" if windows() and _windows_agent() else None


def _windows_agent() -> bool:
    return Path(r"\\.\pipe\openssh-ssh-agent").exists()


def config_folder(environ: Mapping[str, str]) -> Path:
    """A person's own folder for settings of this program.

    ``$XDG_CONFIG_HOME/sekayu-net``, else ``~/.config/sekayu-net``; ``%APPDATA%`` on Windows.
    """
    if windows() and environ.get("APPDATA"):
        return Path(environ["APPDATA"]) / "sekayu-net"
    base = environ.get("XDG_CONFIG_HOME")
    # The base directory specification: what is not absolute is to be ignored.
    if base and Path(base).is_absolute():
        return Path(base) / "sekayu-net"
    return Path.home() / ".config" / "sekayu-net"


def personal_file(environ: Mapping[str, str]) -> Path:
    """Where a person's own settings are, or would be (``personal``)."""
    return config_folder(environ) / "config.yaml"


def speak_utf8() -> None:
    """Write UTF-8 into pipes and files on Windows, where it would be the region's code page."""
    if windows():
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and not stream.isatty() and hasattr(stream, "reconfigure"):
                stream.reconfigure(encoding="utf-8")


@contextmanager
def deaf_children() -> Iterator[None]:
    """What is started in this block never hears Ctrl-C, which reaches all of a terminal's group.

    Not even while it is only loading. What came meanwhile, this process hears at the block's end.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
