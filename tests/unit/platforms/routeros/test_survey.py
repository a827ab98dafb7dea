"""Which undo a device can carry."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sekayu_net.platforms.routeros.session import Session
from sekayu_net.platforms.routeros.survey import Survey, choose, ground, survey
from sekayu_net.platforms.routeros.undo import POLICIES

TOLD = "7.20.1 (stable)"
ABLE = Survey(
    version="7.20.1",
    policies=frozenset(POLICIES),
    free=10_000_000,
    background=True,
    scheduler=True,
    flagged=False,
    clock_settled=True,
)
CASES: list[tuple[dict[str, Any], str, str | None]] = [
    ({}, "job+startup", None),
    ({"free": None}, "job+startup", None),
    ({"scheduler": False}, "job", "device-mode"),
    ({"flagged": True}, "job", "flagged"),
    ({"background": False}, "scheduler", "clock"),
    ({"background": False, "clock_settled": False}, "none", "not settled"),
    ({"background": False, "scheduler": False}, "none", "device-mode"),
    ({"policies": None}, "none", "rights"),
    ({"policies": frozenset(POLICIES) - {"ftp"}}, "none", "ftp"),
    ({"free": 1000}, "none", "flash"),
]


@pytest.mark.parametrize(("change", "kind", "reason"), CASES)
def test_the_best_undo_and_why_not_a_better_one(
    change: dict[str, Any], kind: str, reason: str | None
) -> None:
    guard = choose(replace(ABLE, **change))
    assert guard.kind == kind
    assert reason is None or (guard.reason is not None and reason in guard.reason)


@pytest.mark.parametrize(
    ("change", "survives"),
    [({}, True), ({"scheduler": False}, False), ({"background": False}, True)],
)
def test_only_what_the_scheduler_holds_survives_a_reboot(
    change: dict[str, Any], survives: bool
) -> None:
    assert ("reboot" in choose(replace(ABLE, **change)).survives) is survives


def test_a_device_tells_what_it_can(session: Session, device: Any) -> None:
    found = survey(session)
    assert found == replace(
        ABLE,
        version=TOLD,
        policies=frozenset(device.policy.split(";")),
        free=50_000_000,
    )


def test_all_is_asked_at_once_and_where_it_was_told_not_again(
    session: Session, device: Any
) -> None:
    survey(session)
    assert device.at_once == [3]
    assert (len(device.commands), ground(session, stage="preflight")) == (3, (TOLD, ""))
    session.close()
    session.open()  # it may have been restarted with another version
    device.values["/system resource get version"] = "7.21"
    assert ground(session, stage="preflight") == ("7.21", "")


def test_device_mode_that_forbids_the_scheduler_is_seen(session: Session, device: Any) -> None:
    device.prints = {
        "/system device-mode print as-value": '{"mode":"home","scheduler":false,"flagged":false}'
    }
    assert choose(survey(session)).kind == "job"


def test_a_user_that_is_not_in_the_list_has_no_known_rights(session: Session, device: Any) -> None:
    device.user = {"name": "other", "group": "full"}
    assert survey(session).policies is None


OFF, SYNCED = '"enabled":false,"status":""', '"enabled":true,"status":"synchronized"'
#: Clock, zone and NTP of a device without background jobs, and whether they are settled.
CLOCKS = [
    ("2026-11-24", "Asia/Jakarta", "true", OFF, True),
    ("nov/24/2026", "Asia/Jakarta", "false", SYNCED, True),
    ("2026-11-24", "Asia/Jakarta", "false", '"enabled":true,"status":"waiting"', False),
    ("2026-11-24", "UTC", "true", OFF, False),
    ("2026-11-24", "UTC", "false", OFF, True),
    ("jan/02/1970", "UTC", "false", OFF, False),
    ("1970-01-02", "UTC", "false", OFF, False),
    ("____-__-__", "UTC", "false", OFF, False),
    # Version 6 has no status: it tells of whom it last heard, once it has.
    ("nov/24/2026", "UTC", "false", '"enabled":"yes","last-update-from":"10.60.0.1"', True),
    ("nov/24/2026", "UTC", "false", '"enabled":"yes","active-server":"10.60.0.1"', False),
    ("nov/24/2026", "UTC", "false", '"enabled":"yes","last-update-from":""', False),
    ("jan/02/1970", "UTC", "false", '"enabled":"yes","last-update-from":"10.60.0.1"', False),
]


@pytest.mark.parametrize(("date", "zone", "detect", "ntp", "settled"), CLOCKS)
def test_a_clock_that_may_still_move_carries_no_timed_entry(
    session: Session, device: Any, date: str, zone: str, detect: str, ntp: str, settled: bool
) -> None:
    device.refuse = {":execute": "failure: not allowed by device-mode"}
    device.values |= {
        "/system clock get date": date,
        "/system clock get time-zone-name": zone,
        "/system clock get time-zone-autodetect": detect,
    }
    device.prints["/system ntp client print as-value"] = f"{{{ntp}}}"
    assert choose(survey(session)).kind == ("scheduler" if settled else "none")


@pytest.mark.parametrize(("heard", "settled"), [("10.16.0.2", True), ("", False)])
def test_version_6_is_settled_once_it_has_heard_a_server(
    session: Session, device: Any, heard: str, settled: bool
) -> None:
    device.refuse = {":execute": "failure: not allowed by device-mode"}
    device.values |= {
        "/system clock get date": "nov/24/2026",
        "/system clock get time-zone-name": "Asia/Jakarta",
        "/system clock get time-zone-autodetect": "false",
    }
    row = '{"enabled":true,"last-update-from":"' + heard + '"}'
    device.prints["/system ntp client print as-value"] = row
    assert survey(session).clock_settled is settled


def test_a_clock_that_can_not_be_read_is_not_settled(session: Session, device: Any) -> None:
    device.refuse = {":execute": "failure: not allowed by device-mode"}
    assert not survey(session).clock_settled
