"""Shell completion: what a TAB offers for a value, and the script that a shell loads.

Commands and options complete themselves. The values are found here, by the name of an option or
argument, so that no command has to think of it. A TAB must be quick and must never print an error:
what can't be known is not offered.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from sekayu_net.cli import output
from sekayu_net.errors import SekayuError, UsageError

#: The variable by which a shell asks; Typer's, made of the program's name.
ASKED = "_SEKAYU_NET_COMPLETE"
#: Runs that are offered: the newest.
RUNS = 20
SHELLS = ("bash", "zsh", "fish", "powershell")

#: From the project's folder, and its state, to what there is.
Source = Callable[[Path, Path], Iterable[str]]


def _named(field: str) -> Source:
    def find(root: Path, _state: Path) -> Iterable[str]:
        from sekayu_net.inventory.names import names

        found: tuple[str, ...] = getattr(names(root / "inventory", root / ".sekayu"), field)
        return found

    return find


def _offices(root: Path, state: Path) -> Iterable[str]:
    # Codes last, and only to who begins with a digit: nobody reads a list of them.
    return (*_named("office")(root, state), *_named("codes")(root, state))


def _stems(folder: str, ending: str) -> Source:
    def find(root: Path, _state: Path) -> Iterable[str]:
        found = (path.stem for path in (root / folder).glob(f"*{ending}"))
        return sorted(stem for stem in found if not stem.startswith("_"))

    return find


def _runs(_root: Path, state: Path) -> Iterable[str]:
    from sekayu_net.journal import Journal

    if not (state / "journal.sqlite").exists():
        return ()
    with Journal.open(state / "journal.sqlite") as journal:
        return [run.id for run in journal.runs()[:RUNS]]


def _plans(_root: Path, state: Path) -> Iterable[str]:
    here = sorted(path.name for path in Path().glob("*.plan"))
    return here or sorted(str(path) for path in (state / "plans").glob("*.plan"))


def _secrets(_root: Path, state: Path) -> Iterable[str]:
    """The names in a plain store: an encrypted one would have to be opened, which may ask."""
    import yaml

    document = yaml.safe_load((state / "secrets.yaml").read_text(encoding="utf-8"))
    return sorted(document["secrets"])


def _faults(_root: Path, _state: Path) -> Iterable[str]:
    from sekayu_net.lab.faults import KINDS

    return list(KINDS)


_HOSTS, _PLAYBOOKS = _named("host"), _stems("playbooks", ".yaml")
#: By the option, whatever the command.
OPTIONS: dict[str, Source] = {
    "--office": _offices,
    **{f"--{field}": _named(field) for field in ("host", "kind", "role", "phase", "platform")},
    "--allow-removals": _HOSTS,
    "--allow-unguarded": _HOSTS,
    "--plan": _plans,
}
#: By the argument: ``command argument``, or the argument's name alone in whatever command.
ARGUMENTS: dict[str, Source] = {
    "host": _HOSTS,
    "hosts": _HOSTS,
    "office": _offices,
    "playbook": _PLAYBOOKS,
    "run": _runs,
    "who": _HOSTS,
    "show file": _plans,
    "approve file": _plans,
    "task name": _stems("tasks", ".py"),
    "secrets name": _secrets,
    "fault kind": _faults,
}


def attach(command: Any, group: str = "") -> Any:
    """Give the parameters of a Click command, and of those below it, what a TAB offers."""
    for parameter in command.params:
        if parameter.param_type_name == "argument":
            source = (
                ARGUMENTS.get(f"{command.name} {parameter.name}")
                or ARGUMENTS.get(f"{group} {parameter.name}")
                or ARGUMENTS.get(parameter.name)
            )
        else:
            source = next((OPTIONS[word] for word in parameter.opts if word in OPTIONS), None)
        # A flag of that name (--allow-removals of one device) takes no value.
        if source is not None and not getattr(parameter, "is_flag", False):
            parameter._custom_shell_complete = _complete(source)  # noqa: SLF001 - Click's own seam
    for below in getattr(command, "commands", {}).values():
        attach(below, command.name)
    return command


class AsTyped:
    """What Typer asks for a parameter's value, when the value is what was typed."""

    def coerce(self, value: Any, param: Any, ctx: Any) -> Any:  # noqa: ARG002 - Typer's signature
        """The words themselves; of a parameter that has several, none is an empty list."""
        return () if value is None and (param.multiple or param.nargs == -1) else value


def _complete(source: Source) -> Callable[[Any, Any, str], list[Any]]:
    def complete(ctx: Any, parameter: Any, incomplete: str) -> list[Any]:
        from typer._click.shell_completion import CompletionItem

        given = ctx.params.get(parameter.name) or ()
        said = {str(value) for value in given} if isinstance(given, list | tuple) else set()
        return [
            CompletionItem(word)
            for word in _found(source, ctx.find_root().params)
            if word.startswith(incomplete)
            and word not in said
            and (incomplete[:1].isdigit() or not _is_code(word))
        ]

    return complete


def _is_code(word: str) -> bool:
    """Whether a word is an office's official code: ``16.06.08.1001``."""
    return "." in word and word.replace(".", "").isdigit()


def _found(source: Source, chosen: dict[str, Any]) -> list[str]:
    from sekayu_net.project_folder import find_folder

    # What is broken is for the command itself to tell: in the middle of a line nobody reads it.
    with suppress(SekayuError, OSError, ValueError, KeyError, TypeError, LookupError):
        named = chosen.get("project")
        root = find_folder(Path(named) if named else None, os.environ)
        state = root / ".sekayu"
        return list(source(root, state / "lab" if chosen.get("lab") else state))
    return []


def completing() -> bool:
    """Whether a shell asks, and not a person."""
    return ASKED in os.environ


def lighten(command: Any) -> Any:
    """The program for a shell that asks: nothing is loaded to look at words or to draw them."""
    from typer import _completion_classes, core

    # Typer would load Rich to take markup away, and a word in brackets with it; and pydantic to
    # look whether the words before the TAB are good.
    vars(_completion_classes)["_sanitize_help_text"] = str
    core._TyperParameter.get_runtime_param = lambda _: AsTyped()  # type: ignore[assignment,method-assign,return-value] # noqa: SLF001
    return attach(command)


def completion(
    shell: Annotated[
        Literal["bash", "zsh", "fish", "powershell"] | None,
        typer.Argument(metavar="[SHELL]", help="bash, zsh, fish or powershell; else this one."),
    ] = None,
) -> None:
    """Print the script that makes a shell complete commands, options, devices, offices and more.

    bash: eval "$(sekayu-net completion bash)" in ~/.bashrc; zsh the same in ~/.zshrc; fish:
    sekayu-net completion fish > ~/.config/fish/completions/sekayu-net.fish. Or let
    sekayu-net --install-completion do it.
    """
    from typer._completion_shared import get_completion_script

    named = shell or Path(os.environ.get("SHELL", "")).name
    if named not in SHELLS:
        raise UsageError(
            f"which shell? {named or 'none'} is not one that can complete",
            hint=f"sekayu-net completion {SHELLS[0]}; there are: {', '.join(SHELLS)}",
        )
    output.verbatim(get_completion_script(prog_name="sekayu-net", complete_var=ASKED, shell=named))
