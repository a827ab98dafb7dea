"""Reading a device's menus into a ``node.Node``: what moves packets, and nothing else.

``State`` is all that the network asks of a device; the tests fulfil it with plain rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Interface, IPv4Network
from typing import Protocol

from sekayu_net.lab.node import (
    Address,
    Bridge,
    BridgePort,
    DhcpClient,
    Interface,
    Node,
    OspfInstance,
    OspfInterface,
    RoutingRule,
    Rule,
    Service,
    StaticRoute,
    WireGuard,
    WireGuardPeer,
)

NO = frozenset({"", "no", "false"})


class Row(Protocol):
    """An item of a menu, as a device gives it."""

    @property
    def id(self) -> str:
        """The internal id, ``*1F``."""

    @property
    def disabled(self) -> bool:
        """Whether the item is disabled."""

    def get(self, prop: str) -> str:
        """A property's text with the default filled in; empty when it has none."""

    def has(self, prop: str) -> bool:
        """Whether the property is set."""


class State(Protocol):
    """A device, as the network sees it."""

    @property
    def name(self) -> str:
        """The host name of the inventory."""

    @property
    def up(self) -> bool:
        """Powered and booted."""

    @property
    def ports(self) -> Sequence[str]:
        """Default names of the Ethernet ports."""

    def items(self, menu: str) -> Sequence[Row]:
        """The rows of a menu, in order."""

    def settings(self, menu: str) -> Mapping[str, str]:
        """A settings menu with defaults filled in."""


def is_on(text: str) -> bool:
    """Whether a flag's text means yes; a bare flag may read as its own name."""
    return text.lower() not in NO


def words(text: str) -> tuple[str, ...]:
    """A list property, cut at commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def number(text: str, default: int = 0) -> int:
    """A whole number, decimal or ``0x``; ``default`` for anything else."""
    try:
        return int(text, 0)
    except ValueError:
        return default


def networks(text: str) -> tuple[IPv4Network, ...]:
    """A list of IPv4 prefixes; what is none (IPv6, names) is left out."""
    found = []
    for word in words(text):
        try:
            found.append(IPv4Network(word, strict=False))
        except ValueError:
            continue
    return tuple(found)


def vlan_ids(text: str) -> tuple[int, ...]:
    """``10,20-22`` as numbers."""
    found: list[int] = []
    for word in words(text):
        first, _, last = word.partition("-")
        found.extend(range(number(first), number(last or first) + 1))
    return tuple(found)


def compile_node(state: State) -> Node:
    """Read a device's menus. Rows that mean nothing here are left out, never an error."""
    interfaces = _interfaces(state)
    lists = _interface_lists(state, interfaces)
    bridges, masters = _bridges(state, interfaces, lists)
    addresses = _addresses(state, interfaces)
    settings = state.settings("/ip settings")
    tracking = state.settings("/ip firewall connection tracking")
    instances, templates = _ospf(state, lists)
    return Node(
        name=state.name,
        up=state.up,
        interfaces=interfaces,
        bridges=bridges,
        masters=masters,
        lists=lists,
        addresses=addresses,
        routes=_routes(state),
        dhcp_clients=tuple(
            DhcpClient(
                row.get("interface"),
                is_on(row.get("add-default-route") or "yes"),
                number(row.get("default-route-distance"), 1),
                is_on(row.get("use-peer-dns") or "yes"),
            )
            for row in _enabled(state, "/ip dhcp-client")
        ),
        routing_rules=tuple(
            RoutingRule(
                row.get("src-address"),
                row.get("dst-address"),
                row.get("interface"),
                row.get("action") or "lookup",
                row.get("table") or "main",
            )
            for row in _enabled(state, "/routing rule")
        ),
        address_lists=_address_lists(state),
        filter=_rules(state, "/ip firewall filter"),
        nat=_rules(state, "/ip firewall nat"),
        raw=_rules(state, "/ip firewall raw"),
        wireguard={
            row.get("name"): WireGuard(row.get("private-key"), number(row.get("listen-port")))
            for row in _enabled(state, "/interface wireguard")
        },
        peers=_peers(state),
        ospf_instances=instances,
        ospf_interfaces=templates,
        route_filters=_route_filters(state),
        ssh=_ssh(state),
        forwarding=is_on(settings.get("ip-forward") or "yes"),
        rp_filter=settings.get("rp-filter") or "no",
        tracking=is_on(tracking.get("enabled") or "auto"),
        dns_servers=words(state.settings("/ip dns").get("servers") or ""),
        dns_static=tuple(
            (row.get("name"), row.get("type") or "A", row.get("address") or row.get("forward-to"))
            for row in _enabled(state, "/ip dns static")
        ),
        discovery=state.settings("/ip neighbor discovery-settings").get("discover-interface-list")
        or "",
        locals=frozenset(address.ip for address in addresses),
    )


def _enabled(state: State, menu: str) -> Iterable[Row]:
    return (row for row in state.items(menu) if not row.disabled)


def _interfaces(state: State) -> dict[str, Interface]:
    found = {"lo": Interface("lo", "loopback", enabled=True)}

    def add(row: Row, kind: str, **more: str | int) -> None:
        name = row.get("name")
        found[name] = Interface(
            name,
            kind,
            enabled=not row.disabled,
            arp=(row.get("arp") or "enabled") in {"enabled", "proxy-arp", "local-proxy-arp"},
            mtu=row.get("mtu"),
            **more,  # type: ignore[arg-type]
        )

    for row in state.items("/interface ethernet"):
        add(row, "ether", port=row.get("default-name") or row.get("name"))
    for row in state.items("/interface wifi"):
        add(row, "wifi")
    for row in state.items("/interface bridge"):
        add(row, "bridge")
    for row in state.items("/interface vlan"):
        add(row, "vlan", parent=row.get("interface"), vlan=number(row.get("vlan-id")))
    for row in state.items("/interface wireguard"):
        add(row, "wireguard")
    return found


def _interface_lists(
    state: State, interfaces: Mapping[str, Interface]
) -> dict[str, frozenset[str]]:
    """Members of every list, with the built-in ones and ``include``/``exclude``."""
    every = frozenset(interfaces)
    found = {"all": every, "static": every, "dynamic": frozenset[str](), "none": frozenset[str]()}
    members: dict[str, set[str]] = {}
    for row in _enabled(state, "/interface list member"):
        members.setdefault(row.get("list"), set()).add(row.get("interface"))
    rows = {row.get("name"): row for row in state.items("/interface list")}

    def expand(name: str, seen: frozenset[str]) -> frozenset[str]:
        if name in {"all", "static", "dynamic", "none"} or name in seen:
            return found.get(name, frozenset())
        own = set(members.get(name, ()))
        row = rows.get(name)
        if row is not None:
            for other in words(row.get("include")):
                own |= expand(other, seen | {name})
            for other in words(row.get("exclude")):
                own -= expand(other, seen | {name})
        return frozenset(own)

    for name in {*rows, *members} - set(found):
        found[name] = expand(name, frozenset())
    return found


def _bridges(
    state: State, interfaces: Mapping[str, Interface], lists: Mapping[str, frozenset[str]]
) -> tuple[dict[str, Bridge], dict[str, str]]:
    """The bridges, and the bridge that each slave interface belongs to."""
    masters: dict[str, str] = {}
    ports: dict[str, dict[str, BridgePort]] = {}
    for row in state.items("/interface bridge"):
        name = row.get("name")
        ports[name] = {name: _bridge_port(row)}
    for row in _enabled(state, "/interface bridge port"):
        bridge, named = row.get("bridge"), row.get("interface")
        # A list of interfaces may stand for its members.
        for interface in (named,) if named in interfaces else sorted(lists.get(named, ())):
            if bridge in ports and interface not in masters:
                masters[interface] = bridge
                ports[bridge][interface] = _bridge_port(row)
    tables: dict[str, dict[int, tuple[frozenset[str], frozenset[str]]]] = {}
    for row in _enabled(state, "/interface bridge vlan"):
        table = tables.setdefault(row.get("bridge"), {})
        tagged = _members(row.get("tagged"), interfaces, lists)
        untagged = _members(row.get("untagged"), interfaces, lists)
        for vlan in vlan_ids(row.get("vlan-ids")):
            before = table.get(vlan, (frozenset(), frozenset()))
            table[vlan] = (before[0] | tagged, before[1] | untagged)
    filtering = {
        row.get("name"): is_on(row.get("vlan-filtering"))
        for row in state.items("/interface bridge")
    }
    return {
        name: Bridge(filtering[name], members, tables.get(name, {}))
        for name, members in ports.items()
    }, masters


def _members(
    text: str, interfaces: Mapping[str, Interface], lists: Mapping[str, frozenset[str]]
) -> frozenset[str]:
    found: set[str] = set()
    for word in words(text):
        found |= {word} if word in interfaces else lists.get(word, frozenset())
    return frozenset(found)


def _bridge_port(row: Row) -> BridgePort:
    return BridgePort(
        number(row.get("pvid"), 1),
        row.get("frame-types") or "admit-all",
        is_on(row.get("ingress-filtering") or "yes"),
    )


def _addresses(state: State, interfaces: Mapping[str, Interface]) -> tuple[Address, ...]:
    found = []
    for row in _enabled(state, "/ip address"):
        try:
            own = IPv4Interface(row.get("address"))
        except ValueError:
            continue
        name = row.get("interface")
        if name not in interfaces or not interfaces[name].enabled:
            continue  # an address on a disabled interface is invalid
        network = own.network
        if network.prefixlen == 32 and row.get("network"):
            network = IPv4Network(f"{row.get('network')}/32")
        found.append(Address(own.ip, network, name))
    return tuple(found)


def _routes(state: State) -> tuple[StaticRoute, ...]:
    found = []
    for row in _enabled(state, "/ip route"):
        try:
            destination = IPv4Network(row.get("dst-address") or "0.0.0.0/0", strict=False)
        except ValueError:
            continue
        found.append(
            StaticRoute(
                row.id,
                destination,
                words(row.get("gateway")),
                number(row.get("distance"), 1),
                is_on(row.get("blackhole")),
                (row.get("check-gateway") or "none") != "none",
                row.get("routing-table") or "main",
                row.get("pref-src"),
            )
        )
    return tuple(found)


def _address_lists(state: State) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _enabled(state, "/ip firewall address-list"):
        found.setdefault(row.get("list"), []).append(row.get("address"))
    return {name: tuple(entries) for name, entries in found.items()}


#: Every matcher of the filter, NAT and raw menus (their other properties are actions' arguments).
MATCHERS = [
    "connection-state",
    "connection-nat-state",
    "protocol",
    "src-address",
    "dst-address",
    "src-address-list",
    "dst-address-list",
    "src-port",
    "dst-port",
    "port",
    "in-interface",
    "out-interface",
    "in-interface-list",
    "out-interface-list",
    "src-address-type",
    "dst-address-type",
    "ipsec-policy",
    "tcp-flags",
    "icmp-options",
    "connection-bytes",
    "connection-limit",
    "connection-mark",
    "connection-rate",
    "connection-type",
    "content",
    "dscp",
    "dst-limit",
    "fragment",
    "hotspot",
    "in-bridge-port",
    "in-bridge-port-list",
    "ingress-priority",
    "ipv4-options",
    "layer7-protocol",
    "limit",
    "nth",
    "out-bridge-port",
    "out-bridge-port-list",
    "p2p",
    "packet-mark",
    "packet-size",
    "per-connection-classifier",
    "priority",
    "psd",
    "random",
    "realm",
    "routing-mark",
    "routing-table",
    "src-mac-address",
    "tcp-mss",
    "time",
    "tls-host",
    "tos",
    "ttl",
]


def _rules(state: State, menu: str) -> tuple[Rule, ...]:
    found = []
    for position, row in enumerate(state.items(menu)):
        if row.disabled:
            continue
        pairs = ((name, row.get(name)) for name in MATCHERS if row.has(name))
        found.append(
            Rule(
                position,
                row.get("chain"),
                row.get("action") or "accept",
                tuple(pairs),
                row.get("jump-target"),
                row.get("to-addresses"),
                row.get("to-ports"),
                row.get("comment"),
            )
        )
    return tuple(found)


def _peers(state: State) -> tuple[WireGuardPeer, ...]:
    return tuple(
        WireGuardPeer(
            row.get("interface"),
            row.get("public-key"),
            row.get("preshared-key"),
            row.get("endpoint-address"),
            number(row.get("endpoint-port")),
            networks(row.get("allowed-address")),
            row.get("persistent-keepalive") not in {"", "0", "0s", "00:00:00"},
            is_on(row.get("responder")) or is_on(row.get("is-responder")),
        )
        for row in _enabled(state, "/interface wireguard peers")
    )


def _ospf(
    state: State, lists: Mapping[str, frozenset[str]]
) -> tuple[dict[str, OspfInstance], tuple[OspfInterface, ...]]:
    ids = {row.get("name"): row.get("id") for row in _enabled(state, "/routing id")}
    instances = {
        row.get("name"): OspfInstance(
            ids.get(row.get("router-id"), row.get("router-id")),
            frozenset(words(row.get("redistribute"))),
            row.get("originate-default") or "never",
            row.get("in-filter-chain"),
            row.get("out-filter-chain"),
        )
        for row in _enabled(state, "/routing ospf instance")
        if (row.get("version") or "2") == "2" and (row.get("vrf") or "main") == "main"
    }
    areas = {
        row.get("name"): row
        for row in _enabled(state, "/routing ospf area")
        if row.get("instance") in instances
    }
    found = []
    for row in _enabled(state, "/routing ospf interface-template"):
        area = areas.get(row.get("area"))
        if area is None:
            continue
        chosen: set[str] = set()
        for word in words(row.get("interfaces")):
            chosen |= lists.get(word, frozenset({word}))
        found.append(
            OspfInterface(
                instance=area.get("instance"),
                area=area.get("area-id") or "0.0.0.0",  # noqa: S104 - an area, not an address
                area_name=area.get("name"),
                area_type=area.get("type") or "default",
                interfaces=frozenset(chosen),
                networks=networks(row.get("networks")),
                passive=is_on(row.get("passive")),
                type=row.get("type") or "broadcast",
                cost=number(row.get("cost"), 1),
                priority=number(row.get("priority"), 128),
                auth=(row.get("auth"), row.get("auth-id"), row.get("auth-key")),
                timers=(row.get("hello-interval"), row.get("dead-interval")),
                instance_id=row.get("instance-id") or "0",
            )
        )
    return instances, tuple(found)


def _route_filters(state: State) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in _enabled(state, "/routing filter rule"):
        found.setdefault(row.get("chain"), []).append(row.get("rule"))
    return {chain: tuple(rules) for chain, rules in found.items()}


def _ssh(state: State) -> Service | None:
    for row in state.items("/ip service"):
        if row.get("name") == "ssh":
            return Service(
                not row.disabled,
                number(row.get("port"), 22),
                words(row.get("available-from") or row.get("address")),
                row.get("vrf") or "main",
            )
    return None
