"""What the console says when it does not do something."""

from __future__ import annotations


class ConsoleError(Exception):
    """A command failed. ``text`` is the device's words; ``trail`` says where, innermost first."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text
        self.trail: list[str] = []

    def __str__(self) -> str:
        return " ".join([self.text, *(f"({step})" for step in self.trail)])


class ParseError(ConsoleError):
    """Text that is no command. ``line`` and ``column`` from 1."""

    def __init__(self, text: str, line: int, column: int) -> None:
        super().__init__(f"{text} (line {line} column {column})")
        self.bare = text
        self.line = line
        self.column = column


class InterruptedRunError(ConsoleError):
    """The session, the job or the device ended while a program ran; no ``on-error`` catches it."""

    def __init__(self) -> None:
        super().__init__("interrupted")


class Returned(Exception):  # noqa: N818 - control flow, not an error
    """``:return`` on its way to the function or script that it ends."""

    def __init__(self, value: object) -> None:
        super().__init__()
        self.value = value
