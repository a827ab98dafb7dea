"""Two devices that change together, on a clock moved by hand: what one decides the other follows.

There is no controller here but the deeds that it did before it was killed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.environment import Isolated
from sekayu_net.lab.timers import ManualTimers
from sekayu_net.platforms.base import Follow
from sekayu_net.platforms.routeros import following, undo
from sekayu_net.platforms.routeros.record import Names, Record

ANCHOR = "10.62.0.1"
WINDOW = 60
FOLLOW = Follow(anchor=ANCHOR, delay=5, patience=30, window=WINDOW + 60)
OLD, NEW = "vlan-id=1001", "vlan-id=2001"
CHANGE = "/interface vlan set [find where name=link] {}\n"
#: Long after everything that a device does by itself.
LONG = 1000.0


class Cable(Isolated):
    """The anchor answers while both ends have the same VLAN and the cable is whole."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    def ping(
        self, device: Any, address: str, *, source: str | None = None, interface: str | None = None
    ) -> bool:
        return address == ANCHOR and self.pair.whole and self.pair.agree


class Pair:
    """The deciding end and the one that follows."""

    def __init__(self) -> None:
        self.whole = True
        self.timers = ManualTimers()
        self.near, self.far = self.device("near"), self.device("far")

    def device(self, name: str) -> LabDevice:
        device = LabDevice(
            name,
            model="RB5009UG+S+IN",
            version="7.20.1",
            serial="HMM0BDDPJAM",
            ports=("ether1",),
            environment=Cable(self),
            timers=self.timers,
        )
        device.import_script(f"/interface vlan add interface=ether1 name=link {OLD}\n")
        return device

    @property
    def agree(self) -> bool:
        return self.says(self.near) == self.says(self.far)

    def says(self, device: LabDevice) -> str:
        if not device.up:
            return f"{device.name} is dark"
        return next(f"vlan-id={item.get('vlan-id')}" for item in device.items("/interface vlan"))

    def arm(self, device: LabDevice, follow: Follow | None, *, script: str = "") -> None:
        names = Names("a1b2c3d4" if follow else "b1b2c3d4")
        record = Record("armed", names.token, "job+startup")
        triggers = None if follow is None else following.triggers(names, record, follow)
        texts = {
            names.file: script or CHANGE.format(NEW),
            names.undo_file: undo.inverse_file(CHANGE.format(OLD), record),
        }
        for path, text in texts.items():
            device.files.write(path, text.encode())
        device.import_script(
            undo.arm_file(
                names, record, revert_in=WINDOW, version=device.version, triggers=triggers
            )
        )

    def apply_near(self) -> None:
        self.near.execute(undo.start(Names("b1b2c3d4"), "sekayu-b1b2c3d4-apply", "job+startup"))

    def confirm(self, device: LabDevice, token: str) -> None:
        """What a confirm does up to the moment that decides."""
        record = Record("confirmed", token, "job+startup", run="r", fingerprint="f")
        device.execute(undo.claim(Names(token), record))

    def record(self, device: LabDevice) -> str:
        found = [i for i in device.items("/system script") if i.get("name") == "sekayu-pending"]
        return found[0].get("comment").split()[0] if found else ""

    def entries(self, device: LabDevice) -> Sequence[str]:
        return [i.get("name") for i in device.items("/system scheduler")]


@pytest.fixture
def pair() -> Pair:
    return Pair()


def test_both_ends_take_up_the_new_terms_by_themselves(pair) -> None:
    pair.arm(pair.near, None)
    pair.arm(pair.far, FOLLOW)
    pair.apply_near()
    pair.timers.advance(20)
    assert (pair.says(pair.near), pair.says(pair.far)) == (NEW, NEW)


#: The controller's deeds in their order: after any of them it may be killed.
DEEDS: tuple[tuple[str, Callable[[Pair], None], float], ...] = (
    ("arm near", lambda pair: pair.arm(pair.near, None), 3),
    ("arm far", lambda pair: pair.arm(pair.far, FOLLOW), 1),
    ("apply near", Pair.apply_near, 25),
    ("confirm near", lambda pair: pair.confirm(pair.near, "b1b2c3d4"), 1),
    ("confirm far", lambda pair: pair.confirm(pair.far, "a1b2c3d4"), 1),
)
#: What happens meanwhile, and when: seconds after the last deed.
EVENTS: dict[str, Callable[[Pair], None]] = {
    "nothing": lambda pair: None,
    "the far end reboots": lambda pair: pair.far.reboot(),
    "the near end reboots": lambda pair: pair.near.reboot(),
}
#: With a kill before this deed everything goes back, from it on everything is kept.
DECISION = 4


@pytest.mark.parametrize("seconds", [1, 10, 50, 65, 100])
@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("deeds", range(1, len(DEEDS) + 1))
def test_a_killed_controller_leaves_both_ends_in_one_state(pair, deeds, event, seconds) -> None:
    for _, deed, wait in DEEDS[:deeds]:
        deed(pair)
        pair.timers.advance(wait)
    pair.timers.advance(seconds)
    EVENTS[event](pair)
    pair.timers.advance(LONG)
    wanted = NEW if deeds >= DECISION else OLD
    assert (pair.says(pair.near), pair.says(pair.far)) == (wanted, wanted)


def test_a_far_end_that_rejects_a_statement_goes_back_before_its_window_is_over(pair) -> None:
    pair.arm(pair.near, None)
    pair.arm(pair.far, FOLLOW, script=CHANGE.format(NEW) + "/interface vlan add nonsense=1\n")
    pair.apply_near()
    pair.timers.advance(20)
    assert pair.record(pair.far) == "state=reverted"
    assert pair.says(pair.far) == OLD
    pair.timers.advance(LONG)
    assert (pair.says(pair.near), pair.says(pair.far)) == (OLD, OLD)


def test_a_link_that_never_comes_up_is_given_up_after_patience(pair) -> None:
    pair.arm(pair.far, FOLLOW)
    pair.timers.advance(FOLLOW.delay + 2)
    assert pair.says(pair.far) == NEW
    pair.timers.advance(FOLLOW.patience * 2)
    assert (pair.says(pair.far), pair.record(pair.far)) == (OLD, "state=reverted")


def test_a_link_that_is_down_for_a_moment_when_the_window_ends_does_not_undo(pair) -> None:
    for _, deed, wait in DEEDS[:DECISION]:
        deed(pair)
        pair.timers.advance(wait)
    pair.timers.advance(FOLLOW.window - 40)
    pair.whole = False
    pair.timers.advance(40)
    pair.whole = True
    pair.timers.advance(LONG)
    assert (pair.says(pair.near), pair.says(pair.far)) == (NEW, NEW)


def test_what_was_kept_survives_a_reboot(pair) -> None:
    for _, deed, wait in DEEDS[:DECISION]:
        deed(pair)
        pair.timers.advance(wait)
    pair.timers.advance(LONG)
    assert pair.entries(pair.far) == []
    assert pair.record(pair.far) == "state=applied"
    pair.whole = False
    pair.far.reboot()
    pair.timers.advance(LONG)
    assert pair.says(pair.far) == NEW


def test_a_follower_that_goes_back_is_not_rebooted_by_its_silent_link(pair) -> None:
    pair.arm(pair.far, FOLLOW)
    pair.whole = False
    pair.timers.advance(LONG)
    assert "stage-two" not in pair.record(pair.far)
    assert pair.far.up


def test_an_anchor_that_is_no_address_is_refused(pair) -> None:
    with pytest.raises(ValueError, match="no address"):
        pair.arm(pair.far, Follow("[/quit]", 1, 1, 1))
