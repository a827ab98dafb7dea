"""Does a secret of the lab get into anything that a run leaves? Every command is overheard.

    python -m tests.campaign.leaks      # the whole demo and more, some three minutes

What may hold secrets: the store, the lab's own order (``lab.json``), and the simulated devices.
Everything else is searched, the archive's objects unpacked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from sekayu_net.cli import demo
from sekayu_net.cli.demo import Stage
from sekayu_net.cli.output import ExitCode

ROOT = Path(__file__).parents[2]
#: Files that hold secrets by their nature.
SAFES = ("secrets.yaml", "lab.json")
REPORTS = ("html", "json", "xml", "md")


@dataclass(frozen=True, slots=True)
class Overheard(Stage):
    """A stage on which every command runs with ``--debug``, and all that it prints is kept."""

    said: list[tuple[str, str]] = field(default_factory=list)

    def command(self, *words: str) -> list[str]:
        program = [sys.executable, "-m", "sekayu_net", "--project", str(self.project)]
        return [*program, "--lab", "--debug", *words]

    def hear(self, *words: str) -> tuple[int, str]:
        """Run a command; its exit code and standard output."""
        done = subprocess.run(
            self.command(*words), capture_output=True, text=True, timeout=300, check=False
        )
        self.said.append((" ".join(words), done.stdout + done.stderr))
        return done.returncode, done.stdout

    def type(self, *words: str) -> int:
        """Run a command; its exit code."""
        return self.hear(*words)[0]

    def run(self, *words: str, expect: ExitCode = ExitCode.OK, quiet: bool = False) -> str:
        """As ``Stage.run``."""
        code, told = self.hear(*words)
        if code != expect:
            raise demo.StoryError(f"{words} ended with {code}: {self.said[-1][1][-2000:]}")
        return told


def values(state: Path) -> set[bytes]:
    """Every secret that the lab ever had, old versions and the fingerprints' key included."""
    store = yaml.safe_load((state / "secrets.yaml").read_text())
    found = {value for versions in store["secrets"].values() for value in versions}
    found |= set(store["remembered"].values()) | {store["key"]}
    found.add(json.loads((state / "lab.json").read_text())["onsite_password"])
    return {value.encode() for value in found}


def artefacts(project: Path) -> Iterator[tuple[str, bytes]]:
    """Every file of the project, and what the archive's git objects say."""
    for path in sorted(project.rglob("*")):
        if path.is_file() and path.name not in SAFES and "lab-keys" not in path.parts:
            yield str(path.relative_to(project)), path.read_bytes()
    for git in project.rglob("archive"):
        if git.is_dir():
            words = ("git", "-C", str(git), "cat-file", "--batch-all-objects", "--batch")
            done = subprocess.run(words, capture_output=True, timeout=60, check=True)
            yield f"{git.relative_to(project)} (objects)", done.stdout


def leaks(stage: Overheard) -> list[str]:
    """Where a secret stands; the places alone."""
    secret = values(stage.project / ".sekayu" / "lab")
    heard = [(f"$ {words}", told.encode()) for words, told in stage.said]
    return [
        place
        for place, data in [*heard, *artefacts(stage.project)]
        # A table folds long words: what is left without blanks is searched too.
        if any(value in data or value in b"".join(data.split()) for value in secret)
    ]


def look_at_everything(stage: Overheard, router: str, office: str) -> None:
    """The commands that the demo does not show."""
    stage.type("render", "--office", office, "--out", str(stage.project / "rendered"))
    stage.type("task", "read", "--office", office)
    stage.type("task", "verify", "--office", office)
    stage.type("history", router)
    stage.type("status", "--json")
    stage.type("runs", "--json")
    stage.type("secrets", "list")
    saved = str(stage.project / "rotated.plan")
    assert stage.type("secrets", "rotate", "--office", office, "--out", saved) == 3
    stage.type("show", saved)
    assert stage.type("deploy", "--plan", saved, "--yes") == 0
    name = f"wifi/{office}/office"
    assert stage.type("secrets", "restore", name, "--version", "1") == 0
    assert stage.type("deploy", "--office", office, "--yes") == 0
    stage.type("lab", "fault", router, "garbage")
    stage.type("plan", "--host", router)
    stage.type("lab", "fault", router, "garbage", "--clear")


def let_things_fail(stage: Overheard, access_point: str, office: str) -> None:
    """Reports, and errors in the middle of what handles secrets."""
    reports = [word for form in REPORTS for word in ("--report", str(stage.project / f"r.{form}"))]
    # A device that refuses a statement with a secret in it, and quotes it.
    stage.type("lab", "fault", access_point, "reject", "passphrase")
    saved = str(stage.project / "wifi.plan")
    assert stage.type("secrets", "rotate", "--office", office, "--out", saved) == 3
    assert stage.type("deploy", "--plan", saved, "--yes") == 4
    stage.type("lab", "fault", access_point, "reject", "--clear")
    assert stage.type("audit", "--office", office, *reports) == 3
    # A template that breaks in the middle, and a store that does.
    wifi = stage.project / "templates" / "routeros" / "wifi.j2"
    right = wifi.read_text()
    wifi.write_text(right + "{{ secret('wifi/' ~ office.slug ~ '/office') }}{{ 1 / 0 }}")
    assert stage.type("plan", "--host", access_point) == 1
    wifi.write_text(right)
    store = stage.project / ".sekayu" / "lab" / "secrets.yaml"
    kept = store.read_text()
    store.write_text(kept.replace("secrets:", "secrets: [", 1))
    assert stage.type("plan", "--host", access_point) == 1
    store.write_text(kept)


def main() -> None:
    """The demo's whole story, overheard; exit code 1 when something leaks."""
    with tempfile.TemporaryDirectory(prefix="sekayu-leaks-") as folder:
        stage = Overheard(Path(folder) / "project")
        demo.copy_project(ROOT, stage.project)
        with demo.lab(stage):
            demo.story(stage)
            look_at_everything(stage, "lurah-kayu-ara-rtr1", "lurah-kayu-ara")
            let_things_fail(stage, "lurah-kayu-ara-ap1", "lurah-kayu-ara")
            found = leaks(stage)
            searched = len(stage.said) + sum(1 for _ in artefacts(stage.project))
    for place in found:
        print(f"LEAK: {place}")
    print(f"{searched} outputs and files searched, {len(found)} with a secret")
    sys.exit(bool(found))


if __name__ == "__main__":
    main()
