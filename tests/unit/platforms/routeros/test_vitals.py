"""What devices of 6.49 and 7 print to the questions of the checks, and what is read from it."""

from __future__ import annotations

from dataclasses import astuple, is_dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from sekayu_net.errors import GarbledError
from sekayu_net.platforms.base import Target
from sekayu_net.platforms.routeros import vitals
from sekayu_net.platforms.routeros.session import RefusedError, Session

CASES = yaml.safe_load(
    (Path(__file__).parents[3] / "cases" / "vitals" / "answers.yaml").read_text()
)


class Answering:
    """A connection that says what a case says, and proves its end unless it refuses."""

    alive = True

    def __init__(self, says: dict[str, str]) -> None:
        self.says = says

    def run(self, command: str, timeout: Any = None, *, stage: str, encoding: str) -> str:
        text = next(answer for part, answer in self.says.items() if part in command)
        refused = text.startswith(("bad command", "failure"))
        sentinel = command.rpartition(":put ")[2].strip('"')
        return text if refused else f"{text}\n{sentinel}\n"

    def close(self) -> None:
        """Nothing to let go of."""


def asked(says: dict[str, str]) -> Session:
    target = Target("r1", "192.0.2.1", 22, "sekayu", Path("known_hosts"))
    session = Session(target, lambda _: Answering(says))  # type: ignore[arg-type,return-value]
    session.open()
    return session


def plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [plain(each) for each in value]
    return list(astuple(value)) if is_dataclass(value) and not isinstance(value, type) else value


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_what_a_device_prints_is_read(case: dict[str, Any]) -> None:
    told = getattr(vitals, case["asks"])(asked(case["says"]))
    assert plain(told) == case["tells"]


@pytest.mark.parametrize(
    ("date", "offset", "moment"),
    [
        ("2026-03-01", "+07:00", "2026-03-01T08:00:00+07:00"),
        ("mar/01/2026", "+07:00", "2026-03-01T08:00:00+07:00"),
        ("2026-03-01", "25200", "2026-03-01T08:00:00+07:00"),
        ("2026-03-01", "-03:30", "2026-03-01T08:00:00-03:30"),
        ("2026-03-01", "somewhere", None),
        ("no date", "+07:00", None),
    ],
)
def test_the_clock_is_read_with_its_offset(date: str, offset: str, moment: str | None) -> None:
    answer = f"date={date}\ntime=08:00:00\noffset={offset}"
    told = vitals.clock(asked({"/system clock": answer}))
    assert (told and told.isoformat()) == moment


@pytest.mark.parametrize(
    ("answer", "address"),
    [
        ("192.0.2.53", "192.0.2.53"),
        ("failure: dns name does not exist", ""),
        ("failure: dns server failure", ""),
        ("failure: resolve failed", ""),
    ],
)
def test_a_name_has_an_address_or_none(answer: str, address: str) -> None:
    assert vitals.resolve(asked({":resolve": answer}), "ntp.sekayu.example") == address


def test_another_failure_to_resolve_is_an_error() -> None:
    with pytest.raises(RefusedError):
        vitals.resolve(asked({":resolve": "failure: not allowed by device-mode"}), "a.example")


@pytest.mark.parametrize("name", ["", "a b", "x]; /system reboot", '"', "-a", "a\n"])
def test_what_is_no_name_is_never_sent(name: str) -> None:
    with pytest.raises(ValueError, match="no name"):
        vitals.resolve(asked({}), name)


@pytest.mark.parametrize(
    ("asks", "part", "answer"),
    [
        ("default_routes", "/ip route", "what is this\n"),
        ("ospf_neighbors", "/routing ospf", " 0 instance=x\n"),
        ("load", "/system resource", "  cpu-load: 3%\n"),
    ],
)
def test_an_answer_that_is_not_understood_is_an_error(asks: str, part: str, answer: str) -> None:
    with pytest.raises(GarbledError):
        getattr(vitals, asks)(asked({part: answer}))


def test_a_refusal_that_is_no_missing_menu_is_an_error() -> None:
    with pytest.raises(RefusedError):
        vitals.radios(asked({"/interface": "failure: interface is busy"}))
