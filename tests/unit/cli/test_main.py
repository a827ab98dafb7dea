"""The program's frame: light to start, clear when wrong, one place for exit codes."""

from __future__ import annotations

import errno
import json
import subprocess
import sys

import pytest

from sekayu_net.cli import dry, output
from sekayu_net.cli.main import COMMANDS, load_command
from sekayu_net.cli.output import ExitCode, combine, confirm, report_error
from sekayu_net.errors import (
    InputError,
    InventoryError,
    JournalError,
    LockError,
    UnreachableError,
    UsageError,
)

#: What only reads, or writes nothing but the file that it is told to.
READERS = {
    "inventory check", "inventory show", "inventory export", "render", "show", "status", "runs",
    "dashboard", "handover", "history", "doctor", "secrets list", "secrets show", "schedule show",
    "notify show", "config format", "config check", "config diff", "config apply", "config path",
    "config show", "completion", "lab status", "lab list",
}  # fmt: skip
#: What is a story of its own, or somebody else's code.
OTHERS = {"demo", "task", "schedule run"}
HEAVY = [
    "rich",
    "nornir",
    "napalm",
    "netmiko",
    "asyncssh",
    "paramiko",
    "pydantic",
    "yaml",
    "jinja2",
]


def program(*words: str, code: str | None = None) -> subprocess.CompletedProcess[str]:
    command = ["-c", code] if code else ["-m", "sekayu_net", *words]
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, timeout=60, check=False
    )


def imported(arguments: list[str]) -> set[str]:
    code = (
        "import json, sys\nfrom sekayu_net.cli.main import main\n"
        f"try:\n    main({arguments!r})\nexcept SystemExit:\n    pass\n"
        "print('\\n' + json.dumps(sorted({m.split('.')[0] for m in sys.modules})))"
    )
    return set(json.loads(program(code=code).stdout.splitlines()[-1]))


def test_help_imports_nothing_heavy() -> None:
    assert imported(["--help"]) & set(HEAVY) == set()


def test_help_imports_few_modules_beyond_a_bare_interpreter() -> None:
    code = (
        "import sys\nbare = set(sys.modules)\nfrom sekayu_net.cli.main import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        "print('\\n' + str(len(set(sys.modules) - bare)))"
    )
    # 106 took 7 times a bare interpreter's start; the bound is 12 times.
    assert int(program(code=code).stdout.splitlines()[-1]) <= 140


@pytest.mark.parametrize("command", ["plan", "deploy", "audit", "status"])
def test_a_commands_help_does_not_import_the_engine(command) -> None:
    # Typer itself takes pydantic to parse the global options.
    assert imported([command, "--help"]) & set(HEAVY) <= {"pydantic"}


def test_help_names_every_command_once() -> None:
    from sekayu_net.cli.main import COMMANDS

    shown = program("--help").stdout
    for name in COMMANDS:
        assert shown.count(f"\n  {name} ") == 1


def test_every_command_in_the_table_exists_and_shows_an_example() -> None:
    from sekayu_net.cli.main import COMMANDS, load_command

    missing = {}
    for name in COMMANDS:
        try:
            command = load_command(name)
        except (ImportError, AttributeError) as error:
            missing[name] = str(error)
        else:
            assert command.epilog == f"Example: {COMMANDS[name].example}"
    assert missing == {}


def test_an_unknown_command_is_wrong_usage_and_names_the_near_one() -> None:
    run = program("deplou")
    assert (run.returncode, run.stdout) == (2, "")
    assert "deploy" in run.stderr
    assert "Traceback" not in run.stderr


def test_an_unknown_option_is_wrong_usage() -> None:
    assert program("--nonsense").returncode == 2


@pytest.mark.parametrize(
    ("codes", "ruling"),
    [
        ([], ExitCode.OK),
        ([ExitCode.OK, ExitCode.PENDING], ExitCode.PENDING),
        ([ExitCode.PENDING, ExitCode.INCOMPLETE], ExitCode.INCOMPLETE),
        ([ExitCode.INCOMPLETE, ExitCode.ERROR], ExitCode.ERROR),
        ([ExitCode.ERROR, ExitCode.USAGE, ExitCode.PENDING], ExitCode.USAGE),
    ],
)
def test_the_heaviest_exit_code_rules(codes, ruling) -> None:
    assert combine(codes) == ruling


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (UsageError("no such host", hint="try x"), 2, ["no such host", "next: try x"]),
        (JournalError("disk full"), 1, ["disk full"]),
        (LockError("held by 12"), 1, ["held by 12"]),
        (InputError("bad key", file="a.yaml", line=3), 1, ["a.yaml:3: bad key"]),
        (InventoryError([InputError("x", file="o.yaml", line=1)]), 1, ["o.yaml:1: x", "1 fault"]),
        (UnreachableError("silence", host="h1", stage="connect"), 1, ["h1: connect: silence"]),
        (PermissionError(13, "Permission denied", "/etc/x"), 1, ["/etc/x: Permission denied"]),
        (ZeroDivisionError("oops"), 1, ["unexpected ZeroDivisionError", "--debug"]),
    ],
)
def test_an_error_becomes_words_and_a_code(capsys, error, code, words) -> None:
    assert report_error(error) == code
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "Traceback" not in shown.err
    assert all(word in shown.err for word in words)


def test_debug_shows_the_traceback(capsys) -> None:
    report_error(ZeroDivisionError("oops"), debug=True)
    assert "ZeroDivisionError: oops" in capsys.readouterr().err.splitlines()[0]


def test_a_question_without_a_terminal_is_wrong_usage_and_names_yes(monkeypatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(UsageError) as caught:
        confirm("deploy?", yes=False)
    assert "--yes" in caught.value.hint


def test_yes_answers_without_asking() -> None:
    assert confirm("deploy?", yes=True)


def test_a_full_disk_is_told_with_what_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    report_error(OSError(errno.ENOSPC, "No space left on device", "phase-1.plan"))
    assert capsys.readouterr().err.splitlines() == [
        "error: phase-1.plan: No space left on device",
        "  next: make room there, then run it again",
    ]


def leaves() -> set[str]:
    found = set()
    for name in COMMANDS:
        below = getattr(load_command(name), "commands", None)
        found |= {f"{name} {each}" for each in below} if below else {name}
    return found


def test_every_command_takes_it_or_changes_nothing() -> None:
    assert leaves() == dry.COMMANDS | READERS | OTHERS


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("short", ["note: short"]),
        (
            "word " * 20,
            ["note: " + "word " * 14 + "word", "      " + "word " * 4 + "word"],
        ),
        (
            f"{'x' * 60}: sekayu-net plan --host desa-sukarami-rtr1, then look",
            [
                f"note: {'x' * 60}:",
                "      sekayu-net plan --host desa-sukarami-rtr1, then look",
            ],
        ),
        (f"/{'path' * 30}", [f"note: /{'path' * 30}"]),
    ],
)
def test_a_message_breaks_between_words_and_a_command_never(
    monkeypatch, capsys, text, lines
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "80")
    output.warn(text)
    assert capsys.readouterr().err.splitlines() == [line.rstrip() for line in lines]


def test_without_a_terminal_no_line_is_broken(capsys) -> None:
    output.warn("word " * 40)
    assert capsys.readouterr().err == "note: " + "word " * 40 + "\n"
