"""The simulated district of a test's own project."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Typing(Protocol):
    """Someone at the command line: exit code, answer, what was said beside it."""

    def type(self, *words: str) -> tuple[int, str, str]: ...


@contextmanager
def lab_up(person: Typing) -> Iterator[None]:
    """The lab of someone's project, for as long as this lasts."""
    code, _, err = person.type("lab", "up")
    try:
        assert code == 0, err
        yield
    finally:
        person.type("lab", "down")
