"""The command line in the language of the person; what scripts read stays the same."""

from __future__ import annotations

import json

import pytest

from sekayu_net.cli.spoken import language_of
from sekayu_net.errors import UsageError
from sekayu_net.languages import speak


@pytest.fixture(autouse=True)
def _english_again():
    yield
    speak("en")


@pytest.mark.parametrize(
    ("words", "environ", "language"),
    [
        (["--lang", "id", "status"], {"LANG": "en_US.UTF-8"}, "id"),
        (["--lang=id", "status"], {}, "id"),
        (["--project", "x", "--lang", "en", "status"], {"SEKAYU_LANG": "id"}, "en"),
        (["status"], {"SEKAYU_LANG": "id", "LANG": "en_US.UTF-8"}, "id"),
        (["status"], {"LANG": "id_ID.UTF-8"}, "id"),
        (["status"], {}, "en"),
        # behind the command it is that command's
        (["task", "x", "--lang", "id"], {}, "en"),
        # what is no language is Typer's to refuse
        (["--lang", "xx", "status"], {}, "en"),
    ],
)
def test_who_chooses_the_language(words, environ, language, tmp_path) -> None:
    assert language_of(words, {"XDG_CONFIG_HOME": str(tmp_path), **environ}) == language


def test_the_personal_file_chooses_before_the_locale(tmp_path) -> None:
    (tmp_path / "sekayu-net").mkdir()
    (tmp_path / "sekayu-net" / "config.yaml").write_text("lang: id\n")
    assert language_of([], {"XDG_CONFIG_HOME": str(tmp_path), "LANG": "en_US.UTF-8"}) == "id"


def test_an_unknown_language_in_the_environment_is_told() -> None:
    with pytest.raises(UsageError, match="SEKAYU_LANG=xx"):
        language_of([], {"SEKAYU_LANG": "xx"})


@pytest.mark.parametrize(
    ("words", "code", "wanted"),
    [
        (["--help"], 0, ["Pemakaian: sekayu-net", "Perintah:", "Contoh: sekayu-net"]),
        (["deploy", "--help"], 0, ["Opsi:", "Jangan tanya."]),
        (["schedule", "--help"], 0, ["Perintah:", "install"]),
        (["plan", "--foo"], 2, ["kesalahan: Tidak ada opsi --foo", "lanjut: sekayu-net plan"]),
        (["plan"], 2, ["kesalahan: belum ada yang disebut", "lanjut: sebuah playbook"]),
        (["deplou"], 2, ["deploy"]),
    ],
)
def test_help_and_errors_are_told(desk, words, code, wanted) -> None:
    answer = desk.run("--lang", "id", *words)
    assert answer.code == code
    for text in wanted:
        assert text in answer.out + answer.err


def test_what_scripts_read_is_the_same_in_every_language(desk) -> None:
    english = desk.run("status", "--json")
    indonesian = desk.run("--lang", "id", "status", "--json")
    assert json.loads(indonesian.out) == json.loads(english.out)
