"""A run of upgrades: groups in order, stop at the first that does not end well, all in the journal.

What happens to one device is ``upgrade``'s; what a person types, ``cli.upgrade``'s.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sekayu_net.errors import SekayuError
from sekayu_net.inventory.district import Device
from sekayu_net.journal import FINAL, HostRecord, Journal, State
from sekayu_net.packages import PackageFolder
from sekayu_net.plan import Running, fingerprint
from sekayu_net.platforms.base import Driver, Platform
from sekayu_net.platforms.upgrading import Packaged
from sekayu_net.rollout.checks import run_checks
from sekayu_net.rollout.device import CheckResult, Outcome
from sekayu_net.rollout.engine import COSTLY, tally
from sekayu_net.rollout.jobs import Behind, Progress
from sekayu_net.rollout.own_checks import run_own
from sekayu_net.rollout.site import Site
from sekayu_net.rollout.unaccepted import base_of, keep
from sekayu_net.rollout.upgrade import PATIENCE, Ended, Job, Step, look, order, upgrade
from sekayu_net.rollout.upgrade_plan import UpgradePlan

if TYPE_CHECKING:
    from nornir.core.task import Task

KIND = "upgrade"


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a run goes. ``driver`` makes a closed driver of a device that expects a version.

    ``backup`` keeps a copy before a device is written to; ``arrived`` is told a device and the
    version that was read back; ``shut`` says why nothing may begin now. ``patience`` in seconds.
    """

    folder: PackageFolder
    driver: Callable[[Device, str], Driver]
    backup: Callable[[Device, Running], None]
    arrived: Callable[[Device, str], None]
    back: bool = False
    patience: float = PATIENCE
    shut: Callable[[], str | None] = lambda: None
    stopping: Callable[[], bool] = lambda: False
    told: Callable[[str], None] = lambda _: None
    clock: Callable[[], float] = time.monotonic
    wait: Callable[[float], None] = time.sleep


def survey(
    site: Site, journal: Journal, goals: Mapping[str, str], wanted: Wanted
) -> tuple[Step, ...]:
    """What would be done to each device (host → version), all looked at at once."""
    open_ = {record.host for record in interrupted(journal) if record.state not in FINAL}

    def one(host: str) -> Step:
        device = site.district.devices[host]
        step = look(
            site.platform(device),
            lambda version: wanted.driver(device, version),
            device,
            goals[host],
            seal=site.seal,
            size=wanted.folder.size,
            missing=wanted.folder.missing,
            back=wanted.back,
        )
        if host in open_ and step.before == step.after:
            return _again(step)
        return step

    found = _at_once(site, tuple(goals), one)
    return tuple(found[host] for host in goals)


def _again(step: Step) -> Step:
    return replace(step, again=True)


def _at_once(site: Site, hosts: Sequence[str], work: Callable[[str], object]) -> dict:  # type: ignore[type-arg]
    """The work for each host, in Nornir's threads. An exception ends the run."""
    from nornir.core.task import Result

    def task(task: Task) -> Result:
        return Result(host=task.host, result=work(task.host.name))

    if not hosts:
        return {}
    results = site.nornir(hosts).run(task=task)
    for host in hosts:
        error = results[host][0].exception
        if error is not None:
            raise error
    return {host: results[host][0].result for host in hosts}


def interrupted(journal: Journal) -> tuple[HostRecord, ...]:
    """What the newest upgrade of each device left in the journal, if it did not end well."""
    newest: dict[str, HostRecord] = {}
    for run in journal.runs(KIND):
        for record in journal.hosts(run.id):
            if record.running is not None:  # one that got as far as reading
                newest.setdefault(record.host, record)
    return tuple(record for record in newest.values() if record.state != "confirmed")


class UpgradeRun:
    """One run of one plan, from the first device to the last.

    ``steps`` are the plan's as its devices were found now. ``ApprovalError`` when the project wants
    signatures that the plan has not: no run begins then.
    """

    def __init__(
        self,
        site: Site,
        plan: UpgradePlan,
        steps: Sequence[Step],
        journal: Journal,
        progress: Progress,
        want: Wanted,
    ) -> None:
        self.site = site
        self.steps = {step.host: step for step in steps}
        self.want = want
        self._checks = plan.checks
        approved_by = site.permit(plan)
        self.run = journal.begin(
            KIND,
            operator=site.operator,
            playbook=plan.playbook,
            plan_id=plan.plan_id,
            selection=plan.selection,
            checks=plan.checks,
            reason=plan.reason,
            approved_by=approved_by,
        )
        self._known = {
            record.host: record.running for record in interrupted_before(journal, self.run)
        }
        self._journal = journal
        self._progress = progress
        self.outcomes: dict[str, Outcome] = {}
        self.news: dict[str, tuple[str, ...]] = {}

    def execute(self) -> Mapping[str, Outcome]:
        """Carry it out; how it ended for each device."""
        groups = order(self.site.district, self.steps.values())
        wave = {host: f"group {n}" for n, group in enumerate(groups, 1) for host in group}
        for host, step in self.steps.items():
            self._journal.enter(self.run, host, wave=wave.get(host, ""))
            self._journal.made(self.run, host, self.site.district.devices[host].make)
            if not step.due:
                state: State = (
                    "unreachable"
                    if step.unreachable
                    else "stale"
                    if step.stale
                    else "skipped"
                    if step.refusal
                    else "unchanged"
                )
                self._end(host, "", Ended(state, step.refusal or None), 0.0)
        for number, group in enumerate(groups, 1):
            reason = self._stop_reason()
            if reason is not None:
                self._progress.stopped(reason)
                for host in self.steps:
                    if host not in self.outcomes:
                        self._end(host, wave[host], Ended("skipped", reason), 0.0)
                break
            self._progress.wave(f"group {number} of {len(groups)}", group)
            _at_once(self.site, group, lambda host: self._device(host, wave[host]))
        result = {host: self.outcomes[host] for host in self.steps}
        self._journal.end(self.run, tally(each.state for each in result.values()))
        return result

    def _stop_reason(self) -> str | None:
        if self.want.stopping():
            return "stopped by the operator"
        bad = [o.host for o in self.outcomes.values() if o.state in COSTLY]
        if bad:
            return f"{', '.join(bad)} did not end well"
        return self.want.shut()

    def _device(self, host: str, wave: str) -> None:
        begun = self.want.clock()
        device = self.site.district.devices[host]
        step = self.steps[host]
        platform = self.site.platform(device)
        behind = Behind(self.site, self.site.district.behind(device))

        def keep(running: Running) -> None:
            self._journal.enter(
                self.run,
                host,
                wave=wave,
                fingerprint=running.fingerprint,
                running=running.reading.config,
            )
            self.want.backup(device, running)

        def record(state: State, reason: str) -> None:
            self._journal.state(self.run, host, state, reason=reason)
            self._progress.stage(host, state)

        def checks(driver: Driver) -> tuple[CheckResult, ...]:
            return run_checks(
                self._checks,
                driver,
                self.site.district,
                device,
                lambda called: run_own(self.site, device, called),
            )

        known = self._known.get(host)
        if step.before == step.after and known is not None:
            self._journal.enter(self.run, host, wave=wave, running=known)
        ended = upgrade(
            Job(
                step=step,
                platform=platform,
                driver=lambda version: self.want.driver(device, version),
                seal=self.site.seal,
                load=lambda: self.want.folder.load(step.files),
                keep=keep,
                known=known,
                arrived=lambda: self.want.arrived(device, step.after),
                record=record,
                checks=checks,
                silent=behind.silent,
                told=lambda said: self.want.told(f"{host}: {said}"),
                clock=self.want.clock,
                wait=self.want.wait,
                patience=self.want.patience,
            )
        )
        if ended.state == "confirmed" and ended.running is not None:
            remember(self._journal, self.run, platform, step, ended.running)
        self._end(host, wave, ended, self.want.clock() - begun)

    def _end(self, host: str, wave: str, ended: Ended, seconds: float) -> None:
        outcome = Outcome(host, ended.state, ended.reason, wave, seconds)
        self._journal.state(self.run, host, ended.state, reason=ended.reason, seconds=seconds)
        self.outcomes[host] = outcome
        self.news[host] = ended.news
        self._progress.ended(outcome)


def interrupted_before(journal: Journal, run: str) -> tuple[HostRecord, ...]:
    """As ``interrupted``; the run itself has read nothing yet."""
    return tuple(record for record in interrupted(journal) if record.run != run)


def remember(journal: Journal, run: str, platform: Platform, step: Step, running: Running) -> None:
    """Drift is measured from what the device says now, unless it had drifted before.

    Then from what it should have said, in the words of the new version.
    """
    base = journal.confirmed(step.host).get(step.host)
    if base is None:
        return
    if not isinstance(platform, Packaged):
        return
    measured = base_of(journal, step.host)
    if measured is not None and measured.config != base.config:
        text, _ = platform.migrated(measured.config, step.before, step.after)
        keep(journal, step.host, platform.canonical(text))
    config = running.canonical
    entered = next(r for r in journal.hosts(run) if r.host == step.host)
    if entered.fingerprint != base.fingerprint:
        text, _ = platform.migrated(base.config, step.before, step.after)
        config = platform.canonical(text)
    journal.remember(
        run, step.host, fingerprint=fingerprint(config), config=config, intended=base.intended
    )
    rows = platform.package_rows
    if base.beyond is not None and rows in running.reading.beyond:
        beyond = {**base.beyond, rows: running.reading.beyond[rows]}
        journal.accept(step.host, fingerprint=fingerprint(config), config=config, beyond=beyond)


def broken_off(journal: Journal, run: str, error: SekayuError) -> None:
    """The run ended by an error of ours: what is open is asked again by the next one."""
    journal.end(run, f"broken off: {error.message}")
