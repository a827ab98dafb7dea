"""An audit of many devices by several processes of this machine: composition, in each of them.

Taking texts apart and comparing them is what an audit's processor time goes into, and threads do
not share that. Each process has the project, the secrets and connections of its own; only names
go there, and what stays of a device, masked, comes back, one device at a time.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from sekayu_net.audit import HostAudit
from sekayu_net.cli.site import site_of
from sekayu_net.compliance import load_rules
from sekayu_net.errors import DeviceError, ProjectError, SekayuError
from sekayu_net.journal import Journal
from sekayu_net.plan import Running
from sekayu_net.project import Project
from sekayu_net.rollout.judging import Judge, Judged
from sekayu_net.rollout.order import way
from sekayu_net.rollout.pace import spread
from sekayu_net.rollout.read_runner import read_all
from sekayu_net.rollout.site import Site
from sekayu_net.system import deaf_children

#: Devices for which a process more is worth its start (a second or two): measured, benchmarks/.
EACH = 150
#: Each has the inventory in memory, and the devices' lines are narrower than this anyway.
MOST = 8

#: What stays of a host.
Take = Callable[[str, Judged], None]


@dataclass(frozen=True, slots=True)
class Share:
    """What one process is to audit, of which project."""

    root: Path
    lab: bool
    dry: bool
    hosts: tuple[str, ...]
    readers: int
    try_defaults: bool
    states: bool


def how_many(devices: int) -> int:
    """How many processes are worth while for so many devices."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(cores or 1, devices // EACH, MOST))


def audit(
    project: Project,
    site: Site,
    hosts: Sequence[str],
    count: int,
    take: Take,
    *,
    try_defaults: bool,
    states: bool,
) -> None:
    """Audit these devices by so many processes; ``take`` is called here, for each as it comes.

    An error of the project in one of them is raised here. The devices of one that died are lost
    for this audit, those of the others are not.
    """
    devices = site.district.devices
    shares = [
        Share(
            project.root,
            project.lab,
            project.dry,
            tuple(part),
            -(-site.readers // count),
            try_defaults,
            states,
        )
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
                except EOFError:
                    for host in left.pop(pipe):
                        take(host, Judged(HostAudit(host, "error", reason=DIED)))
                    continue
                if isinstance(said, SekayuError):
                    raise said
                if said is None:
                    del left[pipe]
                    continue
                take(said.audit.host, said)
                left[pipe].discard(said.audit.host)


DIED = "the process that was to read it was ended from outside (out of memory?); audit it again"


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
    """What one of the processes does: a ``Judged`` a device, then None or the project's error."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the first process's to answer
    try:
        said: SekayuError | None = None
        judge_all(share, pipe)
    except SekayuError as error:
        said = error
    except BrokenPipeError:
        return  # nobody listens any more
    except Exception as error:  # noqa: BLE001 - whatever it is, the other end must not wait for it
        # Its words may hold what this process alone may know.
        said = ProjectError(f"a process of this audit failed: {type(error).__name__}")
    try:
        pipe.send(said)
    except BrokenPipeError:
        return


def judge_all(share: Share, pipe: Connection) -> None:
    """Read and judge a share; each device goes through the pipe as soon as it is through."""
    project = Project.load(share.root, lab=share.lab, dry=share.dry)
    site = replace(site_of(project), readers=share.readers)
    one = threading.Lock()
    gc.freeze()  # what is there by now stays: looking through it again and again costs a tenth
    with Journal.open(project.journal_path, read_only=True) as journal:
        judge = Judge(
            site,
            journal,
            load_rules(project.inventory),
            runs={each.id for each in journal.runs()},
            login=project.login,
            try_defaults=share.try_defaults,
            states=share.states,
        )

        def settle(host: str, said: Running | DeviceError) -> None:
            judged = judge(host, said)
            with one:
                pipe.send(judged)

        read_all(site, "read", share.hosts, settle, site=site)
