"""Gates: what must be done before, whom a person has waived by name, and when it may begin.

A waiver has a reason and a last day and is in the journal. Which playbooks a playbook requires
and which devices these have is told from outside; nothing here reads a file of the project.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sekayu_net.errors import PlaybookError
from sekayu_net.journal import DONE, AuditRecord, HostRecord, Journal
from sekayu_net.plan import now
from sekayu_net.rollout import windows


@dataclass(frozen=True, slots=True)
class Waiver:
    """A device that no gate waits for, up to and with ``until`` (ISO 8601, the district's day)."""

    host: str
    reason: str
    until: str
    operator: str
    time: str = ""

    def holds(self, today: date) -> bool:
        """Whether it still counts."""
        return date.fromisoformat(self.until) >= today

    def __str__(self) -> str:
        return f"{self.host} is waived until {self.until} by {self.operator}: {self.reason}"


#: How the operator of a waiver begins that stands in a playbook: in the journal it is history.
BY_PLAYBOOK = "playbook "


def record(journal: Journal, waiver: Waiver) -> None:
    """Write a waiver down, unless it is what the same operator said of the device last."""
    with journal.transaction() as db:
        last = db.execute(
            "SELECT reason, until FROM waivers WHERE host = ? AND operator = ?"
            " ORDER BY id DESC LIMIT 1",
            (waiver.host, waiver.operator),
        ).fetchone()
        if last is None or tuple(last) != (waiver.reason, waiver.until):
            db.execute(
                "INSERT INTO waivers (host, reason, until, operator, time) VALUES (?, ?, ?, ?, ?)",
                (waiver.host, waiver.reason, waiver.until, waiver.operator, now()),
            )


def recorded(journal: Journal) -> tuple[Waiver, ...]:
    """Every waiver ever written down, oldest first."""
    rows = journal.query("SELECT host, reason, until, operator, time FROM waivers ORDER BY id")
    return tuple(Waiver(**dict(row)) for row in rows)


def standing(
    recorded: Iterable[Waiver], today: date, of_playbook: Iterable[Waiver] = ()
) -> Mapping[str, Waiver]:
    """Who is waived today; of several for one device the newest counts, also if it ended it.

    What a playbook waives holds as long as the playbook says so, whatever was recorded of it.
    """
    people = [each for each in recorded if not each.operator.startswith(BY_PLAYBOOK)]
    newest = {waiver.host: waiver for waiver in (*people, *of_playbook)}
    return {host: waiver for host, waiver in newest.items() if waiver.holds(today)}


def lacking(
    host: str, latest: Mapping[str, HostRecord], audits: Mapping[str, AuditRecord]
) -> str | None:
    """Why a device is not done: not confirmed, or not clean in its last audit; None when it is.

    A confirmation reads the device back, so an audit that is older than it says nothing.
    """
    record, audit = latest.get(host), audits.get(host)
    if record is None or record.state not in DONE:
        return record.state if record else "not started"
    if audit is not None and audit.time > record.changed and audit.status != "clean":
        return audit.status
    return None


def check_gate(
    playbook: str,
    required: Mapping[str, tuple[str, ...]],
    latest: Mapping[str, HostRecord],
    audits: Mapping[str, AuditRecord],
    waived: Mapping[str, Waiver] = {},
) -> tuple[Waiver, ...]:
    """Raise ``PlaybookError`` unless every host of the required playbooks is done or waived.

    ``required``: playbook name → its hosts. ``waived``: who is waived today. The waivers without
    which the gate would be closed are returned.
    """
    used: list[Waiver] = []
    for name, hosts in required.items():
        missing = []
        for host in hosts:
            why = lacking(host, latest, audits)
            if why is not None and host in waived:
                used.append(waived[host])
            elif why is not None:
                missing.append(f"{host} ({why})")
        if missing:
            shown = ", ".join(missing[:5]) + (" …" if len(missing) > 5 else "")
            raise PlaybookError(
                f"{playbook} is closed until {name} is done; missing {len(missing)}: {shown}",
                hint=f"sekayu-net deploy {name}; or waive a device that has to wait: "
                "sekayu-net waive HOST --reason TEXT --until DATE",
            )
    return tuple(used)


def check_window(what: str, words: Sequence[str], zone: str, at: datetime) -> None:
    """Raise ``PlaybookError`` unless a maintenance window is open; none at all is always open."""
    shut = windows.shut(words, zone, at)
    if shut is not None:
        raise PlaybookError(
            f"{what} is not deployed now: {shut}",
            hint="run it again then; to plan and look is allowed at any time",
        )
