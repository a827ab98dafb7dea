"""YAML with lines: what is wrong is told with file and line, and nothing is taken silently."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from sekayu_net.errors import InputError, InventoryError
from sekayu_net.yaml_lines import read, validate


class Item(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    count: int = 0


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid")
    items: list[Item]


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file.yaml"


def test_a_value_has_the_line_of_its_key(file: Path) -> None:
    file.write_text("# comment\na:\n  - b: 1\n    c:\n      - 2\n")
    source = read(file)
    assert source.data == {"a": [{"b": 1, "c": [2]}]}
    assert [source.line(*p) for p in (("a",), ("a", 0, "b"), ("a", 0, "c"), ("a", 0, "c", 0))] == [
        2,
        3,
        4,
        5,
    ]


def test_what_is_not_there_has_the_line_of_what_is_around_it(file: Path) -> None:
    file.write_text("a:\n  b: 1\n")
    assert read(file).line("a", "x", "y") == 1


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: 1\nb: 2\na: 3\n", "file.yaml:3: 'a' stands here twice"),
        ("a: [1\nb: 2\n", "file.yaml:2"),
        ("a:\n\t- 1\n", "file.yaml:2:1"),
        ("a: &x {k: 1}\nb: *x\n", "file.yaml:1: an alias"),
        ("a: &x [*x]\n", "file.yaml:1: an alias"),
        ("a: \x01\n", "file.yaml: broken YAML"),
        ("a: 2026-13-45\n", "file.yaml: broken YAML"),
        ("a: !!bool maybe\n", "file.yaml: broken YAML"),
        ("a: !!timestamp soon\n", "file.yaml: broken YAML"),
        ("a: !!python/object:os.system {}\n", "file.yaml:1:4"),
        ("{[1]: 2}\n", "file.yaml:1"),
        ("--- 1\n--- 2\n", "file.yaml:2"),
    ],
)
def test_broken_yaml_is_one_clear_error(file: Path, text: str, told: str) -> None:
    file.write_text(text)
    with pytest.raises(InputError) as broken:
        read(file)
    assert str(broken.value).startswith(told)
    assert broken.value.hint


def test_a_file_that_is_not_text_is_one_clear_error(file: Path) -> None:
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not UTF-8"):
        read(file)


def test_a_missing_file_is_one_clear_error(file: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        read(file)


def test_every_fault_of_a_document_is_told_at_once(file: Path) -> None:
    file.write_text("items:\n  - name: 1.5\n  - count: x\n    nam: a\n")
    with pytest.raises(InventoryError) as faulty:
        validate(read(file), Document)
    assert [str(fault) for fault in faulty.value.findings] == [
        "file.yaml:2: items.0.name: Input should be a valid string",
        "file.yaml:3: 'name' is missing",
        (
            "file.yaml:3: items.1.count: Input should be a valid integer, "
            "unable to parse string as an integer"
        ),
        "file.yaml:4: unknown key 'nam'",
    ]
    assert faulty.value.findings[0].hint == 'YAML takes this for a number: write "1.5", in quotes'


@pytest.mark.parametrize("text", ["", "# nothing\n"])
def test_an_empty_file_is_said_to_be_empty(file: Path, text: str) -> None:
    file.write_text(text)
    with pytest.raises(InventoryError, match="the file is empty"):
        validate(read(file), Document)
