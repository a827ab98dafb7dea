"""A project folder: found, read, locked; addresses real or the lab's; tasks from its own folder."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from sekayu_net.errors import LabError, LockError, ProjectError, UsageError
from sekayu_net.platforms.base import Flow
from sekayu_net.project import Project

ROOT = Path(__file__).parents[2]
BASE = ROOT / "tests" / "cases" / "inventory" / "base"
HOST = "lurah-satu-rtr1"


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "district"
    folder.mkdir()
    shutil.copytree(BASE, folder / "inventory")
    shutil.copy(ROOT / "sekayu.toml", folder)
    (folder / "tasks").mkdir()
    monkeypatch.delenv("SEKAYU_PROJECT", raising=False)
    return folder


def lab_file(root: Path, pid: int) -> None:
    state = root / ".sekayu" / "lab"
    state.mkdir(parents=True)
    lab = {
        "pid": pid,
        "devices": {HOST: {"address": "127.0.0.1", "port": 2201, "onsite_port": 2202}},
        "username": "sekayu",
        "key_file": ".sekayu/lab/id_ed25519",
    }
    (state / "lab.json").write_text(json.dumps(lab))


def test_the_nearest_folder_above_with_settings_is_the_project(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    below = root / "inventory" / "deep"
    below.mkdir()
    monkeypatch.chdir(below)
    assert Project.find(None, {}) == root


def test_a_named_folder_goes_before_the_environment(root: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copy(ROOT / "sekayu.toml", other)
    assert Project.find(root, {"SEKAYU_PROJECT": str(other)}) == root
    assert Project.find(None, {"SEKAYU_PROJECT": str(other)}) == other


def test_without_a_project_it_says_how_to_make_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ProjectError, match=r"sekayu\.toml") as missing:
        Project.find(None, {})
    assert "sekayu-net init" in str(missing.value.hint)


def test_the_reference_settings_are_the_defaults(tmp_path: Path) -> None:
    (tmp_path / "sekayu.toml").write_text("")
    shipped, bare = Project.load(ROOT).settings, Project.load(tmp_path).settings
    assert shipped.ssh == bare.ssh
    assert shipped.rollout == bare.rollout
    assert shipped.plan_max_age == timedelta(days=1)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[ssh]\nuser = 'x'\n", "sekayu.toml:2: ssh.user: no such key"),
        ("[ssh]\n\n# port\nport = 'x'\n", "sekayu.toml:4: ssh.port: Input should be"),
        ("[rollout]\nworkers = 0\n[ssh]\nport = 0\n", "sekayu.toml:4: ssh.port: Input should be"),
        ("[rollout]\nworkers = 0\n[ssh]\nport = 0\n", "sekayu.toml:2: rollout.workers: Input"),
        ("[roll]\n", "sekayu.toml:1: roll: no such key"),
        ("[ssh\n", "line 1"),
        (
            "[cluster]\nca_file = 'ca.pem'\n",
            "sekayu.toml:1: cluster: Value error, ca_file, cert_file",
        ),
    ],
)
def test_wrong_settings_are_told_with_their_line(root: Path, text: str, told: str) -> None:
    (root / "sekayu.toml").write_text(text)
    with pytest.raises(ProjectError) as wrong:
        Project.load(root)
    assert told in str(wrong.value)
    assert wrong.value.hint


def test_files_for_the_cluster_may_lie_in_the_project_or_at_home(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/siti")
    assert Project.load(root).cluster_files is None
    (root / "sekayu.toml").write_text(
        "[cluster]\nca_file = 'ca.pem'\ncert_file = '~/dask.pem'\nkey_file = '/etc/dask.key'\n"
    )
    found = Project.load(root).cluster_files
    assert found == (root / "ca.pem", Path("/home/siti/dask.pem"), Path("/etc/dask.key"))


def test_the_lab_keeps_all_state_of_its_own(root: Path) -> None:
    real, lab = Project.load(root), Project.load(root, lab=True)
    for name in ("state", "known_hosts", "journal_path", "archive_path", "plans"):
        assert getattr(real, name).is_relative_to(root / ".sekayu")
        assert getattr(lab, name).is_relative_to(root / ".sekayu" / "lab")


def test_a_real_device_is_reached_at_its_inventory_address(root: Path) -> None:
    (root / "sekayu.toml").write_text("[ssh]\nkey_file = 'keys/id'\nusername = 'tool'\n")
    project = Project.load(root)
    target = project.target(project.district().devices[HOST])
    assert (target.address, target.port, target.username) == ("10.62.0.2", 22, "tool")
    assert target.key_file == root / "keys" / "id"
    assert (target.serial, target.model, target.version) == ("EXAMPLE0003", "Router", "7.20.4")


def test_a_lab_device_is_reached_where_the_lab_serves_it(root: Path) -> None:
    lab_file(root, os.getpid())
    project = Project.load(root, lab=True)
    target = project.target(project.district().devices[HOST])
    assert (target.address, target.port) == ("127.0.0.1", 2201)
    assert target.key_file == root / ".sekayu" / "lab" / "id_ed25519"
    assert (target.serial, target.model) == ("EXAMPLE0003", "Router")


def test_a_device_that_the_running_lab_lacks_is_told(root: Path) -> None:
    lab_file(root, os.getpid())
    project = Project.load(root, lab=True)
    with pytest.raises(LabError, match="has no desa-dua-rtr1"):
        project.target(project.district().devices["desa-dua-rtr1"])


def test_a_lab_that_died_is_not_running(root: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait(timeout=30)
    lab_file(root, dead.pid)
    project = Project.load(root, lab=True)
    with pytest.raises(LabError, match="not running") as down:
        project.target(project.district().devices[HOST])
    assert "lab up" in str(down.value.hint)


def test_secrets_of_the_environment_never_reach_the_lab(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEKAYU_SECRET_SNMP_COMMUNITY", "of the real network")
    assert Project.load(root).secrets().get("snmp/community").value == "of the real network"
    (root / ".sekayu" / "lab").mkdir(parents=True, exist_ok=True)
    lab = Project.load(root, lab=True).secrets()
    lab.generate(["snmp/community"])
    assert lab.get("snmp/community").value != "of the real network"


def test_the_management_flow_is_from_each_network_of_the_controller(root: Path) -> None:
    project = Project.load(root)
    flows = project.flows(project.district().devices[HOST])
    assert flows == (Flow("192.0.2.0/28", "10.62.0.2", 22),)


def test_nornir_has_the_chosen_hosts(root: Path) -> None:
    assert list(Project.load(root).nornir([HOST]).inventory.hosts) == [HOST]


def test_a_task_is_the_function_that_its_file_is_named_after(root: Path) -> None:
    (root / "tasks" / "greet.py").write_text("def greet(task):\n    return 'hello'\n")
    assert Project.load(root).load_task("greet")(None) == "hello"


def test_a_task_of_the_same_name_from_elsewhere_is_not_taken(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    foreign = tmp_path / "foreign" / "tasks"
    foreign.mkdir(parents=True)
    (foreign / "__init__.py").write_text("")
    (foreign / "greet.py").write_text("def greet(task):\n    return 'foreign'\n")
    monkeypatch.syspath_prepend(str(foreign.parent))
    (root / "tasks" / "greet.py").write_text("def greet(task):\n    return 'own'\n")
    assert Project.load(root).load_task("greet")(None) == "own"


def test_an_unknown_task_lists_near_names(root: Path) -> None:
    (root / "tasks" / "verify.py").write_text("")
    with pytest.raises(UsageError, match="no task is called 'verfy'") as unknown:
        Project.load(root).load_task("verfy")
    assert "verify" in str(unknown.value.hint)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def broken(:\n", "broken.py:1: SyntaxError"),
        ("import no_such_module\n", "No module named 'no_such_module'"),
        ("def other(task): ...\n", "no attribute 'broken'"),
    ],
)
def test_a_broken_task_is_one_clear_error(root: Path, text: str, told: str) -> None:
    (root / "tasks" / "broken.py").write_text(text)
    with pytest.raises(ProjectError) as broken:
        Project.load(root).load_task("broken")
    assert told in str(broken.value)


def test_two_writers_at_once_are_refused_and_the_second_is_told_who(root: Path) -> None:
    project = Project.load(root)
    who = rf"budi on .*, process {os.getpid()}, since 20"
    with project.lock("budi"), pytest.raises(LockError, match=who), project.lock("siti"):
        pass
    with project.lock():
        pass  # free again


def test_a_dead_writers_lock_holds_nobody(root: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path; from sekayu_net.project import Project\n"
        "with Project.load(Path(sys.argv[1])).lock(): os._exit(9)"
    )
    died = subprocess.run(
        [sys.executable, "-c", script, str(root)], cwd=ROOT, timeout=60, check=False
    )
    assert died.returncode == 9
    with Project.load(root).lock():
        pass


def git(root: Path, *words: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *identity, *words], cwd=root, check=True, timeout=30, capture_output=True
    )


def test_the_revision_is_gits_and_says_when_files_were_edited(root: Path) -> None:
    assert Project.load(root).revision() is None
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-q", "-m", "x")
    clean = Project.load(root).revision()
    assert clean is not None
    assert len(clean) == 12
    (root / "sekayu.toml").write_text("")
    assert Project.load(root).revision() == f"{clean}-dirty"


def test_without_git_there_is_no_revision(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert Project.load(root).revision() is None
