"""What is told of an audit, once, and in which words."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.journal import AuditRecord
from sekayu_net.languages import Language, speaking
from sekayu_net.notify import WIDTH, Alert, News, Rules, message, news

NOON = "2026-03-01T12:00:00+00:00"
EVENING = "2026-03-01T18:00:00+00:00"
HOSTS = ("a-rtr1", "b-rtr1")
CHANGED = {
    "kind": "changed", "path": "/ip dns", "item": "servers", "expected": "1.1.1.1",
    "actual": "9.9.9.9", "cause": "drift", "severity": "major",
}  # fmt: skip


def record(*findings: dict[str, Any], status: str = "drift", time: str = NOON) -> AuditRecord:
    return AuditRecord("run", "a-rtr1", time, status, findings)


def step(
    known: tuple[Alert, ...], audit: AuditRecord | None, now: str = NOON, **rules: Any
) -> News:
    audits = {} if audit is None else {"a-rtr1": audit}
    return news(known, audits, rules=Rules(**rules), hosts=HOSTS, now=now)


def counts(told: News) -> tuple[int, int, int]:
    return len(told.new), len(told.gone), len(told.alerts)


def test_a_finding_is_told_once_and_told_again_when_it_is_gone() -> None:
    first = step((), record(CHANGED))
    again = step(first.alerts, record(CHANGED, time=EVENING), EVENING)
    gone = step(again.alerts, record(status="clean", time=EVENING), EVENING)
    assert [counts(each) for each in (first, again, gone)] == [(1, 0, 1), (0, 0, 1), (0, 1, 0)]
    assert again.alerts[0].since == NOON


def test_another_value_is_another_finding() -> None:
    first = step((), record(CHANGED))
    assert counts(step(first.alerts, record({**CHANGED, "actual": "8.8.8.8"}))) == (1, 1, 1)


@pytest.mark.parametrize(
    ("finding", "rules", "told"),
    [
        ({}, {}, 1),
        ({"severity": "info"}, {}, 0),
        ({"severity": "minor"}, {}, 1),
        ({"severity": "minor"}, {"severity": "major"}, 0),
        ({"severity": "critical"}, {"severity": "major"}, 1),
        ({"severity": "unheard of"}, {"severity": "critical"}, 1),
        ({"cause": "pending"}, {}, 0),
        ({"cause": "pending"}, {"pending": True}, 1),
        ({"kind": "rule", "cause": None}, {}, 1),
        ({"kind": "secret"}, {}, 1),
        ({"kind": "unmanaged", "cause": None}, {"severity": "info"}, 0),
    ],
)
def test_only_what_the_settings_ask_for_is_told(finding, rules, told) -> None:
    assert len(step((), record({**CHANGED, **finding}), **rules).new) == told


@pytest.mark.parametrize(("limit", "told"), [(0, True), (6 * 3600, True), (6 * 3600 + 1, False)])
def test_silence_is_told_only_when_it_lasts(limit, told) -> None:
    silent = record(status="unreachable")
    first = step((), silent, unreachable_after=limit)
    later = step(first.alerts, silent, EVENING, unreachable_after=limit)
    assert bool(first.new or later.new) is told


def test_a_short_silence_is_never_mentioned() -> None:
    first = step((), record(status="unreachable"))
    assert counts(step(first.alerts, record(status="clean"), EVENING)) == (0, 0, 0)


def test_a_long_silence_is_told_once_and_its_end_too() -> None:
    silent = record(status="unreachable")
    alerts = step((), silent).alerts
    second = step(alerts, silent, EVENING)
    third = step(second.alerts, silent, EVENING)
    back = step(third.alerts, record(status="clean"), EVENING)
    assert [counts(each) for each in (second, third, back)] == [(1, 0, 1), (0, 0, 1), (0, 1, 0)]


@pytest.mark.parametrize("status", ["unreachable", "error"])
def test_a_device_that_was_not_read_has_fixed_nothing(status) -> None:
    known = step((), record(CHANGED)).alerts
    unread = step(known, record(status=status))
    assert unread.gone == ()
    assert known[0] in unread.alerts


def test_a_menu_that_was_not_read_has_fixed_nothing() -> None:
    known = step((), record(CHANGED)).alerts
    unread = {**CHANGED, "kind": "unreadable", "item": None, "cause": None}
    assert step(known, record(unread, status="error")).gone == ()


def test_a_device_that_an_audit_left_out_keeps_its_alerts() -> None:
    known = step((), record(CHANGED)).alerts
    assert counts(step(known, None)) == (0, 0, 1)


def test_a_device_that_left_the_inventory_is_forgotten_silently() -> None:
    known = step((), record(CHANGED)).alerts
    left = news(known, {"a-rtr1": record(CHANGED)}, rules=Rules(), hosts=["b-rtr1"], now=NOON)
    assert counts(left) == (0, 0, 0)


def said(told: News, language: Language = "en", max_lines: int = 20) -> Any:
    offices = {"a-rtr1": "Kayu Ara", "b-rtr1": "Soak Baru"}
    with speaking(language):
        return message(told, project="Sekayu", offices=offices, max_lines=max_lines)


def test_a_message_names_office_device_menu_and_no_value() -> None:
    told = said(step((), record(CHANGED)))
    assert told.title == "Sekayu: 1 new"
    assert told.body == (
        "NEW\nKayu Ara:\n- a-rtr1 /ip dns servers: changed\n\nDetails: sekayu-net audit"
    )
    assert "9.9.9.9" not in told.title + told.body


def test_a_message_in_indonesian() -> None:
    told = said(step((), record(CHANGED)), "id")
    assert (told.title, "a-rtr1 /ip dns servers: berubah" in told.body) == ("Sekayu: 1 baru", True)


def test_a_long_message_is_cut_and_says_by_how_much() -> None:
    findings = [{**CHANGED, "item": f"item {n}"} for n in range(50)]
    told = said(step((), record(*findings)), max_lines=5)
    assert told.body.count("\n- ") == 5
    assert "… and 45 more" in told.body
    assert told.title == "Sekayu: 50 new"


def test_what_a_device_calls_its_things_breaks_no_line() -> None:
    evil = {**CHANGED, "item": "x\r\nBcc: all\x1b[31m" + "y" * 300}
    lines = said(step((), record(evil))).body.splitlines()
    assert len(lines) == 5
    assert max(map(len, lines)) <= WIDTH + 2
    assert lines[2].endswith("…: changed")
    assert "\x1b" not in lines[2]
