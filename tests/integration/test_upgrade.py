"""One device upgraded over real SSH: to health, and with the power cut at each step."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import InputError
from sekayu_net.inventory.district import Device, Model
from sekayu_net.inventory.offices import load_district
from sekayu_net.lab.firmware import write_folder
from sekayu_net.packages import PackageFolder
from sekayu_net.plan import Running
from sekayu_net.platforms.base import Driver
from sekayu_net.platforms.routeros import firmware
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rollout import upgrade as upgrades
from sekayu_net.rollout.device import CheckResult
from sekayu_net.rollout.upgrade import Ended, Job, Step, look, upgrade
from tests.integration.conftest import Bench, bench

OLD, NEW, ANCIENT = "7.20.4", "7.24.1", "7.16.2"
DISTRICT = load_district(Path(__file__).parents[2] / "inventory")
SAID = """
/ip service set ssh address=10.0.0.0/8
/interface wifi set wifi1 configuration.ssid=balai disabled=no
/ip firewall filter add chain=input comment=first
"""


def packages(folder: Path, *versions: str) -> PackageFolder:
    write_folder(folder, versions, ["arm64"], ["wifi-qcom"])
    return PackageFolder.open(folder)


@dataclass
class Desk:
    """What a test holds: a device, its packages, and what an upgrade of it told."""

    bench: Bench
    folder: PackageFolder
    device: Device
    known: str | None = None
    arrived: list[str] = field(default_factory=list)
    kept: list[Running] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    checks: Callable[[Driver], tuple[CheckResult, ...]] = lambda _: ()
    silent: Callable[[], tuple[str, ...]] = tuple
    at: dict[str, Callable[[], None]] = field(default_factory=dict)

    def driver(self, version: str) -> Driver:
        return self.bench.unopened(version=version, timeout=2)

    def look(self, after: str = NEW, **changed: Any) -> Step:
        return look(
            ROUTEROS,
            self.driver,
            self.device,
            after,
            seal=lambda _: "<secret:0123456789abcdef>",
            size=self.folder.size,
            missing=self.folder.missing,
            **changed,
        )

    def upgrade(self, step: Step, *, patience: float = 20) -> Ended:
        def keep(running: Running) -> None:
            self.kept.append(running)
            self.known = running.reading.config

        def record(state: str, _: str) -> None:
            self.states.append(state)
            self.at.pop(state, lambda: None)()

        return upgrade(
            Job(
                step=step,
                platform=ROUTEROS,
                driver=self.driver,
                seal=lambda _: "<secret:0123456789abcdef>",
                load=lambda: self.folder.load(step.files),
                keep=keep,
                known=self.known,
                arrived=lambda: self.arrived.append(step.after),
                record=record,
                checks=self.checks,
                silent=self.silent,
                told=lambda _: None,
                clock=time.monotonic,
                wait=time.sleep,
                patience=patience,
            )
        )

    def cut(self, *, then: Callable[[], None] = lambda: None) -> None:
        """Power off and on again."""

        def work() -> None:
            self.bench.device.power_off()
            then()
            self.bench.device.power_on()

        self.bench.on_loop(work)

    def export(self) -> str:
        return self.bench.export()


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrades, "POLL_SECONDS", (0.2, 0.5))
    monkeypatch.setattr(firmware, "BOOT_LOADER_SECONDS", 0.2)


def model(*, flash_folder: bool) -> Model:
    return replace(DISTRICT.devices["camat-sekayu-ap1"].model, flash_folder=flash_folder)


def made(folder: Path, *, flash_folder: bool = False, **changed: Any) -> Iterator[Desk]:
    arguments: Mapping[str, Any] = {
        "version": OLD,
        "radios": (("wifi1", "5ghz-ax"),),
        "wifi_package": "wifi-qcom",
        "boot_seconds": 0.3,
        "flash_folder": flash_folder,
        **changed,
    }
    for each in bench(folder, **arguments):
        each.on_loop(lambda: each.device.import_script(SAID))  # noqa: B023 - used at once
        device = dataclasses.replace(
            DISTRICT.devices["camat-sekayu-ap1"],
            model=model(flash_folder=flash_folder),
            version=OLD,
            serial=each.device.serial,
        )
        yield Desk(each, packages(folder / "packages", OLD, NEW, ANCIENT), device)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    yield from made(tmp_path)


def test_a_device_gets_the_new_version_and_is_seen_through(desk: Desk) -> None:
    step = desk.look()
    assert step.due
    assert step.files == ("routeros-7.24.1-arm64.npk", "wifi-qcom-7.24.1-arm64.npk")
    ended = desk.upgrade(step)
    assert (ended.state, ended.reason) == ("confirmed", None)
    assert desk.states == ["planned", "armed", "applied", "applied", "verified"]
    assert desk.bench.device.version == desk.bench.device.firmware.boot == NEW
    assert desk.arrived == [NEW]
    assert len(desk.kept) == 1
    assert "available-from=10.0.0.0/8" in desk.export()


def test_it_is_done_once(desk: Desk) -> None:
    assert desk.upgrade(desk.look()).state == "confirmed"
    desk.device = dataclasses.replace(desk.device, version=NEW)
    assert not desk.look().due


def test_it_goes_back_by_the_downgrade_path(desk: Desk) -> None:
    assert "--downgrade" in desk.look(ANCIENT).refusal
    step = desk.look(ANCIENT, back=True)
    assert step.back
    assert desk.upgrade(step).state == "confirmed"
    assert desk.bench.device.version == ANCIENT
    assert "configuration.ssid=balai" in desk.export()


def test_a_package_that_is_not_in_the_folder_is_told_before_anything(desk: Desk) -> None:
    (desk.folder.folder / "wifi-qcom-7.24.1-arm64.npk").unlink()
    assert "wifi-qcom-7.24.1-arm64.npk" in desk.look().refusal


def test_a_broken_package_is_not_sent(desk: Desk) -> None:
    step = desk.look()
    (desk.folder.folder / step.files[1]).write_bytes(b"something else")
    with pytest.raises(InputError, match="SHA256SUMS"):
        desk.upgrade(step)
    assert not [f for f in desk.bench.device.files.listing() if f.name.endswith(".npk")]


def test_a_device_without_room_is_refused(tmp_path: Path) -> None:
    for desk in made(tmp_path, flash_bytes=600_000):
        assert "KiB of flash are free" in desk.look().refusal


def test_a_flash_folder_that_the_inventory_does_not_know_is_refused(tmp_path: Path) -> None:
    for desk in made(tmp_path, flash_folder=True):
        desk.device = dataclasses.replace(desk.device, model=model(flash_folder=False))
        assert "flash/" in desk.look().refusal


@pytest.mark.parametrize("flash_folder", [False, True], ids=["on flash", "in memory"])
def test_power_lost_before_the_restart_installs_nothing_and_it_can_be_run_again(
    tmp_path: Path, *, flash_folder: bool
) -> None:
    for desk in made(tmp_path, flash_folder=flash_folder):
        desk.at["armed"] = desk.cut
        ended = desk.upgrade(desk.look())
        assert ended.state == "failed"
        assert "still runs 7.20.4" in str(ended.reason)
        assert desk.arrived == []
        assert desk.upgrade(desk.look()).state == "confirmed"
        assert desk.bench.device.version == NEW


def test_power_lost_while_packages_are_sent_installs_nothing(desk: Desk) -> None:
    def lose() -> None:
        desk.bench.device.faults.upload_loss_after = 6000

    desk.at["planned"] = lose
    ended = desk.upgrade(desk.look())
    assert ended.state == "failed"
    assert "nothing goes in" in str(ended.reason)
    desk.bench.on_loop(desk.bench.device.reboot)
    desk.bench.until(lambda: desk.bench.device.up)
    assert desk.bench.device.version == OLD
    assert desk.upgrade(desk.look()).state == "confirmed"


def test_power_lost_during_the_installation_leaves_a_device_that_is_told(desk: Desk) -> None:
    desk.bench.device.boot_seconds = 1.5
    reboot = desk.bench.device.reboot

    def struck(*, older: bool = False) -> None:
        reboot(older=older)
        desk.bench.device.power_off()
        desk.bench.device.power_on()

    desk.bench.device.reboot = struck  # type: ignore[method-assign]
    ended = desk.upgrade(desk.look())
    assert ended.state == "failed"
    assert "still runs 7.20.4" in str(ended.reason)


def test_power_lost_after_the_new_version_answers_is_seen_through_by_running_it_again(
    desk: Desk,
) -> None:
    def slow() -> None:
        desk.bench.device.boot_seconds = 3

    desk.at["applied"] = lambda: desk.cut(then=slow)
    assert desk.upgrade(desk.look()).state == "unknown"
    desk.bench.until(lambda: desk.bench.device.up)
    step = desk.look()
    assert step.due
    assert step.files == ()
    ended = desk.upgrade(step)
    assert (ended.state, ended.reason) == ("confirmed", None)
    assert desk.bench.device.firmware.boot == NEW


def test_a_device_that_does_not_come_back_is_lost(desk: Desk) -> None:
    desk.bench.device.boot_seconds = 600
    ended = desk.upgrade(desk.look(), patience=3)
    assert ended.state == "unknown"
    assert "not back after 3 s" in str(ended.reason)


def test_what_the_device_no_longer_says_is_told(desk: Desk) -> None:
    desk.at["applied"] = lambda: desk.bench.on_loop(
        lambda: desk.bench.device.import_script("/ip firewall filter remove [find comment=first]\n")
    )
    ended = desk.upgrade(desk.look())
    assert ended.state == "failed"
    assert "/ip firewall filter" in str(ended.reason)
    assert desk.arrived == [NEW]


def test_a_check_that_failed_before_is_not_blamed_on_the_upgrade(desk: Desk) -> None:
    desk.checks = lambda _: (CheckResult("hub", passed=False, detail="silent"),)
    assert desk.upgrade(desk.look()).state == "confirmed"


def test_a_check_that_fails_after_it_is(desk: Desk) -> None:
    desk.checks = lambda _: (
        CheckResult("hub", passed=desk.bench.device.version == OLD, detail="silent"),
    )
    ended = desk.upgrade(desk.look())
    assert ended.state == "failed"
    assert "check hub: silent" in str(ended.reason)


def test_another_change_that_waits_there_is_let_alone(desk: Desk) -> None:
    step = desk.look()
    desk.bench.commit(desk.bench.driver(version=OLD))
    ended = desk.upgrade(step)
    assert ended.state == "failed"
    assert "waits there" in str(ended.reason)
    assert desk.bench.device.version == OLD
