"""What one person wants on this computer, whatever the project: the personal file.

``~/.config/sekayu-net/config.yaml`` (``%APPDATA%`` on Windows); none is needed. An option goes
before the environment, that before this file, and this before the project's ``sekayu.toml``. What
decides about devices (budgets, approvals, limits) is the project's alone, it can't be said here.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from sekayu_net.errors import InputError, InventoryError, ProjectError
from sekayu_net.system import personal_file

HEADER = """\
# What you want on this computer, whatever the project. Every key may be left out.
# An option goes before the environment, that before this file, and this before sekayu.toml.

# lang: id                # messages: id or en             (--lang, SEKAYU_LANG)
# colour: auto            # auto (at a terminal) or never  (NO_COLOR)
# operator: siti          # the name that records you      (SEKAYU_OPERATOR)
# project: ~/sekayu       # where no project is around     (--project, SEKAYU_PROJECT)
# ssh_key: ~/.ssh/id_ed25519   # before [ssh] key_file of sekayu.toml   (SEKAYU_SSH_KEY)
"""

#: The variable that goes before each key.
VARIABLES = {
    "lang": "SEKAYU_LANG",
    "colour": "NO_COLOR",
    "operator": "SEKAYU_OPERATOR",
    "project": "SEKAYU_PROJECT",
    "ssh_key": "SEKAYU_SSH_KEY",
}


class Personal(BaseModel):
    """The personal file. None: nothing is said, and what comes after decides."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lang: Literal["id", "en"] | None = None
    colour: Literal["auto", "never"] | None = None
    operator: str | None = None
    project: Path | None = None
    ssh_key: Path | None = None


def path(environ: Mapping[str, str] = os.environ) -> Path:
    """Where the file is, or would be."""
    return personal_file(environ)


def load(environ: Mapping[str, str] = os.environ) -> Personal:
    """The file of this person, empty when there is none.

    ``ProjectError`` names file and line of each fault, with a near name for an unknown key.
    """
    return _load(path(environ))


@lru_cache(maxsize=4)
def _load(file: Path) -> Personal:
    # Before the reader of YAML is loaded: most have no such file, and every command asks.
    if not file.is_file():
        return Personal()
    from sekayu_net.yaml_lines import read, validate

    try:
        source = read(file)
        return Personal() if source.data is None else validate(source, Personal)
    except InventoryError as error:
        hints = [found.hint for found in error.findings if found.hint]
        raise ProjectError(
            "\n".join(map(str, error.findings)), hint="; ".join(hints) or "mend the personal file"
        ) from None
    except InputError as error:
        raise ProjectError(str(error), hint=error.hint) from None


def operator(environ: Mapping[str, str] = os.environ) -> str:
    """The name under which runs are recorded: the variable, the file, else the login's."""
    from sekayu_net.system import user

    return environ.get("SEKAYU_OPERATOR") or load(environ).operator or user()


def colourless(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this person wants no colour anywhere."""
    return bool(environ.get("NO_COLOR")) or load(environ).colour == "never"


def ssh_key(environ: Mapping[str, str], projects: Path | None) -> Path | None:
    """The private key to log in with; ``projects`` is what ``sekayu.toml`` says."""
    named = environ.get("SEKAYU_SSH_KEY")
    chosen = Path(named) if named else load(environ).ssh_key or projects
    return chosen.expanduser() if chosen else None
