"""Run a command that kills itself: ``python -m tests.integration.killed_command POINT WORDS…``.

POINT is ``state:HOST:STATE`` or ``remember:HOST``: the process gets SIGKILL when it is about to
write that into the journal, which is before the deed that the state stands for.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sekayu_net.cli.main import main
from sekayu_net.journal import Journal


def kill_at(point: str) -> None:
    """Let the journal's writers look whether it is time."""
    state, remember = Journal.state, Journal.remember

    def strike(*words: str) -> None:
        if ":".join(words) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def struck_state(self: Journal, run: str, host: str, to: Any, **more: Any) -> None:
        strike("state", host, to)
        state(self, run, host, to, **more)

    def struck_remember(self: Journal, run: str, host: str, **more: Any) -> None:
        strike("remember", host)
        remember(self, run, host, **more)

    Journal.state = struck_state  # type: ignore[method-assign]
    Journal.remember = struck_remember  # type: ignore[method-assign]


if __name__ == "__main__":
    kill_at(sys.argv[1])
    sys.argv[:2] = ["sekayu-net"]
    main()
