"""The plan of an upgrade: kept as it was, bound to devices and packages."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sekayu_net import plan as plans
from sekayu_net.errors import ApprovalError, PlanFileError
from sekayu_net.packages import PackageFolder
from sekayu_net.rollout import approval
from sekayu_net.rollout.upgrade import Step
from sekayu_net.rollout.upgrade_plan import (
    UpgradePlan,
    check_packages,
    is_upgrade,
    load_signed,
    save,
    settled,
    sums_of,
)

FILE = "routeros-7.24.1-arm64.npk"
STEP = Step("a", "7.20.4", "7.24.1", files=(FILE,), size=9, lost=("x",), fingerprint="f1")
IDLE = Step("b", "7.24.1", "7.24.1", fingerprint="f2")
AWAY = Step("c", "7.20.4", "7.24.1", refusal="it does not answer", unreachable=True)
PLAN = UpgradePlan(
    created="2026-01-05T08:00:00+00:00",
    author="siti",
    project="16.06.01",
    lab=True,
    revision=None,
    playbook="phase-1",
    selection="phase-1",
    steps=(STEP, IDLE, AWAY),
    sums={FILE: "aa"},
    checks=("hub-reachable",),
    windows=("mon-fri 21:00-05:00",),
)


def test_a_saved_plan_is_read_back_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "u.plan"
    save(PLAN, file)
    assert load_signed(file) == PLAN
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("sums", {FILE: "bb"}),
        ("windows", []),
        ("steps", []),
        ("patience", "long"),
        ("checks", []),
        ("more", 1),
    ],
)
def test_an_edited_plan_is_refused(key: str, value: object, tmp_path: Path) -> None:
    file = tmp_path / "u.plan"
    save(PLAN, file)
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, key: value}))
    with pytest.raises(PlanFileError, match="edited"):
        load_signed(file)


def test_it_is_never_taken_for_a_plan_of_changes(tmp_path: Path) -> None:
    file = tmp_path / "u.plan"
    save(PLAN, file)
    assert is_upgrade(file)
    with pytest.raises(PlanFileError) as refused:
        plans.load(file)
    assert "upgrade --plan" in str(refused.value.hint)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 2}'])
def test_what_is_none_is_said_so(text: str, tmp_path: Path) -> None:
    file = tmp_path / "u.plan"
    file.write_text(text)
    with pytest.raises(PlanFileError, match="not the plan of an upgrade"):
        load_signed(file)


def test_only_what_is_sent_is_bound_by_its_sum() -> None:
    folder = PackageFolder(Path("packages"), {FILE: "aa", "other.npk": "cc"})
    assert sums_of(PLAN.steps, folder) == {FILE: "aa"}


@pytest.mark.parametrize("sums", [{}, {FILE: "bb"}], ids=["gone", "another"])
def test_other_packages_than_those_planned_are_refused(sums: dict[str, str]) -> None:
    with pytest.raises(PlanFileError, match=FILE):
        check_packages(PLAN, PackageFolder(Path("packages"), sums))


#: What is planned, what is found, whether it is done, stale, and of what the refusal speaks.
MOVED = {
    "as it was": (STEP, STEP, True, False, ""),
    "another configuration": (STEP, replace(STEP, fingerprint="f9"), False, True, "configuration"),
    "another version": (STEP, replace(STEP, before="7.16.2"), False, True, "7.16.2"),
    "other packages": (STEP, replace(STEP, files=(FILE, "wifi")), False, True, "packages"),
    "offline now": (STEP, replace(AWAY, host="a"), False, False, "answer"),
    "there already, after a crash": (
        STEP,
        replace(IDLE, host="a", again=True, fingerprint="f9"),
        True,
        False,
        "",
    ),
    "offline then": (AWAY, replace(STEP, host="c"), False, False, "plan it again"),
    "nothing to do then": (IDLE, replace(STEP, host="b"), False, False, "plan it again"),
    "nothing to do then and now": (IDLE, IDLE, False, False, ""),
}


@pytest.mark.parametrize(("planned", "found", "due", "stale", "words"), MOVED.values(), ids=MOVED)
def test_a_device_is_upgraded_only_from_the_state_that_was_planned(
    planned: Step, found: Step, due: bool, stale: bool, words: str
) -> None:
    (step,) = settled(replace(PLAN, steps=(planned,)), (found,))
    assert (step.due, step.stale) == (due, stale)
    assert words in step.refusal


def test_a_plan_without_signatures_says_how_an_upgrade_is_approved(tmp_path: Path) -> None:
    with pytest.raises(ApprovalError) as refused:
        approval.require(PLAN, approval.Policy(1, tmp_path / "allowed_signers"))
    assert "upgrade --plan" in str(refused.value.hint)
