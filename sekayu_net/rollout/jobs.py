"""What one device's job is made of: the record, the watcher, and who is behind it.

Which device is begun when is ``engine``'s, what happens to one is ``device``'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from sekayu_net.inventory.district import Device
from sekayu_net.journal import Journal, State
from sekayu_net.plan import HostPlan, Running
from sekayu_net.rollout.checks import run_checks
from sekayu_net.rollout.device import CheckResult, Job, Outcome
from sekayu_net.rollout.linked import Group
from sekayu_net.rollout.own_checks import run_own
from sekayu_net.rollout.reading import answers
from sekayu_net.rollout.site import Site
from sekayu_net.rollout.unaccepted import meant, note

if TYPE_CHECKING:
    from nornir.core.task import Result, Task


class Progress(Protocol):
    """Who watches a run. Called from several threads."""

    def wave(self, name: str, hosts: tuple[str, ...]) -> None:
        """A wave opens."""

    def soaking(self, name: str, seconds: int) -> None:
        """A wave is through; its devices are looked at again after so many seconds."""

    def stage(self, host: str, state: State) -> None:
        """A device enters a state; ``planned`` when it is begun."""

    def ended(self, outcome: Outcome) -> None:
        """A device's part is over (again, when its soak showed that it is not well)."""

    def stopped(self, reason: str) -> None:
        """No further device is begun."""


class HostEntry:
    """One device's lines in the journal, shown to whoever watches.

    ``touched`` is called when the device may be written to next.
    """

    def __init__(
        self,
        site: Site,
        journal: Journal,
        progress: Progress,
        run: str,
        plan: HostPlan,
        touched: Callable[[], None] = lambda: None,
    ) -> None:
        self._site = site
        self._journal = journal
        self._progress = progress
        self._run = run
        self._plan = plan
        self._touched = touched

    def state(self, state: State, reason: str | None = None) -> None:
        """Record, then show."""
        self._journal.state(self._run, self._plan.host, state, reason=reason)
        if state == "armed":
            self._touched()
        self._progress.stage(self._plan.host, state)

    def confirmed(self, running: Running) -> None:
        """Record the state that the device was left in on purpose."""
        note(self._site, self._journal, self._plan, running.canonical)
        self._journal.remember(
            self._run,
            self._plan.host,
            fingerprint=running.fingerprint,
            config=running.canonical,
            intended=meant(self._site, self._plan),
            beyond=running.reading.beyond,
        )


class Behind:
    """The devices behind one device: who answered before, and who is silent now."""

    def __init__(self, site: Site, answered: Iterable[str]) -> None:
        self._site = site
        self._waiting = frozenset(answered)

    def silent(self) -> tuple[str, ...]:
        """Those that answered before and have not answered since; asked again at each call."""
        self._waiting -= probe(self._site, self._waiting)
        return tuple(sorted(self._waiting))


def probe(site: Site, hosts: Iterable[str]) -> frozenset[str]:
    """Which of these devices answer now."""
    names = sorted(hosts)
    if not names:
        return frozenset()

    from nornir.core.task import Result

    def ask(task: Task) -> Result:
        device = site.district.devices[task.host.name]
        return Result(host=task.host, result=answers(lambda: site.driver(device)))

    results = site.nornir(names).run(task=ask)
    return frozenset(name for name in names if results[name][0].result is True)


def job_for(
    site: Site,
    device: Device,
    host: HostPlan,
    *,
    run: str,
    token: str,
    confirm_within: int,
    checks: tuple[str, ...],
    record: HostEntry,
    silent: Callable[[], tuple[str, ...]],
    lost_path: Callable[[], str | None] = lambda: None,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Job:
    """One device's job with the site's drivers, secrets and checks."""

    def check(driver: object) -> tuple[CheckResult, ...]:
        return run_checks(
            checks,
            driver,  # type: ignore[arg-type]
            site.district,
            device,
            lambda called: run_own(site, device, called),
        )

    return Job(
        plan=host,
        run=run,
        token=token,
        confirm_within=confirm_within,
        platform=site.platform(device),
        context=replace(site.context(device), whole=host.whole),
        driver=lambda: site.driver(device),
        seal=site.seal,
        unseal=site.unseal,
        remember=lambda value: site.remember(value, device.name),
        record=record,
        checks=check,
        silent=silent,
        lost_path=lost_path,
        clock=clock,
        wait=wait,
    )


def group_of(site: Site, jobs: Mapping[str, Job]) -> Group:
    """Linked devices as one group: the first decides, of the others the deepest come first."""
    root, *others = jobs
    district = site.district
    devices = district.devices
    depth = {host: len(district.path_to(devices[host])) for host in jobs}
    return Group(
        root=jobs[root],
        followers=tuple(jobs[host] for host in sorted(others, key=lambda h: -depth[h])),
        anchor=str(devices[root].address),
        levels={host: depth[host] - depth[root] for host in others},
    )
