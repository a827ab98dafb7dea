"""Faults by name: what each sets, and which names are refused."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.faults import KINDS, set_fault


class Network:
    def __init__(self) -> None:
        self.down: set[str] = set()

    def set_link(self, name: str, *, up: bool) -> None:
        (self.down.discard if up else self.down.add)(name)


class Device:
    def __init__(self) -> None:
        self.power = True
        self.boots = 0
        self.faults = SimpleNamespace(
            latency=0.0,
            slow=0.0,
            garbage=False,
            session_loss_after=None,
            reboot_at_statement=None,
            flash_full=False,
            scheduler_forbidden=False,
            host_key=None,
            serial=None,
            reject_statement=None,
        )

    def power_off(self) -> None:
        self.power = False

    def power_on(self) -> None:
        self.power = True

    def reboot(self) -> None:
        self.boots += 1


@pytest.fixture
def lab() -> Any:
    names = ("lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1")
    return SimpleNamespace(devices={name: Device() for name in names}, network=Network())


HOST = "lurah-kayu-ara-rtr1"
#: kind, what is given, the field of the device's faults, what it then holds
FIELDS = [
    ("latency", None, "latency", 0.3),
    ("latency", "0.05", "latency", 0.05),
    ("slow", "4", "slow", 4.0),
    ("garbage", None, "garbage", True),
    ("session-loss", "77", "session_loss_after", 77),
    ("reboot-at-statement", "3", "reboot_at_statement", 3),
    ("flash-full", None, "flash_full", True),
    ("scheduler-forbidden", None, "scheduler_forbidden", True),
    ("serial", "HEXOTHER", "serial", "HEXOTHER"),
    ("reject", "vlan-filtering", "reject_statement", "vlan-filtering"),
]


@pytest.mark.parametrize(("kind", "given", "field", "holds"), FIELDS)
def test_a_fault_is_set_on_its_device_alone_and_taken_back(
    lab: Any, kind: str, given: str | None, field: str, holds: object
) -> None:
    before = {name: vars(device.faults).copy() for name, device in lab.devices.items()}
    set_fault(lab, HOST, kind, given)
    assert getattr(lab.devices[HOST].faults, field) == holds
    assert vars(lab.devices["lurah-kayu-ara-ap1"].faults) == before["lurah-kayu-ara-ap1"]
    set_fault(lab, HOST, kind, clear=True)
    assert vars(lab.devices[HOST].faults) == before[HOST]


def test_every_kind_that_sets_a_field_is_tried_here() -> None:
    moving = {"link-down", "link-up", "power-off", "power-on", "reboot", "host-key"}
    assert {kind for kind, *_ in FIELDS} | moving == set(KINDS)


def test_a_link_is_cut_and_mended(lab: Any) -> None:
    set_fault(lab, HOST, "link-down")
    assert lab.network.down == {HOST}
    set_fault(lab, HOST, "link-down", clear=True)
    assert lab.network.down == set()


def test_power_and_reboot_reach_the_device(lab: Any) -> None:
    set_fault(lab, HOST, "power-off")
    assert not lab.devices[HOST].power
    set_fault(lab, HOST, "power-on")
    assert lab.devices[HOST].power
    set_fault(lab, HOST, "reboot")
    assert lab.devices[HOST].boots == 1


def test_another_host_key_is_a_new_one_each_time(lab: Any) -> None:
    set_fault(lab, HOST, "host-key")
    first = lab.devices[HOST].faults.host_key
    set_fault(lab, HOST, "host-key")
    assert first.public_data != lab.devices[HOST].faults.host_key.public_data
    set_fault(lab, HOST, "host-key", clear=True)
    assert lab.devices[HOST].faults.host_key is None


REFUSED = [
    ("lurah-kayu-ara-rtr", "slow", None, False, "lurah-kayu-ara-rtr1"),
    (HOST, "link-dwn", None, False, "link-down"),
    (HOST, "latency", "-1", False, "SECONDS"),
    (HOST, "latency", "long", False, "SECONDS"),
    (HOST, "session-loss", "0", False, "BYTES"),
    (HOST, "garbage", "5", False, "garbage"),
    (HOST, "reject", None, False, "TEXT"),
    (HOST, "reboot", None, True, "reboot it once"),
]


@pytest.mark.parametrize(("host", "kind", "value", "clear", "hint"), REFUSED)
def test_what_makes_no_sense_is_refused_with_what_would(
    lab: Any, host: str, kind: str, value: str | None, clear: bool, hint: str
) -> None:
    with pytest.raises(LabError) as caught:
        set_fault(lab, host, kind, value, clear=clear)
    assert hint in (caught.value.hint or "")
