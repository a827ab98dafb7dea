"""Which undo can a RouterOS device carry? Ask it, then choose.

``survey`` asks and changes nothing; ``choose`` is pure. Arming is ``guard``'s.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass

from sekayu_net.errors import AuthenticationError, DeviceError
from sekayu_net.platforms.base import Guard
from sekayu_net.platforms.routeros import undo
from sekayu_net.platforms.routeros.record import ADDRESS
from sekayu_net.platforms.routeros.session import (
    Question,
    RefusedError,
    Session,
    literal,
    pairs,
    row_commands,
    version_tuple,
)

#: Free flash that a change needs (backup, scripts), in bytes: a small unit's backup is 50-300 KiB.
FREE_SPACE = 512 * 1024
#: Addresses that are tried as an anchor: each silent one costs seconds.
_MOST_CANDIDATES = 3
#: A clock that shows an earlier year was never set: small units have no battery.
_SANE_YEAR = 2024
#: Zones of a device that has not found its own yet.
_NO_ZONE = ("", "manual", "UTC", "Etc/UTC")
#: What each kind outlives. An entry with a time of day moves when NTP sets the clock.
SURVIVES: dict[str, frozenset[str]] = {
    "job+startup": frozenset({"session", "controller", "reboot", "clock"}),
    "job": frozenset({"session", "controller", "clock"}),
    "scheduler": frozenset({"session", "controller", "reboot"}),
    "none": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Survey:
    """What a device told of itself: which undo it can carry follows from it.

    ``policies`` is None when the user's group can't be read; ``scheduler`` False when device-mode
    forbids it; ``free`` in bytes, None when unknown; ``background``: ``:execute`` works.
    """

    version: str
    policies: frozenset[str] | None
    free: int | None
    background: bool
    scheduler: bool
    flagged: bool
    clock_settled: bool


def choose(survey: Survey) -> Guard:
    """The best undo that a device can arm, and why not a better one."""

    def guard(kind: str, reason: str | None = None) -> Guard:
        return Guard(kind, SURVIVES[kind], reason)  # type: ignore[arg-type]

    if survey.policies is None:
        return guard("none", "the rights of the login user can't be read on the device")
    if missing := [name for name in undo.POLICIES if name not in survey.policies]:
        return guard("none", f"the login user's group lacks the policies {', '.join(missing)}")
    if survey.free is not None and survey.free < FREE_SPACE:
        return guard("none", f"only {survey.free // 1024} KiB of flash are free")
    refused = None
    if survey.flagged:
        refused = "the device is flagged and refuses scheduler entries (see /system device-mode)"
    elif not survey.scheduler:
        refused = "device-mode forbids the scheduler; allowing it needs the button on the device"
    if survey.background:
        return guard("job", refused) if refused else guard("job+startup")
    if refused:
        return guard("none", f"no background jobs, and {refused}")
    if not survey.clock_settled:
        return guard("none", "no background jobs, and clock or time zone are not settled yet")
    return guard("scheduler", "the device starts no background jobs; a moved clock moves the undo")


def survey(session: Session) -> Survey:
    """Ask a device what it can do. Changes nothing (a job that does nothing is started)."""
    stage = "guard"
    mark = secrets.token_hex(4)
    told, job, modes = session.ask_all(
        Question(
            (
                *GROUND,
                ':put ("free=" . [/system resource get free-hdd-space])',
                _rights(session.target.username),
            )
        ),
        Question((':put [:typeof [:execute script=":delay 10ms"]]',)),
        Question(row_commands(mark, ["/system device-mode print as-value"], json_rows=False)),
        stage=stage,
    )
    if isinstance(told, DeviceError):
        raise told
    background = not isinstance(job, RefusedError | AuthenticationError)
    if background and isinstance(job, DeviceError):
        raise job
    if isinstance(modes, DeviceError) and not isinstance(modes, RefusedError):
        raise modes
    session.ground = ground_in(told)
    found = pairs(told)
    held, version = found.get("policy"), found.get("version", "")
    # Version 6 has no such menu.
    rows = () if isinstance(modes, DeviceError) else session.parted(modes, mark, 1, stage=stage)[0]
    mode_row = rows[0] if rows else {}
    settled = background or _clock_settled(
        session, json_rows=version_tuple(version) >= undo.ONERROR_VERSION
    )
    free = found.get("free", "")
    return Survey(
        version=version,
        policies=None if held is None else frozenset(re.split(r"[;,\s]+", held)),
        free=int(free) if free.isdigit() else None,
        background=background,
        scheduler=mode_row.get("scheduler", "yes") in ("yes", "true"),
        flagged=mode_row.get("flagged", "no") in ("yes", "true"),
        clock_settled=settled,
    )


def _rights(user: str) -> str:
    """What prints the policies of a user's group, in a line for ``pairs``."""
    return undo.for_each(
        "/user",
        f"name={literal(user)}",
        ":local held [/user get $i group]; :foreach g in=[/user group find where name=$held] "
        'do={:put ("policy=" . [:tostr [/user group get $g policy]])}',
    )


def _clock_settled(session: Session, *, json_rows: bool) -> bool:
    """Whether nothing is about to move clock or zone: a timed entry would move with them.

    Sane, no synchronisation that is still to come, and a zone that nothing detects any more. The
    SNTP client of version 6 tells no status, only of whom it last heard.
    """
    try:
        clock = pairs(
            session.ask(
                ':put ("date=" . [/system clock get date])',
                ':put ("zone=" . [/system clock get time-zone-name])',
                ':put ("detect=" . [/system clock get time-zone-autodetect])',
                stage="guard",
            )
        )
    except RefusedError:
        return False
    year = re.search(r"\d{4}", clock.get("date", ""))
    if year is None or int(year.group()) < _SANE_YEAR:
        return False
    if clock.get("detect") in ("yes", "true") and clock.get("zone") in _NO_ZONE:
        return False
    (ntp,) = session.rows("/system ntp client print as-value", stage="guard", json_rows=json_rows)
    row = ntp[0] if ntp else {}
    if row.get("enabled") in ("false", "no"):
        return True
    # SNTP of version 6 has no status: it tells whom it last heard, once it has.
    return row.get("status") == "synchronized" or bool(row.get("last-update-from"))


#: What a device says of its version and its flash, for ``ground_in``.
GROUND = (
    ':put ("version=" . [/system resource get version])',
    ':put ("flash=" . [:len [/file find where name="flash"]])',
)


def ground(session: Session, *, stage: str) -> tuple[str, str]:
    """The version, and the folder whose files outlive a reboot.

    ``flash/`` on units that have it: everything else there is a RAM disk (reference part 5).
    """
    if session.ground is None:
        session.ground = ground_in(session.ask(*GROUND, stage=stage))
    return session.ground


def ground_in(said: str) -> tuple[str, str]:
    """The same from an answer to ``GROUND``."""
    answer = pairs(said)
    return answer.get("version", ""), "" if answer.get("flash", "0") in ("0", "") else "flash/"


def around(user: str) -> tuple[str, ...]:
    """What prints the addresses that may be an anchor: gateways, then where ``user`` comes from."""
    return (
        undo.for_each(
            "/ip route", 'dst-address="0.0.0.0/0"', ':put ("address=" . [/ip route get $i gateway])'
        ),
        undo.for_each(
            "/user active",
            f"name={literal(user)}",
            ':put ("address=" . [/user active get $i address])',
        ),
    )


def anchor(session: Session, said: str, *, stage: str) -> str:
    """An address that the device reaches now and must reach after an undo; empty without one.

    Its gateway, or, with none that answers, the controller: what is near says most about the
    device's own configuration. ``said``: the answer to ``around``.
    """
    found = [
        line.removeprefix("address=").strip()
        for line in said.splitlines()
        if line.startswith("address=")
    ]
    candidates = list(dict.fromkeys(each for each in found if ADDRESS.fullmatch(each)))
    # Twice: the controller got through, so silence all around is most likely a short cut.
    for address in candidates[:_MOST_CANDIDATES] * 2:
        words = session.ask(
            f':if ([/ping {address} count=2] > 0) do={{:put "reached=yes"}}',
            stage=stage,
            timeout=session.target.timeout + 2 * len(candidates),
        )
        if pairs(words).get("reached") == "yes":
            return address
    return ""
