"""How templates of pages and drawings are read: everything escaped, in the looker's language.

Those of configurations are ``rendering``'s, which escapes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net.languages import shown, translated

if TYPE_CHECKING:
    from jinja2 import Environment


def pages(folder: Path) -> Environment:
    """The templates of a folder; each is compiled once."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context

    environment = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

    # With a context, else Jinja tells constant texts once, when it compiles a template.
    @pass_context
    def told(_: object, text: str) -> str:
        return translated(text)

    @pass_context
    def named(_: object, text: str) -> str:
        return shown(text)

    environment.filters |= {"translated": told, "shown": named}
    return environment
