"""``doctor`` finds what stands in the way, and says what to do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from sekayu_net import doctor
from sekayu_net.doctor import Finding, examine
from sekayu_net.errors import UnreachableError
from sekayu_net.platforms import transport
from sekayu_net.platforms.transport import HostKey
from sekayu_net.project import Project

ROOT = Path(__file__).parents[2]
KEY = HostKey("ssh-ed25519 AAAAfirst", "SHA256:first")
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


FIXES: dict[str, tuple[str, Break, str]] = {
    "no key": ("key", no_key, "ssh-keygen"),
    "a key that others may read": ("key", open_key, "chmod 600"),
    "no key file and no agent": ("key", no_agent, "key_file"),
    "a secret that is missing": ("secrets", no_secret, "snmp/community"),
    "an inventory with a fault": ("inventory", broken_inventory, "inventory check"),
    "no git": ("git", no_git, "install git"),
    "a silent hub": ("hub", silent_hub, "no answer"),
    "a hub with another key": ("hub", other_hub, "another key"),
}


@pytest.mark.parametrize(("what", "broken", "words"), FIXES.values(), ids=FIXES)
def test_what_stands_in_the_way_is_found_with_advice(
    root: Path, monkeypatch: pytest.MonkeyPatch, what: str, broken: Break, words: str
) -> None:
    broken(root, monkeypatch)
    finding = found(root)[what]
    assert finding.verdict == "fix"
    assert words in f"{finding.found} {finding.advice}"


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
