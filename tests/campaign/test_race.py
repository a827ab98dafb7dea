"""A confirmation and the undo in the same moment: whoever is second finds that it is."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping

import pytest

from sekayu_net.errors import DeviceError
from sekayu_net.lab.console.interpreter import Session as Console
from sekayu_net.lab.timers import run_now
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros import guard
from sekayu_net.platforms.routeros.record import Names
from sekayu_net.platforms.routeros.session import Session
from tests.campaign.campaign import (
    CONFIRM_WITHIN,
    RUN,
    TOKEN,
    Point,
    driver,
    driver_guard,
    leftovers,
    where,
    world_of,
)
from tests.campaign.scenario import Prepared, prepare
from tests.campaign.world import CONTROLLER, USER, World

POINT = Point("move", "job+startup")
UNDO = f'/system script run "{Names(TOKEN).undo}"'


class Instant:
    """A connection whose requests take no time: they fit between two statements of another."""

    alive = True

    def __init__(self, world: World) -> None:
        self.world = world

    def run(
        self, command: str, timeout: float | None = None, *, stage: str = "", encoding: str = ""
    ) -> str:
        output: list[str] = []
        console = self.world.device.session(USER, CONTROLLER, output.append, "exec")
        run_now(self.world.device.console_line(command, console))
        return "".join(output)

    def put(
        self, files: Mapping[str, bytes], timeout: float | None = None, *, stage: str = ""
    ) -> None: ...

    def get(self, path: str, timeout: float | None = None, *, stage: str = "") -> bytes:
        return b""

    def close(self) -> None: ...


def applied() -> tuple[World, Prepared]:
    """A device on which the change waits for its confirmation."""
    prepared = prepare(POINT.scenario, POINT.version)
    world = world_of(POINT)
    made = driver(world)
    made.open()
    made.commit_change(
        prepared.change.script,
        prepared.change.inverse,
        token=TOKEN,
        revert_in=CONFIRM_WITHIN,
        guard=driver_guard(POINT),
        on_armed=lambda: None,
    )
    made.close()
    return world, prepared


def confirm(world: World) -> bool:
    """Whether it was confirmed."""

    def connect(_: Target) -> Instant:
        return Instant(world)

    session = Session(world.target, connect, clock=world.clock, wait=world.wait)
    session.open()
    try:
        guard.confirm(session, TOKEN, run=RUN, fingerprint="f00")
    except DeviceError:
        return False
    return True


def undo(world: World) -> None:
    """The undo from its first statement to its last, at once."""
    console = world.device.session(USER, "", lambda _: None, "job")
    run_now(world.device.console_line(UNDO, console))


def at(world: World, number: int, via: str, rival: Callable[[], None]) -> Callable[[], bool]:
    """Let ``rival`` act before statement ``number`` of programs of a kind; whether it did."""
    seen: list[int] = []
    acting: list[bool] = []

    def look(console: Console) -> None:
        if acting or console.via != via:
            return
        seen.append(1)
        if len(seen) == number:
            acting.append(True)
            rival()
            acting.append(True)

    world.device.at_statement = look
    return lambda: bool(acting)


def ended(world: World, prepared: Prepared, kept: bool) -> None:
    """All is as the one who confirmed was told."""
    world.device.at_statement = lambda _: None
    world.timers.advance(CONFIRM_WITHIN + 120)
    made = driver(world)
    made.open()
    made.clean()
    made.close()
    assert where(world, prepared) == ("new" if kept else "old")
    assert leftovers(world) == ()


@pytest.mark.parametrize("first", range(1, 100, 10))
def test_a_confirmation_at_any_statement_of_the_undo_is_told_the_truth(first: int) -> None:
    for number in range(first, first + 10):
        world, prepared = applied()
        told: list[bool] = []
        acted = at(world, number, "job", lambda: told.append(confirm(world)))  # noqa: B023
        world.timers.advance(CONFIRM_WITHIN + 10)
        if not acted():
            break
        ended(world, prepared, told[0])


@pytest.mark.parametrize("first", range(1, 100, 10))
def test_an_undo_at_any_statement_of_the_confirmation_is_told_the_truth(first: int) -> None:
    for number in range(first, first + 10):
        world, prepared = applied()
        acted = at(world, number, "exec", lambda: undo(world))  # noqa: B023
        kept = confirm(world)
        if not acted():
            break
        ended(world, prepared, kept)


class Baton:
    """Two programs, one statement at a time: who may go on, and for how many statements."""

    def __init__(self, schedule: list[int]) -> None:
        self._turn = threading.Condition()
        self._schedule = schedule
        self._left = schedule.pop()
        self._who = "job"
        self._over: set[str] = set()

    def __call__(self, console: Console) -> None:
        """A statement is due."""
        who = console.via
        with self._turn:
            assert self._turn.wait_for(lambda: self._mine(who), 20), "the other one hangs"
            self._left -= 1
            if self._left <= 0:
                self._who = "exec" if who == "job" else "job"
                self._left = self._schedule.pop() if self._schedule else 1_000_000
                self._turn.notify_all()

    def _mine(self, who: str) -> bool:
        return self._who == who or bool(self._over)

    def over(self, who: str) -> None:
        """A program has ended: the other one may go on."""
        with self._turn:
            self._over.add(who)
            self._turn.notify_all()


def interleaved(schedule: list[int]) -> tuple[World, Prepared, bool]:
    """Undo and confirmation by turns; whether the confirmation says that it won."""
    world, prepared = applied()
    baton = Baton(schedule)
    world.device.at_statement = baton

    def run_undo() -> None:
        world.device.programs.start_job(UNDO, world.device.session(USER, "", lambda _: None, "job"))
        baton.over("job")

    other = threading.Thread(target=run_undo, daemon=True)
    other.start()
    kept = confirm(world)
    baton.over("exec")
    other.join(20)
    assert not other.is_alive()
    return world, prepared, kept


@pytest.mark.parametrize("seed", range(10))
def test_by_turns_one_of_the_two_wins_and_the_other_knows(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(10):
        world, prepared, kept = interleaved([chance.randint(1, 25) for _ in range(8)])
        ended(world, prepared, kept)
