"""Units and crontab lines: what systemd, and a shell, make of them."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import pytest

from sekayu_net.errors import UsageError
from sekayu_net.schedule import Job, arguments, crontab, every, on_calendar, service, timer, units

ODD = "kecamatan 100% \"baru\" $HOME \\x 'satu'"


def job(root: Path, user: str | None = None, when: str = "6h", **more: object) -> Job:
    made = Job(
        root=root,
        title="Kecamatan 100% Sekayu",
        python=Path(sys.executable),
        arguments=arguments(("--office", "lurah satu")),
        when=every(when),
        user=user,
    )
    return replace(made, **more)  # type: ignore[arg-type]


def verify(folder: Path, made: Job) -> subprocess.CompletedProcess[str]:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    for name, text in units(made).items():
        (folder / name).write_text(text)
    words = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no"]
    words += ["--user"] if made.user is None else []
    return subprocess.run(
        [*words, *(str(folder / name) for name in units(made))],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(folder), "HOME": str(folder)},
    )


@pytest.mark.parametrize("user", [None, "daemon"], ids=["user unit", "system unit"])
@pytest.mark.parametrize("name", ["sekayu", ODD], ids=["plain", "odd"])
@pytest.mark.parametrize("when", ["15min", "6h", "1w"])
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path, user, name, when) -> None:
    (tmp_path / name).mkdir()
    folder = tmp_path / "units"
    folder.mkdir()
    said = verify(folder, job(tmp_path / name, user, when))
    assert (said.returncode, said.stderr.strip()) == (0, "")


def test_a_wrong_unit_would_be_found(tmp_path) -> None:
    made = job(tmp_path)
    said = verify(tmp_path, replace(made, when=on_calendar("someday soon")))
    assert "Refusing" in said.stderr


@pytest.mark.parametrize("when", ["5min", "15m", "30min", "1h", "6h", "12h", "24h", "1d", "1w"])
def test_systemd_reads_the_rhythm_as_it_is_meant(when) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    rhythm = every(when)
    words = ["systemd-analyze", "calendar", "--iterations=3", "--base-time=2026-03-01 00:00:30 UTC"]
    said = subprocess.run(
        [*words, rhythm.calendar],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        env={"PATH": "/usr/bin:/bin", "TZ": "UTC", "LC_ALL": "C"},
    )
    times = [
        datetime.fromisoformat(f"{found}+00:00")
        for found in re.findall(r"(?:elapse|#\d): \w+ (\S+ \S+) UTC", said.stdout)
    ]
    assert len(times) == 3
    gaps = {(after - before).total_seconds() for before, after in pairwise(times)}
    assert gaps == {rhythm.seconds}


@pytest.mark.parametrize("wrong", ["", "6", "7h", "90min", "0h", "1h30", "-6h", "soon", "13min"])
def test_an_uneven_rhythm_is_wrong_usage_and_lists_the_even_ones(wrong) -> None:
    with pytest.raises(UsageError) as caught:
        every(wrong)
    assert "--on-calendar" in caught.value.hint


def test_the_command_is_whole_after_cron_and_a_shell_have_read_it(tmp_path) -> None:
    made = job(tmp_path / ODD)
    line = crontab(made)
    command = line.split(" ", 5)[5].replace("\\%", "%")  # what cron hands to the shell
    assert "%" not in line.replace("\\%", "")
    assert tuple(shlex.split(command)) == made.command


def test_cron_can_not_do_a_calendar_expression(tmp_path) -> None:
    with pytest.raises(UsageError, match="cron"):
        crontab(replace(job(tmp_path), when=on_calendar("Mon 06:30")))


@pytest.mark.parametrize("made", [service, timer, crontab])
def test_a_line_end_in_a_name_never_becomes_a_setting(tmp_path, made) -> None:
    bad = replace(job(tmp_path / "a\nExecStart=/bin/evil"), title="x\nExecStart=/bin/evil")
    with pytest.raises(UsageError):
        made(bad)


def test_a_missed_run_is_made_up_for_and_starts_are_spread(tmp_path) -> None:
    text = timer(job(tmp_path))
    assert "Persistent=true" in text
    assert "RandomizedDelaySec=600" in text


def test_found_drift_is_no_failed_unit(tmp_path) -> None:
    assert "SuccessExitStatus=3 4\n" in service(job(tmp_path))


def test_a_system_unit_writes_only_its_own_state(tmp_path) -> None:
    text = service(job(tmp_path, "sekayu"))
    assert "ProtectSystem=strict" in text
    assert f'ReadWritePaths="{tmp_path}/.sekayu"' in text
    assert "User=sekayu\n" in text


def test_systemd_rates_the_system_unit_as_contained(tmp_path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    made = job(tmp_path, "daemon")
    for name, text in units(made).items():
        (tmp_path / name).write_text(text)
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager",
         str(tmp_path / f"{made.name}.service")],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout[-300:] + said.stderr


def test_two_projects_have_units_of_their_own(tmp_path) -> None:
    names = {job(tmp_path / folder / "sekayu").name for folder in ("a", "b")}
    assert len(names) == 2
