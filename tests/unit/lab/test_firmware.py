"""What a reboot of a simulated device installs, and what becomes of its configuration."""

from __future__ import annotations

import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.firmware import file_name, package
from tests.unit.lab.test_device_life import advance, exported, made, said

OLD, NEW = "7.20.4", "7.24.1"
SCRIPT = """
/ip service set ssh address=10.0.0.0/24
/ip address add address=10.0.0.1/24 interface=ether1
/interface wifi set wifi1 configuration.ssid=balai disabled=no
"""


def device_with(*names: str, version: str = NEW, folder: str = "", **changed: object) -> LabDevice:
    device = made(OLD, flash_bytes=1_000_000, wifi_package="wifi-qcom", **changed)
    device.import_script(SCRIPT)
    lay(device, *names, version=version, folder=folder)
    return device


def lay(device: LabDevice, *names: str, version: str = NEW, folder: str = "") -> None:
    for name in names:
        where = folder + file_name(name, version, device.architecture)
        device.files.write(where, package(name, version, device.architecture))


def booted(device: LabDevice) -> LabDevice:
    advance(device, device.boot_seconds + 0.1)
    return device


def packages(device: LabDevice) -> str:
    return said(
        device, ":foreach i in=[/system package find] do={:put [/system package get $i name]}"
    )


def test_a_reboot_installs_what_lies_in_the_root_folder() -> None:
    device = device_with("routeros", "wifi-qcom")
    said(device, "/system reboot")
    booted(device)
    assert said(device, ":put [/system resource get version]").startswith(NEW)
    assert packages(device).split() == ["routeros", "wifi-qcom"]
    assert not [f.name for f in device.files.listing() if f.name.endswith(".npk")]


def test_the_configuration_comes_along_under_its_new_names() -> None:
    device = device_with("routeros", "wifi-qcom")
    device.reboot()
    text = exported(booted(device))
    assert "available-from=10.0.0.0/24" in text
    assert "configuration.ssid=balai" in text
    assert "address=10.0.0.1/24" in text


def test_a_package_that_is_left_out_is_uninstalled() -> None:
    device = device_with("routeros")
    device.reboot()
    booted(device)
    assert packages(device).split() == ["routeros"]
    assert "balai" not in exported(device)


@pytest.mark.parametrize(
    ("folder", "changed"),
    [("flash/", {"flash_folder": True}), ("", {"architecture": "arm"})],
    ids=["below a folder", "for another processor"],
)
def test_a_package_that_does_not_count_is_passed_over(
    folder: str, changed: dict[str, object]
) -> None:
    device = device_with("routeros", folder=folder)
    if "architecture" in changed:
        device.architecture = str(changed["architecture"])
    device.reboot()
    assert booted(device).version == OLD


def test_packages_in_memory_go_in_on_an_orderly_reboot() -> None:
    device = made(OLD, flash_folder=True, flash_bytes=1_000_000)
    lay(device, "routeros", "wifi-qcom")
    device.reboot()
    assert booted(device).version == NEW


def test_a_power_cut_installs_nothing() -> None:
    device = device_with("routeros", "wifi-qcom")
    device.power_off()
    device.power_on()
    assert booted(device).version == OLD
    assert device.files.get(file_name("routeros", NEW, device.architecture)) is not None


def test_a_power_cut_during_the_installation_leaves_the_old_version() -> None:
    device = device_with("routeros", "wifi-qcom")
    device.reboot()
    advance(device, device.boot_seconds / 2)
    device.power_off()
    device.power_on()
    assert booted(device).version == OLD
    assert "ssh address=10.0.0.0/24" in exported(device)


def test_an_older_version_goes_in_by_the_downgrade_command_alone() -> None:
    device = device_with("routeros", "wifi-qcom", version="7.16.2")
    device.reboot()
    assert booted(device).version == OLD
    said(device, "/system package downgrade")
    assert booted(device).version == "7.16.2"


def test_the_boot_loader_changes_at_the_reboot_after_its_upgrade() -> None:
    device = device_with("routeros", "wifi-qcom")

    def current() -> str:
        return said(device, ":put [/system routerboard get current-firmware]")

    device.reboot()
    booted(device)
    assert current() == OLD
    said(device, "/system routerboard upgrade")
    assert current() == OLD
    device.reboot()
    booted(device)
    assert current() == NEW
