"""One device's state machine: each step, each way in which it can fail."""

from __future__ import annotations

import pytest

from sekayu_net.errors import JournalError
from sekayu_net.rollout.device import CheckResult, Ended, deploy, resume

BAD, GOOD = (CheckResult("hub", False, "0 of 3"),), (CheckResult("hub", True),)


def test_a_change_that_passes_everything_is_confirmed(bench) -> None:
    ended = deploy(bench.job())
    assert (ended.state, ended.reason) == ("confirmed", None)
    assert bench.says_new()
    assert bench.record.states == ["armed", "applied", "verified"]
    assert bench.device.token is None
    assert bench.device.confirmed["run"] == "run-1"
    assert bench.record.running.fingerprint == bench.device.confirmed["fingerprint"]


def test_verification_uses_a_new_connection(bench) -> None:
    deploy(bench.job())
    calls = bench.device.calls
    assert calls.count("open") == 2
    assert calls.index("close") < len(calls) - 1 - calls[::-1].index("open")


#: fault → final state, what the device says in the end.
FAULTS = {
    "open": ("unreachable", "old"),
    "identity": ("failed", "old"),
    "pending": ("failed", "old"),
    "read": ("unreachable", "old"),
    "preflight": ("failed", "old"),
    "arm": ("failed", "old"),
    "already-pending": ("failed", "old"),
    "lost-before-apply": ("reverted", "old"),
    "statement": ("reverted", "old"),
    "lost-half": ("reverted", "old"),
    "lost-after-apply": ("confirmed", "new"),
    "cut": ("reverted", "old"),
    "other-result": ("reverted", "old"),
    "confirm-refused": ("reverted", "old"),
    "confirm-half": ("confirmed", "new"),
    "confirm-answer-lost": ("confirmed", "new"),
}


@pytest.mark.parametrize(("fault", "state", "text"), [(f, *v) for f, v in FAULTS.items()])
def test_each_fault_ends_in_one_known_state(bench, fault, state, text) -> None:
    job = bench.job()
    bench.device.faults.add(fault)
    ended = deploy(job)
    assert ended.state == state, ended.reason
    assert bench.says_old() if text == "old" else bench.says_new()
    assert bench.device.undo_at is None
    assert state == "confirmed" or ended.reason


@pytest.mark.parametrize("fault", ["open", "identity", "pending", "read", "preflight"])
def test_a_fault_before_the_first_write_leaves_the_journal_at_planned(bench, fault) -> None:
    job = bench.job()
    bench.device.faults.add(fault)
    deploy(job)
    assert bench.record.states == []
    assert bench.device.scripts == []


def test_a_device_that_stays_silent_is_unknown_and_says_to_resume(bench) -> None:
    job = bench.job()
    bench.device.faults.update({"cut", "undo-broken"})
    bench.device.go_back = lambda: None
    ended = deploy(job)
    assert ended.state == "unknown"
    assert "resume" in ended.reason


def test_a_device_in_neither_state_is_unknown(bench) -> None:
    job = bench.job()
    bench.device.faults.update({"lost-half", "undo-broken"})
    ended = deploy(job)
    assert ended.state == "unknown"
    assert "neither" in ended.reason


def test_another_device_at_the_address_after_the_push_is_not_reverted_there(bench) -> None:
    job = bench.job()
    bench.device.faults.add("other-device-later")
    ended = deploy(job)
    assert ended.state == "unknown"
    assert "revert" not in bench.device.calls


def test_a_device_that_changed_since_the_plan_is_stale_and_says_where(bench) -> None:
    job = bench.job()
    bench.device.text += "\nsomeone was here"
    ended = deploy(job)
    assert ended.state == "stale"
    assert "someone was here" in ended.reason
    assert "admin added a line" in ended.reason
    assert bench.record.states == []


def test_a_device_whose_undo_got_worse_is_stale(bench) -> None:
    job = bench.job()
    bench.device.guard_kind = "job"
    assert deploy(job).state == "stale"


def test_silence_on_a_path_that_this_run_changed_is_a_loss(bench) -> None:
    job = bench.job()
    bench.device.faults.add("open")
    bench.lost_path = "camat-example-rtr1 on its path was changed before"
    ended = deploy(job)
    assert ended.state == "failed"
    assert "camat-example-rtr1" in ended.reason


def test_a_check_that_fails_after_the_change_reverts_it(bench) -> None:
    job = bench.job()
    bench.checks = [GOOD, BAD]
    ended = deploy(job)
    assert ended.state == "reverted"
    assert "hub (0 of 3)" in ended.reason
    assert bench.says_old()


def test_a_check_that_passes_in_the_end_confirms(bench) -> None:
    job = bench.job()
    bench.checks = [GOOD, BAD, BAD, GOOD]
    assert deploy(job).state == "confirmed"


def test_a_check_that_failed_before_is_not_blamed_but_reported(bench) -> None:
    job = bench.job()
    bench.checks = [BAD, BAD]
    ended = deploy(job)
    assert ended.state == "confirmed"
    assert ended.reason == "not passed yet, as before the change: hub"
    assert ended.failing == {"hub"}


def test_a_check_that_failed_before_and_passes_now_is_no_news(bench) -> None:
    job = bench.job()
    bench.checks = [BAD, GOOD]
    assert deploy(job) == Ended("confirmed")


def test_silence_behind_a_device_reverts_it(bench) -> None:
    job = bench.job()
    bench.silent = [("desa-example-rtr1",)]
    ended = deploy(job)
    assert ended.state == "reverted"
    assert "desa-example-rtr1" in ended.reason


def test_a_device_behind_that_answers_again_in_time_confirms(bench) -> None:
    job = bench.job()
    bench.silent = [("desa-example-rtr1",), ("desa-example-rtr1",), ()]
    assert deploy(job).state == "confirmed"


def test_verification_ends_before_the_undo_can_fire(bench) -> None:
    job = bench.job(confirm_within=60)
    bench.checks = [GOOD, BAD]
    begun = bench.clock()
    deploy(job)
    assert "revert" in bench.device.calls
    assert bench.clock() < begun + 60


@pytest.mark.parametrize("full_at", ["armed", "applied"])
def test_nothing_is_applied_that_the_journal_can_not_record(bench, full_at) -> None:
    job = bench.job()
    bench.record.full_at = full_at
    with pytest.raises(JournalError):
        deploy(job)
    assert bench.says_old()
    assert bench.device.token is None


def test_secrets_that_stand_on_the_device_are_remembered_before_the_change(bench) -> None:
    job = bench.job()
    bench.device.faults.add("arm")
    deploy(job)
    assert bench.remembered == ["hunter22"]


@pytest.mark.parametrize("fault", ["preflight", "statement"])
def test_no_secret_stands_in_a_reason(bench, fault) -> None:
    job = bench.job()
    bench.device.faults.add(fault)
    ended = deploy(job)
    assert "correct-horse" not in ended.reason
    assert "<secret>" in ended.reason


def test_without_an_undo_a_named_device_keeps_a_failed_change(bench) -> None:
    bench.unguarded = True
    bench.device.guard_kind = "none"
    plan = bench.plan()
    assert plan.status == "change"
    bench.checks = [GOOD, BAD]
    job = bench.job(plan)
    bench.device.faults.add("undo-broken")
    assert deploy(job).state == "failed"


#: what the crashed run left on the device → state in the journal → final state.
LEFT = {
    "waiting": ("applied", "confirmed"),
    "waiting and a check fails": ("applied", "reverted"),
    "went back": ("applied", "reverted"),
    "never begun": ("planned", "skipped"),
    "never begun, changed since": ("planned", "stale"),
    "was confirmed": ("verified", "confirmed"),
    "half": ("applied", "unknown"),
    "silent": ("applied", "unknown"),
}


@pytest.mark.parametrize(("left", "state", "final"), [(k, *v) for k, v in LEFT.items()])
def test_resume_asks_the_device(bench, left, state, final) -> None:
    job = bench.job()
    device = bench.device
    if left.startswith("waiting"):
        device.before, device.token, device.undo_at = device.text, job.token, bench.clock() + 50
    if left.startswith("waiting") or left == "was confirmed":
        device.text = "alpha\ndelta\ngamma\npath secret=correct-horse"
    if "check fails" in left:
        bench.checks = [BAD]
    if left == "was confirmed":
        device.confirmed = {"run": "run-1", "fingerprint": "x"}
    if left in {"half", "never begun, changed since"}:
        device.text = "alpha\ndelta"
    if left == "silent":
        device.faults.add("open")
    ended = resume(job, state)
    assert ended.state == final, ended.reason
    if final in {"reverted", "skipped"}:
        assert bench.says_old()
    assert device.token is None
