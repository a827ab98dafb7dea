"""Is the management flow admitted? Each row: what is changed in a device that admits it."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import Change, DiffContext, Flow
from sekayu_net.platforms.routeros.admission import watch
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.platforms.routeros.tree import read

DEVICE = """\
/interface bridge
add name=bridge vlan-filtering=yes
/interface vlan
add interface=bridge name=vlan-management vlan-id=99
add interface=sfp1 name=uplink vlan-id=201
/interface list
add name=MANAGEMENT
/interface bridge port
add bridge=bridge interface=ether2 pvid=10
/interface bridge vlan
add bridge=bridge tagged=bridge,ether2 vlan-ids=99
/interface list member
add interface=uplink list=MANAGEMENT
/ip address
add address=10.62.0.2 interface=lo
add address=10.61.0.2/30 interface=uplink
add address=10.60.99.1/27 interface=vlan-management
/ip firewall address-list
add address=10.9.0.0/24 list=controllers
/ip firewall filter
add action=accept chain=input connection-state=established,related
add action=accept chain=input dst-port=22 in-interface-list=MANAGEMENT protocol=tcp \\
    src-address-list=controllers
add action=drop chain=input
/ip route
add dst-address=10.9.0.0/24 gateway=10.61.0.1
/ip service
set ssh address=10.9.0.0/24
"""
FLOW = ("10.9.0.0/24", "10.62.0.2", 22)

CUTS = {
    "the address goes": ("add address=10.62.0.2 interface=lo\n", "", "address"),
    "the uplink's address goes": ("add address=10.61.0.2/30 interface=uplink\n", "", "way back"),
    "the uplink VLAN is disabled": ("name=uplink vlan-id", "disabled=yes name=uplink vlan-id", ""),
    "the uplink port joins the bridge": (
        "interface=ether2 pvid=10\n",
        "interface=ether2 pvid=10\nadd bridge=bridge interface=sfp1\n",
        "uplink",
    ),
    "the route goes": ("add dst-address=10.9.0.0/24 gateway=10.61.0.1\n", "", "way back"),
    "the route is a black hole": ("gateway=10.61.0.1", "blackhole", "way back"),
    "the accept rule goes": (
        "add action=accept chain=input dst-port=22",
        "add action=log chain=x",
        "input",
    ),
    "the accept rule has another port": ("dst-port=22", "dst-port=2222", "input"),
    "the controller leaves the list": (
        "address=10.9.0.0/24 list",
        "address=10.8.0.0/24 list",
        "input",
    ),
    "the uplink leaves the list": ("add interface=uplink list=MANAGEMENT\n", "", "input"),
    "a drop comes first": (
        "/ip firewall filter\n",
        "/ip firewall filter\nadd action=drop chain=input protocol=tcp\n",
        "input",
    ),
    "a drop that nobody can judge comes first": (
        "/ip firewall filter\n",
        "/ip firewall filter\nadd action=drop chain=input limit=1,5:packet\n",
        "input",
    ),
    "a jump leads to a drop": (
        "/ip firewall filter\n",
        (
            "/ip firewall filter\nadd action=jump chain=input jump-target=no\n"
            "add action=drop chain=no\n"
        ),
        "input",
    ),
    "the raw table drops it": (
        "/ip route\n",
        "/ip firewall raw\nadd action=drop chain=prerouting src-address=10.0.0.0/8\n/ip route\n",
        "raw",
    ),
    "answers are dropped": (
        "/ip firewall filter\n",
        "/ip firewall filter\nadd action=drop chain=output dst-address=10.9.0.0/24\n",
        "output",
    ),
    "ssh is disabled": ("set ssh address", "set ssh disabled=yes address", "disabled"),
    "ssh has another port": ("set ssh address", "set ssh port=2222 address", "port"),
    "ssh admits others only": ("ssh address=10.9.0.0/24", "ssh address=10.8.0.0/24", "addresses"),
}


def refusal(text: str, flow: tuple[str, str, int] = FLOW) -> str:
    watching = watch([flow])
    assert watching is not None
    verdict = watching.look(read(text, "7.20"))
    assert verdict.admitted == (not verdict.reason)
    return verdict.reason


def test_the_device_admits_its_controller() -> None:
    assert refusal(DEVICE) == ""


@pytest.mark.parametrize("name", CUTS)
def test_a_cut_is_seen(name: str) -> None:
    old, new, reason = CUTS[name]
    assert old in DEVICE
    refused = refusal(DEVICE.replace(old, new, 1))
    assert refused
    assert reason in refused


MANAGEMENT_VLAN = ("10.60.99.0/27", "10.60.99.1", 22)
OPEN = DEVICE.replace("add action=drop chain=input\n", "").replace(
    "set ssh address=10.9.0.0/24\n", ""
)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("tagged=bridge,ether2 vlan-ids=99", "tagged=ether2 vlan-ids=99"),
        ("tagged=bridge,ether2 vlan-ids=99", "tagged=bridge vlan-ids=99"),
        ("tagged=bridge,ether2 vlan-ids=99", "tagged=bridge,ether2 vlan-ids=98"),
        ("interface=ether2 pvid=10", "disabled=yes interface=ether2"),
    ],
)
def test_a_vlan_that_leaves_the_bridge_table_is_cut(old: str, new: str) -> None:
    assert refusal(OPEN, MANAGEMENT_VLAN) == ""
    assert "vlan-management" in refusal(OPEN.replace(old, new), MANAGEMENT_VLAN)


def test_without_vlan_filtering_the_table_does_not_matter() -> None:
    text = OPEN.replace(" vlan-filtering=yes", "").replace("vlan-ids=99", "vlan-ids=98")
    assert refusal(text, MANAGEMENT_VLAN) == ""


OSPF = DEVICE.replace(
    "/ip route\nadd dst-address=10.9.0.0/24 gateway=10.61.0.1\n",
    "/routing ospf instance\nadd name=intranet\n"
    "/routing ospf area\nadd instance=intranet name=backbone\n"
    "/routing ospf interface-template\nadd area=backbone interfaces=uplink type=ptp\n"
    "add area=backbone interfaces=lo passive\n",
)


def test_ospf_on_the_uplink_is_a_way_back() -> None:
    assert refusal(OSPF) == ""


def test_passive_ospf_is_no_way_back() -> None:
    assert "way back" in refusal(
        OSPF.replace("interfaces=uplink type=ptp", "interfaces=uplink passive")
    )


TUNNEL = (
    DEVICE.replace("add interface=sfp1 name=uplink vlan-id=201\n", "")
    .replace(
        "/interface list\n",
        "/interface wireguard\nadd listen-port=51820 name=uplink\n/interface list\n",
    )
    .replace(
        "/ip address\n",
        "/interface wireguard peers\n"
        "add allowed-address=10.0.0.0/8 interface=uplink public-key=k\n/ip address\n",
    )
)


def test_a_tunnel_whose_peer_allows_the_controller_carries_the_flow() -> None:
    assert refusal(TUNNEL) == ""


def test_a_tunnel_whose_peer_does_not_allow_the_controller_is_cut() -> None:
    assert "uplink" in refusal(TUNNEL.replace("10.0.0.0/8", "10.60.0.0/16"))


def change(intended: str) -> Change:
    context = DiffContext(version="7.20", whole=True, flows=(Flow(*FLOW),))
    return ROUTEROS.diff(DEVICE, intended, context)


def test_a_cut_marks_its_statement_in_script_diff_and_operations() -> None:
    found = change(DEVICE.replace("set ssh address", "set ssh disabled=yes address"))
    assert [operation.gap for operation in found.operations] == [True]
    assert found.management_path
    assert found.script.startswith("# sekayu: the management flow is not admitted")
    assert "\n  ~! ssh: disabled" in found.diff
    assert "\n  ! the management flow is not admitted" in found.diff


def test_a_harmless_change_marks_nothing() -> None:
    found = change(DEVICE + "/system identity\nset name=office\n")
    assert len(found.operations) == 1
    assert not found.management_path


def test_a_touch_of_what_carries_the_flow_is_marked_but_no_gap() -> None:
    found = change(DEVICE.replace("name=uplink vlan-id", "comment=fiber name=uplink vlan-id"))
    assert [(o.management, o.gap) for o in found.operations] == [(True, False)]


def test_a_drop_waits_until_its_accept_is_there() -> None:
    """In the order of the intended rules the drop would come first and cut the flow."""
    running = DEVICE.replace(
        "add action=drop chain=input\n",
        "add action=accept chain=input comment=old protocol=tcp\nadd action=drop chain=input\n",
    ).replace("src-address-list=controllers", "src-address-list=nobody")
    intended = DEVICE.replace(
        "/ip firewall filter\n",
        "/ip firewall filter\nadd action=jump chain=input jump-target=admin protocol=tcp\n"
        "add action=drop chain=input protocol=tcp\n"
        "add action=accept chain=admin dst-port=22 protocol=tcp src-address=10.9.0.0/24\n",
    )
    context = DiffContext(version="7.20", whole=True, flows=(Flow(*FLOW),))
    found = ROUTEROS.diff(running, intended, context)
    assert not any(operation.gap for operation in found.operations)
    after = ROUTEROS.apply(running, found.script)
    assert ROUTEROS.diff(after, intended, context).script == ""


FLAT = """\
/interface bridge
add name=bridge
/interface bridge port
{ports}/ip address
add address=10.62.0.2/24 interface={interface}
/ip route
add dst-address=10.9.0.0/24 gateway=10.62.0.9
"""
ETHER1, ETHER2 = (f"add bridge=bridge interface={port}\n" for port in ("ether1", "ether2"))


def gaps(running: str, intended: str) -> list[tuple[str, bool]]:
    context = DiffContext(version="7.20", whole=True, flows=(Flow(*FLOW),))
    found = ROUTEROS.diff(running, intended, context)
    return [(f"{o.action} {o.path}", o.gap) for o in found.operations]


def test_an_address_that_moves_onto_a_bridge_of_other_ports_is_cut_until_its_port_joins() -> None:
    running = FLAT.format(ports=ETHER2, interface="ether1")
    intended = FLAT.format(ports=ETHER2 + ETHER1, interface="bridge")
    assert gaps(running, intended) == [
        ("add /interface bridge port", True),
        ("set /ip address", False),
    ]


def test_an_address_that_moves_to_where_no_cable_is_marks_a_gap() -> None:
    running = FLAT.format(ports=ETHER2, interface="ether1")
    intended = FLAT.format(ports=ETHER2, interface="bridge")
    assert gaps(running, intended) == [("set /ip address", True)]


def test_one_of_several_ports_may_go() -> None:
    running = FLAT.format(ports=ETHER2 + ETHER1, interface="bridge")
    intended = FLAT.format(ports=ETHER1, interface="bridge")
    assert gaps(running, intended) == [("remove /interface bridge port", False)]


def test_a_port_with_a_new_name_is_the_same_port() -> None:
    running = FLAT.format(ports=ETHER2, interface="ether1")
    intended = "/interface ethernet\nset [ find default-name=ether1 ] name=wan\n" + FLAT.format(
        ports=ETHER2, interface="wan"
    )
    assert not any(gap for _, gap in gaps(running, intended))


def test_a_tunnel_may_come_in_by_any_port() -> None:
    before = DEVICE.replace("add dst-address=10.9.0.0/24 gateway=10.61.0.1\n", "") + (
        "/interface wireguard\nadd listen-port=51820 name=tunnel\n"
        "/interface wireguard peers\n"
        "add allowed-address=10.0.0.0/8 interface=tunnel public-key=k\n"
        "/interface list member\nadd interface=tunnel list=MANAGEMENT\n"
        "/ip address\nadd address=10.61.9.2/24 interface=tunnel\n"
        "/ip route\nadd dst-address=10.9.0.0/24 gateway=10.61.9.1\n"
    )
    after = before.replace("gateway=10.61.9.1", "gateway=10.61.0.1")
    assert refusal(before) == refusal(after) == ""
    assert not any(gap for _, gap in gaps(before, after))
