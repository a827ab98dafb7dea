"""The contract of plan, show, deploy, audit, status, runs, history, resume and task."""

from __future__ import annotations

import json

import pytest

PHASE_1 = {
    "lurah-satu-rtr1", "lurah-satu-ap1", "lurah-satu-ap2", "lurah-dua-rtr1",
    "camat-kota-rtr1", "camat-kota-ap1",
}  # fmt: skip


def test_a_phase_from_plan_to_clean_audit(desk) -> None:
    assert desk.run("plan", "phase-1").code == 3
    deployed = desk.run("deploy", "phase-1", "--yes", "--json")
    assert deployed.code == 0
    assert {h["state"] for h in deployed.json["hosts"].values()} == {"confirmed"}
    assert set(deployed.json["hosts"]) == PHASE_1
    again = desk.run("plan", "phase-1", "--json")
    assert again.code == 0
    assert {(h["status"], h["operations"]) for h in again.json["hosts"].values()} == {
        ("unchanged", 0)
    }
    assert desk.run("audit", "phase-1").code == 0


def test_plan_json_has_the_keys_that_scripts_rely_on(desk) -> None:
    document = desk.run("plan", "--host", "lurah-dua-rtr1", "--json").json
    assert set(document) == {"plan_id", "created", "project_revision", "hosts"}
    assert set(document["hosts"]["lurah-dua-rtr1"]) == {
        "status", "reason", "operations", "guard", "management_path", "diff", "script",
    }  # fmt: skip


def test_deploy_json_has_the_keys_that_scripts_rely_on(desk) -> None:
    document = desk.run("deploy", "--host", "lurah-dua-rtr1", "--yes", "--json").json
    assert set(document) == {"run_id", "hosts"}
    assert set(document["hosts"]["lurah-dua-rtr1"]) == {"state", "reason", "wave", "seconds"}


@pytest.mark.parametrize(
    "words",
    [
        ["plan"],
        ["deploy", "--yes"],
        ["plan", "--host", "nowhere-rtr1"],
        ["plan", "phase-9"],
        ["plan", "phase-1", "--kind", "desa"],
        ["plan", "phase-1", "--allow-removals", "desa-jauh-rtr1"],
        ["deploy", "phase-1"],
        ["deploy", "phase-1", "--plan", "x.plan", "--yes"],
        ["audit", "--report", "x.pdf"],
        ["task", "deploy"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_touches_nothing(desk, words) -> None:
    answer = desk.run(*words)
    assert answer.code == 2, answer.err
    assert answer.out == ""
    assert all(device.sessions == 0 for device in desk.place.devices.values())


def test_deploy_without_a_terminal_names_yes(desk) -> None:
    assert "--yes" in desk.run("deploy", "phase-1").err


def test_an_unread_device_makes_plan_and_audit_end_with_4(desk) -> None:
    desk.place.devices["lurah-dua-rtr1"].faults.add("open")
    assert desk.run("plan", "phase-1").code == 4
    audit = desk.run("audit", "phase-1", "--json")
    assert audit.code == 4
    assert audit.json["hosts"]["lurah-dua-rtr1"]["status"] == "unreachable"


def test_a_reverted_device_makes_deploy_end_with_4_and_says_what_to_do(desk) -> None:
    desk.place.devices["lurah-dua-rtr1"].faults.add("statement")
    answer = desk.run("deploy", "--host", "lurah-dua-rtr1", "--yes")
    assert answer.code == 4
    assert "reverted" in answer.out
    assert "plan again" in answer.out


def test_a_closed_gate_ends_with_1_and_says_what_is_missing(desk) -> None:
    answer = desk.run("deploy", "phase-2", "--yes")
    assert answer.code == 1
    assert "phase-1" in answer.err
    assert "sekayu-net deploy phase-1" in answer.err
    assert desk.place.devices["desa-jauh-rtr1"].scripts == []


def test_a_saved_plan_is_shown_again_and_deployed(desk, tmp_path) -> None:
    saved = tmp_path / "p.plan"
    made = desk.run("plan", "phase-1", "--out", str(saved), "--json").json
    assert made == desk.run("show", str(saved), "--json").json
    assert "camat-kota-rtr1" in desk.run("show", str(saved)).out
    assert desk.run("deploy", "--plan", str(saved), "--yes").code == 0


def test_an_edited_plan_is_refused_and_touches_nothing(desk, tmp_path) -> None:
    saved = tmp_path / "p.plan"
    desk.run("plan", "--host", "lurah-dua-rtr1", "--out", str(saved))
    document = json.loads(saved.read_text())
    document["hosts"]["lurah-dua-rtr1"]["script"] = ["-alpha"]
    saved.write_text(json.dumps(document))
    answer = desk.run("deploy", "--plan", str(saved), "--yes")
    assert answer.code == 1
    assert "edited" in answer.err
    assert desk.place.devices["lurah-dua-rtr1"].scripts == []


def test_a_journal_that_can_not_be_written_leaves_every_device_alone(desk) -> None:
    desk.project.journal_path.mkdir(parents=True)
    answer = desk.run("deploy", "phase-1", "--yes")
    assert answer.code == 1
    assert "journal" in answer.err
    assert "Traceback" not in answer.err
    assert all(device.scripts == [] for device in desk.place.devices.values())


def test_drift_is_found_named_and_repaired(desk) -> None:
    desk.run("deploy", "phase-1", "--yes")
    device = desk.place.devices["lurah-dua-rtr1"]
    device.text = device.text.replace("\ndelta", "")
    found = desk.run("audit", "--json")
    assert found.code == 3
    host = found.json["hosts"]["lurah-dua-rtr1"]
    assert host["status"] == "drift"
    assert [(f["path"], f["item"], f["cause"]) for f in host["findings"]] == [
        ("/lines", "delta", "drift")
    ]
    assert desk.run("deploy", "--host", "lurah-dua-rtr1", "--yes").code == 0
    assert desk.run("audit", "phase-1").code == 0


def test_a_template_change_is_pending_and_not_drift(desk) -> None:
    desk.run("deploy", "phase-1", "--yes")
    desk.place.intended["lurah-dua-rtr1"] += "\nzeta"
    found = desk.run("audit", "phase-1", "--json")
    assert (found.code, found.json["hosts"]["lurah-dua-rtr1"]["status"]) == (3, "pending")


def test_reports_are_written_in_every_form(desk, tmp_path) -> None:
    files = [tmp_path / f"audit{ending}" for ending in (".html", ".json", ".xml", ".md")]
    words = [word for file in files for word in ("--report", str(file))]
    desk.run("audit", "phase-1", *words)
    assert all("lurah-dua-rtr1" in file.read_text() for file in files)


def test_two_audits_of_an_untouched_district_make_one_version(desk) -> None:
    desk.run("audit")
    desk.run("audit")
    versions = desk.run("history", "lurah-dua-rtr1", "--json").json["versions"]
    assert len(versions) == 1
    shown = desk.run("history", "lurah-dua-rtr1", versions[0]["revision"]).out
    assert "alpha" in shown
    assert "hunter22" not in shown


def test_status_follows_the_rollout(desk) -> None:
    def states() -> dict[str, str]:
        document = desk.run("status", "--json").json
        return {office["name"]: office["state"] for office in document["offices"].values()}

    assert set(states().values()) == {"not started"}
    desk.run("plan", "phase-1")
    assert states()["lurah-satu"] == "planned"
    desk.run("deploy", "phase-1", "--yes")
    assert states() == {
        "camat-kota": "done",
        "lurah-satu": "done",
        "lurah-dua": "done",
        "desa-jauh": "not started",
    }


def test_status_without_json_is_a_table_of_offices(desk) -> None:
    shown = desk.run("status").out
    assert "lurah-satu" in shown
    assert max(len(line) for line in shown.splitlines()) <= 80


def test_runs_tell_what_was_run(desk) -> None:
    assert "nothing was run" in desk.run("runs").out
    desk.run("deploy", "phase-1", "--yes")
    document = desk.run("runs", "--json").json
    assert [(run["kind"], run["result"]) for run in document["runs"]] == [("deploy", "6 confirmed")]
    assert "tester" in desk.run("runs").out


def test_resume_with_nothing_open_says_so(desk) -> None:
    answer = desk.run("resume")
    assert (answer.code, answer.out) == (0, "nothing to resume: every run has ended\n")
    assert desk.run("resume", "nonsense").code == 1


def test_a_task_prints_what_each_device_gave(desk) -> None:
    answer = desk.run("task", "read", "--host", "lurah-dua-rtr1")
    assert answer.code == 0
    assert "# lurah-dua-rtr1" in answer.out
    assert "hunter22" not in answer.out


def test_no_secret_is_in_anything_that_a_phase_leaves_behind(desk, tmp_path) -> None:
    shown = [
        desk.run("plan", "phase-1", "--out", str(tmp_path / "p.plan")),
        desk.run("deploy", "phase-1", "--yes"),
        desk.run("audit", "--report", str(tmp_path / "a.html")),
    ]
    for answer in shown:
        assert "hunter22" not in answer.out + answer.err
        assert "correct-horse" not in answer.out + answer.err
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert b"hunter22" not in path.read_bytes(), path
            assert b"correct-horse" not in path.read_bytes(), path
