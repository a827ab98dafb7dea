"""Which line of a device's record explains a finding. Pure; reading the record is the driver's."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from sekayu_net.platforms.base import Event, FindingKind

#: What was done, by how it shows.
_DEEDS: dict[FindingKind, frozenset[str]] = {
    "extra": frozenset(("added", "written")),
    "missing": frozenset(("removed",)),
    "changed": frozenset(("changed", "written")),
    "secret": frozenset(("changed",)),
    "order": frozenset(("moved",)),
}


def culprit(
    kind: FindingKind,
    path: str,
    item: str | None,
    events: Iterable[Event],
    *,
    own_users: Collection[str] = (),
) -> Event | None:
    """The newest event that explains a finding best; None when the device tells of none.

    ``events`` newest first. What lies before the tool's own last deed was judged then, and is left
    aside. Where several people did the same to the same menu since, ``who`` names them all.
    """
    scored = [(score(kind, path, item, event), event) for event in recent(events, own_users)]
    best = max((points for points, _ in scored), default=0)
    if best == 0:
        return None
    suspects = [event for points, event in scored if points == best]
    names = dict.fromkeys(event.who for event in suspects if event.who)
    return replace(suspects[0], who=", ".join(names))


def recent(events: Iterable[Event], own_users: Collection[str]) -> Iterable[Event]:
    """Events of people since the tool's own last deed; files tell no author and always count."""
    judged = False
    for event in events:
        if event.user and event.user in own_users:
            judged = True
        if event.action == "written" or not judged:
            yield event


def score(kind: FindingKind, path: str, item: str | None, event: Event) -> int:
    """How well an event explains a finding: menu before name before deed; 0 for not at all."""
    if event.path == path:
        points = 8
    elif event.path and path.startswith(f"{event.path} "):
        points = 1  # `/interface disable` may be about an item of `/interface wifi`
    elif not event.path:
        points = 2  # old versions call most things an item
    else:
        return 0
    if event.item:
        if item is None or event.item not in item:
            return 0
        points += 2
    return points + (event.action in _DEEDS.get(kind, frozenset()))
