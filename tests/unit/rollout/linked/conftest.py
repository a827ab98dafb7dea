"""Two fake devices with a link between them: dead while only one end has the new terms."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import pytest

from sekayu_net.errors import GuardError, JournalError
from sekayu_net.platforms.base import DiffContext, Follow, Guard
from sekayu_net.rollout.device import Job
from sekayu_net.rollout.linked import Group

NEAR, FAR = "near-rtr1", "far-rtr1"
OLD, NEW = "link 1", "link 2"


class KilledError(Exception):
    """The controller is gone. Nothing of it reaches a device again."""


@dataclass
class End:
    """One end: its state, what it has armed, and when that acts."""

    name: str
    pair: Pair
    text: str = OLD
    token: str | None = None
    applied: bool = False
    apply_at: float | None = None
    patience_at: float | None = None
    ask_at: float | None = None
    undo_at: float | None = None
    confirmed: dict[str, str] | None = None
    faults: set[str] = field(default_factory=set)

    def tick(self, now: float) -> None:
        if self.apply_at is not None and now >= self.apply_at:
            self.apply_at = None
            if "statement" in self.faults:
                self.go_back()
            else:
                self.text, self.applied = NEW, True
        if self.patience_at is not None and self.applied and self.pair.whole:
            self.patience_at = None  # the link came up
        for name in ("patience_at", "ask_at"):
            at = getattr(self, name)
            if at is not None and now >= at:
                setattr(self, name, None)
                if not (self.applied and self.pair.whole):
                    self.go_back()
        if self.undo_at is not None and now >= self.undo_at:
            self.go_back()

    def go_back(self) -> None:
        self.text, self.applied = OLD, False
        self.disarm()

    def disarm(self) -> None:
        self.token = self.apply_at = self.patience_at = self.ask_at = self.undo_at = None


class Pair:
    """Both ends, a clock, and a controller that may be killed at its n-th step."""

    killed = KilledError

    def __init__(self, fakes: ModuleType) -> None:
        self.fakes = fakes
        self.clock = fakes.Clock()
        self.cable = True
        self.near, self.far = End(NEAR, self), End(FAR, self)
        self.lock = threading.RLock()
        self.clock.on_wait.append(self.tick)
        self.steps = 0
        self.kill_at: int | None = None
        self.states: dict[str, str] = {NEAR: "planned", FAR: "planned"}
        self.kept: set[str] = set()

    @property
    def whole(self) -> bool:
        return self.cable and self.near.text == self.far.text

    def tick(self, now: float) -> None:
        with self.lock:
            for end in (self.near, self.far):
                end.tick(now)

    def step(self) -> None:
        """Something that the controller does; from the n-th on it does nothing any more."""
        with self.lock:
            self.steps += 1
            if self.kill_at is not None and self.steps >= self.kill_at:
                raise KilledError
            self.clock.now += 0.1
            self.tick(self.clock.now)

    def pass_time(self, seconds: float) -> None:
        for _ in range(int(seconds)):
            self.clock.now += 1
            self.tick(self.clock.now)

    def texts(self) -> tuple[str, str]:
        return self.near.text, self.far.text

    def group(self, confirm_within: int = 60) -> Group:
        return Group(
            root=self.job(self.near, confirm_within),
            followers=(self.job(self.far, confirm_within),),
            anchor="10.62.0.1",
            levels={FAR: 1},
        )

    def job(self, end: End, confirm_within: int) -> Job:
        fakes = self.fakes
        bench = fakes.Bench(clock=self.clock)
        reading = fakes.Reading(OLD, end.name, "SERIAL1", "Model", "1.0")
        running = fakes.Running.of(reading, OLD, fakes.PLATFORM)
        plan = fakes.plan_host(
            fakes.Expected(end.name, "lines", "SERIAL1", "Model", "1.0"),
            running,
            NEW,
            platform=fakes.PLATFORM,
            context=DiffContext("1.0"),
            guard=GUARD,
            limits=fakes.Limits(100),
        )
        del bench
        return Job(
            plan=plan,
            run="run-1",
            token=f"{end.name}-token",
            confirm_within=confirm_within,
            platform=fakes.PLATFORM,
            context=DiffContext("1.0"),
            driver=lambda: LinkDriver(self, end),
            seal=fakes.seal,
            unseal=fakes.unseal,
            remember=lambda value: None,
            record=LinkRecord(self, end.name),
            checks=lambda driver: (),
            silent=tuple,
            lost_path=lambda: None,
            clock=self.clock,
            wait=self.clock.wait,
        )


GUARD = Guard("job+startup", frozenset({"session", "controller", "clock", "reboot"}))


@dataclass
class LinkRecord:
    """The journal's part of one end."""

    pair: Pair
    host: str

    def state(self, state: str, reason: str | None = None) -> None:
        self.pair.step()
        if f"journal at {state}" in self.pair.near.faults:
            raise JournalError("the disk is full")
        self.pair.states[self.host] = state

    def confirmed(self, running: Any) -> None:
        self.pair.step()
        self.pair.kept.add(self.host)


class LinkDriver:
    """``base.Driver`` and ``base.FollowingDriver``: the far end answers over the link alone."""

    def __init__(self, pair: Pair, end: End) -> None:
        self.pair = pair
        self.end = end

    def act(self, stage: str) -> None:
        self.pair.step()
        cut = self.end is self.pair.far and not self.pair.whole
        if cut or f"lost at {stage}" in self.end.faults:
            raise self.pair.fakes.UnreachableError("no answer", host=self.end.name, stage=stage)

    def open(self) -> None:
        self.act("connect")

    def close(self) -> None:
        pass

    def check_identity(self) -> None:
        self.act("identity")

    def read(self) -> Any:
        self.act("read")
        end = self.end
        return self.pair.fakes.Reading(
            end.text, end.name, "SERIAL1", "Model", "1.0", confirmed=end.confirmed
        )

    def guard(self) -> Guard:
        return GUARD

    def preflight(self, script: str) -> None:
        self.act("preflight")
        if "preflight" in self.end.faults:
            raise self.pair.fakes.ApplyError("bad line", host=self.end.name, stage="preflight")

    def pending(self) -> Any:
        self.act("pending")
        token = self.end.token
        return None if token is None else self.pair.fakes.Pending(token, "job+startup")

    def commit_change(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        revert_in: int,
        guard: Guard,
        on_armed: Callable[[], None],
    ) -> None:
        self.act("arm")
        self.refuse_arming()
        end = self.end
        end.token, end.undo_at = token, self.pair.clock() + revert_in
        try:
            on_armed()
        except BaseException as error:
            if not isinstance(error, KilledError):
                end.disarm()
            raise
        self.act("apply")
        if "statement" in end.faults:
            end.go_back()
            raise self.pair.fakes.ApplyError("failure: rejected", host=end.name, stage="apply")
        end.text, end.applied = NEW, True
        self.act("applied")

    def commit_following(
        self,
        script: str,
        inverse: str,
        *,
        token: str,
        guard: Guard,
        follow: Follow,
        on_armed: Callable[[], None],
    ) -> None:
        self.act("arm")
        self.refuse_arming()
        now = self.pair.clock()
        end = self.end
        end.token, end.apply_at = token, now + follow.delay
        end.patience_at = now + follow.delay + follow.patience
        end.ask_at = now + follow.delay + follow.window
        on_armed()
        self.act("armed")

    def refuse_arming(self) -> None:
        if "arm" in self.end.faults:
            raise GuardError("the scheduler refuses", host=self.end.name, stage="arm")

    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        self.act("confirm")
        end = self.end
        if end.token != token:
            raise self.pair.fakes.ApplyError("too late", host=end.name, stage="confirm")
        end.disarm()
        end.confirmed = {"run": run, "fingerprint": fingerprint}
        self.act("confirmed")

    def revert(self, token: str) -> None:
        self.act("revert")
        if self.end.token == token:
            self.end.go_back()

    def clean(self) -> tuple[str, ...]:
        self.act("clean")
        return ()


@pytest.fixture
def pair(fakes: ModuleType) -> Pair:
    return Pair(fakes)
