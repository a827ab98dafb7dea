"""The installed units under a real systemd, against the simulated district: timer, run, sandbox."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from pwd import getpwnam
from typing import Any

import pytest

from sekayu_net.cli.demo import copy_project
from sekayu_net.journal import Journal
from sekayu_net.schedule import name_of
from sekayu_net.scheduled import KIND
from tests.integration.system_manager import CODE, PROJECT, PYTHON, Machine, machine, missing, until
from tests.integration.test_rollout import ROOT

pytestmark = [
    pytest.mark.xdist_group("lab-systemd"),
    pytest.mark.skipif(missing() is not None, reason=missing() or ""),
]
OFFICE = "lurah-kayu-ara"
UNIT = name_of(PROJECT)
#: The account that the project belongs to: any but root.
ACCOUNT = "daemon"
DAY = 86400


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A machine with the timer installed, for a project of somebody who is not root."""
    folder = tmp_path_factory.mktemp("systemd")
    project = folder / "project"
    copy_project(ROOT, project)
    variables = project / "variables"
    variables.write_text(f"PYTHONPATH={CODE}\n")
    variables.chmod(0o600)
    with machine(folder / "machine", project) as place:
        place.sekayu("lab", "up")
        place.run("chown", "--recursive", ACCOUNT, str(PROJECT))
        place.sekayu(
            *("schedule", "install", "--office", OFFICE, "--every", "1d"),
            *("--environment-file", str(PROJECT / "variables")),
        )
        place.run("systemctl", "start", f"{UNIT}.service")  # no test is the first
        yield place
        place.sekayu("lab", "down")


@pytest.fixture(autouse=True)
def _as_if_time_had_passed(place: Machine) -> None:
    """systemd refuses the sixth start within ten seconds: the tests before count for that."""
    place.run("systemctl", "reset-failed", f"{UNIT}.service")


def runs(place: Machine) -> list[dict[str, Any]]:
    """What the record holds of scheduled runs, the newest first; asked fast enough to see one."""
    with Journal.open(state_of(place) / "journal.sqlite", read_only=True) as journal:
        return [asdict(run) for run in journal.runs(KIND)]


def property_of(place: Machine, name: str, unit: str = f"{UNIT}.service") -> str:
    return place.run("systemctl", "show", "--value", "--property", name, unit).strip()


def state_of(place: Machine) -> Path:
    """The project's state as it is seen from outside."""
    return place.folder.parent / "project" / ".sekayu" / "lab"


def test_a_run_that_was_missed_is_made_up_for_and_ends_with_a_record(place: Machine) -> None:
    """The timer starts it, nobody else: what it holds of its last start is two days old."""
    timer = f"{UNIT}.timer"
    place.run("systemctl", "stop", timer)
    place.add(timer, "[Timer]\nRandomizedDelaySec=0\nAccuracySec=1s\n")
    place.started_before(timer, 2 * DAY)
    known = len(runs(place))
    place.run("systemctl", "start", timer)
    until(lambda: [run for run in runs(place) if run["result"]][known:], place.log)
    run = runs(place)[0]
    assert (run["result"], run["selection"]) == ("pending", f"--office {OFFICE}")
    until(lambda: property_of(place, "ActiveState") == "inactive", place.log)
    # That an audit found something (exit code 3) is no failure of the unit.
    assert property_of(place, "Result") == "success"
    assert property_of(place, "ExecMainStatus") == "3"
    for name in ("audit.html", "audit.json"):
        assert (state_of(place) / "reports" / name).stat().st_uid == getpwnam(ACCOUNT).pw_uid
    shown = place.sekayu("schedule", "show")
    assert f"{UNIT}.timer" in shown
    assert f"--office {OFFICE}  pending" in shown


def test_a_run_beside_another_is_left_out_and_recorded(place: Machine) -> None:
    with (state_of(place) / "schedule.lock").open("r+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        place.run("systemctl", "start", f"{UNIT}.service", code=1)
    assert runs(place)[0]["result"].startswith("refused: process ")
    assert "a scheduled run is still at work" in place.log()
    place.run("systemctl", "start", f"{UNIT}.service")
    assert runs(place)[0]["result"] == "pending"


@pytest.mark.parametrize(
    ("signal", "told"), [("TERM", "stopped"), ("KILL", "broken off")], ids=["stopped", "killed"]
)
def test_a_run_that_was_ended_says_so(place: Machine, signal: str, told: str) -> None:
    """As by a shutdown, and as by a power cut: then the next run writes it down."""
    slow = ("lab", "fault", f"{OFFICE}-rtr1", "slow")
    place.sekayu(*slow, "2")  # long enough to be met at work, however busy this machine is
    place.run("systemctl", "start", "--no-block", f"{UNIT}.service")
    until(lambda: any(run["ended"] is None for run in runs(place)), place.log)
    place.run("systemctl", "kill", f"--signal={signal}", f"{UNIT}.service")
    until(lambda: property_of(place, "ActiveState") in ("inactive", "failed"), place.log)
    place.sekayu(*slow, "--clear")
    place.run("systemctl", "start", f"{UNIT}.service")
    assert [run["result"] for run in runs(place)[:2]] == ["pending", told]


#: What a service under these settings tries, and what must come of it. None: it works.
TRIED = {
    "write its state": ("open('.sekayu/tried', 'w')", None),
    "write the inventory": ("open('inventory/tried', 'w')", "EROFS"),
    "write beside the project": ("open('/var/tmp/../lib/tried', 'w')", "EROFS"),
    "write at home": ("open('/root/tried', 'w')", "EROFS"),
    "see the temporary files of others": ("os.stat('/tmp/others')", "ENOENT"),
    "see the processes of others": ("os.stat('/proc/1')", "ENOENT"),
    "open a disk": ("open('/dev/vda')", "ENOENT"),
    "be root": ("os.setuid(0)", "EPERM"),
    "listen to the wire": ("socket.socket(socket.AF_PACKET, socket.SOCK_RAW)", "EAFNOSUPPORT"),
    "set the clock": ("time.clock_settime(time.CLOCK_REALTIME, time.time())", "EPERM"),
    "reach a device": ("socket.socket(socket.AF_INET, socket.SOCK_STREAM)", None),
}
PROBE = """\
import errno, json, os, socket, time
def tried(text):
    try:
        eval(text)
    except OSError as error:
        return errno.errorcode[error.errno]
print(json.dumps({name: tried(text) for name, text in %r.items()}))
"""


def test_the_sandbox_holds(place: Machine) -> None:
    """The unit as it is installed, another program in the place of the audit."""
    probe = state_of(place) / "probe.py"
    probe.write_text(PROBE % {name: text for name, (text, _) in TRIED.items()})
    probe.chmod(0o644)
    command = f"{PYTHON} {PROJECT / '.sekayu/lab/probe.py'}"
    place.add(f"{UNIT}.service", f"[Service]\nExecStart=\nExecStart={command}\n")
    try:
        place.run("systemctl", "start", f"{UNIT}.service")
    finally:
        place.take_back(f"{UNIT}.service")
    came = json.loads(place.log().splitlines()[-1])
    assert came == {name: outcome for name, (_, outcome) in TRIED.items()}


def test_taken_away_nothing_of_it_is_left(place: Machine) -> None:
    place.sekayu("schedule", "remove")
    assert UNIT not in place.run("systemctl", "list-units", "--all", "--no-legend")
    assert place.units() == []
    assert "no timer is installed" in place.sekayu("schedule", "show")
