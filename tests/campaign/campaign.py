"""One point of the fault campaign: a deployment, a strike, then ``resume``; and its judgement.

The deployment is the rollout's own (``rollout.device``) with the RouterOS driver; only the
connection and the seconds are the campaign's.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from sekayu_net.errors import DeviceError
from sekayu_net.journal import FINAL, State
from sekayu_net.lab.console.interpreter import Session as Console
from sekayu_net.plan import Running, guard_refusal
from sekayu_net.platforms.base import Driver, Guard, GuardKind
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.record import Names
from sekayu_net.platforms.routeros.session import Session
from sekayu_net.rollout.device import CheckResult, Ended, Job, attempt, resume
from tests.campaign.scenario import BASE, CONFIRM_WITHIN, VAULT, Prepared, export, prepare, running
from tests.campaign.world import GATEWAY, USER, Killed, Strike, World

TOKEN = "a1b2c3d4e5f60718"
RUN = "20260101T000000Z-0001"
#: The release whose device is struck unless a point says another.
VERSION = "7.20.1"
#: Seconds after which everything on a device that fires by itself has fired.
QUIET = CONFIRM_WITHIN + 120.0
#: Each kind of undo and the device that offers it as its best.
DEVICES: dict[GuardKind, dict[str, Any]] = {
    "job+startup": {},
    "job": {"device_mode": "home", "flash_folder": True},
    "scheduler": {"background": False},
}


@dataclass
class Entry:
    """The journal of one device: what is recorded before each deed survives the controller."""

    states: list[State] = field(default_factory=lambda: ["planned"])
    kept: list[Running] = field(default_factory=list)

    def state(self, state: State, reason: str | None = None) -> None:
        """Recorded."""
        self.states.append(state)

    def confirmed(self, running: Running) -> None:
        """Left so on purpose."""
        self.kept.append(running)


@dataclass(frozen=True, slots=True)
class Result:
    """How one point ended.

    ``journal``: the recorded state. ``device``: ``old``, ``new`` or ``half``. ``left``: what of
    the tool is still there. ``before``: the device as ``resume`` found it. ``wrong``: what must
    not be, empty when all is well. ``lost``: someone had to go there, as the kind of undo said.
    """

    event: str
    journal: State
    reason: str
    device: str
    left: tuple[str, ...]
    before: str
    wrong: tuple[str, ...]
    lost: bool = False


def driver(world: World) -> Driver:
    """A driver that reaches the device through the world."""
    made = RouterOSDriver.for_target(world.target)
    made.session = Session(made.target, world.connect, clock=world.clock, wait=world.wait)
    return made


def job(world: World, prepared: Prepared, guard: Guard, entry: Entry) -> Job:
    """What the rollout would give its state machine."""
    plan = prepared.plan(running(prepared.old), guard, unguarded=True)

    def checks(device: Driver) -> tuple[CheckResult, ...]:
        return (CheckResult("gateway", device.echo(GATEWAY).received > 0),)

    return Job(
        plan=plan,
        run=RUN,
        token=TOKEN,
        confirm_within=CONFIRM_WITHIN,
        platform=ROUTEROS,
        context=prepared.context,
        driver=lambda: driver(world),
        seal=VAULT.seal,
        unseal=VAULT.unseal,
        remember=lambda _: None,
        record=entry,
        checks=checks,
        silent=tuple,
        lost_path=lambda: None,
        clock=world.clock,
        wait=world.wait,
    )


def leftovers(world: World) -> tuple[str, ...]:
    """Everything of the tool on the device but its memory of the last confirmed run."""
    device = world.device
    names = [
        f"{menu} {item.get('name')}"
        for menu in ("/system script", "/system scheduler")
        for item in device.items(menu)
    ]
    names += [f"/file {file.name}" for file in device.files.listing()]
    names += [f"job {each.script}" for each in device.programs.jobs.values()]
    return tuple(
        name
        for name in names
        if re.search(r"sekayu-", name) and name != "/system script sekayu-confirmed"
    )


def where(world: World, prepared: Prepared) -> str:
    """Which of the two states the device is in."""
    text = export(world)
    return "old" if text == prepared.old else "new" if text == prepared.new else "half"


def guarded(act: Callable[[], Ended]) -> Ended | None:
    """None when the controller was killed meanwhile."""
    try:
        return act()
    except Killed:
        return None


@dataclass(frozen=True, slots=True)
class Point:
    """What is tried: a scenario under a kind of undo, struck. ``late``: resume comes after all
    has become quiet, not at once.
    """

    scenario: str
    kind: GuardKind
    strike: Strike | None = None
    late: bool = False
    version: str = VERSION


def world_of(point: Point) -> World:
    """The device before the deployment."""
    world = World(version=point.version, strike=point.strike, **DEVICES[point.kind])
    world.device.import_script(BASE)
    world.events.clear()
    return world


def run(point: Point) -> tuple[Result, World]:
    """Deploy, strike, let the time pass, resume, judge."""
    prepared = prepare(point.scenario, point.version)
    world = world_of(point)
    entry = Entry()
    guard = driver_guard(point)
    first = guarded(lambda: attempt(job(world, prepared, guard, entry)))
    if first is not None:
        entry.state(first.state, first.reason)
    reason = first.reason or "" if first is not None else "killed"
    events = list(world.events)
    world.dead, world.strike = False, None
    wait = QUIET if point.late else 2.0
    if point.strike is not None:
        wait = max(wait, point.strike.seconds + 5.0)
    world.timers.advance(wait)
    before = where(world, prepared)
    for _ in range(4):
        if entry.states[-1] in FINAL:
            break
        ended = resume(job(world, prepared, guard, entry), entry.states[-1])
        entry.state(ended.state, ended.reason)
        reason += f" → {ended.reason}"
        world.timers.advance(30.0)
    if first is not None and first.state == "unreachable":
        next_contact(world)
    world.timers.advance(QUIET)
    struck = events[point.strike.at] if point.strike and point.strike.at < len(events) else ""
    alone = point.late and survives(point) and before != "old"
    lost = said_to_be_lost(point, world, prepared)
    if lost:
        mend_on_site(world, prepared, guard, entry)
    result = judge(world, prepared, entry, before, struck, reason)
    if alone and (before == "half" or entry.states[-1] != "confirmed"):
        result = replace(result, wrong=(*result.wrong, "it did not go back by itself"))
    return replace(result, lost=lost), world


def next_contact(world: World) -> None:
    """What the next run does first on a device that was out of reach."""
    made = driver(world)
    try:
        made.open()
        made.clean()
    except DeviceError:
        pass  # it stays out of reach: the judgement says so
    finally:
        made.close()


def driver_guard(point: Point) -> Guard:
    """What the driver says of that device: it must be the kind that the point is about."""
    return offered(point.kind, point.version)


@cache
def offered(kind: GuardKind, version: str) -> Guard:
    """The best undo of a device; ``AssertionError`` when it is not ``kind``."""
    world = World(version=version, **DEVICES[kind])
    world.device.import_script(BASE)
    made = driver(world)
    made.open()
    guard = made.guard()
    made.close()
    if guard.kind != kind:
        raise AssertionError(f"the device offers {guard.kind}, not {kind}: {guard.reason}")
    return guard


def survives(point: Point) -> bool:
    """Whether the undo outlives what strikes: then a device left alone goes back by itself."""
    reboots = point.strike is not None and point.strike.kind in ("reboot", "power")
    return not reboots or "reboot" in driver_guard(point).survives


def said_to_be_lost(point: Point, world: World, prepared: Prepared) -> bool:
    """A reboot wiped the undo of a change of the management path that cut the device off.

    As said: the kind does not survive a reboot, and the engine refuses such a change under it
    unless the operator names the device.
    """
    if point.strike is None or point.strike.kind not in ("reboot", "power"):
        return False
    guard = driver_guard(point)
    refused = guard_refusal(guard, management_path=prepared.change.management_path) is not None
    return refused and "reboot" not in guard.survives and not world.passes()


def mend_on_site(world: World, prepared: Prepared, guard: Guard, entry: Entry) -> None:
    """What someone on site does for a device that is lost as said: run the undo by hand."""
    world.device.programs.start_job(
        f'/system script run "{Names(TOKEN).undo}"',
        Console(world.device, user=USER, policies=world.device.policies(USER), via="job"),
    )
    world.timers.advance(QUIET)
    ended = resume(job(world, prepared, guard, entry), entry.states[-1])
    entry.state(ended.state, ended.reason)


def judge(
    world: World,
    prepared: Prepared,
    entry: Entry,
    before: str,
    struck: str,
    reason: str,
) -> Result:
    """All that must hold at the end."""
    state, device, left = entry.states[-1], where(world, prepared), leftovers(world)
    expected = {"confirmed": "new"}.get(state, "old")
    faults = {
        "half": device == "half",
        f"the journal says {state}, the device is {device}": device not in (expected, "half"),
        "out of reach": not world.passes(),
        "leftovers": bool(left),
        "not final": state not in FINAL,
        "no word of its undo": not prepared.change.inverse,
    }
    wrong = tuple(what for what, is_so in faults.items() if is_so)
    return Result(struck, state, reason, device, left, before, wrong)
