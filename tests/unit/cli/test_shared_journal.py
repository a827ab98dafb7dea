"""The commands and pages that look into the journal, on one that technicians share."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from sekayu_net.archive import Archive
from sekayu_net.cli.main import main
from sekayu_net.dashboard import sources as pages
from sekayu_net.inventory.district import Make
from sekayu_net.journal import Journal
from sekayu_net.project import Project
from sekayu_net.report.around import past_of
from sekayu_net.scheduled import scheduled_run

pytestmark = pytest.mark.xdist_group("postgres")
ROOT = Path(__file__).parents[3]
ROUTER = "lurah-kayu-ara-rtr1"
TEXT = "/system identity\nset name=lurah-kayu-ara-rtr1\n"


@pytest.fixture
def shared(tmp_path, new_server, monkeypatch) -> Project:
    """A project whose journal knows of a deployment and an audit."""
    for name in ("SEKAYU_PROJECT", "SEKAYU_LAB"):
        monkeypatch.delenv(name, raising=False)
    for folder in ("inventory", "playbooks", "templates"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    (tmp_path / "sekayu.toml").write_text(f'[journal]\nurl = "{new_server()._url}"\n')
    project = Project.load(tmp_path)
    with project.lock("siti"), Journal.open(project.journal_path) as journal:
        run = journal.begin("deploy", operator="siti", playbook="phase-1")
        journal.enter(run, ROUTER, wave="canary")
        journal.made(run, ROUTER, Make("routeros", "7.16.2", "L009UiGS"))
        journal.remember(run, ROUTER, fingerprint="f", config=TEXT, intended=TEXT)
        journal.state(run, ROUTER, "confirmed", seconds=2.5)
        journal.end(run, "1 confirmed")
        audit = journal.begin("audit", operator="siti")
        journal.audited_all(audit, {ROUTER: ("drift", [{"kind": "changed"}]), "x": ("clean", [])})
        journal.end(audit, "pending")
    return project


def said(capsys, project: Project, *words: str) -> str:
    with pytest.raises(SystemExit) as ended:
        main(["--project", str(project.root), *words])
    told: str = capsys.readouterr().out
    assert not ended.value.code, told
    return told


def test_status_and_runs_tell_of_it(shared, capsys) -> None:
    offices = json.loads(said(capsys, shared, "status", "--json"))["offices"]
    host = offices["16.06.01.1009"]["hosts"][ROUTER]
    assert (host["state"], host["last_audit"]) == ("confirmed", "drift")
    assert "1 confirmed" in said(capsys, shared, "runs")


def test_an_office_can_be_handed_over_from_it(shared, capsys) -> None:
    said(capsys, shared, "handover", "--out", str(shared.root / "acts.html"))
    assert "7.16.2" in (shared.root / "acts.html").read_text()


def test_the_live_page_reads_it_and_cannot_write(shared) -> None:
    sources = pages.Sources(
        "x", False, shared.district(), shared.journal_path, Archive(shared.archive_path)
    )
    with sources.journal() as journal:
        newest = pages.mark(journal)[0]
        (run,) = journal.runs("deploy")
        assert [step.state for step in pages.steps_after(journal, newest - 1)] == ["confirmed"]
        assert [wave.done for wave in pages.run_view(journal, run).waves] == [1]
        assert [each.host for each in pages.drifted(sources, journal)] == [ROUTER]
        assert pages.phases(pages.standing(sources, journal))[1]["confirmed"] == 1
        assert past_of(journal)[0].counts == {"clean": 1, "drift": 1}
        with pytest.raises(Exception, match="read-only"):
            journal.begin("deploy", operator="nobody")


def test_a_scheduled_run_is_recorded_in_it(shared) -> None:
    lock = shared.state / "schedule.lock"
    with scheduled_run(shared.journal_path, lock, operator="timer", what="audit") as record:
        record("clean")
    with Journal.open(shared.journal_path) as journal:
        assert [run.result for run in journal.runs("schedule")] == ["clean"]
