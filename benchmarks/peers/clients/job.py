"""What every measured program does the same: read its job, take the time, say what came of it.

Only the standard library: it is imported by the Pythons of all environments.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def read_job() -> dict[str, Any]:
    """The job: ``devices`` (name, address, port), ``user``, ``password``, ``key_file``,
    ``known_hosts``, ``commands``, ``workers``, ``least`` (characters that a device's answers have
    together at the least)."""
    job: dict[str, Any] = json.load(sys.stdin)
    return job


def processor() -> float:
    """Processor seconds of this process and of its children that ended."""
    own, children = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def measured(job: dict[str, Any], work: Callable[[], list[int]]) -> None:
    """Run the work, whose result is how many characters each device answered; tell.

    Imports and the reading of the job are not in the time; what a library loads on first use is.
    """
    started, spent = time.perf_counter(), processor()
    sizes = work()
    seconds, spent = time.perf_counter() - started, processor() - spent
    good = sum(size >= job["least"] for size in sizes)
    answer = {
        "seconds": seconds,
        "cpu": spent,
        "good": good,
        "failed": len(job["devices"]) - good,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()
    # What the libraries' threads would still do at the end is nobody's time.
    os._exit(0)
