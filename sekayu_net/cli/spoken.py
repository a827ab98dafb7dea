"""The command line in the language of the person: which one that is, and Typer's own words in it.

Help is made by Typer in English; here it is told as everything else is. English costs nothing: no
catalogue is loaded, no command is walked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sekayu_net.errors import UsageError
from sekayu_net.languages import (
    LANGUAGES,
    Language,
    of_locale,
    said,
    said_with_fields,
    spoken,
    translated,
)
from sekayu_net.system import personal_file

#: What Typer says, so that the catalogue has it.
TYPER = (
    said("Usage:"),
    said("Options"),
    said("Arguments"),
    said("Commands"),
    said("required"),
    said_with_fields("default: {default}"),
    said("Show this message and exit."),
    said("Install completion for the current shell."),
    said("Show completion for the current shell, to copy it or customize the installation."),
    said("Missing command."),
    said_with_fields("Example: {command}"),
    said("Install completion for the current shell."),
    said("Show completion for the current shell, to copy it or customize the installation."),
    said_with_fields("No such option: {name}"),
    said_with_fields("No such option: {name} (Possible options: {names})"),
    said_with_fields("No such option: {name} Did you mean {suggestion}?"),
    said_with_fields("Missing argument {name}."),
    said_with_fields("Missing option {name}."),
    said_with_fields("Option {name} requires an argument."),
    said_with_fields("Option {name} does not take a value."),
    said_with_fields("Got unexpected extra argument(s) ({words})"),
    said_with_fields("Got unexpected extra argument ({words})"),
    said_with_fields("Invalid value for {name}: {problem}"),
    said_with_fields("{value} is not one of {choices}."),
    said_with_fields("{value} is not a valid {kind}."),
    said_with_fields("{value} is not in the range {range}."),
)


def language_of(words: Sequence[str], environ: Mapping[str, str]) -> Language:
    """The language that is asked for: ``--lang``, ``SEKAYU_LANG``, the personal file, the locale.

    An unknown one in ``SEKAYU_LANG`` is a ``UsageError``; that of ``--lang`` is left to Typer.
    """
    for at, word in enumerate(words):
        if not word.startswith("-") and (at == 0 or words[at - 1] not in {"--lang", "--project"}):
            break
        given = word.removeprefix("--lang=") if word.startswith("--lang=") else None
        if word == "--lang":
            given = next(iter(words[at + 1 :]), None)
        if given in LANGUAGES:
            return given
    named = environ.get("SEKAYU_LANG")
    if not named:
        return _personal(environ) or of_locale(environ)
    if named in LANGUAGES:
        return named
    raise UsageError(
        f"SEKAYU_LANG={named}: no such language", hint=f"there are: {', '.join(LANGUAGES)}"
    )


def _personal(environ: Mapping[str, str]) -> Language | None:
    """What the personal file says. Its reader is loaded only where there is one."""
    if not personal_file(environ).is_file():
        return None
    from sekayu_net import personal

    return personal.load(environ).lang


def localised(command: Any) -> Any:
    """A command of Typer's with its help in the language spoken now; its subcommands too."""
    if spoken() == "en":
        return command
    from typer import core

    vars(core)["_"] = translated  # it asks gettext, whose default domain is not ours
    _tell(command)
    return command


def _tell(command: Any) -> None:
    command.help = _paragraphs(command.help)
    command.short_help = _paragraphs(command.short_help)
    command.epilog = _paragraphs(command.epilog)
    for parameter in command.params:
        if getattr(parameter, "help", None):
            parameter.help = translated(parameter.help)
    option_of = command.get_help_option

    def help_option(ctx: Any) -> Any:
        option = option_of(ctx)
        if option is not None and option.help:
            option.help = translated(option.help)
        return option

    def usage(ctx: Any, formatter: Any) -> None:
        pieces = command.collect_usage_pieces(ctx)
        formatter.write_usage(ctx.command_path, " ".join(pieces), f"{translated('Usage:')} ")

    command.get_help_option = help_option
    command.format_usage = usage
    for below in getattr(command, "commands", {}).values():
        _tell(below)


def _paragraphs(text: str | None) -> str | None:
    """A help text, paragraph by paragraph: how its lines were broken in the code is no matter."""
    if text is None:
        return None
    return "\n\n".join(translated(" ".join(each.split())) for each in text.split("\n\n"))
