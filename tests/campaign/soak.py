"""A whole regency rolled out while things go wrong: ``python -m tests.campaign.soak --seed N``.

Makes a project of every office in a list, starts its lab, takes sites away, lets links flap and
devices refuse a statement, rolls everything out from the command line, kills the controller at
random moments and resumes. Then every device must say the old or the new configuration, whole, and
hold nothing of ours. Prints a table; exit 1 when any device is wrong.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SEKAYU_SHARED", ROOT.parent / "shared"))
OFFICES = SHARED / "data" / "wilayah-musi-banyuasin.csv"
#: Seconds that any one command may take.
LONGEST = 3600
#: States in which a device may be when all is over.
FINAL = {"confirmed", "unchanged", "reverted", "failed", "unreachable", "stale", "skipped"}
PLAYBOOK = """\
name: soak
description: Every office of the regency, in the order in which they hang on each other
waves:
  - {name: canary, hosts: {kind: lurah}, offices: 1}
  - {name: lurah, hosts: {kind: lurah}}
  - {name: desa, hosts: {kind: desa}}
  - {name: camat, hosts: {kind: camat}}
failure_budget: %d
confirm_within: %d
checks: [hub]
"""


@dataclass(slots=True)
class Spent:
    """What the controller's processes used. Seconds and megabytes."""

    wall: float = 0.0
    processor: float = 0.0
    memory: float = 0.0

    def add(self, wall: float, usage: Any) -> None:
        """One process more."""
        self.wall += wall
        self.processor += usage.ru_utime + usage.ru_stime
        self.memory = max(self.memory, usage.ru_maxrss / 1024)


@dataclass(slots=True)
class Desk:
    """The command line of one project."""

    folder: Path
    spent: Spent = field(default_factory=Spent)

    def run(
        self, *words: str, fine: Sequence[int] = (0,), kill_after: float | None = None
    ) -> tuple[int, str]:
        """Exit code (negative: killed) and standard output of one command."""
        out = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115 - closed below
        log = (self.folder / "campaign.log").open("a", encoding="utf-8")
        with out, log:
            log.write(f"$ {' '.join(words)}\n")
            log.flush()
            started = time.monotonic()
            child = subprocess.Popen(
                [sys.executable, "-m", "sekayu_net", "--project", str(self.folder), *words],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=log,
            )
            limit = started + (LONGEST if kill_after is None else kill_after)
            while True:
                done, status, usage = os.wait4(child.pid, os.WNOHANG)
                if done:
                    break
                if time.monotonic() > limit:
                    os.kill(child.pid, signal.SIGKILL)
                    _, status, usage = os.wait4(child.pid, 0)
                    break
                time.sleep(0.05)
            code = os.waitstatus_to_exitcode(status)
            child.returncode = code
            self.spent.add(time.monotonic() - started, usage)
            out.seek(0)
            text = out.read()
        if kill_after is None and code not in fine:
            raise SystemExit(f"{' '.join(words)} ended with {code}: see {self.folder}/campaign.log")
        return code, text


@contextmanager
def regency(
    folder: Path, offices: Path, limit: int | None, chosen: random.Random
) -> Iterator[Desk]:
    """A project of these offices with its lab running; every fifth desa is in a tunnel."""
    source = offices
    if limit is not None:
        head, *rows = offices.read_text(encoding="utf-8").splitlines()
        source = folder.parent / "offices.csv"
        source.write_text("\n".join([head, *rows[:limit]]) + "\n")
    desk = Desk(folder)
    subprocess.run(
        [sys.executable, "-m", "sekayu_net", "init", str(folder), "--from-csv", str(source)],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=120,
    )
    file = folder / "inventory" / "offices.yaml"
    lines = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines):
        if line.startswith("    uplink: {kind: radio") and chosen.random() < 0.2:
            lines[number] = "    uplink: {kind: internet}"
    file.write_text("\n".join(lines) + "\n")
    desk.run("inventory", "allocate")
    desk.run("--lab", "lab", "up")
    try:
        yield desk
    finally:
        desk.run("--lab", "lab", "down", fine=(0, 1))


@dataclass(frozen=True, slots=True)
class Trouble:
    """Who has which trouble: host names."""

    offline: tuple[str, ...]
    flapping: tuple[str, ...]
    rejecting: tuple[str, ...]

    @classmethod
    def among(cls, hosts: Sequence[str], chosen: random.Random) -> Trouble:
        """5 % of the sites away, 2 % flapping, 1 % of the devices refusing a statement."""
        routers = [h for h in hosts if h.endswith("-rtr1") and not h.startswith("camat-")]
        chosen.shuffle(routers)
        away = max(1, round(len(routers) * 0.05))
        come_and_go = max(1, round(len(routers) * 0.02))
        refuse = max(1, round(len(hosts) * 0.01))
        rest = routers[away + come_and_go :]
        return cls(
            tuple(sorted(routers[:away])),
            tuple(sorted(routers[away : away + come_and_go])),
            tuple(sorted(rest[:refuse])),
        )

    def begin(self, desk: Desk) -> None:
        """Let it go wrong."""
        for host in self.offline:
            desk.run("--lab", "lab", "fault", host, "link-down")
        for host in self.flapping:
            desk.run("--lab", "lab", "fault", host, "flapping", "20")
        for host in self.rejecting:
            desk.run("--lab", "lab", "fault", host, "reject", "/ip firewall nat")

    def end(self, desk: Desk) -> None:
        """Mend everything."""
        for host in (*self.offline, *self.flapping, *self.rejecting):
            desk.run("--lab", "lab", "fault", host, "all", "--clear")
            desk.run("--lab", "lab", "fault", host, "link-up", fine=(0, 1, 2))


def plan_of(desk: Desk, name: str) -> dict[str, Any]:
    """The hosts of a fresh plan over everything, as its file has them."""
    file = desk.folder / f"{name}.plan"
    desk.run("--lab", "plan", "soak", "--out", str(file), fine=(0, 3, 4))
    hosts: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["hosts"]
    return hosts


def roll_out(desk: Desk, chosen: random.Random, kills: int, longest: float) -> list[str]:
    """Deploy, kill the controller, resume, until nothing is open; what was done, in words."""
    story = []
    words: tuple[str, ...] = ("deploy", "--plan", str(desk.folder / "before.plan"), "--yes")
    for _ in range(kills):
        after = chosen.uniform(5, longest)
        code, _ = desk.run("--lab", *words, "--json", kill_after=after)
        if code >= 0:
            story.append(f"ended by itself with {code}")
            return story
        story.append(f"killed after {after:.0f} s")
        words = ("resume",)
    code, _ = desk.run("--lab", *words, "--json", fine=(0, 1, 4))
    story.append(f"{words[0]} ended with {code}")
    return story


def leftovers(desk: Desk, hosts: Sequence[str]) -> dict[str, str]:
    """What of ours still lies on these devices, asked as somebody on site would."""
    _, text = desk.run("--lab", "lab", "list", "--json")
    entries = json.loads(text)
    import asyncio

    async def ask(host: str) -> str:
        entry = entries[host]
        async with asyncssh.connect(
            entry["host"],
            entry["port"],
            username=entry["username"],
            password=entry["password"],
            known_hosts=None,
            client_keys=None,
            agent_path=None,
        ) as connection:
            found = []
            for menu in ("/file", "/system script", "/system scheduler"):
                done = await connection.run(
                    f':foreach i in=[{menu} find name~"sekayu-"] do={{ :put [{menu} get $i name] }}'
                )
                found += str(done.stdout or "").split()
        return " ".join(name for name in found if name != "sekayu-confirmed")

    async def all_of_them() -> dict[str, str]:
        return {host: await ask(host) for host in hosts}

    return {host: names for host, names in asyncio.run(all_of_them()).items() if names}


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--offices", type=int, help="only the first so many lines of the list")
    parser.add_argument("--list", type=Path, default=OFFICES, help="the list of offices")
    parser.add_argument("--kills", type=int, default=3)
    parser.add_argument("--longest", type=float, default=240, help="seconds before a kill, at most")
    parser.add_argument("--confirm-within", type=int, default=240)
    parser.add_argument("--folder", type=Path, help="work there, and keep it")
    options = parser.parse_args()
    chosen = random.Random(options.seed)
    base = options.folder or Path(tempfile.mkdtemp(prefix="soak-"))
    base.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    with regency(base / "regency", options.list, options.offices, chosen) as desk:
        playbook = desk.folder / "playbooks" / "soak.yaml"
        playbook.write_text(PLAYBOOK % (1000, options.confirm_within))
        before = plan_of(desk, "before")
        trouble = Trouble.among(list(before), chosen)
        trouble.begin(desk)
        story = roll_out(desk, chosen, options.kills, options.longest)
        spent = desk.spent
        _, text = desk.run("--lab", "status", "--json")
        trouble.end(desk)
        # Undos of devices that were silent have run by now, or run within this time.
        time.sleep(options.confirm_within)
        desk.run("--lab", "resume", fine=(0, 1, 4))
        after = plan_of(desk, "after")
        states = {
            host: entry["state"]
            for office in json.loads(text)["offices"].values()
            for host, entry in office["hosts"].items()
        }
        wrong = judge(before, after, states)
        left = leftovers(desk, list(after))
        # What a broken preflight left where nobody could go back: the next run takes it away.
        if again := [host for host in left if states[host] == "unreachable"]:
            hosts = [word for host in again for word in ("--host", host)]
            desk.run("--lab", "deploy", *hosts, "--yes", fine=(0, 1, 4))
            left = leftovers(desk, list(after))
        wrong += [f"{host}: leftovers {names}" for host, names in left.items()]
    counts = Counter(states.values())
    print(f"seed {options.seed}: {len(before)} devices; " + "; ".join(story))
    print(
        f"trouble: {len(trouble.offline)} sites offline, {len(trouble.flapping)} flapping, "
        f"{len(trouble.rejecting)} devices that refuse a statement"
    )
    print("| " + " | ".join(counts) + " | wrong |")
    print("|" + "---:|" * (len(counts) + 1))
    print("| " + " | ".join(map(str, counts.values())) + f" | {len(wrong)} |")
    print(
        f"controller: {spent.wall:.0f} s, {spent.processor:.0f} s of processor, "
        f"{spent.memory:.0f} MB at most; all {time.monotonic() - started:.0f} s, "
        f"Python {sys.version.split()[0]}"
    )
    for line in wrong[:20]:
        print(f"WRONG {line}")
    if options.folder is None:
        shutil.rmtree(base, ignore_errors=True)
    sys.exit(bool(wrong))


def judge(before: dict[str, Any], after: dict[str, Any], states: dict[str, str]) -> list[str]:
    """Devices that are neither in the old nor in the new state, or in a state that is not final."""
    wrong = []
    for host, first in before.items():
        last = after[host]
        new = last["status"] == "unchanged"
        old = last["running"] == first["running"]
        if last["status"] in ("unreachable", "error"):
            wrong.append(f"{host}: {last['status']}: {last['reason']}")
        elif not (new or old):
            wrong.append(f"{host}: half: {last['operations']} operations are left of it")
        if states.get(host) not in FINAL:
            wrong.append(f"{host}: its state is {states.get(host)}")
    return wrong


if __name__ == "__main__":
    main()
