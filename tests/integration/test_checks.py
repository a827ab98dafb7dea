"""Checks on the simulated district: what a device in service tells, a check that fails because of
the change, one that failed before, and one of the project's own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.cli.demo import Stage, copy_project
from tests.integration.district import lab_up

ROOT = Path(__file__).parents[2]
HOST, AP = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"
pytestmark = [pytest.mark.xdist_group("lab-rollout"), pytest.mark.timeout(300)]

PLAYBOOK = """
name: kayu-ara
hosts: {host: [%s]}
confirm_within: 15
checks:
  - hub
  - default_route
  - ospf
  - dns
  - dhcp: {max: 80}
  - radios
  - clock
  - cpu: {max: 90}
  - memory
  - printer: {wanted: %s}
"""

PRINTER = '''
"""Whether the office's printer is plugged in: a check of this project's own."""

from nornir.core.task import Result, Task


def printer(task: Task, *, wanted: bool) -> Result:
    """Result: whether it is."""
    said = {"passed": not wanted, "detail": f"{task.host.name} has none"}
    return Result(host=task.host, result=said)
'''


class Person(Stage):
    """Someone at the command line of the copy."""

    def type(self, *words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=200, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def deploy(self, code: int) -> Any:
        ended, out, err = self.type("deploy", "kayu-ara", "--yes", "--json")
        assert ended == code, err + out[-3000:]
        return json.loads(out)["hosts"]

    def fault(self, kind: str, *words: str) -> None:
        assert self.type("lab", "fault", HOST, kind, *words)[0] == 0

    def play(self, hosts: str = HOST, wanted: str = "false") -> None:
        path = self.project / "playbooks" / "kayu-ara.yaml"
        path.write_text(PLAYBOOK % (hosts, wanted))

    def name_a_rule(self, words: str) -> None:
        """Something harmless to deploy: another comment on one rule."""
        path = self.project / "templates" / "routeros" / "firewall.j2"
        text = path.read_text()
        start = text.index('comment="base: what belongs to nothing, to this device')
        end = text.index('" ', start)
        told = f'comment="base: what belongs to nothing, to this device {words}'
        path.write_text(text[:start] + told.rstrip() + text[end:])


@pytest.fixture(scope="module")
def person(tmp_path_factory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("checks") / "project"
    copy_project(ROOT, project)
    (project / "tasks" / "printer.py").write_text(PRINTER)
    person = Person(project)
    with lab_up(person):
        person.play(f"{HOST}, {AP}")
        hosts = person.deploy(0)
        assert {host["state"] for host in hosts.values()} == {"confirmed"}, hosts
        person.play()
        yield person


def test_a_device_in_service_passes_every_check(person) -> None:
    code, out, err = person.type("task", "verify", "--host", HOST, "--host", AP, "--json")
    said = json.loads(out)["hosts"]
    assert "failed (" not in said[HOST] + said[AP], said[HOST] + said[AP]
    assert code == 0, err
    for words in ("ospf: passed (2 of 2", "dns: passed (sekayu.muba.example", "dhcp: passed"):
        assert words in said[HOST]
    for words in ("ospf: passed (no link", "radios: passed (", "dhcp: passed (it gives out no"):
        assert words in said[AP]


def test_a_check_that_the_change_breaks_brings_the_device_back(person) -> None:
    path = person.project / "templates" / "routeros" / "dns.j2"
    right = path.read_text()
    path.write_text(right.replace('servers={{ services.dns | join(",") }}', "servers=10.255.255.1"))
    try:
        told = person.deploy(4)[HOST]
    finally:
        path.write_text(right)
    assert told["state"] == "reverted"
    assert "check failed: dns (sekayu.muba.example does not resolve)" in told["reason"]
    assert person.deploy(0)[HOST]["state"] == "unchanged"


def test_checks_that_failed_before_are_told_and_not_blamed(person) -> None:
    person.name_a_rule("twice")
    person.play(wanted="true")
    faults = [("cpu", "97"), ("memory", "95"), ("pools", "100"), ("no-time",)]
    for kind, *value in faults:
        person.fault(kind, *value)
    try:
        told = person.deploy(0)[HOST]
    finally:
        person.play()
        for kind, *_ in faults:
            person.fault(kind, "--clear")
    assert told["state"] == "confirmed"
    failed = "clock, cpu max=90, dhcp max=80, memory, printer wanted=true"
    assert told["reason"] == f"not passed yet, as before the change: {failed}"


def test_the_plan_says_the_thresholds(person) -> None:
    path = person.project / "saved.plan"
    assert person.type("plan", "kayu-ara", "--out", str(path))[0] in (0, 3)
    assert "cpu max=90" in json.loads(path.read_text())["checks"]
    first = json.loads(path.read_text())["plan_id"]
    book = person.project / "playbooks" / "kayu-ara.yaml"
    book.write_text(book.read_text().replace("max: 90", "max: 91"))
    person.type("plan", "kayu-ara", "--out", str(path))
    person.play()
    assert json.loads(path.read_text())["plan_id"] != first
