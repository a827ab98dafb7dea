"""The drawing of who hangs on whom: nothing crosses, nothing lies on another, for few and many."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sekayu_net.errors import ProjectError
from sekayu_net.inventory.offices import load_district
from sekayu_net.report.around import Place, places_of
from sekayu_net.report.topology import DEEPEST, ROWS_AT_MOST, Mark, drawing, order_of, svg

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"


def place(slug: str, upstream: str | None, **more: str) -> Place:
    return Place(
        slug, "16.06.01", more.get("name", slug), "desa", 1, upstream, (), more.get("uplink", "")
    )


def district(offices: int) -> tuple[Place, ...]:
    """As a regency: a hub with offices of its own, and sixteen more centres with theirs."""
    places = [place("hub", None)]
    for number in range(offices - 1):
        up = "hub" if number < 30 else f"o{number % 16}"
        places.append(place(f"o{number}", up))
    return tuple(places)


SEKAYU = places_of(load_district(ROOT / "inventory"))
CASES = {"15": SEKAYU, "257": district(257), "1": SEKAYU[:1], "41 ends": district(42)}


def test_a_second_router_is_drawn_beside_the_first_and_in_nobodys_way() -> None:
    (hub,) = [place.slug for place in SEKAYU if place.second]
    drawn = drawing(SEKAYU, {hub: Mark("done", second="attention")})
    root = ET.fromstring(svg(drawn, title="x", alone=True))  # noqa: S314 - ours
    circles = root.findall(f".//{SVG}circle")
    assert len(circles) == len(SEKAYU) + 1
    second = [each for each in circles if each.get("cx")]
    assert [each.get("class") for each in second] == ["dot attention"]


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def places(request) -> Sequence[Place]:
    found: Sequence[Place] = request.param
    return found


def ends_below(places: Sequence[Place]) -> dict[str, set[str]]:
    """The offices on which none hangs, by each office on the way to them."""
    up = {p.slug: p.upstream for p in places}
    inner = set(up.values())
    below: dict[str, set[str]] = {slug: set() for slug in up}
    for slug in up:
        at: str | None = slug
        while at is not None and slug not in inner:
            below[at].add(slug)
            at = up[at]
    return below


def nested(places: Sequence[Place]) -> bool:
    """Whether the ends of every office are neighbours: then no uplink crosses another."""
    order = order_of(tuple(places))
    below = ends_below(places)
    for ends in below.values():
        lanes = sorted(order[slug] for slug in ends)
        between = [s for s in below if below[s] == {s} and lanes[0] < order[s] < lanes[-1]]
        if not set(between) <= ends:
            return False
    return True


def test_every_office_is_drawn_once_and_every_uplink(places) -> None:
    drawn = drawing(places, {})
    assert sorted(s.place.slug for s in drawn.spots) == sorted(p.slug for p in places)
    known = {p.slug for p in places}
    assert len(drawn.wires) == sum(p.upstream in known for p in places)


def test_no_uplink_crosses_another(places) -> None:
    assert nested(places)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 1000), max_size=60))
def test_no_uplink_crosses_another_in_any_tree(ups) -> None:
    places = [place("n0", None)]
    places += [place(f"n{i}", f"n{up % i}") for i, up in enumerate(ups, 1)]
    assert nested(places)


def test_names_of_few_have_a_row_each() -> None:
    spots = [spot for spot in drawing(SEKAYU, {}).spots if not spot.inner]
    rows = sorted(spot.y for spot in spots)
    assert all(b - a >= 24 for a, b in pairwise(rows))


def test_names_of_many_have_a_spoke_each() -> None:
    drawn = drawing(district(257), {})
    assert drawn.wheel
    rim = [spot for spot in drawn.spots if not spot.inner]
    angles = sorted(math.atan2(spot.y, spot.x) for spot in rim)
    around = [*angles, angles[0] + math.tau]
    radius = math.hypot(rim[0].x, rim[0].y)
    assert min((b - a) * radius for a, b in pairwise(around)) >= 11
    assert all(-90.01 <= (spot.turn + 180) % 360 - 180 <= 90.01 for spot in rim), "upside down"


def test_everything_is_inside_the_box(places) -> None:
    drawn = drawing(places, {})
    x, y, width, height = drawn.box
    for spot in drawn.spots:
        assert x <= spot.x <= x + width
        assert y <= spot.y <= y + height


@pytest.mark.parametrize(
    "places",
    [(place("a", "b"), place("b", "a")), (place("a", "gone"),), (place("a", "a"),), ()],
    ids=["a ring", "an upstream that is not drawn", "itself", "nothing"],
)
def test_odd_districts_are_drawn_all_the_same(places) -> None:
    drawn = drawing(places, {})
    assert len(drawn.spots) == len(places)


def test_a_row_of_offices_may_be_long_but_not_without_end() -> None:
    def chain(length: int) -> list[Place]:
        return [place(f"n{i}", f"n{i - 1}" if i else None) for i in range(length)]

    assert len(drawing(chain(DEEPEST), {}).spots) == DEEPEST
    with pytest.raises(ProjectError, match="in a row"):
        drawing(chain(DEEPEST + 1), {})


def test_an_office_shows_its_state_and_its_link() -> None:
    marks = {"desa-sukarami": Mark("attention", "1 of 2 reverted", "/office/desa-sukarami")}
    text = svg(drawing(SEKAYU, marks), title="Sekayu", alone=False)
    linked = ET.fromstring(text).findall(f"{SVG}a")  # noqa: S314 - ours
    assert [a.get("href") for a in linked] == ["/office/desa-sukarami"]
    dot = linked[0].find(f"{SVG}g/{SVG}circle")
    assert dot is not None
    assert dot.get("class") == "dot attention"
    assert "1 of 2 reverted" in "".join(linked[0].itertext())


def test_names_are_text_and_a_page_gets_no_style_of_the_drawing() -> None:
    text = svg(drawing((place("a", None, name="<script>&"),), {}), title='"<', alone=False)
    assert "<script>" not in text
    assert "<style" not in text
    assert ET.fromstring(text).get("aria-label") == '"<'  # noqa: S314 - ours


def test_the_drawing_is_the_same_each_time() -> None:
    assert svg(drawing(SEKAYU, {}), title="x", alone=True) == svg(
        drawing(SEKAYU, {}), title="x", alone=True
    )


def test_the_kinds_of_uplink_can_be_told_apart() -> None:
    text = svg(drawing(SEKAYU, {}), title="x", alone=True)
    assert {"fiber", "radio", "internet"} <= set(re.findall(r'class="wire (\w+)"', text))
    assert ROWS_AT_MOST >= 15
