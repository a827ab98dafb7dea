"""A TAB in a real shell: what is offered, from what, and that it loads little."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from sekayu_net.cli.completion import ASKED
from sekayu_net.inventory import cache
from sekayu_net.inventory.names import names
from sekayu_net.journal import Journal

ROOT = Path(__file__).parents[3]
#: What a TAB must not load: seconds on a small board.
HEAVY = ("asyncssh", "napalm", "netmiko", "nornir", "paramiko", "jinja2", "rich", "pydantic")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with names of every kind, and the program on a PATH."""
    folder = tmp_path_factory.mktemp("completion")
    for name in ("inventory", "playbooks", "tasks", "templates"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "sekayu.toml", folder)
    with Journal.open(folder / ".sekayu" / "journal.sqlite") as journal:
        (folder / "run").write_text(journal.begin("deploy", operator="siti"), encoding="utf-8")
    (folder / "phase-1.plan").touch()
    secrets = folder / ".sekayu" / "secrets.yaml"
    secrets.write_text("secrets:\n  wifi/one: [x]\n  wifi/two: [x]\n", encoding="utf-8")
    program = folder / "bin" / "sekayu-net"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m sekayu_net "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return folder


def environment(project: Path) -> Mapping[str, str]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith("SEKAYU_")}
    path = f"{project / 'bin'}:{os.environ['PATH']}"
    return {**clean, "PATH": path, "PYTHONPATH": str(ROOT), "TERM": "dumb"}


def shell(project: Path, *command: str, words: str = "") -> str:
    done = subprocess.run(
        command,
        cwd=project,
        env=environment(project),
        input=words,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def offered(project: Path, line: str) -> list[str]:
    """What bash offers at the end of a line, by the script that the program prints."""
    words = line.split(" ")
    quoted = " ".join(f"'{word}'" for word in words)
    script = (
        'eval "$(sekayu-net completion bash)"\n'
        f"COMP_WORDS=({quoted})\nCOMP_CWORD={len(words) - 1}\n"
        "_sekayu_net_completion sekayu-net\nprintf '%s\\n' \"${COMPREPLY[@]}\"\n"
    )
    return [word for word in shell(project, "bash", "--norc", "-c", script).splitlines() if word]


CASES = [
    ("sekayu-net rol", ["rollback"]),
    ("sekayu-net inventory all", ["allocate"]),
    ("sekayu-net plan --allow-u", ["--allow-unguarded"]),
    ("sekayu-net plan p", ["phase-1", "phase-2"]),
    ("sekayu-net plan --host lurah-kayu-ara-r", ["lurah-kayu-ara-rtr1"]),
    ("sekayu-net deploy --allow-removals lurah-kayu-ara-r", ["lurah-kayu-ara-rtr1"]),
    ("sekayu-net history lurah-kayu-ara-r", ["lurah-kayu-ara-rtr1"]),
    ("sekayu-net audit --office lurah-k", ["lurah-kayu-ara"]),
    ("sekayu-net audit --kind ", ["camat", "desa", "lurah"]),
    ("sekayu-net audit --phase ", ["1", "2"]),
    (
        "sekayu-net adopt camat-sekayu-rtr1 camat-sekayu-",
        ["camat-sekayu-rtr2", "camat-sekayu-ap1", "camat-sekayu-ap2"],
    ),
    ("sekayu-net show pha", ["phase-1.plan"]),
    ("sekayu-net task v", ["verify"]),
    ("sekayu-net secrets set wifi/", ["wifi/one", "wifi/two"]),
    ("sekayu-net lab fault lurah-kayu-ara-rtr1 link-d", ["link-down"]),
    ("sekayu-net nonsense --", []),
    ("sekayu-net --project /nowhere plan --host l", []),
]


@pytest.mark.parametrize(("line", "expected"), CASES, ids=[line for line, _ in CASES])
def test_bash_offers(project: Path, line: str, expected: list[str]) -> None:
    assert offered(project, line) == expected


def test_bash_offers_codes_to_who_begins_with_a_digit(project: Path) -> None:
    assert "16.06.01.1009" in offered(project, "sekayu-net plan --office 16.06.01.1")
    assert [word for word in offered(project, "sekayu-net plan --office ") if "." in word] == []


def test_bash_offers_the_newest_runs(project: Path) -> None:
    run = (project / "run").read_text(encoding="utf-8")
    assert offered(project, "sekayu-net resume ") == [run]


def test_a_tab_at_a_prompt_finishes_the_name(project: Path) -> None:
    import pty

    master, slave = pty.openpty()
    process = subprocess.Popen(
        ["bash", "--norc", "-i"],
        cwd=project,
        env={**environment(project), "PS1": "", "TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        os.write(master, b'eval "$(sekayu-net completion bash)"\n')
        os.write(master, b"echo rea''dy\n")
        until(master, b"ready")
        os.write(master, b"sekayu-net plan --host lurah-kayu-ara-rt\t")
        seen = until(master, b"lurah-kayu-ara-rtr1")
    finally:
        process.kill()
        process.wait(timeout=10)
        os.close(master)
    assert b"error" not in seen


def until(master: int, text: bytes) -> bytes:
    """Read a terminal until it shows a text; fails when it does not within a minute."""
    import select

    seen = b""
    while text not in seen:
        ready, _, _ = select.select([master], [], [], 60)
        assert ready, seen
        seen += os.read(master, 4096)
    return seen


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_the_script_loads_in_other_shells(project: Path, name: str) -> None:
    if shutil.which(name) is None:
        pytest.skip(f"{name} is not installed here")
    before = "autoload -U compinit; compinit -u -D\n" if name == "zsh" else ""
    script = before + shell(project, "sekayu-net", "completion", name)
    shell(project, name, words=script)


def test_fish_offers_the_same(project: Path) -> None:
    if shutil.which("fish") is None:
        pytest.skip("fish is not installed here")
    script = shell(project, "sekayu-net", "completion", "fish")
    asked = f"{script}\ncomplete -C 'sekayu-net plan --host lurah-kayu-ara-r'\n"
    assert shell(project, "fish", words=asked).split() == ["lurah-kayu-ara-rtr1"]


def tab(project: Path, shell: str, line: str) -> tuple[str, list[str]]:
    """What a TAB behind ``line`` prints for a shell, and the modules that it took."""
    program = (
        "import atexit, json, sys\n"
        "atexit.register(lambda: print(json.dumps(sorted(sys.modules)), file=sys.stderr))\n"
        "from sekayu_net.cli.main import main\nmain()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=project,
        env={
            **environment(project),
            ASKED: f"complete_{shell}",
            "COMP_WORDS": line,
            "COMP_CWORD": str(len(line.split(" ")) - 1),
            "_TYPER_COMPLETE_ARGS": line,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stdout, json.loads(done.stderr)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sekayu-net pl", "plan"),
        ("sekayu-net ", "handover"),
        ("sekayu-net plan --host l", "lurah-kayu-ara-rtr1"),
        ("sekayu-net plan --confirm-within 60 --host l", "lurah-kayu-ara-rtr1"),
    ],
)
def test_a_tab_loads_nothing_heavy_and_no_inventory(
    project: Path, shell: str, line: str, offered: str
) -> None:
    names(project / "inventory", project / ".sekayu")
    said, loaded = tab(project, shell, line)
    assert offered in said
    assert [name for name in loaded if name.startswith((*HEAVY, "sekayu_net.inventory.off"))] == []


def test_a_tab_behind_nothing_imports_no_command(project: Path) -> None:
    _, loaded = tab(project, "zsh", "sekayu-net ")
    assert "sekayu_net.cli.audit" not in loaded


@pytest.mark.parametrize("shell", ["zsh", "fish"])
def test_brackets_in_a_help_text_are_no_markup(project: Path, shell: str) -> None:
    assert "[journal] keep_audits" in tab(project, shell, "sekayu-net prune --older")[0]


class TestNames:
    def test_an_edited_inventory_is_read_again(
        self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        inventory = tmp_path / "inventory"
        shutil.copytree(project / "inventory", inventory)
        loads: list[Path] = []
        really = cache.district
        monkeypatch.setattr(
            cache, "district", lambda folder, kept: loads.append(folder) or really(folder, kept)
        )
        first = names(inventory, tmp_path)
        assert names(inventory, tmp_path) == first
        assert len(loads) == 1
        os.utime(inventory / "offices.yaml", ns=(1, 1))
        assert names(inventory, tmp_path) == first
        assert len(loads) == 2

    def test_a_broken_inventory_still_offers_what_it_had(
        self, project: Path, tmp_path: Path
    ) -> None:
        inventory = tmp_path / "inventory"
        shutil.copytree(project / "inventory", inventory)
        first = names(inventory, tmp_path)
        (inventory / "offices.yaml").write_text("offices: [", encoding="utf-8")
        assert names(inventory, tmp_path) == first
        (tmp_path / "names.json").write_text("[]", encoding="utf-8")
        assert names(inventory, tmp_path).host == ()
