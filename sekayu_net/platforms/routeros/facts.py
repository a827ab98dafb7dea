"""Reading a RouterOS device: who it is, its configuration, and what the export never shows.

Changes nothing on the device. Secrets stay in ``Reading.config`` alone: no row of ``beyond`` has
one. Comparing and masking are other rooms' business.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sekayu_net.errors import DeviceError, GarbledError, IdentityError
from sekayu_net.platforms.base import Event, Reading, Target
from sekayu_net.platforms.routeros import events
from sekayu_net.platforms.routeros.pending import last_confirmed
from sekayu_net.platforms.routeros.record import OWN_FILE
from sekayu_net.platforms.routeros.session import (
    Question,
    RefusedError,
    Session,
    pairs,
    row_commands,
    version_tuple,
)

#: From here on ``:serialize to=json`` exists (in every release from 7.13.5).
JSON_VERSION = (7, 14)
#: Seconds for an export: slow units take long, and a silent menu is skipped by the device itself.
EXPORT_TIMEOUT = 90.0
#: Menus that ``/export`` never shows; ``detail`` where its columns are needed. ``/file`` without:
#: its details hold contents, and those may hold secrets.
BEYOND = {
    "/user": "/user print detail as-value",
    "/user group": "/user group print detail as-value",
    "/user ssh-keys": "/user ssh-keys print detail as-value",
    "/system package": "/system package print detail as-value",
    "/file": "/file print as-value",
    "/certificate": "/certificate print detail as-value",
    "/system device-mode": "/system device-mode print as-value",
}
#: Who the device is, in lines for ``pairs``; a virtual router does not have the menu ``BOARD``.
FACTS = (
    ':put ("identity=" . [/system identity get name])',
    ':put ("version=" . [/system resource get version])',
    ':put ("board=" . [/system resource get board-name])',
    ':put ("uptime=" . [/system resource get uptime])',
)
BOARD = "/system routerboard print as-value"
#: Where the device tells who changed what. ``detail`` would show secrets in the history.
TOLD = {
    "/system history": "/system history print as-value",
    "/log": '/log print as-value where message~" by "',
}
#: What moves by itself, or is secret, or is only an internal id.
_DROPPED = frozenset(
    {
        ".id",
        ".nextid",
        "attempt-count",
        "contents",
        "creation-time",
        "expired",
        "expires-after",
        "last-logged-in",
        "last-modified",
        "password",
        "private-key",
    }
)
#: Kinds of file that the device itself writes on: logs, folders.
_GROWING = frozenset({"directory", "disk", ".txt file", ".log file"})
_UPTIME = re.compile(
    r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+):(\d+):(\d+))?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """Who a device is. ``uptime`` in seconds; ``serial`` is empty where a device has none."""

    identity: str
    serial: str
    model: str
    board: str
    version: str
    uptime: float

    @property
    def json_rows(self) -> bool:
        """Whether rows can be asked for as JSON."""
        return has_json_rows(self.version)


def has_json_rows(version: str) -> bool:
    """Whether a version writes rows as JSON."""
    return version_tuple(version) >= JSON_VERSION


def parse_uptime(text: str) -> float:
    """``1w2d03:04:05`` or ``1w2d3h4m5s`` in seconds; -1 when it is neither."""
    match = _UPTIME.fullmatch(text.strip())
    if not match or not text.strip():
        return -1.0
    week, day, hours, minutes, seconds, hour, minute, second = (
        int(part or 0) for part in match.groups()
    )
    days = week * 7 + day
    return float(days * 86400 + (hours + hour) * 3600 + (minutes + minute) * 60 + seconds + second)


def read_facts(session: Session, *, stage: str) -> Facts:
    """Identity, serial number, model, version. A virtual router has no serial number."""
    mark = secrets.token_hex(4)
    said, board = session.ask_all(
        Question(FACTS), Question(row_commands(mark, [BOARD], json_rows=False)), stage=stage
    )
    if isinstance(said, DeviceError):
        raise said
    found = pairs(said)
    _version_in(found, session, stage=stage)
    if isinstance(board, RefusedError):
        return facts_of(found, {}, session, stage=stage)
    if isinstance(board, DeviceError):
        raise board
    (rows,) = session.parted(board, mark, 1, stage=stage)
    return facts_of(found, rows[0] if rows else {}, session, stage=stage)


def _version_in(found: Mapping[str, str], session: Session, *, stage: str) -> str:
    version = re.match(r"\d+\.\d+\S*", found.get("version", ""))
    if version is None or "identity" not in found:
        raise GarbledError(
            "it does not tell its version as RouterOS does",
            host=session.host,
            stage=stage,
            hint="is the address another device's? Look at it by hand",
        )
    return version.group()


def facts_of(
    found: Mapping[str, str], board: Mapping[str, str], session: Session, *, stage: str
) -> Facts:
    """Facts from the pairs of ``FACTS`` and the row of ``BOARD``. ``GarbledError``."""
    return Facts(
        identity=found["identity"],
        serial=board.get("serial-number", ""),
        model=board.get("model") or found.get("board", ""),
        board=found.get("board", ""),
        version=_version_in(found, session, stage=stage),
        uptime=parse_uptime(found.get("uptime", "")),
    )


def check_identity(facts: Facts, target: Target) -> None:
    """``IdentityError`` unless serial, model and version are the target's (None: not compared)."""
    wrong = [
        f"{what} is {found or 'not told'}, the inventory says {expected}"
        for what, expected, found, good in (
            ("serial number", target.serial, facts.serial, facts.serial == target.serial),
            ("model", target.model, facts.model, target.model in (facts.model, facts.board)),
            ("version", target.version, facts.version, facts.version == target.version),
        )
        if expected is not None and not good
    ]
    if wrong:
        raise IdentityError(
            f"{'; '.join(wrong)} (it calls itself {facts.identity})",
            host=target.host,
            stage="identity",
            hint="correct the inventory, or the address if this is another device",
        )


def read_export(session: Session, version: str, *, stage: str = "read", form: str = "") -> str:
    """The whole export with secrets, proven complete. ``form`` is an option like ``verbose``.

    Version 6 shows secrets unasked, 7 only when asked (reference 3.1).
    """
    (command,) = _export(version, form)
    return checked_export(
        session.ask(
            command,
            stage=stage,
            timeout=max(EXPORT_TIMEOUT, session.target.timeout),
            encoding="latin-1",
        ),
        session,
        stage=stage,
    )


def _export(version: str, form: str = "") -> tuple[str]:
    show = "" if version_tuple(version) < (7,) else " show-sensitive"
    return (f"/export{f' {form}' if form else ''}{show}",)


def export_question(target: Target, version: str) -> Question:
    """The whole export, for ``Session.ask_all``; its answer goes through ``checked_export``."""
    return Question(_export(version), max(EXPORT_TIMEOUT, target.timeout), "latin-1")


def checked_export(text: str, session: Session, *, stage: str) -> str:
    """An export as it was printed, without colours. ``GarbledError`` when it is none."""
    # Colour codes have been seen by others; none belongs in a configuration.
    text = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)
    if not text.lstrip().startswith(("#", "/")):
        raise GarbledError(
            f"its export ({len(text)} characters) does not begin as one",
            host=session.host,
            stage=stage,
            hint="try again; if it stays so, look at the device by hand",
        )
    return text.rstrip("\n") + "\n"


def _rows_beyond(session: Session, json_rows: bool) -> dict[str, tuple[Mapping[str, str], ...]]:
    paths = list(BEYOND)
    beyond: dict[str, tuple[Mapping[str, str], ...]] = {}
    for start in range(0, len(paths), 4):
        group = paths[start : start + 4]
        answers = session.rows(*(BEYOND[path] for path in group), stage="read", json_rows=json_rows)
        for path, rows in zip(group, answers, strict=True):
            if rows is not None:
                beyond[path] = rows_of(path, rows)
    return beyond


def rows_of(path: str, rows: Iterable[Mapping[str, str]]) -> tuple[Mapping[str, str], ...]:
    """What of a menu's rows lasts, without the tool's own files."""
    return tuple(
        lasting(row)
        for row in rows
        if path != "/file" or not OWN_FILE.fullmatch(row.get("name", ""))
    )


def lasting(row: Mapping[str, str]) -> dict[str, str]:
    """A row without what moves by itself, is secret, or is only an internal id."""
    moving = {"size"} if row.get("type") in _GROWING else set()
    return {key: value for key, value in row.items() if key not in _DROPPED | moving}


def history_of(rows: Iterable[Mapping[str, str]]) -> tuple[str, ...]:
    """The device's own record of changes, newest first."""
    return tuple(
        " ".join(row[key] for key in ("time", "by", "action") if row.get(key)) for row in rows
    )


def read_events(session: Session, known: Facts) -> tuple[Event, ...]:
    """Who changed what, by the device's log and history; nothing where neither may be read."""
    history, log, files = session.rows(
        *TOLD.values(), BEYOND["/file"], stage="read", json_rows=known.json_rows
    )
    return events_of(log or (), history or (), files or (), own=session.target.username)


def events_of(
    log: Sequence[Mapping[str, str]],
    history: Sequence[Mapping[str, str]],
    files: Iterable[Mapping[str, str]],
    *,
    own: str,
) -> tuple[Event, ...]:
    """Events from the rows of these menus; ``own`` is the account that is reading.

    Files carry no author: each tells only when it was last written.
    """
    written = tuple(
        Event(when, "", "", "written", "/file", row.get("name", ""))
        for row in files
        if (when := row.get("last-modified") or row.get("creation-time") or "")
    )
    return events.events(log, history, own=own) + written


def read(session: Session, known: Facts, *, export: str | None = None) -> Reading:
    """Everything, over the open connection; ``known`` was read over the same one.

    ``export`` is what it printed, where that was asked already.
    """
    (history,) = session.rows(TOLD["/system history"], stage="read", json_rows=known.json_rows)
    config = (
        read_export(session, known.version)
        if export is None
        else checked_export(export, session, stage="read")
    )
    return Reading(
        config=config,
        identity=known.identity,
        serial=known.serial,
        model=known.model,
        version=known.version,
        beyond=_rows_beyond(session, known.json_rows),
        history=history_of(history or ()),
        confirmed=last_confirmed(session, stage="read"),
    )
