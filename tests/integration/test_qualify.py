"""The undo tried on simulated devices as it is tried on spare real ones, over real SSH."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import GuardError, PendingError
from sekayu_net.platforms.base import Guard
from sekayu_net.platforms.routeros import guard, undo
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.session import RefusedError, Session
from sekayu_net.rollout import qualify as trials
from sekayu_net.rollout.qualify import Bench, Report, TrialResult, qualify
from tests.integration.conftest import bench

pytestmark = [
    pytest.mark.timeout(120),
    pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields"),
]

DEVICES = {
    "7.20": {},
    "6.49": {
        "model": "RB952Ui-5ac2nD",
        "version": "6.49.17",
        "architecture": "mipsbe",
    },
    "home": {"flash_folder": True, "device_mode": "home"},
}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated devices boot at once."""
    monkeypatch.setattr(undo, "BOOT_DELAY", 1)
    monkeypatch.setattr(trials, "REBOOT_PAUSE", 0.2)
    monkeypatch.setattr(trials, "POLL_SECONDS", (0.1, 0.4))


@pytest.fixture
def device(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Any]:
    yield from bench(tmp_path, **DEVICES[request.param])


def tried(device: Any, *, reboot: bool = True, within: int = 2) -> tuple[Report, list[str]]:
    """Qualify it; the report, and what was recorded and told on the way."""
    seen: list[str] = []

    def told(result: TrialResult) -> None:
        seen.append(f"{result.trial} {result.verdict}")

    report = qualify(
        Bench(
            host="office-rtr1",
            version=device.target.version,
            run="run1",
            confirm_within=within,
            platform=ROUTEROS,
            driver=lambda: RouterOSDriver.for_target(device.target),
            seal=lambda value: "<secret:0000000000000000>",
            record=lambda state, trial: seen.append(f"{state} {trial}"),
            told=told,
            clock=time.monotonic,
            wait=time.sleep,
        ),
        reboot=reboot,
    )
    return report, seen


def results(report: Report) -> dict[str, str]:
    return {each.trial: each.verdict for each in report.results}


PASSED = dict.fromkeys(("failure", "fire", "confirm", "reboot", "leftovers"), "passed")


@pytest.mark.parametrize(
    ("device", "kind", "expected"),
    [
        ("7.20", "job+startup", PASSED),
        ("6.49", "job+startup", PASSED),
        ("home", "job", {**PASSED, "reboot": "not claimed"}),
    ],
    indirect=["device"],
)
def test_a_device_that_does_as_it_should_passes(
    device: Any, kind: str, expected: dict[str, str]
) -> None:
    before = device.export()
    report, seen = tried(device)
    assert [each.detail for each in report.failed] == []
    assert (report.guard.kind, results(report)) == (kind, expected)
    assert seen[:2] == ["armed failure", "failure passed"]
    assert "failure: already have such entry" in (report.results[0].detail or "")
    assert device.names() == {"sekayu-confirmed"}
    assert device.export().split("/system script")[0].rstrip() == before


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Any]:
    yield from bench(tmp_path)


def without(part: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The device gets an undo that lacks a part, and arming does not see it."""
    whole = undo.arm_file

    def cut(*arguments: Any, **named: Any) -> str:
        text = whole(*arguments, **named)
        return "".join(line for line in text.splitlines(keepends=True) if part not in line)

    monkeypatch.setattr(undo, "arm_file", cut)
    monkeypatch.setattr(guard, "_verify_armed", lambda *_: [])


@pytest.mark.parametrize(
    ("part", "failed"), [(":execute", "fire"), ("start-time=startup", "reboot")]
)
def test_a_device_that_does_not_go_back_fails_there_and_nothing_more_is_tried(
    spare: Any, monkeypatch: pytest.MonkeyPatch, part: str, failed: str
) -> None:
    monkeypatch.setattr(trials, "GRACE", 2.0)
    monkeypatch.setattr(trials, "REBOOT_PATIENCE", 4.0)
    before = spare.export()
    without(part, monkeypatch)
    report, _ = tried(spare)
    assert [each.trial for each in report.failed] == [failed]
    assert "did not go back by itself" in (report.failed[0].detail or "")
    assert "the device is in its old state" in (report.failed[0].detail or "")
    assert report.results[-1].verdict == "not tried"
    assert spare.export().split("/system script")[0].rstrip() == before


def test_without_a_reboot_the_rest_is_tried(spare: Any) -> None:
    report, _ = tried(spare, reboot=False)
    assert results(report) == {**PASSED, "reboot": "not tried"}


def test_a_device_on_which_a_change_waits_is_left_alone(spare: Any) -> None:
    spare.commit(spare.driver())
    with pytest.raises(PendingError):
        tried(spare)
    assert spare.waits() is True


def test_a_device_that_can_not_arm_an_undo_is_left_alone(
    spare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = spare.export()
    monkeypatch.setattr(
        RouterOSDriver, "guard", lambda self: Guard("none", frozenset(), "no rights")
    )
    with pytest.raises(GuardError, match="no rights"):
        tried(spare)
    assert spare.export() == before


def test_what_a_broken_off_qualification_left_is_taken_away(spare: Any) -> None:
    before = spare.export()
    spare.on_loop(
        lambda: spare.device.import_script(
            "/ip firewall address-list add list=sekayu-qualify address=192.0.2.1 disabled=yes\n"
        )
    )
    report, _ = tried(spare, reboot=False)
    assert report.failed == ()
    assert spare.export().split("/system script")[0].rstrip() == before


def test_a_reboot_is_asked_for_where_there_are_no_jobs_too(
    spare: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing but the command itself is left then, and its answer never comes."""
    ask = Session.ask

    def no_jobs(self: Session, *commands: str, **named: Any) -> str:
        if any(command.startswith(":execute") for command in commands):
            raise RefusedError("not allowed", host=self.host, stage="reboot", output="")
        return ask(self, *commands, **named)

    monkeypatch.setattr(Session, "ask", no_jobs)
    spare.driver().reboot()
    spare.until(lambda: spare.waits() is None)
    spare.until(lambda: spare.waits() is False)
