"""After a crash or a power cut: ask every device whose state is not final, then go on.

What may be confirmed is confirmed, what may not goes back; a device that does not answer stays
open and is asked again next time. When no device is in doubt, the waves that were not opened are,
by the same plan: the journal has it whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from sekayu_net.errors import SekayuError
from sekayu_net.inventory.district import Device
from sekayu_net.journal import DONE, FINAL, HostRecord, Journal, Run, State
from sekayu_net.plan import HostPlan, Plan
from sekayu_net.rollout.device import Ended, Job, Outcome, resume
from sekayu_net.rollout.engine import Rollout, tally
from sekayu_net.rollout.jobs import Behind, HostEntry, Progress, group_of, job_for
from sekayu_net.rollout.kept import answered_behind, failing_before, kept_plan
from sekayu_net.rollout.linked import resume_linked
from sekayu_net.rollout.site import Site, run_task
from sekayu_net.rollout.waves import batches

#: Seconds for a device of a run whose own window the journal does not know.
DEFAULT_WINDOW = 120


@dataclass(frozen=True, slots=True)
class Resumed:
    """How a run ended for each of its devices, and why its waves were not all opened (or None)."""

    outcomes: Mapping[str, Outcome]
    left: str | None = None


class Resumption:
    """One unfinished run. ``device`` is called by the project's ``deploy`` task, in threads.

    ``later``: devices of it that were not touched yet and whose turn is still to come.
    """

    def __init__(
        self,
        site: Site,
        journal: Journal,
        run: Run,
        progress: Progress,
        *,
        later: Iterable[str] = (),
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], None] = time.sleep,
    ) -> None:
        self.site = site
        self.run = run
        self._journal = journal
        self._progress = progress
        self._clock = clock
        self._wait = wait
        self._plan = kept_plan(journal, run.plan_id)
        waiting = frozenset(later)
        self._records = {
            record.host: record
            for record in journal.hosts(run.id)
            if record.state not in FINAL and record.host not in waiting
        }
        self._failing = failing_before(journal, run.id)
        self._entered = {record.host: record for record in journal.hosts(run.id)}
        self._members = {
            host: tuple(record.linked.split()) for host, record in self._entered.items()
        }
        self._newer = {
            host: record.run
            for host, record in journal.latest().items()
            if record.run != run.id and record.state in DONE
        }
        self._outcomes: dict[str, Outcome] = {}

    def execute(self) -> Mapping[str, Outcome]:
        """Ask every open device, deepest first; how it ended for each."""
        known = [host for host in self._records if host in self.site.district.devices]
        for host in self._records:
            if host not in known:
                self._end(host, "unknown", "it is no longer in the inventory")
        if known:
            self._progress.wave(f"resume {self.run.id}", tuple(known))
        linked = {self._members[host] for host in known if self._members[host]}
        for group in sorted(linked):
            self._group(group)
        alone = [host for host in known if not self._members[host]]
        for batch in batches(self.site.district, alone):
            run_task(self.site, "deploy", batch, rollout=self)
        self._journal.end(self.run.id, self._tally())
        return dict(self._outcomes)

    def device(self, name: str) -> Outcome:
        """One device: ask it, and end its part."""
        started = time.monotonic()
        failing = self._failing.get(name, frozenset())
        ended = resume(self._job(name), self._records[name].state, failing=failing)
        newer = self._newer.get(name)
        if newer is not None and ended.state not in FINAL:
            # A run that began later was done there, so nothing of ours waits any more.
            ended = Ended("stale", f"run {newer} brought it on since")
        return self._end(name, ended.state, ended.reason, time.monotonic() - started)

    def _group(self, hosts: tuple[str, ...]) -> None:
        """Linked devices of which one at least is open."""
        gone = [host for host in hosts if host not in self.site.district.devices]
        if gone:
            reason = f"linked with {', '.join(gone)}, no longer in the inventory: look by hand"
            for host in hosts:
                if host in self._records and host not in gone:
                    self._end(host, "unknown", reason)
            return
        started = time.monotonic()
        group = group_of(self.site, {host: self._job(host) for host in hosts})
        states = {host: self._entered[host].state for host in hosts}
        for host, ended in resume_linked(group, states).items():
            self._end(host, ended.state, ended.reason, time.monotonic() - started)

    def _job(self, name: str) -> Job:
        record = self._entered[name]
        device = self.site.district.devices[name]
        plan = (self._plan.hosts.get(name) if self._plan else None) or plan_from(record, device)
        # Who answered before the change and not since: as strict as without the crash.
        behind = [
            host
            for host in answered_behind(self._journal, self.run.id, name)
            if host in self.site.district.devices
        ]
        return job_for(
            self.site,
            device,
            plan,
            run=self.run.id,
            token=record.token or "",
            confirm_within=self.run.confirm_within or DEFAULT_WINDOW,
            checks=self.run.checks,
            record=HostEntry(self.site, self._journal, self._progress, self.run.id, plan),
            silent=Behind(self.site, behind).silent,
            clock=self._clock,
            wait=self._wait,
        )

    def _end(self, host: str, state: State, reason: str | None, seconds: float = 0.0) -> Outcome:
        record = self._records[host]
        outcome = Outcome(host, state, reason, record.wave, seconds)
        self._journal.state(self.run.id, host, state, reason=reason, seconds=seconds)
        self._outcomes[host] = outcome
        self._progress.ended(outcome)
        return outcome

    def _tally(self) -> str:
        return tally(record.state for record in self._journal.hosts(self.run.id))


def resume_run(
    site: Site,
    journal: Journal,
    run: Run,
    progress: Progress,
    *,
    usable: Callable[[Plan], None],
    going_on: bool = True,
    stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
    wait: Callable[[float], None] = time.sleep,
) -> Resumed:
    """Finish a run: its devices in doubt first, then its waves.

    ``usable`` raises a ``SekayuError`` for a plan that may not be carried out any more (too old, of
    another project); approvals are asked for again. Then, and with ``going_on`` false, devices
    whose turn had not come are left alone and end as skipped.
    """
    plan = kept_plan(journal, run.plan_id)
    left = None if going_on else "it was to open no further wave"
    if plan is None:
        left = left or "the journal has not its whole plan"
    else:
        try:
            usable(plan)
            site.permit(plan)
        except SekayuError as error:
            left = left or error.message
    later = still_to_come(journal.hosts(run.id))
    first = () if left is not None else later
    asked = Resumption(site, journal, run, progress, later=first, clock=clock, wait=wait).execute()
    doubtful = [host for host, outcome in asked.items() if outcome.state not in FINAL]
    if left is None and doubtful:
        left = f"{', '.join(doubtful)} must be known first: sekayu-net resume asks again"
    if left is not None or plan is None:
        return Resumed(ended_of(journal, run.id), left if later else None)
    if stopping():
        return Resumed(ended_of(journal, run.id), "stopped by the operator")
    rollout = Rollout(
        site, plan, journal, run.id, progress, stopping=stopping, clock=clock, wait=wait
    )
    try:
        outcomes = rollout.continue_(ended_of(journal, run.id))
    except SekayuError as error:
        journal.end(run.id, f"broken off: {error.message}")
        raise
    journal.end(run.id, tally(outcome.state for outcome in outcomes.values()))
    return Resumed(outcomes)


def still_to_come(records: Iterable[HostRecord]) -> frozenset[str]:
    """The devices whose turn had not come: of linked ones, none of whose group was begun."""
    known = tuple(records)
    begun = {host for each in known if each.state != "planned" for host in each.linked.split()}
    return frozenset(r.host for r in known if r.state == "planned" and r.host not in begun)


def ended_of(journal: Journal, run: str) -> Mapping[str, Outcome]:
    """How it ended so far, for each device of a run whose turn had come."""
    return {
        record.host: Outcome(record.host, record.state, record.reason, record.wave, record.seconds)
        for record in journal.hosts(run)
        if record.state != "planned"
    }


def plan_from(record: HostRecord, device: Device) -> HostPlan:
    """The plan that a run followed for a device, as far as its record tells."""
    return HostPlan(
        host=record.host,
        platform=device.platform,
        status="change",
        fingerprint=record.fingerprint,
        guard=record.guard,
        script=record.script or "",
        inverse=record.inverse or "",
        running=record.running or "",
        intended=record.intended or "",
        linked=tuple(record.linked.split()),
    )
