"""What may have been meant: near names, everywhere a name is given."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import pytest
from pydantic import BaseModel, Field

from sekayu_net.model_keys import hint, keys_at
from sekayu_net.near import file_meant, meant, near

OFFICES = ("desa-lumpatan", "desa-lumpatan-ii", "lurah-kayu-ara", "Balai Agung")

NEAR = [
    ("desa-lumptan", ("desa-lumpatan", "desa-lumpatan-ii")),
    ("DESA-LUMPATAN", ("desa-lumpatan", "desa-lumpatan-ii")),
    ("balai agng", ("Balai Agung",)),
    ("kayu", ("lurah-kayu-ara",)),
    ("zzz", ()),
    ("", ()),
]


@pytest.mark.parametrize(("word", "expected"), NEAR)
def test_near_names_are_like_the_word_or_hold_it(word: str, expected: tuple[str, ...]) -> None:
    assert near(word, OFFICES) == expected


MEANT = [
    ("phase1", ("phase-1", "audit"), "did you mean phase-1?"),
    ("zzz", ("phase-1", "audit"), "there are: phase-1, audit"),
    ("zzz", tuple(f"n{i}" for i in range(9)), "there are: n0, n1, n2, n3, n4, n5, n6, n7 …"),
    ("zzz", (), "there is none yet"),
]


@pytest.mark.parametrize(("word", "names", "expected"), MEANT)
def test_a_hint_names_what_is_near_else_what_there_is(
    word: str, names: tuple[str, ...], expected: str
) -> None:
    assert meant(word, names) == expected


def test_a_file_that_is_not_there_is_looked_for_beside_it(tmp_path: Path) -> None:
    (tmp_path / "phase-1.plan").touch()
    assert file_meant(tmp_path / "phase-1.pln", "make one") == (
        "did you mean phase-1.plan? Else make one"
    )
    assert file_meant(tmp_path / "zzz", "make one") == "make one"


class Inner(BaseModel):
    port: int = 1
    key_file: str = ""


class Outer(BaseModel):
    ssh: Inner
    many: Annotated[list[Inner], Field(min_length=0)] = []
    named: dict[str, Inner] = {}
    maybe: Inner | None = None
    plain: int = 0


KEYS: list[tuple[tuple[int | str, ...], tuple[str, ...]]] = [
    ((), ("ssh", "many", "named", "maybe", "plain")),
    (("ssh",), ("port", "key_file")),
    (("many", 3), ("port", "key_file")),
    (("named", "any"), ("port", "key_file")),
    (("maybe",), ("port", "key_file")),
    (("plain",), ()),
    (("nowhere",), ()),
]


@pytest.mark.parametrize(("place", "expected"), KEYS)
def test_a_place_of_a_document_knows_its_keys(
    place: tuple[int | str, ...], expected: tuple[str, ...]
) -> None:
    assert keys_at(Outer, place) == expected


def test_an_unknown_key_gets_a_near_one() -> None:
    assert hint(Outer, ("ssh", "keyfile")) == "did you mean key_file?"
    assert hint(Outer, ("nowhere", "x")) is None
