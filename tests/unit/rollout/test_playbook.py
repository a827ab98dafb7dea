"""Playbooks: faults with file and line; waves from filters."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import PlaybookError, UsageError
from sekayu_net.rollout.playbook import load_playbook, playbook_path

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
