"""Gates, waivers, windows, budgets and the catch-up queue at the command line."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

TODAY = datetime.now(UTC).date()
SOON = str(TODAY + timedelta(days=30))
PAST = str(TODAY - timedelta(days=30))
OFFLINE = "lurah-satu-ap1"


@pytest.fixture
def nearly(desk):
    """Phase 1 is done but for one device that was offline."""
    desk.place.devices[OFFLINE].faults.add("open")
    answer = desk.run("deploy", "phase-1", "--yes", "--json")
    assert answer.code == 4
    states = {host: each["state"] for host, each in answer.json["hosts"].items()}
    assert states.pop(OFFLINE) == "unreachable"
    assert set(states.values()) == {"confirmed"}
    return desk


def write_playbook(desk, name: str, **more: object) -> None:
    book = {"name": name, "hosts": {"phase": 1}, **more}
    (desk.project.playbooks / f"{name}.yaml").write_text(json.dumps(book, indent=1))


def test_a_closed_gate_names_who_is_missing_and_both_ways_on(nearly) -> None:
    answer = nearly.run("deploy", "phase-2", "--yes")
    assert answer.code == 1
    assert f"missing 1: {OFFLINE} (unreachable)" in answer.err
    assert "sekayu-net deploy phase-1" in answer.err
    assert "sekayu-net waive HOST" in answer.err


def test_a_waiver_opens_the_gate_and_is_told(nearly) -> None:
    given = nearly.run("waive", OFFLINE, "--reason", "the mast is down", "--until", SOON, "--json")
    assert given.code == 0
    (waiver,) = given.json["waivers"]
    assert (waiver["host"], waiver["reason"], waiver["until"]) == (
        OFFLINE,
        "the mast is down",
        SOON,
    )
    assert "the mast is down" in nearly.run("waive").out
    answer = nearly.run("deploy", "phase-2", "--yes")
    assert answer.code == 0
    assert f"{OFFLINE} is waived until {SOON}" in answer.err


def test_a_waiver_can_be_ended(nearly) -> None:
    nearly.run("waive", OFFLINE, "--reason", "x", "--until", SOON)
    assert nearly.run("waive", OFFLINE, "--end").out == "nobody is waived\n"
    assert nearly.run("deploy", "phase-2", "--yes").code == 1


def test_a_playbook_can_waive_and_the_journal_keeps_it(nearly) -> None:
    path = nearly.project.playbooks / "phase-2.yaml"
    entry = {"host": OFFLINE, "reason": "the mast is down", "until": SOON}
    path.write_text(path.read_text() + f"waivers: [{json.dumps(entry)}]\n")
    assert nearly.run("deploy", "phase-2", "--yes").code == 0
    from sekayu_net.journal import Journal
    from sekayu_net.rollout.gates import recorded

    with Journal.open(nearly.project.journal_path) as journal:
        assert [(w.host, w.operator) for w in recorded(journal)] == [(OFFLINE, "playbook phase-2")]
    assert nearly.run("waive").out == "nobody is waived\n"


@pytest.mark.parametrize(
    "words",
    [
        ["waive", OFFLINE],
        ["waive", OFFLINE, "--reason", "x"],
        ["waive", OFFLINE, "--reason", " ", "--until", SOON],
        ["waive", OFFLINE, "--reason", "x", "--until", PAST],
        ["waive", OFFLINE, "--reason", "x", "--until", "soon"],
        ["waive", OFFLINE, "--end", "--until", SOON],
        ["waive", "nowhere", "--reason", "x", "--until", SOON],
        ["waive", "--reason", "x", "--until", SOON],
        ["deploy", "--catch-up", "--host", OFFLINE, "--yes"],
        ["deploy", "--catch-up", "--plan", "x.plan", "--yes"],
    ],
    ids=" ".join,
)
def test_a_half_said_wish_is_wrong_usage(desk, words) -> None:
    assert desk.run(*words).code == 2


def test_status_shows_who_waits_to_be_caught_up(nearly) -> None:
    shown = nearly.run("status").out
    assert "sekayu-net deploy --catch-up" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80
    (waiting,) = nearly.run("status", "--json").json["catch_up"]
    assert (waiting["host"], waiting["playbook"], waiting["expired"]) == (OFFLINE, "phase-1", False)


def test_catching_up_deploys_those_who_answer_now_and_only_them(nearly) -> None:
    pushes = {host: len(device.scripts) for host, device in nearly.place.devices.items()}
    still = nearly.run("deploy", "--catch-up", "--yes", "--json")
    assert still.code == 4
    assert still.json["hosts"][OFFLINE]["state"] == "unreachable"
    nearly.place.devices[OFFLINE].faults.clear()
    done = nearly.run("deploy", "--catch-up", "--yes", "--json")
    assert done.code == 0
    assert {host: each["state"] for host, each in done.json["hosts"].items()} == {
        OFFLINE: "confirmed"
    }
    now = {host: len(device.scripts) for host, device in nearly.place.devices.items()}
    assert now == {**pushes, OFFLINE: 1}
    assert nearly.run("deploy", "--catch-up", "--yes").out == "nobody waits to be caught up\n"
    assert nearly.run("status", "--json").json["catch_up"] == []
    selections = [run["selection"] for run in nearly.run("runs", "--json").json["runs"]]
    assert selections[0] == f"phase-1 --host {OFFLINE} --catch-up"


def test_outside_its_window_a_playbook_does_not_begin_and_says_when(desk) -> None:
    # A window that opens three days from now is shut today, whatever the time.
    day = (TODAY + timedelta(days=3)).strftime("%a").lower()
    window = {"days": [day], "from": "21:00", "to": "23:00"}
    write_playbook(desk, "night", windows=[window])
    answer = desk.run("deploy", "night", "--yes")
    assert answer.code == 1
    assert f"which opens {day.capitalize()}" in answer.err
    assert "21:00 WIB" in answer.err
    assert desk.run("runs", "--json").json["runs"] == []
    assert desk.run("plan", "night").code == 3


def test_a_saved_plan_is_bound_to_its_window_too(desk, tmp_path) -> None:
    day = (TODAY + timedelta(days=3)).strftime("%a").lower()
    write_playbook(desk, "night", windows=[{"days": [day], "from": "21:00", "to": "23:00"}])
    saved = str(tmp_path / "night.plan")
    desk.run("plan", "night", "--out", saved)
    write_playbook(desk, "night")  # the file says nothing of a window any more
    answer = desk.run("deploy", "--plan", saved, "--yes")
    assert answer.code == 1
    assert "maintenance window" in answer.err
    assert all(device.scripts == [] for device in desk.place.devices.values())


@pytest.mark.parametrize(
    ("budget", "counts"), [("40%", (2, 4, 0)), ("10%", (1, 0, 5)), (1, (2, 0, 4))]
)
def test_a_budget_in_percent_is_of_the_devices_that_change(desk, budget, counts) -> None:
    write_playbook(desk, "try", failure_budget=budget, workers=1)
    for host in ("lurah-satu-ap1", "lurah-satu-ap2"):
        desk.place.devices[host].faults.add("statement")
    answer = desk.run("deploy", "try", "--yes", "--json")
    assert answer.code == 4
    states = [each["state"] for each in answer.json["hosts"].values()]
    assert tuple(states.count(s) for s in ("reverted", "confirmed", "skipped")) == counts
