"""``config format|check|diff|apply``: the configuration language on plain files, without a project.

Arguments in, text out: everything else is the platform's.
"""

from __future__ import annotations

import ipaddress
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli.output import ExitCode, colourful, console, progress, result, verbatim, warn
from sekayu_net.errors import InputError, UsageError
from sekayu_net.platforms.base import DiffContext, Flow
from sekayu_net.platforms.registry import DEFAULT, language

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="The configuration language on plain files; needs no project and no device.",
)

PlatformOption = Annotated[
    str, typer.Option("--platform", help="Whose configuration language the files are in.")
]


@app.command("format")
def format_(
    file: Annotated[Path, typer.Argument(help="A configuration; - reads standard input.")],
    width: Annotated[
        int, typer.Option(min=40, help="Where lines break; 0 never.", clamp=False)
    ] = 80,
    platform: PlatformOption = DEFAULT,
) -> None:
    """Print a configuration in the form a device writes it: keys ascending, wrapped.

    Example: sekayu-net config format office.rsc
    """
    text = language(platform).layout(_read(file), width=width, file=str(file))
    sys.stdout.write(text)


@app.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="A configuration; - reads standard input.")],
    release: Annotated[
        str | None,
        typer.Option("--release", help="The version to check for; default: what the header says."),
    ] = None,
    platform: PlatformOption = DEFAULT,
) -> None:
    """List what a version does not know: menus, properties, words. Exit 0: nothing, 3: something.

    A menu that is not known is handled by general rules: nothing in it is guessed, nothing that
    the other side names is deleted.

    Example: sekayu-net config check office.rsc --release 7.20.1
    """
    system = language(platform)
    text = _read(file)
    version = release or system.release(text) or system.default_release
    try:
        found = system.check(text, version)
    except InputError as error:
        error.file = file
        raise
    menus = Counter(unknown.path for unknown in found if unknown.whole)
    shown: set[str] = set()
    for unknown in found:
        count = menus[unknown.path]
        if unknown.whole and unknown.path in shown:
            continue
        shown.add(unknown.path)
        times = f" ({count} statements)" if count > 1 else ""
        result(f"{file}:{unknown.line}: {unknown.path}: {unknown.reason}{times}")
    if found:
        raise typer.Exit(ExitCode.PENDING)
    progress(f"{file}: all of it is known in {version}")


@app.command("diff")
def diff(
    running: Annotated[Path, typer.Argument(help="What a device says.")],
    intended: Annotated[Path, typer.Argument(help="What it should say.")],
    script: Annotated[bool, typer.Option("--script", help="Print the commands alone.")] = False,
    inverse: Annotated[bool, typer.Option("--inverse", help="Print the way back alone.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="INTENDED is everything that the device should say.")
    ] = False,
    management: Annotated[
        list[str] | None,
        typer.Option(
            "--management",
            metavar="SRC,DST[:PORT]",
            help="A flow that must stay admitted: controller's network, device's address, port.",
        ),
    ] = None,
    release: Annotated[
        str | None,
        typer.Option(
            "--release", help="The device's version; default: what RUNNING's header says."
        ),
    ] = None,
    platform: PlatformOption = DEFAULT,
) -> None:
    """Compare two configurations by what they mean. Exit 0: no difference, 3: differences.

    Without --whole only the menus that INTENDED mentions are compared.

    Example: sekayu-net config diff running.rsc intended.rsc --management 10.9.0.0/24,10.16.0.1
    """
    if script and inverse:
        raise UsageError("--script and --inverse answer two questions", hint="ask one at a time")
    flows = tuple(_flow(text) for text in management or ())
    system = language(platform)
    texts = _read(running), _read(intended)
    version = release or system.release(texts[0]) or system.release(texts[1])
    try:
        change = system.diff(
            *texts, DiffContext(version=version or system.default_release, whole=whole, flows=flows)
        )
    except InputError as error:
        names = {"running": str(running), "intended": str(intended)}
        error.file = names.get(str(error.file), error.file)
        raise
    for warning in change.warnings:
        warn(warning)
    if script:
        sys.stdout.write(change.script)
    elif inverse:
        sys.stdout.write(change.inverse)
    else:
        _print_diff(change.diff)
    if not change.empty:
        raise typer.Exit(ExitCode.PENDING)


@app.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="A configuration; - reads standard input.")],
    script: Annotated[Path, typer.Argument(help="A script as config diff --script prints it.")],
    platform: PlatformOption = DEFAULT,
) -> None:
    """Print the configuration after a script.

    Example: sekayu-net config apply running.rsc change.rsc
    """
    from sekayu_net.errors import InputError

    try:
        text = language(platform).apply(_read(file), _read(script))
    except InputError as error:
        error.file = script if error.file == "script" else file
        raise
    sys.stdout.write(text)


def _print_diff(text: str) -> None:
    if not colourful(sys.stdout):
        sys.stdout.write(text)
        return
    from sekayu_net.report.terminal import print_diff

    print_diff(text, console())


def _read(file: Path) -> str:
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot read it: {error.strerror}", file=file, hint="give the path of a text file"
        ) from error
    if b"\0" in data:
        raise InputError("this is no text", file=file, hint="give an export (.rsc), not a backup")
    return data.decode("utf-8", "surrogateescape").removeprefix("\ufeff")


def _flow(text: str) -> Flow:
    source, _, rest = text.partition(",")
    destination, colon, port = rest.partition(":")
    try:
        ipaddress.IPv4Network(source)
        ipaddress.IPv4Address(destination)
        return Flow(source, destination, int(port) if colon else 22)
    except ValueError:
        raise UsageError(
            f"--management {text}: not a flow",
            hint="write SRC,DST[:PORT], as in 10.9.0.0/24,10.16.0.1:22",
        ) from None


@app.command("path", epilog="Example: sekayu-net config path")
def path() -> None:
    """Print where your own settings are, or would be: language, colour, name, key, project."""
    from sekayu_net import personal

    verbatim(str(personal.path()))


@app.command("show", epilog="Example: sekayu-net config show --example")
def show(
    example: Annotated[
        bool, typer.Option("--example", help="Print a file to begin with, every key explained.")
    ] = False,
) -> None:
    """Print your own settings, and what each comes from."""
    from sekayu_net import personal

    if example:
        result(personal.HEADER.rstrip())
        return
    chosen = personal.load()
    for key, variable in personal.VARIABLES.items():
        value, origin = os.environ.get(variable), variable
        if not value:
            value, origin = getattr(chosen, key), str(personal.path())
        result(f"{key:<10} {value}   ({origin})" if value else f"{key:<10} -")
    if not personal.path().exists():
        progress("  next: sekayu-net config show --example prints a file to begin with")
