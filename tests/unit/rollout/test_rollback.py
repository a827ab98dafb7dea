"""The way back from a run, on the state that a device has now: three texts in, one out."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from sekayu_net.platforms.base import DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rollout.rollback import back_from

CONTEXT = DiffContext("7.20.1", whole=True)
OLD = """\
/ip address
add address=10.0.0.1/24 interface=ether1
/ip firewall filter
add action=accept chain=input comment=a src-address=10.0.0.0/8
add action=drop chain=input comment=z
/ip dns
set servers=192.0.2.53
/system identity
set name=old
"""
NEW = """\
/interface vlan
add interface=ether2 name=office vlan-id=20
/ip address
add address=10.0.0.1/24 interface=ether1
add address=10.9.0.1/24 interface=office
/ip firewall filter
add action=accept chain=input comment=a src-address=10.0.0.0/8
add action=accept chain=input comment=b src-address=10.2.0.0/16
add action=drop chain=input comment=z
/ip dns
set servers=198.51.100.53
/system identity
set name=new
"""


@dataclass(frozen=True)
class Case:
    """What someone did since (old part → new part), what is in the target and what is not."""

    edits: tuple[tuple[str, str], ...] = ()
    there: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


CASES = {
    "an item added since stays": Case(
        edits=(("/ip dns", "/ip route\nadd gateway=10.0.0.254\n/ip dns"),),
        there=("gateway=10.0.0.254", "servers=192.0.2.53", "name=old"),
        gone=("comment=b", "10.9.0.1/24", "office"),
    ),
    "a rule put between the run's own stays in its place": Case(
        edits=(
            (
                "add action=drop chain=input comment=z",
                ("add action=accept chain=input comment=hand src-address=10.4.0.0/16\n"
                "add action=drop chain=input comment=z"),
            ),
        ),
        there=("comment=hand src-address=10.4.0.0/16\nadd action=drop chain=input comment=z",),
        gone=("comment=b",),
    ),
    "an item of the run that was changed since is left and named": Case(
        edits=(("10.2.0.0/16", "10.2.0.0/24"),),
        there=("comment=b src-address=10.2.0.0/24", "name=old"),
        gone=("10.9.0.1/24",),
        left=("/ip firewall filter chain=input comment=b",),
    ),
    "a setting of the run that was set since is left and named": Case(
        edits=(("set name=new", "set name=hand"),),
        there=("set name=hand", "servers=192.0.2.53"),
        left=("/system identity (name=new)",),
    ),
    "another setting of the same menu keeps nothing from going back": Case(
        edits=(("servers=198.51.100.53", "servers=198.51.100.53 allow-remote-requests=yes"),),
        there=("allow-remote-requests=yes", "servers=192.0.2.53"),
    ),
    "what the run added and someone removed since needs nothing": Case(
        edits=(
            ("add action=accept chain=input comment=b src-address=10.2.0.0/16\n", ""),
        ),
        there=("name=old",),
        gone=("comment=b",),
    ),
    "what was taken back by hand already needs nothing": Case(
        edits=(("set name=new", "set name=old"),),
        there=("set name=old",),
    ),
}  # fmt: skip


def current(case: Case) -> str:
    text = NEW
    for before, after in case.edits:
        assert before in text
        text = text.replace(before, after)
    return ROUTEROS.canonical(text)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_what_changed_since_is_left_and_the_rest_goes_back(case) -> None:
    back = back_from(
        ROUTEROS,
        CONTEXT,
        old=ROUTEROS.canonical(OLD),
        new=ROUTEROS.canonical(NEW),
        current=current(case),
    )
    for text in case.there:
        assert text in back.target
    for text in case.gone:
        assert text not in back.target
    assert len(back.left) == len(case.left), back.left
    for text, told in zip(case.left, back.left, strict=True):
        assert text in told


def test_an_untouched_device_goes_back_to_its_old_state_whole() -> None:
    old, new = ROUTEROS.canonical(OLD), ROUTEROS.canonical(NEW)
    back = back_from(ROUTEROS, CONTEXT, old=old, new=new, current=new)
    assert (back.target, back.left) == (old, ())


def test_a_device_in_its_old_state_stays_as_it_is() -> None:
    old, new = ROUTEROS.canonical(OLD), ROUTEROS.canonical(NEW)
    assert back_from(ROUTEROS, CONTEXT, old=old, new=new, current=old).target == old


def test_a_statement_that_can_not_be_done_any_more_is_named_and_the_rest_is_done() -> None:
    old = ROUTEROS.canonical(
        "/interface vlan\nadd interface=ether2 name=office vlan-id=20\n"
        "/ip address\nadd address=10.9.0.1/24 interface=office\n"
        "/system identity\nset name=old\n"
    )
    new = ROUTEROS.canonical(
        "/interface vlan\nadd interface=ether2 name=office vlan-id=20\n"
        "/ip firewall filter\nadd action=accept chain=input comment=b\n"
        "/system identity\nset name=new\n"
    )
    now = new.replace("name=office", "name=by-hand")
    back = back_from(ROUTEROS, CONTEXT, old=old, new=new, current=now)
    assert "set name=old" in back.target
    assert "by-hand" in back.target
    assert "comment=b" not in back.target
