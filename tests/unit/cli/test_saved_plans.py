"""Saved plans at the command line: what they are bound to, and what a later deployment says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sekayu_net.plan import Sources

HOST = "lurah-dua-rtr1"


@pytest.fixture
def sourced(desk, monkeypatch):
    """A project whose inventory and templates can change: ``desk.sources`` says to what."""
    import sekayu_net.cli.site as composition

    desk.sources = Sources("a" * 64, "b" * 64)
    site_of = composition.site_of
    monkeypatch.setattr(
        composition,
        "site_of",
        lambda project: replace(site_of(project), sources=desk.sources, revision="abc-dirty"),
    )
    return desk


@pytest.fixture
def plan(sourced, tmp_path) -> str:
    file = str(tmp_path / "p.plan")
    sourced.run("plan", "--host", HOST, "--out", file)
    return file


def test_show_says_what_a_plan_was_made_from(sourced, plan) -> None:
    shown = sourced.run("show", plan).out
    assert "inventory aaaaaaaaaaaa, templates bbbbbbbbbbbb" in shown
    assert "abc-dirty (with changes that were not committed)" in shown


def test_a_plan_does_what_it_shows_after_templates_changed_and_that_is_said(sourced, plan) -> None:
    sourced.sources = Sources("a" * 64, "c" * 64)
    sourced.place.intended[HOST] += "\nzeta"
    answer = sourced.run("deploy", "--plan", plan, "--yes")
    assert answer.code == 0
    assert f"1 device would now be planned otherwise: {HOST}" in answer.err
    assert "delta" in sourced.place.devices[HOST].text
    assert "zeta" not in sourced.place.devices[HOST].text


def test_a_change_that_does_not_concern_its_devices_is_not_spoken_of(sourced, plan) -> None:
    sourced.sources = Sources("c" * 64, "b" * 64)
    answer = sourced.run("deploy", "--plan", plan, "--yes")
    assert answer.code == 0
    assert "otherwise" not in answer.err


def test_only_the_device_that_changed_is_stale_and_the_others_go_on(sourced, tmp_path) -> None:
    file = str(tmp_path / "q.plan")
    sourced.run("plan", "--kind", "lurah", "--role", "router", "--out", file)
    sourced.place.devices[HOST].text += "\nby hand"
    answer = sourced.run("deploy", "--plan", file, "--yes", "--json")
    assert answer.code == 4
    hosts = answer.json["hosts"]
    assert {host: each["state"] for host, each in hosts.items()} == {
        HOST: "stale",
        "lurah-satu-rtr1": "confirmed",
    }
    assert "by hand" in hosts[HOST]["reason"]
    assert "admin added a line" in hosts[HOST]["reason"]


def test_a_state_that_another_run_left_names_that_run(sourced, plan) -> None:
    again = sourced.run("deploy", "--host", HOST, "--yes", "--json")
    answer = sourced.run("deploy", "--plan", plan, "--yes", "--json")
    assert answer.json["hosts"][HOST]["state"] == "stale"
    assert again.json["run_id"] in answer.json["hosts"][HOST]["reason"]


def test_a_run_that_never_ended_is_spoken_of(sourced, plan) -> None:
    from sekayu_net.journal import Journal

    with Journal.open(sourced.project.journal_path) as journal:
        open_run = journal.begin("deploy", operator="siti")
    answer = sourced.run("deploy", "--plan", plan, "--yes")
    assert f"run {open_run} of siti never ended: sekayu-net resume" in answer.err


def test_a_runs_reason_is_kept(sourced, plan) -> None:
    sourced.run("deploy", "--plan", plan, "--yes", "--reason", "phase 1 — ya")
    assert sourced.run("runs", "--json").json["runs"][0]["reason"] == "phase 1 — ya"


def test_a_run_of_a_saved_plan_says_which_one(sourced, plan) -> None:
    sourced.run("deploy", "--plan", plan, "--yes")
    runs = sourced.run("runs", "--json").json["runs"]
    assert [run["selection"] for run in runs if run["kind"] == "deploy"] == [f"--plan {plan}"]
