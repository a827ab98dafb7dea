"""After a crash or a power cut: ask every device whose state is not final, and end the run.

What may be confirmed is confirmed, what may not goes back; a device that does not answer stays
open and is asked again next time. No new wave is opened: plan and deploy again for that.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from sekayu_net.inventory.district import Device
from sekayu_net.journal import FINAL, HostRecord, Journal, Run, State
from sekayu_net.plan import HostPlan
from sekayu_net.rollout.device import Job, Outcome, resume
from sekayu_net.rollout.engine import HostEntry, Progress, group_of, job_for, tally
from sekayu_net.rollout.linked import resume_linked
from sekayu_net.rollout.site import Site, run_task
from sekayu_net.rollout.waves import batches

#: Seconds for a device of a run whose own window the journal does not know.
DEFAULT_WINDOW = 120


class Resumption:
    """One unfinished run. ``device`` is called by the project's ``deploy`` task, in threads."""

    def __init__(self, site: Site, journal: Journal, run: Run, progress: Progress) -> None:
        self.site = site
        self.run = run
        self._journal = journal
        self._progress = progress
        self._records = {
            record.host: record for record in journal.hosts(run.id) if record.state not in FINAL
        }
        self._entered = {record.host: record for record in journal.hosts(run.id)}
        self._members = {
            host: tuple(record.linked.split()) for host, record in self._entered.items()
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
        ended = resume(self._job(name), self._records[name].state)
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
        plan = plan_from(record, device)
        return job_for(
            self.site,
            device,
            plan,
            run=self.run.id,
            token=record.token or "",
            confirm_within=self.run.confirm_within or DEFAULT_WINDOW,
            checks=self.run.checks,
            record=HostEntry(self._journal, self._progress, self.run.id, plan),
            silent=tuple,
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


def plan_from(record: HostRecord, device: Device) -> HostPlan:
    """The plan that a run followed for a device, as far as the journal kept it."""
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
