"""What a record on a device tells to another controller."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.pending import told
from sekayu_net.platforms.routeros.record import Record, holder_word, parse_record

HELD = Record(
    "armed", "a1b2c3d4", "job+startup", anchor="10.0.0.1", holder="budi@laptop-1", within=120
)


def test_a_record_says_who_holds_it_and_for_how_long() -> None:
    assert parse_record(HELD.comment) == HELD
    words = str(told(HELD))
    assert "of budi@laptop-1 (a1b2c3d4)" in words
    assert "goes back 120 s after it began" in words


def test_the_holder_stays_through_all_states_and_words_do_not() -> None:
    failed = parse_record(f"{HELD.having('failed').comment} words=failure: no such item")
    assert failed is not None
    assert (failed.holder, failed.within, failed.words) == (
        "budi@laptop-1", 120, "failure: no such item",
    )  # fmt: skip
    assert failed.having("reverted") == HELD.having("reverted")


def test_a_record_of_an_older_version_has_no_holder() -> None:
    record = parse_record("state=armed token=a1b2c3d4 kind=job anchor=10.0.0.1")
    assert record is not None
    assert (record.holder, record.within) == ("", 0)
    assert str(told(record)) == "another change (a1b2c3d4) waits there for its confirmation"


@pytest.mark.parametrize(
    ("words", "word"),
    [
        ("budi@laptop", "budi@laptop"),
        ('pak budi@"x"; /system reset', "pak-budi@-x-system-reset"),
        ("ö" * 3 + "x" * 99, "-" + "x" * 63),
    ],
)
def test_whoever_is_named_on_a_device_is_one_plain_word(words, word) -> None:
    assert holder_word(words) == word


@pytest.mark.parametrize("field", ["holder=a;b", "within=-1", "within=x"])
def test_a_field_that_is_none_of_ours_makes_it_no_record(field) -> None:
    assert parse_record(f"state=armed token=a1b2c3d4 kind=job {field}") is None


def test_a_holder_that_is_no_word_is_refused() -> None:
    with pytest.raises(ValueError, match="word"):
        Record("armed", "a1b2c3d4", "job", holder='x"; y')
