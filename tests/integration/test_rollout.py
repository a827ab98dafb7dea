"""Both phases on the simulated district, by the command line alone, over real SSH."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.cli import demo
from sekayu_net.cli.demo import Stage, copy_project, someone_removes_a_rule
from tests.integration.district import lab_up

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.xdist_group("lab-rollout")


class Person(Stage):
    """Someone at the command line of the copy."""

    def type(self, *words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=280, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def json(self, *words: str, code: int) -> Any:
        ended, out, err = self.type(*words, "--json")
        assert ended == code, err + out[-3000:]
        return json.loads(out)


@pytest.fixture(scope="module")
def person(tmp_path_factory) -> Iterator[Person]:
    for needed in ("project", "lab.process", "rendering", "platforms.registry"):
        pytest.importorskip(f"sekayu_net.{needed}")
    project = tmp_path_factory.mktemp("rollout") / "project"
    copy_project(ROOT, project)
    person = Person(project)
    with lab_up(person):
        yield person


def test_the_doctor_is_let_in_by_both_hubs_and_compares_their_time(person) -> None:
    code, out, _ = person.type("doctor", "--json")
    told = {(each["what"], each["found"].split()[0]): each for each in json.loads(out)["findings"]}
    for hub in ("camat-sekayu-rtr1", "camat-sekayu-rtr2"):
        assert told["hub", hub]["verdict"] == "ok"
    assert told["hub clock", "camat-sekayu-rtr1"]["verdict"] == "ok"
    assert (code == 0) == all(each["verdict"] != "fix" for each in told.values())


@pytest.fixture(scope="module")
def phase_1(person) -> Person:
    assert person.type("plan", "phase-1")[0] == 3
    hosts = person.json("deploy", "phase-1", "--yes", code=0)["hosts"]
    assert {host["state"] for host in hosts.values()} == {"confirmed"}
    return person


def test_phase_2_waits_for_phase_1(person) -> None:
    journal = person.json("status", code=0)
    if any(office["state"] == "done" for office in journal["offices"].values()):
        pytest.skip("phase 1 was deployed before this test")
    code, _, err = person.type("deploy", "phase-2", "--yes")
    assert code == 1
    assert "sekayu-net deploy phase-1" in err


def test_a_plan_after_phase_1_has_nothing_to_do(phase_1) -> None:
    hosts = phase_1.json("plan", "phase-1", code=0)["hosts"]
    assert {(host["status"], host["operations"]) for host in hosts.values()} == {("unchanged", 0)}


def test_the_audit_after_phase_1_is_clean(phase_1) -> None:
    hosts = phase_1.json("audit", "phase-1", code=0)["hosts"]
    assert {host["status"] for host in hosts.values()} == {"clean"}


def test_a_rule_removed_by_hand_is_found_named_and_put_back(phase_1) -> None:
    host = demo.pick(phase_1, "lurah")
    devices = phase_1.json("lab", "list", code=0)
    someone_removes_a_rule(devices[host])
    found = phase_1.json("audit", "phase-1", code=3)["hosts"]
    assert {name for name, each in found.items() if each["status"] != "clean"} == {host}
    findings = [f for f in found[host]["findings"] if f["cause"] == "drift"]
    assert [(f["kind"], f["path"]) for f in findings] == [("missing", "/ip firewall filter")]
    assert findings[0]["item"]
    phase_1.json("deploy", "--host", host, "--yes", code=0)
    phase_1.json("audit", "phase-1", code=0)


def test_a_push_that_cuts_an_office_off_goes_back_by_itself(phase_1) -> None:
    host = demo.pick(phase_1, "desa")
    path = phase_1.project / "inventory" / "addressing.yaml"
    right = demo.mistype_controller(phase_1)
    try:
        words = ("deploy", "--host", host, "--yes", "--confirm-within", "20")
        assert phase_1.json(*words, code=4)["hosts"][host]["state"] == "reverted"
    finally:
        path.write_text(right)
    assert phase_1.type("task", "read", "--host", host)[0] == 0


def test_no_secret_of_the_lab_is_in_anything_a_rollout_leaves(phase_1) -> None:
    state = phase_1.project / ".sekayu" / "lab"
    devices = phase_1.json("lab", "list", code=0)
    values = {device["password"] for device in devices.values()}
    assert values
    for path in state.rglob("*"):
        kept = "archive" in path.parts or "journal" in path.name or path.suffix == ".plan"
        if path.is_file() and kept:
            data = path.read_bytes()
            assert not [value for value in values if value.encode() in data], path
