"""Reads of many devices by several processes of this machine: composition, in each of them.

Taking texts apart, rendering and comparing are what the processor time of an audit and of a plan
goes into, and threads do not share that. Each process has the project, the secrets and connections
of its own; only names go there, and what stays of a device, masked, comes back, one device at a
time. What is done there is a ``Job``, and none of them changes a device.
"""

from __future__ import annotations

import gc
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from sekayu_net.cli.site import site_of
from sekayu_net.compliance import load_rules
from sekayu_net.errors import DeviceError, ProjectError, SekayuError
from sekayu_net.journal import Journal
from sekayu_net.plan import HostPlan, Limits, Running, Sources, unplanned
from sekayu_net.project import Project
from sekayu_net.rollout.judging import Judge, Judged, unread
from sekayu_net.rollout.order import way
from sekayu_net.rollout.pace import spread
from sekayu_net.rollout.read_runner import as_it_is, read_all
from sekayu_net.rollout.site import Settle, Site, expected
from sekayu_net.system import cores, deaf_children

if TYPE_CHECKING:
    from nornir.core.inventory import Host
    from nornir.core.task import AggregatedResult, Task

#: Devices for which a process more is worth its start (a second or two): measured, benchmarks/.
#: A device costs a first plan twice what it costs an audit, and a plan that finds nothing the same.
AUDITED, PLANNED = 150, 100
#: Each has the inventory in memory, and the devices' lines are narrower than this anyway.
MOST = 8

#: What stays of a host.
Take = Callable[[str, Any], None]


class Job(Protocol):
    """What a process does with its share of the devices: values alone, for it is sent there."""

    def __call__(self, project: Project, site: Site, hosts: Sequence[str], tell: Take) -> None:
        """Read these devices and tell what stays of each, from any thread, as it comes."""

    def lost(self, site: Site, error: DeviceError) -> Any:
        """What stays of a device whose process was ended from outside."""


@dataclass(frozen=True, slots=True)
class Judging:
    """The job of an audit. See ``rollout.judging``."""

    try_defaults: bool
    states: bool

    def __call__(self, project: Project, site: Site, hosts: Sequence[str], tell: Take) -> None:
        """Tell a ``Judged`` a device."""
        with Journal.open(project.journal_path, read_only=True) as journal:
            self.judge(project, site, journal, hosts, tell)

    def judge(
        self, project: Project, site: Site, journal: Journal, hosts: Sequence[str], tell: Take
    ) -> None:
        """The same with a journal that is open already; it is only read."""
        judge = Judge(
            site,
            journal,
            load_rules(project.inventory),
            runs={each.id for each in journal.runs()},
            login=project.login,
            try_defaults=self.try_defaults,
            states=self.states,
        )

        def settle(host: str, said: Running | DeviceError) -> None:
            tell(host, judge(host, said))

        read_all(site, "read", hosts, settle, site=site)

    def lost(self, site: Site, error: DeviceError) -> Judged:
        """Its audit ends in an error."""
        del site
        return Judged(unread(error.host, error))


@dataclass(frozen=True, slots=True)
class Planning:
    """The job of a plan, within ``limits``. ``sources``: what it is to be rendered from."""

    limits: Limits
    sources: Sources

    def __call__(self, project: Project, site: Site, hosts: Sequence[str], tell: Take) -> None:
        """Tell a ``HostPlan`` a device. ``ProjectError`` when inventory or templates are others."""
        del project
        if site.sources != self.sources:
            raise ProjectError(
                "inventory or templates were changed while the plan was being made",
                hint="plan again",
            )
        read_all(site, "plan", hosts, tell, site=site, limits=self.limits)

    def lost(self, site: Site, error: DeviceError) -> HostPlan:
        """It is not touched."""
        return unplanned(expected(site.district.devices[error.host]), error)


@dataclass(frozen=True, slots=True)
class PlanRunner:
    """A Nornir runner that has the project's task ``plan`` run by so many processes."""

    project: Project
    site: Site
    count: int
    settle: Settle = as_it_is

    def run(self, task: Task, hosts: list[Host]) -> AggregatedResult:
        """Each host's ``HostPlan``. ``ValueError`` for another task: it might write."""
        from nornir.core.task import AggregatedResult, MultiResult, Result

        if task.name != "plan":
            raise ValueError(f"{task.name} is not run by several processes")
        given: Mapping[str, Any] = task.params
        job = Planning(given["limits"], self.site.sources)
        names = [host.name for host in hosts]
        kept: dict[str, Any] = {}

        def take(host: str, said: HostPlan) -> None:
            kept[host] = self.settle(host, said)

        share_out(self.project, self.site, names, self.count, job, take)
        result = AggregatedResult(task.name)
        for host in hosts:
            result[host.name] = MultiResult(task.name)
            result[host.name].append(Result(host=host, result=kept[host.name], name=task.name))
        return result


def planning(project: Project, site: Site, devices: int) -> Site:
    """The site for a plan of so many devices: made by several processes where that pays.

    ``site`` is what ``site_of`` makes of the project: these processes make the same for themselves.
    """
    count = how_many(devices, PLANNED)
    if count == 1 or site.runner is not None:
        return site
    return replace(site, runner=partial(PlanRunner, project, site, count))


def how_many(devices: int, each: int) -> int:
    """How many processes are worth while, one for ``each`` so many devices."""
    return max(1, min(cores(), devices // each, MOST))


@dataclass(frozen=True, slots=True)
class Share:
    """What one process is to do, with which devices of which project."""

    root: Path
    lab: bool
    dry: bool
    hosts: tuple[str, ...]
    readers: int
    job: Job


def share_out(
    project: Project, site: Site, hosts: Sequence[str], count: int, job: Job, take: Take
) -> None:
    """Have a job done by so many processes; ``take`` is called here, for each host as it comes.

    An error of the project in one of them is raised here. The devices of one that died are lost
    for this time, those of the others are not.
    """
    devices = site.district.devices
    readers = -(-site.readers // count)
    shares = [
        Share(project.root, project.lab, project.dry, tuple(part), readers, job)
        for part in spread(
            hosts, count, lambda host: " ".join(way(site.district, devices[host])[:2])
        )
    ]
    with at_work(shares) as pipes:
        left = {pipe: set(share.hosts) for pipe, share in zip(pipes, shares, strict=True)}
        while left:
            ready = wait(list(left))
            for pipe in [each for each in left if each in ready]:
                try:
                    said = pipe.recv()
                except (EOFError, OSError):  # OSError: in the middle of a word
                    said = None
                if isinstance(said, SekayuError):
                    raise said
                if said is None:
                    for host in left.pop(pipe):
                        take(host, job.lost(site, died(host)))
                    continue
                host, stays = said
                take(host, stays)
                left[pipe].discard(host)


def died(host: str) -> DeviceError:
    """Why nothing is known of a device whose process is gone."""
    return DeviceError(
        "the process that was to read it was ended from outside (out of memory?)",
        host=host,
        stage="read",
        hint="run this again",
    )


@contextmanager
def at_work(shares: Sequence[Share]) -> Iterator[list[Connection]]:
    """A process for each share, and the ends from which to read; none of them outlives the block.

    Not forked: a process with threads must not be.
    """
    context = multiprocessing.get_context("spawn")
    pipes: list[Connection] = []
    processes: list[BaseProcess] = []
    process: BaseProcess
    try:
        for share in shares:
            ours, theirs = context.Pipe(duplex=False)
            pipes.append(ours)
            process = context.Process(target=work, args=(share, theirs), daemon=True)
            with deaf_children():
                process.start()
            processes.append(process)
            theirs.close()
        yield pipes
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
        for pipe in pipes:
            pipe.close()


def work(share: Share, pipe: Connection) -> None:
    """What one of the processes does: host and what stays of it, then None or the project's error.

    Each device goes through the pipe as soon as it is through.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to answer
    one = threading.Lock()

    def tell(host: str, stays: Any) -> None:
        with one:
            pipe.send((host, stays))

    try:
        said: SekayuError | None = None
        project = Project.load(share.root, lab=share.lab, dry=share.dry)
        site = replace(site_of(project), readers=share.readers)
        gc.freeze()  # what is there by now stays: looking through it again and again costs a tenth
        share.job(project, site, share.hosts, tell)
    except SekayuError as error:
        said = error
    except BrokenPipeError:
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001 - whatever it is, the other end must not wait for it
        # Its words may hold what this process alone may know.
        said = ProjectError(f"a process that reads devices failed: {type(error).__name__}")
    try:
        pipe.send(said)
    except BrokenPipeError:
        return
