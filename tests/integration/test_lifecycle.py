"""Upgrades and new names on the simulated district, by the command line alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sekayu_net.cli.demo import copy_project
from sekayu_net.journal import Journal
from sekayu_net.project import Project
from tests.integration.test_rollout import ROOT, Person

pytestmark = pytest.mark.xdist_group("lab-lifecycle")
AP, ROUTER, HUB = "lurah-kayu-ara-ap1", "lurah-kayu-ara-rtr1", "camat-sekayu-rtr1"
NEW = "7.24.1"


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("lifecycle") / "project"
    copy_project(ROOT, project)
    person = Person(project)
    code, _, err = person.type("lab", "up")
    try:
        assert code == 0, err
        assert person.type("lab", "packages", str(project / "packages"))[0] == 0
        yield person
    finally:
        person.type("lab", "down")


def upgrade(person: Person, *words: str) -> tuple[str, ...]:
    return ("upgrade", *words, "--packages", str(person.project / "packages"))


def test_a_dry_run_says_what_would_be_done_and_that_nothing_undoes_it(person: Person) -> None:
    words = upgrade(person, "--host", AP, "--host", HUB, "--to", NEW, "--dry-run")
    hosts = person.json(*words, code=3)["hosts"]
    assert {host["status"] for host in hosts.values()} == {"upgrade"}
    assert hosts[AP]["packages"] == [
        "routeros-7.24.1-arm64.npk",
        "wifi-qcom-7.24.1-arm64.npk",
    ]
    assert hosts[AP]["undo"] == "none"
    _, out, _ = person.type(*words)
    assert "no automatic undo" in out


def test_an_upgraded_device_is_known_with_its_new_version(person: Person) -> None:
    words = upgrade(person, "--host", AP, "--to", NEW, "--yes", "--patience", "60")
    hosts = person.json(*words, code=0)["hosts"]
    assert hosts[AP]["state"] == "confirmed"
    again = person.json(*upgrade(person, "--host", AP, "--to", NEW, "--dry-run"), code=0)
    assert again["hosts"][AP]["status"] == "unchanged"
    # A device of another version than the inventory says would be refused here.
    assert person.json("plan", "--host", AP, code=3)["hosts"][AP]["status"] == "change"
    with Journal.open(Project.load(person.project, lab=True).journal_path) as journal:
        (run,) = journal.runs("upgrade")
        assert run.result == "1 confirmed"
        (record,) = journal.hosts(run.id)
    assert record.running is not None
    assert "by RouterOS 7.16.2" in record.running


def test_nothing_begins_outside_the_window(person: Person) -> None:
    from datetime import UTC, datetime, timedelta
    from zoneinfo import ZoneInfo

    zone = Project.load(person.project).district().services.timezone
    now = datetime.now(UTC).astimezone(ZoneInfo(zone))
    first, last = (now + timedelta(hours=hours) for hours in (5, 6))
    window = f"mon-sun {first:%H:%M}-{last:%H:%M}"
    code, _, err = person.type(
        *upgrade(person, "--host", ROUTER, "--to", NEW, "--yes", "--window", window)
    )
    assert code == 2
    assert "maintenance window" in err


def test_a_version_that_the_templates_were_not_checked_for_is_refused(person: Person) -> None:
    code, _, err = person.type(*upgrade(person, "--host", ROUTER, "--to", "7.99", "--yes"))
    assert code == 2
    assert "models.yaml" in err


def test_a_project_that_wants_approvals_upgrades_nothing(person: Person) -> None:
    settings = person.project / "sekayu.toml"
    before = settings.read_text()
    assert "approvals = 0" in before
    settings.write_text(before.replace("approvals = 0", "approvals = 2"))
    try:
        code, _, err = person.type(*upgrade(person, "--host", ROUTER, "--to", NEW, "--yes"))
    finally:
        settings.write_text(before)
    assert code == 1
    assert "approvals" in err


def test_a_renamed_office_is_planned_and_kept_under_its_new_name(person: Person) -> None:
    hosts = ("--host", "desa-sukarami-rtr1", "--host", HUB)
    person.json("deploy", *hosts, "--yes", code=0)
    code, _, err = person.type("inventory", "rename", "desa-sukarami", "Suka Ramai", "--yes")
    assert code == 0, err
    renamed = ("--host", "desa-suka-ramai-rtr1", "--host", HUB)
    plan = person.json("plan", *renamed, code=3)["hosts"]
    assert {host["status"] for host in plan.values()} == {"change"}
    assert plan["desa-suka-ramai-rtr1"]["operations"] < 10
    deployed = person.json("deploy", *renamed, "--yes", code=0)["hosts"]
    assert {host["state"] for host in deployed.values()} == {"confirmed"}
    person.json("audit", *renamed, code=0)
    versions = person.json("history", "desa-suka-ramai-rtr1", code=0)["versions"]
    assert "desa-sukarami is desa-suka-ramai now" in [v["message"] for v in versions]
