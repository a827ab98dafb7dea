"""Reading YAML quickly and in pieces: what it says, or that the long way must be gone."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sekayu_net import yaml_lines, yaml_pieces
from sekayu_net.errors import InputError
from sekayu_net.yaml_pieces import NotPlain, Piece, cut, joined, plain

ROOT = Path(__file__).parents[2]
#: Lines that stand well or badly beside each other, whatever they are in the middle of.
_TAILS = r"""
#|# remark|---|--- # x|...|%YAML 1.1|- |- 1|- a: 1|- 'x|x'|- "x|x"|- |- '|'|- - 1|-|-1|- -|- @x|- `x
- ? k|? k|: v|a:|b:|c: 1|a:1|a: |a: x|more words|a: # remark|a: x # remark|a: [|- [1,|2]|]|- {a: 1,
b: 2}|}|a: {b: [c, 'd: e']}|b: 'x|c: "x|'a b': 1|"a": 1|a.b-c: 1|16.06.10:|1: a|'1': a|01: a|yes: a
a: &n 1|- *n|- &n 1|a: *n|<<: {z: 1}|=: 1|a: !!str 1|- !!set {a}|! a|- 2026-11-25|- 2026-13-45|- ~
- 1_000|- 0o17|- 1:20|- .inf|- 1e3
"""
TAILS = [tail for line in _TAILS.strip().splitlines() for tail in line.split("|")]
#: Scalars of many lines, what is no blank, and what ends a line for YAML alone.
TAILS += ["", " ", "- |", "- |+", "- >-", "- |1", "a: |", "\t- 1", "a:\t1", "- a\x85b: 1", "a: x\r"]
TAILS += ["- a\u2028...", "- a\x85...", "- a\x85---", "\ufeffa: 1", "- \x01"]
lines = st.builds(lambda depth, tail: " " * depth + tail, st.integers(0, 4), st.sampled_from(TAILS))
soup = st.lists(lines, max_size=12).map(lambda found: "\n".join(found) + "\n")
words = st.text(st.sampled_from("ab \n'\"#:-|[]{},&*!%10."), max_size=12)
values = st.recursive(
    words | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False) | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
keys = st.sampled_from(["a", "b", "c_1", "16.06.10", "x y", "1", "null"])
blocks = st.lists(values, min_size=1, max_size=6) | st.dictionaries(keys, values, min_size=1)


@st.composite
def written(draw: st.DrawFn) -> str:
    """A document as a program writes it, perhaps with a line of another one in it."""
    text: str = yaml.safe_dump(
        draw(st.dictionaries(keys, blocks | values, max_size=4)),
        default_flow_style=draw(st.sampled_from([False, None])),
        default_style=draw(st.sampled_from([None, None, "'", '"', "|"])),
        width=draw(st.sampled_from([5, 80])),
        sort_keys=False,
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\n  ").replace("\n  \n", "\n\n")
        text = "top:\n  " + text.rstrip(" ")
    there = text.splitlines(keepends=True)
    for more in draw(st.lists(lines, max_size=2)):
        there.insert(draw(st.integers(0, len(there))), more + "\n")
    return "".join(there)


def said(text: str) -> str | None:
    """What a document says in the long way, types and order too; None for one that is broken."""
    try:
        return repr(yaml_lines._read(text, Path("file.yaml")))
    except InputError:
        return None


def shorter(pieces: list[Piece]) -> str | None:
    """What the pieces say; None where they leave it to the long way."""
    try:
        return repr(joined(pieces, (plain(piece.text) for piece in pieces)))
    except NotPlain:
        return None


@settings(max_examples=1500, deadline=None)
@given(text=soup | written())
@example(text="a:\n- x\x85...\n- b\n")
@example(text="a:\n  - x\u2028c: 1\n  - b\n")
@example(text="a:\n  - 'x\n  - y'\n  - z\n")
@example(text="a:\n  - |+\n    x\n\n  - y\n")
@example(text="a:\n  - &n 1\n  - *n\n")
@example(text="a:\n  '1': x\n  1: y\n")
@example(text="a:\n  b: 1\n  c: 2\n  b: 3\n")
@example(text="a:\n  - 1\nb: 2\na:\n  - 3\n")
@example(text="a:\n  - 1\n...\n  - 2\n")
@example(text="a:\n  - 1\n  b: 2\n  - 3\n")
@example(text="a:\n    - 1\n  - 2\n    - 3\n")
@example(text="  'x\na: 1\nb: 2'\n")
def test_the_short_way_says_what_the_long_way_says_or_nothing(text: str) -> None:
    wanted = said(text)
    with suppress(NotPlain):
        assert repr(plain(text)) == wanted
    for size in (1, 4, 10, 30):
        pieces = cut(text, size)
        got = shorter(pieces) if pieces else None
        assert got is None or got == wanted, [piece.text for piece in pieces]


ENTRY = "  # a remark\n  - n: n{}\n    words: 'x\n\n      y'\n    text: |\n      - a\n       b\n"
LISTED = "# head\n---\nname: x\nlist: # of things\n" + "".join(map(ENTRY.format, range(9)))
FLAT = "list:\n" + "".join(f"- [{n}, 'x: y']\n" for n in range(9)) + "after: {a: 1.5}\n"
MAPPED = "map:\n" + "".join(
    f"  '{n}':\n    - {n}\n    - x\n  k{n}: {{a: true}}\n" for n in range(9)
)
KEYS = "".join(f"k{n}:\n  x: {n}\n" for n in range(9))


@pytest.mark.parametrize(("text", "least"), [(LISTED, 9), (FLAT, 9), (MAPPED, 18), (KEYS, 9)])
def test_an_ordinary_document_is_cut_between_its_entries(text: str, least: int) -> None:
    pieces = cut(text, 1)
    assert len(pieces) >= least
    for size in range(1, len(text), 7):
        assert shorter(cut(text, size)) == repr(yaml.safe_load(text))


@pytest.fixture
def cut_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(yaml_pieces, "EACH", 30)
    monkeypatch.setattr(yaml_pieces, "PIECE", 20)
    monkeypatch.setattr("os.sched_getaffinity", lambda _: {0, 1, 2}, raising=False)


@pytest.fixture
def read_here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that this process reads itself."""
    texts: list[str] = []

    def counted(text: str) -> object:
        texts.append(text)
        return plain(text)

    monkeypatch.setattr(yaml_pieces, "plain", counted)
    return texts


@pytest.mark.usefixtures("cut_small")
@pytest.mark.parametrize("text", [LISTED, FLAT, MAPPED, KEYS])
def test_several_processes_read_one_document(
    text: str, read_here: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What stands beside somebody's script is not for them.
    (tmp_path / "selectors.py").write_text("raise SystemExit('not this one')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    pieces = len(cut(text, yaml_pieces.PIECE))
    assert yaml_pieces.parsed(text) == yaml.safe_load(text)
    assert len(read_here) == pieces // 3


@pytest.mark.usefixtures("cut_small")
def test_a_date_is_read_here(read_here: list[str]) -> None:
    text = KEYS + "until: 2026-11-25\n"
    assert yaml_pieces.parsed(text) == yaml.safe_load(text)
    assert any("until" in text for text in read_here)


@pytest.mark.usefixtures("cut_small")
@pytest.mark.skipif(sys.platform == "win32", reason="a script is no program there")
@pytest.mark.parametrize(
    "does", ["exit 1", "cat >/dev/null; echo nonsense", "cat >/dev/null; printf 'N'", "kill -9 $$"]
)
def test_a_process_that_dies_or_says_nonsense_costs_only_time(
    does: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o700)
    monkeypatch.setattr(sys, "executable", str(program))
    assert yaml_pieces.parsed(LISTED) == yaml.safe_load(LISTED)


@pytest.mark.usefixtures("cut_small")
@pytest.mark.parametrize("program", ["", "/nowhere/python", "/usr/bin/embedding"])
def test_without_an_interpreter_to_start_it_is_read_here(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    assert yaml_pieces.parsed(LISTED) == yaml.safe_load(LISTED)


@pytest.mark.usefixtures("cut_small")
def test_what_is_not_plain_in_another_process_is_left_to_the_long_way(tmp_path: Path) -> None:
    file = tmp_path / "file.yaml"
    file.write_text(KEYS + "k1: twice\n")
    with pytest.raises(InputError, match="'k1' stands here twice"):
        yaml_lines.read(file)
    file.write_text(KEYS + "z: &n 1\n")
    assert yaml_lines.read(file).data == yaml.safe_load(KEYS) | {"z": 1}


def test_a_script_without_a_guard_is_run_once(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "print('run')\n"
        "from sekayu_net import yaml_pieces\n"
        "yaml_pieces.EACH, yaml_pieces.PIECE, yaml_pieces.how_many = 10, 10, lambda size: 3\n"
        f"print(len(yaml_pieces.parsed({KEYS!r})))\n"
    )
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=True,
        env={"PYTHONPATH": str(ROOT)}, timeout=60,
    )  # fmt: skip
    assert done.stdout == "run\n9\n"
