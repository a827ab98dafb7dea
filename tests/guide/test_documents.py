"""Each command that a document names is one of the program's, with options that it has.

Cheap: nothing is run. What a command says is held by ``test_follow``, for the guide.
"""

from __future__ import annotations

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.main

from sekayu_net.cli.main import COMMANDS, app, load_command
from tests.guide.chapters import Aside, read
from tests.guide.runner import ROOT

DOCUMENTS = sorted([*ROOT.glob("README*.md"), *ROOT.glob("docs/**/*.md")])
#: What stands in place of words that a reader puts in.
GAP = {"…", "..."}
#: Commands that no lab can run and that a chapter may show all the same: each a first word or two.
ALLOWED = (
    "sudo apt install", "git clone", "make install", "cd sekayu-net", ". .venv/bin/activate",
    "sekayu-net schedule", "sekayu-net inventory trust", "sekayu-net plan", "sekayu-net deploy",
    "sekayu-net waive", "sekayu-net restore", "sekayu-net status", "sekayu-net runs",
    "sekayu-net adopt --from", "sekayu-net secrets show", "sekayu-net upgrade",
)  # fmt: skip


def commands_of(path: Path) -> list[str]:
    """Each ``sekayu-net …`` of code blocks and of code in the text that is a whole command line."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"^```(?:console|sh)?\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)
    blocks += re.findall(r"^(?: {4}.+\n)+", text, flags=re.MULTILINE)
    lines = [line.strip().removeprefix("$ ") for block in blocks for line in block.splitlines()]
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    lines += [" ".join(span.split()) for span in re.findall(r"`([^`]+)`", rest)]
    return [line for line in lines if line.startswith("sekayu-net ")]


@cache
def command(name: str) -> Any:
    """A command as the program runs it."""
    return load_command(name)


def fault(line: str) -> str | None:
    """What is wrong with a command line; None when the program knows all its words."""
    typed = (
        line.split("  #", maxsplit=1)[0]
        .split(" # ", maxsplit=1)[0]
        .split(" | ", maxsplit=1)[0]
        .split(" > ", maxsplit=1)[0]
    )
    words = [w for w in shlex.split(typed.replace("'", '"'))[1:] if w not in GAP]
    known: Any = typer.main.get_command(app)
    while words and words[0].startswith("-"):  # options before the command: they take no words
        option = words.pop(0)
        if not any(option in each.opts for each in known.params) and option not in ("-h", "--help"):
            return f"no option {option}"
        if option in ("--lang", "--project"):
            words.pop(0)
    if not words or not re.fullmatch(r"[a-z]+", words[0]):
        return None
    if words[0] not in COMMANDS:
        return f"no command {words[0]}"
    known = command(words.pop(0))
    if hasattr(known, "commands") and words and re.fullmatch(r"[a-z]+", words[0]):
        if words[0] not in known.commands:
            return f"no command {words[0]}"
        known = known.commands[words.pop(0)]
    options = {o for each in known.params for o in (*each.opts, *each.secondary_opts)}
    used = [word.split("=")[0] for word in words if re.match(r"--?[a-z]", word)]
    wrong = [word for word in used if word not in options and word not in ("-h", "--help")]
    return f"no option {' '.join(wrong)}" if wrong else None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_command_and_option_in_a_document_exists(path: Path) -> None:
    faults = {line: fault(line) for line in commands_of(path)}
    assert {line: why for line, why in faults.items() if why} == {}


@pytest.mark.parametrize(
    "line",
    [
        "sekayu-net depoly",
        "sekayu-net plan --nowhere",
        "sekayu-net lab upp",
        "sekayu-net --labs plan",
    ],
)
def test_a_command_that_is_not_there_is_found(line: str) -> None:
    assert fault(line)


def test_commands_are_found_in_blocks_and_in_text(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "Say `sekayu-net a`.\n\n    sekayu-net b\n\n```console\n$ sekayu-net c\nsaid\n```\n"
    )
    assert sorted(commands_of(page)) == ["sekayu-net a", "sekayu-net b", "sekayu-net c"]


@pytest.mark.parametrize(
    "path",
    sorted(ROOT.glob("docs/guide/*.md")) + sorted(ROOT.glob("docs/panduan/*.md")),
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)
def test_what_is_not_run_is_on_the_list_of_what_no_lab_can_run(path: Path) -> None:
    lines = [line for step in read(path) if isinstance(step, Aside) for line in step.lines]
    assert [line for line in lines if line and not line.startswith(ALLOWED)] == []
