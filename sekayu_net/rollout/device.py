"""One device's way through a deployment: a state machine that always ends in a known state.

    planned → armed → applied → verified → confirmed
       │         └─────────┴─────────┴──→ reverted · failed · unknown
       └──→ stale · unreachable · failed

The journal is written before each deed; the undo is armed on the device before the first change;
only a *new* connection, the intended state read back, the checks run from the device, and an
answer from every device behind it that answered before, lead to the confirmation. Whoever is not
sure lets the device go back. Waves and budgets are ``engine``'s; nothing here knows Nornir.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from sekayu_net.errors import (
    ApplyError,
    AuthenticationError,
    DeviceError,
    GuardError,
    IdentityError,
    JournalError,
    PendingError,
    SecretError,
    StaleError,
    UnreachableError,
)
from sekayu_net.journal import State
from sekayu_net.plan import HostPlan, Running, guard_refusal
from sekayu_net.platforms.base import Change, DiffContext, Driver, Guard, Platform
from sekayu_net.rollout.checklist import failed_before, still_failing
from sekayu_net.rollout.reading import Seal, connected, identified, opened, read
from sekayu_net.secrets import forgetting

#: Seconds that the undo may need to run after its time, before a silent device is ``unknown``.
GRACE = 60.0
#: The share of the window that verification may use: the confirmation must not race the undo.
VERIFY_SHARE = 0.8


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one check said, run from the device."""

    name: str
    passed: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deployment ended for one device. ``seconds`` of wall time."""

    host: str
    state: State
    reason: str | None = None
    wave: str = ""
    seconds: float = 0.0

    def summary(self) -> dict[str, object]:
        """The host's entry in ``deploy --json``."""
        return {
            "state": self.state,
            "reason": self.reason,
            "wave": self.wave,
            "seconds": round(self.seconds, 1),
        }


class Record(Protocol):
    """What a device's job tells the journal. Raises ``JournalError`` when it can't be written."""

    def state(self, state: State, reason: str | None = None) -> None:
        """The state that the next deed may bring about, or the final one."""

    def confirmed(self, running: Running) -> None:
        """The device was left in this state on purpose."""


@dataclass(frozen=True, slots=True)
class Job:
    """All that one device's deployment needs. ``confirm_within``: seconds until the undo fires.

    ``driver`` makes a new, closed driver; ``checks`` runs the checks from the device; ``silent``
    names the devices behind this one that answered before the run and don't answer now;
    ``lost_path`` says why silence now is a loss (its path was changed in this run), else None.
    ``clock`` and ``wait`` are seconds.
    """

    plan: HostPlan
    run: str
    token: str
    confirm_within: int
    platform: Platform
    context: DiffContext
    driver: Callable[[], Driver]
    seal: Seal
    unseal: Callable[[str], str]
    remember: Callable[[str], None]
    record: Record
    checks: Callable[[Driver], tuple[CheckResult, ...]]
    silent: Callable[[], tuple[str, ...]]
    lost_path: Callable[[], str | None]
    clock: Callable[[], float]
    wait: Callable[[float], None]
    _revealed: list[str] = field(default_factory=list, repr=False)

    @property
    def host(self) -> str:
        """The device's name."""
        return self.plan.host

    def reveal(self, text: str) -> str:
        """A script with its secrets; their values are kept to keep them out of messages."""

        def unseal(fingerprint: str) -> str:
            value = self.unseal(fingerprint)
            self._revealed.append(value)
            return value

        return self.platform.reveal(text, unseal)

    def scrub(self, text: str) -> str:
        """A message without any secret that this job revealed."""
        for value in sorted(set(self._revealed), key=len, reverse=True):
            if value:
                text = text.replace(value, "<secret>")
        return text


@dataclass(frozen=True, slots=True)
class Ended:
    """A final state and why. ``failing``: the checks that fail as before the change."""

    state: State
    reason: str | None = None
    failing: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ready:
    """What preparation found: the undo to arm, and the checks that failed before any change."""

    guard: Guard
    failing: frozenset[str]


def deploy(job: Job) -> Ended:
    """Bring one device from its planned state to the intended one, or back.

    Device errors become states; ``JournalError`` passes through (nothing is done unrecorded).
    Recording the final state is the caller's: only it knows how long it took.
    """
    if job.plan.status != "change":
        raise ValueError(f"{job.host}: its plan says {job.plan.status}, there is nothing to deploy")
    return scrubbed(job, attempt(job))


def scrubbed(job: Job, ended: Ended) -> Ended:
    """A state whose reason holds no secret."""
    return replace(ended, reason=None if ended.reason is None else job.scrub(ended.reason))


def attempt(job: Job) -> Ended:
    """Prepare, push, verify, confirm. The state is not yet recorded."""
    armed_at: list[float] = []
    try:
        with forgetting(), opened(job.driver) as driver:
            ready = prepare(job, driver)
            pushed = push(job, driver, ready, armed_at)
    except StaleError as error:
        return Ended("stale", error.message)
    except UnreachableError as error:
        because = job.lost_path()
        if because is not None:
            return Ended("failed", f"{error.message}; lost during the run: {because}")
        return Ended("unreachable", error.message)
    except DeviceError as error:
        return Ended("failed", words(error))
    except SecretError as error:
        return Ended("failed", f"{error.message}; nothing was written")
    if isinstance(pushed, Ended):
        return pushed
    begun = armed_at[0] if armed_at else job.clock()
    if pushed.applied is False:
        return settle(job, pushed.reason, begun)
    return verify_and_confirm(job, ready, begun, pushed)


def prepare(job: Job, driver: Driver) -> Ready:
    """Everything that can be known before the first write, who it is first. ``DeviceError``."""
    waiting, running = identified(
        driver, job.platform, job.seal, host=job.host, remember=job.remember
    )
    if waiting is not None:
        raise PendingError(
            str(waiting),
            host=job.host,
            stage="preflight",
            hint="sekayu-net resume finishes ours; another's is for its holder",
        )
    if running.fingerprint != job.plan.fingerprint:
        raise StaleError(
            f"it changed since the plan was made: {moved(job, running)}",
            host=job.host,
            stage="preflight",
            hint="plan again",
        )
    guard = driver.guard()
    if guard.kind != job.plan.guard:
        raise StaleError(
            f"the undo it can arm is now {guard.kind}, the plan says {job.plan.guard}",
            host=job.host,
            stage="preflight",
            hint="plan again",
        )
    refusal = guard_refusal(guard, management_path=job.plan.management_path)
    if refusal is not None and not job.plan.unguarded:
        raise GuardError(refusal, host=job.host, stage="preflight")
    job.reveal(job.plan.inverse)  # a secret that is not to be had must show before the first write
    driver.preflight(job.reveal(job.plan.script))
    failing = frozenset(check.name for check in job.checks(driver) if not check.passed)
    return Ready(guard, failing)


def moved(job: Job, running: Running) -> str:
    """What changed on the device since the plan, and the device's own last words about it."""
    context = DiffContext(version=job.context.version, whole=True)
    change = job.platform.diff(job.plan.running, running.canonical, context)
    where = [f"{d.path} {d.item or ''}".strip() for d in change.differences[:3]]
    more = len(change.differences) - len(where)
    told = "; ".join(where) or "only in its form"
    if more > 0:
        told += f" and {more} more"
    if running.left_by is not None:
        told += f" (run {running.left_by} left it so)"
    elif running.reading.history:
        told += f" (its history: {running.reading.history[0]})"
    return told


@dataclass(frozen=True, slots=True)
class Pushed:
    """What is known after the push.

    ``applied``: False when the undo has been run already, None when the session was lost.
    """

    applied: bool | None
    reason: str


def push(job: Job, driver: Driver, ready: Ready, armed_at: list[float]) -> Pushed | Ended:
    """Arm the undo and apply the script. Nothing has been written when it says ``failed``."""

    def on_armed() -> None:
        armed_at.append(job.clock())
        job.record.state("applied")

    job.record.state("armed", failed_before(ready.failing))
    try:
        driver.commit_change(
            job.reveal(job.plan.script),
            job.reveal(job.plan.inverse),
            token=job.token,
            revert_in=job.confirm_within,
            guard=ready.guard,
            on_armed=on_armed,
        )
    except (GuardError, PendingError) as error:
        return Ended("failed", f"{error.message}; nothing was written")
    except ApplyError as error:
        return Pushed(False, words(error))
    except JournalError:
        # Armed but unrecorded: disarm at once; if that fails too, the undo changes nothing.
        undo(driver, job)
        raise
    except DeviceError as error:
        return Pushed(None, words(error))
    return Pushed(True, "")


def undo(driver: Driver, job: Job) -> str | None:
    """Let the device run its undo now; what went wrong, or None."""
    try:
        driver.revert(job.token)
    except DeviceError as error:
        return words(error)
    return None


def verify_and_confirm(job: Job, ready: Ready, begun: float, pushed: Pushed) -> Ended:
    """Ask the device over new connections until all is well or the time for asking is over."""
    deadline = begun + job.confirm_within * VERIFY_SHARE
    pause = 0.2
    verified = False
    while True:
        try:
            with opened(job.driver) as driver:
                looked = look(job, driver, ready)
                if isinstance(looked, Seen):
                    job.record.state("verified")
                    verified = True
                    running = looked.running
                    driver.confirm(job.token, run=job.run, fingerprint=running.fingerprint)
                    job.record.confirmed(running)
                    return confirmed(looked.failing)
                doubt = looked
        except IdentityError as error:
            return settle(job, words(error), begun, verified=verified)
        except DeviceError as error:
            doubt = Doubt(words(error), passing=True)
        # After a lost session the script may still be running: its state is looked at again.
        again = doubt.passing or (pushed.applied is None and not doubt.over)
        if not again or job.clock() + pause > deadline:
            reason = "; ".join(part for part in (pushed.reason, doubt.reason) if part)
            return settle(job, reason, begun, verified=verified)
        job.wait(pause)
        pause = min(pause * 2, 2.0)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a device is not confirmed.

    ``passing``: may be well in a moment (routes converge). ``over``: the device went back already.
    """

    reason: str
    passing: bool = False
    over: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A device that is as intended. ``failing``: checks that fail as they did before the change."""

    running: Running
    failing: frozenset[str]


def look(job: Job, driver: Driver, ready: Ready) -> Seen | Doubt:
    """The device when it is the right one and all is as intended, else the doubt."""
    _, running = identified(driver, job.platform, job.seal, host=job.host)
    left = remaining(job, running)
    if not left.empty:
        first = left.operations[0]
        return Doubt(
            f"read back, it does not say what was intended: {len(left.operations)} differences, "
            f"the first in {first.path} {first.item or ''}".rstrip(),
            over=is_old(job, running) and driver.pending() is None,
        )
    failing = [check for check in job.checks(driver) if not check.passed]
    failed = [check for check in failing if check.name not in ready.failing]
    if failed:
        told = ", ".join(f"{c.name} ({c.detail})" if c.detail else c.name for c in failed)
        return Doubt(f"check failed: {told}", passing=True)
    silent = job.silent()
    if silent:
        return Doubt(f"no answer any more from behind it: {', '.join(silent)}", passing=True)
    return Seen(running, frozenset(check.name for check in failing))


def confirmed(failing: frozenset[str]) -> Ended:
    """The end of a device that keeps its change."""
    return Ended("confirmed", still_failing(failing), failing)


def remaining(job: Job, running: Running) -> Change:
    """What is still to do on the device; empty when it says what was intended."""
    return job.platform.diff(running.canonical, job.plan.intended, job.context)


def settle(job: Job, reason: str, begun: float, *, verified: bool = False) -> Ended:
    """Bring a device back to its old state and prove it; ``unknown`` when that can't be seen.

    ``verified``: a confirmation may have been half done, so its undo may be gone already.
    """
    deadline = begun + job.confirm_within + GRACE
    pause = 0.2
    last = "it was not asked"
    while True:
        try:
            with connected(job.driver) as driver:
                ended = settled(job, driver, reason, verified=verified)
                if isinstance(ended, Ended):
                    return ended
                last = ended
        except (IdentityError, AuthenticationError) as error:
            last = words(error)
        except DeviceError as error:
            last = words(error)
        if job.clock() + pause > deadline:
            return Ended("unknown", f"{reason}; then: {last}; sekayu-net resume asks it again")
        job.wait(pause)
        pause = min(pause * 2, 5.0)


def settled(job: Job, driver: Driver, reason: str, *, verified: bool) -> Ended | str:
    """One look at a device that is to go back: how it ended, or what is still wrong."""
    waiting = driver.pending()
    if waiting is not None and waiting.token != job.token:
        return str(waiting)
    if waiting is not None:
        driver.revert(job.token)
    # First: a confirmation or an undo that was cut off at its end is brought to it.
    driver.clean()
    running = read(driver, job.platform, job.seal, host=job.host)
    if driver.pending() is not None:
        return "its undo is at work"
    if is_old(job, running):
        return Ended("reverted", reason)
    if kept(job, running) or (waiting is None and verified and remaining(job, running).empty):
        job.record.confirmed(running)
        return Ended("confirmed", reason or None)
    if job.plan.guard == "none":
        return Ended("failed", f"{reason}; the change stays: no undo was armed")
    return "it is neither in its old nor in its new state"


def is_old(job: Job, running: Running) -> bool:
    """Whether the device is as it was when the plan was made."""
    if running.fingerprint == job.plan.fingerprint:
        return True
    if not job.plan.running:
        return False
    context = DiffContext(version=job.context.version, whole=True)
    return job.platform.diff(running.canonical, job.plan.running, context).empty


def kept(job: Job, running: Running) -> bool:
    """Whether the device itself says that this run was confirmed, and is as intended."""
    confirmed = running.reading.confirmed or {}
    return confirmed.get("run") == job.run and remaining(job, running).empty


def resume(job: Job, state: State, *, failing: frozenset[str] = frozenset()) -> Ended:
    """Finish a device whose state was not final: ask it, never guess.

    ``failing``: the checks that failed before the change already.

    Confirms what passes its checks while its undo waits; else lets it go back. A device that does
    not answer stays as it is, to be asked again. Recording the final state is the caller's.
    """
    return scrubbed(job, ask(job, state, failing))


def ask(job: Job, state: State, failing: frozenset[str]) -> Ended:
    """What the device says of itself."""
    begun = job.clock()
    try:
        with connected(job.driver) as driver:
            waiting = driver.pending()
            if waiting is None or waiting.token != job.token:
                return found(job, driver, state)
    except UnreachableError as error:
        return Ended("unknown", f"{error.message}; ask again: sekayu-net resume")
    except DeviceError as error:
        return Ended("unknown", words(error))
    before = Ready(Guard("none", frozenset()), failing)
    return verify_and_confirm(job, before, begun, Pushed(True, "resumed"))


def found(job: Job, driver: Driver, state: State) -> Ended:
    """The end of a device on which nothing of ours waits."""
    driver.clean()
    running = read(driver, job.platform, job.seal, host=job.host)
    waiting = driver.pending()
    if waiting is not None and waiting.token == job.token:
        return Ended("unknown", "its undo is at work; ask again: sekayu-net resume")
    if kept(job, running) or (state == "verified" and remaining(job, running).empty):
        job.record.confirmed(running)
        return Ended("confirmed", "the device had been confirmed")
    if is_old(job, running):
        if state == "planned":
            return Ended("skipped", "the run ended before its turn")
        return Ended("reverted", "the device went back by itself")
    if state == "planned":
        return Ended("stale", "the run ended before its turn, and it changed since")
    if running.left_by is not None:
        return Ended("stale", f"run {running.left_by} left it as it is now")
    return Ended(
        "unknown", "it is neither in its old nor confirmed in its new state: plan it again"
    )


def words(error: DeviceError) -> str:
    """An error in one line, with what to do next."""
    return f"{error.stage}: {error.message}" + (f"; {error.hint}" if error.hint else "")
