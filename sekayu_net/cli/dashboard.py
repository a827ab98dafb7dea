"""``dashboard``: the live page, read-only, on this machine."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from sekayu_net.cli import output
from sekayu_net.errors import ProjectError


def dashboard(
    ctx: typer.Context,
    listen: Annotated[
        str, typer.Option("--listen", metavar="ADDRESS", help="The address to listen on.")
    ] = "127.0.0.1",
    port: Annotated[
        int,
        typer.Option(
            "--port", metavar="PORT", min=0, max=65535, help="The port; 0 takes a free one."
        ),
    ] = 8642,
    new_token: Annotated[
        bool, typer.Option("--new-token", help="Make a new token: who had the old one is out.")
    ] = False,
) -> None:
    """Serve the district's map, phases, running deployment, drift and history to a browser.

    Read-only. Prints the address, with its token; Ctrl-C ends it.
    """
    try:
        from sekayu_net.dashboard.serving import listening, serve
    except ImportError as error:
        raise ProjectError(
            f"the dashboard needs a package that is not installed: {error.name}",
            hint="pip install 'sekayu-net[dashboard]'",
        ) from error
    from sekayu_net.archive import Archive
    from sekayu_net.dashboard.access import kept_token
    from sekayu_net.dashboard.sources import Sources
    from sekayu_net.journal import Journal

    project = ctx.obj.project()
    district = project.district()
    with Journal.open(project.journal_path):
        pass  # made, or brought up to date: the pages only read
    sources = Sources(
        name=project.settings.project.name,
        lab=project.lab,
        district=district,
        journal_path=project.journal_path,
        archive=Archive(project.archive_path),
    )
    token = kept_token(project.state / "dashboard.token", new=new_token)
    if listen not in {"127.0.0.1", "::1", "localhost"}:
        output.warn(
            f"{listen}: others on the network can reach this, and what passes is not encrypted; "
            "better: a reverse proxy with TLS (docs/dashboard.md)"
        )
    with listening(listen, port) as opened:
        shown = f"[{listen}]" if ":" in listen else listen
        address = f"http://{shown}:{opened.getsockname()[1]}/"

        def ready() -> None:
            output.verbatim(f"{address}?token={token}")
            sys.stdout.flush()  # whoever reads it through a pipe waits for it
            output.progress("Ctrl-C ends it")

        try:
            serve(sources, opened, token=token, on_ready=ready)
        except KeyboardInterrupt:
            output.progress("ended")
