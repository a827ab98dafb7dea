"""``--runner`` and ``--scheduler``: whether other machines read for a command."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from sekayu_net.cli import output
from sekayu_net.errors import UsageError

if TYPE_CHECKING:
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import Settle, Site

RunnerName = Annotated[
    str,
    typer.Option(
        "--runner", metavar="threads|dask", help="Who reads: this machine, or those of a cluster."
    ),
]
Scheduler = Annotated[
    str | None,
    typer.Option("--scheduler", metavar="URL", help="With --runner dask: tcp://… or tls://…"),
]
# Of a command that writes: there to say why it can't be.
NoRunner = Annotated[str, typer.Option("--runner", hidden=True)]
NoScheduler = Annotated[str | None, typer.Option("--scheduler", hidden=True)]
THREADS = "threads"
LOOPBACK = ("127.0.0.1", "::1", "localhost")


def check_runner(runner: str, scheduler: str | None, *, alone: str | None = None) -> None:
    """``UsageError`` for words that say nothing together; ``alone``: what needs one machine."""
    if runner not in {THREADS, "dask"}:
        raise UsageError(f"no runner is called {runner!r}", hint="threads or dask")
    if runner == THREADS and scheduler is not None:
        raise UsageError("--scheduler is about --runner dask", hint="say both, or neither")
    if runner == "dask" and scheduler is None and alone is None:
        raise UsageError(
            "--runner dask needs to know its scheduler", hint="--scheduler tls://HOST:8786"
        )
    if runner == "dask" and alone is not None:
        raise UsageError(
            f"{alone} is not for --runner dask: Dask runs the work of a lost machine again, and a "
            "change must never be made twice",
            hint="one machine writes: leave --runner",
        )


@contextmanager
def spread(project: Project, site: Site, runner: str, scheduler: str | None) -> Iterator[Site]:
    """The site with its devices read by whom the command line says."""
    if runner == THREADS or scheduler is None:
        yield site
        return
    from sekayu_net.cli.on_worker import Order
    from sekayu_net.runners.dask import DaskRunner, connected

    parts = urlsplit(scheduler)
    if parts.scheme != "tls" and parts.hostname not in LOOPBACK:
        output.warn(
            f"{scheduler}: whoever reaches the scheduler can run programs on its machines, and "
            "what passes is not encrypted; better: tls:// (docs/scale.md)"
        )
    devices = site.district.devices

    def region(host: str) -> str | None:
        return site.district.office_of(devices[host]).region

    with connected(scheduler, tls=project.cluster_files) as client:
        order = Order.of(project, site, secrets.token_hex(8))
        chunk = project.settings.workers

        def machines(settle: Settle) -> DaskRunner:
            return DaskRunner(client, order, settle, region=region, chunk=chunk)

        yield replace(site, runner=machines)
