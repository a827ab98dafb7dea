"""What devices say of a failed script, and what of a script may be shown."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.routeros.failure import (
    dry_run_failure,
    parse_failure,
    shown_statement,
)

FAILURES = [
    (
        (
            "Script Error: failure: already have interface with name bridge "
            "(/interface/bridge/add; line 2) (:import; line 1)"
        ),
        "failure: already have interface with name bridge",
        2,
    ),
    (
        "failure: already have such address (/ip/address/add; line 17)",
        "failure: already have such address",
        17,
    ),
    (
        "expected end of command (line 644 column 33)",
        "expected end of command (line 644 column 33)",
        644,
    ),
    (
        "Cannot open import file, file does not exist (:import; line 1)",
        "Cannot open import file, file does not exist",
        None,
    ),
    ("no such item (4)", "no such item (4)", None),
    ("\r\nno such item\r\n\r\n", "no such item", None),
    ("", "", None),
]


@pytest.mark.parametrize(("words", "plain", "line"), FAILURES)
def test_words_and_line_of_a_failure(words: str, plain: str, line: int | None) -> None:
    failure = parse_failure(words)
    assert (failure.words, failure.line) == (plain, line)


@pytest.mark.parametrize(
    ("statement", "shown"),
    [
        ('/snmp set contact="a b"', "/snmp set contact=…"),
        (
            'set [ find default-name=wifi1 ] security.passphrase="x\\"y z" disabled=no',
            "set [ find default-name=… ] security.passphrase=… disabled=…",
        ),
        ("/user add name=x password=secret", "/user add name=… password=…"),
        ("/system reboot", "/system reboot"),
    ],
)
def test_a_shown_statement_has_no_values(statement: str, shown: str) -> None:
    assert shown_statement(f"first\n{statement}\nlast", 2) == shown


@pytest.mark.parametrize("line", [None, 0, 4])
def test_a_line_outside_the_script_shows_nothing(line: int | None) -> None:
    assert shown_statement("a\nb\nc", line) is None


def test_the_first_error_of_a_dry_run_has_the_line_printed_before_it() -> None:
    output = (
        "#line 1\n/ip address add address=10.0.0.1/24\n#line 2\n/nonsense add\n"
        "bad command name nonsense (line 1 column 2)\n...\n#line 3\nfoo\nsyntax error\n"
        "Script Error: found 2 error(s) in import file\n"
    )
    assert dry_run_failure(output) == (2, "bad command name nonsense (line 1 column 2)")
