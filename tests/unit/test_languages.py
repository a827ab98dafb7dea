"""What is said in English reaches a person in another language: by its message, part by part."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekayu_net.languages import (
    Catalogue,
    Language,
    catalogue,
    of_locale,
    shown,
    speak,
    speaking,
    spoken,
    translated,
)

MESSAGES = [
    ("no device has {name}", "tidak ada perangkat dengan {name}"),
    ("{host}: {stage} failed", "{host}: {stage} gagal"),
    ("nothing was done", "tidak ada yang dikerjakan"),
    ("{count} device", "{count} perangkat"),
    ("{count} devices", "{count} perangkat"),
    ("{first} comes before {second}", "{second} sesudah {first}"),
    ("next: {step}", "lanjut: {step}"),
    ("write {{ … }}", "tulis {{ … }}"),
    ("default: {default}", "bawaan: {default}"),
]
CATALOGUE = Catalogue(MESSAGES, {"done": "selesai", "not started": "belum mulai"})


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nothing was done", "tidak ada yang dikerjakan"),
        ("no device has 'x y'", "tidak ada perangkat dengan 'x y'"),
        ("a comes before b", "b sesudah a"),
        # values are messages too
        ("next: no device has x", "lanjut: tidak ada perangkat dengan x"),
        # several messages in one text: columns, sentences, lists, lines
        ("  3 devices  nothing was done", "  3 perangkat  tidak ada yang dikerjakan"),
        (
            "no device has x; nothing was done",
            "tidak ada perangkat dengan x; tidak ada yang dikerjakan",
        ),
        ("1 device, 2 devices", "1 perangkat, 2 perangkat"),
        (
            "nothing was done\nnothing was done",
            "tidak ada yang dikerjakan\ntidak ada yang dikerjakan",
        ),
        ("write { … }", "tulis { … }"),
        # a library formats it afterwards
        ("default: {default}", "bawaan: {default}"),
    ],
)
def test_a_text_is_told_by_its_messages(text: str, wanted: str) -> None:
    assert CATALOGUE.tell(text) == wanted


@pytest.mark.parametrize(
    "text",
    [
        "",
        "  ",
        "/ip address add address=10.0.0.1/24",
        "desa-sukarami-rtr1",
        "failure: no such item",
    ],
)
def test_what_is_no_message_stays_as_it_is(text: str) -> None:
    assert CATALOGUE.tell(text) == text


@pytest.mark.parametrize("text", ["sekayu-net runs", "see who does what: sekayu-net runs"])
def test_a_command_is_no_number_of_things(text: str) -> None:
    """To be copied: ``runs`` is a command here."""
    told = Catalogue([("{count} run", "{count} run"), ("{count} runs", "{count} run")])
    assert told.tell("2 runs") == "2 run"
    assert told.tell(text) == text


@given(st.text(max_size=60))
def test_telling_never_fails(text: str) -> None:
    assert isinstance(CATALOGUE.tell(text), str)


@given(st.text(alphabet=string.ascii_lowercase + "0123456789-", min_size=1, max_size=20))
def test_names_come_through_unchanged(name: str) -> None:
    assert CATALOGUE.tell(f"no device has {name}") == f"tidak ada perangkat dengan {name}"


def test_the_message_that_explains_most_of_a_text_is_taken() -> None:
    told = Catalogue([("{a} was {b}", "1 {a} {b}"), ("{a} was not {b}", "2 {a} {b}")])
    assert told.tell("it was not there") == "2 it there"


def test_of_a_very_long_text_only_the_parts_are_told() -> None:
    words = "x " * 2000
    assert CATALOGUE.tell(f"no device has {words}") == f"no device has {words}"
    told = CATALOGUE.tell(f"nothing was done\n{words}")
    assert told == f"tidak ada yang dikerjakan\n{words}"


def test_states_are_named_on_pages_only() -> None:
    assert CATALOGUE.name_states("1 of 3 done, 2 not started") == "1 of 3 selesai, 2 belum mulai"
    assert CATALOGUE.tell("done") == "done"
    assert CATALOGUE.name_states("undone") == "undone"


def test_english_is_as_it_was_said() -> None:
    assert spoken() == "en"
    assert translated("nothing was done") == "nothing was done"
    assert shown("not started") == "not started"


def test_a_block_may_speak_to_somebody_else() -> None:
    with speaking("id"):
        assert spoken() == "id"
        assert shown("not started") == "belum mulai"
    assert spoken() == "en"


def test_the_whole_program_speaks_one_language() -> None:
    try:
        speak("id")
        assert spoken() == "id"
    finally:
        speak("en")


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "id_ID.UTF-8"}, "id"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "id_ID.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LC_MESSAGES": "id", "LANG": "C"}, "id"),
        ({}, "en"),
    ],
)
def test_the_locale_decides_when_nobody_says(environ: dict[str, str], language: Language) -> None:
    assert of_locale(environ) == language


def test_the_shipped_catalogue_is_read() -> None:
    assert catalogue("id").tell("Record of Hand-over") == "Berita Acara Serah Terima Pekerjaan"
