"""Requests whose end is proven, and rows."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import AuthenticationError, GarbledError, UnreachableError
from sekayu_net.platforms.routeros.session import (
    RefusedError,
    Session,
    literal,
    pairs,
    parse_rows,
    version_tuple,
)


def echo_sentinel(output: str) -> Any:
    return lambda command: output + command.rpartition(':put "')[2].rstrip('"') + "\n"


def test_an_answer_is_what_stands_before_the_sentinel(session: Session, device: Any) -> None:
    device.raw = echo_sentinel("one\n\ntwo\n")
    assert session.ask("/x", stage="read") == "one\n\ntwo"


@pytest.mark.parametrize(
    "words",
    [
        "bad command name foo (line 1 column 1)",
        "expected end of command (line 1 column 37)",
        "syntax error (line 1 column 47)",
        "failure: already have such address",
        "no such item (4)",
        "input does not match any value of interface",
        "value of mtu contains invalid trailing characters",
        "Script Error: failure: x (/ip/address/add; line 2) (:import; line 1)",
        "Cannot open import file, file does not exist (:import; line 1)",
        "interrupted",
    ],
)
def test_words_of_refusal_are_told(session: Session, device: Any, words: str) -> None:
    device.raw = lambda _: f"{words}\n"
    with pytest.raises(RefusedError) as caught:
        session.ask("/x", stage="read")
    assert caught.value.words == words


def test_a_missing_right_is_an_authentication_error(session: Session, device: Any) -> None:
    device.raw = lambda _: "not enough permissions (9)\n"
    with pytest.raises(AuthenticationError, match="sekayu may not"):
        session.ask("/x", stage="read")


def test_a_cut_answer_is_garbled_and_not_quoted(session: Session, device: Any) -> None:
    device.raw = lambda _: '/interface wifi\nset pass="hunter2'
    with pytest.raises(GarbledError) as caught:
        session.ask("/export", stage="read")
    assert "hunter2" not in str(caught.value)


def test_a_lost_session_is_unreachable(session: Session, device: Any) -> None:
    def die(_: str) -> str:
        device.open = False
        return ""

    device.raw = die
    with pytest.raises(UnreachableError):
        session.ask("/x", stage="read")


def test_every_request_has_a_sentinel_of_its_own(session: Session, device: Any) -> None:
    device.raw = echo_sentinel("")
    session.ask("/x", stage="read")
    session.ask("/x", stage="read")
    assert len(set(device.commands)) == 2


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", ()),
        ("[]", ()),
        ('[{".id":"*1","mtu":1500,"up":true,"l":["a","b"]}]', 1),
        ('{"scheduler":true}', ({"scheduler": "true"},)),
        (
            ".id=*1;name=a;group=full;.id=*2;name=b;group=read",
            (
                {".id": "*1", "name": "a", "group": "full"},
                {".id": "*2", "name": "b", "group": "read"},
            ),
        ),
        ("model=hEX;serial-number=A1", ({"model": "hEX", "serial-number": "A1"},)),
        (".id=*1;policy=read;write", ({".id": "*1", "policy": "read,write"},)),
    ],
)
def test_rows_of_both_forms(text: str, rows: Any) -> None:
    found = parse_rows(text)
    if rows == 1:
        rows = ({".id": "*1", "mtu": "1500", "up": "true", "l": "a,b"},)
    assert found == rows


@pytest.mark.parametrize("text", ["hello", "[1]", "[{"])
def test_what_is_no_row_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parse_rows(text)


def test_a_menu_that_the_device_lacks_gives_none_and_the_others_their_rows(
    session: Session, device: Any
) -> None:
    device.prints = {"/user print as-value": '[{"name":"a"}]'}
    assert session.rows("/user print as-value", "/lora print as-value", stage="read") == (
        ({"name": "a"},),
        None,
    )


def test_a_literal_escapes_what_the_console_would_read() -> None:
    assert literal('a\\b"c$d\ne') == '"a\\\\b\\"c\\$d\\ne"'


@pytest.mark.parametrize(
    ("text", "version"),
    [("7.20.1 (stable)", (7, 20, 1)), ("7.16rc2", (7, 16)), ("6.49.11", (6, 49, 11)), ("?", ())],
)
def test_versions_compare_as_numbers(text: str, version: tuple[int, ...]) -> None:
    assert version_tuple(text) == version


def test_pairs_pass_over_other_lines() -> None:
    assert pairs("a=1\nnoise\nb-c=x=y\n") == {"a": "1", "b-c": "x=y"}
