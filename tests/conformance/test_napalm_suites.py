"""NAPALM's own suites, as its wheel carries them, with our driver and simulated devices over SSH.

What a getter must give is in ``tests/cases/napalm/getters-*.json``: one file for each generation
of RouterOS, by the name of NAPALM's test (``"..."`` stands for anything).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from napalm.base.test.base import TestConfigNetworkDriver as NapalmConfigSuite
from napalm.base.test.double import BaseTestDouble
from napalm.base.test.getters import BaseTestGetters

from tests.conformance.napalm_street import DRIVER, options, street

CASES = Path(__file__).parents[1] / "cases" / "napalm"
#: Tests of NAPALM's for what the driver does not offer: it has no such verb, and says so.
LEFT_OUT = {
    "get_bgp_config": "no office speaks BGP",
    "get_bgp_neighbors": "no office speaks BGP",
    "get_bgp_neighbors_detail": "no office speaks BGP",
    "get_firewall_policies": "its shape has no chains and no actions but accept and drop",
    "get_network_instances": "VRFs are not used",
    "get_ntp_peers": "RouterOS has servers, no peers",
    "get_ntp_stats": "RouterOS tells no figures for each server",
    "get_optics": "offices have copper",
    "get_probes_config": "RouterOS has no such probes",
    "get_probes_results": "RouterOS has no such probes",
    "get_route_to": "its only case asks for BGP routes",
    "get_route_to_longer": "its only case asks for BGP routes",
    "get_snmp_information": "not asked for yet",
    "get_vlans": "not asked for yet",
    "traceroute": "not asked for yet",
}
LEFT_OUT_OF_6 = {"get_arp_table_with_vrf": "the lab knows no VRFs of RouterOS 6"}


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
        if metafunc.cls is TestGettersOfVersion6:
            reason = reason or LEFT_OUT_OF_6.get(metafunc.function.__name__.removeprefix("test_"))
        marks = [pytest.mark.skip(reason=reason)] if reason else []
        metafunc.parametrize("test_case", [pytest.param("bench", marks=marks)])


class Getters(BaseTestGetters):  # type: ignore[misc]
    """The suite, for one version."""

    version = ""
    driver = DRIVER

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _device(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        expected = json.loads((CASES / f"getters-{cls.version}.json").read_text("utf-8"))
        for site in street(tmp_path_factory.mktemp("street"), cls.version):
            device = DRIVER("127.0.0.1", "sekayu", "", 10, options(site))
            device.judge = Judge(expected)
            device.patched_attrs = ["judge"]
            cls.device = device
            with device:
                yield


class TestGettersOfVersion7(Getters):
    version = "7.20.1"


class TestGettersOfVersion6(Getters):
    version = "6.49.17"


def test_what_is_left_out_says_that_it_is_not_there() -> None:
    device = DRIVER("192.0.2.1", "sekayu", "")
    required = {"destination": "8.8.8.8"}
    for verb in LEFT_OUT:
        name = verb.removesuffix("_longer")
        arguments = required if name in ("get_route_to", "traceroute") else {}
        with pytest.raises(NotImplementedError):
            getattr(device, name)(**arguments)


class ConfigSuite(NapalmConfigSuite):  # type: ignore[misc]
    """NAPALM's suite was made for unittest: its assertions are given here."""

    @staticmethod
    def assertEqual(one: object, other: object) -> None:  # noqa: N802
        assert one == other

    @staticmethod
    def assertTrue(value: object) -> None:  # noqa: N802
        assert value

    vendor = ""
    version = "7.20.1"

    @pytest.fixture(scope="class", autouse=True)
    @classmethod
    def _device(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
        folder = tmp_path_factory.mktemp("config")
        cls.vendor = str(folder / "files")
        shutil.copytree(CASES / "config", cls.vendor)
        for site in street(folder, cls.version):
            with DRIVER("127.0.0.1", "sekayu", "", 10, options(site)) as device:
                cls.device = device
                initial = device.get_config(retrieve="running")["running"]
                Path(cls.vendor, "initial.conf").write_text(initial, "utf-8")
                goal = initial + Path(cls.vendor, "good.conf").read_text("utf-8")
                Path(cls.vendor, "new_good.conf").write_text(goal, "utf-8")
                Path(cls.vendor, "new_typo.conf").write_text(goal + "/ip adress\nadd\n", "utf-8")
                yield
                device.load_replace_candidate(filename=f"{cls.vendor}/initial.conf")
                device.commit_config()

    @classmethod
    def setUpClass(cls) -> None:
        """The fixture has opened the device and closes it: NAPALM's own would be too early."""

    @classmethod
    def tearDownClass(cls) -> None:
        """As ``setUpClass``."""


class TestConfigOfVersion7(ConfigSuite):
    version = "7.20.1"


class TestConfigOfVersion6(ConfigSuite):
    version = "6.49.17"
