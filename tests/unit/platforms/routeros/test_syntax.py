from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekayu_net.errors import ConfigSyntaxError
from sekayu_net.platforms.routeros.quoting import quote, unquote
from sekayu_net.platforms.routeros.syntax import parse, wrap

BYTES = st.text(st.characters(max_codepoint=255), max_size=60)


@given(BYTES)
def test_unquote_undoes_quote(value: str) -> None:
    assert unquote(quote(value)) == value
    assert unquote(quote(value, force=True)) == value


@given(st.lists(BYTES.filter(bool), min_size=1, max_size=5), st.integers(40, 200))
def test_a_wrapped_line_reads_as_the_unwrapped(values: list[str], width: int) -> None:
    line = "/ip firewall filter add " + " ".join(f"k{i}={quote(v)}" for i, v in enumerate(values))
    wrapped = wrap(line, width)
    assert [a.value for a in next(parse(wrapped).statements).arguments] == values
    assert all(len(physical) <= width for physical in wrapped.split("\n"))


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ("", '""'),
        ("a b", '"a b"'),
        ("10.0.0.1/24", "10.0.0.1/24"),
        ("#x%y@z~1", "#x%y@z~1"),
        ("a=b", '"a=b"'),
        ('say "hi" $x \\', '"say \\"hi\\" \\$x \\\\"'),
        ("—", '"\\E2\\80\\94"'),
        ("line\r\n\tnext", '"line\\r\\n\\tnext"'),
        ("<secret:0123456789abcdef>", "<secret:0123456789abcdef>"),
    ],
)
def test_a_value_is_quoted_as_a_device_does(value: str, literal: str) -> None:
    assert quote(value) == literal


def test_a_relative_key_continues_the_last_dotted_one() -> None:
    statement = next(
        parse("/interface wifi\nadd configuration.country=Indonesia .mode=ap name=x\n").statements
    )
    assert [a.key for a in statement.arguments] == [
        "configuration.country",
        "configuration.mode",
        "name",
    ]


def test_an_error_export_names_its_menu() -> None:
    for text in ('#error exporting "/ip/route" (timeout)\n', "#error exporting /ip route\n"):
        assert [node.unreadable for node in parse(text).body] == ["/ip route"]  # type: ignore[union-attr]


FAULTS = {
    "/ip address\nadd address=\n": (2, 13),
    '/ip address\nadd comment="no end\n': (2, 13),
    "add address=10.0.0.1\n": (1, 1),
    "/ip address\nfoo bar\n": (2, 1),
    "/ip address\nadd comment=a;b\n": (2, 14),
    '/ip address\nadd comment="\\x"\n': (2, 14),
    "/ip address\nadd address=[find]\n": (2, 13),
    "/ip address\nadd address=10.0.0.1 \\\n    comment=$x\n": (3, 13),
    "/ip address\nadd address=10.0.0.1 \\\n": (2, 22),
    "/interface wifi\nadd .mode=ap\n": (2, 5),
}


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_is_told_with_its_place(text: str) -> None:
    with pytest.raises(ConfigSyntaxError) as caught:
        parse(text, file="x.rsc")
    assert (caught.value.line, caught.value.column) == FAULTS[text]
    assert str(caught.value).startswith("x.rsc:")


def test_a_fault_after_a_secret_does_not_show_the_secret() -> None:
    with pytest.raises(ConfigSyntaxError) as caught:
        parse('/ppp secret\nadd password="hunter2 name=x\n')
    assert "hunter2" not in str(caught.value)


def test_a_line_that_was_read_before_is_told_with_its_own_place() -> None:
    text = "/ip route\nadd gateway=10.0.0.1\n/ip address\nadd gateway=10.0.0.1\n"
    first, second = parse(text).statements
    assert [(s.menu, s.line, s.arguments) for s in (first, second)] == [
        ("/ip route", 2, first.arguments),
        ("/ip address", 4, first.arguments),
    ]
    for before in (1, 3):
        with pytest.raises(ConfigSyntaxError) as caught:
            parse("/ip route\n" + "\n" * before + "add gateway=\n", file="a.rsc")
        assert (caught.value.line, caught.value.file) == (before + 2, "a.rsc")


def test_a_bad_command_without_a_menu_lacks_a_menu_first() -> None:
    with pytest.raises(ConfigSyntaxError, match="without a menu"):
        parse("add gateway=\n")
