"""What the templates make of every device of the reference district."""

from __future__ import annotations

import os
from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path

import pytest
import yaml

from sekayu_net.errors import RenderError
from sekayu_net.platforms.routeros.platform import ROUTEROS
from sekayu_net.secrets import wireguard_public

SHARED = Path(os.environ.get("SEKAYU_SHARED", Path(__file__).parents[4] / "shared"))
FILTER = "/ip firewall filter"
# What tells where a rule stands, and not which packets it is for.
NOT_MATCHERS = {"action", "chain", "comment"}


@pytest.mark.parametrize("version", ["7.16", "7.20", "7.24"])
def test_what_renders_for_a_version_exists_in_it(bench, each, version) -> None:
    for device in each():
        assert ROUTEROS.check(bench.text(replace(device, version=version)), version) == ()


def _at(rows: list[dict[str, str]], version: tuple[int, ...]) -> bool:
    def number(text: str) -> tuple[int, ...]:
        return tuple(int(part) for part in text.split("."))

    return any(
        number(row.get("since", "0")) <= version < number(row.get("until", "99")) for row in rows
    )


@pytest.mark.parametrize("version", ["7.16", "7.20", "7.24"])
def test_every_property_stands_in_the_reference_for_its_version(bench, each, version) -> None:
    file = SHARED / "reference" / "routeros-schema.yaml"
    if not file.exists():
        pytest.skip(f"no {file}")
    menus = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)["menus"]
    numbers = tuple(int(part) for part in version.split("."))
    wrong = set()
    for device in each():
        for statement in bench.statements(replace(device, version=version)):
            menu = menus[statement.menu]
            for argument in statement.arguments:
                history = menu.get("versioned", {}).get(argument.key)
                known = _at(history, numbers) if history else argument.key in menu["properties"]
                if not known:
                    wrong.add((statement.menu, argument.key))
    assert wrong == set()


def test_each_firewall_chain_ends_in_a_drop_of_everything(bench, each) -> None:
    for device in each():
        for menu in (FILTER, "/ipv6 firewall filter"):
            rules = bench.rows(device, menu)
            for chain in ("input", "forward"):
                last = [rule for rule in rules if rule["chain"] == chain][-1]
                assert last["action"] == "drop", (device.name, menu, chain)
                assert last.keys() <= NOT_MATCHERS, (device.name, menu, chain)


def test_no_drop_stands_above_the_rules_that_admit_management(bench, each) -> None:
    for device in each():
        rules = bench.rows(device, FILTER)
        for chain in ("input", "forward") if device.role == "router" else ("input",):
            mine = [rule for rule in rules if rule["chain"] == chain]
            first_drop = next(i for i, rule in enumerate(mine) if rule["action"] != "accept")
            admitting = [
                i for i, rule in enumerate(mine) if str(rule["comment"]).startswith("management: ")
            ]
            assert admitting[0] < first_drop, device.name


def test_management_is_admitted_from_the_controllers_and_on_site_only(bench, each) -> None:
    controllers = {str(n) for n in bench.district.services.controller_networks}
    for device in each():
        office = bench.district.office_of(device)
        admitted = {
            rule["src-address"]
            for rule in bench.rows(device, FILTER)
            if rule["chain"] == "input" and rule.get("dst-port") == "22"
        }
        rescue = str(bench.district.services.rescue.network)
        assert admitted == {*controllers, str(office.vlans["management"].network), rescue}


def test_rule_comments_begin_with_their_concern(bench, each) -> None:
    for device in each():
        for menu in (FILTER, "/ip firewall nat", "/ip firewall mangle", "/ipv6 firewall filter"):
            for rule in bench.rows(device, menu):
                concern, colon, words = str(rule["comment"]).partition(": ")
                assert concern.isalnum(), rule
                assert colon, rule
                assert words, rule


def test_public_wifi_meets_the_drop_of_private_networks_before_its_accept(bench, each) -> None:
    for device in each("router"):
        rules = [r for r in bench.rows(device, FILTER) if r.get("in-interface") == "vlan-public"]
        assert [r["action"] for r in rules] == ["drop", "accept"]
        assert rules[0]["dst-address-list"] == "closed-to-public"
        closed = [
            IPv4Network(str(row["address"]))
            for row in bench.rows(device, "/ip firewall address-list")
            if row["list"] == "closed-to-public"
        ]
        for office in bench.district.offices.values():
            for vlan in office.vlans.values():
                assert any(vlan.network.subnet_of(network) for network in closed)


def test_iot_reaches_its_servers_and_nothing_else(bench, each) -> None:
    servers = {str(network) for network in bench.district.services.iot_servers}
    for device in each("router"):
        rules = [r for r in bench.rows(device, FILTER) if r.get("in-interface") == "vlan-iot"]
        assert {r["dst-address"] for r in rules} == servers
        assert {r["action"] for r in rules} == {"accept"}


def test_public_wifi_is_shaped_by_the_setting(bench, each) -> None:
    (queue,) = bench.rows(each("router")[0], "/queue simple")
    rate = bench.district.settings["public_rate"]
    assert (queue["target"], queue["max-limit"]) == ("vlan-public", f"{rate}/{rate}")


def test_only_offices_on_a_providers_line_translate_addresses(bench, each) -> None:
    for device in each("router", "dinkominfo", "fiber", "radio"):
        assert bench.rows(device, "/ip firewall nat") == []
    for device in each("router", "internet"):
        (rule,) = bench.rows(device, "/ip firewall nat")
        assert (rule["action"], rule["out-interface-list"]) == ("masquerade", "WAN")
        wan = [m for m in bench.rows(device, "/interface list member") if m["list"] == "WAN"]
        assert [member["interface"] for member in wan] == [device.uplink_port]


def test_segments_are_made_to_fit_at_both_ends_of_a_tunnel(bench, each) -> None:
    hub = bench.device(bench.district.hub)
    for device, interface in [
        (hub, "tunnels"),
        *((d, "tunnel") for d in each("router", "internet")),
    ]:
        (rule,) = bench.rows(device, "/ip firewall mangle")
        assert (rule["new-mss"], rule["out-interface"]) == ("clamp-to-pmtu", interface)


def test_both_ends_of_a_link_agree(bench) -> None:
    links = [office.link for office in bench.district.offices.values() if office.link]
    assert links
    for link in links:
        office = bench.district.devices[link.downstream].office
        found = []
        for host, interface in ((link.upstream, f"link-{office}"), (link.downstream, "uplink")):
            device = bench.device(host)
            vlan = next(r for r in bench.rows(device, "/interface vlan") if r["name"] == interface)
            template = next(
                r
                for r in bench.rows(device, "/routing ospf interface-template")
                if r["interfaces"] == interface
            )
            address = next(
                r for r in bench.rows(device, "/ip address") if r["interface"] == interface
            )
            network = IPv4Network(str(address["address"]), strict=False)
            same = ("area", "auth", "auth-id", "auth-key", "cost", "type")
            found.append((vlan["vlan-id"], network, tuple(template[key] for key in same)))
        assert found[0] == found[1]
        assert found[0][2][5] == ("broadcast" if link.second else "ptp")


def test_user_networks_are_announced_and_make_no_neighbours(bench, each) -> None:
    for device in each("router", "fiber", "radio", "dinkominfo"):
        passive = [
            interface
            for row in bench.rows(device, "/routing ospf interface-template")
            if "passive" in row
            for interface in str(row["interfaces"]).split(",")
        ]
        assert {"lo", "vlan-management", "vlan-staff", "vlan-public"} <= set(passive)


def test_no_routing_protocol_runs_in_a_tunnel(bench) -> None:
    hub = bench.device(bench.district.hub)
    named = {
        interface
        for row in bench.rows(hub, "/routing ospf interface-template")
        for interface in str(row["interfaces"]).split(",")
    }
    assert "tunnels" not in named


def test_both_ends_of_a_tunnel_know_each_other(bench, each) -> None:
    hub = bench.device(bench.district.hub)

    def public(host: str) -> str:
        return wireguard_public(bench.store.get(f"wireguard/{host}").value)

    peers = {row["public-key"]: row for row in bench.rows(hub, "/interface wireguard peers")}
    routes = {row["dst-address"] for row in bench.rows(hub, "/ip route")}
    for device in each("router", "internet"):
        office = bench.district.office_of(device)
        (own,) = bench.rows(device, "/interface wireguard peers")
        assert own["public-key"] == public(hub.name)
        assert own["persistent-keepalive"] == "25s"
        behind = {f"{device.address}/32", *(str(v.network) for v in office.vlans.values())}
        peer = peers[public(device.name)]
        allowed = set(str(peer["allowed-address"]).split(","))
        assert allowed == {f"{office.tunnel.address.ip}/32", *behind}
        assert behind <= routes


def test_an_office_behind_a_tunnel_office_is_reached_through_the_tunnel(bench) -> None:
    # A radio link from a tunnel office's spare port to the next village.
    offices = dict(bench.district.offices)
    near, far = offices["desa-muara-teladan"], offices["desa-sungai-medak"]
    link = replace(far.link, upstream=near.router.name, upstream_port="sfp1")
    offices[far.slug] = replace(far, upstream=near.slug, link=link)
    chain = replace(bench, district=replace(bench.district, offices=offices))
    behind = {
        f"{far.router.address}/32",
        str(link.network),
        *(str(vlan.network) for vlan in far.vlans.values()),
    }
    hub = chain.device(chain.district.hub)
    peer = next(
        row
        for row in chain.rows(hub, "/interface wireguard peers")
        if near.router.name in str(row["comment"])
    )
    assert behind <= set(str(peer["allowed-address"]).split(","))
    assert behind <= {row["dst-address"] for row in chain.rows(hub, "/ip route")}
    (instance,) = chain.rows(near.router, "/routing ospf instance")
    assert (instance["originate-default"], instance["redistribute"]) == ("if-installed", "static")
    accepted = {rule["comment"] for rule in chain.rows(near.router, FILTER)}
    assert "transit: internet of offices behind" in accepted
    assert chain.bootstrap(hub)


def test_radios_of_a_router_are_off(bench) -> None:
    device = bench.device("lurah-kayu-ara-rtr1")
    radios = bench.device("lurah-kayu-ara-ap1").model.radios
    device = replace(device, model=replace(device.model, radios=radios))
    off = {s.selector for s in bench.statements(device, "/interface wifi")}
    assert off == {f"[ find default-name={radio.name} ]" for radio in radios}
    assert {row["disabled"] for row in bench.rows(device, "/interface wifi")} == {"yes"}
    assert bench.plan(device, bench.text(device)).empty


def test_a_tunnel_office_asks_name_and_time_outside_its_tunnel(bench, each) -> None:
    services = bench.district.services
    public = [str(address) for address in services.public_dns]
    for device in each("router", "internet"):
        (dns,) = bench.rows(device, "/ip dns")
        assert dns["servers"] == ",".join(public)
        endpoint = bench.district.office_of(device).tunnel.endpoint
        forward = {r["name"]: r["forward-to"] for r in bench.rows(device, "/ip dns static")}
        assert forward[endpoint] == public[0]
        times = {r["address"] for r in bench.rows(device, "/system ntp client servers")}
        assert set(services.public_ntp) <= times


def test_an_address_may_stand_for_the_hubs_name(bench, each) -> None:
    # Without a name there is nothing to ask, and no entry to make.
    device = each("router", "internet")[0]
    office = bench.district.office_of(device)
    tunnel = replace(office.tunnel, endpoint="198.51.100.7")
    offices = {**bench.district.offices, office.slug: replace(office, tunnel=tunnel)}
    other = replace(bench, district=replace(bench.district, offices=offices))
    names = {row["name"] for row in other.rows(device, "/ip dns static")}
    assert names == {bench.district.services.domain}


def test_the_resolver_answers_office_vlans_only(bench, each) -> None:
    for device in each("router"):
        for rule in bench.rows(device, FILTER):
            if rule["chain"] == "input" and rule.get("dst-port") == "53":
                assert rule["in-interface-list"] == "USERS"
        members = bench.rows(device, "/interface list member")
        users = {m["interface"] for m in members if m["list"] == "USERS"}
        assert users == {"vlan-staff", "vlan-service", "vlan-public", "vlan-iot"}


def test_every_user_vlan_hands_out_addresses_of_its_own_network(bench, each) -> None:
    for device in each("router"):
        office = bench.district.office_of(device)
        pools = {r["name"]: str(r["ranges"]) for r in bench.rows(device, "/ip pool")}
        for purpose, word in (
            ("staff", "staff"),
            ("service", "service"),
            ("public_wifi", "public"),
            ("iot", "iot"),
        ):
            vlan = office.vlans[purpose]
            first, last = pools[f"pool-{word}"].split("-")
            for address in (first, last):
                assert IPv4Network(address).subnet_of(vlan.network)
            assert first != str(vlan.gateway.ip)
        assert "pool-management" not in pools


@pytest.mark.parametrize(
    ("version", "menu", "entry", "present", "absent"),
    [
        ("7.16", "/ip service", "ssh", "address", "available-from"),
        ("7.23.3", "/ip service", "ssh", "address", "available-from"),
        ("7.24", "/ip service", "ssh", "available-from", "address"),
        ("7.20", "/ip ssh", None, "always-allow-password-login", "password-authentication"),
        ("7.21", "/ip ssh", None, "password-authentication", "always-allow-password-login"),
    ],
)
def test_names_follow_the_version(bench, version, menu, entry, present, absent) -> None:
    device = bench.device("lurah-kayu-ara-rtr1", version)
    named = [s for s in bench.statements(device, menu) if s.selector == entry]
    keys = {argument.key for statement in named for argument in statement.arguments}
    assert present in keys
    assert absent not in keys


@pytest.mark.parametrize(("version", "value"), [("7.16", "no"), ("7.17", "auto"), ("7.24", "auto")])
def test_no_dynamic_name_is_asked_for(bench, version, value) -> None:
    (row,) = bench.rows(bench.device("lurah-kayu-ara-rtr1", version), "/ip cloud")
    assert row["ddns-enabled"] == value


def test_a_port_that_was_unused_is_switched_on_for_whatever_it_is_used(bench, each) -> None:
    seen = set()
    for device in each("router"):
        ports = {
            str(s.selector): {a.key: a.value for a in s.arguments}
            for s in bench.statements(device, "/interface ethernet")
        }
        for port, purpose in device.ports.items():
            if purpose != "access_point":
                off = "yes" if purpose == "unused" else "no"
                assert ports[f"[ find default-name={port} ]"]["disabled"] == off
                seen.add(purpose)
    assert seen >= {"uplink", "downlink", "rescue", "unused", "staff"}


def test_a_trunk_that_nothing_hangs_on_is_off(bench, each) -> None:
    free = 0
    for device in each("router"):
        ports = {
            str(s.selector): {a.key: a.value for a in s.arguments}
            for s in bench.statements(device, "/interface ethernet")
        }
        for port in device.ports_for("access_point"):
            values = ports[f"[ find default-name={port} ]"]
            assert values["disabled"] == ("no" if port in device.attached else "yes")
            free += port not in device.attached
    assert free


def test_ssh_is_the_only_service_that_is_on(bench, each) -> None:
    for device in each():
        on = [
            s.selector
            for s in bench.statements(device, "/ip service")
            if any(a.key == "disabled" and a.value == "no" for a in s.arguments)
        ]
        assert on == ["ssh"]


def test_winbox_can_be_opened_to_the_management_vlan(bench, each) -> None:
    settings = {**bench.district.settings, "winbox": True}
    open_bench = replace(bench, district=replace(bench.district, settings=settings))
    for device in (each("router")[0], each("access_point")[0]):
        office = bench.district.office_of(device)
        network = str(office.vlans["management"].network)
        rules = [r for r in open_bench.rows(device, FILTER) if r.get("dst-port") == "8291"]
        assert [rule["src-address"] for rule in rules] == [network]
        (winbox,) = [
            s for s in open_bench.statements(device, "/ip service") if s.selector == "winbox"
        ]
        assert network in [argument.value for argument in winbox.arguments]


def test_no_secret_value_stands_in_a_text(bench, each) -> None:
    known = [bench.store.get(name).value for name in bench.store.names()]
    for device in each():
        text = bench.text(device) + bench.bootstrap(device)
        assert not [value for value in known if value in text]


def test_ownership_knows_every_menu_that_is_rendered(bench, each) -> None:
    for device in each():
        change = bench.plan(device, bench.text(device))
        assert change.empty


def test_devices_of_an_office_may_ask_the_hub(bench, each) -> None:
    # An access point's check after a deployment is an echo from the hub's own address.
    hub = str(bench.device(bench.district.hub).address)
    for device in each("router"):
        rows = bench.rows(device, "/ip firewall address-list")
        assert hub in [row["address"] for row in rows if row["list"] == "device-servers"]


def test_what_needs_unique_names_has_them(bench, each) -> None:
    # Bootstrap finds what is there already by these.
    for device in each():
        for menu in (FILTER, "/ip address", "/interface bridge vlan", "/interface bridge port"):
            comments = [row["comment"] for row in bench.rows(device, menu)]
            assert len(set(comments)) == len(comments), (device.name, menu)


def test_a_second_router_of_an_office_is_refused(bench) -> None:
    device = bench.device("lurah-kayu-ara-rtr1")
    second = replace(device, name="lurah-kayu-ara-rtr2", number=2)
    with pytest.raises(RenderError, match="only the first router"):
        bench.text(second)
