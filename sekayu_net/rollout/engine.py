"""A plan carried out: waves in order, deepest devices first, stop early.

A wave opens only when the one before ended within the failure budget; a device that was lost
stops the run at once; devices that were offline before neither hold a wave nor eat the budget.
What happens to one device is ``device``'s; concurrency is Nornir's.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Protocol

from sekayu_net.errors import PlaybookError, SekayuError
from sekayu_net.inventory.district import Device
from sekayu_net.journal import DONE, AuditRecord, HostRecord, Journal, State
from sekayu_net.plan import HostPlan, Plan, Running
from sekayu_net.rollout.checks import run_checks
from sekayu_net.rollout.device import CheckResult, Job, Outcome, deploy
from sekayu_net.rollout.kept import keep_plan, note_answering, note_wave
from sekayu_net.rollout.reading import answers
from sekayu_net.rollout.site import Site, run_task
from sekayu_net.rollout.waves import batches

#: States that eat the failure budget.
COSTLY: frozenset[State] = frozenset(("failed", "reverted", "unknown"))
#: States in which a device was written to, so that those behind it may have lost their path.
WRITTEN: frozenset[State] = frozenset((*COSTLY, "armed", "applied", "verified", "confirmed"))


class Progress(Protocol):
    """Who watches a run. Called from several threads."""

    def wave(self, name: str, hosts: tuple[str, ...]) -> None:
        """A wave opens."""

    def stage(self, host: str, state: State) -> None:
        """A device enters a state."""

    def ended(self, outcome: Outcome) -> None:
        """A device's part is over."""

    def stopped(self, reason: str) -> None:
        """No further device is begun."""


class HostEntry:
    """One device's lines in the journal, shown to whoever watches.

    ``touched`` is called when the device may be written to next.
    """

    def __init__(
        self,
        journal: Journal,
        progress: Progress,
        run: str,
        plan: HostPlan,
        touched: Callable[[], None] = lambda: None,
    ) -> None:
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
        self._journal.remember(
            self._run,
            self._plan.host,
            fingerprint=running.fingerprint,
            config=running.canonical,
            intended=self._plan.intended,
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

    def ask(task: object) -> object:
        from nornir.core.task import Result

        host = task.host  # type: ignore[attr-defined]
        device = site.district.devices[host.name]
        return Result(host=host, result=answers(lambda: site.driver(device)))

    results = site.nornir(names).run(task=ask)
    return frozenset(name for name in names if results[name][0].result is True)


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
    ) -> None:
        self.site = site
        self._clock = clock
        self._wait = wait
        self.plan = plan
        self.run = run
        self._journal = journal
        self._progress = progress
        self._stopping = stopping
        self._lock = threading.Lock()
        self._touched: set[str] = set()
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
        are begun anew. They count for the budget.
        """
        self._outcomes.update(done)
        self._touched.update(host for host, outcome in done.items() if outcome.state in WRITTEN)
        for host in self.plan.hosts.values():
            if host.host not in done:
                self._enter(host)
        for wave in self.plan.waves:
            changing = tuple(host for host in wave.hosts if host not in self._outcomes)
            if changing and self._stop_reason() is None:
                note_wave(self._journal, self.run, wave.name)
                self._progress.wave(wave.name, changing)
            for batch in batches(self.site.district, changing):
                reason = self._stop_reason()
                if reason is not None:
                    self._progress.stopped(reason)
                    self._skip_rest(reason)
                    return self.outcomes()
                run_task(self.site, "deploy", batch, rollout=self)
        return self.outcomes()

    def device(self, name: str) -> Outcome:
        """One device's part, from preparation to its final state."""
        host = self.plan.hosts[name]
        reason = self._stop_reason()
        if reason is not None:
            return self._end(name, "skipped", reason)
        started = time.monotonic()
        ended = deploy(self._job(host))
        return self._end(name, ended.state, ended.reason, time.monotonic() - started)

    def _job(self, host: HostPlan) -> Job:
        device = self.site.district.devices[host.host]
        answered = probe(self.site, self.site.district.behind(device))
        if answered:
            note_answering(self._journal, self.run, host.host, answered)
        behind = Behind(self.site, answered)
        entry = HostEntry(
            self._journal, self._progress, self.run, host, lambda: self._touch(host.host)
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
            silent=behind.silent,
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
        )
        if host.status == "unchanged":
            self._journal.remember(
                self.run,
                host.host,
                fingerprint=host.fingerprint or "",
                config=host.running,
                intended=host.intended,
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

    def _skip_rest(self, reason: str) -> None:
        for host in self.plan.hosts:
            if host not in self._outcomes:
                self._end(host, "skipped", reason)


def token_of(run: str) -> str:
    """A new token for a device's change in this run: whoever meets it there can tell the run."""
    digits = "".join(c for c in run if c in "0123456789abcdef")
    return f"{digits[:18]}{secrets.token_hex(4)}"


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
        return run_checks(checks, driver, site.district, device)  # type: ignore[arg-type]

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


def carry_out(
    site: Site,
    plan: Plan,
    journal: Journal,
    progress: Progress,
    *,
    selection: str = "",
    reason: str = "",
    stopping: Callable[[], bool] = lambda: False,
) -> tuple[str, Mapping[str, Outcome]]:
    """Begin a run in the journal, carry the plan out, end the run. Its id and the outcomes.

    ``ApprovalError`` when the project wants signatures that the plan has not: nothing is begun.
    ``reason``: the operator's words, the plan's own without.
    """
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
    rollout = Rollout(site, plan, journal, run, progress, stopping=stopping)
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


def check_gate(
    playbook: str,
    required: Mapping[str, tuple[str, ...]],
    latest: Mapping[str, HostRecord],
    audits: Mapping[str, AuditRecord],
) -> None:
    """Raise ``PlaybookError`` unless every host of the required playbooks is confirmed.

    A host whose newest audit, taken after its confirmation, found drift is not done either.
    ``required``: playbook name → its hosts.
    """
    for name, hosts in required.items():
        missing = []
        for host in hosts:
            record = latest.get(host)
            audit = audits.get(host)
            if record is None or record.state not in DONE:
                missing.append(f"{host} ({record.state if record else 'not started'})")
            elif audit is not None and audit.time > record.changed and "drift" in audit.status:
                missing.append(f"{host} (drift)")
        if missing:
            shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
            raise PlaybookError(
                f"{playbook} is closed until {name} is done; missing {len(missing)}: {shown}",
                hint=f"sekayu-net deploy {name}",
            )
