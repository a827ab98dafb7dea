"""From hosts and waves to a plan: read each device, render it, compare. Writes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sekayu_net.errors import RenderError, SecretError
from sekayu_net.inventory.district import Device
from sekayu_net.plan import (
    HostPlan,
    Limits,
    Plan,
    PlannedWave,
    Running,
    now,
    plan_host,
)
from sekayu_net.platforms.base import Guard
from sekayu_net.rollout.canary import TRUSTED, flagged, with_canaries
from sekayu_net.rollout.linking import Texts, bonds_of, link, together
from sekayu_net.rollout.read_runner import read_all
from sekayu_net.rollout.reading import identified, one_at_a_time, opened
from sekayu_net.rollout.site import Site, expected
from sekayu_net.secrets import wireguard_public

TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")


@dataclass(frozen=True, slots=True)
class Surveyed:
    """What planning asks a device: its state, and the undo that it can arm."""

    running: Running
    guard: Guard


def survey(site: Site, device: Device) -> Surveyed | HostPlan:
    """Ask a device, or say in a plan why it is left alone. ``DeviceError``: it can't be read."""
    with opened(lambda: site.driver(device)) as driver:
        waiting, running = identified(driver, site.platform(device), site.seal, host=device.name)
        if waiting is None:
            return Surveyed(running, driver.guard())
    return HostPlan(
        device.name,
        device.platform,
        "refused",
        f"{waiting}: sekayu-net resume finishes ours, another's is for its holder",
    )


def plan_device(site: Site, device: Device, limits: Limits) -> HostPlan:
    """What would be done to one device. ``DeviceError`` when it can't be read."""
    intended = site.intended(device)
    found = survey(site, device)
    if isinstance(found, HostPlan):
        return found
    with one_at_a_time:
        return plan_host(
            expected(device),
            found.running,
            intended,
            platform=site.platform(device),
            context=site.context(device),
            guard=found.guard,
            limits=limits,
        )


def make_plan(
    site: Site,
    waves: Sequence[PlannedWave],
    *,
    limits: Limits,
    confirm_within: int,
    playbook: str | None = None,
    failure_budget: int = 0,
    checks: Sequence[str] = (),
    requires: Sequence[str] = (),
    reason: str = "",
) -> Plan:
    """Plan every host of these waves, all read at once."""
    hosts = [host for wave in waves for host in wave.hosts]
    alone: dict[str, HostPlan] = read_all(site, "plan", hosts, site=site, limits=limits)
    waves, planned = behind_canaries(site, waves, linked(site, alone, limits))
    return Plan(
        created=now(),
        author=site.operator,
        project=site.name,
        lab=site.lab,
        revision=site.revision,
        playbook=playbook,
        waves=together(waves, planned),
        hosts=planned,
        confirm_within=confirm_within,
        failure_budget=failure_budget,
        checks=tuple(checks),
        requires=tuple(requires),
        labels=labels(site, planned.values()),
        sources=site.sources,
        reason=reason,
    )


def linked(site: Site, plans: dict[str, HostPlan], limits: Limits) -> dict[str, HostPlan]:
    """The plans with what hangs together as one; see ``linking``."""
    devices = site.district.devices

    def public_key(fingerprint: str) -> str | None:
        try:
            return wireguard_public(site.unseal(fingerprint))
        except SecretError:
            return None

    texts = Texts(
        tuple(bonds_of(site.district)),
        plans,
        lambda host: site.platform(devices[host]),
        lambda host: site.intended(devices[host]),
        public_key,
    )
    return link(site.district, texts, allowed=limits.allow_unguarded)


def behind_canaries(
    site: Site, waves: Sequence[PlannedWave], planned: Mapping[str, HostPlan]
) -> tuple[tuple[PlannedWave, ...], dict[str, HostPlan]]:
    """Waves and plans with a canary before each version and model that needs one."""
    devices = site.district.devices
    changing = [name for name, host in planned.items() if host.status == "change"]
    known = {name: site.standing(devices[name].make) for name in changing}
    cut, waits = with_canaries(
        waves,
        {name: devices[name].make for name in changing if known[name].canary},
        changing=changing,
        depth=lambda name: len(site.district.path_to(devices[name])),
    )
    return cut, {
        name: flagged(host, known.get(name, TRUSTED), waits.get(name))
        for name, host in planned.items()
    }


def outdated(site: Site, plan: Plan) -> tuple[str, ...]:
    """The devices that inventory and templates would now bring elsewhere than a plan does.

    A plan that was rendered from nothing (a way back) is never outdated.
    """
    if plan.sources == site.sources or plan.origin:
        return ()

    def other(host: HostPlan) -> bool:
        try:
            return site.intended(site.district.devices[host.host]) != host.intended
        except RenderError:
            return True

    return tuple(host.host for host in plan.with_status("change") if other(host))


def labels(site: Site, plans: Iterable[HostPlan]) -> dict[str, str]:
    """The names of the secrets whose tokens stand in these plans, where the store knows them."""
    found = {
        fingerprint
        for plan in plans
        for text in (plan.script, plan.inverse, plan.running, plan.intended)
        for fingerprint in TOKEN.findall(text)
    }
    named = {fingerprint: site.label(fingerprint) for fingerprint in sorted(found)}
    return {fingerprint: label for fingerprint, label in named.items() if label is not None}
