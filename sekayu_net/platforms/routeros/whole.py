"""Reading all of a device with two questions at once, where the console takes so long a line.

The same questions as ``facts``, put together: a read over a slow line is as long as its round
trips. How long an exec line may be is not known (others sent four commands at most); a console
that does not take this one is asked piece by piece, as ever.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace

from sekayu_net.errors import DeviceError, GarbledError, UnreachableError
from sekayu_net.platforms.base import Reading, Target
from sekayu_net.platforms.routeros import facts, pending
from sekayu_net.platforms.routeros.record import Record
from sekayu_net.platforms.routeros.session import (
    Question,
    Session,
    pairs,
    row_commands,
    version_tuple,
)

#: The long question may take so many times what one answer may.
PATIENCE = 2

Rows = tuple[Mapping[str, str], ...]


@dataclass(frozen=True, slots=True)
class Whole:
    """Who a device is and everything that it says.

    ``record``: of a change that is on it; None where there is none, or nobody asked.
    """

    facts: facts.Facts
    reading: Reading
    record: Record | None


def read_whole(
    session: Session, target: Target, *, events: bool = True, record: bool = False
) -> Whole:
    """Who it is and everything that it says. ``IdentityError`` for another one.

    ``events``: who changed what, too, for which the device looks through its log; ``record``: the
    change that is on it. Without a ``version`` in the target the device is asked for it first.
    """
    if target.version is None:
        return _in_pieces(session, target, None, events=events, record=record)
    menus = _menus(target.version, events=events)
    mark = secrets.token_hex(4)
    said = session.ask_all(
        Question(
            (*([pending.READ_RECORD] if record else []), *_commands(mark, menus, target.version)),
            PATIENCE * target.timeout,
        ),
        facts.export_question(target, target.version),
        stage="read",
    )
    for answer in said:
        if isinstance(answer, UnreachableError):
            raise answer
    words, export = said
    if isinstance(words, DeviceError) or isinstance(export, DeviceError):
        known = None if isinstance(export, DeviceError) else export
        return _in_pieces(session, target, known, events=events, record=record)
    try:
        return _put_together(session, target, mark, menus, words, export)
    except GarbledError:
        return _in_pieces(session, target, export, events=events, record=record)


def _menus(version: str, *, events: bool) -> dict[str, str]:
    """What is printed: menus beyond the export, then history and log."""
    told = {path: command for path, command in facts.TOLD.items() if events or path != "/log"}
    return {
        **{
            path: command
            for path, command in facts.BEYOND.items()
            # Version 6 has no such menu: asking would spoil the line.
            if path != "/system device-mode" or version_tuple(version) >= (7,)
        },
        **told,
    }


def _commands(mark: str, menus: Mapping[str, str], version: str) -> tuple[str, ...]:
    return (
        *facts.FACTS,
        pending.READ_CONFIRMED,
        *row_commands(mark, [facts.BOARD], json_rows=False),
        *row_commands(mark, list(menus.values()), json_rows=facts.has_json_rows(version)),
    )


def _put_together(
    session: Session,
    target: Target,
    mark: str,
    menus: Mapping[str, str],
    words: str,
    export: str,
) -> Whole:
    begin = words.partition(mark)[0]
    head = pairs(begin)
    board, *rows = session.parted(words, mark, 1 + len(menus), stage="read")
    known = facts.facts_of(head, board[0] if board else {}, session, stage="read")
    facts.check_identity(known, target)
    by_menu: dict[str, Rows] = dict(zip(menus, rows, strict=True))
    history, log = (by_menu.get(path) for path in facts.TOLD)
    reading = Reading(
        config=facts.checked_export(export, session, stage="read"),
        identity=known.identity,
        serial=known.serial,
        model=known.model,
        version=known.version,
        beyond={path: facts.rows_of(path, by_menu[path]) for path in facts.BEYOND if path in menus},
        history=facts.history_of(history or ()),
        confirmed=pending.confirmed_in(head),
        events=()
        if log is None
        else facts.events_of(log, history or (), by_menu["/file"], own=target.username),
    )
    return Whole(known, reading, pending.record_in(begin, session, stage="pending"))


def _in_pieces(
    session: Session, target: Target, export: str | None, *, events: bool, record: bool
) -> Whole:
    """As ``facts`` reads it, one question after the other; the export may be there already."""
    known = facts.read_facts(session, stage="identity")
    facts.check_identity(known, target)
    there = pending.read_record(session, stage="pending") if record else None
    reading = facts.read(session, known, export=export)
    if not events:
        return Whole(known, reading, there)
    try:
        told = facts.read_events(session, known)
    except DeviceError:
        told = ()  # who did it is worth knowing, but what was read stands without
    return Whole(known, replace(reading, events=told), there)
