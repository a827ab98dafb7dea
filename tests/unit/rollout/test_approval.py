"""Approval of plans by real keys and the real ssh-keygen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sekayu_net.errors import ApprovalError, PlanFileError
from sekayu_net.plan import HostPlan, Plan, PlannedWave, save
from sekayu_net.rollout import approval
from sekayu_net.rollout.approval import NAMESPACE, Policy, load_signed, require, sign, usual_keys

PLAN = Plan(
    created="2026-03-01T08:00:00+00:00",
    author="budi",
    project="161101",
    lab=True,
    revision=None,
    playbook=None,
    waves=(PlannedWave("all", ("a-rtr1",)),),
    hosts={"a-rtr1": HostPlan("a-rtr1", "lines", "change", script="+x")},
    confirm_within=60,
)
PEOPLE = ("budi", "siti", "adi", "stranger")


def keygen(*words: str) -> None:
    subprocess.run(["ssh-keygen", *words], check=True, capture_output=True, timeout=30)


@dataclass
class Office:
    """Keys of several people, and a plan on a desk."""

    folder: Path
    keys: Path

    @property
    def plan(self) -> Path:
        return self.folder / "phase-1.plan"

    @property
    def signers(self) -> Path:
        return self.folder / "allowed_signers"

    def public(self, person: str) -> str:
        return " ".join((self.keys / f"{person}.pub").read_text().split()[:2])

    def admit(self, *lines: tuple[str, str]) -> None:
        """Lines of names (with options) and whose key."""
        text = "".join(f"{names} {self.public(person)}\n" for names, person in lines)
        self.signers.write_text(text)

    def sign(self, person: str) -> Path:
        keys = [self.keys / person]
        return sign(load_signed(self.plan), self.plan, keys=keys, signers=self.signers)[0]

    def sign_by_hand(
        self, person: str, namespace: str = NAMESPACE, over: str | None = None
    ) -> None:
        """As someone without this program does."""
        made = subprocess.run(
            ["ssh-keygen", "-Y", "sign", "-n", namespace, "-f", str(self.keys / person)],
            input=f"{over or PLAN.plan_id}\n",
            capture_output=True,
            text=True,
            check=True,
            timeout=30,
        )
        (self.folder / f"phase-1.plan.{person}-by-hand.sig").write_text(made.stdout)

    def approved(self, needed: int) -> tuple[str, ...]:
        return require(load_signed(self.plan), Policy(needed, self.signers))


@pytest.fixture(scope="module")
def keys(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    for person in PEOPLE:
        keygen("-q", "-t", "ed25519", "-N", "", "-C", f"{person}@desk", "-f", str(folder / person))
    return folder


@pytest.fixture
def office(tmp_path, keys) -> Office:
    office = Office(tmp_path, keys)
    save(PLAN, office.plan)
    office.admit(*((person, person) for person in ("budi", "siti", "adi")))
    return office


def test_a_plan_with_enough_signatures_is_approved_and_by_whom_is_told(office) -> None:
    office.sign("siti")
    office.sign("adi")
    assert office.approved(2) == ("adi", "siti")


def test_a_project_without_approvals_asks_nobody(office) -> None:
    office.signers.unlink()
    assert office.approved(0) == ()


def test_a_plan_nobody_signed_is_refused_with_the_way_to_approval(office) -> None:
    with pytest.raises(ApprovalError, match="nobody signed") as caught:
        office.approved(1)
    assert "sekayu-net approve" in caught.value.hint


def test_signatures_travel_with_the_plan(office, tmp_path) -> None:
    office.sign("siti")
    there = tmp_path / "another-laptop"
    there.mkdir()
    for file in (office.plan, *approval.signature_files(office.plan)):
        (there / file.name).write_bytes(file.read_bytes())
    assert require(load_signed(there / office.plan.name), Policy(1, office.signers)) == ("siti",)


def test_a_signature_made_with_ssh_keygen_alone_counts(office) -> None:
    office.sign_by_hand("siti")
    assert office.approved(1) == ("siti",)


def test_the_author_alone_may_approve_where_one_is_needed(office) -> None:
    office.sign("budi")
    assert office.approved(1) == ("budi",)


TOO_FEW = {
    "two signatures by one key": [("siti", "siti"), ("siti", "siti")],
    "two keys of one person": [("siti", "siti"), ("siti", "adi")],
    "two keys that share a second name": [("siti,ibu-siti", "siti"), ("ibu-siti", "adi")],
    "two addresses of the author": [("budi@office", "siti"), ("budi@home", "adi")],
    "the author's name and address": [("budi", "siti"), ("budi@home", "adi")],
    "someone the file does not name": [("siti", "siti"), ("adi", "budi")],
}


@pytest.mark.parametrize("lines", TOO_FEW.values(), ids=TOO_FEW)
def test_one_person_is_not_two(office, lines) -> None:
    office.admit(*lines)
    for person in ("siti", "adi"):
        office.sign_by_hand(person)
    with pytest.raises(ApprovalError, match="needs 2 approvals and has 1"):
        office.approved(2)


NOT_COUNTED = {
    "expired": ('siti valid-before="20200101"', "expired"),
    "not yet valid": ('siti valid-after="20990101"', "not yet valid"),
    "for something else only": ('siti namespaces="git"', "siti"),
    "a pattern instead of a name": ("*@desk", "pattern"),
}


@pytest.mark.parametrize(("names", "words"), NOT_COUNTED.values(), ids=NOT_COUNTED)
def test_the_options_of_the_file_decide_and_why_is_told(office, names, words) -> None:
    office.admit((names, "siti"))
    office.sign_by_hand("siti")
    with pytest.raises(ApprovalError, match="has 0") as caught:
        office.approved(1)
    assert words in str(caught.value)


def test_a_key_that_was_taken_from_the_file_approves_nothing_any_more(office) -> None:
    office.sign("siti")
    office.admit(("adi", "adi"))
    with pytest.raises(ApprovalError, match="has 0"):
        office.approved(1)


def test_a_signature_over_another_plan_does_not_count(office) -> None:
    office.sign_by_hand("siti", over="0" * 64)
    with pytest.raises(ApprovalError, match="not over this plan"):
        office.approved(1)


def test_a_signature_for_something_else_does_not_count(office) -> None:
    office.sign_by_hand("siti", namespace="git")
    with pytest.raises(ApprovalError, match="has 0"):
        office.approved(1)


def test_an_approval_does_not_cover_a_plan_that_was_changed(office) -> None:
    office.sign("siti")
    save(replace(PLAN, confirm_within=3600), office.plan)
    with pytest.raises(ApprovalError, match="has 0"):
        office.approved(1)


@pytest.mark.parametrize("text", ["", "nonsense", "-----BEGIN SSH SIGNATURE-----\nAAAA\n"])
def test_a_file_that_is_no_signature_does_not_count(office, text) -> None:
    (office.folder / "phase-1.plan.siti.sig").write_text(text)
    with pytest.raises(ApprovalError, match="has 0"):
        office.approved(1)


def test_an_edited_plan_can_not_be_signed(office) -> None:
    office.plan.write_text(office.plan.read_text().replace("+x", "+y"))
    with pytest.raises(PlanFileError, match="edited"):
        office.sign("siti")


def test_a_key_that_the_file_does_not_name_signs_nothing(office) -> None:
    with pytest.raises(ApprovalError, match="does not admit"):
        office.sign("stranger")
    assert approval.signature_files(office.plan) == ()


def test_without_the_file_nobody_can_approve(office) -> None:
    office.sign_by_hand("siti")
    office.signers.unlink()
    with pytest.raises(ApprovalError, match="can't be read") as caught:
        office.approved(1)
    assert "namespaces" in caught.value.hint


def test_a_missing_ssh_keygen_is_said(office, monkeypatch) -> None:
    office.sign("siti")
    monkeypatch.setenv("PATH", str(office.folder))
    with pytest.raises(ApprovalError, match="no ssh-keygen"):
        office.approved(1)


@pytest.fixture
def agent(keys, tmp_path, monkeypatch) -> Iterator[None]:
    """An agent that holds the keys of siti and of a stranger."""
    socket = tmp_path / "agent"
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        assert agent.stdout is not None
        agent.stdout.readline()  # it listens before it tells
        monkeypatch.setenv("SSH_AUTH_SOCK", str(socket))
        for person in ("stranger", "siti"):
            subprocess.run(
                ["ssh-add", "-q", str(keys / person)],
                env=os.environ | {"SSH_AUTH_SOCK": str(socket)},
                check=True,
                capture_output=True,
                timeout=30,
            )
        yield
    finally:
        agent.terminate()
        agent.communicate(timeout=30)


def test_the_key_in_the_agent_signs(office, agent, tmp_path) -> None:
    keys = usual_keys(office.signers, tmp_path)
    sign(load_signed(office.plan), office.plan, keys=keys, signers=office.signers)
    assert office.approved(1) == ("siti",)


def test_without_an_agent_the_usual_files_are_looked_at(office, tmp_path, monkeypatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    ssh = tmp_path / ".ssh"
    ssh.mkdir()
    for person in ("adi", "stranger"):
        for ending in ("", ".pub"):
            (ssh / f"{person}{ending}").write_bytes(
                (office.keys / f"{person}{ending}").read_bytes()
            )
        (ssh / person).chmod(0o600)
    assert usual_keys(office.signers, tmp_path) == (ssh / "adi",)


def test_nobody_to_sign_as_is_said_with_what_to_do(office) -> None:
    with pytest.raises(ApprovalError, match="no key to sign with") as caught:
        sign(load_signed(office.plan), office.plan, keys=(), signers=office.signers)
    assert "--key" in caught.value.hint
