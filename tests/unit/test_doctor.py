"""``doctor`` finds what stands in the way, and says what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from types import SimpleNamespace
from typing import ClassVar

import pytest

from sekayu_net import doctor
from sekayu_net.doctor import Finding, examine
from sekayu_net.errors import AuthenticationError, DeviceError, UnreachableError
from sekayu_net.journal import Journal
from sekayu_net.platforms import registry, transport
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.transport import HostKey
from sekayu_net.project import Project
from sekayu_net.run_lock import locked

ROOT = Path(__file__).parents[2]
KEY = HostKey("ssh-ed25519 AAAAfirst", "SHA256:first")


@dataclass
class Hub:
    """A hub's driver: lets everybody in, and has the time."""

    target: Target
    ahead: ClassVar = timedelta(0)
    refusal: ClassVar[DeviceError | None] = None

    def open(self) -> None:
        if self.refusal is not None:
            raise self.refusal

    def close(self) -> None:
        pass

    def clock(self) -> datetime:
        return datetime.now(timezone(timedelta(hours=7))) + self.ahead


Break = Callable[[Path, pytest.MonkeyPatch], None]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in which all is in order."""
    shutil.copytree(ROOT / "tests/cases/inventory/base", tmp_path / "inventory")
    (tmp_path / "templates/routeros").mkdir(parents=True)
    for name in ("router.j2", "access_point.j2"):
        (tmp_path / "templates/routeros" / name).write_text("# {{ secret('snmp/community') }}\n")
    (tmp_path / "sekayu.toml").write_text('[ssh]\nkey_file = "key"\n')
    (tmp_path / "key").touch(mode=0o600)
    (tmp_path / "key.pub").write_text("ssh-ed25519 AAAA\n")
    project = Project.load(tmp_path)
    project.secrets().set("snmp/community", "kept")
    project.known_hosts.write_text(f"{project.district().hub} {KEY.line}\n")
    monkeypatch.setattr(transport, "fetch_host_key", lambda *_, **__: KEY)
    monkeypatch.setattr(registry, "platform", lambda _: SimpleNamespace(driver=Hub))
    monkeypatch.setattr(doctor, "_clock", lambda: Finding("clock", "ok", "synchronised"))
    return tmp_path


def found(root: Path) -> dict[str, Finding]:
    return {finding.what: finding for finding in examine(lambda: Project.load(root))}


def test_a_computer_in_order_has_nothing_to_fix(root: Path) -> None:
    assert {finding.verdict for finding in found(root).values()} == {"ok"}


def no_key(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / "key").unlink()


def open_key(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / "key").chmod(0o644)


def no_agent(root: Path, patch: pytest.MonkeyPatch) -> None:
    (root / "sekayu.toml").write_text("")
    patch.delenv("SSH_AUTH_SOCK", raising=False)


def no_secret(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / ".sekayu/secrets.yaml").unlink()


def broken_inventory(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / "inventory/offices.yaml").write_text("district: {}\n")


def no_git(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(shutil, "which", lambda _: None)


def silent_hub(_: Path, patch: pytest.MonkeyPatch) -> None:
    def silent(*_: object, **__: object) -> HostKey:
        raise UnreachableError("no answer", host="hub", stage="trust")

    patch.setattr(transport, "fetch_host_key", silent)


def other_hub(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(transport, "fetch_host_key", lambda *_, **__: HostKey("ssh-rsa X", "SHA256:x"))


def refusing_hub(_: Path, patch: pytest.MonkeyPatch) -> None:
    refusal = AuthenticationError("it does not know this key", host="hub", stage="open")
    patch.setattr(Hub, "refusal", refusal)


def late_hub(_: Path, patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Hub, "ahead", timedelta(minutes=-3))


def empty_agent(root: Path, patch: pytest.MonkeyPatch) -> None:
    (root / "sekayu.toml").write_text("")
    patch.setenv("SSH_AUTH_SOCK", str(root / "no-such-agent"))


def open_journal(root: Path, _: pytest.MonkeyPatch) -> None:
    Journal.open(root / ".sekayu/journal.sqlite").close()
    (root / ".sekayu/journal.sqlite").chmod(0o644)


def no_journal(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / ".sekayu/journal.sqlite").touch(0o600)
    (root / ".sekayu/journal.sqlite").write_text("this is no journal")


def nobody_signs(root: Path, _: pytest.MonkeyPatch) -> None:
    (root / "sekayu.toml").write_text('[ssh]\nkey_file = "key"\n[rollout]\napprovals = 2\n')


FIXES: dict[str, tuple[str, Break, str]] = {
    "no key": ("key", no_key, "ssh-keygen"),
    "a key that others may read": ("key", open_key, "chmod 600"),
    "no key file and no agent": ("key", no_agent, "key_file"),
    "a secret that is missing": ("secrets", no_secret, "snmp/community"),
    "an inventory with a fault": ("inventory", broken_inventory, "inventory check"),
    "no git": ("git", no_git, "install git"),
    "a silent hub": ("hub", silent_hub, "no answer"),
    "a hub with another key": ("hub", other_hub, "another key"),
    "a hub that lets nobody in": ("hub", refusing_hub, "does not know this key"),
    "a hub with another time": ("hub clock", late_hub, "0:03:00 behind"),
    "an agent without a key": ("key", empty_agent, "ssh-add"),
    "a journal that others may read": ("journal", open_journal, "chmod 600"),
    "a file that is no journal": ("journal", no_journal, "can't be read"),
    "approvals that nobody may give": ("signing", nobody_signs, "who may approve"),
}


@pytest.mark.parametrize(("what", "broken", "words"), FIXES.values(), ids=FIXES)
def test_what_stands_in_the_way_is_found_with_advice(
    root: Path, monkeypatch: pytest.MonkeyPatch, what: str, broken: Break, words: str
) -> None:
    broken(root, monkeypatch)
    finding = found(root)[what]
    assert finding.verdict == "fix"
    assert words in f"{finding.found} {finding.advice}"


def unsettled(root: Path, patch: pytest.MonkeyPatch) -> None:
    silent_hub(root, patch)
    (root / ".sekayu/known_hosts").unlink()


def broken_off(root: Path, _: pytest.MonkeyPatch) -> None:
    with Journal.open(root / ".sekayu/journal.sqlite") as journal:
        journal.begin("deploy", operator="siti")


def stranger(root: Path, patch: pytest.MonkeyPatch) -> None:
    nobody_signs(root, patch)
    (root / "inventory/allowed_signers").write_text("siti ssh-ed25519 AAAAother\n")
    patch.setenv("HOME", str(root))


NOTES: dict[str, tuple[str, Break, str]] = {
    "a hub that was never set up": ("hub", unsettled, "sekayu-net bootstrap"),
    "a run that was broken off": ("journal", broken_off, "sekayu-net resume"),
    "somebody who may not approve": ("signing", stranger, "no key of yours"),
}


@pytest.mark.parametrize(("what", "broken", "words"), NOTES.values(), ids=NOTES)
def test_what_is_to_be_known_stands_in_nobodys_way(
    root: Path, monkeypatch: pytest.MonkeyPatch, what: str, broken: Break, words: str
) -> None:
    broken(root, monkeypatch)
    finding = found(root)[what]
    assert finding.verdict == "note"
    assert words in f"{finding.found} {finding.advice}"


def test_who_holds_the_project_is_told_and_not_disturbed(root: Path) -> None:
    assert "lock" not in found(root)
    with locked(root / ".sekayu/lock", "siti"):
        assert "siti" in found(root)["lock"].found
    assert "lock" not in found(root)


CLOCKS = {"yes": "ok", "no": "fix", "": "note"}


@pytest.mark.parametrize(("said", "verdict"), CLOCKS.items())
def test_the_clock_is_judged_by_what_keeps_it(
    monkeypatch: pytest.MonkeyPatch, said: str, verdict: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: "/usr/bin/timedatectl")
    monkeypatch.setattr(
        subprocess, "run", lambda *_, **__: subprocess.CompletedProcess([], 0, said + "\n", "")
    )
    assert doctor._clock().verdict == verdict


def test_without_a_project_the_rest_is_still_told(tmp_path: Path) -> None:
    what = {finding.what: finding.verdict for finding in examine(lambda: Project.load(tmp_path))}
    assert what["project"] == "fix"
    assert what["Python"] == "ok"
