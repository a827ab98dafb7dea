"""The program: global options, and the table of commands.

A command's module is imported when that command runs, so that ``--help`` and shell completion
stay light. What a command does lives in its module; what errors mean to a shell in ``output``.
"""

from __future__ import annotations

import importlib
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from typer.core import TyperGroup
from typer.main import get_command

from sekayu_net import __version__
from sekayu_net.cli import dry
from sekayu_net.cli.completion import attach, completing, lighten
from sekayu_net.cli.context import Context
from sekayu_net.cli.output import ExitCode, report_error
from sekayu_net.cli.spoken import language_of, localised
from sekayu_net.errors import UsageError
from sekayu_net.languages import said, speak, translated
from sekayu_net.system import speak_utf8


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command lives (``module:attribute``, a function or a Typer app), and its one line."""

    where: str
    summary: str
    example: str


#: Every command, in the order of a technician's day.
COMMANDS = {
    "init": Entry(
        "sekayu_net.cli.init:init",
        "Make a new project folder.",
        "sekayu-net init kecamatan-sekayu",
    ),
    "inventory": Entry(
        "sekayu_net.cli.inventory:app",
        "Check, show, allocate and export the inventory; pin host keys.",
        "sekayu-net inventory check",
    ),
    "render": Entry(
        "sekayu_net.cli.render:command",
        "Print the intended configurations.",
        "sekayu-net render --host lurah-kayu-ara-rtr1",
    ),
    "plan": Entry(
        "sekayu_net.cli.plan:plan",
        "Read the devices and show the exact change of each.",
        "sekayu-net plan phase-1 --out phase-1.plan",
    ),
    "show": Entry(
        "sekayu_net.cli.plan:show", "Look at a saved plan again.", "sekayu-net show phase-1.plan"
    ),
    "approve": Entry(
        "sekayu_net.cli.approve:approve",
        "Sign a saved plan with your SSH key.",
        "sekayu-net approve phase-1.plan",
    ),
    "deploy": Entry(
        "sekayu_net.cli.deploy:deploy",
        "Plan, show, ask, then do it wave by wave.",
        "sekayu-net deploy phase-1",
    ),
    "resume": Entry(
        "sekayu_net.cli.deploy:resume",
        "Finish what a crash or a power cut left.",
        "sekayu-net resume",
    ),
    "waive": Entry(
        "sekayu_net.cli.waive:waive",
        "Let a gate not wait for a device.",
        'sekayu-net waive desa-lumpatan-ap1 --reason "mast is down" --until 2026-03-31',
    ),
    "rollback": Entry(
        "sekayu_net.cli.rollback:rollback",
        "Take back what a run did; what changed since stays.",
        "sekayu-net rollback 20260301-080000-ab12 --out back.plan",
    ),
    "status": Entry(
        "sekayu_net.cli.status:status", "The rollout, office by office.", "sekayu-net status"
    ),
    "runs": Entry(
        "sekayu_net.cli.runs:runs",
        "What was run, when, by whom, with what result.",
        "sekayu-net runs",
    ),
    "prune": Entry(
        "sekayu_net.cli.prune:prune",
        "Forget old audits; the newest of each device stays.",
        "sekayu-net prune --older-than 400d --dry-run",
    ),
    "dashboard": Entry(
        "sekayu_net.cli.dashboard:dashboard",
        "The live page: map, phases, the running deployment, drift, history.",
        "sekayu-net dashboard",
    ),
    "handover": Entry(
        "sekayu_net.cli.handover:handover",
        "The hand-over report (berita acara serah terima) of offices that are done.",
        "sekayu-net handover phase-1 --out serah-terima.pdf",
    ),
    "audit": Entry(
        "sekayu_net.cli.audit:audit",
        "Compare the devices with what they should be.",
        "sekayu-net audit phase-1 --report audit.md",
    ),
    "history": Entry(
        "sekayu_net.cli.history:history",
        "Versions of a device's configuration.",
        "sekayu-net history lurah-kayu-ara-rtr1",
    ),
    "bootstrap": Entry(
        "sekayu_net.cli.bootstrap:bootstrap",
        "First boot of a factory-new device: print its script, or push it.",
        "sekayu-net bootstrap desa-sukarami-rtr1 --via 192.168.88.1",
    ),
    "adopt": Entry(
        "sekayu_net.cli.adopt:adopt",
        "Take over a device in service: what would its first plan do?",
        "sekayu-net adopt lurah-kayu-ara-rtr1",
    ),
    "replace": Entry(
        "sekayu_net.cli.replace:replace",
        "Put another device in the place of a dead one.",
        "sekayu-net replace desa-sukarami-rtr1 --via 192.168.88.1",
    ),
    "upgrade": Entry(
        "sekayu_net.cli.upgrade:upgrade",
        "Another version for devices, one after another, seen through to health.",
        "sekayu-net upgrade --host lurah-kayu-ara-ap1 --packages packages",
    ),
    "doctor": Entry(
        "sekayu_net.cli.doctor:doctor",
        "Whether this computer is ready, and what to fix.",
        "sekayu-net doctor",
    ),
    "secrets": Entry(
        "sekayu_net.cli.secrets:app",
        "List, set and rotate secrets; say who can read them.",
        "sekayu-net secrets list",
    ),
    "qualify": Entry(
        "sekayu_net.cli.qualify:qualify",
        "Try the undo on a spare device.",
        "sekayu-net qualify lurah-kayu-ara-rtr1",
    ),
    "schedule": Entry(
        "sekayu_net.cli.schedule:app",
        "Audits on a schedule: a systemd timer, or a line for cron.",
        "sekayu-net schedule install --every 6h",
    ),
    "notify": Entry(
        "sekayu_net.cli.notify:app",
        "Messages about what audits found: try them, send what waits.",
        "sekayu-net notify test",
    ),
    "backup": Entry(
        "sekayu_net.cli.backup:backup",
        "Encrypted copies of devices, secrets and all.",
        "sekayu-net backup --binary",
    ),
    "restore": Entry(
        "sekayu_net.cli.restore:restore",
        "Bring a device back to an earlier configuration.",
        "sekayu-net restore lurah-kayu-ara-rtr1 1a2b3c4",
    ),
    "task": Entry(
        "sekayu_net.cli.task:task",
        "Run one task of the project's tasks/.",
        "sekayu-net task verify --kind lurah",
    ),
    "config": Entry(
        "sekayu_net.cli.config:app",
        "Format, compare and change configuration files, offline.",
        "sekayu-net config diff running.rsc intended.rsc",
    ),
    "completion": Entry(
        "sekayu_net.cli.completion:completion",
        "Print the script that makes a shell complete commands and names.",
        "sekayu-net completion bash",
    ),
    "lab": Entry("sekayu_net.cli.lab:app", "The simulated district.", "sekayu-net lab up"),
    "demo": Entry(
        "sekayu_net.cli.demo:demo", "The whole story on the lab, narrated.", "sekayu-net demo"
    ),
}


def load_command(name: str) -> Any:
    """Import a command and build what Typer runs. A Click command of Typer's own kind."""
    entry = COMMANDS[name]
    module, attribute = entry.where.split(":")
    found = getattr(importlib.import_module(module), attribute)
    if isinstance(found, typer.Typer):
        found.rich_markup_mode = None
        command = get_command(found)
        command.short_help = entry.summary
    else:
        app = typer.Typer(rich_markup_mode=None, add_completion=False)
        app.command(name=name)(found)
        command = get_command(app)
    command.name = name
    command.epilog = said(f"Example: {entry.example}")
    for below in getattr(command, "commands", {}).values():
        below.short_help = " ".join((below.help or "").split("\n\n")[0].split())  # never cut off
    dry.attach(command, name)
    return localised(attach(command) if completing() else command)


class Commands(TyperGroup):
    """The table of commands as Typer sees it: names at once, modules when needed."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - Typer's signature
        """All names, in the table's order."""
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - Typer's signature
        """The command; ``UsageError`` with near names when there is none."""
        if cmd_name not in COMMANDS:
            from sekayu_net.near import near

            found = near(cmd_name, COMMANDS)
            raise UsageError(
                f"there is no command {cmd_name!r}",
                hint=f"did you mean {' or '.join(found)}?" if found else "see sekayu-net --help",
            )
        return load_command(cmd_name)

    def shell_complete(self, ctx: Any, incomplete: str) -> list[Any]:
        """Names and summaries from the table, without importing a single command."""
        from typer._click.shell_completion import CompletionItem

        if incomplete.startswith("-"):
            return super().shell_complete(ctx, incomplete)
        return [
            CompletionItem(name, help=translated(entry.summary))
            for name, entry in COMMANDS.items()
            if name.startswith(incomplete)
        ]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - Typer's signature
        """Write the table without importing a single command."""
        with formatter.section(translated("Commands")):
            formatter.write_dl(
                [(name, translated(entry.summary)) for name, entry in COMMANDS.items()]
            )


app = typer.Typer(
    name="sekayu-net",
    cls=Commands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    no_args_is_help=True,
    epilog="Example: sekayu-net --lab plan phase-1",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def print_version(value: bool) -> None:
    """Print the version and leave."""
    if value:
        print(f"sekayu-net {__version__}")
        raise typer.Exit


@app.callback()
def global_options(
    ctx: typer.Context,
    project: Annotated[
        Path | None,
        typer.Option(
            "--project",
            metavar="DIR",
            envvar="SEKAYU_PROJECT",
            help="The project folder; else the nearest one with a sekayu.toml.",
        ),
    ] = None,
    lab: Annotated[
        bool,
        typer.Option(
            "--lab", envvar="SEKAYU_LAB", help="Talk to the simulated district, not the real one."
        ),
    ] = False,
    lang: Annotated[  # noqa: ARG001 - chosen before any command, so that --help has it too
        Literal["en", "id"] | None,
        typer.Option("--lang", help="Language of messages; else SEKAYU_LANG, else the locale."),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Show the program's own view of an error.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - the callback prints it
        bool,
        typer.Option(
            "--version", callback=print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Roll out, audit and look after the networks of district offices.

    Every change is shown first, undone by the device itself unless confirmed, and recorded.
    """
    ctx.obj = Context(project_dir=project, lab=lab, debug=debug)


def main(arguments: list[str] | None = None) -> None:
    """Run one command line and leave with its exit code."""
    words = sys.argv[1:] if arguments is None else arguments
    debug = "--debug" in words
    speak_utf8()
    try:
        speak(language_of(words, os.environ))
        program = localised(get_command(app))
        ended = (lighten(program) if completing() else program).main(
            args=words, prog_name="sekayu-net", standalone_mode=False
        )
        sys.exit(ended if isinstance(ended, int) else ExitCode.OK)
    except typer.Abort:
        sys.exit(ExitCode.ERROR)  # nobody answers a question any more
    except KeyboardInterrupt:
        sys.exit(130)  # what shells expect of a program that Ctrl-C ended
    except BrokenPipeError:
        # Nobody reads any more: let the interpreter flush into nothing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(ExitCode.ERROR)
    except Exception as error:  # noqa: BLE001 - the one place where errors become words
        if completing():
            sys.exit(ExitCode.ERROR)  # in the middle of somebody's line: nothing is offered
        from sekayu_net.secrets import forget

        forget(error)
        sys.exit(report_error(error, debug=debug))
