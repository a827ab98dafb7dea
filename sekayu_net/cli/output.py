"""What reaches the terminal: results on stdout, progress on stderr, errors as exit codes.

What is said here in English reaches a person in the language that is spoken; ``verbatim`` is for
what is no message: configurations, values, lines for another program.

The one place where an error becomes an exit code, and where a question is asked. Rich is imported
only when a table is drawn or colour is wanted, never for ``--help``.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterable, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, TextIO

from typer import TyperException

from sekayu_net.errors import SekayuError, UsageError
from sekayu_net.languages import translated

if TYPE_CHECKING:
    from rich.console import Console


class ExitCode(IntEnum):
    """The contract with scripts."""

    OK = 0  #: nothing to do, or all done
    ERROR = 1  #: an error, or a refused run
    USAGE = 2  #: wrong words, or a question with no terminal to ask on
    PENDING = 3  #: changes pending, drift found
    INCOMPLETE = 4  #: some devices not confirmed, or not read


#: The heaviest first: an error hides that changes are pending, never the other way round.
PRECEDENCE = (
    ExitCode.USAGE,
    ExitCode.ERROR,
    ExitCode.INCOMPLETE,
    ExitCode.PENDING,
    ExitCode.OK,
)


#: What a message begins with, and its further lines stand behind: ``error:``, ``  next:``.
_BEGINNING = re.compile(r"\s*(?:\w+: )?")
#: A command that is told, as far as it goes; a blank in it, while lines are broken.
_COMMAND = re.compile(r"sekayu-net(?: [^\s,;:()]+)+")
_GLUE = "\x00"
#: The disk is full, or what this user may fill of it.
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def combine(codes: Iterable[ExitCode]) -> ExitCode:
    """The code that rules among several; ``OK`` for none."""
    found = set(codes)
    return next((code for code in PRECEDENCE if code in found), ExitCode.OK)


def exit_code_of(error: BaseException) -> ExitCode:
    """The exit code that an error ends the command with."""
    wrong_words = UsageError, TyperException
    return ExitCode.USAGE if isinstance(error, wrong_words) else ExitCode.ERROR


def result(text: str = "") -> None:
    """A line of the answer, on stdout."""
    print(translated(text), file=sys.stdout)


def verbatim(text: str) -> None:
    """An answer that is no message, on stdout as it is."""
    print(text, file=sys.stdout)


def result_json(document: object) -> None:
    """The answer as one JSON document on stdout."""
    print(json.dumps(document, indent=2, ensure_ascii=False), file=sys.stdout)


def progress(text: str = "") -> None:
    """A line about what is going on, on stderr."""
    print(translated(text), file=sys.stderr, flush=True)


def warn(text: str) -> None:
    """Something that a person should know, on stderr; it changes no exit code."""
    _tell(f"note: {text}")


def colourful(stream: TextIO) -> bool:
    """Whether colour and redrawing are welcome on ``stream``."""
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        return False
    from sekayu_net.personal import colourless

    return not colourless()


def width() -> int:
    """Columns of the terminal; 80 without one."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 80


def folded(text: str, columns: int, *, first: str = "", margin: str = "") -> str:
    """A line that ends between words, ``first`` before it and ``margin`` before what follows.

    A command stays whole, to be copied: what is longer than the line is the terminal's to break.
    """
    whole = _COMMAND.sub(lambda found: found[0].replace(" ", _GLUE), text)
    return textwrap.fill(
        whole,
        columns,
        initial_indent=first,
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    ).replace(_GLUE, " ")


def _tell(text: str) -> None:
    """A message on stderr; each of its lines folded where a terminal is too narrow for it."""
    told = translated(text)
    columns = shutil.get_terminal_size((80, 24)).columns
    if sys.stderr.isatty() and columns:
        told = "\n".join(_fitted(line, columns) for line in told.split("\n"))
    print(told, file=sys.stderr, flush=True)


def _fitted(line: str, columns: int) -> str:
    if len(line) <= columns:
        return line
    first = (_BEGINNING.match(line) or [""])[0]
    return folded(line.removeprefix(first), columns, first=first, margin=" " * len(first))


def console(stream: TextIO | None = None) -> Console:
    """A Rich console on ``stream`` (stdout). No terminal: 80 columns, no colour, no markup."""
    from rich.console import Console

    chosen = sys.stdout if stream is None else stream
    plain = not colourful(chosen)
    return Console(
        file=chosen,
        width=None if chosen.isatty() else 80,
        no_color=plain,
        force_terminal=False if plain else None,
        highlight=False,
        markup=False,
        emoji=False,
        soft_wrap=False,
    )


def table(
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    title: str | None = None,
    right: Sequence[str] = (),
    told: Sequence[str] = (),
) -> None:
    """A table on stdout that fits the terminal (80 columns without one): long cells are folded.

    ``right`` names the columns that are aligned right, ``told`` those that hold messages.
    """
    from rich import box
    from rich.table import Table

    drawn = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        title=translated(title) if title else None,
        title_justify="left",
        pad_edge=False,
        padding=(0, 1, 0, 0),
    )
    for index, column in enumerate(columns):
        # The first column names the row: it is read whole, and copied.
        drawn.add_column(
            translated(column),
            overflow="fold",
            no_wrap=index == 0,
            justify="right" if column in right else "left",
        )
    for row in rows:
        cells = zip(columns, row, strict=True)
        drawn.add_row(*(translated(cell) if column in told else cell for column, cell in cells))
    console().print(drawn)


def confirm(question: str, *, yes: bool, option: str = "--yes") -> bool:
    """Ask; ``yes`` answers beforehand. Without a terminal to ask on: ``UsageError``."""
    if yes:
        return True
    if not sys.stdin.isatty():
        raise UsageError(
            f"there is no terminal to ask on: {question}",
            hint=f"look at the plan first, then say {option}",
        )
    print(f"{translated(question)} [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes", "ya"}


def report_error(error: BaseException, *, debug: bool = False) -> ExitCode:
    """Say on stderr what went wrong and what to do next; the exit code to end with.

    A traceback only with ``debug``: a technician reads words.
    """
    if debug:
        traceback.print_exception(error, file=sys.stderr)
    if isinstance(error, SekayuError):
        _tell(f"error: {error}")
        if error.hint:
            _tell(f"  next: {error.hint}")
    elif isinstance(error, TyperException):
        progress(f"error: {error.format_message()}")
        where = getattr(error, "ctx", None)
        progress(f"  next: {where.command_path if where else 'sekayu-net'} --help")
    elif isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename is not None else ""
        progress(f"error: {place}{error.strerror or error}")
        if error.errno in _NO_ROOM:
            progress("  next: make room there, then run it again")
    else:
        progress(f"error: unexpected {type(error).__name__}: {error}")
        progress("  next: this is a fault of the program; run it again with --debug and report it")
    return exit_code_of(error)
