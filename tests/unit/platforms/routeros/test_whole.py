"""Reading with two questions at once gives what the questions one by one give."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from sekayu_net.errors import GarbledError, IdentityError, UnreachableError
from sekayu_net.platforms.base import Reading
from sekayu_net.platforms.routeros import facts
from sekayu_net.platforms.routeros.pending import read_record
from sekayu_net.platforms.routeros.record import Record
from sekayu_net.platforms.routeros.session import Session
from sekayu_net.platforms.routeros.whole import read_whole

EXPORT = "# 2026-08-20 15:46:08 by RouterOS 7.20.1\n#\n/system identity\nset name=r1\n"
WHO = '[{"name":"a","group":"full","password":"x"}]'
VERSION = "7.20.1"


@pytest.fixture
def readable(device: Any) -> Any:
    device.prints = {
        facts.BOARD: "board-name=x;model=RB5009UG+S+;serial-number=HMM0BDDPJAM",
        "/export": EXPORT,
        **dict.fromkeys(facts.BEYOND.values(), "[]"),
        "/user print detail as-value": WHO,
        "/file print as-value": '[{"name":"skins","last-modified":"2026-08-20 10:00:00"},'
        '{"name":"sekayu-a1b2c3d4-undo.rsc"}]',
        "/system history print as-value": '[{"action":"route added","by":"a","time":"01:02:03"}]',
        facts.TOLD["/log"]: '[{"time":"2026-08-20 10:00:00","topics":"system,info",'
        '"message":"route added by budi"}]',
    }
    device.scripts["sekayu-confirmed"] = {"source": "# run=r9 fingerprint=f00"}
    return device


def whole(session: Session, version: str | None = VERSION) -> Reading:
    return read_whole(session, replace(session.target, version=version)).reading


def one_by_one(session: Session) -> Reading:
    known = facts.read_facts(session, stage="read")
    return replace(facts.read(session, known), events=facts.read_events(session, known))


def test_two_questions_at_once_are_enough(session: Session, readable: Any) -> None:
    reading = whole(session)
    assert readable.at_once == [2]
    assert len(readable.commands) == 2
    assert reading == one_by_one(session)
    assert reading.events
    assert reading.confirmed == {"run": "r9", "fingerprint": "f00"}


RECORD = "state=applied token=a1b2c3d4 kind=job"


def with_record(session: Session) -> Record | None:
    target = replace(session.target, version=VERSION)
    return read_whole(session, target, events=False, record=True).record


def test_the_record_of_a_change_comes_along_where_it_is_asked_for(
    session: Session, readable: Any
) -> None:
    assert with_record(session) is None
    readable.scripts["sekayu-pending"] = {"comment": RECORD}
    readable.at_once.clear()
    found = with_record(session)
    assert found == read_record(session, stage="test")
    assert (found is not None and found.token, readable.at_once) == ("a1b2c3d4", [2])
    cut(readable)
    assert with_record(session) == found


def test_a_script_of_that_name_that_is_no_record_is_told_only_to_who_asks(
    session: Session, readable: Any
) -> None:
    readable.scripts["sekayu-pending"] = {"comment": "mine"}
    assert whole(session) == one_by_one(session)
    with pytest.raises(GarbledError, match="not a record"):
        with_record(session)


def lacking(command: str) -> Callable[[Any], None]:
    return lambda device: device.prints.pop(command)


def cut(device: Any) -> None:
    """A console that takes so many characters in one exec and passes over the rest."""
    plain = device.run

    def run(command: str, *rest: Any, **more: Any) -> str:
        said: str = plain(command[:700], *rest, **more)
        return said

    device.run = run


def not_allowed(device: Any) -> None:
    device.refuse["/log print"] = "not enough permissions (9)"


@pytest.mark.parametrize(
    "change",
    [
        lacking(facts.BOARD),
        lacking("/system device-mode print as-value"),
        lacking("/certificate print detail as-value"),
        cut,
    ],
)
def test_a_console_that_does_not_take_the_long_line_is_asked_piece_by_piece(
    session: Session, readable: Any, change: Callable[[Any], None]
) -> None:
    change(readable)
    reading = whole(session)
    exports = [command for command in readable.commands if command.startswith("/export")]
    assert (len(exports), readable.at_once) == (1, [2, 2])
    assert len(readable.commands) > 3
    assert reading == one_by_one(session)


def test_a_log_that_may_not_be_read_leaves_the_rest(session: Session, readable: Any) -> None:
    not_allowed(readable)
    reading = whole(session)
    assert reading.events == ()
    assert reading.config == EXPORT


def test_without_a_version_in_the_inventory_the_device_is_asked_first(
    session: Session, readable: Any
) -> None:
    assert whole(session, None) == one_by_one(session)
    assert readable.at_once == [2, 2]  # who it is, each time


@pytest.mark.parametrize("version", ["7.19", "6.49.11"])
def test_another_version_than_the_inventory_s_is_refused(
    session: Session, readable: Any, version: str
) -> None:
    with pytest.raises(IdentityError, match="version"):
        whole(session, version)


def test_an_export_that_does_not_begin_as_one_is_asked_again_and_then_garbled(
    session: Session, readable: Any
) -> None:
    readable.prints["/export"] = "%%%%"
    with pytest.raises(GarbledError, match="does not begin as one"):
        whole(session)


def test_a_session_that_is_lost_is_not_asked_again(session: Session, readable: Any) -> None:
    readable.open = False
    with pytest.raises(UnreachableError):
        whole(session)
    assert readable.commands == []
