"""How many processes share an audit, and what Ctrl-C means to them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from sekayu_net.cli import processes
from sekayu_net.system import deaf_children

ASKED = "import signal; print(signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, []))"


@pytest.mark.parametrize(("devices", "count"), [(0, 1), (34, 1), (299, 1), (300, 2), (5000, 4)])
def test_a_process_more_is_for_many_devices_and_a_core_of_its_own(
    monkeypatch, devices, count
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)), raising=False)
    assert processes.how_many(devices) == count


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals as Unix has them")
def test_a_child_hears_no_interrupt_from_its_first_moment_on_its_parent_does() -> None:
    def deaf() -> str:
        return subprocess.run(
            [sys.executable, "-c", ASKED], capture_output=True, text=True, check=True
        ).stdout.strip()

    def interrupted() -> None:
        with deaf_children():
            assert deaf() == "True"
            # to this thread: other tests may have left some that block nothing
            signal.pthread_kill(threading.get_ident(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert deaf() == "False"
