"""NAPALM's own suites, as its wheel carries them, with its ``ios`` driver and the lab's device.

What a getter must give is in ``tests/cases/napalm/getters-ios.json``, by the name of NAPALM's test
(``"..."`` stands for anything). The config suite's files are made from the device's configuration.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import napalm
import pytest
from napalm.base.test.base import TestConfigNetworkDriver as NapalmConfigSuite
from napalm.base.test.double import BaseTestDouble
from napalm.base.test.getters import BaseTestGetters

from tests.ios_bench import NEW, OLD, PASSWORD, PORTS, USER, ios_bench

DRIVER = napalm.get_network_driver("ios")
CASES = Path(__file__).parents[1] / "cases" / "napalm"
pytestmark = pytest.mark.timeout(180)
#: NAPALM's pauses take most of the time: the old version has its turn in ``make conformance``.
slow = pytest.mark.skipif(
    os.environ.get("SEKAYU_CONFORMANCE") != "all", reason="slow: make conformance"
)
#: Tests of NAPALM's for what the bench's device does not have.
LEFT_OUT = {
    "get_arp_table_with_vrf": "the lab's VRFs are empty",
    "get_bgp_config": "the lab's device does not speak BGP",
    "get_bgp_neighbors": "the lab's device does not speak BGP",
    "get_bgp_neighbors_detail": "the lab's device does not speak BGP",
    "get_firewall_policies": "NAPALM's ios driver has no such getter",
    "get_ipv6_neighbors_table": "the lab's device has no IPv6",
    "get_mac_address_table": "a router without a switch module has no such table",
    "get_network_instances": "the lab's VRFs are empty",
    "get_optics": "the bench has copper",
    "get_route_to": "its only case asks for BGP routes",
    "get_route_to_longer": "its only case asks for BGP routes",
    "get_vlans": "a router without a switch module has none",
    "get_probes_config": "its layout of probes is not that of 'ip sla'",
    "get_probes_results": "its layout of probes is not that of 'ip sla'",
    "traceroute": "hops are not modelled",
}


class Judge(BaseTestDouble):  # type: ignore[misc]
    """Where NAPALM's wrapper looks for the expected result."""

    def __init__(self, expected: dict[str, Any]) -> None:
        super().__init__()
        self._expected = expected

    @property
    def expected_result(self) -> Any:
        return self._expected[self.current_test]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if metafunc.function.__dict__.get("build_test_cases", False):
        reason = LEFT_OUT.get(metafunc.function.__name__.removeprefix("test_"))
        marks = [pytest.mark.skip(reason=reason)] if reason else []
        metafunc.parametrize("test_case", [pytest.param("bench", marks=marks)])


def expected(version: str) -> dict[str, Any]:
    """The expected results, with the interfaces' names of a version."""
    text = (CASES / "getters-ios.json").read_text("utf-8")
    if version == OLD:
        for new, old in zip(PORTS[NEW], PORTS[OLD], strict=True):
            text = text.replace(new, old).replace(new.replace("GigabitEthernet", "Gi"), old)
        text = text.replace("ISR4331/K9", "CISCO2911/K9").replace(
            "ISR Software (X86_64_LINUX_IOSD-UNIVERSALK9-M), Version 17.6.5, RELEASE SOFTWARE (fc2",
            "C2900 Software (C2900-UNIVERSALK9-M), Version 15.7(3)M8, RELEASE SOFTWARE (fc1",
        )
    found: dict[str, Any] = json.loads(text)
    return found


class Getters(BaseTestGetters):  # type: ignore[misc]
    """The suite, for one version."""

    version = ""
    driver = DRIVER

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _device(cls) -> Iterator[None]:
        with ios_bench(cls.version) as bench:
            device = DRIVER("127.0.0.1", USER, PASSWORD, 20, {"port": bench.port})
            device.judge = Judge(expected(cls.version))
            device.patched_attrs = ["judge"]
            cls.device = device
            # Its time server answers after a while: the suite asks at once.
            bench.loop.call_soon_threadsafe(bench.device.clock.synchronise)
            with device:
                yield


class TestGettersOfIosXe(Getters):
    version = NEW


@slow
class TestGettersOfIos15(Getters):
    version = OLD


class ConfigSuite(NapalmConfigSuite):  # type: ignore[misc]
    """NAPALM's suite was made for unittest: its assertions are given here."""

    vendor = ""
    version = NEW

    @staticmethod
    def assertEqual(one: object, other: object) -> None:  # noqa: N802
        assert one == other

    @staticmethod
    def assertTrue(value: object) -> None:  # noqa: N802
        assert value

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _device(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        folder = tmp_path_factory.mktemp("config")
        cls.vendor = str(folder)
        with ios_bench(cls.version) as bench:
            port = PORTS[cls.version][2]
            initial = bench.running()
            section = f"interface {port}\n"
            good = initial.replace("hostname rtr2", "hostname rtr9")
            good = good.replace(section, f"{section} description good\n")
            files = {
                "initial.conf": initial,
                "new_good.conf": good,
                "new_good.diff": f"+hostname rtr9\ninterface {port}\n +description good\n"
                "-hostname rtr2",
                "new_typo.conf": good.replace("hostname rtr9", "hostnaam rtr9"),
                "merge_good.conf": f"hostname rtr8\ninterface {port}\n description merged\nend\n",
                # What the way back changes.
                "merge_good.diff": f"+hostname rtr2\ninterface {port}\n -description merged\n"
                "-hostname rtr8",
                "merge_typo.conf": "hostname rtr7\nhostnaam rtr7\nend\n",
            }
            for name, text in files.items():
                (folder / name).write_text(text, "utf-8")
            device = DRIVER("127.0.0.1", USER, PASSWORD, 20, {"port": bench.port})
            with device:
                cls.device = device
                yield

    @classmethod
    def setUpClass(cls) -> None:
        """The fixture has opened the device and closes it: NAPALM's own would be too early."""

    @classmethod
    def tearDownClass(cls) -> None:
        """As ``setUpClass``."""


class TestConfigOfIosXe(ConfigSuite):
    version = NEW


@slow
class TestConfigOfIos15(ConfigSuite):
    version = OLD
