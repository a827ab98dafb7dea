"""What a machine that reads for others does with a chunk of hosts: composition, over there.

It has the project in a folder of its own, with pinned host keys, secrets and a login of its own.
Nothing of these travels; that they are the same is compared by hashes. It keeps no journal and no
archive: these are where the command was given.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sekayu_net import __version__
from sekayu_net.cli.site import site_of
from sekayu_net.errors import ClusterError, SekayuError
from sekayu_net.plan import Sources
from sekayu_net.project import Project
from sekayu_net.rollout.read_runner import nornir_of
from sekayu_net.rollout.site import Site
from sekayu_net.runners.dask import Told

#: What both ends seal, to see that their tokens are the same.
PROBE = "the same key on both machines"


@dataclass(frozen=True, slots=True)
class Order:
    """Which project, and what it must say there. ``run``: loaded anew for each command."""

    root: str
    lab: bool
    run: str
    version: str
    sources: Sources
    sealed: str

    @classmethod
    def of(cls, project: Project, site: Site, run: str) -> Order:
        """The order for a project as it stands here."""
        return cls(str(project.root), project.lab, run, __version__, site.sources, site.seal(PROBE))

    def __call__(
        self, task: str, hosts: tuple[str, ...], arguments: Mapping[str, Any]
    ) -> Mapping[str, Told]:
        """Do it. ``ClusterError`` where this machine would not say what the other one would."""
        return work(self, task, hosts, arguments)


def work(
    order: Order, task: str, hosts: tuple[str, ...], arguments: Mapping[str, Any]
) -> Mapping[str, Told]:
    """Run one of the project's reads on these hosts; what is said of each."""
    with _ONE_AT_A_TIME:
        site = _site(order)
    results = nornir_of(site, hosts).run(task=site.task(task), site=site, **arguments)
    return {host: told(host, results[host][0]) for host in hosts}


_ONE_AT_A_TIME = threading.Lock()


@lru_cache(maxsize=2)
def _site(order: Order) -> Site:
    """The project on this machine, where ``SEKAYU_PROJECT`` says or where it is over there."""
    root = Path(os.environ.get("SEKAYU_PROJECT") or order.root)
    here = f"the machine {os.uname().nodename} ({root})"
    if __version__ != order.version:
        raise ClusterError(
            f"{here} runs sekayu-net {__version__}, this one {order.version}",
            hint="install the same version on both",
        )
    project = Project.load(Project.find(root, {}), lab=order.lab)
    site = site_of(project)
    if site.sources != order.sources:
        raise ClusterError(
            f"{here} has another inventory or other templates",
            hint="bring the project there to the same revision: git pull",
        )
    if site.seal(PROBE) != order.sealed:
        raise ClusterError(
            f"{here} has a secret store with another key: every secret would look changed",
            hint="give it the same secret store (docs/secrets.md)",
        )
    return site


def told(host: str, result: Any) -> Told:
    """A result without what belongs to this process. Strangers among errors lose their words."""
    error = result.exception
    if error is not None and not isinstance(error, SekayuError):
        error = ClusterError(f"{host}: {type(error).__name__} on {os.uname().nodename}")
    return Told(None if error else result.result, result.failed, error)
