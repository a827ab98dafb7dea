"""The simulated district audited by several processes: the same findings, whoever dies."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator

import pytest

from sekayu_net.cli import processes
from sekayu_net.cli.demo import copy_project
from sekayu_net.cli.main import main
from sekayu_net.cli.site import site_of
from sekayu_net.errors import ProjectError
from sekayu_net.journal import Journal
from sekayu_net.project import Project
from tests.integration.district import lab_up
from tests.integration.test_rollout import ROOT, Person

pytestmark = pytest.mark.xdist_group("lab-processes")


@pytest.fixture(scope="module")
def person(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("processes") / "project"
    copy_project(ROOT, project)
    person = Person(project)
    with lab_up(person):
        assert person.type("plan", "--kind", "camat")[0] == 3  # the journal is there
        yield person


def test_several_processes_find_what_one_finds(person, monkeypatch, capsys) -> None:
    alone = person.json("audit", "--phase", "1", code=3)["hosts"]
    monkeypatch.setattr(processes, "how_many", lambda devices: 2)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--lab", "--project", str(person.project), "audit", "--phase", "1", "--json"])
    shared = json.loads(capsys.readouterr().out)["hosts"]
    assert ended.value.code == 3
    assert list(shared) == list(alone)
    assert shared == alone
    assert multiprocessing.active_children() == []


def test_of_a_process_that_dies_only_its_own_devices_are_lost(person) -> None:
    project = Project.load(person.project, lab=True)
    hosts = list(project.district().devices)
    found: dict[str, str] = {}

    def take(host: str, judged: object) -> None:
        if not found:
            multiprocessing.active_children()[0].kill()
        assert host not in found
        found[host] = judged.audit.reason or judged.audit.status  # type: ignore[attr-defined]

    processes.audit(project, site_of(project), hosts, 2, take, try_defaults=False, states=False)
    assert found.keys() == set(hosts)
    lost = [host for host, said in found.items() if said == processes.DIED]
    assert 0 < len(lost) < len(hosts)


def test_an_error_of_the_project_in_one_of_them_ends_the_audit(person, tmp_path) -> None:
    here = Project.load(person.project, lab=True)
    with Journal.open(tmp_path / "j.sqlite"):
        pass
    (tmp_path / "sekayu.toml").write_text("[rollout]\nworkers = 0\n")
    broken = Project(tmp_path, here.settings, lab=True)
    hosts = list(here.district().devices)[:4]
    with pytest.raises(ProjectError, match="workers"):
        processes.audit(
            broken, site_of(here), hosts, 2, lambda *_: None, try_defaults=False, states=False
        )
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("command", ["audit", "plan"])
def test_who_is_turned_away_is_read_again_and_given_up_in_the_end(person, command) -> None:
    busy, lost = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"
    assert person.type("lab", "fault", busy, "turn-away", "2")[0] == 0
    assert person.type("lab", "fault", lost, "turn-away", "3")[0] == 0
    hosts = person.json(command, "--host", busy, "--host", lost, code=4)["hosts"]
    assert hosts[lost]["status"] == "unreachable"
    assert "closed the connection" in hosts[lost]["reason"] or "lost" in hosts[lost]["reason"]
    assert hosts[busy]["status"] in {"pending", "change"}
