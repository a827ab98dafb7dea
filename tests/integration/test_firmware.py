"""Packages on a simulated device over real SSH: what the driver puts there and what it reads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sekayu_net.errors import UnreachableError
from sekayu_net.lab.firmware import file_name, package
from sekayu_net.platforms.routeros.platform import ROUTEROS
from tests.integration.conftest import Bench, bench

OLD, NEW = "7.20.4", "7.24.1"
MADE = {
    "version": OLD,
    "radios": (("wifi1", "5ghz-ax"),),
    "wifi_package": "wifi-qcom",
    "boot_seconds": 0.3,
}


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Bench]:
    yield from bench(tmp_path, **MADE)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Bench]:
    yield from bench(tmp_path, flash_folder=True, **MADE)


def files(bench: Bench, version: str = NEW) -> dict[str, bytes]:
    names = ROUTEROS.package_files(bench.driver().installed(), version)
    return {
        name: package(name.split(f"-{version}")[0], version, bench.device.architecture)
        for name in names
    }


def laid(bench: Bench) -> set[str]:
    return bench.on_loop(
        lambda: {f.name for f in bench.device.files.listing() if f.name.endswith(".npk")}
    )


def test_what_is_installed_is_read(device: Bench) -> None:
    found = device.driver().installed()
    assert (found.version, found.architecture) == (OLD, "arm64")
    assert found.extra == ("wifi-qcom",)
    assert (found.boot, found.boot_offered) == (OLD, OLD)
    assert not found.in_memory


def test_a_unit_with_a_flash_folder_keeps_packages_in_memory(small: Bench) -> None:
    found = small.driver().installed()
    assert found.in_memory
    assert found.free is not None
    assert ROUTEROS.room_refusal(found, found.free) is not None
    assert ROUTEROS.room_refusal(found, 4096) is None


def test_only_the_packages_of_this_upgrade_lie_there(device: Bench) -> None:
    old = file_name("routeros", "7.21", "arm64")
    device.on_loop(lambda: device.device.files.write(old, b"left by someone"))
    wanted = files(device)
    device.driver().stage(wanted)
    assert (
        laid(device)
        == set(wanted)
        == {
            "routeros-7.24.1-arm64.npk",
            "wifi-qcom-7.24.1-arm64.npk",
        }
    )
    device.driver().unstage()
    assert laid(device) == set()


@pytest.mark.parametrize(("version", "back"), [(NEW, False), ("7.16.2", True)])
def test_a_restart_goes_to_the_version_of_the_packages(
    device: Bench, version: str, back: bool
) -> None:
    driver = device.driver()
    driver.stage(files(device, version))
    driver.install(older=back)
    device.until(lambda: device.device.version == version and device.device.up)
    found = device.driver(version=version).installed()
    assert (found.version, found.extra, found.boot) == (version, ("wifi-qcom",), OLD)


def test_the_boot_loader_follows(device: Bench) -> None:
    driver = device.driver()
    driver.stage(files(device))
    driver.install(older=False)
    device.until(lambda: device.device.version == NEW and device.device.up)
    device.driver(version=NEW).upgrade_boot()
    device.until(lambda: device.device.firmware.boot == NEW and device.device.up)
    assert device.driver(version=NEW).installed().boot == NEW


def test_what_the_device_says_of_a_package_that_it_refuses_is_told(device: Bench) -> None:
    driver = device.driver()
    driver.stage({"routeros-7.24.1-arm.npk": package("routeros", NEW, "arm")})
    driver.install(older=False)
    device.until(
        lambda: device.device.up and device.device.uptime < 5 and not device.device.firmware.said
    )

    def complains() -> bool:
        try:
            return bool(device.driver().complaints())
        except UnreachableError:
            return False  # it boots still

    device.until(complains)
    assert "routeros-7.24.1-arm.npk" in device.driver().complaints()[0]
