"""What a device only prints as a table, as rows: TextFSM, with the templates that we carry.

Rows of menus are read as values (``session.rows``): a table is cut at the terminal's width and
has no quotes. Where a template of ntc-templates would do it is to be used; those that stand in
``templates/textfsm`` say why it would not.
"""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

import textfsm

#: A line that a template does not know.
UnknownLineError = textfsm.TextFSMError


@cache
def _template(name: str) -> str:
    """The template's text: in the package, or around it in a checkout."""
    package = Path(__file__).parents[2]
    folders = (package / "reference" / "templates", package.parent / "templates")
    folder = next(folder for folder in folders if (folder / "textfsm").is_dir())
    return (folder / "textfsm" / f"mikrotik_routeros_{name}.textfsm").read_text(encoding="utf-8")


def rows(command: str, output: str) -> list[dict[str, str]]:
    """Rows of what ``command`` (``ping``) printed; keys in lower case, "" for what is missing.

    ``UnknownLineError`` where the template says that every line must be known.
    """
    table = textfsm.TextFSM(io.StringIO(_template(command)))
    names = [name.lower() for name in table.header]
    return [dict(zip(names, row, strict=True)) for row in table.ParseText(output)]
