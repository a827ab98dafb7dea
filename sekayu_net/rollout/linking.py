"""Which changes of a plan hang together: pure, from what both ends of each link say.

The inventory knows every link and its two ends; a platform knows which terms a text offers at an
end (``platforms.base.Linking``). Two ends meet when they share one set of terms. A link is

* *linked* when its ends meet now and will meet, but not with only one of them changed;
* free when they meet at every moment, or do not meet now: then there is nothing to lose;
* refused when the other end is not part of the plan, was not read, or is to say something else.

How linked changes are carried out is ``linked``'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from sekayu_net.inventory.district import Device, District
from sekayu_net.plan import HostPlan, PlannedWave
from sekayu_net.platforms.abilities import Linking
from sekayu_net.platforms.base import LinkEnd, Platform, Terms, TermsAt

#: Undo kinds under which a device can follow another, and under which it can decide.
FOLLOWING = ("job+startup", "job")


@dataclass(frozen=True, slots=True)
class Bond:
    """A link of the inventory: two routers, and where the link ends on each. ``vlan``: its VLAN."""

    upstream: str
    downstream: str
    upstream_end: LinkEnd
    downstream_end: LinkEnd
    vlan: int | None = None

    def end(self, host: str) -> LinkEnd:
        """The end at one of the two."""
        return self.upstream_end if host == self.upstream else self.downstream_end

    def other(self, host: str) -> str:
        """The device at the other end."""
        return self.downstream if host == self.upstream else self.upstream


def bonds_of(district: District) -> Iterator[Bond]:
    """Every link and tunnel of the district, in the order of offices.

    The second hub's end of a link is none of them: no office hangs on it alone, so it may change
    before or after the others.
    """
    for office in district.offices.values():
        if office.link is not None:
            link = office.link
            yield Bond(
                link.upstream,
                link.downstream,
                LinkEnd(True, link.upstream_port, link.vlan),
                LinkEnd(False, link.downstream_port, link.vlan),
                link.vlan,
            )
        if office.tunnel is not None:
            tunnel = office.tunnel
            yield Bond(tunnel.hub, tunnel.router, LinkEnd(True), LinkEnd(False))


@dataclass(frozen=True, slots=True)
class Texts:
    """What there is to know of the devices. ``intended`` renders one that is not in the plan."""

    bonds: tuple[Bond, ...]
    plans: Mapping[str, HostPlan]
    platform: Callable[[str], Platform]
    intended: Callable[[str], str]
    public_key: Callable[[str], str | None]
    _terms: dict[tuple[str, str], TermsAt | None] = field(default_factory=dict)

    def read(self, host: str) -> bool:
        """Whether the plan holds both of a device's states."""
        plan = self.plans.get(host)
        return plan is not None and plan.fingerprint is not None

    def now(self, host: str, bond: Bond) -> frozenset[Terms] | None:
        """What a device that was read says at its end; None when its platform can't tell."""
        return self._of(host, "now", bond.end(host), lambda: self.plans[host].running)

    def then(self, host: str, bond: Bond) -> frozenset[Terms] | None:
        """What a device is to say at its end; None when its platform can't tell."""
        known = self.read(host)
        return self._of(
            host,
            "then",
            bond.end(host),
            lambda: self.plans[host].intended if known else self.intended(host),
        )

    def _of(
        self, host: str, when: str, end: LinkEnd, text: Callable[[], str]
    ) -> frozenset[Terms] | None:
        key = (host, when)
        if key not in self._terms:
            platform = self.platform(host)
            self._terms[key] = (
                platform.link_terms(text(), self.public_key)
                if isinstance(platform, Linking)
                else None
            )
        at = self._terms[key]
        return None if at is None else at(end)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a device's change can't be made."""

    host: str
    words: str


def link(
    district: District,
    texts: Texts,
    *,
    allowed: frozenset[str] = frozenset(),
) -> dict[str, HostPlan]:
    """The plans with their links: ``linked`` set, what can't be done as one ``refused``.

    ``allowed`` names the devices whose end may change alone, for the operator answers for it.
    """
    plans = dict(texts.plans)
    pairs: list[tuple[str, str]] = []
    refusals: list[Refusal] = []
    notes: list[Refusal] = []
    for bond in texts.bonds:
        ends = (bond.upstream, bond.downstream)
        if not any(plans[h].status in ("change", "refused") for h in ends if h in plans):
            continue
        if all(texts.read(host) for host in ends) and judged(bond, texts):
            if clashing(bond, texts):
                words = "what the two ends of their link are to say does not agree"
                refusals += [Refusal(host, f"{words}: look at {bond.other(host)}") for host in ends]
            elif hanging_together(bond, texts):
                pairs.append(ends)
            continue
        for host in ends:
            moved = moving(bond, host, texts)
            if moved:
                alone = one_end(bond, host, texts, moved)
                (notes if host in allowed else refusals).append(alone)
    for note in notes:
        plan = plans[note.host]
        plans[note.host] = replace(plan, warnings=(*plan.warnings, note.words))
    for group in components(pairs):
        ordered = tuple(sorted(group, key=lambda host: (depth(district, host), host)))
        for host in ordered:
            plans[host] = replace(plans[host], linked=ordered)
        refusals += unfit(ordered, plans)
    for refusal in refusals:
        refuse(plans, refusal)
    for host, plan in list(plans.items()):
        broken = next((o for o in plan.linked if o != host and plans[o].status != "change"), None)
        if broken is not None and plan.status == "change":
            why = f"linked with {broken}, both or neither, and that is {plans[broken].status}"
            plans[host] = replace(plan, status="refused", reason=f"{why}: {plans[broken].reason}")
    return plans


def refuse(plans: dict[str, HostPlan], refusal: Refusal) -> None:
    """Refuse a device's change, unless something else refused it before."""
    plan = plans[refusal.host]
    if plan.status == "change":
        plans[refusal.host] = replace(plan, status="refused", reason=refusal.words)


def hanging_together(bond: Bond, texts: Texts) -> bool:
    """Whether the ends meet before and after, but not with one of them alone changed."""
    up_now, up_then = texts.now(bond.upstream, bond), texts.then(bond.upstream, bond)
    down_now, down_then = texts.now(bond.downstream, bond), texts.then(bond.downstream, bond)
    if not meet(up_now, down_now) or not meet(up_then, down_then):
        return False
    return not (meet(up_then, down_now) and meet(up_now, down_then))


def clashing(bond: Bond, texts: Texts) -> bool:
    """Whether ends that meet now are to be told what does not meet."""
    now = meet(texts.now(bond.upstream, bond), texts.now(bond.downstream, bond))
    return now and not meet(texts.then(bond.upstream, bond), texts.then(bond.downstream, bond))


def meet(one: frozenset[Terms] | None, other: frozenset[Terms] | None) -> bool:
    """Whether two ends share terms."""
    return bool(one and other and one & other)


def judged(bond: Bond, texts: Texts) -> bool:
    """Whether the platforms of both ends can tell their terms."""
    return None not in (texts.then(bond.upstream, bond), texts.then(bond.downstream, bond))


def moving(bond: Bond, host: str, texts: Texts) -> tuple[str, ...]:
    """Which terms of this link a device changes whose other end can't be seen; names, not values.

    Empty when it changes none. A link that it only adds is none that it could break.
    """
    if not texts.read(host):
        return ()
    now, then = texts.now(host, bond), texts.then(host, bond)
    if now is None or then is None or not now - then:
        return ()
    elsewhere = texts.plans.get(bond.other(host))
    if elsewhere is not None and elsewhere.status == "unchanged":
        return ()  # it says already what it is to say
    other = texts.then(bond.other(host), bond)
    if other is None:
        # The other platform can't tell: this link's terms are those with its VLAN in them.
        mine = {terms for terms in then if dict(terms).get("vlan") == str(bond.vlan)}
    else:
        mine = set(then & other)
    gone = now - then - claimed(bond, host, texts)
    if mine & now or not gone or (not mine and host == bond.upstream):
        return ()
    names = {
        name
        for after in mine or then - now
        for name, value in after
        if all(dict(before).get(name) != value for before in gone)
    }
    return tuple(sorted(names)) or ("its terms",)


def claimed(bond: Bond, host: str, texts: Texts) -> frozenset[Terms]:
    """What the devices at the other links of this end say now: those terms are not this link's."""
    found: frozenset[Terms] = frozenset()
    for each in texts.bonds:
        if each == bond or host not in (each.upstream, each.downstream):
            continue
        other = each.other(host)
        if each.end(host).port == bond.end(host).port and texts.read(other):
            found |= texts.now(other, each) or frozenset()
    return found


def one_end(bond: Bond, host: str, texts: Texts, moved: Sequence[str]) -> Refusal:
    """The words for a link whose other end this plan would leave as it is."""
    other = bond.other(host)
    plan = texts.plans.get(other)
    where = "not in this plan"
    if plan is not None and texts.read(other):
        where = "of a platform whose links can't be compared"
    elif plan is not None:
        where = f"{plan.status} ({plan.reason})"
    what = f"it changes what it must agree on with {other} ({', '.join(moved)}), whose end is"
    hint = f"plan both: --host {bond.upstream} --host {bond.downstream}"
    if plan is not None:
        hint = "make that change on site" if texts.read(other) else "plan again when both answer"
    return Refusal(
        host,
        f"{what} {where}: {hint}; or, where {other} says so already, --allow-unguarded {host}",
    )


def unfit(group: Sequence[str], plans: Mapping[str, HostPlan]) -> Iterator[Refusal]:
    """Members that can't play their part: the first decides, the others follow by themselves."""
    for place, host in enumerate(group):
        kind = plans[host].guard
        if kind in FOLLOWING or (place == 0 and kind not in (None, "none")):
            continue
        others = ", ".join(each for each in group if each != host)
        yield Refusal(
            host,
            f"it is linked with {others}, and under an undo of kind {kind} it can't change with "
            "them as one: make that change on site",
        )


def components(pairs: Iterable[tuple[str, str]]) -> tuple[frozenset[str], ...]:
    """The groups that pairs make together, in the order of their first pair."""
    groups: list[set[str]] = []
    for pair in pairs:
        touched = [group for group in groups if group & set(pair)]
        merged = set(pair).union(*touched)
        groups = [group for group in groups if group not in touched]
        groups.append(merged)
    return tuple(frozenset(group) for group in groups)


def depth(district: District, host: str) -> int:
    """How many routers are on the path to a device."""
    device: Device = district.devices[host]
    return len(district.path_to(device))


def groups_of(plans: Mapping[str, HostPlan], hosts: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """The linked groups that these hosts are in, the deciding device of each first."""
    return tuple(dict.fromkeys(plans[host].linked for host in hosts if plans[host].linked))


def together(
    waves: Sequence[PlannedWave], plans: Mapping[str, HostPlan]
) -> tuple[PlannedWave, ...]:
    """The waves with every linked group as one: in the last wave that any of its hosts is in.

    No device is begun before its own wave may open.
    """
    place = {host: number for number, wave in enumerate(waves) for host in wave.hosts}
    due = {host: max(place[other] for other in (host, *plans[host].linked)) for host in place}
    return tuple(
        replace(wave, hosts=tuple(host for host in place if due[host] == number))
        for number, wave in enumerate(waves)
    )
