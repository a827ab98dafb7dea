"""What a report shows around the findings: the offices, who hangs on whom, and earlier audits.

Values, and where they come from; how they are drawn is ``page``'s.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sekayu_net.inventory.district import District
from sekayu_net.journal import Journal

#: How many earlier audits a trend shows.
RUNS = 30


@dataclass(frozen=True, slots=True)
class Place:
    """An office. ``upstream`` is the slug of the one that its uplink ends at (None: the hub).

    ``uplink`` is its kind (``fiber``, ``radio`` …), empty where that is not known. ``second`` is
    its second router, where it has one.
    """

    slug: str
    code: str
    name: str
    kind: str
    phase: int
    upstream: str | None
    hosts: tuple[str, ...]
    uplink: str = ""
    second: str | None = None


@dataclass(frozen=True, slots=True)
class Past:
    """One audit of the past: when (ISO 8601), and how many devices had which status."""

    time: str
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Around:
    """``past`` is oldest first and ends with the audit that is reported."""

    project: str = ""
    places: tuple[Place, ...] = ()
    past: tuple[Past, ...] = ()


def around_of(project: str, district: District, journal: Journal) -> Around:
    """From the inventory and the journal."""
    return Around(project, places_of(district), past_of(journal))


def places_of(district: District) -> tuple[Place, ...]:
    """Every office of a district, in the inventory's order."""
    return tuple(
        Place(
            slug=office.slug,
            code=office.code,
            name=office.name,
            kind=office.kind,
            phase=office.phase,
            upstream=office.upstream,
            hosts=tuple(device.name for device in office.devices),
            uplink=office.uplink,
            second=next(
                (d.name for d in office.devices if d.role == "router" and d != office.router), None
            ),
        )
        for office in district.offices.values()
    )


def past_of(journal: Journal) -> tuple[Past, ...]:
    """The newest audits, oldest first."""
    rows = journal.query(
        "SELECT run, started, status, count(*) AS count FROM audits"
        " JOIN (SELECT id, started, rowid AS number FROM runs WHERE kind = 'audit'"
        "  AND id IN (SELECT run FROM audits) ORDER BY started DESC, rowid DESC LIMIT ?)"
        " AS newest ON id = run GROUP BY run, started, number, status"
        " ORDER BY started, number, status",
        (RUNS,),
    )
    runs: dict[str, tuple[str, dict[str, int]]] = {}
    for row in rows:
        runs.setdefault(row["run"], (row["started"], {}))[1][row["status"]] = row["count"]
    return tuple(Past(time, counts) for time, counts in runs.values())
