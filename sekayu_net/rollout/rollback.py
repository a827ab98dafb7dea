"""The way back from a run, planned from the journal: a plan like any other.

What a run did to a device is undone on the state that the device has *now*: the differences that
the run made are taken back item by item, and an item that someone changed since (or a property of
a settings menu) is left as it is and named. The plan that comes out goes through the same guarded
waves as the run did; secrets in it are those that the store still has by version.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from sekayu_net.errors import (
    ConfigSyntaxError,
    DeviceError,
    InputError,
    JournalError,
    SecretError,
    UsageError,
)
from sekayu_net.inventory.district import Device
from sekayu_net.journal import FINAL, Confirmed, HostRecord, Journal, Run
from sekayu_net.plan import HostPlan, Limits, Plan, PlannedWave, now, plan_host, unplanned
from sekayu_net.platforms.base import DiffContext, Difference, Platform
from sekayu_net.rollout.kept import kept_plan
from sekayu_net.rollout.linking import together
from sekayu_net.rollout.planning import TOKEN, labels, linked, survey
from sekayu_net.rollout.read_runner import nornir_of
from sekayu_net.rollout.site import Site, expected, results_of

#: Kinds of run that changed devices.
CHANGING = ("deploy", "rollback")
#: Names of properties in the words of a difference.
_PROPERTY = re.compile(r"(?:^| )([a-z0-9][a-z0-9.-]*)=")


@dataclass(frozen=True, slots=True)
class Back:
    """Where a device should go: ``target`` is all that it should say then, ``left`` what stays."""

    target: str
    left: tuple[str, ...]


def back_from(
    platform: Platform,
    context: DiffContext,
    *,
    old: str,
    new: str,
    current: str,
    leave: Collection[tuple[str, str | None]] = (),
) -> Back:
    """What a device should say when the step from ``old`` to ``new`` is taken back on ``current``.

    ``leave``: what stays as it is, by path and item. Pure; texts are canonical and masked.
    """
    undoing = platform.diff(new, old, context)
    since = platform.diff(new, current, context)
    touched: dict[tuple[str, str | None], list[Difference]] = {}
    for difference in since.differences:
        touched.setdefault((difference.path, difference.item), []).append(difference)

    def stays(difference: Difference) -> bool:
        others = touched.get((difference.path, difference.item), ())
        return any(overlap(difference, other) for other in others)

    def is_back(difference: Difference) -> bool:
        others = touched[difference.path, difference.item]
        return any(
            (other.kind, other.expected) == (difference.kind, difference.expected)
            for other in others
        )

    kept = [difference for difference in undoing.differences if stays(difference)]
    keep = {*leave, *((difference.path, difference.item) for difference in kept)}
    statements = [
        operation.statement
        for operation in undoing.operations
        if (operation.path, operation.item) not in keep
    ]
    target, failed = applied(platform, current, statements)
    left = [f"changed since, left as it is: {place(each)}" for each in kept if not is_back(each)]
    left += [f"not taken back, for what it rests on changed since: {each}" for each in failed]
    return Back(target, tuple(dict.fromkeys(left)))


def overlap(mine: Difference, other: Difference) -> bool:
    """Whether two differences of one item are about the same: of settings, a common property."""
    if mine.kind != "changed" or other.kind != "changed":
        return True
    return bool(properties(mine) & properties(other))


def properties(difference: Difference) -> frozenset[str]:
    """The properties that a difference names."""
    words = f"{difference.expected or ''} {difference.actual or ''}"
    return frozenset(_PROPERTY.findall(words))


def place(difference: Difference) -> str:
    """Where a difference is, and what a run made of it."""
    where = f"{difference.path} {difference.item or ''}".strip()
    return f"{where} ({difference.actual})" if difference.item is None else where


def applied(platform: Platform, text: str, statements: list[str]) -> tuple[str, list[str]]:
    """A text after these statements, and those among them that can't be done there."""
    try:
        return platform.canonical(platform.apply(text, "\n".join(statements))), []
    except InputError:
        failed = []
    for statement in statements:
        try:
            text = platform.apply(text, statement)
        except InputError:
            failed.append(statement)
    return platform.canonical(text), failed


@dataclass(frozen=True, slots=True)
class WayBack:
    """A plan that takes a run back, and devices of the run that it has not, with why."""

    plan: Plan
    without: Mapping[str, str]


def plan_rollback(
    site: Site,
    journal: Journal,
    run: Run,
    *,
    only: Collection[str] = (),
    limits: Limits,
    confirm_within: int | None = None,
    default_window: int,
    reason: str = "",
) -> WayBack:
    """Plan the way back from a run, for all of its devices or ``only`` some. Reads, writes nothing.

    ``UsageError`` for a run or device that changed nothing; ``JournalError`` for a run that has
    not ended.
    """
    records = {record.host: record for record in changed_by(journal, run)}
    strangers = sorted(set(only) - records.keys())
    if strangers:
        raise UsageError(
            f"run {run.id} changed nothing on {', '.join(strangers)}",
            hint=f"it changed {', '.join(records) or 'no device'}",
        )
    if only:
        records = {host: record for host, record in records.items() if host in set(only)}
    if not records:
        raise UsageError(f"run {run.id} changed no device: there is no way back to plan")
    devices = site.district.devices
    without = {host: "no longer in the inventory" for host in records if host not in devices}
    hosts = [host for host in records if host in devices]
    alone = plan_hosts(site, {h: records[h] for h in hosts}, journal.confirmed(), limits)
    planned = linked(site, alone, limits)
    made = kept_plan(journal, run.plan_id)
    template = made or Plan(
        created="",
        author="",
        project=site.name,
        lab=site.lab,
        revision=None,
        playbook=None,
        waves=(),
        hosts={},
        confirm_within=run.confirm_within or default_window,
        checks=run.checks,
    )
    return WayBack(
        replace(
            template,
            created=now(),
            author=site.operator,
            project=site.name,
            lab=site.lab,
            revision=site.revision,
            playbook=None,
            requires=(),
            waves=together(waves_back(template.waves, [records[host] for host in hosts]), planned),
            hosts=planned,
            confirm_within=confirm_within or template.confirm_within,
            labels=labels(site, planned.values()),
            sources=site.sources,
            reason=reason,
            origin=f"rollback of run {run.id}",
            signatures=(),
        ),
        without,
    )


def changed_by(journal: Journal, run: Run) -> tuple[HostRecord, ...]:
    """The devices that a run changed and left so."""
    if run.kind not in CHANGING:
        raise UsageError(
            f"run {run.id} is of kind {run.kind}: it changed no device",
            hint="sekayu-net runs lists all; a deploy or a rollback can be taken back",
        )
    records = journal.hosts(run.id)
    in_doubt = [record.host for record in records if record.state not in FINAL]
    if in_doubt or run.ended is None:
        told = f": {', '.join(in_doubt)}" if in_doubt else ""
        raise JournalError(
            f"run {run.id} has not ended{told}", hint=f"first: sekayu-net resume {run.id}"
        )

    left = {host for host, known in journal.confirmed().items() if known.run == run.id}

    def stays(record: HostRecord) -> bool:
        # Without an undo even a failed change is there; so is one that failed only after its soak.
        there = record.guard == "none" or record.host in left
        return bool(record.script) and (
            record.state == "confirmed" or (record.state == "failed" and there)
        )

    return tuple(record for record in records if stays(record))


def waves_back(
    waves: tuple[PlannedWave, ...], records: list[HostRecord]
) -> tuple[PlannedWave, ...]:
    """The run's own waves with these devices alone."""
    names = [wave.name for wave in waves]
    names += [each.wave for each in records if each.wave not in names]
    found = []
    for name in dict.fromkeys(names):
        hosts = tuple(record.host for record in records if record.wave == name)
        like = next((wave for wave in waves if wave.name == name), PlannedWave(name, ()))
        if hosts:
            found.append(replace(like, hosts=hosts))
    return tuple(found)


def plan_hosts(
    site: Site,
    records: Mapping[str, HostRecord],
    confirmed: Mapping[str, Confirmed],
    limits: Limits,
) -> dict[str, HostPlan]:
    """The way back of each device, all asked at once."""
    from nornir.core.task import Result, Task

    def plan(task: Task) -> Result:
        name = task.host.name
        device = site.district.devices[name]
        try:
            planned = plan_device_back(site, device, records[name], confirmed.get(name), limits)
        except DeviceError as error:
            nothing = unplanned(expected(device), error)
            return Result(host=task.host, result=nothing, failed=True, met=error)
        return Result(host=task.host, result=planned)

    hosts = list(records)
    return results_of(nornir_of(site, hosts), plan, hosts) if hosts else {}


def plan_device_back(
    site: Site, device: Device, record: HostRecord, confirmed: Confirmed | None, limits: Limits
) -> HostPlan:
    """The way back of one device from what a run did to it. ``DeviceError``: it can't be read."""
    found = survey(site, device)
    if isinstance(found, HostPlan):
        return found
    platform = site.platform(device)
    context = replace(site.context(device), whole=True)
    old = record.running or ""
    try:
        # What the device itself said when the run ended is nearer to the truth than what the
        # platform thinks that the script made of it.
        known = confirmed is not None and confirmed.run == record.run
        new = confirmed.config if known and confirmed else platform.apply(old, record.script or "")
        back = back_from(platform, context, old=old, new=new, current=found.running.canonical)
        planned = plan_host(
            expected(device),
            found.running,
            back.target,
            platform=platform,
            context=context,
            guard=found.guard,
            limits=limits,
        )
    except (InputError, ConfigSyntaxError) as error:
        return HostPlan(
            device.name, device.platform, "refused", f"no way back can be told: {error.message}"
        )
    planned = replace(planned, warnings=(*back.left, *planned.warnings))
    lost = lost_secrets(site, planned)
    if planned.status == "change" and lost:
        return replace(planned, status="refused", reason=lost)
    return planned


def lost_secrets(site: Site, planned: HostPlan) -> str | None:
    """Why secrets that a plan puts back can't be had; None when all are there."""
    for fingerprint in dict.fromkeys(TOKEN.findall(planned.script + planned.inverse)):
        try:
            site.unseal(fingerprint)
        except SecretError as error:
            return f"{error.message}: the old value is in another secret store, or nowhere"
    return None
