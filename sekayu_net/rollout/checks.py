"""Checks that are run *from* a device, by the names that playbooks use.

A check changes nothing and says what it found; its thresholds are a model, so that a playbook's
fault has a name. What a device tells is the platform's (``base.Observer``). Whether a failed check
stops a rollout is decided in ``device``: one that failed before the change is not blamed on it.
Checks of a project's own (``tasks/NAME.py``) are ``own_checks``'.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from sekayu_net.errors import DeviceError
from sekayu_net.inventory.district import Device, District
from sekayu_net.platforms.base import Driver, Observer
from sekayu_net.rollout.checklist import Called, from_line
from sekayu_net.rollout.device import CheckResult

Count = Annotated[int, Field(ge=1, le=1000)]
Percent = Annotated[int, Field(ge=1, le=100)]
#: Passed or not, and what was found.
Verdict = tuple[bool, str]


class Thresholds(BaseModel):
    """What a check takes; without any it takes none."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Echoes(Thresholds):
    """So many of ``count`` echo requests must be answered at least."""

    min: Count = 1
    count: Annotated[int, Field(ge=1, le=20)] = 3


class Address(Echoes):
    """Which address must answer."""

    address: IPv4Address


class Routes(Thresholds):
    """So many default routes must be in use at least."""

    min: Count = 1


class Neighbors(Thresholds):
    """So many OSPF neighbours must be there at least, and each must be Full."""

    min: Annotated[int, Field(ge=0, le=1000)] = 1


class Name(Thresholds):
    """The name to resolve; the district's own domain when none is given."""

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")] | None = None


class Most(Thresholds):
    """At most so many percent in use."""

    max: Percent = 90


class MostOfPool(Thresholds):
    """At most so many percent of each pool given away."""

    max: Percent = 95


class OnAir(Thresholds):
    """So many radios must be on the air at least, and each that is switched on."""

    min: Annotated[int, Field(ge=0, le=64)] = 0


@dataclass(frozen=True, slots=True)
class Place:
    """The device that a check runs from, and its district."""

    district: District
    device: Device

    @property
    def speaks_ospf(self) -> bool:
        """Whether a link of the device carries OSPF by the inventory."""
        if self.device.role != "router":
            return False
        office = self.district.offices[self.device.office]
        return office.link is not None or bool(self.district.links_at(self.device.name))


def answers(driver: Driver, address: IPv4Address, who: str, wanted: Echoes) -> Verdict:
    """Whether enough echo requests from the device are answered."""
    result = driver.echo(str(address), count=wanted.count)
    told = f"{who} {address}: {result.received} of {result.sent} answers"
    return result.received >= wanted.min, told


def hub(driver: Driver, place: Place, wanted: Echoes) -> Verdict:
    """The device reaches the hub's loopback; the hub itself reaches Dinkominfo's gateway."""
    district = place.district
    if place.device.name == district.hub:
        return answers(driver, district.dinkominfo.gateway, "gateway", wanted)
    return answers(driver, district.devices[district.hub].address, "hub", wanted)


def controller(driver: Driver, place: Place, wanted: Echoes) -> Verdict:
    """The device reaches the controller: the way back is whole."""
    return answers(driver, place.district.services.controller_address, "controller", wanted)


def ping(driver: Driver, place: Place, wanted: Address) -> Verdict:  # noqa: ARG001
    """An address of the playbook's choice answers."""
    return answers(driver, wanted.address, "address", wanted)


def default_route(device: Observer, place: Place, wanted: Routes) -> Verdict:  # noqa: ARG001
    """A default route is in use."""
    routes = device.default_routes()
    used = [route.gateway for route in routes if route.active]
    told = f"{len(used)} in use" + (f", by {', '.join(used)}" if used else "")
    idle = len(routes) - len(used)
    return len(used) >= wanted.min, told + (f", {idle} not" if idle else "")


def ospf(device: Observer, place: Place, wanted: Neighbors) -> Verdict:
    """Every OSPF neighbour is Full. A device whose links carry no OSPF passes."""
    if not place.speaks_ospf:
        return True, "no link here carries OSPF"
    neighbors = device.ospf_neighbors()
    halfway = [f"{n.address} is {n.state}" for n in neighbors if n.state.lower() != "full"]
    told = f"{len(neighbors) - len(halfway)} of {len(neighbors)} neighbours Full"
    if len(neighbors) < wanted.min:
        told += f", at least {wanted.min} wanted"
    passed = not halfway and len(neighbors) >= wanted.min
    return passed, "; ".join((told, *halfway[:3]))


def dns(device: Observer, place: Place, wanted: Name) -> Verdict:
    """The device's resolver gives an address for a name."""
    name = wanted.name or place.district.services.domain
    address = device.resolve(name)
    return bool(address), f"{name}: {address}" if address else f"{name} does not resolve"


def dhcp(device: Observer, place: Place, wanted: MostOfPool) -> Verdict:  # noqa: ARG001
    """No pool that a DHCP server gives from is (nearly) used up."""
    pools = device.address_pools()
    if not pools:
        return True, "it gives out no addresses"
    full = [p for p in pools if p.size == 0 or p.used * 100 > wanted.max * p.size]
    shown = full or [max(pools, key=lambda p: p.used / p.size)]
    told = ", ".join(f"{p.name}: {p.used} of {p.size} addresses in use" for p in shown)
    return not full, told + (f", at most {wanted.max} % wanted" if full else "")


def radios(device: Observer, place: Place, wanted: OnAir) -> Verdict:
    """Every radio that is switched on is on the air; an access point has one at least."""
    found = device.radios()
    silent = [f"{radio.name} is {radio.state}" for radio in found if not radio.on_air]
    serves = place.device.role == "access_point" and bool(place.device.model.radios)
    least = max(wanted.min, 1 if serves else 0)
    heard = len(found) - len(silent)
    told = f"{heard} on the air" + (f", at least {least} wanted" if heard < least else "")
    return not silent and heard >= least, "; ".join((told, *silent[:3]))


def clock(device: Observer, place: Place, wanted: Thresholds) -> Verdict:  # noqa: ARG001
    """The clock follows a time server."""
    source = device.time_source()
    told = f"{source.state}{f', by {source.server}' if source.server else ''}"
    return source.synchronised, told


def cpu(device: Observer, place: Place, wanted: Most) -> Verdict:  # noqa: ARG001
    """The processor has time left."""
    used = device.load().cpu
    return used <= wanted.max, bounded(used, wanted.max)


def memory(device: Observer, place: Place, wanted: Most) -> Verdict:  # noqa: ARG001
    """Memory is left."""
    load = device.load()
    used = 100 if load.memory_total <= 0 else 100 - 100 * load.memory_free // load.memory_total
    return used <= wanted.max, bounded(used, wanted.max)


def bounded(used: int, most: int) -> str:
    """A share in words."""
    return f"{used} % in use" + (f", at most {most} % wanted" if used > most else "")


@dataclass(frozen=True, slots=True)
class Check:
    """A check and the model of its thresholds. ``observes``: it needs ``base.Observer``."""

    run: Callable[[Any, Place, Any], Verdict]
    takes: type[Thresholds]
    observes: bool = True


CHECKS: Mapping[str, Check] = {
    "hub": Check(hub, Echoes, observes=False),
    "controller": Check(controller, Echoes, observes=False),
    "ping": Check(ping, Address, observes=False),
    "default_route": Check(default_route, Routes),
    "ospf": Check(ospf, Neighbors),
    "dns": Check(dns, Name),
    "dhcp": Check(dhcp, MostOfPool),
    "radios": Check(radios, OnAir),
    "clock": Check(clock, Thresholds),
    "cpu": Check(cpu, Most),
    "memory": Check(memory, Most),
}
#: What ``task verify`` runs. ``ping`` needs an address, and an office's firewall lets its access
#: points answer the controller, not ask it.
USUAL = tuple(name for name in CHECKS if name not in ("ping", "controller"))


def fault_of(called: Called) -> str | None:
    """What is wrong with the thresholds of a check that is ours; None when nothing is."""
    try:
        CHECKS[called.name].takes.model_validate(dict(called.values))
    except ValidationError as error:
        found = error.errors(include_url=False)[0]
        name = ".".join(str(part) for part in found["loc"])
        known = ", ".join(CHECKS[called.name].takes.model_fields) or "none"
        if found["type"] == "extra_forbidden":
            return f"{called.name} has no threshold {name} (there are: {known})"
        if found["type"] == "missing":
            return f"{called.name} needs {name}"
        return f"{called.name}: {name}: {found['msg']}"
    return None


def run_check(called: Called, driver: Driver, place: Place) -> CheckResult:
    """Run one of our checks. What the device does wrong is a failed check, not an error."""
    check = CHECKS[called.name]
    if check.observes and not isinstance(driver, Observer):
        told = f"{place.device.platform} devices don't tell this yet: leave {called.name} away"
        return CheckResult(str(called), False, told)
    wanted = check.takes.model_validate(dict(called.values))
    try:
        passed, told = check.run(driver, place, wanted)
    except DeviceError as error:
        return CheckResult(str(called), False, error.message)
    return CheckResult(str(called), passed, told)


def run_checks(
    lines: Iterable[str],
    driver: Driver,
    district: District,
    device: Device,
    own: Callable[[Called], CheckResult] | None = None,
) -> tuple[CheckResult, ...]:
    """Run these checks on one device, in their order. ``own`` runs a check of the project.

    Each result is named by its line: two checks of one name with other thresholds stay apart.
    """
    place = Place(district, device)
    results = []
    for line in lines:
        called = from_line(line)
        if called.name in CHECKS:
            results.append(run_check(called, driver, place))
        elif own is not None:
            results.append(own(called))
        else:
            results.append(CheckResult(line, False, "no such check"))
    return tuple(results)
