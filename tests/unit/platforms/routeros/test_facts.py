"""Reading: identity, export, and what the export never shows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sekayu_net.errors import GarbledError, IdentityError
from sekayu_net.platforms.base import Reading
from sekayu_net.platforms.routeros import facts
from sekayu_net.platforms.routeros.session import Session

BOARD = "board-name=x;model=RB5009UG+S+;routerboard=true;serial-number=HMM0BDDPJAM"
EXPORT = "# 2026-08-20 15:46:08 by RouterOS 7.20.1\n#\n/system identity\nset name=r1\n"


def whole(session: Session) -> Reading:
    return facts.read(session, facts.read_facts(session, stage="read"))


@pytest.fixture
def readable(device: Any) -> Any:
    device.prints = {
        "/system routerboard print as-value": BOARD,
        "/export": EXPORT,
        "/user print detail as-value": '[{".id":"*1","name":"a","group":"full","password":"x"}]',
        "/file print as-value": '[{"name":"flash/sekayu-a1b2c3d4-undo.rsc"},'
        '{"name":"skins","contents":"x"},{"name":"sekayu-backup.backup"}]',
        "/system history print as-value": '[{"action":"route added","by":"a","time":"01:02:03"}]',
    }
    device.scripts["sekayu-confirmed"] = {"source": "# run=r9 fingerprint=f00"}
    return device


def test_a_reading_holds_everything(session: Session, readable: Any) -> None:
    reading = whole(session)
    assert reading.config == EXPORT
    assert (reading.identity, reading.serial) == ("r1", "HMM0BDDPJAM")
    assert (reading.model, reading.version) == ("RB5009UG+S+", "7.20.1")
    assert reading.history == ("01:02:03 a route added",)
    assert reading.confirmed == {"run": "r9", "fingerprint": "f00"}


def test_rows_beyond_the_export_hold_no_secret_no_id_and_nothing_of_ours(
    session: Session, readable: Any
) -> None:
    beyond = whole(session).beyond
    assert beyond["/user"] == ({"name": "a", "group": "full"},)
    assert beyond["/file"] == ({"name": "skins"}, {"name": "sekayu-backup.backup"})
    assert "/certificate" not in beyond


@pytest.mark.parametrize(
    ("version", "command"),
    [
        ("7.20.1 (stable)", "/export show-sensitive"),
        ("6.49.11 (long-term)", "/export;"),
    ],
)
def test_secrets_are_asked_for_in_the_version_s_own_words(
    session: Session, readable: Any, version: str, command: str
) -> None:
    facts.read_export(session, version)
    assert readable.commands[-1].startswith(command)


def test_an_export_that_does_not_begin_as_one_is_garbled(session: Session, readable: Any) -> None:
    readable.prints["/export"] = "%%%%"
    with pytest.raises(GarbledError):
        facts.read_export(session, "7.20")


def test_a_device_that_is_no_routeros_is_garbled(session: Session, readable: Any) -> None:
    readable.values["/system resource get version"] = "IOS-XE"
    with pytest.raises(GarbledError):
        facts.read_facts(session, stage="identity")


def test_a_virtual_router_has_no_serial_number(session: Session, readable: Any) -> None:
    del readable.prints["/system routerboard print as-value"]
    found = facts.read_facts(session, stage="identity")
    assert (found.serial, found.model) == ("", "RB5009")


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ({"serial": "XXX"}, "serial number"),
        ({"model": "hAP ax2"}, "model"),
        ({"version": "7.20"}, "version"),
    ],
)
def test_another_device_than_the_inventory_s_is_refused(
    session: Session, readable: Any, change: dict[str, str], wrong: str
) -> None:
    found = facts.read_facts(session, stage="identity")
    good = replace(session.target, serial="HMM0BDDPJAM", model="RB5009UG+S+", version="7.20.1")
    facts.check_identity(found, good)
    with pytest.raises(IdentityError, match=wrong):
        facts.check_identity(found, replace(good, **change))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1w2d03:04:05", 788645), ("1d2h3m4s", 93784), ("00:00:05", 5), ("12s", 12), ("", -1)],
)
def test_uptimes_of_both_forms(text: str, seconds: int) -> None:
    assert facts.parse_uptime(text) == seconds
