"""Where the rollout stands, office by office, from the journal alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal

from sekayu_net.inventory.district import District, Office
from sekayu_net.journal import DONE, FINAL, AuditRecord, Confirmed, HostRecord, Journal
from sekayu_net.report.topology import Mark

OfficeState = Literal["not started", "planned", "in progress", "done", "attention"]

#: States of a device's last deployment that a person must look at.
ATTENTION = frozenset(("failed", "reverted", "unknown", "stale", "unreachable"))


def host_state(host: str, latest: Mapping[str, HostRecord], planned: frozenset[str]) -> str:
    """A device's state: of its last deployment, else whether a plan would change it."""
    record = latest.get(host)
    if record is not None:
        return record.state
    return "planned" if host in planned else "not started"


def office_state(states: list[str], drifted: bool) -> OfficeState:
    """An office's state from its devices' states."""
    if drifted or ATTENTION & set(states):
        return "attention"
    if states and all(state in DONE for state in states):
        return "done"
    if any(state in DONE or (state not in FINAL and state not in WAITING) for state in states):
        return "in progress"
    return "planned" if "planned" in states else "not started"


def office_state_of(hosts: Iterable[Mapping[str, Any]]) -> OfficeState:
    """An office's state, or that of a part of it, from what ``status --json`` says of devices."""
    told = list(hosts)
    drifted = any("drift" in (host["last_audit"] or "") for host in told)
    return office_state([host["state"] for host in told], drifted)


#: The width of a bar, in characters.
BAR = 20
WAITING = frozenset(("planned", "not started"))


def status(
    district: District,
    latest: Mapping[str, HostRecord],
    confirmed: Mapping[str, Confirmed],
    audits: Mapping[str, AuditRecord],
    planned: frozenset[str],
) -> dict[str, Any]:
    """What ``status --json`` prints: offices by code."""

    def device(host: str) -> dict[str, Any]:
        last, audit = confirmed.get(host), audits.get(host)
        return {
            "state": host_state(host, latest, planned),
            "last_confirmed": last.time if last else None,
            "last_audit": audit.status if audit else None,
        }

    def office(each: Office) -> dict[str, Any]:
        hosts = {d.name: device(d.name) for d in each.devices}
        return {
            "name": each.name,
            "kind": each.kind,
            "phase": each.phase,
            "state": office_state_of(hosts.values()),
            "hosts": hosts,
        }

    return {"offices": {each.code: office(each) for each in district.offices.values()}}


def status_of(district: District, journal: Journal) -> dict[str, Any]:
    """``status`` with what the journal knows now."""
    return status(
        district,
        journal.latest(),
        journal.confirmed(),
        journal.last_audits(),
        journal.planned(),
    )


def brief(office: Mapping[str, Any]) -> str:
    """An office's state in a few words for a drawing: ``done``, ``1 of 3 reverted``."""
    hosts = office["hosts"].values()
    if office["state"] != "attention":
        return str(office["state"])
    wrong = [host["state"] for host in hosts if host["state"] in ATTENTION]
    wrong += ["drift"] * sum("drift" in (host["last_audit"] or "") for host in hosts)
    alike = wrong.count(wrong[0])
    return f"{alike} of {len(hosts)} {wrong[0]}"


def marks_of(district: District, document: Mapping[str, Any], links: str = "") -> dict[str, Mark]:
    """How a drawing shows each office, by slug. ``links`` goes before the slug, empty: no link."""
    marks = {}
    for slug, office in district.offices.items():
        said = document["offices"][office.code]
        link = f"{links}{slug}" if links else ""
        hosts = said["hosts"]
        second = next((d.name for d in office.devices[1:] if d.role == "router"), None)
        rest = office_state_of(each for name, each in hosts.items() if name != second)
        own = office_state_of([hosts[second]]) if second else ""
        marks[slug] = Mark(_class(rest), brief(said), link, _class(own))
    return marks


def _class(state: str) -> str:
    return state.replace(" ", "-")


def overview(document: Mapping[str, Any]) -> list[str]:
    """A line for each phase: how much of it is done, what needs attention."""
    phases: dict[int, list[str]] = {}
    for office in document["offices"].values():
        states = phases.setdefault(office["phase"], [])
        states.extend(host["state"] for host in office["hosts"].values())
    lines = []
    for phase, states in sorted(phases.items()):
        done = sum(state in DONE for state in states)
        wrong = sum(state in ATTENTION for state in states)
        bar = "#" * (BAR * done // max(len(states), 1))
        more = f", {wrong} to look at" if wrong else ""
        lines.append(f"phase {phase}  [{bar:.<{BAR}}] {done} of {len(states)} devices done{more}")
    return lines


def to_look_at(document: Mapping[str, Any], latest: Mapping[str, HostRecord]) -> list[str]:
    """A line for each device that a person must look at, with the reason."""
    lines = []
    for office in document["offices"].values():
        for name, host in office["hosts"].items():
            if host["state"] in ATTENTION:
                reason = latest[name].reason
                lines.append(f"{name}: {host['state']}{f': {reason}' if reason else ''}")
            if "drift" in (host["last_audit"] or ""):
                lines.append(f"{name}: drift; what drifted: sekayu-net audit --host {name}")
    return lines
