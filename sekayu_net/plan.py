"""Plans: what will be done to whom, computed from which state. Pure but for ``save`` and ``load``.

A plan is bound to the state it was computed from: each device's fingerprint is of its whole
configuration, owned or not. It is content-addressed (its id is the SHA-256 of what it says), holds
secrets only as tokens, and says in words why a device is not to be touched. Reading devices and
rendering happen elsewhere (``rollout.reading``, ``rendering``); doing it is ``rollout``'s.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from sekayu_net import atomic
from sekayu_net.errors import (
    DeviceError,
    HostKeyError,
    IdentityError,
    PlanFileError,
    UnreachableError,
)
from sekayu_net.near import file_meant
from sekayu_net.platforms.base import DiffContext, Guard, Platform, Reading
from sekayu_net.saved import Saved, id_of

HostStatus = Literal["change", "unchanged", "unreachable", "refused", "error"]

#: The form of the file; another number is another program's plan.
FORMAT = 2
#: How far the clocks of two computers may be apart.
CLOCKS_APART = timedelta(minutes=10)


def fingerprint(canonical: str) -> str:
    """The fingerprint of a canonical, masked configuration: SHA-256, hexadecimal."""
    return hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()


@dataclass(frozen=True, slots=True)
class Running:
    """A device's state as one read gave it, masked. ``canonical`` is what ``fingerprint`` is of."""

    canonical: str
    fingerprint: str
    reading: Reading

    @classmethod
    def of(
        cls, reading: Reading, masked: str, platform: Platform, canonical: str | None = None
    ) -> Running:
        """From a reading and its masked text; the raw text does not stay.

        ``canonical``: the text's canonical form, where it is known already.
        """
        if canonical is None:
            canonical = platform.canonical(masked)
        kept = {f.name: getattr(reading, f.name) for f in fields(reading) if f.name != "config"}
        return cls(canonical, fingerprint(canonical), Reading(config=masked, **kept))

    @property
    def left_by(self) -> str | None:
        """The run that left the device just so, as it says itself; None when it changed since."""
        last = self.reading.confirmed or {}
        return last.get("run") if last.get("fingerprint") == self.fingerprint else None


@dataclass(frozen=True, slots=True)
class Limits:
    """What a plan may do unasked. ``removals``: items; the two sets name hosts that may do more."""

    removals: int
    allow_removals: frozenset[str] = frozenset()
    allow_unguarded: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Expected:
    """Who a device must turn out to be, by the inventory."""

    host: str
    platform: str
    serial: str
    model: str
    version: str


@dataclass(frozen=True, slots=True)
class HostPlan:
    """What will be done to one device. Texts hold secrets as tokens.

    ``running`` and ``intended`` are the two states; ``script`` leads from one to the other and
    ``inverse`` back. ``guard`` is the undo that the device can arm, ``unguarded`` that the operator
    named this device as one that may be changed without a sufficient one. ``linked``: it changes
    what it must agree on with others; all of them, itself too, or none. The first one decides.
    ``canary`` names the device that must be confirmed before this one is begun.
    ``whole``: ``intended`` is everything that the device should say, not only what is owned.
    """

    host: str
    platform: str
    status: HostStatus
    reason: str | None = None
    fingerprint: str | None = None
    version: str | None = None
    operations: int = 0
    removals: int = 0
    guard: str | None = None
    survives: tuple[str, ...] = ()
    unguarded: bool = False
    whole: bool = False
    management_path: bool = False
    warnings: tuple[str, ...] = ()
    linked: tuple[str, ...] = ()
    canary: str | None = None
    diff: str = ""
    script: str = ""
    inverse: str = ""
    running: str = ""
    intended: str = ""

    def summary(self) -> dict[str, object]:
        """The host's entry in ``plan --json``."""
        return {
            "status": self.status,
            "reason": self.reason,
            "operations": self.operations,
            "guard": self.guard,
            "management_path": self.management_path,
            "diff": self.diff,
            "script": self.script,
        }


@dataclass(frozen=True, slots=True)
class PlannedWave:
    """The hosts of one wave, by name; ``soak``: seconds after which they are looked at again."""

    name: str
    hosts: tuple[str, ...]
    soak: int = 0


@dataclass(frozen=True, slots=True)
class Pace:
    """When and how fast a plan may be carried out; what it does to whom is elsewhere.

    ``workers``: devices at once; ``at_once_per_uplink``: of these through one uplink (None: no
    limit); ``windows``: when devices may be changed (``rollout.windows``; none: always);
    ``catch_up``: seconds for which a device that was offline stays in the catch-up queue.
    """

    workers: int = 20
    at_once_per_uplink: int | None = None
    windows: tuple[str, ...] = ()
    catch_up: int = 7 * 86400


@dataclass(frozen=True, slots=True)
class Sources:
    """SHA-256 of all that a plan was rendered from; empty when it was rendered from no files."""

    inventory: str = ""
    templates: str = ""


@dataclass(frozen=True)
class Plan:
    """A whole plan. ``labels`` names the secrets behind tokens: fingerprint → ``name@version``.

    ``origin``: what it is for when it brings no device to what templates say (``rollback of …``).
    ``signatures`` are others' words on the plan, so they are no part of what it says.
    """

    created: str
    author: str
    project: str
    lab: bool
    revision: str | None
    playbook: str | None
    waves: tuple[PlannedWave, ...]
    hosts: Mapping[str, HostPlan]
    confirm_within: int
    failure_budget: int = 0
    checks: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    pace: Pace = Pace()
    sources: Sources = Sources()
    reason: str = ""
    origin: str = ""
    signatures: tuple[str, ...] = field(default=(), compare=False, repr=False)

    @cached_property
    def plan_id(self) -> str:
        """SHA-256 of the canonical content: some megabytes, of many devices."""
        return id_of(content(self))

    def wave_of(self, host: str) -> str:
        """The name of the wave that a host is in."""
        return self._waves.get(host, "")

    @cached_property
    def _waves(self) -> Mapping[str, str]:
        return {host: wave.name for wave in reversed(self.waves) for host in wave.hosts}

    def with_status(self, *statuses: HostStatus) -> tuple[HostPlan, ...]:
        """The hosts of these statuses, in the plan's order."""
        return tuple(host for host in self.hosts.values() if host.status in statuses)

    def summary(self) -> dict[str, object]:
        """What ``plan --json`` prints."""
        return {
            "plan_id": self.plan_id,
            "created": self.created,
            "project_revision": self.revision,
            "hosts": {name: host.summary() for name, host in self.hosts.items()},
        }


def now() -> str:
    """The present, as plans and the journal write it: UTC, ISO 8601, seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def unplanned(expected: Expected, error: DeviceError) -> HostPlan:
    """The plan for a device that could not be read: it is not touched, and this says why."""
    status: HostStatus = "error"
    if isinstance(error, UnreachableError):
        status = "unreachable"
    elif isinstance(error, IdentityError | HostKeyError):
        status = "refused"
    reason = error.message if error.hint is None else f"{error.message}; {error.hint}"
    return HostPlan(expected.host, expected.platform, status, reason)


def mismatch(expected: Expected, reading: Reading) -> str | None:
    """Why a device is not the one that the inventory describes; None when it is."""
    pairs = (
        ("serial number", expected.serial, reading.serial),
        ("model", expected.model, reading.model),
        ("version", expected.version, reading.version),
    )
    for what, wanted, found in pairs:
        if wanted and found != wanted:
            return (
                f"the inventory says {what} {wanted}, the device says {found or 'nothing'}: "
                f"correct the inventory, or find out which device this is"
            )
    return None


def guard_refusal(guard: Guard, *, management_path: bool) -> str | None:
    """Why a change may not be made under this undo; None when it may.

    Without an undo nothing is written; an undo that a reboot wipes carries no change of the
    management path, for the power cut that comes with a bad push would make it permanent.
    """
    because = f" ({guard.reason})" if guard.reason else ""
    if guard.kind == "none":
        return f"no undo can be armed on the device{because}: --allow-unguarded names it if it must"
    if management_path and "reboot" not in guard.survives:
        return (
            f"the change touches the management path, and the undo the device can arm "
            f"({guard.kind}) does not survive a reboot{because}: --allow-unguarded names it "
            f"if it must"
        )
    return None


def plan_host(
    expected: Expected,
    running: Running,
    intended: str,
    *,
    platform: Platform,
    context: DiffContext,
    guard: Guard,
    limits: Limits,
) -> HostPlan:
    """What to do to one device, from its state and what it should say. No I/O.

    ``ConfigSyntaxError`` when one of the two is no configuration of its platform.
    """
    host = expected.host
    wrong = mismatch(expected, running.reading)
    if wrong is not None:
        return HostPlan(host, expected.platform, "refused", wrong)
    change = platform.diff(running.canonical, intended, context)
    unguarded = host in limits.allow_unguarded
    reason = None
    if change.operations:
        reason = None if unguarded else guard_refusal(guard, management_path=change.management_path)
        if (
            reason is None
            and change.removals > limits.removals
            and host not in limits.allow_removals
        ):
            reason = (
                f"it removes {change.removals} items, more than the {limits.removals} a plan may "
                f"remove unasked: look at them, then say --allow-removals {host}"
            )
    status: HostStatus = "unchanged" if change.empty else "refused" if reason else "change"
    return HostPlan(
        host=host,
        platform=expected.platform,
        status=status,
        reason=reason,
        fingerprint=running.fingerprint,
        version=running.reading.version,
        operations=len(change.operations),
        removals=change.removals,
        guard=guard.kind,
        survives=tuple(sorted(guard.survives)),
        unguarded=unguarded,
        whole=context.whole,
        management_path=change.management_path,
        warnings=change.warnings,
        diff=change.diff,
        script=change.script,
        inverse=change.inverse,
        running=running.canonical,
        intended=intended,
    )


#: Texts of a host that the file writes as lists of lines: readable, and a diff of two plans works.
TEXTS = ("diff", "script", "inverse", "running", "intended")


def content(plan: Plan) -> dict[str, Any]:
    """The plan as plain data, as the file says it, without its id."""
    return {
        "format": FORMAT,
        "created": plan.created,
        "author": plan.author,
        "project": plan.project,
        "lab": plan.lab,
        "revision": plan.revision,
        "sources": asdict(plan.sources),
        "reason": plan.reason,
        "origin": plan.origin,
        "playbook": plan.playbook,
        "waves": [
            {"name": wave.name, "hosts": list(wave.hosts), "soak": wave.soak} for wave in plan.waves
        ],
        "pace": {**asdict(plan.pace), "windows": list(plan.pace.windows)},
        "failure_budget": plan.failure_budget,
        "confirm_within": plan.confirm_within,
        "checks": list(plan.checks),
        "requires": list(plan.requires),
        "secrets": dict(plan.labels),
        "hosts": {name: host_content(host) for name, host in plan.hosts.items()},
    }


def host_content(host: HostPlan) -> dict[str, Any]:
    """One host's part of the file."""
    plain: dict[str, Any] = {}
    for each in fields(host):
        value = getattr(host, each.name)
        if each.name in TEXTS:
            value = value.split("\n")
        elif isinstance(value, tuple):
            value = list(value)
        if each.name == "whole" and not value:
            continue  # as in plans that knew nothing of it
        plain[each.name] = value
    return plain


def save(plan: Plan, path: Path) -> None:
    """Write the plan (mode 0600), whole or not at all."""
    text = json.dumps({"plan_id": plan.plan_id, **content(plan)}, indent=1, ensure_ascii=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write(path, text + "\n", private=True)


def load(path: Path) -> Plan:
    """Read a plan back. ``PlanFileError`` when it is none, or was edited after it was made."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise PlanFileError(
            "there is no such plan",
            file=path,
            hint=file_meant(path, "make one: sekayu-net plan PLAYBOOK --out FILE"),
        ) from error
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PlanFileError(
            f"this is not a plan: {error}", file=path, line=getattr(error, "lineno", None)
        ) from error
    if isinstance(document, dict) and document.get("kind") == "upgrade":
        raise PlanFileError(
            "this is the plan of an upgrade", file=path, hint=f"sekayu-net upgrade --plan {path}"
        )
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise PlanFileError(
            "this is not a plan that this version can read", file=path, hint="plan again"
        )
    stated = document.pop("plan_id", None)
    try:
        plan = from_content(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise edited(path) from error
    if stated != plan.plan_id or content(plan) != document:
        raise edited(path)
    return plan


def edited(path: Path) -> PlanFileError:
    """The refusal of a plan whose content is not what its id stands for."""
    return PlanFileError(
        "the plan was edited after it was made; nothing was done",
        file=path,
        hint="plan again: a plan is changed by changing inventory or templates",
    )


def from_content(document: Mapping[str, Any]) -> Plan:
    """The plan that ``content`` wrote. ``KeyError``, ``TypeError`` … for anything else."""
    return Plan(
        created=document["created"],
        author=document["author"],
        project=document["project"],
        lab=document["lab"],
        revision=document["revision"],
        playbook=document["playbook"],
        waves=tuple(
            PlannedWave(w["name"], tuple(w["hosts"]), w["soak"]) for w in document["waves"]
        ),
        hosts={name: host_from_content(host) for name, host in document["hosts"].items()},
        confirm_within=document["confirm_within"],
        failure_budget=document["failure_budget"],
        checks=tuple(document["checks"]),
        requires=tuple(document["requires"]),
        labels=dict(document["secrets"]),
        pace=Pace(**{**document["pace"], "windows": tuple(document["pace"]["windows"])}),
        sources=Sources(**document["sources"]),
        reason=document["reason"],
        origin=document["origin"],
    )


def host_from_content(plain: Mapping[str, Any]) -> HostPlan:
    """The host that ``host_content`` wrote."""
    values = dict(plain)
    for name in TEXTS:
        values[name] = "\n".join(values[name])
    for name in ("survives", "warnings", "linked"):
        values[name] = tuple(values[name])
    return HostPlan(**values)


def check_usable(
    plan: Saved,
    path: Path,
    *,
    project: str,
    lab: bool,
    hosts: Iterable[str],
    max_age: timedelta,
    at: datetime,
) -> None:
    """Raise ``PlanFileError`` unless the plan is of this project, this world, and still fresh."""

    def refuse(message: str) -> PlanFileError:
        return PlanFileError(f"{message}; nothing was done", file=path, hint="plan again")

    if plan.lab != lab:
        made, here = ("the lab", "real devices") if plan.lab else ("real devices", "the lab")
        raise PlanFileError(
            f"the plan was made for {made}, this run is for {here}; nothing was done",
            file=path,
            hint="say sekayu-net --lab …" if plan.lab else "leave --lab away",
        )
    if plan.project != project:
        raise refuse(f"the plan is of project {plan.project}, this is {project}")
    gone = sorted(set(plan.hosts) - set(hosts))
    if gone:
        raise refuse(f"no longer in the inventory: {', '.join(gone)}")
    age = at - datetime.fromisoformat(plan.created)
    if age > max_age:
        raise refuse(f"the plan is {hours(age)} old, the limit is {hours(max_age)}")
    if age < -CLOCKS_APART:
        raise refuse(f"the plan is from {hours(-age)} ahead: one computer's clock is wrong")


def hours(span: timedelta) -> str:
    """A span in words: hours, or minutes below one."""
    minutes = int(span.total_seconds() // 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
