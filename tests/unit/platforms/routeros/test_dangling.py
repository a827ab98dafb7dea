"""A goal that names what is gone by its internal id: what can be said is said, the rest is told."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.routeros.platform import ROUTEROS

BRIDGE = "/interface bridge\nadd name=bridge1\n"


def whole(running: str, intended: str) -> Change:
    return ROUTEROS.diff(running, intended, DiffContext(version="7.20.1", whole=True))


LEFT_OUT = {
    "an address on an interface that is gone": (
        BRIDGE,
        BRIDGE + "/ip address\nadd address=10.0.0.1/24 interface=*17\n",
        "/ip address address=10.0.0.1/24 interface=*17: interface=*17",
    ),
    "a member of an interface list": (
        BRIDGE + "/interface list\nadd name=LAN\n",
        BRIDGE
        + "/interface list\nadd name=LAN\n/interface list member\nadd interface=*A list=LAN\n",
        "/interface list member list=LAN interface=*A: interface=*A",
    ),
    "an item that would name another interface": (
        BRIDGE + "/ip address\nadd address=10.0.0.1/24 interface=bridge1\n",
        BRIDGE + "/ip address\nadd address=10.0.0.1/24 interface=*17\n",
        "/ip address address=10.0.0.1/24 interface=bridge1: interface=*17",
    ),
    "a setting": (
        (
            "/interface list\nadd name=LAN\n/ip neighbor discovery-settings\n"
            "set discover-interface-list=LAN\n"
        ),
        (
            "/interface list\nadd name=LAN\n/ip neighbor discovery-settings\n"
            "set discover-interface-list=*2000012\n"
        ),
        "/ip neighbor discovery-settings: discover-interface-list=*2000012",
    ),
}


@pytest.mark.parametrize(("running", "intended", "told"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_only_an_internal_id_names_is_left_out_and_told(
    running: str, intended: str, told: str
) -> None:
    change = whole(running, intended)
    assert change.script == ""
    assert change.differences == ()
    assert [warning for warning in change.warnings if warning.startswith(told)]


def test_the_rest_of_such_an_item_is_changed() -> None:
    running = BRIDGE + "/ip address\nadd address=10.0.0.1/24 comment=old interface=bridge1\n"
    intended = BRIDGE + "/ip address\nadd address=10.0.0.1/24 comment=new interface=*17\n"
    change = whole(running, intended)
    assert "comment=new" in change.script
    assert "*17" not in change.script


def test_an_item_that_says_the_same_on_both_sides_is_left_alone_without_a_word() -> None:
    text = BRIDGE + "/ip address\nadd address=10.0.0.1/24 interface=*17\n"
    change = whole(text, text)
    assert (change.script, change.warnings) == ("", ())


def test_an_item_left_out_does_not_move_its_neighbours() -> None:
    rules = "/ip firewall filter\nadd chain=input comment=a\n%sadd chain=input comment=b\n"
    change = whole(rules % "", rules % "add chain=input in-interface=*17 comment=c\n")
    assert change.script == ""


def test_a_removed_item_of_that_kind_is_told_as_one_that_no_undo_brings_back() -> None:
    change = whole(BRIDGE + "/ip address\nadd address=10.0.0.1/24 interface=*17\n", BRIDGE)
    assert "remove" in change.script
    assert ["undo" in warning for warning in change.warnings] == [True]


def test_an_item_goes_with_what_it_names_when_nothing_else_can_be_said() -> None:
    port = "/interface bridge port\nadd bridge=%s interface=ether2\n"
    change = whole(BRIDGE + port % "bridge1", port % "*33")
    assert [(o.action, o.path) for o in change.operations] == [
        ("remove", "/interface bridge port"),
        ("remove", "/interface bridge"),
    ]
    after = ROUTEROS.apply(BRIDGE + port % "bridge1", change.script)
    back = ROUTEROS.apply(after, change.inverse)
    assert whole(back, BRIDGE + port % "bridge1").empty
