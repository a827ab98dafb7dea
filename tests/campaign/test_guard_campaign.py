"""A bounded sample of the fault campaign, and the proof that it finds a broken undo.

The whole is ``python -m tests.campaign.guard``; its table stands in ``docs/reliability.md``.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sekayu_net.plan import guard_refusal
from sekayu_net.platforms.base import GuardKind
from sekayu_net.platforms.routeros import guard, undo
from sekayu_net.platforms.routeros.record import Record
from tests.campaign.campaign import DEVICES, Point, driver_guard, run
from tests.campaign.guard import STEPS, STRIKES, campaign, points, step
from tests.campaign.scenario import SCENARIOS, prepare
from tests.campaign.world import Strike

SEED, SAMPLE = 20261124, 50


@pytest.mark.parametrize("kind", DEVICES)
def test_a_sample_of_all_points_ends_old_or_new_in_reach_and_clean(kind: GuardKind) -> None:
    tally = campaign(seed=SEED, sample=SAMPLE, kinds=(kind,))
    assert tally.total == SAMPLE
    assert [(name, point, result.wrong) for name, point, result in tally.failures] == []


# RouterOS 6 has no device-mode: nothing there forbids the scheduler
@pytest.mark.parametrize(
    ("version", "kinds"), [("6.49.18", ["job+startup"]), ("7.12.1", list(DEVICES))]
)
def test_a_version_that_gives_no_words_and_no_dry_run_ends_well_too(
    version: str, kinds: list[GuardKind]
) -> None:
    tally = campaign(seed=SEED, sample=15, version=version, kinds=kinds)
    assert [(name, point, result.wrong) for name, point, result in tally.failures] == []


@pytest.mark.parametrize("scenario", ["move", "broken inverse"])
def test_every_step_of_a_deployment_is_struck(scenario: str) -> None:
    _, world = run(Point(scenario, "job+startup"))
    seen = {step(event) for event in world.events}
    assert seen >= set(STEPS) - ({"undo"} if scenario == "move" else {"confirm"})


@pytest.mark.parametrize("kind", DEVICES)
def test_a_change_of_the_management_path_needs_a_kind_that_survives_a_reboot(
    kind: GuardKind,
) -> None:
    assert prepare("move", "7.20.1").change.management_path
    refused = guard_refusal(driver_guard(Point("move", kind)), management_path=True) is not None
    assert refused is (kind == "job")


def last_statement(point: Point) -> int:
    """The last statement of the import."""
    _, world = run(point)
    return max(n for n, event in enumerate(world.events) if event == "import: statement")


def without(part: str) -> Callable[..., str]:
    """An arming script that lacks the lines that hold ``part``."""
    whole = undo.arm_file

    def cut(*arguments: object, **named: object) -> str:
        text = whole(*arguments, **named)  # type: ignore[arg-type]
        return "".join(line for line in text.splitlines(keepends=True) if part not in line)

    return cut


def test_a_sabotaged_undo_for_reboots_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    at = last_statement(Point("cut-off", "job+startup"))
    point = Point("cut-off", "job+startup", Strike("reboot", at))
    assert run(point)[0].wrong == ()
    monkeypatch.setattr(undo, "arm_file", without("start-time=startup"))
    monkeypatch.setattr(guard, "_verify_armed", lambda *_: [])
    assert "out of reach" in run(point)[0].wrong


def test_a_sabotaged_timer_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    at = last_statement(Point("cut-off", "job+startup"))
    point = Point("cut-off", "job+startup", Strike("kill", at), late=True)
    assert run(point)[0].wrong == ()
    monkeypatch.setattr(undo, "arm_file", without(":execute"))
    monkeypatch.setattr(guard, "_verify_armed", lambda *_: [])
    assert "out of reach" in run(point)[0].wrong


def test_a_missing_second_stage_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = undo.undo_source
    monkeypatch.setattr(
        undo,
        "undo_source",
        lambda names, record: whole(names, record).replace("/system backup load", "/quit"),
    )
    at = last_statement(Point("broken inverse", "job+startup"))
    point = Point("broken inverse", "job+startup", Strike("kill", at), late=True)
    assert run(point)[0].wrong != ()


def test_an_undo_that_gives_its_trigger_away_too_early_is_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A power cut between disarming and loading would leave what nothing brings back."""
    whole = undo.undo_source

    def early(names: object, record: Record) -> str:
        text = whole(names, record)  # type: ignore[arg-type]
        *rest, last = text.splitlines()
        return "\n".join([*rest, last.replace(":if ($n = 3)", ":if ($n >= 0)")])

    _, world = run(Point("broken inverse", "job+startup"))
    last = max(n for n, event in enumerate(world.events) if event == "undo: statement")
    strikes = [
        Point("broken inverse", "job+startup", Strike("power", at, 20.0), late=True)
        for at in range(last - 6, last + 1)
    ]
    assert all(run(point)[0].wrong == () for point in strikes)
    monkeypatch.setattr(undo, "undo_source", early)
    assert any("out of reach" in run(point)[0].wrong for point in strikes)


def test_an_apply_that_arrives_after_the_undo_changes_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, world = run(Point("cut-off", "job+startup"))
    at = world.events.index("apply: request, before")
    point = Point("cut-off", "job+startup", Strike("cut", at, 80.0, late=True), late=True)
    assert run(point)[0].wrong == ()
    whole = undo.apply_source
    monkeypatch.setattr(
        undo,
        "apply_source",
        lambda *arguments: "\n".join(whole(*arguments).splitlines()[2:]),
    )
    assert "out of reach" in run(point)[0].wrong


@pytest.mark.parametrize("kind", DEVICES)
def test_a_controller_that_dies_while_it_starts_the_undo_leaves_the_timer(kind: GuardKind) -> None:
    _, world = run(Point("refused", kind))
    begun = [n for n, event in enumerate(world.events) if event.startswith("revert: ")]
    assert begun
    for at in begun:
        assert run(Point("refused", kind, Strike("kill", at), late=True))[0].wrong == ()


def test_a_link_that_is_cut_while_the_anchor_is_sought_does_not_cost_the_anchor() -> None:
    _, world = run(Point("wrong inverse", "job+startup"))
    first = world.events.index("arm: statement")
    for at in range(first, world.events.index("arm: upload, before")):
        point = Point("wrong inverse", "job+startup", Strike("cut", at, 8.0))
        assert run(point)[0].wrong == ()


def test_all_points_are_as_many_as_events_times_strikes() -> None:
    name = next(iter(SCENARIOS))
    _, world = run(Point(name, "job+startup"))
    tried = list(points(("job+startup",), (name,)))
    assert len(tried) == len(STRIKES) * len(world.events)
