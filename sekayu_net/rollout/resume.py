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
from sekayu_net.rollout.device import Ended, Outcome, failing_of, resume
from sekayu_net.rollout.engine import Behind, HostEntry, Progress, Rollout, job_for, tally
from sekayu_net.rollout.kept import answered_behind, kept_plan
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
        self._failing = {
            event.host: failing_of(event.reason)
            for event in journal.events(run.id)
            if event.state == "armed"
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
        for batch in batches(self.site.district, known):
            run_task(self.site, "deploy", batch, rollout=self)
        self._journal.end(self.run.id, self._tally())
        return dict(self._outcomes)

    def device(self, name: str) -> Outcome:
        """One device: ask it, and end its part."""
        record = self._records[name]
        device = self.site.district.devices[name]
        plan = (self._plan.hosts.get(name) if self._plan else None) or plan_from(record, device)
        # Who answered before the change and not since: as strict as without the crash.
        behind = [
            host
            for host in answered_behind(self._journal, self.run.id, name)
            if host in self.site.district.devices
        ]
        job = job_for(
            self.site,
            device,
            plan,
            run=self.run.id,
            token=record.token or "",
            confirm_within=self.run.confirm_within or DEFAULT_WINDOW,
            checks=self.run.checks,
            record=HostEntry(self._journal, self._progress, self.run.id, plan),
            silent=Behind(self.site, behind).silent,
            clock=self._clock,
            wait=self._wait,
        )
        started = time.monotonic()
        ended = resume(job, record.state, failing=self._failing.get(name, frozenset()))
        newer = self._newer.get(name)
        if newer is not None and ended.state not in FINAL:
            # A run that began later was done there, so nothing of ours waits any more.
            ended = Ended("stale", f"run {newer} brought it on since")
        return self._end(name, ended.state, ended.reason, time.monotonic() - started)

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
    records = journal.hosts(run.id)
    later = {record.host for record in records if record.state == "planned"}
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
    )
