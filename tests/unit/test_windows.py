"""The program without what only Unix has (``tests/windows.py`` says how far that is Windows)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from sekayu_net import system
from sekayu_net.cli.main import COMMANDS
from sekayu_net.errors import UsageError

ROOT = Path(__file__).parents[2]
RUNNING = "/system identity\nset name=old\n"
INTENDED = "/system identity\nset name=new\n"


def on_windows(folder: Path, lines: Sequence[Sequence[str]]) -> list[tuple[int, str, str]]:
    environment = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("SEKAYU_", "SSH_", "XDG_"))
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.windows"],
        input=json.dumps(lines),
        cwd=folder,
        env={**environment, "PYTHONPATH": str(ROOT), "APPDATA": str(folder), "USERNAME": "siti"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [(code, out, err) for code, out, err in json.loads(done.stdout.splitlines()[-1])]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[int, str, str]]:
    """Every line that is tried, and what came of it: one process, for loading takes long."""
    folder = tmp_path_factory.mktemp("windows")
    (folder / "running.rsc").write_text(RUNNING, encoding="utf-8")
    (folder / "intended.rsc").write_text(INTENDED, encoding="utf-8")
    lines = {
        **{f"{name} --help": [name, "--help"] for name in COMMANDS},
        "init": ["init", "district"],
        **{
            line: ["--project", "district", *line.split()]
            for line in (
                "inventory check",
                "inventory allocate",
                "inventory show",
                "secrets set wifi/desa-lumpatan --generate",
                "secrets list",
                "render --host desa-lumpatan-ap1",
                "plan",
                "status",
                "runs",
                "doctor",
                "schedule install --every 6h",
                "schedule show",
                "bootstrap desa-lumpatan-rtr1 --out first.rsc",
                "handover --out all.html",
                "history desa-lumpatan-rtr1",
            )
        },
        "config diff": ["config", "diff", "running.rsc", "intended.rsc"],
        "demo": ["--project", "district", "demo"],
        "lab up": ["--project", "district", "lab", "up"],
        "--lab status": ["--project", "district", "--lab", "status"],
    }
    found = dict(zip(lines, on_windows(folder, list(lines.values())), strict=True))
    # What Windows can't have in a name; ":" would even write into a hidden stream of the file.
    names = [path.name for path in folder.rglob("*")]
    assert [name for name in names if set(name) & set('<>:"|?*\\')] == []
    return found


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(answers: dict[str, tuple[int, str, str]], name: str) -> None:
    code, out, err = answers[f"{name} --help"]
    assert (code, err) == (0, "")
    assert "Example" in out


CASES = [
    ("init", 0, "stdout", "district"),
    ("inventory check", 0, "stdout", "15 offices"),
    ("inventory allocate", 0, "stdout", ""),
    ("inventory show", 0, "stdout", "desa-lumpatan-rtr1"),
    ("plan", 2, "stderr", "nobody is named"),
    ("status", 0, "stdout", "not started"),
    ("runs", 0, "stdout", ""),
    ("config diff", 3, "stdout", "new"),
    ("lab up", 2, "stderr", "the simulated district does not work on Windows"),
    ("demo", 2, "stderr", "the simulated district does not work on Windows"),
    ("--lab status", 2, "stderr", "the simulated district does not work on Windows"),
    ("schedule install --every 6h", 2, "stderr", "Task Scheduler"),
    ("schedule show", 0, "stdout", "no timer"),
    ("doctor", 1, "stdout", "15 offices"),
]


@pytest.mark.parametrize(("line", "code", "stream", "said"), CASES, ids=[case[0] for case in CASES])
def test_a_command_works_or_says_that_it_does_not(
    answers: dict[str, tuple[int, str, str]], line: str, code: int, stream: str, said: str
) -> None:
    got, out, err = answers[line]
    assert (got, said in (out if stream == "stdout" else err)) == (code, True), (out, err)


def test_no_command_ends_in_a_fault_of_the_program(
    answers: dict[str, tuple[int, str, str]],
) -> None:
    assert [line for line, (_, _, err) in answers.items() if "unexpected" in err] == []


def test_only_the_lab_imports_modules_that_only_unix_has() -> None:
    from tests.windows import MODULES

    words = tuple(f"import {name}" for name in MODULES)
    found = [
        f"{file.relative_to(ROOT)}: {line}"
        for file in (ROOT / "sekayu_net").rglob("*.py")
        if "lab" not in file.relative_to(ROOT).parts
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip() in words
    ]
    assert found == []


@pytest.fixture
def pretend(monkeypatch: pytest.MonkeyPatch) -> None:
    from tests.windows import fake_msvcrt

    monkeypatch.setitem(sys.modules, "msvcrt", fake_msvcrt())
    monkeypatch.setattr(system, "windows", lambda: True)


class TestLocksOnWindows:
    def test_a_second_handle_is_refused_until_the_first_is_closed(
        self, pretend: None, tmp_path: Path
    ) -> None:
        file = tmp_path / "lock"
        with file.open("a+") as first, file.open("a+") as second:
            assert system.try_lock(first)
            assert not system.try_lock(second)
            assert not system.lock(second, within=0.0)
        with file.open("a+") as third:
            assert system.try_lock(third)

    def test_the_locked_byte_lies_behind_what_the_holder_wrote(
        self, pretend: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        places = []
        msvcrt = sys.modules["msvcrt"]
        monkeypatch.setattr(
            msvcrt, "locking", lambda handle, *_: places.append(os.lseek(handle, 0, os.SEEK_CUR))
        )
        with (tmp_path / "lock").open("a+") as file:
            file.write("siti")
            file.flush()
            assert system.try_lock(file)
            file.seek(0)
            assert file.read() == "siti"
        assert places == [system.LOCKED_BYTE]

    def test_a_file_stands_for_a_folder(self, pretend: None, tmp_path: Path) -> None:
        folder = tmp_path / "state"
        with system.locked_folder(folder), (folder / ".lock").open("a") as other:
            assert not system.try_lock(other)
        with (folder / ".lock").open("a") as other:
            assert system.try_lock(other)


class TestProcesses:
    def test_this_process_runs_and_an_ended_one_does_not(self) -> None:
        done = subprocess.Popen([sys.executable, "-c", ""])
        done.wait(timeout=30)
        assert system.alive(os.getpid())
        assert not system.alive(done.pid)
        assert not system.alive(0)

    @pytest.mark.parametrize(
        ("handle", "waited", "expected"), [(0, 0, False), (7, 0x102, True), (7, 0, False)]
    )
    def test_on_windows_a_handle_is_waited_on(
        self,
        pretend: None,
        monkeypatch: pytest.MonkeyPatch,
        handle: int,
        waited: int,
        expected: bool,
    ) -> None:
        closed: list[int] = []
        kernel = SimpleNamespace(
            OpenProcess=lambda access, inherit, process: handle,
            WaitForSingleObject=lambda opened, milliseconds: waited,
            CloseHandle=closed.append,
        )
        windll = SimpleNamespace(windll=SimpleNamespace(kernel32=kernel))
        monkeypatch.setitem(sys.modules, "ctypes", windll)
        monkeypatch.setattr(os, "kill", lambda *_: pytest.fail("that would end the process"))
        assert system.alive(42) is expected
        assert closed == ([handle] if handle else [])


CONFIG_FOLDERS = [
    ({"XDG_CONFIG_HOME": "/x"}, False, "/x/sekayu-net"),
    ({"XDG_CONFIG_HOME": "relative"}, False, "~/.config/sekayu-net"),
    ({}, False, "~/.config/sekayu-net"),
    ({"APPDATA": "/roaming"}, True, "/roaming/sekayu-net"),
    ({}, True, "~/.config/sekayu-net"),
]


@pytest.mark.parametrize(("environ", "windows", "expected"), CONFIG_FOLDERS)
def test_a_persons_settings_lie_where_the_system_keeps_such_files(
    monkeypatch: pytest.MonkeyPatch, environ: dict[str, str], windows: bool, expected: str
) -> None:
    monkeypatch.setattr(system, "windows", lambda: windows)
    assert system.config_folder(environ) == Path(expected).expanduser()


def test_what_only_linux_has_is_refused_in_words(pretend: None) -> None:
    with pytest.raises(UsageError, match="does not work on Windows") as caught:
        system.need_unix("the simulated district", "run it on Linux")
    assert caught.value.hint == "run it on Linux"


def test_the_agent_of_windows_is_found_by_its_name(
    pretend: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(system, "_windows_agent", lambda: True)
    assert system.agent({}) == r"\\.\pipe\openssh-ssh-agent"
    assert system.agent({"SSH_AUTH_SOCK": "/run/agent"}) == "/run/agent"
    monkeypatch.setattr(system, "_windows_agent", lambda: False)
    assert system.agent({}) is None
