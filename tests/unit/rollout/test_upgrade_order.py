"""In which order devices are upgraded."""

from __future__ import annotations

from pathlib import Path

from sekayu_net.inventory.offices import load_district
from sekayu_net.rollout.upgrade import Step, order

DISTRICT = load_district(Path(__file__).parents[3] / "inventory")


def steps(*hosts: str, after: str = "7.24.1") -> list[Step]:
    return [Step(host, "7.20.4", after, files=("routeros",)) for host in hosts]


def test_one_of_each_model_goes_before_its_like() -> None:
    groups = order(DISTRICT, steps("lurah-kayu-ara-ap1", "lurah-kayu-ara-ap2", "camat-sekayu-ap1"))
    assert sum(map(len, groups)) == 3
    assert len(groups[0]) == 1


def test_who_carries_others_goes_after_them() -> None:
    everyone = steps(*DISTRICT.devices)
    groups = order(DISTRICT, everyone)
    assert sorted(host for group in groups for host in group) == sorted(DISTRICT.devices)
    assert groups[-1] == (DISTRICT.hub,)


def test_no_device_goes_while_another_on_its_path_does() -> None:
    for group in order(DISTRICT, steps(*DISTRICT.devices)):
        for host in group:
            assert not set(DISTRICT.path_to(DISTRICT.devices[host])) & (set(group) - {host})


def test_who_has_nothing_to_do_is_left_out() -> None:
    assert order(DISTRICT, [Step("camat-sekayu-ap1", "7.24.1", "7.24.1")]) == ()
