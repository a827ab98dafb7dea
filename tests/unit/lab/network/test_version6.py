"""A router of RouterOS 6 among those of 7: its OSPF, its routes, its radios."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.lab.node_reader import compile_node

#: How the lurah's router says in version 6 what it said in 7.
OSPF = """
/routing ospf instance
add name=default router-id=10.62.0.2 redistribute-static=as-type-1
/routing ospf area
add name=backbone instance=default area-id=0.0.0.0
/routing ospf interface
add interface=uplink network-type=point-to-point authentication=md5 authentication-key-id=1 \\
    authentication-key=key1001
add interface=all passive=yes
/routing ospf network
add network=10.60.0.0/16 area=backbone
add network=10.62.0.0/16 area=backbone
add network=10.64.0.0/16 area=backbone
"""
HUB = (
    "/routing ospf interface-template set [ find comment=link-lurah ] auth=md5 auth-id=1 "
    "auth-key=key1001\n"
)


@pytest.fixture
def mixed(lab: Any) -> Any:
    for menu in (
        "/routing ospf instance",
        "/routing ospf area",
        "/routing ospf interface-template",
    ):
        lab.states["lurah-rtr"].menus[menu] = []
    lab.run("lurah-rtr", OSPF)
    lab.run("hub-rtr", HUB)
    return lab


def test_it_is_a_neighbor_of_one_of_7(mixed: Any) -> None:
    assert mixed.unreachable() == frozenset()
    rows = mixed.network.ospf_neighbors(mixed.states["lurah-rtr"])
    assert [(r["interface"], r["router-id"]) for r in rows] == [("uplink", "10.62.0.1")]


#: A change on the old router, and who is out of reach then.
CUTS = {
    "the uplink is in no network": (
        "/routing ospf network remove [ find network=10.60.0.0/16 ]",
        ["lurah"],
    ),
    "another key": (
        "/routing ospf interface set [ find interface=uplink ] authentication-key=other",
        ["lurah"],
    ),
    "another kind of network": (
        "/routing ospf interface set [ find interface=uplink ] network-type=broadcast",
        ["lurah"],
    ),
    "no settings of its own, passive as all": (
        "/routing ospf interface remove [ find interface=uplink ]",
        ["lurah"],
    ),
    "a disabled area": ("/routing ospf area set [ find name=backbone ] disabled=yes", ["lurah"]),
    "the loopback is in no network": (
        "/routing ospf network remove [ find network=10.62.0.0/16 ]",
        ["lurah-rtr"],
    ),
}


@pytest.mark.parametrize(("text", "cut"), CUTS.values(), ids=CUTS)
def test_what_cuts_it_off(mixed: Any, text: str, cut: list[str]) -> None:
    mixed.run("lurah-rtr", text)
    assert mixed.unreachable() == mixed.named(cut)


def test_routes_name_their_table_and_kind_in_the_old_words(lab: Any) -> None:
    state = lab.states["lurah-rtr"]
    state.run(
        "/ip route\nadd dst-address=10.1.0.0/16 gateway=10.60.0.1 routing-mark=guests\n"
        "add dst-address=10.2.0.0/16 type=blackhole\n"
        "/ip route rule\nadd src-address=10.3.0.0/16 action=lookup table=guests\n"
        "/interface wireless\nadd name=wlan1\n"
    )
    node = compile_node(state)
    tables = {str(r.destination): (r.table, r.blackhole) for r in node.routes}
    assert tables["10.1.0.0/16"] == ("guests", False)
    assert tables["10.2.0.0/16"] == ("main", True)
    assert [rule.table for rule in node.routing_rules] == ["guests"]
    assert node.interfaces["wlan1"].kind == "wifi"
