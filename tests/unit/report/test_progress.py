"""Progress: one line an event in a pipe; on a terminal the run and who is in flight, 80 columns."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console

from sekayu_net.plan import HostPlan, Plan, PlannedWave
from sekayu_net.report.progress import (
    Flight,
    LineProgress,
    LiveProgress,
    Picture,
    progress_on,
)
from sekayu_net.rollout.device import Outcome

LONG = "kelurahan-dengan-nama-panjang-rtr1"
HOSTS = ("a", "b", "c", LONG)
PLAN = Plan(
    created="2026-03-01T08:00:00+00:00",
    author="tester",
    project="x",
    lab=True,
    revision=None,
    playbook="phase-1",
    waves=(
        PlannedWave("canary", ("a",), 600),
        PlannedWave("lurah", HOSTS[1:]),
        PlannedWave("x", ()),
    ),
    hosts={name: HostPlan(name, "p", "change") for name in HOSTS}
    | {"same": HostPlan("same", "p", "unchanged")},
    confirm_within=120,
    failure_budget=1,
)


def console(width: int = 80, *, terminal: bool = False) -> Console:
    return Console(
        file=io.StringIO(), width=width, force_terminal=terminal, highlight=False, markup=False
    )


def text(made: Console) -> str:
    return made.file.getvalue()


def test_in_a_pipe_each_event_is_one_line() -> None:
    made = console()
    watching = progress_on(made, PLAN)
    assert type(watching) is LineProgress
    watching.wave("canary", ("a",))
    watching.stage("a", "armed")
    watching.ended(Outcome("a", "confirmed", None, "canary", 2.0))
    watching.soaking("canary", 600)
    watching.stopped("the budget is spent")
    watching.close()
    assert text(made).splitlines() == [
        "wave canary (1/3): 1 device",
        "  confirmed   a  2.0 s",
        "wave canary rests 10 min; then its devices are looked at again",
        "stopped: the budget is spent",
    ]


def test_in_a_pipe_a_long_reason_stays_on_its_line() -> None:
    made = console()
    reason = "check failed: hub (hub 10.16.0.1: 0 of 3 answers); " * 3
    progress_on(made).ended(Outcome(LONG, "reverted", reason, "canary", 12.3))
    assert len(text(made).splitlines()) == 1
    assert reason.strip() in text(made)


def test_on_a_terminal_the_run_stands_above_who_is_in_flight() -> None:
    picture = Picture(PLAN, "lurah", begun=0.0)
    picture.ended = {"a": "confirmed", "b": "reverted", "same": "unchanged"}
    picture.flying = {"c": Flight(10.0), LONG: Flight(4.0, "applied", armed=8.0)}
    lines = picture.lines(now=20.0, height=24)
    assert lines[0].startswith("wave lurah (2/3) · 2 of 4 done · 1 failed (1 allowed) · ~")
    assert lines[1].split() == ["c", "reading,", "checking", "10", "s"]
    assert lines[2].split() == [LONG, "applying,", "checking", "16", "s", "undo", "in", "108", "s"]
    assert max(map(len, lines)) <= 80


# Of four devices one took 20 s. Seconds that the run worked, those in flight, and what is guessed.
GUESSES = {
    "one after the other": (20.0, [], 60),
    "two at once": (10.0, [], 30),
    "one in flight for 10 s": (30.0, [10.0], 35),
    "one in flight for long": (120.0, [100.0], 80),
}


@pytest.mark.parametrize(("worked", "flown", "left"), GUESSES.values(), ids=GUESSES)
def test_the_time_left_follows_how_long_a_device_takes(worked, flown, left) -> None:
    picture = Picture(PLAN, "x", begun=0.0, seconds=20.0, ended={"a": "confirmed"})
    picture.flying = {HOSTS[n + 1]: Flight(worked - each) for n, each in enumerate(flown)}
    assert picture.left(worked) == pytest.approx(left)


def test_a_resting_wave_says_for_how_long_and_counts_in_the_time_left() -> None:
    picture = Picture(PLAN, "canary", begun=0.0, rests=(30.0, 630.0), seconds=30.0)
    picture.ended = {"a": "confirmed"}
    (line,) = picture.lines(now=90.0, height=24)
    assert picture.left(90.0) == pytest.approx(3 * 30 + 540)
    assert line == "wave canary (1/3) rests 9 min more · 1 of 4 done · ~10 min left"


def test_nothing_is_guessed_before_a_device_is_done() -> None:
    assert "left" not in Picture(PLAN, "canary", begun=0.0).lines(9.0, 24)[0]


@pytest.mark.parametrize(("height", "rows"), [(24, 13), (8, 6), (3, 2)])
def test_more_devices_than_fit_are_counted(height, rows) -> None:
    picture = Picture(PLAN, "lurah", {f"host{n}": Flight(0.0) for n in range(12)})
    lines = picture.lines(1.0, height)
    assert len(lines) == rows
    hidden = 12 - (rows - 2)
    assert lines[-1] == (f"  … and {hidden} more" if rows < 13 else lines[-1])


def test_without_a_plan_only_what_is_known_is_said() -> None:
    picture = Picture(wave="resume 20260301-080000-abcd", flying={"a": Flight(0.0, "applied", 1.0)})
    lines = picture.lines(5.0, 24)
    assert lines[0] == "wave resume 20260301-080000-abcd"
    assert "undo in" not in lines[1]


def test_a_terminal_is_drawn_and_left_clean() -> None:
    made = console(terminal=True)
    now = [0.0]
    watching = LiveProgress(made, PLAN, clock=lambda: now[0])
    watching.wave("canary", ("a",))
    for state in ("planned", "armed", "applied"):
        watching.stage("a", state)
    now[0] = 7.0
    watching._live.refresh()
    watching.ended(Outcome("same", "unchanged"))
    watching.ended(Outcome("a", "confirmed", None, "canary", 7.0))
    watching.soaking("canary", 600)
    now[0] = 607.0
    watching.wave("lurah", HOSTS[1:])
    watching.stopped("enough")
    watching.close()
    shown = text(made)
    assert "applying, checking" in shown
    assert "undo in 113 s" in shown
    assert "1 of 4 done" in shown
    assert "~20 s left" in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l"), "the cursor stays hidden"


def test_on_a_terminal_a_long_reason_goes_on_below_its_words() -> None:
    made = console(terminal=True)
    watching = LiveProgress(made)
    watching.ended(Outcome(LONG, "reverted", "check failed: hub; " * 6, "canary", 12.3))
    watching.close()
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\r", "", text(made))
    lines = [line for line in plain.splitlines() if "check" in line]
    assert len(lines) > 1
    assert all(line.startswith(" " * 14) and line[14] != " " for line in lines[1:])


def test_the_picture_never_breaks_a_line_of_a_narrow_terminal() -> None:
    made = console(width=40, terminal=True)
    watching = LiveProgress(made, replace(PLAN, failure_budget=1000))
    watching.wave("lurah", HOSTS)
    watching.stage(LONG, "applied")
    lines = made.render_lines(watching._draw())
    assert len(lines) == 2
    watching.close()


def test_a_console_that_can_be_redrawn_gets_the_picture() -> None:
    watching = progress_on(console(terminal=True))
    assert type(watching) is LiveProgress
    watching.close()
