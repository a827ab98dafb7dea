"""An audit as one page that opens anywhere: no network, no other file, on a phone and on paper.

What is shown, as values for the template; the looks are ``templates/audit.*``. Everything that a
device says goes through the template's escaping, and a content policy forbids whatever is left.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.languages import spoken
from sekayu_net.report.around import Around, Past, Place
from sekayu_net.report.templating import pages
from sekayu_net.report.topology import Mark, drawing, is_many, svg

if TYPE_CHECKING:
    from jinja2 import Template

TEMPLATES = Path(__file__).parent / "templates"
#: The states of the filters, best first. A device with drift and pending changes has both.
STATES = ("clean", "pending", "drift", "unreachable", "error")
#: A report about few findings shows them at once.
OPEN_AT_MOST = 40
#: Findings of one device that the page shows: a device that was reset may have thousands.
MOST = 300
#: The map: height of a row, indentation a level, both in units of the drawing.
ROW, STEP = 30, 22
#: The trend: its size, in units of the drawing.
TREND_WIDTH, TREND_HEIGHT = 600, 120


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a difference: ``sign`` is ``-`` (expected), ``+`` (found), ``!`` or blank."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Menu:
    """The findings in one menu."""

    path: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class DeviceView:
    """A device. ``states`` are those of the filters."""

    host: str
    status: str
    states: tuple[str, ...]
    count: int
    reason: str | None
    menus: tuple[Menu, ...]
    history: tuple[str, ...]

    @property
    def worst(self) -> str:
        """The state that its colour shows."""
        return max(self.states, key=STATES.index)


@dataclass(frozen=True, slots=True)
class OfficeView:
    """An office with those of its devices that were audited."""

    place: Place
    devices: tuple[DeviceView, ...]

    @property
    def worst(self) -> str:
        """The worst state of its devices; ``none`` when nothing was audited."""
        return _worst(self.devices)

    @property
    def dots(self) -> tuple[str, ...]:
        """What its dots on the map show: a second router has one of its own."""
        if self.place.second is None:
            return (self.worst,)
        rest = (d for d in self.devices if d.host != self.place.second)
        return (_worst(rest), _worst(d for d in self.devices if d.host == self.place.second))

    @property
    def brief(self) -> str:
        """A few words for the map: ``3 clean``, ``1 of 3 drift``."""
        if not self.devices:
            return "not audited"
        alike = sum(device.worst == self.worst for device in self.devices)
        if alike == len(self.devices):
            return f"{alike} {self.worst}"
        return f"{alike} of {len(self.devices)} {self.worst}"


def _worst(devices: Iterable[DeviceView]) -> str:
    return max((device.worst for device in devices), key=STATES.index, default="none")


@dataclass(frozen=True, slots=True)
class Node:
    """An office on the map: its row and depth, and the row of the office that it hangs on."""

    office: OfficeView
    row: int
    depth: int
    parent: int | None


@dataclass(frozen=True, slots=True)
class Bar:
    """A piece of a column of the trend, in units of the drawing."""

    x: float
    y: float
    width: float
    height: float
    state: str
    title: str


def page(run: str, time: str, audits: Mapping[str, HostAudit], around: Around) -> str:
    """The whole page as HTML."""
    devices = {host: device_view(audit) for host, audit in audits.items()}
    offices = office_views(devices, around.places)
    style, script, of_map = (
        (TEMPLATES / name).read_text(encoding="utf-8")
        for name in ("audit.css", "audit.js", "topology.css")
    )
    count = Counter(state for device in devices.values() for state in device.states)
    nodes = tree(offices)
    wheel = wheel_of(offices)
    style += of_map if wheel else ""
    return template().render(
        run=run,
        time=time,
        language=spoken(),
        project=around.project,
        devices=devices,
        offices=offices,
        phases=phases(offices),
        counts=[(state, count[state]) for state in STATES],
        nodes=nodes,
        wheel=wheel,
        map_height=len(nodes) * ROW + 8,
        row=ROW,
        step=STEP,
        bars=bars(around.past),
        past=around.past,
        trend=(TREND_WIDTH, TREND_HEIGHT),
        open=sum(device.count for device in devices.values()) <= OPEN_AT_MOST,
        style=style,
        script=script,
        style_hash=digest(style),
        script_hash=digest(script),
    )


@cache
def template() -> Template:
    """The template, compiled once."""
    return pages(TEMPLATES).get_template("audit.html.j2")


def digest(text: str) -> str:
    """What the content policy allows: this very text."""
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def device_view(audit: HostAudit) -> DeviceView:
    """A device's audit as it is shown."""
    menus: dict[str, list[Line]] = {}
    for finding in audit.findings[:MOST]:
        menus.setdefault(finding.path, []).extend(lines_of(finding))
    if len(audit.findings) > MOST:
        left = len(audit.findings) - MOST
        menus["…"] = [Line("!", f"{left} more findings: a report as .json or .md has them all")]
    return DeviceView(
        host=audit.host,
        status=audit.status,
        states=tuple(audit.status.split("+")),
        count=len(audit.findings),
        reason=audit.reason,
        menus=tuple(Menu(path, tuple(lines)) for path, lines in menus.items()),
        history=audit.history[:5] if audit.findings else (),
    )


def lines_of(finding: Finding) -> Iterable[Line]:
    """A finding as lines of a difference: what it is about, what is expected, what was found."""
    about = ", ".join(word for word in (finding.cause, finding.kind, finding.severity) if word)
    yield Line(" ", f"{finding.item or ''} ({about})".strip())
    if finding.expected is not None:
        yield Line("-", finding.expected)
    if finding.actual is not None:
        yield Line("+", finding.actual)
    if finding.expected is None and finding.actual is None:
        yield Line("!", finding.kind)


def office_views(
    devices: Mapping[str, DeviceView], places: Iterable[Place]
) -> tuple[OfficeView, ...]:
    """Every office; devices that stand in none of them are in one without a name."""
    left = dict(devices)
    offices = []
    for place in places:
        there = tuple(left.pop(host) for host in place.hosts if host in left)
        offices.append(OfficeView(place, there))
    if left:
        rest = tuple(left.values())
        place = Place("other", "", "", "", 0, None, tuple(left))
        offices.append(OfficeView(place, rest))
    return tuple(offices)


def phases(offices: Iterable[OfficeView]) -> dict[int, list[OfficeView]]:
    """The offices of which something was audited, by phase."""
    found: dict[int, list[OfficeView]] = {}
    for office in offices:
        if office.devices:
            found.setdefault(office.place.phase, []).append(office)
    return dict(sorted(found.items()))


def tree(offices: Iterable[OfficeView]) -> tuple[Node, ...]:
    """The map: each office below the one that its uplink ends at."""
    known = {office.place.slug: office for office in offices if office.place.slug != "other"}
    behind: dict[str | None, list[OfficeView]] = {}
    for office in known.values():
        upstream = office.place.upstream
        behind.setdefault(upstream if upstream in known else None, []).append(office)
    nodes: list[Node] = []
    # Not by recursion: a long chain of offices is no reason to fail.
    todo: list[tuple[OfficeView, int, int | None]] = []
    todo += [(office, 0, None) for office in reversed(behind.get(None, []))]
    while todo:
        office, depth, parent = todo.pop()
        row = len(nodes)
        nodes.append(Node(office, row, depth, parent))
        todo += [(each, depth + 1, row) for each in reversed(behind.get(office.place.slug, []))]
    return tuple(nodes)


def wheel_of(offices: Iterable[OfficeView]) -> str:
    """The map of a district with many offices, as SVG; empty where rows show it better."""
    known = [office for office in offices if office.place.slug != "other"]
    places = [office.place for office in known]
    if not is_many(places):
        return ""
    marks = {
        office.place.slug: Mark(
            office.dots[0],
            office.brief,
            f"#office-{office.place.slug}" if office.devices else "",
            "".join(office.dots[1:]),
        )
        for office in known
    }
    return svg(drawing(places, marks), title="Who hangs on whom", alone=False)


def bars(past: tuple[Past, ...]) -> tuple[Bar, ...]:
    """The trend: a column an audit, its devices by state, the worst on top."""
    most = max((sum(each.counts.values()) for each in past), default=0)
    if len(past) < 2 or not most:
        return ()
    width = TREND_WIDTH / len(past)
    found = []
    for number, each in enumerate(past):
        count: Counter[str] = Counter()
        for status, devices in each.counts.items():
            count[max(status.split("+"), key=STATES.index)] += devices
        top = float(TREND_HEIGHT)
        for state in STATES:
            if count[state]:
                height = TREND_HEIGHT * count[state] / most
                top -= height
                title = f"{each.time[:16].replace('T', ' ')}: {count[state]} {state}"
                x, gap = number * width, min(width * 0.15, 3)
                found.append(Bar(x, top, width - gap, height, state, title))
    return tuple(found)
