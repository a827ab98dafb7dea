"""The undo tried out on a spare device: armed and fired, confirmed, failed, rebooted.

A harmless change that the platform proposes (``platforms.trial``) is pushed several times as a
deployment pushes, and each time the device must end where it is said to. A trial that fails ends
the qualification; whatever waits on the device then goes back. What is kept of it is
``inventory.qualified``'s; nothing here knows a vendor.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from sekayu_net.errors import ApplyError, DeviceError, GuardError, PendingError, UsageError
from sekayu_net.inventory.district import Device, Make
from sekayu_net.inventory.qualified import TRIALS, Qualification, Trial, Tried, Verdict
from sekayu_net.journal import Journal, State
from sekayu_net.plan import Running
from sekayu_net.platforms.base import Change, DiffContext, Driver, Guard, Platform
from sekayu_net.platforms.trial import Probe, Probing, Rebooting
from sekayu_net.rollout.device import words
from sekayu_net.rollout.reading import Seal, connected, read
from sekayu_net.rollout.site import Site

#: Seconds that an undo may take after its time: its second stage looks for an anchor and reboots.
GRACE = 240.0
#: Seconds until the undo of the trial with a reboot fires by time, and how long the device may take
#: to boot and go back: less, so that it can only be the reboot's own trigger that brought it back.
REBOOT_WINDOW, REBOOT_PATIENCE = 1200, 600.0
#: Seconds that a device gets to go down before it is asked.
REBOOT_PAUSE = 5.0
#: Seconds between two looks at a device that goes back: the first pause and the longest.
POLL_SECONDS = (1.0, 10.0)


@dataclass(frozen=True, slots=True)
class Bench:
    """A spare device and what trying it needs. ``confirm_within``: seconds until the undo fires.

    ``record`` is called before each deed with the state it may bring about and the trial;
    ``told`` with each trial's result. ``clock`` and ``wait`` are seconds.
    """

    host: str
    version: str
    run: str
    confirm_within: int
    platform: Platform
    driver: Callable[[], Driver]
    seal: Seal
    record: Callable[[State, str], None]
    told: Callable[[TrialResult], None]
    clock: Callable[[], float]
    wait: Callable[[float], None]


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How one trial ended. ``detail``: why not, or what the device said. ``seconds`` it took."""

    trial: Trial
    verdict: Verdict
    detail: str | None = None
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Report:
    """What came out for one device: who it says it is, the undo it armed, each trial."""

    model: str
    version: str
    guard: Guard
    results: tuple[TrialResult, ...]

    @property
    def failed(self) -> tuple[TrialResult, ...]:
        """The trials that did not end as they must."""
        return tuple(each for each in self.results if each.verdict == "failed")

    @property
    def summary(self) -> str:
        """In a few words, for the journal."""
        if self.failed:
            return f"{self.failed[0].trial} failed"
        left = [each.trial for each in self.results if each.verdict == "not tried"]
        return f"passed, but for {', '.join(left)} (not tried)" if left else "passed"


@dataclass(frozen=True, slots=True)
class Ready:
    """What preparation found: the undo, the device's state, the probe, the ways there and back."""

    guard: Guard
    base: Running
    probe: Probe
    there: Change
    back: Change


class _TrialError(Exception):
    """A trial did not end as it must; says how."""


def qualify(bench: Bench, *, reboot: bool) -> Report:
    """Try everything on one device. ``DeviceError`` when it can't be begun: nothing was written."""
    ready = prepare(bench)
    results: list[TrialResult] = []
    for trial in TRIALS:
        skipped = _skipped(trial, ready.guard, results, reboot=reboot)
        result = skipped or _tried(bench, ready, trial)
        results.append(result)
        bench.told(result)
    reading = ready.base.reading
    return Report(reading.model, reading.version, ready.guard, tuple(results))


def carry_out(
    site: Site,
    device: Device,
    journal: Journal,
    *,
    confirm_within: int,
    reboot: bool,
    told: Callable[[TrialResult], None],
) -> tuple[str, Report]:
    """Qualify a device of a site as a run of its own in the journal; its id and the report."""
    run = journal.begin(
        "qualify",
        operator=site.operator,
        selection=f"--host {device.name}",
        confirm_within=confirm_within,
    )
    journal.enter(run, device.name, wave="qualify")
    bench = Bench(
        host=device.name,
        version=device.version,
        run=run,
        confirm_within=confirm_within,
        platform=site.platform(device),
        driver=lambda: site.driver(device),
        seal=site.seal,
        record=lambda state, trial: journal.state(run, device.name, state, reason=trial),
        told=told,
        clock=time.monotonic,
        wait=time.sleep,
    )
    try:
        report = qualify(bench, reboot=reboot)
    except BaseException as error:
        reason = f"broken off: {str(error) or type(error).__name__}"
        journal.state(run, device.name, "failed", reason=reason)
        journal.end(run, reason)
        raise
    why = report.failed[0].detail if report.failed else None
    journal.state(run, device.name, "failed" if report.failed else "confirmed", reason=why)
    journal.end(run, report.summary)
    return run, report


def qualification(report: Report, make: Make, *, lab: bool, day: date) -> Qualification:
    """What is kept of a report: no words, for a device's words may name it."""
    return Qualification(
        platform=make.platform,
        version=make.version,
        model=make.model,
        lab=lab,
        undo=report.guard.kind,
        trials={
            each.trial: Tried(
                result=each.verdict, date=day if each.verdict in ("passed", "failed") else None
            )
            for each in report.results
        },
    )


def prepare(bench: Bench) -> Ready:
    """Read the device, take away what a broken-off qualification left, plan the probe."""
    platform = bench.platform
    if not isinstance(platform, Probing):
        raise UsageError(
            f"{bench.host}: a device of {platform.name} can't be qualified: "
            "the platform has no harmless change to try",
            hint="its undo is tried by deploying one device first",
        )
    with connected(bench.driver) as driver:
        waiting = driver.pending()
        if waiting is not None:
            raise PendingError(
                f"another change ({waiting.token}) waits there for its confirmation",
                host=bench.host,
                stage="prepare",
                hint="sekayu-net resume finishes ours; another's goes back by itself",
            )
        driver.clean()
        found = read(driver, platform, bench.seal, host=bench.host)
        guard = driver.guard()
    if guard.kind == "none":
        raise GuardError(
            f"no undo can be armed ({guard.reason or 'no reason told'}); nothing was written",
            host=bench.host,
            stage="prepare",
            hint="there is nothing to qualify until the device can arm one",
        )
    probe = platform.probe(found.canonical)
    left = _change(bench, found.canonical, probe.clean)
    if not left.empty:
        bench.record("armed", "what an earlier qualification left")
        _push(bench, guard, left, confirmed=True)
        with connected(bench.driver) as driver:
            found = read(driver, platform, bench.seal, host=bench.host)
    there = _change(bench, found.canonical, probe.changed)
    back = _change(bench, probe.changed, found.canonical)
    if there.management_path or len(there.operations) < 2:
        raise GuardError(
            "the probe is not harmless here; nothing was written",
            host=bench.host,
            stage="prepare",
            hint="look at what the device says; this is a fault of the program, report it",
        )
    return Ready(guard, found, probe, there, back)


def _skipped(
    trial: Trial, guard: Guard, before: list[TrialResult], *, reboot: bool
) -> TrialResult | None:
    failed = next((each.trial for each in before if each.verdict == "failed"), None)
    if failed is not None:
        return TrialResult(trial, "not tried", f"{failed} failed")
    if trial == "reboot" and "reboot" not in guard.survives:
        return TrialResult(trial, "not claimed", f"{guard.kind} does not survive one")
    if trial == "reboot" and not reboot:
        return TrialResult(trial, "not tried", "--no-reboot")
    return None


def _tried(bench: Bench, ready: Ready, trial: Trial) -> TrialResult:
    started = bench.clock()
    bench.record("armed", trial)
    try:
        detail = _RUN[trial](bench, ready)
        verdict: Verdict = "passed"
    except (DeviceError, _TrialError) as error:
        doubt = words(error) if isinstance(error, DeviceError) else str(error)
        verdict, detail = "failed", f"{doubt}; {_recovered(bench, ready)}"
    return TrialResult(trial, verdict, detail, bench.clock() - started)


def _change(bench: Bench, one: str, other: str) -> Change:
    return bench.platform.diff(one, other, DiffContext(bench.version, whole=True))


def _is(bench: Bench, driver: Driver, text: str) -> bool:
    """Whether the device says this."""
    running = read(driver, bench.platform, bench.seal, host=bench.host)
    return _change(bench, running.canonical, text).empty


def _push(
    bench: Bench,
    guard: Guard,
    change: Change,
    *,
    script: str | None = None,
    revert_in: int | None = None,
    confirmed: bool = False,
) -> None:
    """Arm and apply over a connection of its own; confirm over another one."""
    token = secrets.token_hex(4)
    with connected(bench.driver) as driver:
        driver.commit_change(
            change.script if script is None else script,
            change.inverse,
            token=token,
            revert_in=revert_in or bench.confirm_within,
            guard=guard,
            on_armed=lambda: None,
        )
    if confirmed:
        with connected(bench.driver) as driver:
            now = read(driver, bench.platform, bench.seal, host=bench.host)
            driver.confirm(token, run=bench.run, fingerprint=now.fingerprint)


def _failure(bench: Bench, ready: Ready) -> str:
    first, *rest = (operation.statement for operation in ready.there.operations)
    script = "\n".join((first, ready.probe.failing, *rest)) + "\n"
    try:
        _push(bench, ready.guard, ready.there, script=script)
    except ApplyError as error:
        if error.line != 2:
            where = "no line" if error.line is None else f"line {error.line}"
            raise _TrialError(f"line 2 failed, it names {where}: {error.message}") from error
        told = error.message
    else:
        raise _TrialError("the device took a statement that it should refuse")
    with connected(bench.driver) as driver:
        if driver.pending() is not None:
            raise _TrialError("the undo was not run at once")
        if not _is(bench, driver, ready.base.canonical):
            raise _TrialError("it did not come back to its old state")
    return told


def _fire(bench: Bench, ready: Ready) -> None:
    _push(bench, ready.guard, ready.there)
    begun = bench.clock()
    bench.wait(bench.confirm_within)  # nobody asks it anything
    _await_base(bench, ready, begun + bench.confirm_within + GRACE)


def _confirm(bench: Bench, ready: Ready) -> None:
    begun = bench.clock()
    _push(bench, ready.guard, ready.there, confirmed=True)
    # Past its time: an undo that was not disarmed would have fired.
    bench.wait(max(0.0, begun + bench.confirm_within * 1.5 - bench.clock()))
    with connected(bench.driver) as driver:
        if driver.pending() is not None:
            raise _TrialError("the change still waits after its confirmation")
        if not _is(bench, driver, ready.probe.changed):
            raise _TrialError("the change did not stay after its confirmation")
    _push(bench, ready.guard, ready.back, confirmed=True)
    with connected(bench.driver) as driver:
        if not _is(bench, driver, ready.base.canonical):
            raise _TrialError("the change could not be taken back")


def _reboot(bench: Bench, ready: Ready) -> None:
    _push(bench, ready.guard, ready.there, revert_in=REBOOT_WINDOW)
    with connected(bench.driver) as driver:
        if not isinstance(driver, Rebooting):
            raise _TrialError("the driver can't reboot a device")
        driver.reboot()
    bench.wait(REBOOT_PAUSE)
    _await_base(bench, ready, bench.clock() + REBOOT_PATIENCE)


def _leftovers(bench: Bench, ready: Ready) -> None:
    with connected(bench.driver) as driver:
        left = driver.clean()
        if left:
            raise _TrialError(f"left behind: {', '.join(left)}")
        if driver.pending() is not None:
            raise _TrialError("a change still waits there")
        if not _is(bench, driver, ready.base.canonical):
            raise _TrialError("it is not in its old state")


def _await_base(bench: Bench, ready: Ready, deadline: float) -> None:
    """Ask until nothing waits and the device is in its old state; nothing is done to help it."""
    pause, longest = POLL_SECONDS
    while True:
        try:
            with connected(bench.driver) as driver:
                if driver.pending() is None:
                    driver.clean()  # the undo leaves its files to whoever comes next
                    if _is(bench, driver, ready.base.canonical):
                        return
                    last = "it is not in its old state"
                else:
                    last = "its change still waits"
        except DeviceError as error:
            last = words(error)
        if bench.clock() + pause > deadline:
            raise _TrialError(f"it did not go back by itself: {last}")
        bench.wait(pause)
        pause = min(pause * 2, longest)


def _recovered(bench: Bench, ready: Ready) -> str:
    """After a trial that failed: let go back what waits, and say in which state the device is."""
    try:
        with connected(bench.driver) as driver:
            waiting = driver.pending()
            if waiting is not None:
                driver.revert(waiting.token)
            driver.clean()
            if _is(bench, driver, ready.base.canonical):
                return "the device is in its old state"
    except DeviceError as error:
        return f"its state is not known: {words(error)}"
    return "the device is NOT in its old state: look at it by hand, or qualify it again"


_RUN: Mapping[Trial, Callable[[Bench, Ready], str | None]] = {
    "failure": _failure,
    "fire": _fire,
    "confirm": _confirm,
    "reboot": _reboot,
    "leftovers": _leftovers,
}
