"""An IOS device in a running lab: its door, its faults, its place in the status."""

from __future__ import annotations

import asyncio
from pathlib import Path

import asyncssh
import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.district import LabDistrict, build
from sekayu_net.lab.faults import set_fault
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.server import status
from tests.unit.lab.ios.test_network import SECOND, two_hubs

CASES = Path(__file__).parents[3] / "cases/ios"
PASSWORD = "only-in-these-tests"


@pytest.fixture(scope="module")
def host_key() -> asyncssh.SSHKey:
    return asyncssh.generate_private_key("ssh-ed25519")


@pytest.fixture
def lab(host_key: asyncssh.SSHKey) -> LabDistrict:
    district = two_hubs()
    scripts = dict.fromkeys(district.devices, "")
    scripts[SECOND] = (CASES / "hub2.cfg").read_text("utf-8")
    return build(district, scripts, dict.fromkeys(district.devices, host_key))


async def says(lab: LabDistrict, command: str) -> str:
    port = lab.doors[SECOND].controller.port
    async with asyncssh.connect(
        "127.0.0.1", port, username="sekayu", password=PASSWORD, known_hosts=None, config=None,
    ) as connection:  # fmt: skip
        done = await connection.run(command, timeout=10)
        return str(done.stdout)


def run_open(lab: LabDistrict, *commands: str) -> list[str]:
    async def work() -> list[str]:
        await lab.open()
        try:
            return [await says(lab, command) for command in commands]
        finally:
            await lab.close()

    return asyncio.run(asyncio.wait_for(work(), 60))


def test_it_answers_behind_its_door(lab: LabDistrict) -> None:
    version, users = run_open(lab, "show version", "show users")
    assert "Processor board ID FDO2229A0AB" in version
    assert "10.16.0.10" in users


def test_it_has_its_place_in_the_status(lab: LabDistrict) -> None:
    assert status(lab)[SECOND] == {
        "up": True, "controller": True, "onsite": False,
        "reason": status(lab)[SECOND]["reason"],
    }  # fmt: skip


def test_a_bootstrap_that_it_refuses_names_device_and_line(host_key: asyncssh.SSHKey) -> None:
    district = two_hubs()
    scripts = dict.fromkeys(district.devices, "") | {SECOND: "hostname a\nhostnaam b\n"}
    with pytest.raises(LabError, match=r"hub-rtr2 refuses 'hostnaam b'"):
        build(district, scripts, dict.fromkeys(district.devices, host_key))


@pytest.mark.parametrize(
    ("kind", "value", "field", "expected"),
    [
        ("latency", "0.5", "latency", 0.5),
        ("flash-full", None, "flash_full", True),
        ("serial", "FDO0", "serial", "FDO0"),
        ("power-off-at-statement", "3", "power_off_at_statement", 3),
        ("session-loss", "100", "session_loss_after", 100),
    ],
)
def test_it_has_the_faults_of_every_device(
    lab: LabDistrict, kind: str, value: str | None, field: str, expected: object
) -> None:
    set_fault(lab, SECOND, kind, value)
    assert getattr(lab.devices[SECOND].faults, field) == expected


def test_a_fault_that_means_nothing_to_it_is_refused(lab: LabDistrict) -> None:
    with pytest.raises(LabError, match="nothing that scheduler-forbidden could touch"):
        set_fault(lab, SECOND, "scheduler-forbidden")


def test_another_administrator_speaks_its_language(lab: LabDistrict) -> None:
    set_fault(lab, SECOND, "other-admin", "interface GigabitEthernet0/0/0; description mine")
    device: IosDevice = lab.devices[SECOND]
    assert " description mine" in device.running_text()


def test_its_link_is_cut_and_mended_by_its_name(lab: LabDistrict) -> None:
    set_fault(lab, SECOND, "link-down")
    assert not status(lab)[SECOND]["controller"]
    set_fault(lab, SECOND, "link-up")
    assert status(lab)[SECOND]["controller"]
