"""What a person reads: nothing lost at 80 columns, no colour without a terminal."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.plan import HostPlan, Plan, PlannedWave
from sekayu_net.report.terminal import (
    DIFF_STYLES,
    folded,
    print_audit,
    print_diff,
    print_outcomes,
    print_plan,
)
from sekayu_net.rollout.device import Outcome

LONG = "kelurahan-dengan-nama-yang-panjang-rtr1"


def console(width: int = 80) -> Console:
    return Console(
        file=io.StringIO(), width=width, force_terminal=False, highlight=False, markup=False
    )


def text(made: Console) -> str:
    return made.file.getvalue()


def flat(made: Console) -> str:
    return "".join(text(made).split())


DIFF = "/menu\n  + chain=input action=accept\n  - [bold]old[/bold]\n"
PLAN = Plan(
    created="2026-03-01T08:00:00+00:00",
    author="tester",
    project="x",
    lab=True,
    revision=None,
    playbook=None,
    waves=(PlannedWave("all", (LONG, "b", "c", "d")),),
    hosts={
        LONG: HostPlan(
            LONG,
            "p",
            "change",
            operations=2,
            removals=1,
            guard="job+startup",
            survives=("reboot", "session"),
            management_path=True,
            diff=DIFF,
        ),
        "b": HostPlan("b", "p", "unchanged"),
        "c": HostPlan("c", "p", "unreachable", "no answer"),
        "d": HostPlan("d", "p", "refused", "it removes 90 items", operations=90, diff=DIFF),
    },
    confirm_within=60,
)


@given(
    lines=st.lists(
        st.text(st.sampled_from("+-~>! /ab\t\x07\x1b界é\N{NO-BREAK SPACE}"), max_size=90)
    ),
    colours=st.booleans(),
)
def test_a_diff_looks_as_if_rich_had_printed_each_of_its_lines(lines, colours) -> None:
    diff = "\n".join([*lines, "  + end"])

    def told(say: Callable[[Console], None]) -> str:
        made = Console(file=io.StringIO(), width=40, force_terminal=colours, highlight=False)
        say(made)
        return text(made)

    def by_line(made: Console) -> None:
        for line in diff.split("\n"):
            style = DIFF_STYLES.get(line.strip()[:1], "") if line[:1] == " " else "bold"
            made.print(Text(line, style=style))

    assert told(lambda made: print_diff(diff, made)) == told(by_line)


def test_a_plan_shows_the_diff_the_undo_and_the_management_path() -> None:
    made = console()
    print_plan(PLAN, made)
    shown = text(made)
    assert "  + chain=input action=accept" in shown.splitlines()
    assert "[bold]old[/bold]" in shown
    assert "\x1b" not in shown
    assert all(
        word in flat(made)
        for word in (
            "undo:job+startup",
            "survivesreboot",
            "!managementpath",
            "refused:it",
            "c:unre",
        )
    )
    assert "1 change, 1 unchanged, 1 unreachable, 1 refused" in shown


def test_a_plan_fits_80_columns() -> None:
    made = console()
    print_plan(PLAN, made)
    assert max(len(line) for line in text(made).splitlines()) <= 80


def alike(*hosts: str, **changed: object) -> Plan:
    made = {host: HostPlan(host, "p", "change", operations=2, diff=DIFF) for host in hosts}
    made[hosts[-1]] = replace(made[hosts[-1]], **changed)
    return replace(PLAN, waves=(PlannedWave("all", hosts),), hosts=made)


def test_devices_with_the_same_change_are_shown_together() -> None:
    made = console()
    print_plan(alike("a", "b", "c"), made)
    shown = text(made)
    assert shown.startswith("a, b, c\n  the same change on 3 devices, each 2 operations\n/menu\n")
    assert shown.count("chain=input") == 1
    assert "3 change; 6 operations" in shown


@pytest.mark.parametrize(
    "changed",
    [
        {"diff": "/menu\n  + other\n"},
        {"guard": "job"},
        {"management_path": True},
        {"warnings": ("note",)},
        {"linked": ("a", "c")},
        {"status": "refused", "reason": "too much"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_whatever_is_shown_of_a_device_sets_it_apart(changed) -> None:
    made = console()
    print_plan(alike("a", "b", "c", **changed), made)
    shown = text(made)
    assert "a, b\n" in shown
    assert "\nc  2 operations" in shown


def test_each_device_is_shown_when_all_is_wanted() -> None:
    made = console()
    print_plan(alike("a", "b"), made, full=True)
    assert text(made).count("chain=input") == 2


def test_waves_are_named_where_the_same_change_comes_in_several() -> None:
    made = console()
    waves = (PlannedWave("one", ("a",)), PlannedWave("two", ("b", "c")))
    print_plan(replace(alike("a", "b", "c"), waves=waves), made)
    assert "wave: one, two" in text(made)


def test_notes_that_say_the_same_of_several_properties_are_one() -> None:
    notes = [f"/m {item}: {key} may stay" for item in ("x", "y") for key in ("a.b", "c")]
    assert folded([*notes, "/m z: c may stay", "/m z: d is gone", "never tried: go slow"]) == [
        "never tried: go slow",
        "/m x, /m y: a.b, c may stay",
        "/m z: c may stay",
        "/m z: d is gone",
    ]


def test_outcomes_keep_every_word_at_80_columns() -> None:
    made = console()
    reason = "check failed: hub (hub 10.16.0.1: 0 of 3 answers); " * 3
    wave = "kelurahan: first RB5009UG+S+IN 7.20.1"
    print_outcomes([Outcome(LONG, "reverted", reason, wave, 12.34)], made)
    lines = text(made).splitlines()
    assert max(len(line) for line in lines) <= 80
    assert [line.split()[0] for line in lines if LONG in line] == [LONG, "reverted"]
    for word in ("kelurahan:first", "12.3", "0of3answers);checkfailed"):
        assert word in flat(made)
    assert "next: the device went back by itself" in text(made)


def test_devices_that_ended_alike_are_told_of_once() -> None:
    made = console()
    skipped = [Outcome(host, "skipped", "a was lost") for host in ("b", "c")]
    known = Outcome("d", "confirmed", "not passed yet, as before the change: hub")
    print_outcomes([Outcome("a", "unknown", "no answer"), *skipped, known], made)
    shown = text(made).splitlines()
    assert shown[shown.index("skipped  b, c") + 1] == "    a was lost"
    assert shown[shown.index("skipped  b, c") + 2].startswith("    next: its turn did not come")
    assert shown[shown.index("confirmed  d") + 1] == "    not passed yet, as before the change: hub"
    assert shown[-1] == "    not passed yet, as before the change: hub", (
        "a confirmed one needs nothing"
    )


def test_outcomes_that_are_all_confirmed_ask_for_nothing() -> None:
    made = console()
    print_outcomes([Outcome("a", "confirmed", None, "all", 1.0)], made)
    assert "again" not in text(made)


def test_an_audit_names_device_menu_item_and_cause() -> None:
    made = console()
    finding = Finding("missing", "/menu", "chain=input", "a=b", None, "drift", "major")
    audits = {
        "a": HostAudit("a", "drift", (finding,), history=("admin removed a rule",)),
        "b": HostAudit("b", "clean"),
    }
    print_audit(audits, made)
    shown = text(made)
    assert "drift: missing  /menu chain=input" in shown
    assert "admin removed a rule" in shown
    assert "2 devices: 1 drift, 1 clean" in shown


def many(cause: str) -> tuple[Finding, ...]:
    menus = [f"/menu {number % 8}" for number in range(20)]
    return tuple(
        Finding("missing", menu, f"item{number}", "x", None, cause, "minor")
        for number, menu in enumerate(menus)
    )


def test_a_device_that_was_never_deployed_is_told_of_by_menu() -> None:
    made = console()
    rule = Finding("rule", "/menu 1", None, None, None, None, "major", message="open to all")
    print_audit({"a": HostAudit("a", "pending", (*many("pending"), rule))}, made)
    assert text(made).splitlines() == [
        "a  pending",
        "  major: open to all: rule  /menu 1",
        "  pending: 20 findings; each with --full",
        "      /menu 0 (3), /menu 1 (3), /menu 2 (3), /menu 3 (3), /menu 4 (2),",
        "        /menu 5 (2), 2 more menus",
        "1 device: 1 pending",
    ]


@pytest.mark.parametrize(("cause", "full"), [("drift", False), ("pending", True)])
def test_drift_and_what_is_asked_for_is_told_item_by_item(cause, full) -> None:
    made = console()
    print_audit({"a": HostAudit("a", cause, many(cause))}, made, full=full)
    assert all(f"item{number}" in text(made) for number in range(20))


def test_unmanaged_items_are_counted_and_not_listed() -> None:
    made = console()
    finding = Finding("unmanaged", "/other", "x", None, "x", None, "info")
    changed = Finding("changed", "/menu", "y", "1", "2", "pending", "minor")
    print_audit({"a": HostAudit("a", "pending", (finding, changed))}, made)
    assert "/other" not in text(made)
    assert "(1 unmanaged, not judged)" in text(made)


def test_a_plan_of_one_wave_does_not_name_it() -> None:
    made = console()
    print_plan(PLAN, made)
    assert "wave:" not in text(made)
    two = replace(PLAN, waves=(PlannedWave("one", (LONG,)), PlannedWave("two", ("b", "c", "d"))))
    print_plan(two, made)
    assert "wave:one" in flat(made)


@pytest.mark.parametrize(
    ("group", "line"),
    [
        (("camat", "desa"), "  linked with camat: both or neither"),
        (("camat", "lurah", "desa"), "  linked with camat, lurah: all or none"),
    ],
)
def test_a_plan_says_with_whom_a_device_ends_alike(group, line) -> None:
    made = console()
    host = HostPlan("desa", "p", "change", linked=group)
    print_plan(replace(PLAN, hosts={"desa": host}), made)
    assert line in text(made).splitlines()
