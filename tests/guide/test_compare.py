"""The guide's own comparison: what may vary, what may not, what is cut, what is written anew."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.guide.chapters import Command, Edit, read
from tests.guide.compare import Names, alike
from tests.guide.rewrite import anew
from tests.guide.runner import Reader, _edit

RUN, OTHER = "20260301-080000-ab12", "20261124-181312-2343"


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (f"run {RUN}: 1 confirmed", f"run {OTHER}: 1 confirmed"),
        ("the lab is up (1.5 s)", "the lab is up (12.0 s)"),
        (" a-rtr1   all    confirmed   0.4", " a-rtr1   all    confirmed   10.4"),
        ("── ───", "────── ─"),
        ("no answer from 127.0.0.1 port 4444", "no answer from 127.0.0.7 port 51234"),
        ("since 2026-03-01 08:00", "since 2026-11-24 18:13"),
        ("plan 40bbb1c7ae46: 1 change", "plan 0123456789ab: 1 change"),
    ],
)
def test_what_may_be_otherwise_each_time_is_alike(shown: str, said: str) -> None:
    assert alike([shown], [said])


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        ("1 confirmed", "1 reverted"),
        ("plan: 2 changes", "plan: 3 changes"),
        ("address 10.62.0.1", "address 10.62.0.2"),
        ("ntp 10.16.2.123", "ntp 10.16.2.124"),
        ("a-rtr1 confirmed 0.4", "b-rtr1 confirmed 0.4"),
    ],
)
def test_a_difference_is_one(shown: str, said: str) -> None:
    assert not alike([shown], [said])


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (["a", "…", "d"], True),
        (["a", "…", "c", "d"], True),
        (["…"], True),
        (["b", "…", "d"], False),
        (["a", "b", "…", "c", "d"], False),
        (["a", "…", "c"], False),
    ],
)
def test_lines_left_out_are_lines_in_between(shown: list[str], same: bool) -> None:
    assert alike(shown, ["a", "b", "c", "d"]) is same


def test_a_run_of_the_guide_stands_for_the_run_that_there_is() -> None:
    names = Names()
    names.learn([f"run {RUN}: done"], [f"run {OTHER}: done"])
    assert names.real(f"sekayu-net rollback {RUN}") == f"sekayu-net rollback {OTHER}"
    assert names.as_shown(f"rollback {OTHER}") == f"rollback {RUN}"


def test_the_day_of_a_run_is_no_name_of_its_own() -> None:
    names = Names()
    names.learn([f"run {RUN}: done"], [f"run {OTHER}: done"])
    later, really = "20260301-090000-cd34", "20261124-191312-5678"
    names.learn([f"run {later}: done"], [f"run {really}: done"])
    assert names.real(f"rollback {later}") == f"rollback {really}"
    assert names.real("rollback 20260301-100000-ef56") == "rollback 20260301-100000-ef56"


def page(folder: Path, *lines: str) -> Path:
    file = folder / "page.md"
    file.write_text("\n".join(("# Page", "", "```console", *lines, "```", "")), encoding="utf-8")
    return file


def commands(file: Path) -> list[Command]:
    return [step for step in read(file) if isinstance(step, Command)]


def test_only_what_differs_is_written_anew(tmp_path: Path) -> None:
    file = page(tmp_path, "$ one", f"run {RUN}", "old", "$ two", "same 0.1 s")
    said = {4: [f"run {OTHER}", "new"], 7: ["same 0.9 s"]}
    assert [step.line for step in commands(file)] == [4, 7]
    file.write_text(anew(file, said), encoding="utf-8")
    assert [step.shown for step in commands(file)] == [(f"run {RUN}", "new"), ("same 0.1 s",)]


def test_a_new_output_is_cut_as_it_asks_to_be(tmp_path: Path) -> None:
    file = page(tmp_path, "$ one", "… 1 2")
    file.write_text(anew(file, {4: list("abcdef")}), encoding="utf-8")
    assert commands(file)[0].shown == ("a", "…", "e", "f")


def test_an_edit_whose_lines_are_not_there_once_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a\nb\na\n")
    made = Reader(tmp_path, tmp_path, {})
    _edit(made, Edit(1, "file", ("a",), ("c",)))
    assert len(made.faults) == 1
    assert (tmp_path / "file").read_text() == "a\nb\na\n"
    _edit(made, Edit(1, "file", ("a", "b"), ("c", "b")))
    assert (tmp_path / "file").read_text() == "c\nb\na\n"
