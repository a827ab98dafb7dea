"""``demo``: the whole story on the simulated district, told while it happens.

Everything it shows is an ordinary command, run as a technician would, in a copy of the project, so
that nothing of the real one is touched. It ends with 0 only when every step went as told, and takes
the lab down in any case.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from sekayu_net.cli import output
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import LabError, ProjectError
from sekayu_net.languages import spoken, translated
from sekayu_net.system import need_unix_for_lab

#: What of a project the copy needs.
CONTENT = ("inventory", "templates", "tasks", "playbooks", "sekayu.toml")
#: Seconds for one command of the story.
TIMEOUT = 300
#: Seconds until the push that cuts an office off goes back by itself.
SHORT_WINDOW = 20
#: Lines of one device's diff that are shown.
SHOWN_LINES = 24


class StoryError(LabError):
    """A step did not go as told."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the story plays: a copy of the project."""

    project: Path

    def command(self, *words: str) -> list[str]:
        """The command line that runs these words on the lab of the copy."""
        program = [sys.executable, "-m", "sekayu_net", "--lang", spoken(), "--lab"]
        return [*program, "--project", str(self.project), *words]

    def run(self, *words: str, expect: ExitCode = ExitCode.OK, quiet: bool = False) -> str:
        """Run a command and show it; its standard output. ``StoryError`` for another exit code.

        Progress (stderr) is seen live; ``quiet`` keeps a long answer for the story to quote from.
        """
        output.result(f"\n$ sekayu-net --lab {' '.join(words)}")
        sys.stdout.flush()
        done = subprocess.run(
            self.command(*words), stdout=subprocess.PIPE, text=True, timeout=TIMEOUT, check=False
        )
        if not quiet:
            output.verbatim(done.stdout.rstrip("\n"))
        if done.returncode != expect:
            tail = "\n".join(done.stdout.splitlines()[-20:]) if quiet else ""
            raise StoryError(
                f"{words[0]} ended with {done.returncode}, the story wants {int(expect)}\n{tail}"
            )
        return done.stdout

    def ask(self, *words: str) -> Any:
        """What a command answers as JSON, for the story's own use: not shown."""
        done = subprocess.run(
            self.command(*words, "--json"),
            capture_output=True,
            text=True,
            timeout=TIMEOUT,
            check=False,
        )
        if done.returncode != ExitCode.OK:
            raise StoryError(f"{' '.join(words)} ended with {done.returncode}: {done.stderr}")
        return json.loads(done.stdout)


def tell(text: str) -> None:
    """A sentence of the story."""
    console = output.console()
    console.print(f"\n== {translated(text)}", style="bold cyan")


def copy_project(source: Path, target: Path) -> None:
    """Copy what a project is made of; keys that an earlier demo made are kept for speed."""
    keys = target / ".sekayu" / "lab-keys"
    kept = None
    if keys.is_dir():
        kept = Path(tempfile.mkdtemp(prefix="sekayu-keys-", dir=target.parent))
        keys.rename(kept / "lab-keys")
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True, mode=0o700)
    for name in CONTENT:
        origin = source / name
        if origin.is_dir():
            shutil.copytree(origin, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif origin.exists():
            shutil.copy2(origin, target / name)
    if kept is not None:
        (target / ".sekayu").mkdir(exist_ok=True)
        (kept / "lab-keys").rename(keys)
        kept.rmdir()


@contextmanager
def lab(stage: Stage) -> Iterator[None]:
    """The lab, up; down again whatever happens, Ctrl-C and a closed terminal included."""

    def leave(number: int, frame: object) -> None:
        del frame
        raise KeyboardInterrupt(number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        stage.run("lab", "up")
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        ended = subprocess.run(
            stage.command("lab", "down"), capture_output=True, timeout=60, check=False
        )
        signal.signal(signal.SIGTERM, before)
        if ended.returncode == 0:
            output.progress("the lab is down")
        else:
            output.warn(f"the lab did not go down: {ended.stderr.decode(errors='replace')}")


def quote_plan(text: str) -> None:
    """One device's diff from a plan's JSON, and a line for each of the others."""
    document = json.loads(text)
    changing = {h: p for h, p in document["hosts"].items() if p["status"] == "change"}
    if not changing:
        raise StoryError("the plan has nothing to do, the story wants changes")
    first, entry = next(iter(changing.items()))
    from sekayu_net.report.terminal import print_diff

    console = output.console()
    output.result(f"{first}: {entry['operations']} operations, undo {entry['guard']}")
    lines = entry["diff"].rstrip("\n").split("\n")
    print_diff("\n".join(lines[:SHOWN_LINES]), console)
    if len(lines) > SHOWN_LINES:
        output.result(f"  … {len(lines) - SHOWN_LINES} more lines")
    for host, other in list(changing.items())[1:]:
        output.result(f"{host}: {other['operations']} operations, undo {other['guard']}")


def someone_removes_a_rule(device: Mapping[str, Any]) -> str:
    """Log in as the second administrator on site and remove one firewall rule; what was typed."""
    import asyncio

    import asyncssh

    # The rule that keeps public Wi-Fi out of the office: it cuts nobody off, and it matters.
    typed = '/ip firewall filter remove [find comment~"^public: no private network"]'

    async def type_it() -> str:
        connection = asyncssh.connect(
            device["host"],
            port=device["port"],
            username=device["username"],
            password=device["password"],
            client_keys=None,
            agent_path=None,
            known_hosts=None,  # a person at another desk, who has no list of ours
            config=None,
        )
        async with connection as session:
            done = await session.run(typed, timeout=20, check=False)
            return str(done.stdout or "").strip()

    said = asyncio.run(asyncio.wait_for(type_it(), 40))
    if said:
        raise StoryError(f"the device refused to remove the rule: {said}")
    return typed


def mistype_controller(stage: Stage) -> str:
    """Put a typo into the copy's addressing: the network that management comes from. The text."""
    path = stage.project / "inventory" / "addressing.yaml"
    text = path.read_text(encoding="utf-8")
    mistyped = text.replace("10.16.0.", "10.17.0.")
    if mistyped == text:
        raise StoryError(f"{path}: the controller's network is not where the story wants it")
    path.write_text(mistyped, encoding="utf-8")
    return text


def pick(stage: Stage, *kinds: str) -> str:
    """A router of the district: the first of the offices of the first of these kinds."""
    offices = stage.ask("status")["offices"].values()
    for kind in kinds:
        for office in offices:
            if office["kind"] == kind:
                return str(next(host for host in office["hosts"] if "-rtr" in host))
    raise StoryError(f"the district has no office of kind {' or '.join(kinds)}")


def expect_state(text: str, host: str, state: str) -> None:
    """``StoryError`` unless a deployment's JSON says this state for the host."""
    found = json.loads(text)["hosts"][host]
    output.result(f"{host}: {found['state']}: {found['reason'] or ''}")
    if found["state"] != state:
        raise StoryError(f"{host} is {found['state']}, the story wants {state}")


def story(stage: Stage) -> None:
    """Every step, in order."""
    tell("What would phase 1 change? Every device is read; nothing is written.")
    saved = str(stage.project / "phase-1.plan")
    planned = stage.run(
        "plan", "phase-1", "--out", saved, "--json", expect=ExitCode.PENDING, quiet=True
    )
    quote_plan(planned)

    tell("Phase 1, wave by wave: exactly that plan, every device under its own undo.")
    outcome(stage.run("deploy", "--plan", saved, "--yes", quiet=True))

    tell("Does every device say what it should?")
    stage.run("audit", "phase-1")

    router = pick(stage, "lurah", "camat")
    tell(f"Someone logs in on site and removes a firewall rule on {router} by hand.")
    devices = stage.ask("lab", "list")
    output.result(f"  [{router}] {someone_removes_a_rule(devices[router])}")

    tell("The audit finds exactly that …")
    found = stage.run("audit", "phase-1", expect=ExitCode.PENDING)
    if router not in found or "/ip firewall filter" not in found:
        raise StoryError(f"the audit does not name {router} and the menu")

    tell("… and a guarded deployment puts it back.")
    outcome(stage.run("deploy", "--host", router, "--yes", quiet=True))
    stage.run("audit", "--host", router)

    tell("Phase 2: its gate is open, for phase 1 is confirmed and clean.")
    outcome(stage.run("deploy", "phase-2", "--yes", quiet=True))

    office = pick(stage, "desa")
    tell(f"A typo in the network that management comes from, pushed to {office}: it cuts it off …")
    right = mistype_controller(stage)
    words = ("deploy", "--host", office, "--yes", "--confirm-within", str(SHORT_WINDOW), "--json")
    cut = stage.run(*words, expect=ExitCode.INCOMPLETE, quiet=True)
    expect_state(cut, office, "reverted")
    tell("… and the device went back by itself. The typo corrected, all is as it was:")
    (stage.project / "inventory" / "addressing.yaml").write_text(right, encoding="utf-8")
    stage.run("audit", "--host", office)
    stage.run("status")


def outcome(text: str) -> None:
    """The table at the end of a deployment's output, without the plan above it."""
    lines = text.rstrip("\n").split("\n")
    starts = [number for number, line in enumerate(lines) if line.split()[:2] == ["host", "wave"]]
    output.verbatim("\n".join(lines[starts[-1] :] if starts else lines[-12:]))


def where(source: Path) -> Path:
    """Where the copy goes: below the project's own state, else a temporary folder."""
    state = source / ".sekayu"
    if os.access(source, os.W_OK):
        return state / "demo"
    return Path(tempfile.mkdtemp(prefix="sekayu-demo-")) / "demo"


def source_project(project_dir: Path | None) -> Path:
    """The project to copy: the one named, the nearest, else the one that the package carries."""
    from sekayu_net.project import Project

    try:
        return Path(Project.find(project_dir, os.environ))
    except ProjectError:
        if project_dir is not None:
            raise
    carried = Path(__file__).parents[1] / "reference"
    if not carried.is_dir():
        raise ProjectError(
            "there is no project here to show", hint="sekayu-net init DIR makes one; cd there"
        )
    target = Path(tempfile.mkdtemp(prefix="sekayu-demo-")) / "reference"
    shutil.copytree(carried, target)
    return target


def demo(ctx: typer.Context) -> None:
    """The whole story on the simulated district: plan, deploy, audit, drift, repair, undo.

    Takes about a minute, touches no real device, and takes the lab down at the end.
    """
    need_unix_for_lab()
    source = source_project(ctx.obj.project_dir)
    stage = Stage(where(source))
    if stage.project.exists():
        subprocess.run(stage.command("lab", "down"), capture_output=True, timeout=60, check=False)
    copy_project(source, stage.project)
    begun = time.monotonic()
    tell("The district starts: every device of every office, over SSH on this machine.")
    with lab(stage):
        story(stage)
    tell(f"That was all of it, in {time.monotonic() - begun:.0f} s. Where to look next:")
    for line in next_steps():
        output.result(f"  {line}")


def next_steps() -> Sequence[str]:
    """What a new user may try after the demo."""
    return (
        "sekayu-net lab up                   the same district, to play with",
        "sekayu-net --lab plan phase-1       then deploy, audit, status, history HOST",
        "sekayu-net lab list                 log in on site with an ssh client",
        "inventory/ templates/ playbooks/    what a technician edits",
        "README.md, docs/architecture.md     how it works and what always holds",
    )
