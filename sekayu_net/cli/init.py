"""``init DIR``: a new project folder, as a copy of the reference project."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli import output
from sekayu_net.errors import ProjectError, UsageError

CONTENT = ("inventory", "templates", "tasks", "playbooks", "sekayu.toml")


def reference() -> Path:
    """Where the reference project lies: in the package, or around it in a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "reference", package.parent):
        if (folder / "sekayu.toml").is_file():
            return folder
    raise ProjectError("the reference project is missing", hint="install sekayu-net anew")


def init(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The new folder.")],
) -> None:
    """Make a new project folder: the reference district, to be made your own."""
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty", hint="name a folder that is not there yet")
    source = reference()
    directory.mkdir(parents=True, exist_ok=True)
    for name in CONTENT:
        if (source / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, directory / name, ignore=ignore)
        else:
            shutil.copy(source / name, directory / name)
    output.result(f"made {directory}: edit {directory}/inventory/offices.yaml, then")
    output.result("sekayu-net inventory allocate, and sekayu-net inventory check")
