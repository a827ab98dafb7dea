"""What goes wrong before a deployment: one clear message, the right exit code, nothing touched."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sekayu_net.cli.demo import copy_project

ROOT = Path(__file__).parents[2]
HOST = "lurah-kayu-ara-rtr1"
pytestmark = pytest.mark.xdist_group("lab-bad-input")


@dataclass(frozen=True)
class Desk:
    project: Path

    def type(self, *words: str) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "-m", "sekayu_net", "--project", str(self.project), "--lab", *words],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert "Traceback" not in done.stderr
        return done


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    project = tmp_path_factory.mktemp("bad") / "project"
    copy_project(ROOT, project)
    desk = Desk(project)
    up = desk.type("lab", "up")
    try:
        assert up.returncode == 0, up.stderr
        yield desk
    finally:
        desk.type("lab", "down")


FAULTS = {
    "host-key": ("refused", "host key has changed"),
    "serial": ("refused", "serial number is HEX00000000"),
    "garbage": ("error", "try again"),
    "power-off": ("unreachable", "no answer"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_device_that_is_not_right_is_named_and_left_alone(desk: Desk, fault: str) -> None:
    status, words = FAULTS[fault]
    desk.type("lab", "fault", HOST, fault)
    try:
        done = desk.type("plan", "--host", HOST, "--json")
        deployed = desk.type("deploy", "--host", HOST, "--yes", "--json")
    finally:
        desk.type("lab", "fault", HOST, fault, "--clear")
        if fault == "power-off":
            desk.type("lab", "fault", HOST, "power-on")
    assert done.returncode == 4, done.stderr
    found = json.loads(done.stdout)["hosts"][HOST]
    assert found["status"] == status
    assert words in found["reason"]
    assert deployed.returncode == 4, deployed.stderr
    assert json.loads(deployed.stdout)["hosts"][HOST]["state"] in ("skipped", "unreachable")


def test_a_wrong_key_is_refused_and_said(desk: Desk, tmp_path: Path) -> None:
    key = desk.project / ".sekayu" / "lab" / "id_ed25519"
    kept = shutil.copy2(key, tmp_path / "kept")
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "other")], check=True
    )
    try:
        shutil.copy2(tmp_path / "other", key)
        done = desk.type("plan", "--host", HOST, "--json")
    finally:
        shutil.copy2(kept, key)
    assert done.returncode == 4
    assert "refuses this user's key" in json.loads(done.stdout)["hosts"][HOST]["reason"]


@pytest.mark.parametrize(
    ("file", "text", "words"),
    [
        ("templates/routeros/snmp.j2", "{{ nosuch.thing }}\n", ("snmp.j2:", "'nosuch'", HOST)),
        ("inventory/offices.yaml", "\tbroken\n", ("offices.yaml:",)),
        ("playbooks/phase-1.yaml", "hosst: {}\n", ("phase-1.yaml:", "hosst")),
        ("sekayu.toml", "[sssh]\nport = 1\n", ("sekayu.toml", "sssh")),
    ],
)
def test_a_faulty_file_is_named_with_its_place(
    desk: Desk, file: str, text: str, words: tuple[str, ...]
) -> None:
    path = desk.project / file
    right = path.read_text()
    path.write_text(right + text)
    try:
        done = desk.type("plan", "phase-1", "--host", HOST)
    finally:
        path.write_text(right)
    assert done.returncode == 1
    assert all(word in done.stderr for word in words), done.stderr


def test_a_question_without_a_terminal_names_the_way_round_it(desk: Desk) -> None:
    done = desk.type("deploy", "--host", HOST)
    assert done.returncode == 2
    assert "--yes" in done.stderr


def test_nothing_was_changed_by_all_this(desk: Desk) -> None:
    status = json.loads(desk.type("status", "--json").stdout)
    hosts = {h: s for o in status["offices"].values() for h, s in o["hosts"].items()}
    assert {entry["last_confirmed"] for entry in hosts.values()} == {None}
