"""Planning one device: statuses, the deletion brake, the rule on undo kinds."""

from __future__ import annotations

import pytest

from sekayu_net.errors import AuthenticationError, HostKeyError, IdentityError, UnreachableError
from sekayu_net.plan import Expected, Limits, unplanned
from sekayu_net.platforms.base import Guard

REBOOT = Guard("job+startup", frozenset({"session", "reboot"}))
JOB = Guard("job", frozenset({"session"}), "the scheduler is forbidden")
NONE = Guard("none", frozenset(), "no way at all")
OFF_PATH = "alpha\nbeta secret=hunter22\ngamma\nepsilon"


def test_a_change_holds_script_inverse_and_the_state_it_starts_from(bench) -> None:
    plan = bench.plan()
    assert plan.status == "change"
    assert plan.operations == 3
    assert plan.fingerprint == bench.running().fingerprint
    assert plan.script.splitlines()[0] == "+delta"
    assert plan.inverse.splitlines()[0] == "-delta"


def test_a_plan_holds_secrets_only_as_tokens(bench) -> None:
    text = repr(bench.plan())
    assert "hunter22" not in text
    assert "correct-horse" not in text
    assert "<secret:0000000000000002>" in text


def test_no_difference_is_unchanged(bench) -> None:
    plan = bench.plan(intended=bench.device.text)
    assert (plan.status, plan.operations) == ("unchanged", 0)


#: undo, intended, operator named the device → status
GUARDS = {
    "survives a reboot, path": (REBOOT, None, False, "change"),
    "lost at a reboot, path": (JOB, None, False, "refused"),
    "lost at a reboot, path, named": (JOB, None, True, "change"),
    "lost at a reboot, not the path": (JOB, OFF_PATH, False, "change"),
    "none, not the path": (NONE, OFF_PATH, False, "refused"),
    "none, named": (NONE, None, True, "change"),
}


@pytest.mark.parametrize(("guard", "intended", "named", "status"), GUARDS.values(), ids=GUARDS)
def test_an_undo_carries_only_what_it_can_undo(bench, guard, intended, named, status) -> None:
    bench.unguarded = named
    plan = (
        bench.plan(guard=guard) if intended is None else bench.plan(guard=guard, intended=intended)
    )
    assert plan.status == status
    if status == "refused":
        assert "--allow-unguarded" in plan.reason
        assert guard.reason in plan.reason


def test_nothing_to_do_needs_no_undo(bench) -> None:
    assert bench.plan(guard=NONE, intended=bench.device.text).status == "unchanged"


def test_more_removals_than_the_limit_are_refused_by_name(bench) -> None:
    plan = bench.plan(limits=Limits(removals=0))
    assert plan.status == "refused"
    assert f"--allow-removals {plan.host}" in plan.reason
    allowed = bench.plan(limits=Limits(removals=0, allow_removals=frozenset({plan.host})))
    assert allowed.status == "change"


@pytest.mark.parametrize(("what", "value"), [("serial", "S2"), ("model", "M2"), ("version", "2.0")])
def test_another_device_than_the_inventory_says_is_refused(bench, what, value) -> None:
    wrong = Expected(
        **{
            "host": "h",
            "platform": "lines",
            "serial": "SERIAL1",
            "model": "Model",
            "version": "1.0",
        }
        | {what: value}
    )
    bench.expected = lambda: wrong
    plan = bench.plan()
    assert plan.status == "refused"
    assert value in plan.reason


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UnreachableError, "unreachable"),
        (AuthenticationError, "error"),
        (IdentityError, "refused"),
        (HostKeyError, "refused"),
    ],
)
def test_a_device_that_could_not_be_read_is_not_planned(bench, error, status) -> None:
    plan = unplanned(bench.expected(), error("no", host="h", stage="connect", hint="do this"))
    assert (plan.status, plan.reason, plan.script) == (status, "no; do this", "")
