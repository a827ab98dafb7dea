"""What each check makes of what a device tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from sekayu_net.errors import GarbledError, UnreachableError
from sekayu_net.inventory.district import District
from sekayu_net.inventory.offices import load_district
from sekayu_net.platforms.base import (
    AddressPool,
    DefaultRoute,
    Load,
    OspfNeighbor,
    PingResult,
    Radio,
    TimeSource,
)
from sekayu_net.rollout.checklist import from_line
from sekayu_net.rollout.checks import CHECKS, USUAL, fault_of, run_checks
from sekayu_net.rollout.own_checks import run_own

ROUTER, AP = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"


@pytest.fixture(scope="module")
def district() -> District:
    return load_district(Path(__file__).parents[3] / "inventory")


@dataclass
class Device:
    """A device that tells what a case says; an exception is raised."""

    tells: dict[str, Any] = field(default_factory=dict)
    asked: list[Any] = field(default_factory=list)

    def _tell(self, name: str, *asked: Any) -> Any:
        self.asked.append((name, *asked))
        told = self.tells.get(name, ())
        if isinstance(told, Exception):
            raise told
        return told

    def echo(self, address: str, *, count: int = 3) -> Any:
        return self._tell("echo", address, count)

    def default_routes(self) -> Any:
        return self._tell("default_routes")

    def ospf_neighbors(self) -> Any:
        return self._tell("ospf_neighbors")

    def resolve(self, name: str) -> Any:
        return self._tell("resolve", name)

    def address_pools(self) -> Any:
        return self._tell("address_pools")

    def radios(self) -> Any:
        return self._tell("radios")

    def time_source(self) -> Any:
        return self._tell("time_source")

    def load(self) -> Any:
        return self._tell("load")


def run(district: District, line: str, host: str, **tells: Any) -> Any:
    (result,) = run_checks([line], Device(tells), district, district.devices[host])  # type: ignore[arg-type]
    assert result.name == line
    return result


FULL = OspfNeighbor("10.62.0.1", "10.60.0.1", "Full")
INIT = OspfNeighbor("10.62.0.9", "10.60.0.9", "Init")
UP, DOWN = Radio("wifi1", True, "running", 2), Radio("wifi2", False, "radar-detecting")
MIB = 2**20

#: line, host, what the device tells → passed, words in the detail
CASES: list[tuple[str, str, str, Any, bool, str]] = [
    ("hub", ROUTER, "echo", PingResult(3, 1), True, "1 of 3"),
    ("hub", ROUTER, "echo", PingResult(3, 0), False, "0 of 3"),
    ("hub min=3", ROUTER, "echo", PingResult(3, 2), False, "2 of 3"),
    ("hub", ROUTER, "echo", UnreachableError("gone", host=ROUTER, stage="check"), False, "gone"),
    ("controller", ROUTER, "echo", PingResult(3, 3), True, "controller"),
    ('ping address="10.1.2.3"', AP, "echo", PingResult(3, 3), True, "10.1.2.3"),
    ("default_route", AP, "default_routes", (DefaultRoute("10.0.0.1", 1, True),), True, "10.0.0.1"),
    ("default_route", AP, "default_routes", (DefaultRoute("10.0.0.1", 1, False),), False, "1 not"),
    ("default_route", AP, "default_routes", (), False, "0 in use"),
    ("ospf", ROUTER, "ospf_neighbors", (FULL,), True, "1 of 1"),
    ("ospf", ROUTER, "ospf_neighbors", (FULL, INIT), False, "10.60.0.9 is Init"),
    ("ospf", ROUTER, "ospf_neighbors", (), False, "at least 1"),
    ("ospf min=0", ROUTER, "ospf_neighbors", (), True, "0 of 0"),
    ("ospf min=2", ROUTER, "ospf_neighbors", (FULL,), False, "at least 2"),
    ("ospf", AP, "ospf_neighbors", (), True, "no link here"),
    ("dns", ROUTER, "resolve", "192.0.2.53", True, "192.0.2.53"),
    ("dns", ROUTER, "resolve", "", False, "does not resolve"),
    ('dns name="ntp.example"', ROUTER, "resolve", "", False, "ntp.example"),
    ("dhcp", AP, "address_pools", (), True, "no addresses"),
    ("dhcp", ROUTER, "address_pools", (AddressPool("staff", 100, 95),), True, "95 of 100"),
    ("dhcp", ROUTER, "address_pools", (AddressPool("staff", 100, 96),), False, "at most 95 %"),
    ("dhcp max=50", ROUTER, "address_pools", (AddressPool("staff", 4, 3),), False, "3 of 4"),
    ("dhcp", ROUTER, "address_pools", (AddressPool("none", 0, 0),), False, "none"),
    ("radios", ROUTER, "radios", (), True, "0 on the air"),
    ("radios", AP, "radios", (), False, "at least 1"),
    ("radios", AP, "radios", (UP,), True, "1 on the air"),
    ("radios", AP, "radios", (UP, DOWN), False, "wifi2 is radar-detecting"),
    ("radios min=2", AP, "radios", (UP,), False, "at least 2"),
    ("clock", AP, "time_source", TimeSource(True, "10.16.1.123", "synchronized"), True, "10.16.1"),
    ("clock", AP, "time_source", TimeSource(False, "", "waiting"), False, "waiting"),
    ("cpu", AP, "load", Load(90, MIB, MIB), True, "90 %"),
    ("cpu", AP, "load", Load(91, MIB, MIB), False, "at most 90 %"),
    ("cpu max=50", AP, "load", Load(51, MIB, MIB), False, "at most 50 %"),
    ("memory", AP, "load", Load(1, 100 * MIB, 10 * MIB), True, "90 %"),
    ("memory", AP, "load", Load(1, 100 * MIB, 9 * MIB), False, "91 %"),
    ("memory", AP, "load", Load(1, 0, 0), False, "100 %"),
    ("memory", AP, "load", GarbledError("noise", host=AP, stage="check"), False, "noise"),
]


@pytest.mark.parametrize(("line", "host", "asks", "told", "passed", "words"), CASES)
def test_a_check_judges_what_the_device_tells(
    district: District, line: str, host: str, asks: str, told: Any, passed: bool, words: str
) -> None:
    result = run(district, line, host, **{asks: told})
    assert (result.passed, words in result.detail) == (passed, True), result.detail


def test_every_check_is_tried_both_ways() -> None:
    tried = {(from_line(line).name, passed) for line, _, _, _, passed, _ in CASES}
    assert set(CHECKS) - {"ping", "controller"} <= {name for name, _ in tried}
    assert {name for name, passed in tried if not passed} >= set(CHECKS) - {"ping", "controller"}


def test_the_hub_itself_asks_dinkominfos_gateway(district: District) -> None:
    device = Device({"echo": PingResult(3, 3)})
    run_checks(["hub"], device, district, district.devices[district.hub])  # type: ignore[arg-type]
    assert device.asked == [("echo", str(district.dinkominfo.gateway), 3)]


def test_without_a_name_the_districts_own_domain_is_resolved(district: District) -> None:
    device = Device({"resolve": "192.0.2.1"})
    run_checks(["dns"], device, district, district.devices[ROUTER])  # type: ignore[arg-type]
    assert device.asked == [("resolve", district.services.domain)]


def test_a_driver_that_tells_nothing_fails_the_check_and_says_what_to_do(
    district: District,
) -> None:
    plain = SimpleNamespace(echo=lambda *_, **__: PingResult(3, 3))
    found = run_checks(["hub", "ospf"], plain, district, district.devices[ROUTER])  # type: ignore[arg-type]
    assert [each.passed for each in found] == [True, False]
    assert "leave ospf away" in found[1].detail


def test_two_checks_of_one_name_are_told_apart(district: District) -> None:
    lines = ['dns name="a.example"', 'dns name="b.example"']
    found = run_checks(lines, Device({"resolve": ""}), district, district.devices[ROUTER])  # type: ignore[arg-type]
    assert [each.name for each in found] == lines


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("cpu max=90", None),
        ("cpu max=0", "max"),
        ("cpu max=101", "max"),
        ('cpu max="many"', "max"),
        ("cpu maximum=90", "no threshold maximum (there are: max)"),
        ("clock max=3", "there are: none"),
        ("ping", "ping needs address"),
        ('ping address="nowhere"', "address"),
        ('dns name="a b"', "name"),
        ("hub min=2 count=5", None),
    ],
)
def test_a_wrong_threshold_is_named(line: str, words: str | None) -> None:
    fault = fault_of(from_line(line))
    assert fault is None if words is None else words in str(fault)


def test_what_needs_a_threshold_is_not_run_without() -> None:
    assert [fault_of(from_line(name)) for name in USUAL] == [None] * len(USUAL)


# -- checks of a project's own -----------------------------------------------------------------


def passes(task: Any, *, least: int = 1) -> Any:
    return SimpleNamespace(result={"passed": least < 3, "detail": f"least {least}"}, failed=False)


def fails(task: Any) -> Any:
    return SimpleNamespace(result={"passed": True, "detail": "but"}, failed=True)


def says_nothing(task: Any) -> Any:
    return SimpleNamespace(result="fine", failed=False)


def refused(task: Any, site: Any) -> Any:
    assert site is not None
    error = UnreachableError("no answer", host="x", stage="connect")
    return SimpleNamespace(result=error, failed=True)


def raises(task: Any) -> Any:
    raise RuntimeError("passphrase hunter2")


def raises_ours(task: Any) -> Any:
    raise GarbledError("half an answer", host="x", stage="check")


class Nornir:
    """Runs a task as Nornir does: an exception is kept in the result."""

    def run(self, task: Callable[..., Any], **arguments: Any) -> Any:
        try:
            said = task(None, **arguments)
            said.exception = None
        except (TypeError, RuntimeError, GarbledError) as error:
            said = SimpleNamespace(result="Traceback …", failed=True, exception=error)
        return {ROUTER: [said]}


@pytest.mark.parametrize(
    ("task", "line", "passed", "words"),
    [
        (passes, "own", True, "least 1"),
        (passes, "own least=3", False, "least 3"),
        (passes, "own most=3", False, "TypeError"),
        (fails, "own", False, "but"),
        (says_nothing, "own", False, "does not say whether it passed"),
        (refused, "own", False, "no answer"),
        (raises, "own", False, "RuntimeError"),
        (raises_ours, "own", False, "half an answer"),
    ],
)
def test_a_task_of_the_project_is_a_check(
    district: District, task: Any, line: str, passed: bool, words: str
) -> None:
    site: Any = SimpleNamespace(task=lambda _: task, nornir=lambda _: Nornir())
    device = district.devices[ROUTER]
    (result,) = run_checks(
        [line],
        Device(),  # type: ignore[arg-type]
        district,
        device,
        lambda called: run_own(site, device, called),
    )
    assert (result.name, result.passed, words in result.detail) == (line, passed, True)
    assert "hunter2" not in result.detail
