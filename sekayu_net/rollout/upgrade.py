"""Another version for devices: looked at first, then one after another, seen through to health.

    planned → armed (packages there, restart next) → applied (the version is read back)
            → verified (boot loader, configuration, checks, who is behind) → confirmed

There is no undo that a device could carry out by itself: so the configuration is copied first, one
device of each kind goes before its like, none goes while another on its path does, and whatever
does not end well stops the run. Run it again after a crash: a device that has the new version
already is only seen through. What packages are called is the platform's; waves of them are
``upgrading``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from sekayu_net.errors import DeviceError, IdentityError, PendingError, UnreachableError, UsageError
from sekayu_net.inventory.district import Device, District
from sekayu_net.journal import State
from sekayu_net.plan import Running
from sekayu_net.platforms.base import DiffContext, Driver, Platform
from sekayu_net.platforms.upgrading import Installed, Packaged, Upgradable
from sekayu_net.rollout.device import CheckResult, words
from sekayu_net.rollout.reading import Seal, connected, read
from sekayu_net.rollout.waves import batches

#: Seconds that a device may take to come back: small ones write their flash for minutes.
PATIENCE = 900.0
#: Seconds between two looks: the first pause and the longest.
POLL_SECONDS = (2.0, 15.0)
NO_UNDO = (
    "an upgrade has no automatic undo: a device that does not come back needs a person on site"
)


@dataclass(frozen=True, slots=True)
class Step:
    """What would be done to one device. ``files`` in the order they are sent, ``size`` in bytes.

    ``back``: to an older version. ``boot``: the boot loader follows. ``lost``: what the new version
    can't say of what the device says now. ``refusal``: why nothing will be done; empty for none.
    ``again``: it has the new version already, but the inventory or an earlier run says otherwise.
    ``fingerprint``: of the state that was looked at; ``stale``: refused, for that moved since.
    """

    host: str
    before: str
    after: str
    files: tuple[str, ...] = ()
    size: int = 0
    back: bool = False
    boot: bool = False
    in_memory: bool = False
    lost: tuple[str, ...] = ()
    refusal: str = ""
    unreachable: bool = False
    again: bool = False
    fingerprint: str = ""
    stale: bool = False

    @property
    def due(self) -> bool:
        """Whether there is something to do."""
        return (
            not self.refusal
            and not self.unreachable
            and (bool(self.files) or self.boot or self.again)
        )


@dataclass(frozen=True, slots=True)
class Job:
    """One device's upgrade. ``driver`` makes a closed driver that expects a version.

    ``load`` gives the proven packages; ``keep`` copies the configuration before anything is
    written and records it; ``known`` is what the device said before an earlier try (masked, None
    without); ``arrived`` is called as soon as the new version was read back; ``silent`` names who
    was behind it and does not answer.
    """

    step: Step
    platform: Platform
    driver: Callable[[str], Driver]
    seal: Seal
    load: Callable[[], Mapping[str, bytes]]
    keep: Callable[[Running], None]
    known: str | None
    arrived: Callable[[], None]
    record: Callable[[State, str], None]
    checks: Callable[[Driver], tuple[CheckResult, ...]]
    silent: Callable[[], tuple[str, ...]]
    told: Callable[[str], None]
    clock: Callable[[], float]
    wait: Callable[[float], None]
    patience: float = PATIENCE


@dataclass(frozen=True, slots=True)
class Ended:
    """How it ended. ``running``: the state that was read at the end, None without."""

    state: State
    reason: str | None = None
    running: Running | None = None
    news: tuple[str, ...] = ()


class _StuckError(Exception):
    """It did not go as it must; ``state`` says what is known of the device."""

    def __init__(self, state: State, why: str) -> None:
        super().__init__(why)
        self.state: State = state


# -- looking -----------------------------------------------------------------------------------


def look(
    platform: Platform,
    driver: Callable[[str], Driver],
    device: Device,
    after: str,
    *,
    seal: Seal,
    size: Callable[[Sequence[str]], int],
    missing: Callable[[Sequence[str]], tuple[str, ...]],
    back: bool = False,
) -> Step:
    """What an upgrade would do to a device. Changes nothing; never raises ``DeviceError``."""
    step = Step(device.name, device.version, after)
    if not isinstance(platform, Packaged):
        return replace(step, refusal=f"{platform.name} is not upgraded from here")
    try:
        before, running, found = _found(platform, driver, device, after, seal)
    except UnreachableError as error:
        return replace(step, refusal=words(error), unreachable=True)
    except DeviceError as error:
        return replace(step, refusal=words(error))
    step = replace(step, before=before, in_memory=found.in_memory, fingerprint=running.fingerprint)
    if before == after:
        again = device.version != after
        return replace(step, boot=found.boot != found.boot_offered, again=again)
    older = platform.older(after, before)
    if older and not back:
        return replace(step, refusal=f"it runs {before} already; --downgrade goes back to {after}")
    if found.oldest and platform.older(after, found.oldest):
        return replace(step, refusal=f"its hardware takes nothing older than {found.oldest}")
    try:
        files = platform.package_files(found, after)
    except UsageError as error:
        return replace(step, refusal=error.message)
    absent = missing(files)
    if absent:
        return replace(step, refusal=f"not in the folder, or without a sum: {', '.join(absent)}")
    whole = size(files)
    refusal = platform.room_refusal(found, whole)
    if refusal:
        return replace(step, refusal=refusal)
    if found.in_memory != device.model.flash_folder:
        told = "has" if found.in_memory else "has no"
        return replace(
            step, refusal=f"it {told} flash/ folder, models.yaml says otherwise: correct it first"
        )
    _, lost = platform.migrated(running.reading.config, before, after)
    return replace(step, files=files, size=whole, back=older, boot=bool(found.boot), lost=lost)


def _found(
    platform: Platform,
    driver: Callable[[str], Driver],
    device: Device,
    after: str,
    seal: Seal,
) -> tuple[str, Running, Installed]:
    """Version, state and packages; it may have the new version already."""
    refused: IdentityError | None = None
    for version in dict.fromkeys((device.version, after)):
        try:
            with connected(lambda: driver(version)) as open_:  # noqa: B023 - used at once
                if not isinstance(open_, Upgradable):
                    raise DeviceError(
                        "its driver upgrades nothing", host=device.name, stage="upgrade"
                    )
                running = read(open_, platform, seal, host=device.name)
                return version, running, open_.installed()
        except IdentityError as error:
            refused = refused or error
    assert refused is not None  # noqa: S101 - one of the two ways led here
    raise refused


def order(district: District, steps: Iterable[Step]) -> tuple[tuple[str, ...], ...]:
    """Who goes when: one of each model and version before its like, then the rest; deepest first.

    Who has nobody of its kind behind it to go first for waits for its turn: the hub goes last.
    Devices of one group are on nobody's path among themselves.
    """
    due = [step for step in steps if step.due]
    deepest = [host for batch in batches(district, [s.host for s in due]) for host in batch]
    goal = {step.host: (district.devices[step.host].model.name, step.after) for step in due}
    alike: dict[tuple[str, str], list[str]] = {}
    for host in deepest:
        alike.setdefault(goal[host], []).append(host)
    canaries = [hosts[0] for hosts in alike.values() if len(hosts) > 1]
    rest = [host for host in deepest if host not in canaries]
    return (*((host,) for host in canaries), *batches(district, rest))


# -- doing -------------------------------------------------------------------------------------


def upgrade(job: Job) -> Ended:
    """One device's upgrade to its end."""
    written = False
    begun = job.clock()
    try:
        before, checks, now = _prepare(job)
        if now != job.step.after:
            written = True
            # Any restart since this began counts, also one that nobody asked for.
            _back(job, job.step.after, begun)
        return _see_through(job, before, checks)
    except _StuckError as error:
        return Ended(error.state, str(error))
    except UnreachableError as error:
        return Ended("unknown" if written else "unreachable", words(error))
    except DeviceError as error:
        return Ended("failed", words(error))


def _prepare(job: Job) -> tuple[str | None, tuple[CheckResult, ...], str]:
    """Read, copy, and put the packages there; the text of before, the checks then, the version."""
    step = job.step
    try:
        with connected(lambda: job.driver(step.before)) as driver:
            if step.before == step.after:
                return job.known, (), step.after
            _no_other_change(driver, step.host)
            running = read(driver, job.platform, job.seal, host=step.host)
            if step.fingerprint and running.fingerprint != step.fingerprint:
                raise _StuckError("stale", "its configuration changed since it was looked at")
            job.keep(running)
            checks = job.checks(driver)
            files = job.load()
            job.record("planned", f"sending {len(files)} packages")
            _send(job, _upgradable(driver), files)
            job.record("armed", f"restarting into {step.after}: {NO_UNDO}")
            job.told(f"restarting into {step.after}")
            with suppress(UnreachableError):  # its answer may be lost in the restart
                _upgradable(driver).install(older=step.back)
            return running.reading.config, checks, step.before
    except IdentityError:
        # An earlier try may have got that far; another device than that is refused here again.
        with connected(lambda: job.driver(step.after)):
            return job.known, (), step.after


def _send(job: Job, driver: Upgradable, files: Mapping[str, bytes]) -> None:
    try:
        driver.stage(files, told=job.told)
    except UnreachableError as error:
        raise _StuckError(
            "failed", f"the connection broke while packages were sent; nothing goes in ({error})"
        ) from None


def _no_other_change(driver: Driver, host: str) -> None:
    waiting = driver.pending()
    if waiting is not None:
        raise PendingError(
            f"another change ({waiting.token}) waits there for its confirmation",
            host=host,
            stage="prepare",
            hint="sekayu-net resume finishes ours; another's goes back by itself",
        )
    driver.clean()


def _upgradable(driver: Driver) -> Upgradable:
    if not isinstance(driver, Upgradable):
        raise _StuckError("failed", "its driver upgrades nothing")
    return driver


def _back(job: Job, version: str, since: float) -> Installed:
    """The device after its restart, with this version. ``_StuckError`` when it is not so."""
    pause, longest = POLL_SECONDS
    last = "it does not answer"
    while True:
        try:
            runs, found = _runs(job, version)
            # Its uptime is told in whole seconds, rounded down.
            restarted = found.uptime + 1 < job.clock() - since
            if restarted and runs == version:
                return found
            if restarted:
                raise _StuckError("failed", f"it restarted and still runs {runs}: {_why(job)}")
            last = f"it did not restart; it runs {runs}"
        except DeviceError as error:
            last = words(error)
        if job.clock() - since + pause > job.patience:
            raise _StuckError("unknown", f"not back after {job.patience:.0f} s: {last}")
        job.wait(pause)
        pause = min(pause * 1.5, longest)


def _runs(job: Job, version: str) -> tuple[str, Installed]:
    """Which of the two versions it runs, and what else. ``IdentityError`` for neither."""
    try:
        with connected(lambda: job.driver(version)) as driver:
            return version, _upgradable(driver).installed()
    except IdentityError:
        if version == job.step.before:
            raise
    with connected(lambda: job.driver(job.step.before)) as driver:
        return job.step.before, _upgradable(driver).installed()


def _why(job: Job) -> str:
    with connected(lambda: job.driver(job.step.before)) as driver:
        said = _upgradable(driver).complaints()
    return "; ".join(said) or "it does not say why; look at its log"


def _see_through(job: Job, before: str | None, checks: tuple[CheckResult, ...]) -> Ended:
    """From the new version to health."""
    step = job.step
    job.record("applied", f"runs {step.after}")
    job.arrived()
    with connected(lambda: job.driver(step.after)) as driver:
        found = _upgradable(driver).installed()
        loader = found.boot != found.boot_offered
        if loader:
            job.record("applied", f"restarting for the boot loader ({found.boot_offered})")
            job.told(f"restarting for the boot loader ({found.boot_offered})")
            since = job.clock()
            _upgradable(driver).upgrade_boot()
    if loader:
        found = _back(job, step.after, since)
        if found.boot != found.boot_offered:
            raise _StuckError("failed", f"its boot loader is still {found.boot}")
    with connected(lambda: job.driver(step.after)) as driver:
        running = read(driver, job.platform, job.seal, host=step.host)
        after = job.checks(driver)
    job.record("verified", "comparing")
    lost, news = compared(job.platform, before, running, step)
    worse = _worse(checks, after)
    silent = _silent(job)
    faults = [
        *(f"lost: {each}" for each in lost),
        *(f"check {each.name}: {each.detail}" for each in worse),
        *([f"no answer behind it: {', '.join(silent)}"] if silent else []),
    ]
    if faults:
        told = f"it runs {step.after}, but " + "; ".join(faults[:8])
        return Ended("failed", told, running, news)
    return Ended("confirmed", None, running, news)


def compared(
    platform: Platform, before: str | None, running: Running, step: Step
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the device no longer says, and what it says anew, other names not counted."""
    if before is None or not isinstance(platform, Packaged):
        return (), ()
    spoken = platform.release(before) or step.before
    expected, _ = platform.migrated(before, spoken, step.after)
    change = platform.diff(running.reading.config, expected, DiffContext(step.after, whole=True))
    lost: list[str] = []
    news: list[str] = []
    for each in change.differences:
        told = f"{each.path} {each.item or ''}".strip()
        (news if each.kind in ("extra", "unmanaged") else lost).append(f"{told} ({each.kind})")
    return tuple(lost), tuple(news)


def _worse(
    before: tuple[CheckResult, ...], after: tuple[CheckResult, ...]
) -> tuple[CheckResult, ...]:
    """Checks that fail now and did not before."""
    failed = {each.name for each in before if not each.passed}
    return tuple(each for each in after if not each.passed and each.name not in failed)


def _silent(job: Job) -> tuple[str, ...]:
    """Who behind it does not answer, after some patience: links and routes take their time."""
    begun = job.clock()
    pause = POLL_SECONDS[0]
    while silent := job.silent():
        if job.clock() - begun > min(job.patience, 180.0):
            return silent
        job.wait(pause)
    return ()
