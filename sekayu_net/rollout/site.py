"""What a rollout needs of a project, as one value: the seam between engine and composition.

The command line fills it from a project; a test fills it with fakes. Nothing here reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sekayu_net.inventory.district import Device, District, Make
from sekayu_net.plan import Expected, Sources
from sekayu_net.platforms.base import DiffContext, Driver, Platform
from sekayu_net.rollout.canary import TRUSTED, Standing
from sekayu_net.saved import Saved

if TYPE_CHECKING:
    from nornir.core import Nornir
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, Task


class Runner(Protocol):
    """What Nornir asks of a runner."""

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Run a task on every host; each host's result."""


#: Host and what a task gave → what is kept of it.
Settle = Callable[[str, Any], Any]


@dataclass(frozen=True, slots=True)
class Site:
    """A district with its devices within reach.

    ``driver`` makes a new, closed driver; ``intended`` renders (``RenderError``); ``seal`` gives
    the token of a secret value, ``unseal`` the value of a fingerprint (``SecretError``), ``label``
    its name; ``remember`` takes a value and where it came from. ``nornir`` gives a fresh Nornir
    over these hosts (by name), ``task`` one of the project's tasks by name. ``standing`` tells what
    was tried and deployed of a version and model. ``readers``: how many devices are read at once;
    ``runner`` makes who reads them (None: this machine). ``permit`` gives who approved a plan, and
    raises ``ApprovalError`` for one that may not be carried out.
    """

    name: str
    lab: bool
    revision: str | None
    operator: str
    district: District
    platform: Callable[[Device], Platform]
    driver: Callable[[Device], Driver]
    context: Callable[[Device], DiffContext]
    intended: Callable[[Device], str]
    seal: Callable[[str], str]
    unseal: Callable[[str], str]
    label: Callable[[str], str | None]
    remember: Callable[[str, str], None]
    nornir: Callable[[Sequence[str]], Nornir]
    task: Callable[[str], Callable[..., Any]]
    standing: Callable[[Make], Standing] = lambda _: TRUSTED
    sources: Sources = field(default_factory=Sources)
    permit: Callable[[Saved], tuple[str, ...]] = lambda plan: ()  # noqa: ARG005
    readers: int = 20
    runner: Callable[[Settle], Runner] | None = None


def expected(device: Device) -> Expected:
    """Who a device must turn out to be."""
    return Expected(
        host=device.name,
        platform=device.platform,
        serial=device.serial,
        model=device.model.name,
        version=device.version,
    )


def run_task(site: Site, name: str, hosts: Sequence[str], /, **arguments: Any) -> dict[str, Any]:
    """Run one of the project's tasks on these hosts, all at once; each host's result.

    A task that raises ends the whole run with its own error: what a device does wrong is a value,
    so an exception is a fault of the project or of the journal.
    """
    return results_of(site.nornir(hosts), site.task(name), hosts, **arguments) if hosts else {}


def results_of(
    nornir: Nornir, task: Callable[..., Any], hosts: Sequence[str], /, **arguments: Any
) -> dict[str, Any]:
    """Run a task by this Nornir, by whatever runner it has; each host's result."""
    results = nornir.run(task=task, **arguments)
    for host in hosts:
        error = results[host][0].exception
        if error is not None:
            raise error
    return {host: results[host][0].result for host in hosts}
