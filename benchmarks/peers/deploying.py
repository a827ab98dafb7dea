"""Runs of a comparison that change devices: a district of the lab's, and who deploys to it how.

Each run is a round with a change of its own, the same for everybody: two entries of an address list
and a setting. So nothing has to be set back in between. Ours is guarded (undo, a new connection,
the intended state read back); the others import a file and look at the entries: no undo, nothing
compared before, no check of who it is.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.peers import ansible_play, environments
from benchmarks.peers.district import LIST, PARTIAL, Town, change, intend, make_town
from benchmarks.peers.stage import Child, Outcome, Stage

CLIENTS = Path(__file__).parent / "clients"
#: What the worst of them may take, in seconds.
LIMIT = 290.0
#: Seconds that a device of ours waits for its confirmation: the lab must never be too slow for it.
CONFIRM_WITHIN = 600
#: Operations in a round's change.
OPERATIONS = 3
_FILE = "bench.rsc"


@dataclass(slots=True)
class Deployments:
    """Devices with a state, the project that they belong to, and how many rounds they have seen."""

    stage: Stage
    town: Town
    original: str
    rounds: int = field(default=0)

    def _job(self, *, devices: int, workers: int, wired: bool) -> dict[str, Any]:
        net = "10.1" if wired else "127.1"
        return {
            "devices": [
                {"name": name, "address": f"{net}.{n // 250}.{n % 250 + 1}", "port": port}
                for n, (name, port) in enumerate(list(self.town.ports.items())[:devices])
            ],
            "user": self.town.user,
            "password": "",
            "key_file": str(self.town.key_file),
            "known_hosts": str(self.town.known_hosts),
            "workers": workers,
            "least": 1,
            "project": str(self.town.project),
            "plan": str(self.town.project / "round.plan"),
            "confirm_within": CONFIRM_WITHIN,
            "operations": OPERATIONS,
        }

    def begin(self) -> None:
        """Bring all devices to what the project says."""
        job = self._job(devices=len(self.town.names), workers=20, wired=False)
        self._ours(job | {"way": "begin"})

    def _ours(self, job: Mapping[str, Any]) -> Outcome:
        words = [sys.executable, str(CLIENTS / "ours_deploy.py")]
        return self.stage.run(words, job, seconds=LIMIT, cwd=self.stage.root)

    def run(self, script: str, way: str, *, devices: int, workers: int, wired: bool) -> Outcome:
        """A round of one of them. ``RuntimeError`` when it gives nothing to measure."""
        good = 0
        try:
            found = self._round(script, way, devices=devices, workers=workers, wired=wired)
            good = found.good
        finally:
            if good < len(self.town.names):
                self.begin()  # who was left out, or failed, must not have more to do the next time
        return found

    def _round(self, script: str, way: str, *, devices: int, workers: int, wired: bool) -> Outcome:
        self.rounds += 1
        # Whoever's turn it is: the next of ours expects on the devices what went before.
        intend(self.town.project, self.original, self.rounds)
        job = self._job(devices=devices, workers=workers, wired=wired)
        if script == "ours_deploy.py":
            if way == "deploy":
                self._ours(job | {"way": "save"})
            return self._ours(job | {"way": way})
        job |= {
            "script": change(self.rounds),
            "commands": [
                f"/import file-name={_FILE}",
                f"/ip firewall address-list print where list={LIST}",
            ],
            "expected": [f"198.18.{self.rounds}.{n}" for n in (1, 2)],
        }
        if script == "ansible":
            return self._ansible(job, workers)
        words = [str(environments.python(self.stage.root, "netmiko")), str(CLIENTS / script)]
        return self.stage.run(words, job, seconds=LIMIT, cwd=self.stage.root)

    def _ansible(self, job: dict[str, Any], forks: int) -> Outcome:
        # A socket's path has about a hundred characters.
        folder = Path(tempfile.mkdtemp(prefix="ans"))
        try:
            file = folder / _FILE
            file.write_text(job["script"])
            play = ansible_play.importing(job | {"file": str(file)}, serial=forks)
            hosts = ansible_play.inventory(job, transport="libssh")
            ansible_play.write(folder, hosts, play)
            return self.stage.run(
                ansible_play.words(self.stage.root, folder, forks), job, seconds=LIMIT, cwd=folder,
                env=ansible_play.environment(self.stage.root, folder), recap=ansible_play.recap,
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def deployments(root: Path, folder: Path, line: Child, devices: int) -> Iterator[Deployments]:
    """So many devices of a new district, served by two processes, as the project wants them."""
    town = make_town(root, folder, devices)
    with ExitStack() as stack:
        labs = []
        for _ in range(2):
            child = Child([sys.executable, "-m", "benchmarks.peers.stateful"], cwd=root)
            stack.callback(child.end)
            labs.append(child)
        ports = list(town.ports.items())
        for number, child in enumerate(labs):
            child.ask({"order": str(town.order), "ports": dict(ports[number::2])})
        made = Deployments(Stage(root, line, labs), town, (town.project / PARTIAL).read_text())
        made.begin()
        yield made
