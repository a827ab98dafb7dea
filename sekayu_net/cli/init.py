"""``init DIR``: a new project folder, as a copy of the reference project, or for other offices."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Annotated

import typer

from sekayu_net.cli import dry, output
from sekayu_net.errors import ProjectError, UsageError

NAME = re.compile(r"^name = .*$", re.MULTILINE)
CONTENT = ("inventory", "templates", "tasks", "playbooks", "sekayu.toml")


def reference() -> Path:
    """Where the reference project lies: in the package, or around it in a checkout."""
    package = Path(__file__).parents[1]
    for folder in (package / "reference", package.parent):
        if (folder / "sekayu.toml").is_file():
            return folder
    raise ProjectError("the reference project is missing", hint="install sekayu-net anew")


def init(
    ctx: typer.Context,
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="The new folder.")],
    from_csv: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A list of offices: code,kind,name,kecamatan_code,kecamatan."
        ),
    ] = None,
    kecamatan: Annotated[
        list[str] | None,
        typer.Option(
            metavar="CODE", help="Whose offices; again for more, the first is the hub. Else all."
        ),
    ] = None,
) -> None:
    """Make a new project folder: the reference district, or another one from a list of offices."""
    if kecamatan and from_csv is None:
        raise UsageError("--kecamatan chooses from a list", hint="name it: --from-csv FILE")
    if directory.exists() and any(directory.iterdir()):
        raise UsageError(f"{directory} is not empty", hint="name a folder that is not there yet")
    rows = None
    if from_csv is not None:
        from sekayu_net.inventory.scaffold import office_rows, write_inventory

        rows = office_rows(from_csv, kecamatan or ())
    source = reference()
    if ctx.obj.dry:
        offices = f" with {len(rows)} offices" if rows is not None else ""
        output.result(f"would make {directory}{offices}: {', '.join(CONTENT)}")
    dry.stop(ctx.obj)
    directory.mkdir(parents=True, exist_ok=True)
    for name in CONTENT:
        if (source / name).is_dir():
            ignore = shutil.ignore_patterns("__pycache__")
            shutil.copytree(source / name, directory / name, ignore=ignore)
        else:
            shutil.copy(source / name, directory / name)
    if rows is not None and from_csv is not None:
        write_inventory(directory / "inventory", rows, source=from_csv.name)
        settings = directory / "sekayu.toml"
        text = settings.read_text(encoding="utf-8")
        camat = rows[0].kecamatan_name
        settings.write_text(NAME.sub(f'name = "Kecamatan {camat}"', text, count=1), "utf-8")
        output.result(f"made {directory} with {len(rows)} offices, their devices are examples")
        output.result(f"put what stands there into {directory}/inventory/offices.yaml, then")
        output.result("sekayu-net inventory check")
        return
    output.result(f"made {directory}: edit {directory}/inventory/offices.yaml, then")
    output.result("sekayu-net inventory allocate, and sekayu-net inventory check")
