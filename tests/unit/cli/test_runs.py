"""``runs``: all that the journal knows of a run, for people and for scripts."""

from __future__ import annotations

HOST = "lurah-dua-rtr1"


def test_a_run_tells_waves_states_times_and_reason(desk) -> None:
    ended = desk.run("deploy", "phase-1", "--yes", "--reason", "for the flood season", "--json")
    run = ended.json["run_id"]
    document = desk.run("runs", run, "--json").json
    assert document["run"]["reason"] == "for the flood season"
    assert document["run"]["plan_id"]
    assert all(wave["name"] and wave["opened"] for wave in document["waves"])
    states = [event["state"] for event in document["hosts"][HOST]["events"]]
    assert states == ["planned", "armed", "applied", "verified", "confirmed"]
    assert all(event["time"] for event in document["hosts"][HOST]["events"])


def test_a_run_is_told_to_a_person_within_80_columns(desk) -> None:
    run = desk.run("deploy", "phase-1", "--yes", "--reason", "rain", "--json").json["run_id"]
    shown = desk.run("runs", run).out
    for words in (run, "reason: rain", "6 confirmed", HOST, "armed", "wave "):
        assert words in shown
    assert max(len(line) for line in shown.splitlines() if "plan " not in line) <= 80
    assert "(rain)" in " ".join(desk.run("runs").out.split())


def test_a_run_that_nobody_knows_is_refused(desk) -> None:
    assert desk.run("runs", "nonsense").code == 1
