"""Approval at the command line: who may let what be deployed."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

HOST = "lurah-dua-rtr1"


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for person in ("tester", "siti", "stranger"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / person)],
            check=True,
            capture_output=True,
            timeout=30,
        )
    return folder


@pytest.fixture
def office(desk, keys, monkeypatch):
    """A project whose plans need two approvals, by tester (who plans) or siti."""
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    lines = (f"{name} {(keys / f'{name}.pub').read_text()}" for name in ("tester", "siti"))
    desk.project.signers.write_text("".join(lines))
    desk.project.settings.approvals = 2
    return desk


@pytest.fixture
def plan(office, tmp_path) -> str:
    file = str(tmp_path / "p.plan")
    assert office.run("plan", "--host", HOST, "--out", file, "--reason", "a new line").code == 3
    return file


def scripts(desk) -> list[str]:
    return [script for device in desk.place.devices.values() for script in device.scripts]


def test_a_plan_that_two_people_signed_is_deployed(office, plan, keys) -> None:
    for person in ("tester", "siti"):
        assert office.run("approve", plan, "--key", str(keys / person)).code == 0
    answer = office.run("deploy", "--plan", plan, "--yes", "--json")
    assert answer.code == 0, answer.err
    assert answer.json["hosts"][HOST]["state"] == "confirmed"
    run = office.run("runs", "--json").json["runs"][0]
    assert run["approved_by"] == ["siti", "tester"]
    assert run["reason"] == "a new line"


@pytest.mark.parametrize("signed", [(), ("tester",), ("siti", "siti")], ids=str)
def test_too_few_approvals_refuse_the_run_and_touch_nothing(office, plan, keys, signed) -> None:
    for person in signed:
        office.run("approve", plan, "--key", str(keys / person))
    answer = office.run("deploy", "--plan", plan, "--yes")
    assert answer.code == 1
    assert "needs 2 approvals" in answer.err
    assert scripts(office) == []


@pytest.mark.parametrize(
    "words", [("deploy", "phase-1", "--yes"), ("deploy", "--host", HOST, "-y")]
)
def test_without_a_saved_plan_nothing_is_deployed_nor_read(office, words) -> None:
    answer = office.run(*words)
    assert answer.code == 1
    assert "approve FILE" in answer.err
    assert all(device.sessions == 0 for device in office.place.devices.values())


def test_an_audit_puts_nothing_back_without_approval(office) -> None:
    office.project.settings.approvals = 0
    office.run("deploy", "--host", HOST, "--yes")
    device = office.place.devices[HOST]
    device.text = device.text.replace("\ndelta", "")
    before = list(device.scripts)
    office.project.settings.approvals = 2
    answer = office.run("audit", "--host", HOST, "--fix", "--yes")
    assert answer.code == 1
    assert "wants 2 approvals" in answer.err
    assert device.scripts == before


def test_approve_shows_the_whole_plan_and_what_is_still_missing(office, plan, keys) -> None:
    answer = office.run("approve", plan, "--key", str(keys / "siti"))
    assert "+delta" in answer.out
    assert "reason: a new line" in answer.out
    assert "1 of 2" in answer.out
    assert "1 more" in answer.err


def test_a_stranger_can_not_approve(office, plan, keys) -> None:
    answer = office.run("approve", plan, "--key", str(keys / "stranger"))
    assert answer.code == 1
    assert "does not admit" in answer.err
    assert list(Path(plan).parent.glob("*.sig")) == []


def test_an_edited_plan_can_not_be_approved(office, plan, keys) -> None:
    path = Path(plan)
    path.write_text(path.read_text().replace("+delta", "+evil"))
    assert office.run("approve", plan, "--key", str(keys / "siti")).code == 1


def test_show_names_the_signatures_and_the_next_step_is_told(office, plan, keys) -> None:
    office.run("approve", plan, "--key", str(keys / "siti"))
    assert "p.plan.siti.sig" in office.run("show", plan).out
    office.run("approve", plan, "--key", str(keys / "tester"))
    assert "deploy --plan" in office.run("approve", plan, "--key", str(keys / "siti")).err
