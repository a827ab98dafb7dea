"""Audit: what runs, what was last confirmed, what is intended now. Pure: values in, findings out.

Running against last confirmed is *drift* (someone changed the device), owned or not; what the
templates ask for beyond that is *pending* (someone changed the templates). A device that was never
deployed has only the intended state to be compared with. Reading devices is the ``read`` task's
part, naming who did it ``attribution``'s, rules are ``compliance``'s.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, get_args

from sekayu_net.attribution import culprit
from sekayu_net.beyond import beyond_differences
from sekayu_net.journal import Confirmed
from sekayu_net.plan import Running
from sekayu_net.platforms.base import DiffContext, Difference, FindingKind, Platform

Status = Literal["clean", "drift", "pending", "drift+pending", "unreachable", "error"]
Cause = Literal["drift", "pending"]
Severity = Literal["info", "minor", "major", "critical"]

#: From the least to the worst.
SEVERITIES: tuple[Severity, ...] = get_args(Severity)
#: Differences that say nothing about what is owned.
ASIDE: frozenset[FindingKind] = frozenset(("unmanaged", "unreadable"))
#: What people call a secret, by the last word of its property.
SECRET_WORDS = {
    "passphrase": "Wi-Fi passphrase",
    "wpa-pre-shared-key": "Wi-Fi passphrase",
    "wpa2-pre-shared-key": "Wi-Fi passphrase",
    "private-key": "private key",
    "preshared-key": "pre-shared key",
    "auth-key": "authentication key",
    "authentication-password": "SNMP password",
    "encryption-password": "SNMP password",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``expected`` and ``actual`` are values as text, secrets as tokens.

    ``who`` and ``when`` (the device's clock) as far as the device told; ``owned``: a plan can put
    it right. Of a ``rule``: its name, what is wrong and what to do.
    """

    kind: FindingKind
    path: str
    item: str | None
    expected: str | None
    actual: str | None
    cause: Cause | None
    severity: Severity
    who: str | None = None
    when: str | None = None
    owned: bool = False
    rule: str | None = None
    message: str | None = None
    fix: str | None = None


@dataclass(frozen=True, slots=True)
class HostAudit:
    """What an audit says of one device. ``reason`` for ``unreachable`` and ``error``.

    ``note`` says what the comparison rests on, where that is not this journal.
    """

    host: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    history: tuple[str, ...] = ()
    note: str | None = None

    def summary(self) -> dict[str, Any]:
        """The host's entry in ``audit --json``."""
        return {
            "status": self.status,
            "reason": self.reason,
            "note": self.note,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def count(self, cause: Cause) -> int:
        """How many findings have this cause."""
        return sum(finding.cause == cause for finding in self.findings)

    def with_rules(self, found: Iterable[Finding]) -> HostAudit:
        """The same with what the rules found; the status stays: rules say nothing of causes."""
        return replace(self, findings=(*self.findings, *found))


def audit_host(
    host: str,
    running: Running,
    intended: str,
    *,
    confirmed: Confirmed | None,
    platform: Platform,
    context: DiffContext,
    runs: Collection[str] = (),
    own_users: Collection[str] = (),
) -> HostAudit:
    """Compare a device.

    ``confirmed`` is what this journal last left it saying (None: never deployed), ``runs`` the
    runs that this journal knows: a device that names another one was confirmed from elsewhere, and
    that is no drift. ``own_users``: the accounts that deployments use.
    """
    wanted = platform.diff(running.canonical, intended, context).differences
    record = running.reading.confirmed or {}
    note = None
    if record and record["run"] not in runs:
        note, since = elsewhere(record, running, wanted)
        drift = [finding(each, "drift", owned=True) for each in since]
    elif confirmed is None:
        since = ()
        drift = []
    else:
        since, drift = drifted(running, confirmed, wanted, intended, platform, context)
    explained = {each.path for each in drift}
    # What drift does not explain is the templates' doing.
    later = [
        finding(d, "pending", owned=True)
        for d in wanted
        if d.kind not in ASIDE and not (d in since and d.path in explained)
    ]
    aside = [finding(d, "drift") for d in wanted if d.kind in ASIDE and d.path not in explained]
    blamed = [blame(each, running, own_users) for each in drift]
    found = (*blamed, *later, *aside)
    return HostAudit(host, status_of(found), found, history=running.reading.history, note=note)


def elsewhere(
    record: Mapping[str, str], running: Running, wanted: tuple[Difference, ...]
) -> tuple[str, tuple[Difference, ...]]:
    """A device that another controller confirmed: what to say of that, and what is drift.

    What it was left saying is not known here. That it was changed since is known.
    """
    if record["fingerprint"] == running.fingerprint:
        return f"confirmed from elsewhere by run {record['run']}", ()
    return (
        f"changed since run {record['run']} confirmed it from elsewhere",
        tuple(each for each in wanted if each.kind not in ASIDE),
    )


def drifted(
    running: Running,
    confirmed: Confirmed,
    wanted: tuple[Difference, ...],
    intended: str,
    platform: Platform,
    context: DiffContext,
) -> tuple[tuple[Difference, ...], list[Finding]]:
    """What a plan would undo of what happened since, and everything that happened since."""
    since: tuple[Difference, ...] = ()
    changed: tuple[Difference, ...] = ()
    if running.fingerprint != confirmed.fingerprint:
        since = wanted
        if confirmed.intended != intended:
            since = platform.diff(running.canonical, confirmed.intended, context).differences
        whole = replace(context, ownership=None, whole=True)
        changed = platform.diff(running.canonical, confirmed.config, whole).differences
    owned = {each.path for each in since if each.kind not in ASIDE}
    drift = [
        finding(each, "drift", owned=each.path in owned)
        for each in changed
        if each.kind not in ASIDE
    ]
    if confirmed.beyond is not None:
        drift += [
            finding(each, "drift")
            for each in beyond_differences(confirmed.beyond, running.reading.beyond)
        ]
    return since, drift


def finding(difference: Difference, cause: Cause, *, owned: bool = False) -> Finding:
    """A difference as a finding of the audit."""
    aside = difference.kind in ASIDE
    severity: Severity = "info" if difference.kind == "unmanaged" else "major"
    if not aside and cause == "pending":
        severity = "minor"
    return Finding(
        kind=difference.kind,
        path=difference.path,
        item=difference.item,
        expected=difference.expected,
        actual=difference.actual,
        cause=None if aside else cause,
        severity=severity,
        owned=owned,
        message=secret_changed(difference) if difference.kind == "secret" else None,
    )


def secret_changed(difference: Difference) -> str:
    """``Wi-Fi passphrase changed``: which secret, never its value."""
    prop = (difference.expected or difference.actual or "a secret").partition("=")[0]
    return f"{SECRET_WORDS.get(prop.rpartition('.')[2], prop)} changed"


def blame(found: Finding, running: Running, own_users: Collection[str]) -> Finding:
    """A finding with who and when, where the device told."""
    told = culprit(found.kind, found.path, found.item, running.reading.events, own_users=own_users)
    return found if told is None else replace(found, who=told.who or None, when=told.time or None)


def status_of(findings: Iterable[Finding]) -> Status:
    """A device's status from its findings; unmanaged ones alone leave it clean.

    A menu that could not be read leaves the device unjudged: that is an error, not a clean bill.
    """
    found = list(findings)
    causes = {each.cause for each in found}
    if causes >= {"drift", "pending"}:
        return "drift+pending"
    if "drift" in causes:
        return "drift"
    if "pending" in causes:
        return "pending"
    return "error" if any(each.kind == "unreadable" for each in found) else "clean"


def breaks(audit: HostAudit, limit: Severity) -> bool:
    """Whether a rule is broken that is at least so severe."""
    at = SEVERITIES.index(limit)
    return any(
        each.kind == "rule" and SEVERITIES.index(each.severity) >= at for each in audit.findings
    )


def summary(run: str, audits: Mapping[str, HostAudit]) -> dict[str, Any]:
    """What ``audit --json`` prints."""
    return {"run_id": run, "hosts": {host: audit.summary() for host, audit in audits.items()}}
