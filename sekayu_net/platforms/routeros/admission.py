"""Does a configuration let the management flow in? Asked after every statement of a script.

What lives here: the way of a TCP connection from the controller to the device's SSH port, as far
as one device's configuration tells: address, interface, bridge and VLAN, way back, filter,
service. What does not: other devices on the path (the lab knows those). What can't be known counts
against the flow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sekayu_net.platforms.routeros.packet import (
    DEPTH,
    Network,
    Packet,
    in_ranges,
    is_on,
    parse_network,
    within,
)
from sekayu_net.platforms.routeros.schema import INTERFACES
from sekayu_net.platforms.routeros.tree import Row, Tree

RELEVANT = frozenset(
    (
        *INTERFACES,
        "/interface",
        "/interface bridge port",
        "/interface bridge vlan",
        "/interface bridge settings",
        "/interface list",
        "/interface list member",
        "/interface wireguard peers",
        "/ip address",
        "/ip dhcp-client",
        "/ip firewall address-list",
        "/ip firewall filter",
        "/ip firewall raw",
        "/ip route",
        "/ip service",
        "/ip ssh",
        "/routing ospf area",
        "/routing ospf instance",
        "/routing ospf interface-template",
    )
)
"""Menus of which a change can touch the management flow."""

_PHYSICAL = re.compile(r"(ether|sfp|qsfp|combo|wlan|wifi|lte|usb|pwr-line)[\w.-]*|lo")


@dataclass(frozen=True, slots=True)
class Verdict:
    """``carriers``: the ``id()`` of rows that the flow rests on; ``reason`` why not admitted.

    ``entries``: for each flow the ports that it can come in by; None where that is not known.
    """

    admitted: bool
    carriers: frozenset[int]
    reason: str = ""
    entries: tuple[frozenset[str] | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A flow with numbers for addresses."""

    source: Network
    destination: int
    port: int


@dataclass(frozen=True, slots=True)
class Watch:
    """The flows that must stay admitted."""

    flows: tuple[Endpoint, ...]

    def look(self, tree: Tree, since: Verdict | None = None) -> Verdict:
        """Whether all of them are admitted now.

        ``since``: what was seen before the change. A flow that could come in by some ports then
        and by none of them now is cut: nobody moves the cable meanwhile.
        """
        carriers: set[int] = set()
        entries: list[frozenset[str] | None] = []
        before = since.entries if since is not None else ()
        for number, flow in enumerate(self.flows):
            judge = Judge(tree, flow)
            reason = judge.refusal()
            carriers |= judge.carriers
            entries.append(judge.entries)
            had = before[number] if number < len(before) else None
            if reason is None and had and judge.entries is not None and not had & judge.entries:
                reason = f"it comes in by {', '.join(sorted(had))}, which is not part of the way"
            if reason is not None:
                return Verdict(False, frozenset(carriers), reason)
        return Verdict(True, frozenset(carriers), entries=tuple(entries))


def watch(flows: Sequence[tuple[str, str, int]]) -> Watch | None:
    """A watch over ``(source, destination, port)``; None without any. ``ValueError`` for others."""
    endpoints = []
    for source, destination, port in flows:
        network, address = parse_network(source), parse_network(destination)
        if network is None or address is None or address[0] != address[1]:
            raise ValueError(f"not a flow: {source} to {destination}")
        endpoints.append(Endpoint(network, address[0], port))
    return Watch(tuple(endpoints)) if endpoints else None


@dataclass(slots=True)
class Judge:
    """One flow against one configuration; ``carriers`` fills with the rows that it rests on."""

    tree: Tree
    flow: Endpoint
    carriers: set[int] = field(default_factory=set)
    entries: frozenset[str] | None = None

    def refusal(self) -> str | None:
        """Why the flow is not admitted; None when it is."""
        if not self._address():
            return "its address is on no enabled interface"
        ways = self._ways_back()
        if not ways:
            return "there is no way back to the controller"
        reason: str | None = None
        for number, way in enumerate(ways):
            reason = self._by(way)
            if reason is None:
                self.entries = self._entered(way, ways[number + 1 :])
                return self._service()
        return reason

    def _entered(self, way: str, others: Sequence[str]) -> frozenset[str] | None:
        """The ports behind an admitted way and behind the others that are admitted too."""
        resting = set(self.carriers)  # on the first way alone
        entries = self._ports_behind(way)
        for other in others:
            if entries is not None and self._by(other) is None:
                more = self._ports_behind(other)
                entries = None if more is None else entries | more
        self.carriers = resting
        return entries

    def _by(self, interface: str) -> str | None:
        if not self._interface(interface):
            return f"interface {interface} doesn't carry it"
        arriving = Packet(self, interface, arriving=True)
        if not arriving.passes("/ip firewall raw", "prerouting"):
            return f"the raw table drops it on {interface}"
        if not arriving.passes("/ip firewall filter", "input"):
            return f"the input chain drops it on {interface}"
        if not Packet(self, interface, arriving=False).passes("/ip firewall filter", "output"):
            return f"the output chain drops its answers on {interface}"
        return None

    # address and way back -------------------------------------------------------------------

    def _rows(self, path: str) -> Iterator[Row]:
        return (row for row in self.tree.menus.get(path, ()) if is_on(row))

    def _address(self) -> bool:
        for row in self._rows("/ip address"):
            host = parse_network((row.values.get("address") or "").partition("/")[0])
            if host and host[0] == self.flow.destination:
                interface = row.values.get("interface") or ""
                if self._exists(interface):
                    self.carriers.add(id(row))
                    return True
        return False

    def _exists(self, name: str) -> bool:
        """Whether an interface is there and enabled; its address answers by any other one then."""
        for path, rows in self.tree.menus.items():
            if path.startswith("/interface ") and path.count(" ") == 1:
                for row in rows:
                    if row.values.get("name") == name or row.entry == f"default-name={name}":
                        self.carriers.add(id(row))
                        return is_on(row)
        return _PHYSICAL.fullmatch(name) is not None

    def _connected(self, network: Network) -> tuple[int, str, Row] | None:
        """The longest connected network that holds ``network``: size, interface, row."""
        best: tuple[int, str, Row] | None = None
        for row in self._rows("/ip address"):
            own = parse_network(row.values.get("address") or "")
            interface = row.values.get("interface") or ""
            if own and within(network, own) and own[0] != own[1]:
                size = own[1] - own[0]
                if best is None or size < best[0]:
                    best = size, interface, row
        return best

    def _ways_back(self) -> list[str]:
        source = self.flow.source
        connected = self._connected(source)
        if connected is not None:
            self.carriers.add(id(connected[2]))
            return [connected[1]]
        best: tuple[int, str, list[Row]] | None = None
        for row in self._rows("/ip route"):
            if "blackhole" in row.values or row.values.get("routing-table") not in (None, "main"):
                continue
            target = parse_network(row.values.get("dst-address") or "0.0.0.0/0")
            if target is None or not within(source, target):
                continue
            way = self._gateway(row.values.get("gateway") or "")
            size = target[1] - target[0]
            if way is not None and (best is None or size < best[0]):
                best = size, way[0], [row, *way[1]]
        default = (1 << 32) - 1
        if best is not None and best[0] < default:
            self.carriers.update(id(row) for row in best[2])
            return [best[1]]
        ospf = self._ospf()
        if ospf:
            return ospf
        if best is not None:
            self.carriers.update(id(row) for row in best[2])
            return [best[1]]
        clients = [
            row
            for row in self._rows("/ip dhcp-client")
            if row.values.get("add-default-route", "yes") != "no"
        ]
        self.carriers.update(id(row) for row in clients)
        return [row.values.get("interface") or "" for row in clients]

    def _gateway(self, gateway: str) -> tuple[str, list[Row]] | None:
        address, _, interface = gateway.partition("%")
        if interface:
            return interface, []
        network = parse_network(address)
        if network is None:
            return (gateway, []) if gateway and self._interface(gateway) else None
        connected = self._connected(network)
        return (connected[1], [connected[2]]) if connected else None

    def _ospf(self) -> list[str]:
        """Interfaces on which a neighbour can be: OSPF templates that are not passive."""
        areas = {
            row.values.get("name"): row.values.get("instance")
            for row in self._rows("/routing ospf area")
        }
        instances = {row.values.get("name"): row for row in self._rows("/routing ospf instance")}
        ways: list[str] = []
        for row in self._rows("/routing ospf interface-template"):
            passive = "passive" in row.values and row.values["passive"] != "no"
            instance = instances.get(areas.get(row.values.get("area")))
            if passive or instance is None:
                continue
            names = (row.values.get("interfaces") or "").split(",")
            self.carriers.update((id(row), id(instance)))
            ways.extend(name for name in names if name and name not in ways)
        return ways

    # interfaces -----------------------------------------------------------------------------

    def _named(self, path: str, name: str) -> Row | None:
        for row in self.tree.menus.get(path, ()):
            if row.values.get("name") == name:
                return row
        return None

    def _interface(self, name: str, depth: int = 0) -> bool:
        """Whether packets can come in by the interface ``name``."""
        if depth > DEPTH or not name:
            return False
        if name == "lo":
            return True
        vlan = self._named("/interface vlan", name)
        if vlan is not None:
            self.carriers.add(id(vlan))
            parent = vlan.values.get("interface") or ""
            if not is_on(vlan) or not self._interface(parent, depth + 1):
                return False
            bridge = self._named("/interface bridge", parent)
            return bridge is None or self._vlan(bridge, parent, vlan.values.get("vlan-id") or "1")
        bridge = self._named("/interface bridge", name)
        if bridge is not None:
            self.carriers.add(id(bridge))
            return is_on(bridge) and (depth > 0 or self._untagged(bridge, name))
        tunnel = self._named("/interface wireguard", name)
        if tunnel is not None:
            self.carriers.add(id(tunnel))
            peers = [
                row
                for row in self._rows("/interface wireguard peers")
                if row.values.get("interface") == name and self._allows(row)
            ]
            self.carriers.update(map(id, peers))
            return is_on(tunnel) and bool(peers)
        return self._port(name)

    def _allows(self, peer: Row) -> bool:
        networks = map(parse_network, (peer.values.get("allowed-address") or "").split(","))
        return any(network and within(self.flow.source, network) for network in networks)

    def _port(self, name: str) -> bool:
        for path in INTERFACES:
            row = self._named(path, name)
            if row is not None:
                self.carriers.add(id(row))
                return is_on(row) and not self._slave(name)
        renamed = any(
            row.entry == f"default-name={name}" and row.values.get("name", name) != name
            for row in self.tree.menus.get("/interface ethernet", ())
        )
        for row in self.tree.menus.get("/interface ethernet", ()):
            if row.entry == f"default-name={name}" and not is_on(row):
                return False
        other = any(
            row.values.get("name") == name
            for path, rows in self.tree.menus.items()
            if path.startswith("/interface ") and path.count(" ") == 1
            for row in rows
        )
        known = other or (_PHYSICAL.fullmatch(name) is not None and not renamed)
        return known and not self._slave(name)

    def _slave(self, name: str) -> bool:
        ports = self._rows("/interface bridge port")
        return any(row.values.get("interface") == name for row in ports)

    def _ports(self, bridge: str) -> list[Row]:
        return [
            row
            for row in self._rows("/interface bridge port")
            if row.values.get("bridge") == bridge
        ]

    def _untagged(self, bridge: Row, name: str) -> bool:
        ports = self._ports(name)
        if bridge.values.get("vlan-filtering") == "yes":
            pvid = bridge.values.get("pvid") or "1"
            ports = [row for row in ports if self._carries(row, name, pvid)]
        self.carriers.update(map(id, ports))
        return bool(ports)

    def _vlan(self, bridge: Row, name: str, vlan: str) -> bool:
        """Whether VLAN ``vlan`` reaches the bridge itself, and leaves it by a port."""
        ports = self._ports(name)
        if bridge.values.get("vlan-filtering") != "yes":
            self.carriers.update(map(id, ports))
            return bool(ports)
        entry = self._entry(name, vlan)
        if entry is None or name not in (entry.values.get("tagged") or "").split(","):
            return False
        self.carriers.add(id(entry))
        ports = [row for row in ports if self._carries(row, name, vlan)]
        self.carriers.update(map(id, ports))
        return bool(ports)

    def _entry(self, bridge: str, vlan: str) -> Row | None:
        for row in self._rows("/interface bridge vlan"):
            if row.values.get("bridge") == bridge and in_ranges(
                vlan, row.values.get("vlan-ids") or ""
            ):
                return row
        return None

    def _carries(self, port: Row, bridge: str, vlan: str) -> bool:
        if (port.values.get("pvid") or "1") == vlan:
            return True
        entry = self._entry(bridge, vlan)
        interface = port.values.get("interface") or ""
        if entry is None:
            return False
        members = (entry.values.get("tagged") or "") + "," + (entry.values.get("untagged") or "")
        return interface in members.split(",")

    def _ports_behind(self, name: str, vlan: str | None = None) -> frozenset[str] | None:
        """The ports, by the names they were born with, that an interface is entered by.

        None when that is not known: a tunnel comes in by any.
        """
        tagged = self._named("/interface vlan", name)
        if tagged is not None:
            parent = tagged.values.get("interface") or ""
            return self._ports_behind(parent, tagged.values.get("vlan-id") or "1")
        bridge = self._named("/interface bridge", name)
        if bridge is None:
            return self._port_born(name)
        ports = self._ports(name)
        if bridge.values.get("vlan-filtering") == "yes":
            wanted = vlan or bridge.values.get("pvid") or "1"
            ports = [row for row in ports if self._carries(row, name, wanted)]
        found: set[str] = set()
        for row in ports:
            behind = self._port_born(row.values.get("interface") or "")
            if behind is None:
                return None
            found |= behind
        return frozenset(found)

    def _port_born(self, name: str) -> frozenset[str] | None:
        for row in self.tree.menus.get("/interface ethernet", ()):
            if row.values.get("name") == name and (row.entry or "").startswith("default-name="):
                return frozenset({(row.entry or "").removeprefix("default-name=")})
        return frozenset({name}) if _PHYSICAL.fullmatch(name) and name != "lo" else None

    # service --------------------------------------------------------------------------------

    def _service(self) -> str | None:
        row = next((r for r in self.tree.menus.get("/ip service", ()) if r.entry == "ssh"), None)
        values: dict[str, str | None] = {} if row is None else row.values
        if row is not None:
            self.carriers.add(id(row))
            if not is_on(row):
                return "the ssh service is disabled"
        if int(values.get("port") or 22) != self.flow.port:
            return "the ssh service listens on another port"
        allowed = values.get("available-from") or values.get("address") or ""
        networks = [parse_network(text) for text in allowed.split(",") if text]
        if networks and not any(n and within(self.flow.source, n) for n in networks):
            return "the ssh service does not accept the controller's addresses"
        return None
