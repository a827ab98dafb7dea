"""A check's name and thresholds: as a playbook says them, as a plan says them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekayu_net.rollout.checklist import Called, from_line, from_yaml

PAIRS = [
    ("ospf", "ospf"),
    ({"ospf": None}, "ospf"),
    ({"cpu": {"max": 90}}, "cpu max=90"),
    ({"ping": {"min": 2, "address": "10.0.0.1"}}, 'ping address="10.0.0.1" min=2'),
    ({"own_task": {"strict": True, "share": 0.5}}, "own_task share=0.5 strict=true"),
]


@pytest.mark.parametrize(("entry", "line"), PAIRS)
def test_an_entry_of_a_playbook_is_one_line_of_a_plan(entry: object, line: str) -> None:
    assert str(from_yaml(entry)) == line


@pytest.mark.parametrize(
    "entry",
    [7, None, [], {}, {"cpu": 90}, {"a": None, "b": None}, "Cpu", "a b", {"cpu": {"max": []}}],
)
def test_another_entry_is_refused(entry: object) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_yaml(entry)


@pytest.mark.parametrize(
    "line", ["", "Cpu", "cpu 90", "cpu max=", "cpu max=[1]", 'x y="', "x; y=1"]
)
def test_another_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        from_line(line)


names = st.from_regex(r"[a-z][a-z0-9_]{0,9}", fullmatch=True)
scalars = (
    st.text() | st.integers() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False)
)


@given(names, st.dictionaries(names, scalars, max_size=3))
def test_a_line_means_what_it_was_made_of(name: str, values: dict[str, str | int]) -> None:
    called = Called(name, values)
    assert from_line(str(called)) == called
    assert str(from_line(str(called))) == str(called)
