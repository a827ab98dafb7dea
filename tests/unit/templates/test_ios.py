"""The templates of IOS: the second hub as intended, at first boot, and beside the first."""

from __future__ import annotations

from dataclasses import replace

import asyncssh
import pytest

from sekayu_net.errors import RenderError
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.platforms.base import Change, DiffContext, Flow, LinkEnd
from sekayu_net.platforms.ios.platform import IOS
from sekayu_net.platforms.ios.tree import Node, read
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.rendering import render, render_bootstrap
from tests.unit.templates.conftest import TEMPLATES, USERS, Bench

SECOND = "camat-sekayu-rtr2"
KEY = asyncssh.generate_private_key("ssh-rsa", key_size=2048).export_public_key().decode().strip()
#: A device decodes the key that it is given.
WITH_KEY = replace(USERS, public_key=KEY)


def text(bench: Bench) -> str:
    return bench.text(bench.device(SECOND))


def tree(bench: Bench) -> Node:
    return read(text(bench))


def booted(bench: Bench) -> IosDevice:
    """The lab's device after its first boot."""
    device = bench.device(SECOND)
    made = IosDevice(
        SECOND, model=device.model.name, version=device.version, serial=device.serial,
        ports=tuple(device.ports),
    )  # fmt: skip
    script = render_bootstrap(bench.district, device, bench.store, TEMPLATES, WITH_KEY)
    made.import_script(IOS.reveal(script, bench.store.unseal))
    return made


def planned(bench: Bench, running: str) -> Change:
    device = bench.device(SECOND)
    flows = tuple(
        Flow(str(network), str(device.address))
        for network in bench.district.services.controller_networks
    )
    ownership = IOS.load_ownership(TEMPLATES / "ios", "router")
    context = DiffContext(device.version, ownership, flows=flows)
    masked = IOS.canonical(IOS.mask(running, bench.store.seal))
    return IOS.diff(masked, text(bench), context)


def test_the_first_plan_changes_nothing_on_the_management_path(bench: Bench) -> None:
    made = planned(bench, booted(bench).running_text())
    assert not made.empty
    assert not made.management_path
    assert made.removals == 0
    assert made.warnings == ()


def test_the_first_plan_leads_to_the_intended_state(bench: Bench) -> None:
    from sekayu_net.lab.ios.editor import replay

    device = booted(bench)
    script = planned(bench, device.running_text()).script
    revealed = IOS.reveal(script, bench.store.unseal)
    assert replay(device, device.running, revealed.splitlines()) == []
    left = planned(bench, device.running_text())
    assert left.script == ""


def test_the_controllers_get_in_at_every_moment(bench: Bench) -> None:
    from sekayu_net.platforms.ios.admission import judge

    device = bench.device(SECOND)
    for network in bench.district.services.controller_networks:
        flow = Flow(str(network), str(device.address))
        assert judge(tree(bench), flow).refusal is None
        assert judge(read(booted(bench).running_text()), flow).refusal is None


def test_nobody_else_gets_in_from_afar(bench: Bench) -> None:
    from sekayu_net.platforms.ios.admission import judge

    device = bench.device(SECOND)
    refusal = judge(tree(bench), Flow("10.200.0.0/16", str(device.address))).refusal
    assert "SEKAYU" in str(refusal)


def test_links_meet_what_offices_say(bench: Bench) -> None:
    intended = text(bench)
    for link in bench.district.links_at(SECOND):
        here = IOS.link_terms(intended, lambda key: None)(LinkEnd(True, link.second_port))
        office = bench.text(bench.device(link.downstream))
        there = ROUTEROS.link_terms(office, lambda key: None)(LinkEnd(False, link.downstream_port))
        assert here & there


def test_both_hubs_answer_for_the_same_virtual_address_and_the_first_goes_before(
    bench: Bench,
) -> None:
    first = bench.device(bench.district.hub)
    addresses = {row["interface"]: row["address"] for row in bench.rows(first, "/ip address")}
    rows = bench.rows(first, "/interface vrrp")
    assert len(rows) == len(bench.district.links_at(SECOND))
    for link, row in zip(bench.district.links_at(SECOND), rows, strict=True):
        section = tree(bench).get(f"interface {link.second_port}.{link.vlan}")
        assert section is not None
        assert section.get(f"vrrp {row['vrid']} ip {link.virtual_address}") is not None
        (priority,) = (n.text.split()[-1] for n in section.starting("vrrp 1 priority"))
        assert int(priority) < int(str(row["priority"]))
        assert addresses[row["name"]] == f"{link.virtual_address}/32"
        assert row["version"] == "2"


def test_an_office_without_neighbours_goes_to_whichever_hub_lives(bench: Bench) -> None:
    for link in bench.district.links_at(SECOND):
        routes = bench.rows(bench.device(link.downstream), "/ip route")
        (spare,) = (r for r in routes if r.get("distance") == "200")
        assert spare["gateway"] == str(link.virtual_address)


@pytest.mark.parametrize("line", ["no ip http server", "no ip http secure-server", "no cdp run",
                                  "no ip source-route", "no service pad"])  # fmt: skip
def test_what_nobody_uses_is_off(line: str, bench: Bench) -> None:
    assert tree(bench).get(line) is not None


def test_only_ssh_gets_to_a_terminal(bench: Bench) -> None:
    for vty in tree(bench).starting("line vty"):
        assert vty.get("transport input ssh") is not None
        assert vty.starting("access-class SEKAYU-MANAGERS in")


def test_everything_that_is_rendered_is_owned(bench: Bench) -> None:
    ownership = IOS.load_ownership(TEMPLATES / "ios", "router")
    bare = [n.text for n in tree(bench).below if ownership.rule(n.text) is None]  # type: ignore[attr-defined]
    # The VRF of the management port is the device's own.
    assert bare == ["vrf definition Mgmt-intf"]


def test_only_first_boot_makes_accounts(bench: Bench) -> None:
    assert tree(bench).starting("username") == []
    names = {
        n.text.split()[1] for n in read(bench.bootstrap(bench.device(SECOND))).starting("username")
    }
    assert names == {"sekayu", "rescue", "teknisi"}


def test_another_router_has_no_templates_of_this_platform(bench: Bench) -> None:
    first = bench.device(bench.district.hub)
    other = replace(first, model=bench.device(SECOND).model)
    with pytest.raises(RenderError, match="second router of the hub's office"):
        render(bench.district, other, bench.store, TEMPLATES)


def test_a_zone_that_is_not_known_is_said(bench: Bench) -> None:
    services = replace(bench.district.services, timezone="Europe/Paris")
    district = replace(bench.district, services=services)
    with pytest.raises(RenderError, match="offset of the time zone"):
        render(district, bench.device(SECOND), bench.store, TEMPLATES)
