"""Which device of an untried version and model goes first, and who waits for it."""

from __future__ import annotations

import pytest

from sekayu_net.inventory.district import Make
from sekayu_net.inventory.qualified import TRIALS, Qualification
from sekayu_net.plan import HostPlan, PlannedWave
from sekayu_net.rollout.canary import TRUSTED, Standing, flagged, held, standing, with_canaries

M1, M2 = Make("lines", "1.0", "Small"), Make("lines", "1.0", "Big")
W1, W2 = PlannedWave("one", ("a", "b", "c")), PlannedWave("two", ("d", "e"))
LONE = PlannedWave("lone", ("z",))


def depth(host: str) -> int:
    return 2 if host == "c" else 1


CASES = [
    # waves, untried, changing → waves, who waits
    ([W1, W2], {}, "abcde", [("one", "abc"), ("two", "de")], {}),
    (
        [W1, W2],
        {"a": M1, "b": M1, "d": M1},
        "abcde",
        [("one: first Small 1.0", "a"), ("one", "bc"), ("two", "de")],
        {"b": "a", "d": "a"},
    ),
    # the deepest of a wave, not the first by name
    (
        [W1],
        {"a": M1, "b": M1, "c": M1},
        "abc",
        [("one: first Small 1.0", "c"), ("one", "ab")],
        {"a": "c", "b": "c"},
    ),
    # one a make
    (
        [W1, W2],
        {"a": M1, "b": M2, "e": M2},
        "abcde",
        [("one: first Small 1.0", "a"), ("one: first Big 1.0", "b"), ("one", "c"), ("two", "de")],
        {"e": "b"},
    ),
    # a make that comes with a later wave has its canary there
    (
        [W1, W2],
        {"e": M1},
        "abcde",
        [("one", "abc"), ("two: first Small 1.0", "e"), ("two", "d")],
        {},
    ),
    # a wave of one is a canary, also when its others don't change
    ([LONE, W2], {"z": M1, "d": M1}, "zde", [("lone", "z"), ("two", "de")], {"d": "z"}),
    ([W1, W2], {"a": M1, "d": M1}, "ade", [("one", "abc"), ("two", "de")], {"d": "a"}),
    # nothing is left of a wave
    (
        [W2],
        {"d": M1, "e": M2},
        "de",
        [("two: first Small 1.0", "d"), ("two: first Big 1.0", "e")],
        {},
    ),
]


@pytest.mark.parametrize(("waves", "untried", "changing", "cut", "waiting"), CASES)
def test_waves_with_canaries(waves, untried, changing, cut, waiting) -> None:
    made, waits = with_canaries(waves, untried, changing=changing, depth=depth)
    assert [(wave.name, "".join(wave.hosts)) for wave in made] == cut
    assert waits == waiting


def qualification(lab: bool = False, **results: str) -> Qualification:
    trials = {trial: {"result": results.get(trial, "passed")} for trial in TRIALS}
    return Qualification.model_validate(
        {
            "platform": "lines",
            "version": "1.0",
            "model": "Small",
            "lab": lab,
            "undo": "job",
            "trials": trials,
        }
    )


NEVER = "Small with lines 1.0 was never qualified"
STANDINGS = [
    ([], (), Standing(NEVER, canary=True)),
    ([], (M1,), Standing(NEVER)),
    ([], (M2,), Standing(NEVER, canary=True)),
    ([qualification()], (), TRUSTED),
    ([qualification(reboot="not claimed")], (), TRUSTED),
    ([qualification(lab=True)], (), Standing(NEVER, canary=True)),
    (
        [qualification(reboot="not tried")],
        (M1,),
        Standing("Small with lines 1.0 is not qualified (reboot not tried)"),
    ),
    (
        [qualification(fire="failed")],
        (M1,),
        Standing("Small with lines 1.0 is not qualified (fire failed)", canary=True),
    ),
]


@pytest.mark.parametrize(("qualified", "deployed", "expected"), STANDINGS)
def test_the_standing_of_a_make(qualified, deployed, expected) -> None:
    assert standing(M1, qualified, deployed, lab=False) == expected


CHANGE = HostPlan("a", "lines", "change", warnings=("look",))


def test_a_canary_is_told_in_its_plan() -> None:
    told = flagged(CHANGE, Standing(NEVER, canary=True), None)
    assert told.warnings == ("look", f"{NEVER}: see sekayu-net qualify; it goes first, alone")
    assert told.canary is None


def test_who_waits_for_a_canary_is_told_whom() -> None:
    told = flagged(CHANGE, Standing(NEVER, canary=True), "b")
    assert told.warnings[-1].endswith("; it waits for b")
    assert told.canary == "b"


def test_a_make_that_was_deployed_is_still_flagged() -> None:
    assert flagged(CHANGE, Standing(NEVER), None).warnings[-1] == f"{NEVER}: see sekayu-net qualify"


@pytest.mark.parametrize(
    ("host", "known"),
    [(CHANGE, TRUSTED), (HostPlan("a", "lines", "unchanged"), Standing(NEVER, canary=True))],
)
def test_who_is_trusted_or_not_changed_is_not_flagged(host, known) -> None:
    assert flagged(host, known, None) == host


@pytest.mark.parametrize(
    ("canary", "states", "is_held"),
    [
        (None, {}, False),
        ("b", {"b": "confirmed"}, False),
        ("b", {"b": "stale"}, True),
        ("b", {"b": "unreachable"}, True),
        ("b", {"b": "reverted"}, True),
        ("b", {}, True),
    ],
)
def test_a_device_is_held_until_its_canary_is_confirmed(canary, states, is_held) -> None:
    host = HostPlan("a", "lines", "change", canary=canary)
    assert (held(host, states) is not None) is is_held
