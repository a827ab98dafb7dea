"""Generated configurations: a script reaches its goal, an inverse comes back from every prefix.

Words are few on purpose, so that equal, nearly equal and moved rows are the rule.
"""

from __future__ import annotations

from hypothesis import example, given, settings
from hypothesis import strategies as st

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.quoting import quote

WHOLE = DiffContext(version="7.20", whole=True)


def rows(**choices: list[str | None]) -> st.SearchStrategy[str]:
    """One ``add``: each property has one of its values, or is left out (None)."""
    values = st.fixed_dictionaries({key: st.sampled_from(some) for key, some in choices.items()})
    return values.map(
        lambda row: " ".join(
            ["add", *(f"{key}={quote(value)}" for key, value in sorted(row.items()) if value)]
        )
    )


RULE = rows(
    action=["accept", "drop"],
    chain=["input", "forward"],
    comment=[None, None, "a", 'b "$c"'],
    disabled=[None, "yes"],
    protocol=[None, "tcp", "udp"],
)
LISTED = rows(address=["10.0.0.1", "10.0.0.2"], comment=[None, "x"], list=["a", "b"])
LOGGED = rows(action=["memory", "echo"], prefix=[None, "p"], topics=["info", "error", "critical"])
UNKNOWN = rows(colour=[None, "red", "blue"], size=[None, "1", "2"])


@st.composite
def named(draw: st.DrawFn) -> str:
    names = draw(st.lists(st.sampled_from(["one", "two", "three", "four"]), unique=True))
    lines = []
    for name in names:
        comment = draw(st.sampled_from(["", " comment=x", " comment=y"]))
        vlan = draw(st.sampled_from(["10", "20"]))
        lines.append(f"add{comment} interface=ether1 name={name} vlan-id={vlan}")
    return "\n".join(lines)


@st.composite
def configuration(draw: st.DrawFn) -> str:
    blocks = [
        ("/interface vlan", draw(named())),
        ("/ip firewall address-list", "\n".join(draw(st.lists(LISTED, max_size=4, unique=True)))),
        ("/ip firewall filter", "\n".join(draw(st.lists(RULE, max_size=6)))),
        ("/system logging", "\n".join(draw(st.lists(LOGGED, max_size=3)))),
        ("/some unknown menu", "\n".join(draw(st.lists(UNKNOWN, max_size=3)))),
    ]
    return "".join(f"{path}\n{lines}\n" for path, lines in blocks if lines)


@settings(max_examples=150, deadline=None)
@given(configuration(), configuration())
def test_the_script_reaches_the_goal(start: str, goal: str) -> None:
    reached = ROUTEROS.apply(start, ROUTEROS.diff(start, goal, WHOLE).script)
    assert ROUTEROS.canonical(reached) == ROUTEROS.canonical(goal)
    assert ROUTEROS.diff(reached, goal, WHOLE).empty


@settings(max_examples=150, deadline=None)
@given(configuration(), configuration())
@example(
    # Equal rules hide a less specific one: they can't be put aside one by one.
    "/ip firewall filter\n"
    + "add action=accept chain=input\n" * 3
    + "add action=drop chain=input comment=a\n" * 2
    + "add action=drop chain=input\n",
    "/ip firewall filter\nadd action=drop chain=input\nadd action=accept chain=input\n",
)
def test_the_inverse_comes_back_from_every_prefix_unless_it_says_otherwise(
    start: str, goal: str
) -> None:
    change = ROUTEROS.diff(start, goal, WHOLE)
    if any("alike" in warning for warning in change.warnings):
        return
    lines = change.script.splitlines()
    for count in range(len(lines) + 1):
        middle = ROUTEROS.apply(start, "\n".join(lines[:count]))
        back = ROUTEROS.apply(middle, change.inverse)
        assert ROUTEROS.canonical(back) == ROUTEROS.canonical(start)


@settings(max_examples=100, deadline=None)
@given(configuration())
def test_canonical_form_is_idempotent_and_means_the_same(text: str) -> None:
    once = ROUTEROS.canonical(text)
    assert ROUTEROS.canonical(once) == once
    assert ROUTEROS.diff(text, once, WHOLE).empty
