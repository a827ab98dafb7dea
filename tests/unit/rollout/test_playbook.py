"""Playbooks: faults with file and line; waves from filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import PlaybookError, UsageError
from sekayu_net.plan import Pace
from sekayu_net.rollout.playbook import Playbook, budget_of, load_playbook, pace_of, playbook_path

SHIPPED = Path(__file__).parents[3] / "playbooks"

FAULTS = {
    "an unknown key": ("name: p\nwave: []\n", 2, "wave"),
    "an unknown key in a wave": ("name: p\nwaves:\n  - name: a\n    host: x\n", 4, "host"),
    "an unknown filter": ("name: p\nhosts:\n  kinds: lurah\n", 3, "kinds"),
    "a wrong type": ("name: p\nfailure_budget: many\n", 2, "integer"),
    "a number out of range": ("name: p\n\nconfirm_within: 1\n", 3, "10"),
    "an unknown check": ("name: p\nchecks: [hubb]\n", 2, "hubb"),
    "an unknown threshold": ("name: p\nchecks:\n  - ospf\n  - cpu: {most: 3}\n", 4, "most"),
    "a threshold out of range": ("name: p\nchecks:\n  - cpu: {max: 0}\n", 3, "max"),
    "a check without what it needs": ("name: p\nchecks: [ping]\n", 2, "needs address"),
    "the same wave twice": ("name: p\nwaves: [{name: a}, {name: a}]\n", 1, "same name"),
    "a span without a unit": ("name: p\nwaves:\n- name: a\n  soak: 10\n", 4, "no span"),
    "a wave with two sizes": (
        "name: p\nwaves:\n- {name: a, offices: 1, share: 5%}\n",
        3,
        "leave one of the two",
    ),
    "a share of more than all": ("name: p\nwaves:\n- name: a\n  share: 110%\n", 4, "no share"),
    "a share of nothing": ("name: p\nwaves: [{name: a, share: 0%}]\n", 2, "nobody"),
    "a budget below nothing": ("name: p\nfailure_budget: -1\n", 2, "integer"),
    "no pushes at once": ("name: p\nat_once_per_uplink: 0\n", 2, "greater"),
    "a time without quotes": (
        "name: p\nwindows:\n- from: 21:00\n  to: '05:00'\n",
        3,
        'in quotes, "21:00"',
    ),
    "a time that is none": (
        "name: p\nwindows:\n- from: '21'\n  to: '05:00'\n",
        3,
        "no time of day",
    ),
    "a day that is none": (
        "name: p\nwindows:\n- {days: [someday], from: '1:00', to: '2:00'}\n",
        3,
        "no day",
    ),
    "a window without an end": ("name: p\nwindows:\n- from: '21:00'\n", 3, "'to' is missing"),
    "an unknown way with the unreachable": (
        "name: p\non_unreachable:\n  retry: 7d\n",
        3,
        "unknown key 'retry'",
    ),
    "a waiver without a reason": (
        "name: p\nwaivers:\n- {host: a, until: 2026-03-31}\n",
        3,
        "'reason' is missing",
    ),
    "a waiver with an empty reason": (
        "name: p\nwaivers:\n- host: a\n  until: 2026-03-31\n  reason: ' '\n",
        5,
        "at least 1",
    ),
    "a waiver without a last day": (
        "name: p\nwaivers:\n- host: a\n  reason: x\n  until: soon\n",
        5,
        "date",
    ),
    "a gate that is no playbook": ("name: p\nrequires:\n- q\n", 3, "no playbook 'q'"),
    "a gate to itself": ("name: p\nrequires: [p]\n", 2, "requires itself"),
    "no name": ("description: x\n", 1, "name"),
    "another name": ("description: x\nname: q\n", 2, "called p"),
    "a list": ("- a\n", 1, "dictionary"),
    "nothing": ("", None, "dictionary"),
    "broken YAML": ("name: p\nwaves: [\n", 3, "not YAML"),
}


@pytest.mark.parametrize(("text", "line", "words"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_named_with_file_and_line(tmp_path, text, line, words) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(text)
    with pytest.raises(PlaybookError) as caught:
        load_playbook(path)
    assert words in str(caught.value)
    assert (caught.value.file, caught.value.line) == (path, line)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_playbook_that_ships_is_valid(path) -> None:
    assert load_playbook(path).description


def test_phase_2_waits_for_phase_1() -> None:
    assert load_playbook(SHIPPED / "phase-2.yaml").requires == ["phase-1"]


def test_one_value_is_a_list_of_one(tmp_path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text("name: p\nhosts: {kind: lurah, phase: 1}\n")
    hosts = load_playbook(path).hosts
    assert (hosts.kind, hosts.phase) == (["lurah"], [1])


def test_a_check_stands_in_the_plan_as_one_line_with_its_thresholds(tmp_path) -> None:
    path = tmp_path / "playbooks" / "p.yaml"
    path.parent.mkdir()
    (tmp_path / "tasks").mkdir()
    (tmp_path / "tasks" / "printer.py").write_text("")
    path.write_text("name: p\nchecks: [hub, cpu: {max: 80}, printer: {port: 9100}]\n")
    assert load_playbook(path).checks == ["hub", "cpu max=80", "printer port=9100"]


def test_an_unknown_playbook_lists_the_near_ones() -> None:
    with pytest.raises(UsageError) as caught:
        playbook_path(SHIPPED, "phase1")
    assert "phase-1" in caught.value.hint


def test_every_key_of_a_playbook_can_be_used_at_once(tmp_path) -> None:
    path = tmp_path / "p.yaml"
    path.write_text(
        """name: p
waves:
  - {name: canary, offices: 1, soak: 30m}
  - {name: quarter, share: 25%}
  - {name: rest}
failure_budget: 10%
soak: 5m
workers: 8
at_once_per_uplink: 2
windows: [{days: [mon-thu, sat], from: "21:00", to: "05:00"}]
on_unreachable: {catch_up: 3d}
waivers: [{host: a, reason: the mast is down, until: 2026-03-31}]
"""
    )
    book = load_playbook(path)
    pace = pace_of(book, workers=20)
    assert pace == Pace(8, 2, ("mon,tue,wed,thu,sat 21:00-05:00",), 3 * 86400)
    assert budget_of(book, changing=29) == 2


def test_without_a_playbook_the_project_says_how_fast() -> None:
    assert pace_of(None, workers=7) == Pace(workers=7)
    assert budget_of(None, changing=100) == 0


def test_the_reference_playbooks_have_no_soak_no_window_and_no_waiver() -> None:
    for name in ("phase-1", "phase-2"):
        book = load_playbook(SHIPPED / f"{name}.yaml")
        assert (book.soak, book.windows, book.waivers) == (0, [], [])
        assert not any(wave.soak for wave in book.waves)


def test_the_playbook_of_the_documentation_is_one_and_says_all_there_is(tmp_path) -> None:
    told = (SHIPPED.parent / "docs" / "playbooks.md").read_text()
    (tmp_path / "phase-1.yaml").write_text("name: phase-1\n")
    path = tmp_path / "phase-2.yaml"
    path.write_text(told.split("```yaml\n")[1].split("```")[0])
    book = load_playbook(path)
    assert book.model_fields_set == set(Playbook.model_fields)
    assert pace_of(book, 20).windows == ("mon,tue,wed,thu,fri 21:00-05:00",)
