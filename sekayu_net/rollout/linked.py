"""Devices that change what they must agree on: all of them or none.

A tree of links, each of which is dead while only one of its ends has the new terms. The device
nearest to the hub *decides*: the controller reaches it by none of these links. The others *follow*.

1. All are read and prepared. Nothing is written when one of them is not ready.
2. The deciding device is armed: its undo fires after the window, whatever happens. Then the
   followers are armed; each will apply by a timer of its own. Then the deciding device applies.
3. All are looked at over new connections, by the new links, until all are as intended.
4. **The deciding device is confirmed: this one write on one device decides.** Then the followers.

Why no kill of the controller, and no silence of a follower, can cut a link for good:

* Before the decision the deciding device goes back by itself. Each link is then dead in its new
  form, and a follower undoes what is silent: at the latest when its own window is over. That window
  begins later and is longer than the other's, with time for the other's undo.
* After the decision it keeps the change for ever, so it answers in the new form. A follower keeps
  what answers, confirmed or not; it waits there for ``resume``.
* So a follower is never confirmed, and never sent back, by anything but the decision. Confirming it
  first would be the cut: the controller dies, the deciding device goes back, the follower can't.
  Both orders of sending back are safe, for neither device is confirmed then.

What is left: the link must be whole at some moment of the looks that a follower takes at the end of
its window (a minute), *if* the controller died between the two confirmations. Else the follower
goes back and the deciding device has to be taken back after it: ``resume`` says so.

Which changes hang together is ``linking``'s; what the devices do by themselves the platform's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from math import ceil
from typing import cast

from sekayu_net.errors import (
    ApplyError,
    DeviceError,
    GuardError,
    IdentityError,
    PendingError,
    SecretError,
    StaleError,
    UnreachableError,
)
from sekayu_net.journal import FINAL, State
from sekayu_net.platforms.abilities import FollowingDriver
from sekayu_net.platforms.base import Driver, Follow, Guard
from sekayu_net.rollout.checklist import failed_before
from sekayu_net.rollout.device import (
    VERIFY_SHARE,
    Doubt,
    Ended,
    Job,
    Pushed,
    Ready,
    Seen,
    confirmed,
    found,
    look,
    prepare,
    remaining,
    resume,
    scrubbed,
    settle,
    words,
)
from sekayu_net.rollout.reading import connected, opened, read

#: Seconds from a follower's arming to its change, for each router between it and the others: those
#: behind it must be armed before it is cut.
DELAY = 5
#: Seconds that the deciding device's undo may need until it shows on the link: routes that its old
#: neighbour announced stay for OSPF's dead interval (40 s, RFC 2328 C.3).
UNDONE = 60
#: Seconds that a follower's looks and its own undo may need after its window.
LOOKS = 150
#: Seconds that the followers are ahead when all are sent back: their order goes over the link.
HEAD_START = 10.0


@dataclass(frozen=True, slots=True)
class Group:
    """Jobs that end alike. ``root`` decides; ``followers`` have the deepest first.

    ``anchor`` is the deciding device's address, the same before and after. ``levels``: how many
    links are between a follower and it.
    """

    root: Job
    followers: tuple[Job, ...]
    anchor: str
    levels: Mapping[str, int]

    @property
    def jobs(self) -> tuple[Job, ...]:
        """All, the deepest first."""
        return (*self.followers, self.root)

    @property
    def shortest(self) -> int:
        """The least seconds to confirm: the last one's delay, and as much again to look at it."""
        return ceil(2 * DELAY * max(self.levels.values(), default=1) / VERIFY_SHARE)

    def follow(self, job: Job) -> Follow:
        """How one of the followers follows."""
        deepest = max(self.levels.values(), default=1)
        confirm_within = self.root.confirm_within
        return Follow(
            anchor=self.anchor,
            delay=DELAY * (1 + deepest - self.levels[job.host]),
            patience=max(confirm_within // 2, 2 * DELAY) + DELAY * deepest,
            window=confirm_within + UNDONE,
        )

    def patient(self, job: Job) -> Job:
        """A follower's job with all the time that it may take to go back by itself."""
        follow = self.follow(job)
        whole = follow.delay + follow.patience + follow.window + LOOKS
        return replace(job, confirm_within=whole)


class AbandonedError(Exception):
    """A follower could not be armed: the deciding device must not apply."""


@dataclass(slots=True)
class Begun:
    """What was done so far. ``armed``: hosts that may have been written to, and when."""

    ready: dict[str, Ready] = field(default_factory=dict)
    armed: dict[str, float] = field(default_factory=dict)
    refused: dict[str, Ended] = field(default_factory=dict)


def deploy_linked(group: Group) -> dict[str, Ended]:
    """Bring all devices of a group to their intended state, or none; how it ended for each.

    Device errors become states; ``JournalError`` passes through. Recording final states is the
    caller's.
    """
    with ThreadPoolExecutor(max_workers=len(group.jobs)) as pool:
        ended = attempt(group, pool)
    return {job.host: scrubbed(job, ended[job.host]) for job in group.jobs}


def attempt(group: Group, pool: ThreadPoolExecutor) -> dict[str, Ended]:
    """Prepare, push, verify, decide."""
    begun = Begun()
    drivers: dict[str, Driver] = {}
    if group.root.confirm_within < group.shortest:
        begun.refused[group.root.host] = Ended(
            "failed",
            f"{group.root.confirm_within} s to confirm are too short for devices that change "
            f"together: --confirm-within {group.shortest} at least",
        )
        return not_begun(group, begun)
    try:
        for job, opened in [(job, pool.submit(open_and_prepare, job)) for job in group.jobs]:
            answer = opened.result()
            if isinstance(answer, Ended):
                begun.refused[job.host] = answer
            else:
                drivers[job.host], begun.ready[job.host] = answer
        for job in group.followers:
            if not isinstance(drivers.get(job.host), FollowingDriver | None):
                begun.refused[job.host] = Ended(
                    "failed", "its platform can't follow another device's change: make it on site"
                )
        if begun.refused:
            return not_begun(group, begun)
        pushed = push(group, drivers, begun, pool)
    finally:
        for driver in drivers.values():
            driver.close()
    if not begun.armed:
        return not_begun(group, begun)
    if begun.refused or pushed.applied is False:
        return go_back(group, pushed.reason, begun, pool)
    return verify(group, pushed, begun, pool)


def open_and_prepare(job: Job) -> tuple[Driver, Ready] | Ended:
    """A device with all that can be known before the first write, or why it is not ready."""
    driver = job.driver()
    try:
        driver.open()
        return driver, prepare(job, driver)
    except BaseException as error:
        driver.close()
        if isinstance(error, StaleError):
            return Ended("stale", error.message)
        if isinstance(error, UnreachableError):
            because = job.lost_path()
            if because is None:
                return Ended("unreachable", error.message)
            return Ended("failed", f"{error.message}; lost during the run: {because}")
        if isinstance(error, DeviceError):
            return Ended("failed", words(error))
        if isinstance(error, SecretError):
            return Ended("failed", f"{error.message}; nothing was written")
        raise


def not_begun(group: Group, begun: Begun) -> dict[str, Ended]:
    """The ends when nothing was written: who was not ready says why, the others name it."""
    why = "; ".join(f"{host}: {ended.reason}" for host, ended in begun.refused.items())
    other = Ended("skipped", f"linked, and nothing was written: {why}")
    return {job.host: begun.refused.get(job.host, other) for job in group.jobs}


def push(
    group: Group, drivers: Mapping[str, Driver], begun: Begun, pool: ThreadPoolExecutor
) -> Pushed:
    """Arm all, then apply on the deciding device; the followers apply by themselves."""
    root = group.root

    def on_armed() -> None:
        begun.armed[root.host] = root.clock()
        arming = [
            (job, pool.submit(arm, group, job, drivers[job.host], begun)) for job in group.followers
        ]
        for job, future in arming:
            refused = future.result()
            if refused is not None:
                begun.refused[job.host] = refused
        if begun.refused:
            raise AbandonedError
        root.record.state("applied")

    root.record.state("armed", failed_before(begun.ready[root.host].failing))
    try:
        drivers[root.host].commit_change(
            root.reveal(root.plan.script),
            root.reveal(root.plan.inverse),
            token=root.token,
            revert_in=root.confirm_within,
            guard=begun.ready[root.host].guard,
            on_armed=on_armed,
        )
    except AbandonedError:
        del begun.armed[root.host]  # it was disarmed at once
        return Pushed(False, "; ".join(f"{h}: {e.reason}" for h, e in begun.refused.items()))
    except (GuardError, PendingError) as error:
        begun.refused[root.host] = Ended("failed", f"{error.message}; nothing was written")
        return Pushed(False, f"{root.host}: {error.message}")
    except ApplyError as error:
        return Pushed(False, f"{root.host}: {words(error)}")
    except DeviceError as error:
        begun.armed.setdefault(root.host, root.clock())
        return Pushed(None, f"{root.host}: {words(error)}")
    return Pushed(True, "")


def arm(group: Group, job: Job, driver: Driver, begun: Begun) -> Ended | None:
    """Arm a follower; why it could not be armed, or None."""
    job.record.state("armed", failed_before(begun.ready[job.host].failing))
    begun.armed[job.host] = job.clock()
    try:
        cast("FollowingDriver", driver).commit_following(
            job.reveal(job.plan.script),
            job.reveal(job.plan.inverse),
            token=job.token,
            guard=begun.ready[job.host].guard,
            follow=group.follow(job),
            on_armed=lambda: job.record.state("applied"),
        )
    except (GuardError, PendingError) as error:
        del begun.armed[job.host]
        return Ended("failed", f"{error.message}; nothing was written")
    except DeviceError as error:
        return Ended("failed", words(error))
    return None


def verify(
    group: Group, pushed: Pushed, begun: Begun, pool: ThreadPoolExecutor
) -> dict[str, Ended]:
    """Look at all over new connections until all are as intended, or the time is over."""
    root = group.root
    deadline = begun.armed[root.host] + root.confirm_within * VERIFY_SHARE
    pause = 0.2
    while True:
        looking = [(job, pool.submit(look_at, job, begun.ready[job.host])) for job in group.jobs]
        seen = {job.host: future.result() for job, future in looking}
        well = {host: state for host, state in seen.items() if isinstance(state, Seen)}
        if len(well) == len(seen):
            return decide(group, well, begun, pool)
        doubts = {host: state for host, state in seen.items() if isinstance(state, Doubt)}
        again = all(
            # A follower's script begins later, and a lost session says nothing of it.
            doubt.passing or (not doubt.over and (host != root.host or pushed.applied is None))
            for host, doubt in doubts.items()
        )
        if not again or root.clock() + pause > deadline:
            told = [f"{host}: {doubt.reason}" for host, doubt in doubts.items()]
            return go_back(group, "; ".join(filter(None, (pushed.reason, *told))), begun, pool)
        root.wait(pause)
        pause = min(pause * 2, 2.0)


def look_at(job: Job, ready: Ready) -> Seen | Doubt:
    """A device that is as intended, else the doubt, over a new connection."""
    try:
        with opened(job.driver) as driver:
            return look(job, driver, ready)
    except IdentityError as error:
        return Doubt(words(error), over=True)
    except DeviceError as error:
        return Doubt(words(error), passing=True)


def decide(
    group: Group, seen: Mapping[str, Seen], begun: Begun, pool: ThreadPoolExecutor
) -> dict[str, Ended]:
    """Confirm the deciding device, then do with the others as it did."""
    root = group.root
    for job in group.jobs:
        job.record.state("verified")
        ready = begun.ready[job.host]
        begun.ready[job.host] = replace(ready, failing=seen[job.host].failing)
    state = seen[root.host].running
    try:
        with connected(root.driver) as driver:
            driver.confirm(root.token, run=root.run, fingerprint=state.fingerprint)
        root.record.confirmed(state)
        ended = confirmed(begun.ready[root.host].failing)
    except DeviceError as error:
        # Which of the two it is, the device tells; until then no follower may be touched.
        ended = settle(root, words(error), begun.armed[root.host], verified=True)
    return {root.host: ended, **follow_suit(group, ended, begun, pool)}


def follow_suit(
    group: Group, decided: Ended, begun: Begun, pool: ThreadPoolExecutor
) -> dict[str, Ended]:
    """The followers do what the deciding device did; while that is unknown, nothing."""
    root = group.root.host
    if decided.state == "unknown":
        left = Ended("unknown", f"linked with {root}, whose state is unknown; sekayu-net resume")
        return {job.host: left for job in group.followers}
    act: Callable[[Job], Ended]
    if decided.state == "confirmed":

        def act(job: Job) -> Ended:
            return keep(job, root, begun.ready[job.host], begun.armed[job.host])
    else:

        def act(job: Job) -> Ended:
            told = f": {decided.reason}" if decided.reason else ""
            reason = f"linked with {root}, which is {decided.state}{told}"
            return settle(job, reason, begun.armed[job.host])

    jobs = [group.patient(job) for job in group.followers]
    return gather([(job, pool.submit(act, job)) for job in jobs])


def keep(job: Job, root: str, ready: Ready, begun: float) -> Ended:
    """Confirm a follower of a device that keeps the change; asked until it has to have answered."""
    pause = 0.2
    while True:
        ended = kept_once(job, root, ready)
        if isinstance(ended, Ended):
            return ended
        if job.clock() + pause > begun + job.confirm_within:
            return waiting(job, root, ended)
        job.wait(pause)
        pause = min(pause * 2, 5.0)


def kept_once(job: Job, root: str, ready: Ready) -> Ended | str:
    """One try to confirm a follower: how it ended, or what is in the way.

    What its checks say no longer counts: it is decided, and sending this end back would be the cut.
    """
    try:
        with connected(job.driver) as driver:
            pending = driver.pending()
            if pending is None or pending.token != job.token:
                ended = found(job, driver, "verified")
                if ended.state == "reverted":
                    return Ended(
                        "reverted",
                        f"{root} keeps the change, this end has gone back: "
                        f"plan both again, or sekayu-net rollback {job.run}",
                    )
                return ended
            running = read(driver, job.platform, job.seal, host=job.host)
            if not remaining(job, running).empty:
                return "read back, it does not say what was intended"
            driver.confirm(job.token, run=job.run, fingerprint=running.fingerprint)
            job.record.confirmed(running)
            return confirmed(ready.failing)
    except DeviceError as error:
        return words(error)


def waiting(job: Job, root: str, why: str) -> Ended:
    """The end of a follower that could not be confirmed yet."""
    return Ended(
        "unknown",
        f"{why}; {root} keeps the change, and {job.host} does while {root} answers: sekayu-net "
        f"resume confirms it; if it stays silent though it has power, it went back: take {root} "
        "back as well",
    )


def go_back(group: Group, reason: str, begun: Begun, pool: ThreadPoolExecutor) -> dict[str, Ended]:
    """Send all devices that were armed back; none of them is confirmed."""
    followers = [
        (job, pool.submit(settle, group.patient(job), reason, begun.armed[job.host]))
        for job in group.followers
        if job.host in begun.armed
    ]
    wait([future for _, future in followers], timeout=HEAD_START)
    root = group.root
    ended: dict[str, Ended] = {}
    if root.host in begun.armed:
        ended[root.host] = settle(root, reason, begun.armed[root.host])
    ended |= gather(followers)
    nothing = Ended("skipped", f"linked, and nothing was written: {reason}")
    return {
        job.host: ended.get(job.host, begun.refused.get(job.host, nothing)) for job in group.jobs
    }


def gather(futures: Iterable[tuple[Job, Future[Ended]]]) -> dict[str, Ended]:
    """The ends of jobs that run beside each other."""
    return {job.host: future.result() for job, future in futures}


def resume_linked(group: Group, states: Mapping[str, State]) -> dict[str, Ended]:
    """Finish a group after a crash: all keep what the deciding device keeps, else all go back.

    ``states`` are the journal's, of all devices of the group; only those that are not final are
    asked. Nothing is decided while the deciding device does not answer.
    """
    with ThreadPoolExecutor(max_workers=len(group.jobs)) as pool:
        ended = ask(group, states, pool)
    jobs = {job.host: job for job in group.jobs}
    return {host: scrubbed(jobs[host], end) for host, end in ended.items()}


def ask(group: Group, states: Mapping[str, State], pool: ThreadPoolExecutor) -> dict[str, Ended]:
    """What became of the deciding device, then the same of the others."""
    root, begun = group.root, Begun()
    open_ = [job for job in group.followers if states[job.host] not in FINAL]
    planned = [job for job in open_ if states[job.host] == "planned"]
    part = replace(group, followers=tuple(job for job in open_ if job not in planned))
    for job in group.jobs:
        begun.ready[job.host] = Ready(Guard("none", frozenset()), frozenset())
        # What goes back by itself has had its time: a silent device is asked again another day.
        begun.armed[job.host] = float("-inf")
    ended = {job.host: resume(job, "planned") for job in planned}
    if states[root.host] in FINAL:
        return ended | follow_suit(part, Ended(states[root.host]), begun, pool)
    begun.armed[root.host] = root.clock()
    decided = None
    try:
        with connected(root.driver) as driver:
            pending = driver.pending()
            if pending is None or pending.token != root.token:
                decided = found(root, driver, states[root.host])
    except UnreachableError as error:
        decided = Ended("unknown", f"{error.message}; ask again: sekayu-net resume")
    except DeviceError as error:
        decided = Ended("unknown", words(error))
    if decided is None:
        for job in part.followers:
            begun.armed[job.host] = job.clock()  # the way to them comes back with their own undo
        return ended | go_back(part, "the run ended before all were verified", begun, pool)
    return ended | {root.host: decided} | follow_suit(part, decided, begun, pool)
