"""One command at a terminal of 80 columns, as a technician has it: questions are answered yes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping
from pathlib import Path

QUESTION = re.compile(rb"\[y/[A-Za-z]\] ?$")
ROWS, COLUMNS = 50, 80


def run(
    command: str, *, folder: Path, environment: Mapping[str, str], patience: float
) -> tuple[int, tuple[str, ...]]:
    """The exit code and the lines shown. ``TimeoutError`` after ``patience`` seconds."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    with subprocess.Popen(
        ["bash", "-c", command],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=folder,
        env=dict(environment),
        start_new_session=True,
    ) as process:
        os.close(theirs)
        try:
            said = _converse(ours, time.monotonic() + patience)
            code = process.wait(patience)
        except BaseException:
            process.kill()
            raise
        finally:
            os.close(ours)
    text = said.decode("utf-8", "replace").replace("\r\n", "\n").replace("\r", "\n")
    return code, tuple(line.rstrip() for line in text.splitlines())


def _converse(terminal: int, until: float) -> bytes:
    """What is shown until the last program at the terminal has ended."""
    said = b""
    answered = 0
    while True:
        left = until - time.monotonic()
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            raise TimeoutError(said[-2000:].decode("utf-8", "replace"))
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # nobody holds the other end any more
            return said
        if not chunk:
            return said
        said += chunk
        if QUESTION.search(said) and len(said) > answered:
            os.write(terminal, b"y\n")
            answered = len(said)
