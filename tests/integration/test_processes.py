"""The simulated district read by several processes: the same findings and plans, whoever dies."""

from __future__ import annotations

import json
import multiprocessing
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from dataclasses import replace
from multiprocessing.connection import Connection
from multiprocessing.reduction import ForkingPickler
from typing import Any

import pytest

from sekayu_net.cli import processes
from sekayu_net.cli.demo import copy_project
from sekayu_net.cli.main import main
from sekayu_net.cli.site import site_of
from sekayu_net.errors import ProjectError
from sekayu_net.journal import Journal
from sekayu_net.plan import HostPlan, Limits, Plan, PlannedWave, content
from sekayu_net.project import Project
from sekayu_net.rollout.judging import Judged
from sekayu_net.rollout.planning import make_plan
from sekayu_net.rollout.read_runner import as_it_is
from sekayu_net.rollout.site import Settle, Site
from tests.campaign.leaks import values
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
    monkeypatch.setattr(processes, "how_many", lambda devices, each: 2)
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["--lab", "--project", str(person.project), "audit", "--phase", "1", "--json"])
    shared = json.loads(capsys.readouterr().out)["hosts"]
    assert ended.value.code == 3
    assert list(shared) == list(alone)
    assert shared == alone
    assert multiprocessing.active_children() == []


JUDGING = processes.Judging(try_defaults=False, states=False)


def shared_plan(project: Project, settle: Settle = as_it_is) -> Plan:
    """The whole district planned by two processes."""
    site = site_of(project)
    site = replace(
        site, runner=lambda _: processes.PlanRunner(project, site_of(project), 2, settle)
    )
    return make_plan(site, waves(site), limits=Limits(100), confirm_within=60)


def waves(site: Site) -> tuple[PlannedWave, ...]:
    return (PlannedWave("all", tuple(site.district.devices)),)


def test_several_processes_plan_what_one_plans(person) -> None:
    project = Project.load(person.project, lab=True)
    site = site_of(project)
    alone = make_plan(site, waves(site), limits=Limits(100), confirm_within=60)
    shared = shared_plan(project)
    assert alone.with_status("change")
    assert content(replace(shared, created=alone.created)) == content(alone)
    assert multiprocessing.active_children() == []


def test_of_a_process_that_dies_only_its_own_devices_are_lost(person) -> None:
    project = Project.load(person.project, lab=True)
    hosts = list(project.district().devices)
    found: dict[str, str] = {}

    def take(host: str, judged: Judged) -> None:
        if not found:
            multiprocessing.active_children()[0].kill()
        assert host not in found
        found[host] = judged.audit.reason or judged.audit.status

    processes.share_out(project, site_of(project), hosts, 2, JUDGING, take)
    assert found.keys() == set(hosts)
    lost = [host for host, said in found.items() if "ended from outside" in said]
    assert 0 < len(lost) < len(hosts)


def test_the_devices_of_a_process_that_died_are_not_planned_and_it_says_why(person) -> None:
    killed: list[bool] = []

    def settle(_: str, said: HostPlan) -> HostPlan:
        if not killed:
            killed.append(True)
            multiprocessing.active_children()[0].kill()
        return said

    made = shared_plan(Project.load(person.project, lab=True), settle)
    lost = made.with_status("error")
    assert 0 < len(lost) < len(made.hosts)
    assert all("ended from outside" in str(each.reason) and not each.script for each in lost)
    assert made.with_status("change")


def test_who_dies_in_the_middle_of_a_word_loses_the_rest_alone(person, monkeypatch) -> None:
    project = Project.load(person.project, lab=True)
    first, *rest = list(project.district().devices)[:4]
    ours, theirs = multiprocessing.Pipe(duplex=False)
    theirs.send((first, "planned"))
    os.write(theirs.fileno(), struct.pack("!i", 1000) + b"half a word")
    theirs.close()
    monkeypatch.setattr(processes, "at_work", lambda _: nullcontext([ours]))
    found: dict[str, object] = {}
    planning = processes.Planning(Limits(100), site_of(project).sources)
    processes.share_out(project, site_of(project), [first, *rest], 1, planning, found.__setitem__)
    assert found.pop(first) == "planned"
    assert {host: said.status for host, said in found.items()} == dict.fromkeys(rest, "error")


def test_an_error_of_the_project_in_one_of_them_ends_it_for_all(person, tmp_path) -> None:
    here = Project.load(person.project, lab=True)
    with Journal.open(tmp_path / "j.sqlite"):
        pass
    (tmp_path / "sekayu.toml").write_text("[rollout]\nworkers = 0\n")
    broken = Project(tmp_path, here.settings, lab=True)
    hosts = list(here.district().devices)[:4]
    with pytest.raises(ProjectError, match="workers"):
        processes.share_out(broken, site_of(here), hosts, 2, JUDGING, lambda *_: None)
    assert multiprocessing.active_children() == []


def test_a_plan_is_not_made_of_two_states_of_the_project(person) -> None:
    project = Project.load(person.project, lab=True)
    site = site_of(project)
    before = processes.Planning(Limits(100), replace(site.sources, templates="before"))
    hosts = list(site.district.devices)
    with pytest.raises(ProjectError, match="were changed while"):
        processes.share_out(project, site, hosts, 2, before, lambda *_: None)


def test_an_interrupt_ends_all_of_them(person) -> None:
    def interrupted(host: str, said: HostPlan) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shared_plan(Project.load(person.project, lab=True), interrupted)
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("kind", ["audit", "plan"])
def test_no_secret_passes_between_them(person, monkeypatch, kind) -> None:
    project = Project.load(person.project, lab=True)
    site = site_of(project)
    passed: list[bytes] = []

    def recv(pipe: Connection) -> Any:
        passed.append(pipe.recv_bytes())
        return ForkingPickler.loads(passed[-1])

    start = processes.at_work

    def at_work(shares: Sequence[processes.Share]) -> Any:
        passed.extend(bytes(ForkingPickler.dumps(share)) for share in shares)
        return start(shares)

    monkeypatch.setattr(Connection, "recv", recv)
    monkeypatch.setattr(processes, "at_work", at_work)
    planning = processes.Planning(Limits(100), site.sources)
    job = JUDGING if kind == "audit" else planning
    hosts = list(site.district.devices)
    processes.share_out(project, site, hosts, 2, job, lambda *_: None)
    assert len(passed) == 2 + len(hosts) + 2  # shares; devices; the ends
    assert any(b"<secret:" in each for each in passed)
    secret = values(project.state)
    assert not [each[:80] for each in passed if any(value in each for value in secret)]


@pytest.mark.parametrize("command", ["audit", "plan"])
def test_who_is_turned_away_is_read_again_and_given_up_in_the_end(person, command) -> None:
    busy, lost = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"
    assert person.type("lab", "fault", busy, "turn-away", "2")[0] == 0
    assert person.type("lab", "fault", lost, "turn-away", "3")[0] == 0
    hosts = person.json(command, "--host", busy, "--host", lost, code=4)["hosts"]
    assert hosts[lost]["status"] == "unreachable"
    assert "closed the connection" in hosts[lost]["reason"] or "lost" in hosts[lost]["reason"]
    assert hosts[busy]["status"] in {"pending", "change"}
