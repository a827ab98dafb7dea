"""What is asked of a device that can't say by itself why an import failed."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sekayu_net.errors import UnreachableError
from sekayu_net.platforms.routeros.diagnosis import ask_failure
from sekayu_net.platforms.routeros.failure import Failure
from sekayu_net.platforms.routeros.record import Record
from sekayu_net.platforms.routeros.session import Session
from sekayu_net.platforms.routeros.undo import traced

SCRIPT = '# a mark\n/ip address add address=10.0.0.1/24\n\n/user add name="a b"\n'
FAILED = Record("failed", "a1b2c3d4", "job")
LINE_4 = Record("failed", "a1b2c3d4", "job", words="line 4")


def answering(device: Any, said: str, *, unparsable: int | None = None) -> list[str]:
    """The device answers ``said`` to a statement, and can't parse the script's line."""
    asked: list[str] = []

    def raw(command: str) -> str:
        asked.append(command)
        sentinel = re.findall(r':put "(sekayu-\w+)"', command)[-1]
        if command.startswith(":if"):
            return said or f"{sentinel}\n"
        numbers = re.findall(r':put \("(\d+) ', command)
        answers = [
            f"{n} (<% {said})" if int(n) == unparsable else f"{n} (eval /x)" for n in numbers
        ]
        return "\n".join([*answers, sentinel, ""])

    device.raw = raw
    return asked


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("failure: already have such address\n", "failure: already have such address"),
        (
            "input does not match any value of interface (line 1 column 80)\n",
            "input does not match any value of interface",
        ),
        ("", "it was refused, but not when it was said again"),
    ],
)
def test_the_line_that_failed_is_said_again(
    session: Session, device: Any, said: str, words: str
) -> None:
    asked = answering(device, said)
    assert ask_failure(session, SCRIPT, LINE_4) == Failure(words, 4)
    assert len(asked) == 1
    assert '/user add name="a b"' in asked[0]


def test_it_is_said_again_only_while_nothing_goes_back(session: Session, device: Any) -> None:
    asked = answering(device, "")
    ask_failure(session, SCRIPT, LINE_4)
    condition = 'name="sekayu-pending" comment~"^state=failed token=a1b2c3d4 "'
    assert asked[0].startswith(f":if ([:len [/system script find where {condition}]] > 0) do={{ ")


def test_a_device_that_refused_the_file_is_asked_for_the_line(
    session: Session, device: Any
) -> None:
    answering(device, "bad command name user (line 1 column 2)", unparsable=4)
    assert ask_failure(session, SCRIPT, FAILED) == Failure("bad command name user", 4)


def test_no_more_is_known_when_every_line_can_be_parsed(session: Session, device: Any) -> None:
    asked = answering(device, "")
    assert ask_failure(session, SCRIPT, FAILED) == Failure("", None)
    assert not any("/ip address add" in command and ":parse" not in command for command in asked)


def test_a_line_number_outside_the_script_says_nothing_again(session: Session, device: Any) -> None:
    asked = answering(device, "")
    strange = Record("failed", "a1b2c3d4", "job", words="line 40")
    ask_failure(session, SCRIPT, strange)
    assert not any(command.startswith(":if") for command in asked)


def test_a_lost_session_costs_the_words_only(session: Session, device: Any) -> None:
    def lost(command: str) -> str:
        raise UnreachableError("lost", host="r1", stage="apply")

    device.raw = lost
    assert ask_failure(session, SCRIPT, LINE_4).line == 4
    assert ask_failure(session, SCRIPT, FAILED) == Failure("", None)


def test_each_statement_of_a_traced_script_tells_its_own_line() -> None:
    lines = traced(SCRIPT, Record("armed", "a1b2c3d4", "job")).split("\n")
    assert [lines[0], lines[2]] == ["# a mark", ""]
    for number in (2, 4):
        statement = SCRIPT.split("\n")[number - 1]
        assert lines[number - 1].startswith(f":do {{ {statement} }} on-error={{ ")
        assert f"state=failed token=a1b2c3d4 kind=job words=line {number}" in lines[number - 1]
        assert f':error "line {number}"' in lines[number - 1]
