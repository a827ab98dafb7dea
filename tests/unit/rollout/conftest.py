"""A platform, a device and a clock small enough to be sure of: text is lines, time is a number."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from sekayu_net.errors import (
    ApplyError,
    GuardError,
    IdentityError,
    JournalError,
    PendingError,
    SecretError,
    UnreachableError,
)
from sekayu_net.plan import Expected, HostPlan, Limits, Running, plan_host
from sekayu_net.platforms.base import (
    Change,
    DiffContext,
    Difference,
    Guard,
    Operation,
    Pending,
    PingResult,
    Reading,
)
from sekayu_net.rollout.device import CheckResult, Job

HOST = "lurah-example-rtr1"
OLD = "alpha\nbeta secret=hunter22\ngamma"
NEW = "alpha\ndelta\ngamma\npath secret=correct-horse"
TOKEN = "0badcafe"


class LinesPlatform:
    """Configuration is a set of lines; a script line is ``+line`` or ``-line``."""

    name = "lines"
    guards = ("job+startup",)

    def load_ownership(self, folder: Path, role: str) -> object:
        return None

    def secrets(self, text: str) -> tuple[str, ...]:
        return tuple(
            word.removeprefix("secret=") for word in text.split() if word.startswith("secret=")
        )

    def mask(self, text: str, seal: Callable[[str], str]) -> str:
        for value in self.secrets(text):
            if not value.startswith("<"):
                text = text.replace(f"secret={value}", f"secret={seal(value)}")
        return text

    def reveal(self, text: str, unseal: Callable[[str], str]) -> str:
        for token in self.secrets(text):
            text = text.replace(token, unseal(token.removeprefix("<secret:").removesuffix(">")))
        return text

    def canonical(self, text: str) -> str:
        return "\n".join(sorted(line for line in text.split("\n") if line))

    def check(self, text: str, version: str) -> tuple[str, ...]:
        return ()

    def diff(self, running: str, intended: str, context: DiffContext) -> Change:
        now, then = set(running.split("\n")) - {""}, set(intended.split("\n")) - {""}
        plus, minus = sorted(then - now), sorted(now - then)
        management = any(line.startswith("path") for line in (*plus, *minus))
        operations = tuple(
            [Operation("add", "/lines", line, f"+{line}") for line in plus]
            + [Operation("remove", "/lines", line, f"-{line}") for line in minus]
        )
        script = "\n".join(o.statement for o in operations)
        inverse = "\n".join([f"-{line}" for line in plus] + [f"+{line}" for line in minus])
        differences = tuple(
            [Difference("missing", "/lines", line, line, None) for line in plus]
            + [Difference("extra", "/lines", line, None, line) for line in minus]
        )
        return Change(operations, script, inverse, script, intended, differences, management)

    def apply(self, text: str, script: str) -> str:
        lines = [line for line in text.split("\n") if line]
        for statement in script.split("\n"):
            line = statement[1:]
            if statement.startswith("+") and line not in lines:
                lines.append(line)
            if statement.startswith("-") and line in lines:
                lines.remove(line)
        return "\n".join(lines)


PLATFORM = LinesPlatform()


@dataclass
class Clock:
    """Seconds, moved only by waiting."""

    now: float = 1000.0
    on_wait: list[Callable[[float], None]] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> None:
        self.now += seconds
        assert self.now < 3000, "it waits for ever"
        for listener in self.on_wait:
            listener(self.now)


@dataclass
class FakeDevice:
    """A device with an undo of its own. ``faults``: names of steps that go wrong."""

    clock: Clock
    text: str = OLD
    serial: str = "SERIAL1"
    guard_kind: str = "job+startup"
    faults: set[str] = field(default_factory=set)
    token: str | None = None
    undo_at: float | None = None
    before: str = ""
    confirmed: dict[str, str] | None = None
    silent_until: float = 0.0
    sessions: int = 0
    calls: list[str] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock.on_wait.append(self.tick)

    def tick(self, now: float) -> None:
        if self.undo_at is not None and now >= self.undo_at:
            self.go_back()

    def go_back(self) -> None:
        if "undo-broken" not in self.faults:
            self.text = self.before
        self.token = self.undo_at = None
        if "cut" in self.faults:
            self.silent_until = 0.0

    def lost(self, stage: str) -> UnreachableError:
        return UnreachableError("no answer", host=HOST, stage=stage)


class FakeDriver:
    """``base.Driver`` over a ``FakeDevice``."""

    def __init__(self, device: FakeDevice) -> None:
        self.device = device

    def step(self, name: str) -> bool:
        self.device.calls.append(name)
        return name in self.device.faults

    def open(self) -> None:
        self.device.sessions += 1
        if self.device.clock() < self.device.silent_until:
            raise self.device.lost("connect")
        if self.step("open"):
            raise self.device.lost("connect")

    def close(self) -> None:
        self.device.calls.append("close")

    def check_identity(self) -> None:
        second = self.device.sessions > 1 and "other-device-later" in self.device.faults
        if self.step("identity") or second:
            raise IdentityError("the serial number is another", host=HOST, stage="identity")

    def read(self) -> Reading:
        if self.step("read") or (self.device.sessions > 1 and "read-later" in self.device.faults):
            raise self.device.lost("read")
        return Reading(
            self.device.text,
            HOST,
            self.device.serial,
            "Model",
            "1.0",
            history=("admin added a line",),
            confirmed=self.device.confirmed,
        )

    def guard(self) -> Guard:
        survives = {"session", "controller", "clock"}
        if self.device.guard_kind == "job+startup":
            survives.add("reboot")
        kind: Any = self.device.guard_kind
        return Guard(kind, frozenset(survives) if kind != "none" else frozenset())

    def preflight(self, script: str) -> None:
        if self.step("preflight"):
            raise ApplyError(f"bad line: {script}", host=HOST, stage="preflight")

    def pending(self) -> Pending | None:
        if self.step("pending"):
            return Pending("someone", "job")
        return None if self.device.token is None else Pending(self.device.token, "job+startup")

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
        device = self.device
        device.scripts.append(script)
        if self.step("arm"):
            raise GuardError("the scheduler refuses", host=HOST, stage="arm")
        if "already-pending" in device.faults:
            raise PendingError("another came first", host=HOST, stage="arm")
        device.before = device.text
        device.token, device.undo_at = token, device.clock() + revert_in
        on_armed()
        statements = script.split("\n")
        if self.step("lost-before-apply"):
            raise device.lost("apply")
        if self.step("statement"):
            device.text = PLATFORM.apply(device.text, statements[0])
            device.go_back()
            raise ApplyError(
                f"failure: already have {statements[-1]}", host=HOST, stage="apply", line=2
            )
        if self.step("lost-half"):
            device.text = PLATFORM.apply(device.text, statements[0])
            raise device.lost("apply")
        device.text = PLATFORM.apply(device.text, script)
        if "other-result" in device.faults:
            device.text += "\nsurprise"
        if "cut" in device.faults:
            device.silent_until = float("inf")
        if self.step("lost-after-apply") or "cut" in device.faults:
            raise device.lost("apply")

    def confirm(self, token: str, *, run: str, fingerprint: str) -> None:
        device = self.device
        if "confirm-refused" in device.faults:
            raise device.lost("confirm")
        assert device.token in {token, None}, "it confirms another's change"
        device.token = device.undo_at = None
        if "confirm-half" in device.faults:
            raise device.lost("confirm")
        device.confirmed = {"run": run, "fingerprint": fingerprint}
        if self.step("confirm-answer-lost"):
            raise device.lost("confirm")

    def revert(self, token: str) -> None:
        if self.step("revert"):
            raise self.device.lost("revert")
        if self.device.token == token:
            self.device.go_back()

    def clean(self) -> tuple[str, ...]:
        self.device.calls.append("clean")
        return ()

    def echo(self, address: str, *, count: int = 3) -> PingResult:
        return PingResult(count, count)

    def facts(self) -> Mapping[str, Any]:
        return {}


@dataclass
class Recorded:
    """A journal that is a list. ``full_at``: the state whose writing fails."""

    states: list[str] = field(default_factory=list)
    running: Running | None = None
    full_at: str | None = None

    def state(self, state: str, reason: str | None = None) -> None:
        if state == self.full_at:
            raise JournalError("the disk is full")
        self.states.append(state)

    def confirmed(self, running: Running) -> None:
        self.running = running


SECRETS = {"hunter22": "0000000000000001", "correct-horse": "0000000000000002"}


def seal(value: str) -> str:
    return value if value.startswith("<") else f"<secret:{SECRETS[value]}>"


def unseal(fingerprint: str) -> str:
    for value, known in SECRETS.items():
        if known == fingerprint:
            return value
    raise SecretError("no known secret has that fingerprint")


@dataclass
class Bench:
    """One device about to get one planned change."""

    clock: Clock = field(default_factory=Clock)
    record: Recorded = field(default_factory=Recorded)
    remembered: list[str] = field(default_factory=list)
    checks: list[tuple[CheckResult, ...]] = field(default_factory=list)
    silent: list[tuple[str, ...]] = field(default_factory=list)
    lost_path: str | None = None
    unguarded: bool = False

    def __post_init__(self) -> None:
        self.device = FakeDevice(self.clock)

    def expected(self) -> Expected:
        return Expected(HOST, "lines", "SERIAL1", "Model", "1.0")

    def running(self, text: str | None = None) -> Running:
        reading = FakeDriver(self.device).read()
        if text is not None:
            reading = Reading(text, HOST, self.device.serial, "Model", "1.0")
        return Running.of(reading, PLATFORM.mask(reading.config, seal), PLATFORM)

    def plan(
        self, *, intended: str = NEW, guard: Guard | None = None, limits: Limits | None = None
    ) -> HostPlan:
        allowed = frozenset({HOST}) if self.unguarded else frozenset()
        return plan_host(
            self.expected(),
            self.running(),
            PLATFORM.mask(intended, seal),
            platform=PLATFORM,
            context=DiffContext("1.0"),
            guard=guard or FakeDriver(self.device).guard(),
            limits=limits or Limits(100, allow_unguarded=allowed),
        )

    def job(self, plan: HostPlan | None = None, *, confirm_within: int = 60) -> Job:
        def checks(driver: object) -> tuple[CheckResult, ...]:
            return self.checks.pop(0) if len(self.checks) > 1 else (self.checks or [()])[0]

        def silent() -> tuple[str, ...]:
            return self.silent.pop(0) if len(self.silent) > 1 else (self.silent or [()])[0]

        return Job(
            plan=plan or self.plan(),
            run="run-1",
            token=TOKEN,
            confirm_within=confirm_within,
            platform=PLATFORM,
            context=DiffContext("1.0"),
            driver=lambda: FakeDriver(self.device),
            seal=seal,
            unseal=unseal,
            remember=self.remembered.append,
            record=self.record,
            checks=checks,
            silent=silent,
            lost_path=lambda: self.lost_path,
            clock=self.clock,
            wait=self.clock.wait,
        )

    def says_old(self) -> bool:
        return PLATFORM.canonical(self.device.text) == PLATFORM.canonical(OLD)

    def says_new(self) -> bool:
        return PLATFORM.canonical(self.device.text) == PLATFORM.canonical(NEW)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def fakes() -> ModuleType:
    """This module's classes, for the conftest of a folder below."""
    return sys.modules[__name__]
