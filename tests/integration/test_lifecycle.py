"""Upgrades and new names on the simulated district, by the command line alone."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sekayu_net.cli.demo import copy_project
from sekayu_net.inventory.offices import load_district
from sekayu_net.journal import Journal
from sekayu_net.project import Project
from tests.integration.district import lab_up
from tests.integration.test_plans_and_crashes import Laptop
from tests.integration.test_rollout import ROOT, Person

pytestmark = pytest.mark.xdist_group("lab-lifecycle")
AP, ROUTER, HUB = "lurah-kayu-ara-ap1", "lurah-kayu-ara-rtr1", "camat-sekayu-rtr1"
NEW = "7.24.1"


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("lifecycle") / "project"
    copy_project(ROOT, project)
    person = Person(project)
    with lab_up(person):
        assert person.type("lab", "packages", str(project / "packages"))[0] == 0
        yield person


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
    code, _, err = person.type(
        *upgrade(person, "--host", ROUTER, "--to", NEW, "--yes", "--window", later(5))
    )
    assert code == 1
    assert "maintenance window" in err


def test_a_version_that_the_templates_were_not_checked_for_is_refused(person: Person) -> None:
    code, _, err = person.type(*upgrade(person, "--host", ROUTER, "--to", "7.99", "--yes"))
    assert code == 2
    assert "models.yaml" in err


@pytest.fixture
def set_to(person: Person) -> Iterator[Callable[[str, str], None]]:
    """Change a line of ``sekayu.toml``, for one test."""
    settings = person.project / "sekayu.toml"
    before = settings.read_text()

    def change(old: str, new: str) -> None:
        assert old in before
        settings.write_text(before.replace(old, new))

    yield change
    settings.write_text(before)


def later(hours: int) -> str:
    """A window that is shut now: it opens in so many hours, for one."""
    zone = load_district(ROOT / "inventory").services.timezone
    first = datetime.now(UTC).astimezone(ZoneInfo(zone)) + timedelta(hours=hours)
    return f"mon-sun {first:%H:%M}-{first + timedelta(hours=1):%H:%M}"


def test_the_windows_of_the_project_hold_for_an_upgrade(person: Person, set_to) -> None:
    set_to("windows = []", f'windows = ["{later(5)}"]')
    code, _, err = person.type(*upgrade(person, "--host", ROUTER, "--to", NEW, "--yes"))
    assert code == 1
    assert "maintenance window" in err


def test_the_windows_of_the_playbook_hold_for_an_upgrade(person: Person) -> None:
    first, last = later(5).split()[1].split("-")
    book = person.project / "playbooks" / "night.yaml"
    book.write_text(
        "name: night\nhosts: {office: [Kayu Ara]}\n"
        f'windows: [{{from: "{first}", to: "{last}"}}]\n'
    )
    try:
        code, _, err = person.type(*upgrade(person, "night", "--to", NEW, "--yes"))
    finally:
        book.unlink()
    assert code == 1, err
    assert "maintenance window" in err


def test_the_gate_of_the_playbook_holds_for_an_upgrade(person: Person, tmp_path: Path) -> None:
    words, file = ("phase-2", "--host", "desa-lumpatan-ap1", "--to", NEW), str(tmp_path / "u.plan")
    code, out, err = person.type(*upgrade(person, *words, "--yes"))
    assert (code, out) == (1, "")
    assert "phase-2 is closed until phase-1 is done" in err
    code, out, err = person.type(*upgrade(person, *words, "--out", file))
    assert code == 3
    assert "refused for now: phase-2 is closed until phase-1 is done" in " ".join(err.split())
    assert person.type(*upgrade(person, "--plan", file, "--yes"))[0] == 1


def test_with_approvals_only_a_signed_plan_is_carried_out(
    person: Person, set_to, tmp_path: Path
) -> None:
    set_to("approvals = 0", "approvals = 1")
    key, file = tmp_path / "siti", str(tmp_path / "u.plan")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=30
    )
    signers = person.project / "inventory" / "allowed_signers"
    signers.write_text(f"siti {key.with_suffix('.pub').read_text()}")
    carry = upgrade(person, "--plan", file, "--yes")
    try:
        words = ("--host", ROUTER, "--to", NEW, "--patience", "60")
        code, _, err = person.type(*upgrade(person, *words, "--yes"))
        assert (code, "approvals" in err) == (1, True)
        assert person.type(*upgrade(person, *words, "--out", file))[0] == 3
        code, _, err = person.type(*carry)
        assert (code, "approvals" in err) == (1, True)
        code, out, _ = person.type("approve", file, "--key", str(key))
        assert (code, "no automatic undo" in out, "upgrade --plan" in _) == (0, True, True)
        assert "no automatic undo" in person.type("show", file)[1]
        assert person.type("deploy", "--plan", file, "--yes")[0] == 1
        hosts = person.json(*carry, code=0)["hosts"]
        assert hosts[ROUTER]["state"] == "confirmed"
        assert person.json(*carry, code=0)["hosts"][ROUTER]["state"] == "unchanged"
    finally:
        signers.unlink()


def test_a_device_that_changed_since_the_plan_is_left_alone(person: Person, tmp_path: Path) -> None:
    file = str(tmp_path / "u.plan")
    other = HUB
    assert person.type(*upgrade(person, "--host", other, "--to", NEW, "--out", file))[0] == 3
    Laptop(person.project).on_site(other, "/ip dns set cache-size=4096KiB")
    hosts = person.json(*upgrade(person, "--plan", file, "--yes"), code=4)["hosts"]
    assert hosts[other]["state"] == "stale"
    assert "configuration changed" in hosts[other]["reason"]


def test_what_someone_added_beside_the_templates_is_told_until_it_is_accepted(
    person: Person,
) -> None:
    host = "desa-lumpatan-rtr1"
    words, site = ("--host", host), Laptop(person.project)
    person.json("deploy", *words, "--allow-unguarded", host, "--yes", code=0)
    site.on_site(host, '/system script add name=by-hand source=":put 1"')
    site.spoil(host)
    person.json("deploy", *words, "--yes", code=0)
    for _ in range(2):
        (found,) = (
            each
            for each in person.json("audit", *words, code=3)["hosts"][host]["findings"]
            if each["cause"] == "drift"
        )
        assert (found["kind"], found["path"]) == ("extra", "/system script")
        assert site.has_rule(host)
        person.json("deploy", *words, "--yes", code=0)  # with nothing to do, it vouches for nothing
    person.json("audit", *words, "--accept", "--yes", code=0)
    person.json("audit", *words, code=0)


def check_lab(person: Person, now: str) -> None:
    """The lab knows a renamed device by its new name."""
    assert now in person.json("lab", "list", code=0)
    assert person.json("lab", "status", code=0)[now]["controller"]
    assert person.type("lab", "fault", now, "link-down")[0] == 0
    assert not person.json("lab", "status", code=0)[now]["controller"]
    assert person.type("lab", "fault", now, "link-down", "--clear")[0] == 0


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
    check_lab(person, "desa-suka-ramai-rtr1")
