"""Saved plans, killed controllers, two laptops and the way back, on the simulated district."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from sekayu_net.cli import demo
from sekayu_net.cli.demo import Stage, copy_project
from sekayu_net.cli.main import main

ROOT = Path(__file__).parents[2]
pytestmark = [pytest.mark.xdist_group("lab-plans"), pytest.mark.timeout(240)]
RULE = "public: no private network"
#: What a laptop needs to work on a running lab, without the other one's journal and archive.
SHARED = ("lab.json", "known_hosts", "id_ed25519", "id_ed25519.pub", "secrets.yaml")


class Laptop(Stage):
    """Someone at the command line of a copy of the project."""

    def type(self, *words: str) -> tuple[int, str, str]:
        """Run a command in this process: starting many would take longer than what they do."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
            main(["--project", str(self.project), "--lab", *words])
        assert "Traceback" not in err.getvalue(), err.getvalue()
        return int(ended.value.code or 0), out.getvalue(), err.getvalue()

    def ended(self, command: list[str]) -> tuple[int, str, str]:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=200, check=False, cwd=ROOT
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def json(self, *words: str, code: int) -> Any:
        ended, out, err = self.type(*words, "--json")
        assert ended == code, err + out[-3000:]
        return json.loads(out)

    def die(self, host: str, state: str, *words: str) -> None:
        """Run a command that gets SIGKILL when it is about to write that state of that host."""
        module = [sys.executable, "-m", "tests.integration.dying_command", host, state]
        code, out, err = self.ended([*module, *self.command(*words)[3:]])
        assert code == -signal.SIGKILL, err + out[-2000:]

    def on_site(self, host: str, typed: str) -> str:
        """What someone with the second administrator's password types on a device."""
        device = on_the_shelf(self)[host]

        async def session() -> str:
            connection = asyncssh.connect(
                device["host"],
                port=device["port"],
                username=device["username"],
                password=device["password"],
                client_keys=None,
                agent_path=None,
                known_hosts=None,
                config=None,
            )
            async with connection as opened:
                done = await opened.run(typed, timeout=20, check=False)
                return str(done.stdout or "")

        return asyncio.run(asyncio.wait_for(session(), 40))

    def spoil(self, host: str) -> None:
        """Give a device something to deploy: someone removes one of its rules."""
        self.on_site(host, f'/ip firewall filter remove [find comment~"^{RULE}"]')
        assert not self.has_rule(host)

    def has_rule(self, host: str) -> bool:
        found = f'[/ip firewall filter find comment~"^{RULE}"]'
        return self.on_site(host, f":put [:len {found}]").strip() != "0"

    def leftovers(self, host: str) -> str:
        """What of the tool is on a device, its memory of the last run aside."""
        names = (
            ':foreach i in=[/system script find where name~"^sekayu-"] do={:put [get $i name]}',
            ':foreach i in=[/system scheduler find where name~"^sekayu-"] do={:put [get $i name]}',
            ':foreach i in=[/file find where name~"sekayu-"] do={:put [get $i name]}',
        )
        menus = ("/system script", "/system scheduler", "/file")
        found = [
            self.on_site(host, each.replace("[get", f"[{menu} get"))
            for menu, each in zip(menus, names, strict=True)
        ]
        return "".join(found).replace("sekayu-confirmed", "").strip()


@cache
def on_the_shelf(laptop: Laptop) -> dict[str, Any]:
    """The lab's devices, asked for once."""
    devices: dict[str, Any] = laptop.json("lab", "list", code=0)
    return devices


@pytest.fixture(scope="module")
def laptop(tmp_path_factory) -> Iterator[Laptop]:
    project = tmp_path_factory.mktemp("plans") / "project"
    copy_project(ROOT, project)
    laptop = Laptop(project)
    code, _, err = laptop.ended(laptop.command("lab", "up"))
    try:
        assert code == 0, err
        yield laptop
    finally:
        laptop.ended(laptop.command("lab", "down"))


@pytest.fixture(scope="module")
def host(laptop) -> str:
    """A router that says what it should."""
    name = demo.pick(laptop, "lurah")
    laptop.json("deploy", "--host", name, "--yes", code=0)
    return name


@pytest.fixture
def spoiled(laptop, host) -> Iterator[str]:
    """The router with one change to deploy; whole again for the next test."""
    laptop.spoil(host)
    yield host
    if not laptop.has_rule(host):
        laptop.json("deploy", "--host", host, "--yes", code=0)


@pytest.fixture
def other(laptop, tmp_path) -> Laptop:
    """A second laptop: the same district and secrets, no journal of the first one's."""
    project = tmp_path / "project"
    copy_project(ROOT, project)
    state = project / ".sekayu" / "lab"
    state.mkdir(parents=True, mode=0o700)
    for name in SHARED:
        origin = laptop.project / ".sekayu" / "lab" / name
        if origin.exists():
            shutil.copy2(origin, state / name)
    return Laptop(project)


#: Killed before this is written → how the device ends, and the exit code of ``resume``.
KILLED = {
    "planned": ("confirmed", 0),
    "armed": ("confirmed", 0),
    "applied": ("reverted", 4),
    "verified": ("confirmed", 0),
    "remembered": ("confirmed", 0),
    "confirmed": ("confirmed", 0),
}


#: The unit tests kill at every single step; here one of each kind, all of them with
#: ``SEKAYU_CRASHES=all``.
SAMPLE = ("applied", "verified", "confirmed")


@pytest.mark.parametrize("state", KILLED if os.environ.get("SEKAYU_CRASHES") == "all" else SAMPLE)
def test_a_controller_killed_before_a_state_is_resumed_to_a_known_end(
    laptop, spoiled, state
) -> None:
    laptop.die(spoiled, state, "deploy", "--host", spoiled, "--yes", "--confirm-within", "60")
    end, code = KILLED[state]
    hosts = laptop.json("resume", code=code)["hosts"]
    assert {host: each["state"] for host, each in hosts.items()} == {spoiled: end}
    assert laptop.has_rule(spoiled) is (end == "confirmed")
    assert laptop.leftovers(spoiled) == ""
    assert "nothing to resume" in laptop.type("resume")[1]


def test_a_phase_whose_controller_was_killed_goes_on_with_its_waves(laptop, host) -> None:
    camat = demo.pick(laptop, "camat")
    laptop.die(camat, "verified", "deploy", "phase-1", "--yes")
    hosts = laptop.json("resume", code=0)["hosts"]
    assert {each["state"] for each in hosts.values()} <= {"confirmed", "unchanged"}
    assert {
        each["status"] for each in laptop.json("plan", "phase-1", code=0)["hosts"].values()
    } == {"unchanged"}


def test_a_second_laptop_is_told_who_holds_a_device_and_works_when_he_is_gone(
    laptop, spoiled, other
) -> None:
    laptop.die(spoiled, "verified", "deploy", "--host", spoiled, "--yes", "--confirm-within", "15")
    run = laptop.json("runs", code=0)["runs"][0]
    planned = other.json("plan", "--host", spoiled, code=4)["hosts"][spoiled]
    assert planned["status"] == "refused"
    assert run["id"] in planned["reason"]
    assert f"{run['operator']}@" in planned["reason"]
    ended = other.json("deploy", "--host", spoiled, "--yes", code=4)["hosts"][spoiled]
    assert (ended["state"], run["id"] in ended["reason"]) == ("skipped", True)
    wait_until_gone_back(laptop, spoiled)
    assert not laptop.has_rule(spoiled)
    other.json("deploy", "--host", spoiled, "--yes", code=0)
    assert laptop.has_rule(spoiled)
    # The first one asks, and finds a device that another one brought on meanwhile.
    assert laptop.json("resume", code=4)["hosts"][spoiled]["state"] == "stale"
    assert "nothing to resume" in laptop.type("resume")[1]


def wait_until_gone_back(laptop: Laptop, host: str) -> None:
    """Until no change waits on the device: its undo needs no controller."""
    record = ':put [/system script get [find name="sekayu-pending"] comment]'
    deadline = time.monotonic() + 90
    while "state=reverted" not in laptop.on_site(host, record):
        assert time.monotonic() < deadline, "the undo never fired"
        time.sleep(0.5)


def test_a_plan_that_another_laptop_overtook_names_its_run(
    laptop, spoiled, other, tmp_path
) -> None:
    file = str(tmp_path / "mine.plan")
    laptop.type("plan", "--host", spoiled, "--out", file)
    run = other.json("deploy", "--host", spoiled, "--yes", code=0)["run_id"]
    ended = laptop.json("deploy", "--plan", file, "--yes", code=4)["hosts"][spoiled]
    assert ended["state"] == "stale"
    assert f"run {run} left it so" in ended["reason"]
    # What another laptop confirmed is no drift here.
    audited = laptop.json("audit", "--host", spoiled, code=0)["hosts"][spoiled]
    assert audited["status"] == "clean"


def test_a_run_is_taken_back_and_what_was_changed_since_stays(laptop, spoiled) -> None:
    run = laptop.json("deploy", "--host", spoiled, "--yes", code=0)["run_id"]
    laptop.on_site(spoiled, "/ip dns set cache-size=4096KiB")
    code, out, err = laptop.type("rollback", run, "--yes")
    assert code == 0, err
    assert f"{RULE}" in out
    assert not laptop.has_rule(spoiled)
    assert "cache-size=4096KiB" in laptop.on_site(spoiled, "/ip dns export")
    assert laptop.leftovers(spoiled) == ""
    laptop.on_site(spoiled, "/ip dns set cache-size=2048KiB")


def test_with_approvals_set_a_signed_plan_is_deployed_and_nothing_else(
    laptop, spoiled, tmp_path
) -> None:
    settings = laptop.project / "sekayu.toml"
    before = settings.read_text()
    key = tmp_path / "siti"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True, timeout=30
    )
    signers = laptop.project / "inventory" / "allowed_signers"
    signers.write_text(f"siti {key.with_suffix('.pub').read_text()}")
    file = str(tmp_path / "p.plan")
    settings.write_text(before.replace("approvals = 0", "approvals = 1"))
    try:
        assert laptop.type("deploy", "--host", spoiled, "--yes")[0] == 1
        assert laptop.type("plan", "--host", spoiled, "--out", file)[0] == 3
        assert laptop.type("deploy", "--plan", file, "--yes")[0] == 1
        assert not laptop.has_rule(spoiled)
        assert laptop.type("approve", file, "--key", str(key))[0] == 0
        laptop.json("deploy", "--plan", file, "--yes", code=0)
        assert laptop.has_rule(spoiled)
    finally:
        settings.write_text(before)
        signers.unlink()
