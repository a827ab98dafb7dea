"""Versions and models that were never qualified go first with one device alone: pure.

A playbook's waves stay in their order; before the first wave that would change devices of such a
version and model, one of them gets a wave of its own, and the others wait until it is confirmed.
What was qualified is ``inventory.qualified``'s, holding back whoever waits is ``engine``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from sekayu_net.inventory.district import Make
from sekayu_net.inventory.qualified import Qualification, find
from sekayu_net.plan import HostPlan, PlannedWave


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of a version and model. ``doubt``: why it is flagged (None: it is qualified).

    ``canary``: its next deployment must begin with one device.
    """

    doubt: str | None = None
    canary: bool = False


#: Nothing is asked of it.
TRUSTED = Standing()


def standing(
    make: Make, qualified: Iterable[Qualification], deployed: Collection[Make], *, lab: bool
) -> Standing:
    """What follows from the file of qualifications and from what was deployed before.

    ``deployed``: of these a deployment was confirmed. A version and model that failed its
    qualification needs a canary however often it was deployed.
    """
    known = find(qualified, make, lab=lab)
    if known is not None and not known.open:
        return TRUSTED
    if known is None:
        doubt = f"{make} was never qualified"
    else:
        doubt = f"{make} is not qualified ({', '.join(known.open)})"
    failed = known is not None and any(each.result == "failed" for each in known.trials.values())
    return Standing(doubt, canary=failed or make not in deployed)


def with_canaries(
    waves: Sequence[PlannedWave],
    untried: Mapping[str, Make],
    *,
    changing: Collection[str],
    depth: Callable[[str], int],
) -> tuple[tuple[PlannedWave, ...], Mapping[str, str]]:
    """The waves with a canary before each make of ``untried``, and who waits for which canary.

    ``untried``: the devices that will be changed and whose make needs a canary. ``changing``: all
    that will be changed; a wave that changes one device is a canary as it is. Of several in one
    wave the deepest is taken (``depth``: routers on the way to it): it carries the fewest others.
    """
    first: dict[Make, str] = {}
    cut: list[PlannedWave] = []
    for wave in waves:
        fresh: dict[Make, str] = {}
        for host in sorted(wave.hosts, key=depth, reverse=True):  # stable: else the wave's order
            if host in untried and untried[host] not in first:
                fresh.setdefault(untried[host], host)
        first.update(fresh)
        if len([host for host in wave.hosts if host in changing]) == 1:
            cut.append(wave)
            continue
        for make, host in fresh.items():
            name = f"{wave.name}: first {make.model} {make.version}"
            cut.append(replace(wave, name=name, hosts=(host,)))
        rest = tuple(host for host in wave.hosts if host not in fresh.values())
        if rest:
            cut.append(replace(wave, hosts=rest))
    waits = {host: first[make] for host, make in untried.items() if first[make] != host}
    return tuple(cut), waits


def flagged(host: HostPlan, known: Standing, waits_for: str | None) -> HostPlan:
    """A host's plan that says what its make's standing means for it."""
    if host.status != "change" or known.doubt is None:
        return host
    told = f"{known.doubt}: see sekayu-net qualify"
    if known.canary:
        told += f"; it waits for {waits_for}" if waits_for else "; it goes first, alone"
    return replace(host, warnings=(*host.warnings, told), canary=waits_for)


def held(host: HostPlan, states: Mapping[str, str]) -> str | None:
    """Why a device may not be begun: the one it waits for is not confirmed. None when it may."""
    if host.canary is None:
        return None
    state = states.get(host.canary, "not begun")
    if state == "confirmed":
        return None
    return f"{host.canary} goes first, its version and model being untried, and is {state}"
