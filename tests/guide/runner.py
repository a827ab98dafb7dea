"""A chapter carried out: a home and a project of its own, its commands one after another.

``<!-- practice -->`` in a chapter: it begins in the practice project, as the first chapter makes.
``<!-- factory HOST -->``: a device out of its box answers where it says ``192.168.88.1``.
"""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.guide import terminal
from tests.guide.chapters import Aside, Command, Edit, Saved, read
from tests.guide.compare import Names, alike, kept
from tests.guide.factory import out_of_its_box

ROOT = Path(__file__).parents[2]
LANGUAGES = {"guide": "en", "panduan": "id"}
#: The address of a device out of its box, as the guide has it.
FACTORY = "192.168.88.1"
#: Where the reader's home is, as the guide has it.
HOME = "/home/siti"
PATIENCE = 90.0
#: Lines of a disagreement that are told.
MOST = 60
#: Seconds that a silent device is waited for: the guide's, and here, where all is near.
SILENCE, SILENCE_HERE = 15, 4
FACTORY_NEW = re.compile(r"^<!-- factory (?P<host>\S+) -->$", re.MULTILINE)
PRACTISED = "<!-- practice -->"
#: What of the first chapter makes the practice project: its files and edits, and these commands.
MAKES = ("sekayu-net init ", "cd ", "ssh-keygen ")


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a chapter and the program disagree."""

    line: int
    command: str
    said: str

    def __str__(self) -> str:
        lines = self.said.splitlines()
        if len(lines) > MOST:
            lines[MOST // 2 : -MOST // 2] = [f"… {len(lines) - MOST} more lines …"]
        return "\n".join([f"line {self.line}: $ {self.command}", *lines])


@dataclass
class Reader:
    """Who follows a chapter: where they are, what is set, what they saw. ``said`` is by line."""

    home: Path
    folder: Path
    environment: dict[str, str]
    code: int = 0
    names: Names = field(default_factory=Names)
    said: dict[int, tuple[str, ...]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    factory: str | None = None

    def type(self, command: str) -> tuple[str, ...]:
        """What the shell shows; ``cd``, ``export`` and ``echo $?`` are the shell's own."""
        if command == "echo $?":
            return (str(self.code),)
        if command.startswith("cd "):
            self.folder = self.folder / command.removeprefix("cd ")
            return ()
        if setting := re.fullmatch(r"export (\w+)=(\S*)", command):
            self.environment[setting[1]] = setting[2]
            return ()
        real = self.names.real(command)
        if self.factory is not None:
            real = real.replace(FACTORY, self.factory)
        self.code, lines = terminal.run(
            real, folder=self.folder, environment=self.environment, patience=PATIENCE
        )
        return tuple(self._as_shown(line) for line in lines)

    def _as_shown(self, line: str) -> str:
        if self.factory is not None:
            line = line.replace(self.factory, FACTORY)
            line = line.replace(self.factory.partition(":")[0], FACTORY)
        line = re.sub(rf"\b{SILENCE_HERE} (seconds|detik)\b", rf"{SILENCE} \1", line)
        return line.replace(str(self.home), HOME)


def environment(home: Path, language: str) -> dict[str, str]:
    """A clean shell of somebody called siti: nothing of this one but where programs are."""
    programs = home / "bin"
    programs.mkdir(parents=True)
    (home / ".ssh").mkdir(mode=0o700)
    for name, body in {
        "sekayu-net": f'exec "{sys.executable}" -P -m sekayu_net "$@"',
        "python": f'exec "{sys.executable}" -P "$@"',
        "timedatectl": "echo yes",  # this machine's clock is no matter of the guide
    }.items():
        script = programs / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    return {
        "PATH": f"{programs}:{os.environ.get('PATH', os.defpath)}",
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "USER": "siti",
        "LOGNAME": "siti",
        "TZ": "Asia/Jakarta",
        "LC_ALL": "C.UTF-8",
        "TERM": "dumb",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "SEKAYU_LANG": language,
    }


@contextmanager
def reader(path: Path, home: Path) -> Iterator[Reader]:
    """Somebody at the start of a chapter; whatever they leave running is ended after."""
    home.mkdir(parents=True, exist_ok=True)
    language = LANGUAGES[path.parent.name]
    with ExitStack() as stack:
        made = Reader(home, home, environment(home, language))
        text = path.read_text(encoding="utf-8")
        if found := FACTORY_NEW.search(text):
            made.factory = stack.enter_context(out_of_its_box(found["host"]))
        try:
            if PRACTISED in text:
                practise(made, min(path.parent.glob("01-*.md")))
            yield made
        finally:
            for settings in sorted(home.glob("*/.sekayu/lab/lab.json")):
                subprocess.run(
                    [home / "bin" / "sekayu-net", "lab", "down"],
                    cwd=settings.parents[2],
                    env=made.environment,
                    timeout=60,
                    check=False,
                    capture_output=True,
                )


def practise(made: Reader, first: Path) -> None:
    """Make the practice project as the first chapter does, and go there."""
    for step in read(first):
        if isinstance(step, Saved):
            _save(made, step)
        elif isinstance(step, Edit):
            _edit(made, step)
        elif isinstance(step, Command) and step.text.startswith(MAKES):
            made.type(step.text)
            if made.code:
                raise RuntimeError(f"{first.name}: {step.text} ended with {made.code}")
    settings = made.folder / "sekayu.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace(f"timeout = {SILENCE}.0", f"timeout = {SILENCE_HERE}.0"), encoding="utf-8"
    )


def follow(path: Path, home: Path) -> Reader:
    """Do all that a chapter says, in order. A chapter ends at the first command that fails."""
    with reader(path, home) as made:
        steps = read(path)
        told = _told(steps)
        for step in steps:
            if isinstance(step, Saved):
                _save(made, step)
            elif isinstance(step, Edit):
                _edit(made, step)
            elif not isinstance(step, Aside) and not _command(made, step, told.get(step.line, 0)):
                break
    return made


def _told(steps: tuple[object, ...]) -> Mapping[int, int]:
    """The exit codes that a chapter shows, by the line of the command that ends with them."""
    commands = [step for step in steps if isinstance(step, Command)]
    return {
        command.line: int(asked.shown[0])
        for command, asked in itertools.pairwise(commands)
        if asked.text == "echo $?" and asked.shown
    }


def _save(made: Reader, step: Saved) -> None:
    file = made.folder / step.file
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(step.text, encoding="utf-8")


def _edit(made: Reader, step: Edit) -> None:
    file = made.folder / step.file
    text = file.read_text(encoding="utf-8")
    before, after = ("".join(f"{line}\n" for line in lines) for lines in (step.before, step.after))
    if text.count(before) != 1:
        found = f"these lines stand in {step.file} {text.count(before)} times, not once:\n{before}"
        made.faults.append(Fault(step.line, f"edit {step.file}", found))
        return
    file.write_text(text.replace(before, after), encoding="utf-8")


def _command(made: Reader, step: Command, wanted: int) -> bool:
    """Type it and compare; whether the chapter can go on."""
    said = made.type(step.text)
    if step.text == "echo $?":
        made.said[step.line] = said
        return True
    if not step.hidden:
        made.names.learn(step.shown, said)
        said = tuple(made.names.as_shown(line) for line in said)
        made.said[step.line] = said
        if not alike(step.shown, said):
            shown, real = "\n".join(step.shown), "\n".join(kept(step.shown, said))
            made.faults.append(
                Fault(step.line, step.text, f"the guide shows:\n{shown}\nit said:\n{real}")
            )
    if made.code != wanted and not (step.hidden and made.code < 0):
        made.faults.append(
            Fault(
                step.line,
                step.text,
                f"it ended with {made.code}, not {wanted}:\n" + "\n".join(said),
            )
        )
        return False
    return True
