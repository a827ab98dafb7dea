"""Checks that are run *from* a device, by the names that playbooks use.

A check changes nothing and says what it found. Whether a failed check stops a rollout is decided
in ``device``: one that failed before the change is not blamed on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address

from sekayu_net.errors import DeviceError
from sekayu_net.inventory.district import Device, District
from sekayu_net.platforms.base import Driver
from sekayu_net.rollout.device import CheckResult

Check = Callable[[Driver, District, Device], CheckResult]


def answers(name: str, driver: Driver, address: IPv4Address, who: str) -> CheckResult:
    """Whether at least one of three echo requests from the device is answered."""
    try:
        result = driver.echo(str(address))
    except DeviceError as error:
        return CheckResult(name, False, error.message)
    told = f"{who} {address}: {result.received} of {result.sent} answers"
    return CheckResult(name, result.received > 0, told)


def hub(driver: Driver, district: District, device: Device) -> CheckResult:
    """The device reaches the hub's loopback; the hub itself reaches Dinkominfo's gateway."""
    if device.name == district.hub:
        return answers("hub", driver, district.dinkominfo.gateway, "gateway")
    return answers("hub", driver, district.devices[district.hub].address, "hub")


def controller(driver: Driver, district: District, device: Device) -> CheckResult:  # noqa: ARG001
    """The device reaches the controller: the way back is whole."""
    return answers("controller", driver, district.services.controller_address, "controller")


CHECKS: Mapping[str, Check] = {"hub": hub, "controller": controller}


def run_checks(
    names: Sequence[str], driver: Driver, district: District, device: Device
) -> tuple[CheckResult, ...]:
    """Run these checks on one device, in their order."""
    return tuple(CHECKS[name](driver, district, device) for name in names)
