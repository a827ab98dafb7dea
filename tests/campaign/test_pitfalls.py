"""Known pitfalls of undoing a change on such a device, each on a device that has it."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import ApplyError, DeviceError, GuardError
from sekayu_net.lab import live
from sekayu_net.lab.device import Quirks
from sekayu_net.lab.views import View
from sekayu_net.platforms.base import Driver, GuardKind
from sekayu_net.platforms.routeros.record import Names
from sekayu_net.platforms.routeros.undo import POLICIES
from tests.campaign.campaign import (
    CONFIRM_WITHIN,
    DEVICES,
    RUN,
    TOKEN,
    driver,
    leftovers,
    where,
)
from tests.campaign.scenario import BASE, Prepared, prepare
from tests.campaign.world import BOOT, USER, World

#: What moves a clock within the window, in seconds: a zone, a first NTP answer, a step back.
JUMPS = (7 * 3600.0, 56 * 365 * 86400.0, -86400.0)


def site(**made: Any) -> World:
    """A device in its old state."""
    world = World(**made)
    world.device.import_script(BASE)
    return world


def opened(world: World) -> Driver:
    made = driver(world)
    made.open()
    return made


def pushed(
    world: World, scenario: str = "plain", *, extra: str = "", token: str = TOKEN
) -> Prepared:
    """Push a scenario's change under the undo that the device offers; it waits then."""
    prepared = prepare(scenario, world.version)
    made = opened(world)
    made.commit_change(
        extra + prepared.change.script,
        prepared.change.inverse,
        token=token,
        revert_in=CONFIRM_WITHIN,
        guard=made.guard(),
        on_armed=lambda: None,
    )
    made.close()
    return prepared


def cleaned(world: World) -> tuple[str, ...]:
    """What is left after a controller came by."""
    opened(world).clean()
    return leftovers(world)


@pytest.mark.parametrize("uptime", [1.0, 29.0, 59.0, 61.0, 3601.0])
@pytest.mark.parametrize("kind", DEVICES)
def test_the_undo_fires_in_its_time_however_long_the_device_is_up(
    kind: GuardKind, uptime: float
) -> None:
    """An interval on a grid that begins at boot would fire early."""
    world = site(**DEVICES[kind])
    world.timers.advance(uptime)
    prepared = pushed(world)
    world.timers.advance(CONFIRM_WITHIN - 10)
    assert where(world, prepared) == "new"
    world.timers.advance(20)
    assert where(world, prepared) == "old"
    assert cleaned(world) == ()


@pytest.mark.parametrize("jump", JUMPS)
@pytest.mark.parametrize("kind", ["job+startup", "job"])
def test_a_moved_clock_moves_no_undo(kind: GuardKind, jump: float) -> None:
    world = site(**DEVICES[kind])
    prepared = pushed(world)
    world.device.clock.jump(jump)
    world.timers.advance(CONFIRM_WITHIN - 10)
    assert where(world, prepared) == "new"
    world.timers.advance(20)
    assert where(world, prepared) == "old"


def test_a_change_of_the_zone_fires_no_undo_and_stops_none() -> None:
    world = site()
    extra = "/system clock set time-zone-name=UTC\n/system clock set time-zone-name=Asia/Jakarta\n"
    prepared = pushed(world, extra=extra)
    world.timers.advance(CONFIRM_WITHIN - 10)
    assert where(world, prepared) == "new"
    world.timers.advance(20)
    assert where(world, prepared) == "old"


def test_a_change_of_the_zone_is_refused_under_a_timed_entry() -> None:
    world = site(background=False)
    with pytest.raises(GuardError, match="clock"):
        pushed(world, extra="/system clock set time-zone-name=UTC\n")
    assert where(world, prepare("plain", world.version)) == "old"
    assert leftovers(world) == ()


def test_a_clock_that_will_be_set_by_ntp_carries_no_timed_entry() -> None:
    world = site(background=False)
    world.device.import_script("/system ntp client set enabled=yes servers=10.0.0.9\n")
    guard = opened(world).guard()
    assert guard.kind == "none"
    assert "not settled" in str(guard.reason)


@pytest.mark.parametrize("reboot", [False, True])
def test_a_device_that_lives_in_1970_goes_back_too(reboot: bool) -> None:
    world = site()
    world.device.clock.jump(-56 * 365 * 86400.0)
    prepared = pushed(world)
    if reboot:
        world.device.reboot()
    world.timers.advance(CONFIRM_WITHIN + 10)
    assert where(world, prepared) == "old"
    assert cleaned(world) == ()


@pytest.mark.parametrize("missing", POLICIES)
def test_a_user_whose_rights_do_not_do_gets_no_undo(missing: str) -> None:
    held = ",".join(["ssh", *(each for each in POLICIES if each != missing)])
    world = site()
    world.device.import_script(
        f"/user group add name=small policy={held}\n/user set [find name={USER}] group=small\n"
    )
    made = opened(world)
    try:
        guard = made.guard()
    except DeviceError:
        return  # it can't even be asked: nothing is written
    assert guard.kind == "none"
    assert missing in str(guard.reason)


@pytest.mark.parametrize("parses_first", [True, False])
@pytest.mark.parametrize("bad", ["/ip nonsense add\n", "/ip address add interface=nowhere\n"])
@pytest.mark.parametrize("line", range(1, 6))
def test_an_import_that_stops_in_its_middle_is_undone_at_once(
    line: int, bad: str, parses_first: bool
) -> None:
    world = site(version="7.15.3", quirks=Quirks(import_parses_first=parses_first))
    prepared = prepare("plain", world.version)
    lines = prepared.change.script.splitlines(keepends=True)
    script = "".join([*lines[: line - 1], bad, *lines[line - 1 :]])
    made = opened(world)
    with pytest.raises(ApplyError) as caught:
        made.commit_change(
            script,
            prepared.change.inverse,
            token=TOKEN,
            revert_in=CONFIRM_WITHIN,
            guard=made.guard(),
            on_armed=lambda: None,
        )
    assert caught.value.line == line
    assert where(world, prepared) == "old"
    assert leftovers(world) == ()


def test_files_that_must_outlive_a_reboot_do() -> None:
    world = site(flash_folder=True)
    prepared = pushed(world)
    world.device.reboot()
    world.timers.advance(BOOT + 20)
    assert where(world, prepared) == "old"
    assert cleaned(world) == ()


@pytest.mark.parametrize("step", range(1, 30))
def test_a_flash_that_is_full_from_any_request_of_arming_on_changes_nothing(step: int) -> None:
    world = site()
    prepared = prepare("plain", world.version)
    made = opened(world)
    guard = made.guard()
    seen: list[str] = []
    event = world.event

    def fill(label: str) -> None:
        seen.append(label)
        if len(seen) == step:
            world.device.faults.flash_full = True
        event(label)

    world.event = fill  # type: ignore[method-assign]
    armed: list[bool] = []
    try:
        made.commit_change(
            prepared.change.script,
            prepared.change.inverse,
            token=TOKEN,
            revert_in=CONFIRM_WITHIN,
            guard=guard,
            on_armed=lambda: armed.append(True),
        )
    except DeviceError:
        assert armed == []
    world.device.faults.flash_full = False
    world.timers.advance(CONFIRM_WITHIN + 10)
    assert where(world, prepared) == "old"
    assert cleaned(world) == ()


def test_what_an_earlier_run_left_is_taken_away_before_the_next_arms() -> None:
    world = site()
    old = Names("00ff00ff00ff00ff")
    world.device.import_script(
        f'/system script add name={old.undo} source="/system identity set name=wrong"\n'
        f"/system scheduler add name={old.stem} start-time=startup "
        f'on-event="/system script run {old.undo}"\n'
    )
    world.device.files.write(old.file, b"x")
    pushed(world)
    assert not [name for name in leftovers(world) if old.token in name]


def test_the_undo_of_an_earlier_run_leaves_the_change_of_another_alone() -> None:
    world = site()
    pushed(world, token="00ff00ff00ff00ff")
    kept = {
        item.get("name"): dict(item.values)
        for item in world.device.items("/system script")
        if "00ff00ff00ff00ff-undo" in item.get("name")
    }
    opened(world).confirm("00ff00ff00ff00ff", run=RUN, fingerprint="f00")
    made = opened(world)
    made.commit_change(
        "/system note set note=second\n",
        "/system note set note=first\n",
        token=TOKEN,
        revert_in=CONFIRM_WITHIN,
        guard=made.guard(),
        on_armed=lambda: None,
    )
    ((name, values),) = kept.items()
    source = values["source"].replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    text = source.replace("\n", "\\n")
    world.device.import_script(f'/system script add name={name} source="{text}"\n')
    console = f'/system script run "{name}"'
    world.device.execute(console, user=USER)
    waiting = made.pending()
    assert waiting is not None
    assert waiting.token == TOKEN
    made.confirm(TOKEN, run=RUN, fingerprint="f01")
    assert world.device.settings("/system note")["note"] == "second"


def test_a_device_that_forbids_the_scheduler_gets_a_job_alone_and_says_so() -> None:
    guard = opened(site(device_mode="home")).guard()
    assert (guard.kind, "reboot" in guard.survives) == ("job", False)
    assert "device-mode" in str(guard.reason)


def test_a_flagged_device_gets_a_job_alone_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    mode = live.device_mode
    monkeypatch.setitem(
        live._LIVE,
        "/system device-mode",
        lambda device: [View("", None, mode(device) | {"flagged": True})],
    )
    guard = opened(site()).guard()
    assert (guard.kind, "reboot" in guard.survives) == ("job", False)
    assert "flagged" in str(guard.reason)


def test_a_device_that_refuses_the_entry_although_it_offered_it_is_not_changed() -> None:
    world = site()
    made = opened(world)
    guard = made.guard()
    world.device.faults.scheduler_forbidden = True
    with pytest.raises(GuardError, match="device-mode"):
        made.commit_change(
            "/system note set note=second\n",
            "/system note set note=first\n",
            token=TOKEN,
            revert_in=CONFIRM_WITHIN,
            guard=guard,
            on_armed=lambda: None,
        )
    assert where(world, prepare("plain", world.version)) == "old"
    assert leftovers(world) == ()
