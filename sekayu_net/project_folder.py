"""Where a project's folder is. What is in it is ``project``'s: this loads nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sekayu_net.errors import ProjectError

#: The file that makes a folder a project.
MARK = "sekayu.toml"


def find_folder(start: Path | None, environ: Mapping[str, str]) -> Path:
    """``start``, else ``SEKAYU_PROJECT``, the nearest parent, the folder of the personal file."""
    named = start or (Path(environ["SEKAYU_PROJECT"]) if environ.get("SEKAYU_PROJECT") else None)
    if named is not None:
        if not (named / MARK).is_file():
            raise ProjectError(f"{named}: no {MARK} here", hint="is this the project's folder?")
        return named.resolve()
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / MARK).is_file():
            return folder
    from sekayu_net.personal import load

    chosen = load(environ).project
    if chosen is not None:
        return find_folder(chosen.expanduser(), environ)
    raise ProjectError(
        f"no project here: neither {here} nor a folder above it has a {MARK}",
        hint="go to the project's folder, name it with --project, for always in the file that "
        "`sekayu-net config path` names, or make one: sekayu-net init DIR",
    )
