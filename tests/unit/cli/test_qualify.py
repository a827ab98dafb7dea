"""``qualify``: what it asks and keeps, how it ends; what a project makes of what was kept."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.inventory.district import Make
from sekayu_net.inventory.qualified import TRIALS, Qualification, load, save
from sekayu_net.journal import Journal
from sekayu_net.platforms.base import Guard
from sekayu_net.rollout import qualify as trials
from sekayu_net.rollout.qualify import Report, TrialResult

HOST = "lurah-dua-rtr1"
ROOT = Path(__file__).parents[3]


def report(**results: str) -> Report:
    ended = tuple(
        TrialResult(trial, results.get(trial, "passed"), "its own words", 1.0)  # type: ignore[arg-type]
        for trial in TRIALS
    )
    return Report("Model", "1.0", Guard("job", frozenset({"session"})), ended)


@pytest.fixture
def spare(desk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A desk with a device that ends its trials as ``desk.report`` says."""
    desk.project.inventory = tmp_path
    desk.report = report()
    desk.asked = []

    def qualify(bench: Any, *, reboot: bool) -> Report:
        desk.asked.append(reboot)
        bench.record("armed", "fire")
        if isinstance(desk.report, Exception):
            raise desk.report
        for each in desk.report.results:
            bench.told(each)
        return desk.report

    monkeypatch.setattr(trials, "qualify", qualify)
    return desk


def runs(desk: Any) -> list[tuple[str, str | None, list[str]]]:
    with Journal.open(desk.project.journal_path) as journal:
        return [
            (run.kind, run.result, [host.state for host in journal.hosts(run.id)])
            for run in journal.runs()
        ]


def test_a_device_that_passes_is_kept_by_version_and_model_alone(spare: Any) -> None:
    answer = spare.run("qualify", HOST, "--yes")
    assert answer.code == 0
    (kept,) = load(spare.project.inventory / "qualified.yaml")
    assert (kept.make, kept.lab, kept.undo, kept.open) == (
        Make("lines", "1.0", "Model"),
        True,
        "job",
        (),
    )
    text = (spare.project.inventory / "qualified.yaml").read_text()
    assert not [word for word in (HOST, "SERIAL1", "its own words") if word in text]
    assert runs(spare) == [("qualify", "passed", ["confirmed"])]


def test_a_trial_that_fails_ends_with_1_and_is_kept(spare: Any) -> None:
    spare.report = report(fire="failed", confirm="not tried")
    assert spare.run("qualify", HOST, "--yes").code == 1
    (kept,) = load(spare.project.inventory / "qualified.yaml")
    assert kept.open == ("fire failed", "confirm not tried")
    assert runs(spare) == [("qualify", "fire failed", ["failed"])]


def test_json_has_each_trial(spare: Any) -> None:
    spare.report = report(reboot="not claimed")
    document = spare.run("qualify", HOST, "--yes", "--json").json
    assert (document["host"], document["model"], document["undo"]) == (HOST, "Model", "job")
    assert document["trials"]["reboot"]["result"] == "not claimed"
    assert set(document["trials"]["fire"]) == {"result", "detail", "seconds"}


@pytest.mark.parametrize(("words", "reboot"), [((), True), (("--no-reboot",), False)])
def test_the_reboot_can_be_left_out(spare: Any, words: tuple[str, ...], reboot: bool) -> None:
    spare.run("qualify", HOST, "--yes", *words)
    assert spare.asked == [reboot]


def test_what_breaks_off_is_in_the_journal_and_keeps_nothing(spare: Any) -> None:
    spare.report = RuntimeError("the cat")
    assert spare.run("qualify", HOST, "--yes").code == 1
    assert runs(spare) == [("qualify", "broken off: the cat", ["failed"])]
    assert load(spare.project.inventory / "qualified.yaml") == ()


@pytest.mark.parametrize("words", [(HOST,), ("nowhere-rtr1", "--yes")])
def test_without_a_terminal_or_a_device_nothing_is_begun(spare: Any, words: tuple[str]) -> None:
    assert spare.run("qualify", *words).code == 2
    assert spare.asked == []


def test_a_platform_without_a_harmless_change_is_wrong_usage(desk: Any, tmp_path: Path) -> None:
    desk.project.inventory = tmp_path
    answer = desk.run("qualify", HOST, "--yes")
    assert answer.code == 2
    assert "can't be qualified" in answer.err


# What a project makes of it


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for name in ("inventory", "templates"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "sekayu.toml", tmp_path)
    (tmp_path / "inventory" / "qualified.yaml").unlink(missing_ok=True)
    return tmp_path


MAKE = Make("routeros", "7.20.4", "RB5009UG+S+")


def standing(root: Path, *, lab: bool = False) -> Any:
    from sekayu_net.cli.site import site_of
    from sekayu_net.project import Project

    return site_of(Project.load(root, lab=lab)).standing(MAKE)


def test_a_make_that_nobody_tried_needs_a_canary_on_real_devices(project: Path) -> None:
    found = standing(project)
    assert found.canary
    assert "never qualified" in (found.doubt or "")


def test_a_make_that_was_qualified_does_not(project: Path) -> None:
    kept = Qualification.model_validate(
        {
            "platform": "routeros",
            "version": "7.20.4",
            "model": "RB5009UG+S+",
            "undo": "job+startup",
            "trials": {t: {"result": "passed", "date": date(2026, 11, 24)} for t in TRIALS},
        }
    )
    save(project / "inventory" / "qualified.yaml", [kept])
    assert standing(project).doubt is None


def test_a_make_that_was_deployed_needs_none_any_more(project: Path) -> None:
    with Journal.open(project / ".sekayu" / "journal.sqlite") as journal:
        run = journal.begin("deploy", operator="tester")
        journal.enter(run, "camat-sekayu-rtr1", wave="all")
        journal.made(run, "camat-sekayu-rtr1", MAKE)
        journal.state(run, "camat-sekayu-rtr1", "confirmed")
    found = standing(project)
    assert not found.canary
    assert "never qualified" in (found.doubt or "")


def test_the_lab_asks_for_no_canary_unless_told_to(project: Path) -> None:
    assert standing(project, lab=True).doubt is None
    settings = project / "sekayu.toml"
    settings.write_text(
        settings.read_text().replace("canary_in_lab = false", "canary_in_lab = true")
    )
    assert standing(project, lab=True).canary
