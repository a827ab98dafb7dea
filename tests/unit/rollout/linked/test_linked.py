"""Two ends of a link: every fault, and a controller killed at every single step."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import JournalError
from sekayu_net.rollout.linked import deploy_linked, resume_linked

NEAR, FAR = "near-rtr1", "far-rtr1"
OLD, NEW = ("link 1", "link 1"), ("link 2", "link 2")
#: Longer than everything that devices do by themselves.
LONG = 600


def states(ended: dict[str, Any]) -> tuple[str, str]:
    return ended[NEAR].state, ended[FAR].state


def test_both_ends_are_confirmed_and_the_deciding_one_first(pair) -> None:
    assert states(deploy_linked(pair.group())) == ("confirmed", "confirmed")
    assert pair.texts() == NEW
    assert pair.kept == {NEAR, FAR}
    assert (pair.near.token, pair.far.token) == (None, None)


#: end, fault → the states of near and far end.
FAULTS = {
    ("near", "preflight"): ("failed", "skipped"),
    ("far", "preflight"): ("skipped", "failed"),
    ("near", "lost at connect"): ("unreachable", "skipped"),
    ("far", "lost at read"): ("skipped", "unreachable"),
    ("near", "arm"): ("failed", "skipped"),
    ("far", "arm"): ("skipped", "failed"),
    ("near", "statement"): ("reverted", "reverted"),
    ("far", "statement"): ("reverted", "reverted"),
    ("far", "lost at armed"): ("skipped", "reverted"),
    ("near", "lost at applied"): ("confirmed", "confirmed"),
    ("near", "lost at confirmed"): ("confirmed", "confirmed"),
    ("near", "lost at confirm"): ("reverted", "reverted"),
    ("far", "lost at confirmed"): ("confirmed", "confirmed"),
}


@pytest.mark.parametrize(("end", "fault"), FAULTS)
def test_each_fault_leaves_both_ends_alike(pair, end, fault) -> None:
    getattr(pair, end).faults.add(fault)
    ended = deploy_linked(pair.group())
    assert states(ended) == FAULTS[end, fault], ended
    assert pair.texts() == (NEW if "confirmed" in states(ended) else OLD)
    assert all(each.reason for each in ended.values() if each.state != "confirmed")


def test_a_link_that_is_cut_meanwhile_takes_both_back(pair) -> None:
    group = pair.group()
    cut_at = pair.clock() + 6  # armed, not yet applied by the far end
    pair.clock.on_wait.append(lambda now: setattr(pair, "cable", not cut_at < now < cut_at + 90))
    assert states(deploy_linked(group)) == ("reverted", "reverted")
    assert pair.texts() == OLD


def test_the_shortest_window_is_enough(pair) -> None:
    assert states(deploy_linked(pair.group(confirm_within=13))) == ("confirmed", "confirmed")


def test_a_window_shorter_than_the_delays_is_refused_before_any_write(pair) -> None:
    ended = deploy_linked(pair.group(confirm_within=12))
    assert states(ended) == ("failed", "skipped")
    assert "--confirm-within 13" in ended[NEAR].reason
    assert pair.texts() == OLD


def test_a_follower_that_can_not_be_asked_is_left_to_follow(pair) -> None:
    pair.far.faults.add("lost at confirm")
    ended = deploy_linked(pair.group())
    assert states(ended) == ("confirmed", "unknown")
    assert "resume" in ended[FAR].reason
    pair.pass_time(LONG)
    assert pair.texts() == NEW


def test_a_journal_that_is_full_leaves_the_devices_to_themselves(pair) -> None:
    pair.near.faults.add("journal at verified")
    with pytest.raises(JournalError):
        deploy_linked(pair.group())
    pair.pass_time(LONG)
    assert pair.texts() == OLD


def killed(pair: Any, step: int) -> bool:
    """Deploy with a controller that is killed at this step; False when it ended before."""
    pair.kill_at = step
    try:
        deploy_linked(pair.group())
    except pair.killed:
        return True
    finally:
        pair.kill_at = None
    return False


def steps(pair: Any) -> int:
    deploy_linked(pair.group())
    return int(pair.steps)


#: More steps than a whole deployment has; ``test_every_step_is_struck`` sees to that.
STEPS = range(1, 90)


def test_every_step_is_struck(pair) -> None:
    assert 20 < steps(pair) < STEPS.stop - 20


@pytest.mark.parametrize("step", STEPS)
def test_a_killed_controller_leaves_both_ends_alike_with_nobody_to_help(pair, step) -> None:
    killed(pair, step)
    pair.pass_time(LONG)
    assert pair.texts() in (OLD, NEW)


@pytest.mark.parametrize("later", [0, 30, LONG])
@pytest.mark.parametrize("step", STEPS)
def test_a_resume_ends_both_alike(pair, step, later) -> None:
    if not killed(pair, step):
        return
    decided = pair.near.confirmed is not None
    pair.pass_time(later)
    ended = resume_linked(pair.group(), pair.states)
    final = {host: ended[host].state for host in ended}
    if "unknown" in final.values():
        pair.pass_time(LONG)
        ended = resume_linked(pair.group(), {**pair.states, **final})
        final |= {host: ended[host].state for host in ended}
    assert pair.texts() == (NEW if decided else OLD)
    assert "unknown" not in final.values()
    assert ("confirmed" in final.values()) is decided
    assert (pair.near.token, pair.far.token) == (None, None)


def test_nothing_is_decided_while_the_deciding_end_is_silent(pair) -> None:
    states_then = {NEAR: "verified", FAR: "verified"}
    killed(pair, 60)
    pair.near.faults.add("lost at connect")
    ended = resume_linked(pair.group(), states_then)
    assert {each.state for each in ended.values()} == {"unknown"}


def test_a_confirmed_end_has_the_other_confirmed(pair) -> None:
    pair.far.faults.add("lost at confirm")
    deploy_linked(pair.group())
    pair.far.faults.clear()
    ended = resume_linked(pair.group(), {NEAR: "confirmed", FAR: "unknown"})
    assert {host: each.state for host, each in ended.items()} == {FAR: "confirmed"}
    assert pair.far.token is None
