"""Reading a device's menus into a ``node.Node``: what moves packets, and nothing else.

``State`` is all that the network asks of a device; the tests fulfil it with plain rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from sekayu_net.lab.node import (
    Address,
    Bridge,
    BridgePort,
    DhcpClient,
    Interface,
    Node,
    RoutingRule,
    Rule,
    Service,
    StaticRoute,
    VrrpGroup,
    WireGuard,
    WireGuardPeer,
)
from sekayu_net.lab.ospf_reader import ospf
from sekayu_net.lab.rows import Row, State, enabled, is_on, networks, number, vlan_ids, words


def compile_node(state: State) -> Node:
    """Read a device's menus. Rows that mean nothing here are left out, never an error."""
    interfaces = _interfaces(state)
    lists = _interface_lists(state, interfaces)
    bridges, masters = _bridges(state, interfaces, lists)
    addresses = _addresses(state, interfaces)
    settings = state.settings("/ip settings")
    tracking = state.settings("/ip firewall connection tracking")
    instances, templates = ospf(state, lists, addresses)
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
            for row in enabled(state, "/ip dhcp-client")
        ),
        routing_rules=tuple(
            RoutingRule(
                row.get("src-address"),
                row.get("dst-address"),
                row.get("interface"),
                row.get("action") or "lookup",
                row.get("table") or "main",
            )
            for menu in ("/routing rule", "/ip route rule")
            for row in enabled(state, menu)
        ),
        address_lists=_address_lists(state),
        filter=_rules(state, "/ip firewall filter"),
        nat=_rules(state, "/ip firewall nat"),
        raw=_rules(state, "/ip firewall raw"),
        wireguard={
            row.get("name"): WireGuard(row.get("private-key"), number(row.get("listen-port")))
            for row in enabled(state, "/interface wireguard")
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
            for row in enabled(state, "/ip dns static")
        ),
        discovery=state.settings("/ip neighbor discovery-settings").get("discover-interface-list")
        or "",
        locals=frozenset(address.ip for address in addresses),
        vrrp=_vrrp(state),
    )


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
    for menu in ("/interface wifi", "/interface wireless"):
        for row in state.items(menu):
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
    for row in enabled(state, "/interface list member"):
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
    for row in enabled(state, "/interface bridge port"):
        bridge, named = row.get("bridge"), row.get("interface")
        # A list of interfaces may stand for its members.
        for interface in (named,) if named in interfaces else sorted(lists.get(named, ())):
            if bridge in ports and interface not in masters:
                masters[interface] = bridge
                ports[bridge][interface] = _bridge_port(row)
    tables: dict[str, dict[int, tuple[frozenset[str], frozenset[str]]]] = {}
    for row in enabled(state, "/interface bridge vlan"):
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
    for row in enabled(state, "/ip address"):
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


def _vrrp(state: State) -> tuple[VrrpGroup, ...]:
    """Groups; their addresses are those of the VRRP interface."""
    addresses: dict[str, set[IPv4Address]] = {}
    for row in enabled(state, "/ip address"):
        try:
            own = IPv4Interface(row.get("address"))
        except ValueError:
            continue
        addresses.setdefault(row.get("interface"), set()).add(own.ip)
    return tuple(
        VrrpGroup(
            row.get("interface"),
            number(row.get("vrid"), 1),
            frozenset(addresses[row.get("name")]),
            number(row.get("priority"), 100),
            number(row.get("version"), 3),
        )
        for row in enabled(state, "/interface vrrp")
        if row.get("name") in addresses
    )


def _routes(state: State) -> tuple[StaticRoute, ...]:
    found = []
    for row in enabled(state, "/ip route"):
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
                is_on(row.get("blackhole")) or row.get("type") == "blackhole",
                (row.get("check-gateway") or "none") != "none",
                row.get("routing-table") or row.get("routing-mark") or "main",
                row.get("pref-src"),
            )
        )
    return tuple(found)


def _address_lists(state: State) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in enabled(state, "/ip firewall address-list"):
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
        for row in enabled(state, "/interface wireguard peers")
    )


def _route_filters(state: State) -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for row in enabled(state, "/routing filter rule"):
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
