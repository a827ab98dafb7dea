"""Runs command lines in a Python that lacks what Windows lacks: ``python -m tests.windows``.

A list of command lines as JSON on stdin; for each its exit code, stdout and stderr as JSON on
stdout. Other people's packages are loaded before, as what they are here: their branches for Windows
are theirs to test. Ours is imported anew without the modules, functions and signals that only Unix
has, with ``msvcrt`` on real locks, and with two habits of the other system: an open file can't be
renamed, a folder can't be opened.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import io
import json
import os
import pkgutil
import shutil
import signal
import sys
import types
from collections.abc import Callable
from pathlib import Path

MODULES = (
    *("fcntl", "pwd", "grp", "termios", "tty", "pty", "resource", "syslog", "crypt", "spwd"),
    *("posix", "readline", "nis"),
)
FUNCTIONS = (
    *("getuid", "geteuid", "getgid", "getegid", "getgroups", "getresuid", "setuid", "setgid"),
    *("setsid", "getsid", "getpgid", "getpgrp", "setpgid", "killpg", "fork", "forkpty", "openpty"),
    *("chown", "lchown", "fchown", "fchmod", "mkfifo", "mknod", "statvfs", "fstatvfs", "uname"),
    *("nice", "getloadavg", "sysconf", "confstr", "pathconf", "wait3", "wait4", "sync"),
    *("sched_getaffinity", "ctermid", "tcgetpgrp", "ttyname", "posix_fallocate", "preadv"),
    *("O_NOFOLLOW", "O_DIRECTORY", "O_CLOEXEC", "O_NOCTTY", "O_NONBLOCK", "O_SYNC"),
)
SIGNALS = ("SIGHUP", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGQUIT", "SIGWINCH", "SIGCHLD", "SIGPIPE")
#: What starts a process of its own kind, or is only for servers and tests of the lab.
LEFT_OUT = ("sekayu_net.__main__", "sekayu_net.lab")


def every_module() -> list[str]:
    """The product's modules but the lab's, which is for Linux."""
    package = importlib.import_module("sekayu_net")
    names = [found.name for found in pkgutil.walk_packages(package.__path__, "sekayu_net.")]
    return [name for name in names if not name.startswith(LEFT_OUT)]


def fake_msvcrt() -> types.ModuleType:
    import fcntl

    module = types.ModuleType("msvcrt")

    def locking(handle: int, mode: int, count: int) -> None:
        assert (mode, count) == (2, 1)
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError is an OSError, too

    module.__dict__.update(locking=locking, LK_NBLCK=2)
    return module


def as_here(function: Callable[..., object]) -> Callable[..., object]:
    """A function of the standard library that asks for the system when it is called."""
    statvfs = os.statvfs

    def call(*arguments: object, **named: object) -> object:
        sys.platform, os.statvfs = "linux", statvfs
        try:
            return function(*arguments, **named)
        finally:
            sys.platform = "win32"
            del os.statvfs

    return call


def without_unix() -> None:
    """From here on this process is as much like Windows as it can be."""
    shutil.which, shutil.disk_usage = as_here(shutil.which), as_here(shutil.disk_usage)  # type: ignore[assignment]
    sys.modules["msvcrt"] = fake_msvcrt()
    sys.modules.update(dict.fromkeys(MODULES))  # None: importing it is an ImportError
    for name in FUNCTIONS:
        with contextlib.suppress(AttributeError):
            delattr(os, name)
    for name in SIGNALS:
        with contextlib.suppress(AttributeError):
            delattr(signal, name)

    def no_handler(*_: object) -> None:
        raise NotImplementedError

    asyncio.unix_events._UnixSelectorEventLoop.add_signal_handler = no_handler  # type: ignore[attr-defined]
    open_really, replace_really, kill_really = os.open, os.replace, os.kill

    def os_open(path: str, flags: int, *rest: object, **named: object) -> int:
        ours = str(sys._getframe(1).f_globals.get("__name__")).startswith("sekayu_net")
        if ours and Path(path).is_dir():
            raise PermissionError(13, "Permission denied", str(path))
        return open_really(path, flags, *rest, **named)  # type: ignore[arg-type]

    def os_replace(source: str, target: str, **named: object) -> None:
        opened = set()
        for handle in Path("/proc/self/fd").iterdir():
            with contextlib.suppress(OSError):
                opened.add(str(handle.readlink()))
        if {str(Path(source).absolute()), str(Path(target).absolute())} & opened:
            raise PermissionError(13, "it is used by another process", str(source))
        replace_really(source, target, **named)  # type: ignore[arg-type]

    def os_kill(process: int, number: int) -> None:
        assert number != 0, "on Windows this would end the process"
        kill_really(process, number)

    os.open, os.replace, os.kill = os_open, os_replace, os_kill  # type: ignore[assignment]
    os.rename = os_replace  # type: ignore[assignment]
    sys.platform = "win32"


def run(words: list[str]) -> tuple[int, str, str]:
    """One command line of the program."""
    main = importlib.import_module("sekayu_net.cli.main").main
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    return code, out.getvalue(), err.getvalue()


def windows() -> None:
    """Load everything once, forget what is ours, become Windows, load it again, and run."""
    lines = json.load(sys.stdin)
    for name in every_module():
        importlib.import_module(name)
    for name in [name for name in sys.modules if name.split(".")[0] == "sekayu_net"]:
        del sys.modules[name]
    without_unix()
    for name in every_module():
        importlib.import_module(name)
    print(json.dumps([run(words) for words in lines]))


if __name__ == "__main__":
    windows()
