"""What is worth a message after an audit, and the message itself. Pure: no network, no journal.

An *alert* is one thing that is wrong with one device. It is told once when it is new and once when
it is gone; silence of a device only when it lasts. A message holds menus and names, never values.
Keeping alerts and sending is ``outbox``'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sekayu_net.journal import AuditRecord
from sekayu_net.languages import said_with_fields, shown

SEVERITIES = ("info", "minor", "major", "critical")
#: Longest line: a phone shows it in two.
WIDTH = 120
SILENT = "unreachable"
UNREAD = "error"


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing that is wrong with a device: ``what`` has ``kind``, ``path``, ``item``, ``cause``.

    ``mark`` tells it from others of the device. ``since`` and ``told`` (None: not yet) are ISO
    8601.
    """

    host: str
    mark: str
    since: str
    what: Mapping[str, str | None]
    told: str | None = None

    @property
    def kind(self) -> str:
        """``unreachable``, ``error``, or the finding's."""
        return self.what.get("kind") or ""


@dataclass(frozen=True, slots=True)
class Rules:
    """What is worth a message. ``unreachable_after`` in seconds."""

    severity: str = "minor"
    pending: bool = False
    unreachable_after: int = 21600


@dataclass(frozen=True, slots=True)
class News:
    """What is to be told now, and the alerts that remain (those of ``new`` marked as told)."""

    new: tuple[Alert, ...]
    gone: tuple[Alert, ...]
    alerts: tuple[Alert, ...]

    @property
    def empty(self) -> bool:
        """Nothing to tell."""
        return not (self.new or self.gone)


def news(
    known: Iterable[Alert],
    audits: Mapping[str, AuditRecord],
    *,
    rules: Rules,
    hosts: Iterable[str],
    now: str,
) -> News:
    """Compare the newest audit of each device with what was known.

    A device that could not be read keeps the alerts that it had: nothing says that they are gone.
    A device that left the inventory is forgotten without a word.
    """
    there = set(hosts)
    before = {(alert.host, alert.mark): alert for alert in known if alert.host in there}
    after: dict[tuple[str, str], Alert] = {}
    for host, record in audits.items():
        if host in there:
            found = found_in(record, rules)
            after |= {(host, alert.mark): alert for alert in found}
    gone = []
    for key, alert in before.items():
        if key in after:
            after[key] = replace(after[key], since=alert.since, told=alert.told)
        elif unjudged(alert, audits.get(alert.host)):
            after[key] = alert
        elif alert.told is not None:
            gone.append(alert)
    limit = timedelta(seconds=rules.unreachable_after)
    new = []
    for key, alert in after.items():
        silent = datetime.fromisoformat(now) - datetime.fromisoformat(alert.since)
        if alert.told is None and (alert.kind != SILENT or silent >= limit):
            after[key] = replace(alert, told=now)
            new.append(after[key])
    return News(tuple(new), tuple(gone), tuple(after.values()))


def found_in(record: AuditRecord, rules: Rules) -> list[Alert]:
    """The alerts that one audit of one device gives."""
    if not record.findings and record.status in (SILENT, UNREAD):
        return [Alert(record.host, record.status, record.time, {"kind": record.status})]
    least = SEVERITIES.index(rules.severity)
    return [
        Alert(
            record.host,
            mark(finding),
            record.time,
            {key: finding.get(key) for key in ("kind", "path", "item", "cause")},
        )
        for finding in record.findings
        if rank(finding) >= least and (rules.pending or finding.get("cause") != "pending")
    ]


def rank(finding: Mapping[str, Any]) -> int:
    """How severe; a word that is not known counts as the worst. ``unmanaged`` is never told."""
    if finding.get("kind") == "unmanaged":
        return -1
    word = finding.get("severity")
    return SEVERITIES.index(word) if word in SEVERITIES else len(SEVERITIES)


def mark(finding: Mapping[str, Any]) -> str:
    """What is the same for the same finding: other values are another one."""
    keys = ("kind", "path", "item", "expected", "actual", "cause")
    text = json.dumps([finding.get(key) for key in keys])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def unjudged(alert: Alert, record: AuditRecord | None) -> bool:
    """Whether the newest audit says nothing about an alert: device or menu was not read."""
    if record is None:
        return True
    if not record.findings and record.status in (SILENT, UNREAD):
        return alert.kind not in (SILENT, UNREAD)
    return any(
        finding.get("kind") == "unreadable" and finding.get("path") == alert.what.get("path")
        for finding in record.findings
    )


#: The words of messages. ``{n}`` is a number, ``{t}`` a time.
WORDS: Mapping[str, str] = {
    "new": said_with_fields("{n} new"),
    "gone": said_with_fields("{n} fixed"),
    "New": said_with_fields("NEW"),
    "Gone": said_with_fields("FIXED"),
    "changed": said_with_fields("changed"),
    "missing": said_with_fields("missing"),
    "extra": said_with_fields("should not be there"),
    "order": said_with_fields("its order changed"),
    "secret": said_with_fields("a secret was changed"),
    "rule": said_with_fields("breaks a rule"),
    "unreadable": said_with_fields("can't be read"),
    "unreachable": said_with_fields("no answer since {t}"),
    "error": said_with_fields("could not be audited"),
    "back": said_with_fields("answers again"),
    "checked": said_with_fields("can be audited again"),
    "pending": said_with_fields("not yet deployed"),
    "more": said_with_fields("… and {n} more"),
    "next": said_with_fields("Details: sekayu-net audit"),
    "test": said_with_fields("A test message of sekayu-net."),
}


@dataclass(frozen=True, slots=True)
class Message:
    """A message in plain text."""

    title: str
    body: str


def message(told: News, *, project: str, offices: Mapping[str, str], max_lines: int) -> Message:
    """The news in the language spoken now, by office. ``offices``: device → name of its office.

    At most ``max_lines`` lines tell of devices; how many more there are is said.
    """
    words = {key: shown(text) for key, text in WORDS.items()}
    parts = [
        words[key].format(n=len(alerts))
        for key, alerts in (("new", told.new), ("gone", told.gone))
        if alerts
    ]
    left = max_lines
    lines: list[str] = []
    for key, alerts, say in (("New", told.new, new_line), ("Gone", told.gone, gone_line)):
        if not alerts:
            continue
        lines.append(words[key])
        for office, members in grouped(alerts, offices).items():
            first = members[: max(left, 0)]
            if first:
                lines += [f"{plain(office)}:", *(f"- {say(alert, words)}" for alert in first)]
            left -= len(members)
        lines.append("")
    if left < 0:
        lines += [words["more"].format(n=-left), ""]
    lines.append(words["next"])
    return Message(f"{plain(project)}: {', '.join(parts)}", "\n".join(lines))


def grouped(alerts: Sequence[Alert], offices: Mapping[str, str]) -> dict[str, list[Alert]]:
    """Alerts by office, offices in the order of their names."""
    groups: dict[str, list[Alert]] = {}
    for alert in sorted(alerts, key=lambda a: (offices.get(a.host, ""), a.host)):
        groups.setdefault(offices.get(alert.host, alert.host), []).append(alert)
    return groups


def new_line(alert: Alert, words: Mapping[str, str]) -> str:
    """One alert in one line."""
    told = words.get(alert.kind, alert.kind).format(t=alert.since[:16].replace("T", " "))
    late = f" ({words['pending']})" if alert.what.get("cause") == "pending" else ""
    said = f": {told}{late}"
    return cut(where(alert), WIDTH - len(said)) + said


def gone_line(alert: Alert, words: Mapping[str, str]) -> str:
    """One alert that is gone."""
    if alert.kind in (SILENT, UNREAD):
        return f"{alert.host}: {words['back' if alert.kind == SILENT else 'checked']}"
    return cut(where(alert), WIDTH)


def where(alert: Alert) -> str:
    """Device, menu and item."""
    place = " ".join(str(alert.what[key]) for key in ("path", "item") if alert.what.get(key))
    return plain(f"{alert.host} {place}".rstrip())


def plain(text: str) -> str:
    """One line without control characters, whatever a device calls its things."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def cut(line: str, width: int) -> str:
    """A line that is not too long."""
    return line if len(line) <= width else f"{line[: width - 1]}…"
