"""The garbage collector, held off while much is built and nothing of it is garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def no_collection() -> Iterator[None]:
    """Nothing is collected in this block, or in a function that this decorates.

    Looking through a million new objects again and again would double the time. What is dropped
    is freed at once all the same, unless it refers to itself.
    """
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
