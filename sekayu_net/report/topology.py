"""Who hangs on whom as a drawing: the places of the offices, and the SVG.

Few offices make a tree that reads from left to right; many make a wheel around the hub, whose rim
has room for every name. Which colour an office has is said by the caller.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from sekayu_net.errors import ProjectError
from sekayu_net.report.around import Place
from sekayu_net.report.templating import pages

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"
#: So many ends of the tree still read well as rows; more are drawn as a wheel.
ROWS_AT_MOST = 40
#: Units of the drawing: a row, the least step to the right, the least radius, the pitch on the rim.
ROW, STEP, RADIUS, PITCH = 30.0, 84.0, 150.0, 14.0
#: The room around the drawing, and what a letter of a name and of the words beside it may take.
EDGE, LETTER, SMALL = 16.0, 7.6, 6.0
#: The layout goes into the depth by recursion; no network of offices is nearly as deep.
DEEPEST = 100
#: What an office of which nothing is said looks like.
UNKNOWN = "none"


@dataclass(frozen=True, slots=True)
class Mark:
    """What is said of an office: the class that colours it, and a few words.

    ``second`` is the class of the second router where it has one: that has a dot of its own.
    """

    state: str = UNKNOWN
    words: str = ""
    link: str = ""
    second: str = ""


@dataclass(frozen=True, slots=True)
class Spot:
    """Where an office is drawn. ``turn``: degrees that its name is turned by; ``anchor`` as in SVG.

    ``dx`` and ``dy``: from the dot to its name, before it is turned. ``inner``: others hang on it.
    ``beside``: from the dot to that of the second router, 0 without one.
    """

    place: Place
    mark: Mark
    x: float
    y: float
    dx: float
    dy: float
    inner: bool
    turn: float = 0.0
    anchor: str = "start"
    beside: float = 0.0


@dataclass(frozen=True, slots=True)
class Wire:
    """An uplink: its path as in SVG, and its kind."""

    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """``box`` is the view box: x, y, width, height."""

    box: tuple[float, float, float, float]
    spots: tuple[Spot, ...]
    wires: tuple[Wire, ...]
    wheel: bool


def parents_of(places: Iterable[Place]) -> dict[str, str | None]:
    """Each office and the one it hangs on; None for those that hang on nothing that is drawn.

    Offices in a ring hang on nothing: it is for the inventory's checks to complain.
    """
    said = {place.slug: place.upstream for place in places}
    found: dict[str, str | None] = {}
    for slug, upstream in said.items():
        way = {slug}
        at = upstream
        while at in said and at not in way:
            way.add(at)
            at = said[at]
        found[slug] = upstream if upstream in said and at != slug else None
    return found


def depths_of(parents: Mapping[str, str | None]) -> dict[str, int]:
    """How many uplinks each office is away from the one that hangs on nothing."""
    depths: dict[str, int] = {}
    for slug in parents:
        chain = []
        at: str | None = slug
        while at is not None and at not in depths:
            chain.append(at)
            at = parents[at]
        base = 0 if at is None else depths[at] + 1
        depths.update((each, base + step) for step, each in enumerate(reversed(chain)))
    return depths


@lru_cache(maxsize=8)
def order_of(places: tuple[Place, ...]) -> Mapping[str, float]:
    """Where each office stands across the tree, ends one apart from the first, 0.0, on.

    Every end is drawn out to the deepest row, so that each has a lane of its own. ``ProjectError``
    when offices hang on each other in a row of more than ``DEEPEST``.
    """
    from grandalf.graphs import Edge, Graph, Vertex
    from grandalf.layouts import SugiyamaLayout

    parents = parents_of(places)
    depths = depths_of(parents)
    deepest = max(depths.values(), default=0) + 1  # a root above all: one drawing, not several
    if deepest > DEEPEST:
        raise ProjectError(
            f"{deepest} offices hang on each other in a row; a drawing ends at {DEEPEST}",
            hint="sekayu-net inventory show lists them",
        )
    inner = {parent for parent in parents.values() if parent is not None}
    root = Vertex(None)
    vertices = {slug: Vertex(slug) for slug in parents}
    edges = [Edge(root if up is None else vertices[up], vertices[s]) for s, up in parents.items()]
    every, lanes = [root, *vertices.values()], {}
    for slug, vertex in vertices.items():
        last = vertex
        for _ in range(depths[slug] + 1, deepest if slug not in inner else 0):
            longer = Vertex(None)
            every.append(longer)
            edges.append(Edge(last, longer))
            last = longer
        lanes[slug] = last
    for vertex in every:
        vertex.view = _Dot()
    for component in Graph(every, edges).C:
        layout = SugiyamaLayout(component)
        layout.xspace, layout.yspace = 0.0, 1.0
        layout.init_all(roots=[root])
        layout.draw(3)
    across = {slug: float(lane.view.xy[0]) for slug, lane in lanes.items()}
    first = min((across[slug] for slug in across if slug not in inner), default=0.0)
    return MappingProxyType({slug: x - first for slug, x in across.items()})


class _Dot:
    """What the layout asks of a vertex: its size, and where it puts it."""

    def __init__(self) -> None:
        self.w = self.h = 1.0
        self.xy = (0.0, 0.0)


def is_many(places: Sequence[Place]) -> bool:
    """Whether these offices make a wheel: rows would be too many."""
    inner = {parent for parent in parents_of(places).values() if parent is not None}
    return len(places) - len(inner) > ROWS_AT_MOST


def drawing(places: Sequence[Place], marks: Mapping[str, Mark]) -> Drawing:
    """Offices and uplinks at their places. ``marks`` by slug; who has none is not coloured."""
    parents = parents_of(places)
    depths, order = depths_of(parents), order_of(tuple(places))
    make = _wheel if is_many(places) else _rows
    return make(places, marks, parents, depths, order)


def _rows(
    places: Sequence[Place],
    marks: Mapping[str, Mark],
    parents: Mapping[str, str | None],
    depths: Mapping[str, int],
    order: Mapping[str, float],
) -> Drawing:
    """The hub on the left; an end has its name beside it, the others above."""
    inner = set(parents.values())
    # A name above its dot must end before the next column begins.
    names = [len(place.name) for place in places if place.slug in inner]
    step = max(max(names, default=0) * LETTER + 2 * EDGE, STEP)
    spots = {}
    for place in places:
        slug, above = place.slug, place.slug in inner
        x, y = depths[slug] * step, order[slug] * ROW
        # Its uplink ends at the first router: of those that others hang on the second is behind it.
        beside = (-15.0 if above else 15.0) if place.second else 0.0
        dx, dy = (-7.0 + beside, -12.0) if above else (13.0 + beside, 4.5)
        mark = marks.get(slug, Mark())
        spots[slug] = Spot(place, mark, x, y, dx, dy, above, beside=beside)
    wires = []
    for slug, up in parents.items():
        if up is not None:
            a, b = spots[up], spots[slug]
            middle = (a.x + b.x) / 2
            path = f"M{a.x:.1f} {a.y:.1f}C{middle:.1f} {a.y:.1f} {middle:.1f} {b.y:.1f} "
            wires.append(Wire(f"{path}{b.x:.1f} {b.y:.1f}", spots[slug].place.uplink))
    left = min((spot.x + min(spot.beside, 0.0) for spot in spots.values()), default=0.0) - EDGE
    width = max((spot.x + _length(spot) for spot in spots.values()), default=0) + 2 * EDGE - left
    tops = [spot.y for spot in spots.values()] or [0.0]
    height = max(tops) - min(tops) + 2 * EDGE + ROW / 2
    box = (left, min(tops) - EDGE - ROW / 2, width, height)
    return Drawing(box, tuple(spots.values()), tuple(wires), wheel=False)


def _length(spot: Spot) -> float:
    words = 0 if spot.inner else len(spot.mark.words) + 1
    return len(spot.place.name) * LETTER + words * SMALL + max(spot.beside, 0.0)


def _wheel(
    places: Sequence[Place],
    marks: Mapping[str, Mark],
    parents: Mapping[str, str | None],
    depths: Mapping[str, int],
    order: Mapping[str, float],
) -> Drawing:
    """The hub in the middle, the ends on the rim, their names outside of it."""
    inner = set(parents.values())
    ends = sum(place.slug not in inner for place in places)
    rim = max(ends * PITCH / math.tau, RADIUS)
    deepest = max(max(depths.values(), default=0), 1)
    roots = [slug for slug, up in parents.items() if up is None]
    spots, polar = {}, {}
    for place in places:
        slug = place.slug
        angle = math.tau * order[slug] / ends - math.pi / 2
        if slug in inner:
            radius = 0.0 if [slug] == roots else rim * max(depths[slug], 0.3) / deepest * 0.8
        else:
            radius = rim
        polar[slug] = (angle, radius)
        spots[slug] = _turned(place, marks.get(slug, Mark()), angle, radius, slug in inner)
    wires = []
    for slug, up in parents.items():
        if up is not None:
            a, b = spots[up], spots[slug]
            # Leaves its office in the direction of the other, and bends before it arrives.
            angle, radius = polar[slug]
            base_angle, base = polar[up] if polar[up][1] else (angle, 0.0)
            middle = (base + radius) / 2
            bends = (_at(base_angle, middle), _at(angle, middle))
            path = f"M{a.x:.1f} {a.y:.1f}C" + " ".join(f"{x:.1f} {y:.1f}" for x, y in bends)
            wires.append(Wire(f"{path} {b.x:.1f} {b.y:.1f}", spots[slug].place.uplink))
    half = rim + max(len(place.name) for place in places) * LETTER + EDGE
    box = (-half, -half, 2 * half, 2 * half)
    return Drawing(box, tuple(spots.values()), tuple(wires), wheel=True)


def _at(angle: float, radius: float) -> tuple[float, float]:
    return radius * math.cos(angle), radius * math.sin(angle)


def _turned(place: Place, mark: Mark, angle: float, radius: float, inner: bool) -> Spot:
    """A dot on the wheel; its name reads along the spoke, never upside down."""
    x, y = _at(angle, radius)
    if radius == 0.0:
        beside = 22.0 if place.second else 0.0
        return Spot(place, mark, 0.0, 0.0, 0.0, -14.0, inner, anchor="middle", beside=beside)
    left = math.cos(angle) < 0
    turn = math.degrees(angle) + (180 if left else 0)
    # A name at the rim goes outwards, one on the way there inwards, above the one wire there.
    after = left == inner
    side = 1.0 if after else -1.0
    beside = side * 10.0 if place.second else 0.0
    dx, dy, anchor = 9.0 * side + beside, -4.0 if inner else 4.0, "start" if after else "end"
    return Spot(place, mark, x, y, dx, dy, inner, turn, anchor, beside)


def svg(drawn: Drawing, *, title: str, alone: bool) -> str:
    """The drawing as SVG text; ``alone`` brings its own colours, to be a file of its own."""
    style = (TEMPLATES / "topology.css").read_text(encoding="utf-8") if alone else ""
    return template().render(drawing=drawn, title=title, alone=alone, style=style) + "\n"


@cache
def template() -> Template:
    """The template, compiled once."""
    return pages(TEMPLATES).get_template("topology.svg.j2")
