"""Waves on the simulated district, by the command line: Ctrl-C, soak, catching up."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.cli.demo import Stage, copy_project
from sekayu_net.journal import FINAL
from tests.integration.district import lab_up

ROOT = Path(__file__).parents[2]
OFFICE = "lurah-kayu-ara"
ROUTER, AP1 = f"{OFFICE}-rtr1", f"{OFFICE}-ap1"
pytestmark = [pytest.mark.timeout(240), pytest.mark.xdist_group("lab-waves")]


def until(true: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.05)


class Run:
    """A command that is still at work."""

    def __init__(self, command: list[str], folder: Path) -> None:
        self.out, self.err = folder / "out", folder / "err"
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                command, stdout=out, stderr=err, stdin=subprocess.DEVNULL, start_new_session=True
            )

    def says(self, words: str) -> None:
        until(lambda: words in self.err.read_text(), f"{words!r} on stderr")

    def interrupt(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def ended(self) -> int:
        code = self.process.wait(timeout=100)
        assert "Traceback" not in self.err.read_text(), self.err.read_text()
        return code


class Person(Stage):
    """Someone at the command line of the copy."""

    def type(self, *words: str) -> tuple[int, str, str]:
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=200, check=False
        )
        assert "Traceback" not in done.stderr, done.stderr
        return done.returncode, done.stdout, done.stderr

    def json(self, *words: str, code: int = 0) -> Any:
        ended, out, err = self.type(*words, "--json")
        assert ended == code, err + out[-3000:]
        return json.loads(out)

    def playbook(self, name: str, **more: object) -> None:
        (self.project / "playbooks" / f"{name}.yaml").write_text(json.dumps({"name": name, **more}))

    def states(self) -> dict[str, str]:
        """The devices of the newest deployment, as the journal has them now."""
        path = self.project / ".sekayu" / "lab" / "journal.sqlite"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)) as db:
            rows = db.execute(
                "SELECT host, state FROM hosts WHERE run ="
                " (SELECT id FROM runs WHERE kind = 'deploy' ORDER BY rowid DESC LIMIT 1)"
            )
            return dict(rows.fetchall())


@pytest.fixture(scope="module")
def person(tmp_path_factory) -> Iterator[Person]:
    project = tmp_path_factory.mktemp("waves") / "project"
    copy_project(ROOT, project)
    settings = project / "sekayu.toml"
    # A device without power is waited for: on loopback three seconds say as much as fifteen.
    settings.write_text(settings.read_text().replace("timeout = 15.0", "timeout = 3.0"))
    person = Person(project)
    with lab_up(person):
        yield person


@pytest.fixture
def begun(person, tmp_path) -> Iterator[Callable[..., Run]]:
    """Begin a command and go on; whatever is still at work at the end is killed."""
    runs: list[Run] = []

    def begin(*words: str) -> Run:
        runs.append(Run(person.command(*words), tmp_path))
        return runs[-1]

    yield begin
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait(10)


def test_ctrl_c_once_finishes_who_is_in_flight_and_begins_nobody_else(person, begun) -> None:
    person.type("lab", "fault", AP1, "slow-statements", "0.02")
    run = begun("deploy", "--host", AP1, "--host", ROUTER, "--yes")
    until(lambda: run.err.exists() and "wave all" in run.err.read_text(), "the wave")
    until(lambda: person.states().get(AP1) == "applied", "AP1 is being changed")
    run.interrupt()
    run.says("stopping after the devices in flight")
    assert run.ended() == 4
    person.type("lab", "fault", AP1, "slow-statements", "--clear")
    states = person.states()
    assert states[AP1] == "confirmed"
    assert states[ROUTER] == "skipped", "it waits for the access point behind it"
    assert set(states.values()) <= FINAL
    assert "stopped: stopped by the operator" in run.err.read_text()
    assert person.json("deploy", "--host", AP1, "--yes")["hosts"][AP1]["state"] == "unchanged"


def test_ctrl_c_twice_leaves_at_once_and_the_device_is_whole(person, begun) -> None:
    host = "lurah-soak-baru-ap1"
    person.type("lab", "fault", host, "slow-statements", "0.1")
    run = begun("deploy", "--host", host, "--yes", "--confirm-within", "10")
    until(lambda: run.err.exists() and "wave all" in run.err.read_text(), "the wave")
    until(lambda: person.states().get(host) == "applied", "the device is being changed")
    run.interrupt()
    run.says("Ctrl-C again leaves at once")
    run.interrupt()
    assert run.process.wait(5) == 130
    assert "sekayu-net resume" in run.err.read_text()
    assert person.states() == {host: "applied"}
    person.type("lab", "fault", host, "slow-statements", "--clear")

    def settled() -> bool:
        person.type("resume")
        return set(person.states().values()) <= FINAL

    until(settled, "a final state", 90)
    (state,) = person.states().values()
    assert state in {"confirmed", "reverted"}
    planned = person.json("plan", "--host", host, code=0 if state == "confirmed" else 3)
    kept = planned["hosts"][host]["status"]
    assert kept == ("unchanged" if state == "confirmed" else "change")


def test_a_device_that_dies_while_its_wave_rests_stops_the_run(person, begun) -> None:
    first, second = "lurah-serasan-jaya-ap1", "lurah-balai-agung-ap1"
    waves = [
        {"name": "canary", "hosts": {"host": first}, "soak": "5s"},
        {"name": "rest", "hosts": {"host": second}},
    ]
    person.playbook("gentle", hosts={"host": [first, second]}, waves=waves, checks=["hub"])
    run = begun("deploy", "gentle", "--yes", "--json")
    run.says("wave canary rests 5 s")
    person.type("lab", "fault", first, "power-off")
    assert run.ended() == 4
    person.type("lab", "fault", first, "power-on")
    hosts = json.loads(run.out.read_text())["hosts"]
    assert hosts[first]["state"] == "unknown"
    assert "after 5 s of soak" in hosts[first]["reason"]
    assert hosts[second]["state"] == "skipped"
    resumed = person.json("resume", code=4)["hosts"]  # the run had stopped: the rest is another's
    assert resumed[first]["state"] == "confirmed"
    assert resumed[second]["state"] == "skipped"


def test_who_was_offline_is_caught_up_when_it_answers_again(person) -> None:
    host = "desa-bailangu-ap1"
    person.type("lab", "fault", host, "power-off")
    hosts = person.json("deploy", "--office", "desa-bailangu", "--yes", code=4)["hosts"]
    assert {name: each["state"] for name, each in hosts.items()} == {
        host: "unreachable",
        "desa-bailangu-rtr1": "confirmed",
    }
    assert host in person.type("status")[1]
    person.type("lab", "fault", host, "power-on")
    caught = person.json("deploy", "--catch-up", "--yes")["hosts"]
    assert {name: each["state"] for name, each in caught.items()} == {host: "confirmed"}
    assert person.json("status")["catch_up"] == []
