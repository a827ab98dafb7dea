"""The changes that the campaign pushes, and the device that they are pushed to.

Each goal is told as what a person would type; the script and the inverse are the product's own,
from the two exports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sekayu_net.plan import HostPlan, Running
from sekayu_net.platforms.base import Change, DiffContext, Flow, Guard, Reading
from sekayu_net.platforms.routeros.candidate import Vault
from sekayu_net.platforms.routeros.platform import ROUTEROS
from tests.campaign.world import ADDRESS, CONTROLLER, GATEWAY, USER, World

BASE = f"""\
/system identity set name=office-rtr1
/system clock set time-zone-autodetect=no time-zone-name=Asia/Jakarta
/ip address add address={ADDRESS}/24 interface=ether1
/ip route add gateway={GATEWAY}
/ip dns set servers=10.0.0.254
/ip firewall address-list add list=controllers address=10.0.0.0/24
/ip firewall filter add chain=input action=accept connection-state=established,related
/ip firewall filter add chain=input action=accept protocol=tcp dst-port=22 \
src-address-list=controllers comment="ssh"
/ip firewall filter add chain=input action=accept protocol=icmp comment="echo"
/ip firewall filter add chain=input action=drop comment="rest"
/user add name={USER} group=full password="unused and long"
"""
#: The management address moves onto a new bridge, its firewall rule to another list.
MOVE = f"""\
/interface bridge add name=lan comment="office"
/interface bridge port add bridge=lan interface=ether1
/interface bridge port add bridge=lan interface=ether2
/ip address set [find address="{ADDRESS}/24"] interface=lan
/ip address add address=10.20.0.1/24 interface=ether3
/ip firewall address-list add list=management address={CONTROLLER}
/ip firewall filter set [find comment="ssh"] src-address-list=management
/ip firewall address-list remove [find list=controllers]
/ip dns set servers=10.0.0.253,10.0.0.254
/system note set note="phase 1"
"""
#: A mistyped controller: the rule that lets it in does not any more.
CUT_OFF = """\
/system note set note="phase 1"
/ip firewall address-list add list=management address=10.1.0.200
/ip firewall filter set [find comment="ssh"] src-address-list=management
/ip address add address=10.20.0.1/24 interface=ether3
"""
#: Plain settings: nothing of the way in.
PLAIN = """\
/ip address add address=10.20.0.1/24 interface=ether3
/ip dns set servers=10.0.0.253,10.0.0.254
/system note set note="phase 1"
/ip firewall filter add chain=forward action=drop comment="no way through"
"""
#: What the device refuses, after everything else was done.
REFUSED = "/ip address add address=10.30.0.1/24 interface=nowhere\n"

#: A line of an inverse that the device can't read: nothing of it is done.
BROKEN = "/ip address add nonsense=1\n"


def without_the_address(inverse: str) -> str:
    """The inverse runs to its end, and the management address stays where nobody finds it."""
    return "".join(
        line
        for line in inverse.splitlines(keepends=True)
        if not ("/ip address set" in line and ADDRESS in line)
    )


@dataclass(frozen=True, slots=True)
class Scenario:
    """``goal``: what is typed to get there. ``extra``: a statement that fails, at the end.

    ``ends``: where a deployment without any fault ends. ``spoil``: what is done to the inverse, as
    if it had been computed wrong, so that the second stage must do it.
    """

    name: str
    goal: str
    ends: str
    extra: str = ""
    spoil: Callable[[str], str] = str


SCENARIOS = {
    each.name: each
    for each in (
        Scenario("move", MOVE, "confirmed"),
        Scenario("plain", PLAIN, "confirmed"),
        Scenario("cut-off", CUT_OFF, "reverted"),
        Scenario("refused", MOVE, "reverted", REFUSED),
        Scenario("broken inverse", CUT_OFF, "reverted", spoil=lambda text: f"{BROKEN}{text}"),
        Scenario("wrong inverse", MOVE, "reverted", REFUSED, spoil=without_the_address),
    )
}
#: Longer than any deployment without faults takes here, and than a boot.
CONFIRM_WITHIN = 60


@dataclass(frozen=True, slots=True)
class Prepared:
    """A scenario worked out for one version. ``old`` and ``new`` are canonical texts."""

    scenario: Scenario
    old: str
    new: str
    change: Change
    context: DiffContext

    def plan(self, running: Running, guard: Guard, *, unguarded: bool) -> HostPlan:
        """The plan for one device."""
        return HostPlan(
            host="office-rtr1",
            platform="routeros",
            status="change",
            fingerprint=running.fingerprint,
            guard=guard.kind,
            unguarded=unguarded,
            management_path=self.change.management_path,
            script=self.change.script + self.scenario.extra,
            inverse=self.scenario.spoil(self.change.inverse),
            running=running.canonical,
            intended=self.new,
        )


VAULT = Vault()


def export(world: World) -> str:
    """The canonical export, secrets masked."""
    text = world.device.execute(
        "/export" if world.device.version.startswith("6.") else "/export show-sensitive", user=USER
    ).replace("\r\n", "\n")
    return ROUTEROS.canonical(ROUTEROS.mask(text, VAULT.seal))


def running(text: str) -> Running:
    """A canonical text as the state that a plan was made from."""
    return Running.of(Reading(text, "", "", "", ""), text, ROUTEROS)


@cache
def prepare(name: str, version: str) -> Prepared:
    """Work a scenario out."""
    scenario = SCENARIOS[name]
    world = World(version=version)
    world.device.import_script(BASE)
    old = export(world)
    world.device.import_script(scenario.goal)
    new = export(world)
    context = DiffContext(version=version, whole=True, flows=(Flow(CONTROLLER, ADDRESS),))
    return Prepared(scenario, old, new, ROUTEROS.diff(old, new, context), context)
