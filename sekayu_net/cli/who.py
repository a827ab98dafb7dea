"""WHO: the filters that commands about devices share, spelled in one place.

Different filters narrow, the same filter repeated widens. Matching them against a district is
``inventory.selection``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sekayu_net.inventory.selection import Selection

Offices = Annotated[
    list[str] | None,
    typer.Option("--office", metavar="NAME|CODE", help="Devices of this office (repeatable)."),
]
Hosts = Annotated[
    list[str] | None, typer.Option("--host", metavar="NAME", help="This device (repeatable).")
]
Kinds = Annotated[
    list[str] | None,
    typer.Option("--kind", metavar="camat|lurah|desa", help="Offices of this kind (repeatable)."),
]
Roles = Annotated[
    list[str] | None,
    typer.Option(
        "--role", metavar="router|access_point", help="Devices of this role (repeatable)."
    ),
]
Phases = Annotated[
    list[int] | None,
    typer.Option("--phase", metavar="N", help="Offices of this phase (repeatable)."),
]
Platforms = Annotated[
    list[str] | None,
    typer.Option("--platform", metavar="NAME", help="Devices of this platform (repeatable)."),
]
Full = Annotated[
    bool, typer.Option("--full", help="Show everything, also what is told together else.")
]
Json = Annotated[bool, typer.Option("--json", help="Answer with one JSON document.")]


def selection(
    office: list[str] | None = None,
    host: list[str] | None = None,
    kind: list[str] | None = None,
    role: list[str] | None = None,
    phase: list[int] | None = None,
    platform: list[str] | None = None,
) -> Selection:
    """The filters of a command line as one value."""
    from sekayu_net.inventory.selection import Selection

    return Selection(
        office=tuple(office or ()),
        host=tuple(host or ()),
        kind=tuple(kind or ()),
        role=tuple(role or ()),
        phase=tuple(phase or ()),
        platform=tuple(platform or ()),
    )
