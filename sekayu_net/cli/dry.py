"""``--dry-run``: which commands take it, and how they end under it.

The option is one for all of them, hung on here. A command does all that leads to its deed, on a
project that keeps nothing (``Project.dry``), shows it, and then asks ``stop`` where the deed
begins.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.main import get_command

from sekayu_net.cli import output
from sekayu_net.cli.output import ExitCode

if TYPE_CHECKING:
    from sekayu_net.cli.context import Context
    from sekayu_net.project import Project

#: Every command that changes something on a device, in the project or on this computer, but for
#: the files that it is told to write and nothing else (``render --out``).
COMMANDS = frozenset(
    (
        "init",
        "inventory allocate",
        "inventory merge",
        "inventory rename",
        "inventory trust",
        "plan",
        "approve",
        "deploy",
        "resume",
        "waive",
        "rollback",
        "audit",
        "bootstrap",
        "adopt",
        "replace",
        "upgrade",
        "secrets set",
        "secrets generate",
        "secrets rotate",
        "secrets restore",
        "secrets identity",
        "secrets encrypt",
        "qualify",
        "schedule install",
        "schedule remove",
        "notify test",
        "notify send",
        "backup",
        "prune",
        "restore",
        "lab up",
        "lab down",
        "lab fault",
        "lab cable",
        "lab carry",
        "lab packages",
    )
)


def attach(command: Any, words: str) -> None:
    """Give a Click command, or those below it, the option; ``words`` are how it is called."""
    for name, below in getattr(command, "commands", {}).items():
        attach(below, f"{words} {name}")
    if words in COMMANDS:
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command()(_options)
        command.params += get_command(app).params


def _said(ctx: typer.Context, value: bool) -> None:
    if value and ctx.obj is not None:
        ctx.obj = replace(ctx.obj, dry=True)


def _options(
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Show what would be done; change and write nothing.",
            callback=_said,
            expose_value=False,
        ),
    ] = False,
) -> None:
    """Typer makes the option of its signature; nobody calls it."""


def stop(said: Project | Context, code: ExitCode = ExitCode.PENDING) -> None:
    """End a dry run here: what follows changes something. Without ``--dry-run``: nothing.

    ``code``: 3, changes pending, unless the command has one of its own.
    """
    if said.dry:
        output.progress("dry run: nothing was changed, and nothing written")
        raise typer.Exit(code)
