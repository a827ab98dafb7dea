"""A plan carried out: waves in order, deepest devices first, stop early.

A wave opens only when the one before ended within the failure budget, has soaked, and a
maintenance window is open for as long as it may need; a device that was lost stops the run at
once; devices that were offline before neither hold a wave nor eat the budget: they are queued.
What happens to one device is ``device``'s, who may begin beside whom ``order``'s, threads are
Nornir's (``runner``).
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sekayu_net.errors import SekayuError
from sekayu_net.inventory.district import Device
from sekayu_net.journal import Journal, State
from sekayu_net.plan import HostPlan, Plan, PlannedWave
from sekayu_net.rollout import catchup, spans, windows
from sekayu_net.rollout.canary import held
from sekayu_net.rollout.device import Ended, Job, Outcome, deploy
from sekayu_net.rollout.gates import check_window
from sekayu_net.rollout.jobs import Behind, HostEntry, Progress, group_of, job_for, probe
from sekayu_net.rollout.kept import failing_before, keep_plan, note_answering, note_wave
from sekayu_net.rollout.linked import deploy_linked
from sekayu_net.rollout.linking import groups_of
from sekayu_net.rollout.order import Order, order_of, rounds
from sekayu_net.rollout.runner import OrderedRunner
from sekayu_net.rollout.site import Site, results_of
from sekayu_net.rollout.soak import look_again
from sekayu_net.rollout.unaccepted import meant, note

if TYPE_CHECKING:
    from nornir.core.task import Result, Task

#: States that eat the failure budget.
COSTLY: frozenset[State] = frozenset(("failed", "reverted", "unknown"))
#: States in which a device was written to, so that those behind it may have lost their path.
WRITTEN: frozenset[State] = frozenset((*COSTLY, "armed", "applied", "verified", "confirmed"))


class Rollout:
    """One run of one plan. ``device`` is called by the project's ``deploy`` task, in threads."""

    def __init__(
        self,
        site: Site,
        plan: Plan,
        journal: Journal,
        run: str,
        progress: Progress,
        *,
        stopping: Callable[[], bool] = lambda: False,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.site = site
        self._clock = clock
        self._wait = wait
        self._now = now
        self.plan = plan
        self.run = run
        self._journal = journal
        self._progress = progress
        self._stopping = stopping
        self._lock = threading.Lock()
        self._told = False
        self._touched: set[str] = set()
        self._failing: dict[str, frozenset[str]] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._tokens = {host: token_of(run) for host in plan.hosts}

    def outcomes(self) -> Mapping[str, Outcome]:
        """How it ended for each device, in the plan's order."""
        return {host: self._outcomes[host] for host in self.plan.hosts if host in self._outcomes}

    def execute(self) -> Mapping[str, Outcome]:
        """Carry the plan out; how it ended for each device. ``JournalError`` ends it at once."""
        return self.continue_({})

    def continue_(self, done: Mapping[str, Outcome]) -> Mapping[str, Outcome]:
        """Carry out what is left of the plan's waves, in a run that was broken off.

        ``done``: how it ended for the devices whose turn had come, each asked already; all others
        are begun anew. They count for the budget, and a wave whose soak was cut off soaks again.
        """
        self._outcomes.update(done)
        self._failing.update(failing_before(self._journal, self.run))
        self._touched.update(host for host, outcome in done.items() if outcome.state in WRITTEN)
        for host in self.plan.hosts.values():
            if host.host not in done:
                self._enter(host)
        for number, wave in enumerate(self.plan.waves):
            left = [host for host in wave.hosts if host not in self._outcomes]
            later = [host for each in self.plan.waves[number + 1 :] for host in each.hosts]
            if left:
                order = order_of(self.site.district, left, self.plan.pace.at_once_per_uplink)
                reason = self._stop_reason() or self._shut(order, left)
                if reason is not None:
                    self._stop(reason)
                    break
                note_wave(self._journal, self.run, wave.name)
                self._progress.wave(wave.name, tuple(left))
                groups = groups_of(self.plan.hosts, left)
                self._begin(order, [host for host in left if not self.plan.hosts[host].linked])
                for group in groups:
                    self.group(group)
            if left or not any(done[host].state in WRITTEN for host in later if host in done):
                self._soak(wave)
        self._queue()
        return self.outcomes()

    def _begin(self, order: Order, hosts: Sequence[str]) -> None:
        """The project's ``deploy`` task on each of these, when its turn comes."""
        runner = OrderedRunner(order, self.plan.pace.workers)
        nornir = self.site.nornir(hosts).with_runner(runner)
        results_of(nornir, self.site.task("deploy"), hosts, rollout=self)

    def device(self, name: str) -> Outcome:
        """One device's part, from preparation to its final state."""
        host = self.plan.hosts[name]
        reason = self._stop_reason() or self._held(host)
        if reason is not None:
            self._announce(reason)
            return self._end(name, "skipped", reason)
        started = time.monotonic()
        self._progress.stage(name, "planned")
        ended = deploy(self._job(host, self._behind(name)))
        self._failing[name] = ended.failing
        return self._end(name, ended.state, ended.reason, time.monotonic() - started)

    def group(self, hosts: tuple[str, ...]) -> None:
        """The part of devices that are linked, to the final state of each; the first decides.

        Nothing else may be changed meanwhile: they are on each other's path, and on others'.
        """
        waiting = [self._held(self.plan.hosts[host]) for host in hosts]
        reason = self._stop_reason() or next(filter(None, waiting), None)
        if reason is not None:
            self._announce(reason)
            for host in hosts:
                self._end(host, "skipped", reason)
            return
        started = time.monotonic()
        jobs = {host: self._job(self.plan.hosts[host], self._behind(host)) for host in hosts}
        for host, ended in deploy_linked(group_of(self.site, jobs)).items():
            self._failing[host] = ended.failing
            self._end(host, ended.state, ended.reason, time.monotonic() - started)

    def _behind(self, host: str) -> Callable[[], tuple[str, ...]]:
        """Who is silent now of those behind a device that answer at this moment."""
        answered = probe(self.site, self.site.district.behind(self.site.district.devices[host]))
        if answered:
            note_answering(self._journal, self.run, host, answered)
        return Behind(self.site, answered).silent

    def _shut(self, order: Order, hosts: Sequence[str]) -> str | None:
        """Why a wave may not begin now by the clock on the wall; None when it may."""
        pace, zone = self.plan.pace, self.site.district.services.timezone
        needed = rounds(order, hosts, pace.workers) * self.plan.confirm_within
        shut = windows.shut(pace.windows, zone, self._now(), needed)
        return None if shut is None else f"{shut}; then deploy again"

    def _soak(self, wave: PlannedWave) -> None:
        """Let a wave rest, then look again at the devices that it confirmed."""
        with self._lock:
            hosts = [h for h in wave.hosts if self._state(h) == "confirmed"]
        if not wave.soak or not hosts or self._stop_reason() is not None:
            return
        self._progress.soaking(wave.name, wave.soak)
        until = self._clock() + wave.soak
        while (left := until - self._clock()) > 0:
            if self._stopping():
                return
            self._wait(min(left, 1.0))
        for host, ended in self._look_again(hosts, spans.words(wave.soak)).items():
            if ended is not None:
                self._end(host, ended.state, ended.reason, self._outcomes[host].seconds)

    def _look_again(self, hosts: Sequence[str], soaked: str) -> Mapping[str, Ended | None]:
        from nornir.core.task import Result

        def again(task: Task) -> Result:
            name = task.host.name
            job = self._job(self.plan.hosts[name], tuple)
            failing = self._failing.get(name, frozenset())
            return Result(host=task.host, result=look_again(job, failing, soaked))

        return results_of(self.site.nornir(hosts), again, hosts)

    def _state(self, host: str) -> State | None:
        outcome = self._outcomes.get(host)
        return None if outcome is None else outcome.state

    def _queue(self) -> None:
        """Who was offline waits to be caught up."""
        catchup.settle(
            self._journal,
            self.run,
            {host: outcome.state for host, outcome in self._outcomes.items()},
            playbook=self.plan.playbook,
            keep=self.plan.pace.catch_up,
            at=self._now(),
        )

    def _job(self, host: HostPlan, silent: Callable[[], tuple[str, ...]]) -> Job:
        device = self.site.district.devices[host.host]
        entry = HostEntry(
            *(self.site, self._journal, self._progress, self.run, host),
            lambda: self._touch(host.host),
        )
        return job_for(
            self.site,
            device,
            host,
            run=self.run,
            token=self._tokens[host.host],
            confirm_within=self.plan.confirm_within,
            checks=self.plan.checks,
            record=entry,
            silent=silent,
            lost_path=lambda: self._changed_path(device),
            clock=self._clock,
            wait=self._wait,
        )

    def _touch(self, host: str) -> None:
        with self._lock:
            self._touched.add(host)

    def _changed_path(self, device: Device) -> str | None:
        with self._lock:
            changed = [hop for hop in self.site.district.path_to(device) if hop in self._touched]
        return f"{changed[-1]} on its path was changed before" if changed else None

    def _enter(self, host: HostPlan) -> None:
        wave = self.plan.wave_of(host.host)
        self._journal.enter(
            self.run,
            host.host,
            wave=wave,
            token=self._tokens[host.host],
            guard=host.guard,
            fingerprint=host.fingerprint,
            script=host.script,
            inverse=host.inverse,
            running=host.running,
            intended=host.intended,
            linked=host.linked,
        )
        self._journal.made(self.run, host.host, self.site.district.devices[host.host].make)
        if host.status == "unchanged":
            note(self.site, self._journal, host, host.running)
            self._journal.remember(
                self.run,
                host.host,
                fingerprint=host.fingerprint or "",
                config=host.running,
                intended=meant(self.site, host),
            )
            self._end(host.host, "unchanged")
        elif host.status == "unreachable":
            self._end(host.host, "unreachable", host.reason)
        elif host.status != "change":
            self._end(host.host, "skipped", host.reason)

    def _end(
        self, host: str, state: State, reason: str | None = None, seconds: float = 0.0
    ) -> Outcome:
        outcome = Outcome(host, state, reason, self.plan.wave_of(host), seconds)
        self._journal.state(self.run, host, state, reason=reason, seconds=seconds)
        with self._lock:
            self._outcomes[host] = outcome
        self._progress.ended(outcome)
        return outcome

    def _stop_reason(self) -> str | None:
        """Why no further device may be begun; None while all is within bounds."""
        if self._stopping():
            return "stopped by the operator"
        with self._lock:
            costly = [o for o in self._outcomes.values() if o.state in COSTLY]
        lost = [o.host for o in costly if o.state == "unknown"]
        if lost:
            return f"{', '.join(lost)} was lost"
        if len(costly) > self.plan.failure_budget:
            named = ", ".join(o.host for o in costly)
            return f"the failure budget ({self.plan.failure_budget}) is spent: {named}"
        return None

    def _held(self, host: HostPlan) -> str | None:
        """Why this device must wait for another run; None when its canary is confirmed."""
        if host.canary is None:
            return None
        # As the journal has it: a run that is resumed knows who was confirmed before.
        return held(host, {each.host: each.state for each in self._journal.hosts(self.run)})

    def _announce(self, reason: str) -> None:
        """Tell once why the run stops."""
        with self._lock:
            told, self._told = self._told, True
        if not told:
            self._progress.stopped(reason)

    def _stop(self, reason: str) -> None:
        self._announce(reason)
        for host in self.plan.hosts:
            if host not in self._outcomes:
                self._end(host, "skipped", reason)


def token_of(run: str) -> str:
    """A new token for a device's change in this run: whoever meets it there can tell the run."""
    digits = "".join(c for c in run if c in "0123456789abcdef")
    return f"{digits[:18]}{secrets.token_hex(4)}"


def carry_out(
    site: Site,
    plan: Plan,
    journal: Journal,
    progress: Progress,
    *,
    selection: str = "",
    reason: str = "",
    stopping: Callable[[], bool] = lambda: False,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> tuple[str, Mapping[str, Outcome]]:
    """Begin a run in the journal, carry the plan out, end the run. Its id and the outcomes.

    ``PlaybookError`` when no maintenance window of the plan is open, ``ApprovalError`` when the
    project wants signatures that the plan has not: no run begins then. ``reason``: the operator's
    words, the plan's own without.
    """
    zone = site.district.services.timezone
    check_window(plan.playbook or "the plan", plan.pace.windows, zone, now())
    approved_by = site.permit(plan)
    keep_plan(journal, plan)
    run = journal.begin(
        "rollback" if plan.origin else "deploy",
        operator=site.operator,
        playbook=plan.playbook,
        plan_id=plan.plan_id,
        selection=selection,
        confirm_within=plan.confirm_within,
        checks=plan.checks,
        reason=reason or plan.reason,
        approved_by=approved_by,
    )
    rollout = Rollout(site, plan, journal, run, progress, stopping=stopping, now=now)
    try:
        outcomes = rollout.execute()
    except SekayuError as error:
        journal.end(run, f"broken off: {error.message}")
        raise
    journal.end(run, tally(outcome.state for outcome in outcomes.values()))
    return run, outcomes


def tally(states: Iterable[str]) -> str:
    """States counted, in words: ``12 confirmed, 1 reverted``."""
    counts: dict[str, int] = {}
    for state in states:
        counts[state] = counts.get(state, 0) + 1
    return ", ".join(f"{count} {state}" for state, count in counts.items()) or "nothing to do"
