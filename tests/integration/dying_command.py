"""A command that dies: ``python -m tests.integration.dying_command HOST STATE WORDS…``.

The process gets SIGKILL when it is about to write into the journal that HOST enters STATE, which is
before the deed that the state stands for; ``remembered`` stands for the state that was confirmed.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any

from sekayu_net.cli.main import main
from sekayu_net.journal import Journal


def die_at(host: str, state: str) -> None:
    """Let the journal's writers look whether it is time."""
    enter, to, remember = Journal.enter, Journal.state, Journal.remember

    def entering(self: Journal, run: str, of: str, **more: Any) -> None:
        strike(of, "planned")
        enter(self, run, of, **more)

    def stating(self: Journal, run: str, of: str, new: Any, **more: Any) -> None:
        strike(of, new)
        to(self, run, of, new, **more)

    def remembering(self: Journal, run: str, of: str, **more: Any) -> None:
        strike(of, "remembered")
        remember(self, run, of, **more)

    def strike(of: str, new: str) -> None:
        if (of, new) == (host, state):
            os.kill(os.getpid(), signal.SIGKILL)

    Journal.enter = entering  # type: ignore[method-assign]
    Journal.state = stating  # type: ignore[method-assign]
    Journal.remember = remembering  # type: ignore[method-assign]


if __name__ == "__main__":
    die_at(*sys.argv[1:3])
    sys.argv[:3] = ["sekayu-net"]
    main()
