"""What the tool has on a RouterOS device: the record of a change, and leftovers.

Reading the record, finishing a change that has ended, cleaning. How a change gets there is
``guard``'s.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from sekayu_net.errors import GarbledError, PendingError
from sekayu_net.platforms.base import Pending
from sekayu_net.platforms.routeros import undo
from sekayu_net.platforms.routeros.record import (
    CONFIRMED,
    ENTRY_ENDINGS,
    FILE_ENDINGS,
    ID_PATTERN,
    RECORD,
    SCRIPT_ENDINGS,
    Names,
    Record,
    confirmed_source,
    parse_confirmed,
    parse_record,
)
from sekayu_net.platforms.routeros.session import Session, literal, pairs

#: The record, and who came first at the end of a change (see ``undo``).
READ_RECORD = "; ".join(
    undo.for_each("/system script", where, f':put ("{key}=" . [/system script get $i comment])')
    for key, where in (
        ("record", f'name="{RECORD}"'),
        ("end", f"name~{literal(f'^sekayu-{ID_PATTERN}-end$')}"),
    )
)
#: The names of what the tool puts on a device; a person's ``sekayu-backup`` is none.
_OWN = {
    "scheduler": re.compile(rf"sekayu-({ID_PATTERN})(?:{ENTRY_ENDINGS})?"),
    "script": re.compile(rf"sekayu-({ID_PATTERN})(?:{SCRIPT_ENDINGS})"),
    "file": re.compile(
        rf"(?:flash/)?sekayu-({ID_PATTERN})(?:(?:{FILE_ENDINGS})?[.]rsc|[.]backup|[.]txt)"
    ),
}


def read_record(session: Session, *before: str, stage: str) -> Record | None:
    """The record of the change that is on the device, in whatever state; None without one.

    ``before``: commands that are run first, in the same line.
    """
    return record_in(session.ask(*before, READ_RECORD, stage=stage), session, stage=stage)


def record_in(answer: str, session: Session, *, stage: str) -> Record | None:
    """The same from an answer to ``READ_RECORD``."""
    comment = pairs(answer).get("record")
    if comment is None:
        return None
    record = parse_record(comment)
    if record is not None and record.state not in ("confirmed", "reverted"):
        for line in answer.splitlines():
            end = parse_record(line.removeprefix("end=")) if line.startswith("end=") else None
            if end is not None and end.token == record.token and end.state == "confirmed":
                return end  # the confirm was cut off after it had won
    if record is None:
        raise GarbledError(
            f"its script {RECORD} is not a record of this tool",
            host=session.host,
            stage=stage,
            hint=f"look at /system script {RECORD} by hand, remove it when nothing is pending",
        )
    return record


def pending(session: Session) -> Pending | None:
    """The change that waits for its confirmation, whoever armed it."""
    return waiting(read_record(session, stage="pending"))


def waiting(record: Record | None) -> Pending | None:
    """The change of a record that still waits for its confirmation."""
    if record is None or record.state in ("reverted", "confirmed"):
        return None
    return told(record)


def told(record: Record) -> Pending:
    """A record as the rest of the program sees it."""
    return Pending(record.token, record.kind, record.holder, record.within)


def refuse_pending(record: Record | None, session: Session, *, stage: str) -> None:
    """``PendingError`` when a change is on the device. One that has ended is swept away."""
    if record is None:
        return
    if record.state in ("reverted", "confirmed"):
        finish(session, record, stage=stage)
        return
    raise PendingError(
        f"{told(record)} ({record.state})",
        host=session.host,
        stage=stage,
        hint="`sekayu-net resume` finishes it, or wait until it has gone back by itself",
    )


#: What the device remembers of the last confirmed run, in a line for ``pairs``.
READ_CONFIRMED = undo.for_each(
    "/system script",
    f'name="{CONFIRMED}"',
    ':put ("confirmed=" . [/system script get $i source])',
)


def last_confirmed(session: Session, *, stage: str) -> dict[str, str] | None:
    """What the device remembers of the last confirmed run."""
    return confirmed_in(pairs(session.ask(READ_CONFIRMED, stage=stage)))


def confirmed_in(found: Mapping[str, str]) -> dict[str, str] | None:
    """The same from the pairs of an answer to ``READ_CONFIRMED``."""
    return parse_confirmed(found.get("confirmed", ""))


def finish(session: Session, record: Record, *, stage: str) -> None:
    """Clean up after a change that has ended: ``confirmed`` or ``reverted``."""
    if record.state == "confirmed":
        source = confirmed_source(record.run, record.fingerprint)
        # First the record says it itself: who came first at the end is swept away before it.
        answer = session.ask(
            undo.set_record(record),
            f':if ([:len [/system script find where name="{CONFIRMED}"]] = 0) do='
            f'{{/system script add name="{CONFIRMED}" policy=read source="#"}}',
            f'/system script set [find where name="{CONFIRMED}"] source={literal(source)}',
            READ_CONFIRMED,
            stage=stage,
        )
        written = confirmed_in(pairs(answer))
        if written != {"run": record.run, "fingerprint": record.fingerprint}:
            raise GarbledError(
                f"the script {CONFIRMED} was not written",
                host=session.host,
                stage=stage,
                hint="the change itself is kept; `sekayu-net resume` tries again",
            )
    sweep(session, record.token, stage=stage)


def sweep(session: Session, token: str, *, stage: str) -> None:
    """Remove everything of one change, triggers first, the record last; verified."""
    names = Names(token)
    own = f"name~{literal(names.pattern)}"
    files = f"name~{literal(names.file_pattern)}"
    record = f'name="{RECORD}" comment~"token={token} "'
    session.ask(
        undo.remove("/system scheduler", own),
        undo.for_each(
            "/system script job",
            f"script~{literal(names.pattern)}",
            ":do {/system script job remove $i} on-error={}",
        ),
        undo.remove("/system script", own),
        undo.remove("/file", files),
        stage=stage,
    )
    answer = session.ask(undo.remove("/system script", record), *INVENTORY, stage=stage)
    if left := [name for name in inventory_in(answer) if _token(name) == token]:
        raise GarbledError(
            f"could not remove {', '.join(left)}",
            host=session.host,
            stage=stage,
            hint="`sekayu-net resume` tries again",
        )


def _token(entry: str) -> str | None:
    """The token in an entry of ``inventory``; None when it is not of the tool's making."""
    kind, _, name = entry.partition(" ")
    match = _OWN[kind].fullmatch(name)
    return match.group(1) if match else None


#: What prints all that the tool may have put on a device.
INVENTORY = tuple(
    undo.for_each(menu, f"name~{literal(own)}", f':put ("{kind} " . [{menu} get $i name])')
    for kind, menu, own in (
        ("scheduler", "/system scheduler", "^sekayu-"),
        ("script", "/system script", "^sekayu-"),
        ("file", "/file", "^(flash/)?sekayu-"),
    )
)


def inventory(session: Session, *, stage: str) -> tuple[str, ...]:
    """All that the tool has put on the device: ``scheduler …``, ``script …``, ``file …`` names.

    The record and the memory of the last run are not among them.
    """
    return inventory_in(session.ask(*INVENTORY, stage=stage))


def inventory_in(answer: str) -> tuple[str, ...]:
    """The same from an answer to ``INVENTORY``."""
    lines = (line.strip() for line in answer.splitlines())
    return tuple(
        line
        for line in lines
        if line.startswith(("scheduler ", "script ", "file ")) and _token(line) is not None
    )


def clean(session: Session, *, stage: str = "clean") -> tuple[str, ...]:
    """Remove leftovers of changes that have ended: ``base.Driver.clean``."""
    there = inventory(session, stage=stage)
    record = read_record(session, stage=stage)
    if record is not None and record.state in ("reverted", "confirmed"):
        finish(session, record, stage=stage)
        record = None
    kept = record.token if record else ""
    tokens = {token for name in there if (token := _token(name)) is not None} - {kept}
    for token in sorted(tokens):
        sweep(session, token, stage=stage)
    if not there:
        return ()
    left = inventory(session, stage=stage)
    return tuple(name for name in there if name not in left)
