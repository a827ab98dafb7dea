"""A small district by hand: the hub, a lurah on fiber, a desa on radio, a desa behind that desa, a
desa on a provider's internet, each with an access point. The devices are plain rows made from
RouterOS statements (tests/cases/lab/network); no simulated device takes part.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from sekayu_net.inventory.district import (
    Device,
    DinkominfoLink,
    District,
    Link,
    Model,
    Office,
    Services,
    Tunnel,
    Vlan,
)
from sekayu_net.lab.network import Network
from sekayu_net.platforms.routeros.syntax import Statement, parse

CASES = Path(__file__).parents[3] / "cases" / "lab" / "network"
HUB, LURAH, DESA, FAR, TUNNEL = "hub", "lurah", "desa", "far", "tunnel"
OFFICES = (HUB, LURAH, DESA, FAR, TUNNEL)


@dataclass
class Row:
    """An item: properties with the few defaults that the network reads."""

    id: str
    properties: dict[str, str]

    @property
    def disabled(self) -> bool:
        return self.properties.get("disabled") == "yes"

    def get(self, prop: str) -> str:
        return self.properties.get(prop, "")

    def has(self, prop: str) -> bool:
        return bool(self.get(prop))


@dataclass
class Rows:
    """A device made of statements: add, set, remove, and set in settings menus."""

    name: str
    ports: Sequence[str]
    up: bool = True
    menus: dict[str, list[Row]] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)
    count: int = 0

    def items(self, menu: str) -> Sequence[Row]:
        return self.menus.get(menu, [])

    def settings(self, menu: str) -> Mapping[str, str]:
        return self.values.get(menu, {})

    def run(self, text: str) -> None:
        for part in parse(text).body:
            assert isinstance(part, Statement)
            properties = {
                a.key: "" if a.unset else ("yes" if a.value is None else a.value)
                for a in part.arguments
            }
            rows = self.menus.setdefault(part.menu, [])
            if part.verb == "add":
                self.count += 1
                row = Row(f"*{self.count:X}", properties)
                before = properties.pop("place-before", None)
                rows.insert(int(before) if before else len(rows), row)
            elif part.selector is None:
                self.values.setdefault(part.menu, {}).update(properties)
            else:
                key, _, wanted = part.selector.strip("[] ").removeprefix("find ").partition("=")
                chosen = [r for r in rows if r.get(key) == wanted.strip('" ')]
                assert len(chosen) == 1, (self.name, part)
                if part.verb == "remove":
                    rows.remove(chosen[0])
                else:
                    chosen[0].properties.update(properties)


def private(seed: int) -> str:
    return base64.b64encode(bytes([seed]) * 32).decode()


def public(seed: int) -> str:
    key = X25519PrivateKey.from_private_bytes(bytes([seed]) * 32).public_key()
    return base64.b64encode(key.public_bytes_raw()).decode()


def network_of(office: str) -> str:
    return f"10.64.{OFFICES.index(office)}"


def make_district() -> District:
    router = Model("R", "routeros", {})
    links = {
        LURAH: Link("fiber", "hub-rtr", "lurah-rtr", "sfp1", "sfp1", 1001, net("10.60.0.0/30")),
        DESA: Link("radio", "hub-rtr", "desa-rtr", "ether2", "ether1", 1002, net("10.60.0.4/30")),
        FAR: Link("radio", "desa-rtr", "far-rtr", "ether3", "ether1", 1003, net("10.60.0.8/30")),
    }
    tunnel = Tunnel(
        "hub-rtr",
        "tunnel-rtr",
        IPv4Interface("10.61.0.2/24"),
        IPv4Interface("10.61.0.1/24"),
        "vpn.example",
        51820,
    )
    offices = {}
    for number, slug in enumerate(OFFICES):
        uplink = "sfp1" if slug == LURAH else "ether1"
        rtr = Device(
            f"{slug}-rtr",
            slug,
            "router",
            1,
            router,
            "7.20.4",
            f"R{number}",
            IPv4Address(f"10.62.0.{number + 1}"),
            {
                uplink: "uplink",
                "ether2": "downlink",
                "ether3": "downlink",
                "ether5": "access_point",
            },
            {"ether5": f"{slug}-ap"},
        )
        ap = Device(
            f"{slug}-ap",
            slug,
            "access_point",
            1,
            router,
            "7.20.4",
            f"A{number}",
            IPv4Address(f"{network_of(slug)}.2"),
            {"ether1": "uplink"},
            {"ether1": f"{slug}-rtr"},
        )
        vlan = Vlan("management", 99, net(f"{network_of(slug)}.0/27"))
        offices[slug] = Office(
            code=str(number),
            name=slug,
            kind="camat" if slug == HUB else "desa",
            slug=slug,
            phase=1,
            uplink={HUB: "dinkominfo", LURAH: "fiber", TUNNEL: "internet"}.get(slug, "radio"),
            upstream=None if slug == HUB else (DESA if slug == FAR else HUB),
            vlans={"management": vlan},
            devices=(rtr, ap),
            link=links.get(slug),
            tunnel=tunnel if slug == TUNNEL else None,
        )
    services = Services(
        controller_networks=(net("10.16.0.0/24"),),
        controller_address=IPv4Address("10.16.0.10"),
        intranet=(net("10.16.0.0/16"),),
        dns=(IPv4Address("10.16.1.53"),),
        public_dns=(IPv4Address("9.9.9.9"),),
        ntp=(),
        syslog=IPv4Address("10.16.1.14"),
        snmp_networks=(),
        iot_servers=(),
        public_ntp=(),
        timezone="Asia/Jakarta",
        domain="example",
        rescue=IPv4Interface("192.168.255.1/30"),
    )
    return District(
        code="1",
        name="Test",
        hub="hub-rtr",
        offices=offices,
        services=services,
        dinkominfo=DinkominfoLink(
            net("10.63.255.0/30"), IPv4Address("10.63.255.1"), IPv4Interface("10.63.255.2/30")
        ),
        tunnel_network=net("10.61.0.0/24"),
        settings={},
    )


def net(text: str) -> IPv4Network:
    return IPv4Network(text)


def case(name: str) -> str:
    return (CASES / name).read_text()


def link(name: str, port: str, vlan: int, address: str) -> str:
    return case("link.rsc").format(name=name, port=port, vlan=vlan, address=address)


def make_states() -> dict[str, Rows]:
    states = {}
    ports = ("ether1", "ether2", "ether3", "ether5", "sfp1")
    for number, slug in enumerate(OFFICES):
        rtr, ap = Rows(f"{slug}-rtr", ports), Rows(f"{slug}-ap", ("ether1",))
        loopback = f"10.62.0.{number + 1}/32"
        rtr.run(case("router.rsc").format(net=network_of(slug), loopback=loopback))
        if slug != TUNNEL:
            rtr.run(case("ospf.rsc").format(id=f"10.62.0.{number + 1}"))
        ap.run(case("access-point.rsc").format(net=network_of(slug)))
        states |= {rtr.name: rtr, ap.name: ap}
    states["hub-rtr"].run(
        case("hub.rsc").format(hub=private(1), office=public(2))
        + link("link-lurah", "sfp1", 1001, "10.60.0.1/30")
        + link("link-desa", "ether2", 1002, "10.60.0.5/30")
    )
    states["lurah-rtr"].run(link("uplink", "sfp1", 1001, "10.60.0.2/30"))
    states["desa-rtr"].run(
        link("uplink", "ether1", 1002, "10.60.0.6/30")
        + link("link-far", "ether3", 1003, "10.60.0.9/30")
    )
    states["far-rtr"].run(link("uplink", "ether1", 1003, "10.60.0.10/30"))
    states["tunnel-rtr"].run(case("tunnel.rsc").format(hub=public(1), office=private(2)))
    return states


class Lab:
    """The network with its states at hand."""

    def __init__(self) -> None:
        self.states = make_states()
        self.network = Network(make_district(), self.states.values())

    def run(self, device: str, text: str) -> None:
        for number in (1, 2, 3):
            text = text.replace(f"{{private{number}}}", private(number))
            text = text.replace(f"{{public{number}}}", public(number))
        self.states[device].run(text)
        self.network.changed(device)

    def named(self, names: Sequence[str]) -> frozenset[str]:
        """Devices: an office stands for its router and its access point."""
        if list(names) == ["everyone"]:
            return frozenset(self.states)
        pairs = ((f"{n}-rtr", f"{n}-ap") if n in OFFICES else (n,) for n in names)
        return frozenset(name for pair in pairs for name in pair)

    def unreachable(self) -> frozenset[str]:
        return frozenset(n for n in self.states if not self.network.from_controller(n).reached)


@pytest.fixture
def lab() -> Lab:
    return Lab()
