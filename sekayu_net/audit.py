"""Audit: what runs, what was last confirmed, what is intended now. Pure: texts in, findings out.

Running against last confirmed is *drift* (someone changed the device); what the templates ask for
beyond that is *pending* (someone changed the templates). A device that was never deployed has only
the intended state to be compared with. Reading devices is the ``read`` task's part.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from sekayu_net.platforms.base import DiffContext, Difference, FindingKind, Platform

Status = Literal["clean", "drift", "pending", "drift+pending", "unreachable", "error"]
Cause = Literal["drift", "pending"]
Severity = Literal["major", "minor", "info"]

#: Differences that say nothing about what is owned.
ASIDE: frozenset[FindingKind] = frozenset(("unmanaged", "unreadable"))


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding. ``expected`` and ``actual`` are values as text, secrets as tokens."""

    kind: FindingKind
    path: str
    item: str | None
    expected: str | None
    actual: str | None
    cause: Cause | None
    severity: Severity


@dataclass(frozen=True, slots=True)
class HostAudit:
    """What an audit says of one device. ``reason`` for ``unreachable`` and ``error``."""

    host: str
    status: Status
    findings: tuple[Finding, ...] = ()
    reason: str | None = None
    history: tuple[str, ...] = ()

    def summary(self) -> dict[str, Any]:
        """The host's entry in ``audit --json``."""
        return {
            "status": self.status,
            "reason": self.reason,
            "findings": [asdict(finding) for finding in self.findings],
        }

    def count(self, cause: Cause) -> int:
        """How many findings have this cause."""
        return sum(finding.cause == cause for finding in self.findings)


def audit_host(
    host: str,
    running: str,
    intended: str,
    *,
    confirmed: str | None,
    platform: Platform,
    context: DiffContext,
    history: tuple[str, ...] = (),
) -> HostAudit:
    """Compare a device. All texts are masked; ``running`` is canonical.

    ``confirmed`` is the text that the device was last confirmed to say (None: never deployed).
    Only the intended half of a confirmation is compared: the rest was not ours to begin with.
    """
    wanted = platform.diff(running, intended, context).differences
    if confirmed is None or confirmed == intended:
        cause: Cause = "pending" if confirmed is None else "drift"
        found = [finding(difference, cause) for difference in wanted]
    else:
        since = platform.diff(running, confirmed, context).differences
        found = [finding(difference, "drift") for difference in since]
        # What drift does not explain is the templates' doing.
        known = set(since)
        found += [finding(d, "pending") for d in wanted if d not in known and d.kind not in ASIDE]
    return HostAudit(host, status_of(found), tuple(found), history=history)


def finding(difference: Difference, cause: Cause) -> Finding:
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
    )


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


def summary(run: str, audits: Mapping[str, HostAudit]) -> dict[str, Any]:
    """What ``audit --json`` prints."""
    return {"run_id": run, "hosts": {host: audit.summary() for host, audit in audits.items()}}
