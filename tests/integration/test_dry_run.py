"""``--dry-run`` of every command: what is kept, and what devices say, is afterwards as it was."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sekayu_net.cli import dry
from sekayu_net.cli.demo import copy_project
from sekayu_net.schedule import name_of
from tests.integration.district import lab_up
from tests.integration.test_plans_and_crashes import Laptop
from tests.integration.test_rollout import ROOT

pytestmark = pytest.mark.xdist_group("lab-dry-run")
HOST, SPOILT, OTHER = "lurah-kayu-ara-ap1", "lurah-soak-baru-rtr1", "desa-sukarami-ap1"
UNPINNED = "desa-lumpatan-ap1"
#: Each command line, and what it ends with.
CASES: dict[str, int] = {
    "init {home}/other": 3,
    "inventory allocate --release 16.06.01.9999": 3,
    "inventory rename desa-sukarami Suka-Ramai": 3,
    f"inventory merge desa-sukarami --into desa-lumpatan --retire {OTHER}": 3,
    f"inventory trust --host {UNPINNED}": 3,
    f"plan --host {OTHER} --out {{project}}/out.plan": 3,
    "approve {project}/a.plan --key {home}/key": 3,
    f"deploy --host {OTHER} --json": 3,
    "deploy --plan {project}/a.plan": 3,
    f"deploy --host {HOST}": 0,
    "resume": 3,
    f"waive {OTHER} --reason mast --until 2099-01-01": 3,
    "rollback {run}": 3,
    f"audit --host {SPOILT} --report {{project}}/a.md": 3,
    f"audit --host {SPOILT} --fix": 3,
    f"audit --host {SPOILT} --accept": 3,
    f"bootstrap {OTHER} --via 127.0.0.9": 3,
    f"bootstrap {OTHER} --out {{project}}/first.rsc": 3,
    f"adopt {SPOILT}": 0,
    f"replace {OTHER} --serial HX0123456": 3,
    f"replace {OTHER} --via 127.0.0.9": 3,
    f"upgrade --host {HOST} --to 7.24.1 --packages {{project}}/packages": 3,
    "secrets set snmp/community": 3,
    "secrets generate": 0,
    "secrets rotate --office lurah-soak-baru --out {project}/wifi.plan": 3,
    "secrets restore wifi/lurah-kayu-ara/office --version 1": 3,
    "secrets identity": 3,
    f"qualify {OTHER}": 3,
    "schedule install --every 6h --user": 3,
    "schedule remove": 3,
    "notify test": 3,
    "notify send": 3,
    f"backup --host {HOST} --binary": 3,
    "prune --older-than 1d": 0,
    f"restore {SPOILT} {{revision}}": 3,
    "lab up": 3,
    "lab down": 3,
    f"lab fault {OTHER} link-down": 3,
    f"lab cable {OTHER} ether5 {SPOILT} ether5": 3,
    f"lab carry {OTHER}": 3,
    "lab packages {home}/packages": 3,
}
CLOSED = """  16.06.01.9999:
    block: 10.64.200.0/22
    loopbacks:
      '1': 10.62.0.99
    vlans:
      management: 10.64.203.192/27
"""
#: Needs a project of another kind: tried in unit tests.
ELSEWHERE = {"secrets encrypt"}


def test_every_command_that_takes_it_is_tried() -> None:
    tried = {each for each in dry.COMMANDS if any(case.startswith(each) for case in CASES)}
    assert tried | ELSEWHERE == dry.COMMANDS


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("HOME", "XDG_CONFIG_HOME"):
            patch.setenv(name, str(home))
        patch.setattr("sekayu_net.cli.schedule.has_systemd", lambda: True)
        patch.setattr("sekayu_net.cli.schedule.SYSTEM_UNITS", home / "system")
        yield home


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory, home: Path) -> Iterator[Laptop]:
    """A project with something to do for each command: drift, an open run, a plan, a timer."""
    project = tmp_path_factory.mktemp("dry") / "project"
    copy_project(ROOT, project)
    laptop = Laptop(project)
    with lab_up(laptop):
        for host in (HOST, SPOILT):
            assert laptop.type("deploy", "--host", host, "--yes")[0] == 0
        laptop.spoil(SPOILT)
        assert laptop.type("audit", "--host", SPOILT)[0] == 3
        laptop.type("lab", "packages", str(project / "packages"))
        laptop.type("plan", "--host", OTHER, "--out", str(project / "a.plan"))
        laptop.die(OTHER, "planned", "deploy", "--host", OTHER, "--yes")
        keygen = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(home / "key")]
        subprocess.run(keygen, check=True, capture_output=True, timeout=30)
        public = (home / "key.pub").read_text()
        (project / "inventory" / "allowed_signers").write_text(f"siti {public}")
        settings = project / "sekayu.toml"
        text = settings.read_text().replace("urls = []", 'urls = ["notify/telegram"]')
        names = f'[backup]\nrecipients = ["{public.strip()}"]'
        settings.write_text(text.replace("[backup]\nrecipients = []", names))
        given = project / "inventory" / "addresses.lock.yaml"  # with an office that was closed
        given.write_text(given.read_text() + CLOSED)
        units = home / "systemd" / "user"
        units.mkdir(parents=True)
        (units / f"{name_of(project)}.timer").touch()
        pinned = project / ".sekayu" / "lab" / "known_hosts"
        kept = [line for line in pinned.read_text().splitlines(True) if UNPINNED not in line]
        pinned.write_text("".join(kept))
        yield laptop


def kept(laptop: Laptop, home: Path) -> dict[str, bytes]:
    """Every file of the project and of the person; the lab's process writes its own log."""
    return {
        str(file): file.read_bytes()
        for folder in (laptop.project, home)
        for file in sorted(folder.rglob("*"))
        if file.is_file() and file.suffix != ".log"
    }


def said(laptop: Laptop) -> list[str]:
    """What the devices say, their clocks aside."""
    return [laptop.on_site(host, "/export").split("\n", 1)[1] for host in (HOST, SPOILT, OTHER)]


@pytest.fixture(scope="module")
def before(laptop: Laptop, home: Path) -> tuple[dict[str, bytes], list[str]]:
    return kept(laptop, home), said(laptop)


@pytest.mark.parametrize(("line", "code"), CASES.items(), ids=CASES)
def test_a_dry_run_leaves_everything_as_it_was(
    laptop, home, before, monkeypatch, line, code
) -> None:
    runs = laptop.json("runs", code=0)["runs"]
    deployed = next(run["id"] for run in runs if run["kind"] == "deploy" and run["ended"])
    revision = laptop.json("history", SPOILT, code=0)["versions"][-1]["revision"]
    words = line.format(project=laptop.project, home=home, run=deployed, revision=revision).split()
    monkeypatch.setattr("sekayu_net.cli.secrets._value_from_person", lambda name: "a value")
    ended, out, err = laptop.type(*words, "--dry-run")
    assert ended == code, err + out
    assert "nothing was changed" in err
    files, configurations = before
    now = kept(laptop, home)
    assert {name for name in {*now, *files} if now.get(name) != files.get(name)} == set()
    assert said(laptop) == configurations
