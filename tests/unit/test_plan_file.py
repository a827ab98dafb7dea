"""Saved plans: what goes in comes out, and nothing else is taken."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from sekayu_net.errors import PlanFileError
from sekayu_net.plan import HostPlan, Plan, PlannedWave, Sources, check_usable, load, save

PLAN = Plan(
    created="2026-03-01T08:00:00+00:00",
    author="tester",
    project="161101",
    lab=True,
    revision="abc123",
    playbook="phase-1",
    waves=(PlannedWave("canary", ("a-rtr1",)), PlannedWave("rest", ("b-rtr1",))),
    hosts={
        "a-rtr1": HostPlan(
            "a-rtr1",
            "lines",
            "change",
            fingerprint="f" * 64,
            operations=1,
            guard="job+startup",
            survives=("reboot",),
            script="+x\n+y",
            inverse="-y\n-x",
            running="z\n",
            intended="x\ny\nz — é",
        ),
        "b-rtr1": HostPlan("b-rtr1", "lines", "unreachable", "no answer"),
    },
    confirm_within=60,
    labels={"0" * 16: "ospf/example@1"},
    sources=Sources("a" * 64, "b" * 64),
    reason="the new rule",
)


def test_a_saved_plan_loads_as_it_was(tmp_path) -> None:
    save(PLAN, tmp_path / "p.plan")
    assert load(tmp_path / "p.plan") == PLAN


def test_a_saved_plan_is_for_its_owner_only(tmp_path) -> None:
    save(PLAN, tmp_path / "p.plan")
    assert stat.S_IMODE((tmp_path / "p.plan").stat().st_mode) == 0o600


def test_each_line_of_a_script_is_a_line_of_the_file(tmp_path) -> None:
    save(PLAN, tmp_path / "p.plan")
    lines = [line.strip() for line in (tmp_path / "p.plan").read_text().splitlines()]
    assert lines.count('"+x",') == 1


EDITS = {
    "a script": lambda d: d["hosts"]["a-rtr1"]["script"].append("+evil"),
    "a status": lambda d: d["hosts"]["b-rtr1"].update(status="change"),
    "a wave": lambda d: d["waves"].reverse(),
    "what it came from": lambda d: d["sources"].update(templates="c" * 64),
    "why": lambda d: d.update(reason="another"),
    "the whole of a device": lambda d: d["hosts"]["a-rtr1"].update(whole=True),
    "the world": lambda d: d.update(lab=False),
    "the id": lambda d: d.update(plan_id="0" * 64),
    "no id": lambda d: d.pop("plan_id"),
    "one more key": lambda d: d.update(note="hello"),
    "one more key of a host": lambda d: d["hosts"]["a-rtr1"].update(note="hello"),
    "a missing key": lambda d: d.pop("checks"),
    "another type": lambda d: d.update(hosts=[1, 2]),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
def test_an_edited_plan_is_refused(tmp_path, edit) -> None:
    path = tmp_path / "p.plan"
    save(PLAN, path)
    document = json.loads(path.read_text())
    edit(document)
    path.write_text(json.dumps(document))
    with pytest.raises(PlanFileError, match="edited"):
        load(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"format": 99}', "\udcff"])
def test_what_is_no_plan_is_refused(tmp_path, text) -> None:
    path = tmp_path / "p.plan"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(PlanFileError, match="not a plan"):
        load(path)


def test_a_missing_plan_says_how_to_make_one(tmp_path) -> None:
    with pytest.raises(PlanFileError) as caught:
        load(tmp_path / "none.plan")
    assert "sekayu-net plan" in caught.value.hint


AT = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
USABLE = {
    "project": "161101",
    "lab": True,
    "hosts": {"a-rtr1", "b-rtr1"},
    "max_age": timedelta(hours=3),
    "at": AT,
}


def test_a_fresh_plan_of_this_project_is_usable(tmp_path) -> None:
    check_usable(PLAN, tmp_path, **USABLE)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"project": "161102"}, "project 161101"),
        ({"lab": False}, "made for the lab"),
        ({"hosts": {"a-rtr1"}}, "no longer in the inventory: b-rtr1"),
        ({"max_age": timedelta(hours=1)}, "2 h 0 min old"),
        ({"at": AT - timedelta(days=1)}, "clock is wrong"),
    ],
)
def test_a_plan_for_another_time_or_place_is_refused(tmp_path, change, words) -> None:
    with pytest.raises(PlanFileError, match=words):
        check_usable(PLAN, tmp_path, **(USABLE | change))


def test_the_id_is_of_the_content() -> None:
    other = replace(PLAN, hosts=PLAN.hosts | {"b-rtr1": HostPlan("b-rtr1", "lines", "error", "x")})
    assert PLAN.plan_id == replace(PLAN).plan_id != other.plan_id


def test_signatures_are_no_part_of_what_a_plan_says() -> None:
    assert replace(PLAN, signatures=("x",)).plan_id == PLAN.plan_id
