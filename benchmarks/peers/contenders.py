"""Who is measured, with what: a table, and how a row of it becomes a run."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from benchmarks.peers import ansible_play, environments
from benchmarks.peers.deploying import Deployments
from benchmarks.peers.stage import Outcome, Stage
from benchmarks.peers.transcript import EXPORT, MODEL, PLAIN, SERIAL, VERSION, Recording

Work = Literal["login", "export", "audit", "deploy"]
CLIENTS = Path(__file__).parent / "clients"
#: Ansible takes more than a second of processor time a device: fewer devices, and scaled.
ANSIBLE_DEVICES: dict[Work, int] = {"audit": 50, "deploy": 20}
#: What the worst of them may take, in seconds.
LIMIT = 280.0


@dataclass(frozen=True, slots=True)
class Contender:
    """``workers`` are tried and the best is kept; ``usual`` is what people run it with.

    ``execs``: it sends the product's exec lines, else the plain commands in a shell.
    """

    name: str
    script: str
    environment: str | None
    execs: bool
    workers: tuple[int, ...]
    usual: int | None = 20
    works: tuple[Work, ...] = ("login", "export", "audit")
    extra: Mapping[str, Any] = field(default_factory=dict, hash=False)


OURS, AUDITED, FLOOR = "sekayu-net", "sekayu-net, audit's read", "libssh2 loop (floor)"
PLANNED = "sekayu-net, planning too"
NETMIKO, ANSIBLE = "nornir-netmiko", "Ansible community.routeros"
CONTENDERS = (
    Contender(FLOOR, "with_libssh2.py", "ssh", execs=True, workers=(200,), usual=None),
    Contender(OURS, "ours.py", None, execs=True, workers=(100, 200), extra={"way": "commands"}),
    Contender(
        AUDITED, "ours.py", None, execs=True, workers=(100, 200), works=("audit",),
        extra={"way": "audit", "serial": SERIAL, "model": MODEL, "version": VERSION},
    ),
    Contender("paramiko, threads", "with_paramiko.py", "ssh", execs=True, workers=(100, 200)),
    Contender(
        "nornir-scrapli (ssh2)", "with_scrapli.py", "scrapli", execs=False, workers=(100, 200),
        extra={"transport": "ssh2"},
    ),
    Contender(
        "nornir-scrapli (paramiko)", "with_scrapli.py", "scrapli", execs=False,
        workers=(100,), usual=None, works=("export",), extra={"transport": "paramiko"},
    ),
    Contender(NETMIKO, "with_netmiko.py", "netmiko", execs=False, workers=(50, 100, 200)),
    Contender(
        ANSIBLE, "", "ansible", execs=False, workers=(50,), usual=None, works=("audit",),
    ),
    # What changes devices; all but ours without an undo: see ``deploying``.
    Contender(
        OURS, "ours_deploy.py", None, execs=True, workers=(100,), works=("deploy",),
        extra={"way": "deploy"},
    ),
    Contender(
        PLANNED, "ours_deploy.py", None, execs=True, workers=(100,), usual=None,
        works=("deploy",), extra={"way": "plan"},
    ),
    Contender(
        NETMIKO, "with_netmiko_import.py", "netmiko", execs=False, workers=(100,),
        works=("deploy",),
    ),
    Contender(
        ANSIBLE, "ansible", "ansible", execs=False, workers=(50,), usual=None, works=("deploy",),
    ),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Scene:
    """What all runs share. ``keys`` holds ``key`` and ``known_hosts``; ``recording`` the lines.

    ``deployments`` are devices that can be changed, where that is asked for.
    """

    stage: Stage
    root: Path
    project: Path
    keys: Path
    user: str
    password: str
    recording: Recording
    deployments: Deployments | None = None

    def addresses(self, number: int, *, wired: bool) -> list[dict[str, Any]]:
        """So many devices, behind the wire or not."""
        net = "10.1" if wired else "127.1"
        return [
            {"name": f"r{n}", "address": f"{net}.{n // 250}.{n % 250 + 1}", "port": 22}
            for n in range(number)
        ]

    def commands(self, contender: Contender, work: Work) -> Sequence[str]:
        """What is asked of a device."""
        lines = self.recording.exec if contender.execs else PLAIN
        if work == "audit":
            return lines
        wanted = [line for line in lines if line.startswith(EXPORT[0])]
        return wanted if work == "export" else ()

    def least(self, work: Work) -> int:
        """How many characters an answer has at the least: shells trim, forms differ."""
        export = max(len(text) for line, text in self.recording.pairs if line in EXPORT)
        return {"login": 0, "export": export - 20}.get(work, export + 1500)

    def run(
        self, contender: Contender, work: Work, *, devices: int, workers: int, wired: bool
    ) -> Outcome:
        """One run. ``RuntimeError`` when it gives nothing to measure."""
        if contender.name == ANSIBLE:
            devices = min(devices, ANSIBLE_DEVICES[work])
        if work == "deploy":
            assert self.deployments is not None
            way = contender.extra.get("way", "")
            return self.deployments.run(
                contender.script, way, devices=devices, workers=workers, wired=wired
            )
        job = {
            "devices": self.addresses(devices, wired=wired),
            "user": self.user,
            "password": self.password,
            "key_file": str(self.keys / "key"),
            "known_hosts": str(self.keys / "known_hosts"),
            "commands": self.commands(contender, work),
            "workers": workers,
            "least": self.least(work),
            "project": str(self.project),
            **contender.extra,
        }
        if contender.name == ANSIBLE:
            return self._ansible(job, workers)
        python = (
            sys.executable
            if contender.environment is None
            else str(environments.python(self.root, contender.environment))
        )
        words = [python, str(CLIENTS / contender.script)]
        return self.stage.run(words, job, seconds=LIMIT, cwd=self.root)

    def _ansible(self, job: Mapping[str, Any], forks: int) -> Outcome:
        # A socket's path has about a hundred characters.
        folder = Path(tempfile.mkdtemp(prefix="ans"))
        try:
            hosts = ansible_play.inventory(job, transport="libssh")
            ansible_play.write(folder, hosts, ansible_play.reading(job))
            return self.stage.run(
                ansible_play.words(self.root, folder, forks), job, seconds=LIMIT, cwd=folder,
                env=ansible_play.environment(self.root, folder), recap=ansible_play.recap,
            )  # fmt: skip
        finally:
            shutil.rmtree(folder, ignore_errors=True)
