"""Indonesian is complete, in step with the code, and every message of it finds its way back."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from sekayu_net.languages import COUNT, LANGUAGES, catalogue, fields, messages_file
from tests.language.catalogue import current, load, loaded, path_of, updated, written
from tests.language.messages import Finder, of_states, of_templates, reads_as_sentence, texts

ROOT = Path(__file__).parents[2]
OTHERS = LANGUAGES[1:]
NEXT = "make messages, translate what is new in sekayu_net/locale, then again"


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_that_of_the_code(language: str) -> None:
    assert path_of(language).read_bytes() == written(updated(language)), NEXT


@pytest.mark.parametrize("language", OTHERS)
def test_the_program_loads_what_the_catalogue_says(language: str) -> None:
    assert messages_file(language).read_text("utf-8") == loaded(load(language)), NEXT


@pytest.mark.parametrize("language", OTHERS)
def test_no_message_is_missing_or_fuzzy(language: str) -> None:
    left = [m.id for m in load(language) if m.id and (m.fuzzy or not m.string or not all(m.string))]
    assert left == [], NEXT


@pytest.mark.parametrize("language", OTHERS)
def test_every_field_is_in_the_translation(language: str) -> None:
    def names(message: str) -> list[str]:
        return sorted(name for _, name in fields(message) if name is not None)

    wrong = []
    for message in (message for message in load(language) if not message.fuzzy):
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        targets = (
            [message.string] if isinstance(message.string, str) else list(message.string or ())
        )
        wrong += [
            (source, target)
            for source, target in zip(forms[-1:], targets, strict=True)
            if source and target and names(source) != names(target)
        ]
    assert wrong == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_text_finds_its_own_message(language: str) -> None:
    """Made from each message with names in its fields, a text becomes that message's translation.

    Where another message explains it as well, it must say the same.
    """
    told = catalogue(language)  # type: ignore[arg-type]
    states, wrong = set(of_states()), []
    for message in load(language):
        if message.context or not message.id or not message.string or message.id in states:
            continue
        for source in [message.id] if isinstance(message.id, str) else message.id:
            values = {
                name: str(place + 2) if COUNT.fullmatch(name) else f"x{place}-y"
                for place, (_, name) in enumerate(fields(source))
                if name is not None
            }
            target = message.string if isinstance(message.string, str) else message.string[0]
            found = told.tell(source.format(**values))
            if found != target.format(**values):
                wrong.append((source, found))
    assert wrong == []


def test_the_finder_sees_what_stands_in_the_code() -> None:
    cases = {
        'f"no host {name}"': ["no host {name}"],
        "f\"{len(hosts)} host{'s' if many else ''}\"": ["{count} hosts", "{count} host"],
        'f"{a.b} and {c[0]} and {a.b}"': ["{b} and {c} and {b}"],
        'f"{x} or {y.x}"': ["{x} or {x2}"],
        '"a" if wet else f"b {c}"': ["a", "b {c}"],
        '"{braces}"': ["{{braces}}"],
        "f\"gone{f': {reason}' if reason else ''}\"": ["gone: {reason}", "gone"],
        '"one " + two': ["one {two}"],
    }
    for code, wanted in cases.items():
        assert texts(ast.parse(code, mode="eval").body) == wanted, code


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("nothing was done", True),
        ("the plan", True),
        ("set", False),
        ("ip address", False),
        ("{host}: is it there", True),
    ],
)
def test_sentences_are_told_from_code(text: str, wanted: bool) -> None:
    assert reads_as_sentence(text) is wanted


@pytest.mark.parametrize(
    ("hint", "found"),
    [
        ("sekayu-net lab up", []),
        ("sekayu-net lab up makes it", ["sekayu-net lab up makes it"]),
        ("make one: sekayu-net plan", ["make one: sekayu-net plan"]),
    ],
)
def test_a_command_is_a_message_only_in_a_sentence(hint: str, found: list[str]) -> None:
    finder = Finder("x.py", frozenset(("UsageError",)), {})
    finder.visit(ast.parse(f"raise UsageError(near, hint={hint!r})"))
    assert list(dict.fromkeys(each.text for each in finder.found)) == found


def test_pages_say_nothing_that_is_no_message() -> None:
    """Between the tags of a page stands no word of English that a reader of another would see."""
    bare = re.compile(
        r"{%.*?%}|{{.*?}}|{#.*?#}|<(?:code|style|script)\b.*?</\w+>|<[^>]*>", re.DOTALL
    )
    wrong = {}
    for path in sorted((ROOT / "sekayu_net").glob("*/templates/*.html.j2")):
        words = re.findall(r"[A-Za-z]{2,}", bare.sub(" ", path.read_text(encoding="utf-8")))
        if left := [word for word in words if word not in {"UTC", "nbsp", "uplink", "Audit"}]:
            wrong[path.name] = left
    assert wrong == {}
    assert len(list(of_templates(ROOT / "sekayu_net"))) > 50


def test_the_catalogue_has_no_message_of_devices() -> None:
    """RouterOS's and IOS's own words are not ours to tell."""
    assert "failure: already have such address" not in current()
