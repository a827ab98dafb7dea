"""The lab's network: who reaches whom, kept up to date as devices change.

``Network`` holds the devices' states and the wiring. A change only marks its device; the next
question reads marked devices again and, if what moves packets is really another, makes a new
``snapshot``. It is also each device's ``Environment``: what its ping and its tables show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.errors import LabError
from sekayu_net.inventory.district import District
from sekayu_net.lab.l2 import Frames
from sekayu_net.lab.node import BridgePort, Interface, Node
from sekayu_net.lab.node_reader import compile_node
from sekayu_net.lab.rows import State
from sekayu_net.lab.snapshot import Snapshot, lease_of, take_snapshot
from sekayu_net.lab.topology import DINKOMINFO, ONSITE, STATION, Port, Topology, build_topology
from sekayu_net.lab.walk import Verdict, probe, reach_ssh, resolve

#: The port of a host on site enters its VLAN tagged, whatever else the bridge says.
_STATION_PORT = BridgePort(1, "admit-all", ingress_filtering=False)


class Network:
    """The whole district's reachability. ``states`` must hold every device of ``district``."""

    def __init__(self, district: District, states: Iterable[State]) -> None:
        self.district = district
        self.topology: Topology = build_topology(district)
        self._states = {state.name: state for state in states}
        missing = sorted(set(district.devices) - set(self._states))
        if missing:
            raise LabError(f"the lab has no state for {', '.join(missing)}")
        self._stations = {
            office.router.name: self.topology.stations[ONSITE + office.slug]
            for office in district.offices.values()
        }
        self._nodes: dict[str, Node] = {}
        self._marked = set(self._states)
        self._snapshot: Snapshot | None = None
        self._before: Snapshot | None = None
        self._verdicts: dict[tuple[str, str], Verdict] = {}

    def changed(self, name: str) -> None:
        """A device's configuration or power may be another now."""
        self._marked.add(name)

    def set_link(self, name: str, *, up: bool) -> None:
        """Cut or mend the link by which a device hangs on the rest (its uplink or its cable)."""
        if name not in self.topology.links:
            raise LabError(f"{name} hangs on no link")
        if up:
            self.topology.down.discard(name)
        else:
            self.topology.down.add(name)
        self._snapshot = self._before = None

    def lay_cable(self, one: Port, other: Port) -> None:
        """Lay a cable between two ports, besides those that are there. ``LabError``: no such."""
        for name, port in (one, other):
            if name not in self._states or port not in self.district.devices[name].ports:
                raise LabError(f"there is no port {port} on {name}")
        self.topology.lay(one, other)
        self._snapshot = self._before = None

    def carry(self, district: District, name: str, far: Port) -> None:
        """Unplug a device and hang it on another port: ``district`` says where it stands now."""
        port = (name, district.devices[name].uplink_port)
        if far[0] not in self._states or far[1] not in district.devices[far[0]].ports:
            raise LabError(f"there is no port {far[1]} on {far[0]}")
        self.topology.unplug(port)
        self.district = district
        self.lay_cable(port, far)

    def link_up(self, name: str) -> bool:
        """Whether that link is whole."""
        return name not in self.topology.down

    @property
    def snapshot(self) -> Snapshot:
        """The network as it is now."""
        self._refresh()
        if self._snapshot is None:
            frames = _reusable_frames(self._before, self._nodes)
            self._snapshot = take_snapshot(self.district, self.topology, dict(self._nodes), frames)
            self._before = self._snapshot
            self._verdicts.clear()
        return self._snapshot

    def from_controller(self, name: str) -> Verdict:
        """Whether SSH from the controller to the device's management address opens."""
        net = self.snapshot
        key = (DINKOMINFO, name)
        if key not in self._verdicts:
            self._verdicts[key] = reach_ssh(
                net,
                DINKOMINFO,
                self.district.services.controller_address,
                name,
                self.district.devices[name].address,
            )
        return self._verdicts[key]

    def from_site(self, name: str) -> Verdict:
        """Whether SSH from a host in the office's management VLAN opens.

        To a router it goes to the VLAN's gateway address.
        """
        net = self.snapshot
        device = self.district.devices[name]
        key = (ONSITE, name)
        if key not in self._verdicts:
            office = self.district.office_of(device)
            address = device.address
            if name == office.router.name:
                address = office.vlans["management"].gateway.ip
            self._verdicts[key] = reach_ssh(
                net, ONSITE + office.slug, self.topology.onsite[office.slug].ip, name, address
            )
        return self._verdicts[key]

    def site_address(self, name: str) -> IPv4Address:
        """The address that a host on site has, as the device sees it."""
        return self.topology.onsite[self.district.devices[name].office].ip

    # What a device sees: ``environment.Environment``.

    def ping(
        self,
        device: State,
        address: str,
        *,
        source: str | None = None,
        interface: str | None = None,
    ) -> bool:
        """Whether an echo request is answered. A name is resolved first."""
        net = self.snapshot
        target = resolve(net, device.name, address)
        if target is None:
            return False
        verdict, _ = probe(
            net,
            device.name,
            target,
            source=IPv4Address(source) if source else None,
            interface=interface or "",
        )
        return verdict.reached

    def routes(self, device: State) -> Sequence[Mapping[str, str]]:
        """Dynamic routes; the chosen one of each prefix is active."""
        forwarding = self.snapshot.forwarding[device.name]
        best: dict[tuple[IPv4Network, str], int] = {}
        for route in forwarding.routes:
            key = (route.destination, route.table)
            best[key] = min(route.distance, best.get(key, 255))
        rows = []
        for route in forwarding.routes:
            if route.kind == "static":
                continue
            gateway = route.interface
            if route.gateway is not None:
                gateway = str(route.gateway)
                if route.kind == "ospf":
                    gateway = f"{route.gateway}%{route.interface}"
            chosen = route.distance == best[(route.destination, route.table)]
            rows.append(
                {
                    "dst-address": str(route.destination),
                    "gateway": gateway,
                    "distance": str(route.distance),
                    "kind": route.kind,
                    "active": "yes" if chosen else "no",
                }
            )
        return rows

    def route_active(self, device: State, item_id: str) -> bool:
        """Whether a static route is usable and no better one of its prefix exists."""
        routes = self.snapshot.forwarding[device.name].routes
        mine = [route for route in routes if route.id == item_id]
        if not mine:
            return False
        rivals = [
            route.distance
            for route in routes
            if route.destination == mine[0].destination and route.table == mine[0].table
        ]
        return mine[0].distance == min(rivals)

    def ospf_neighbors(self, device: State) -> Sequence[Mapping[str, str]]:
        """Adjacencies, all ``Full``."""
        return [
            {
                "instance": neighbor.near.template.instance,
                "area": neighbor.near.template.area_name,
                "address": str(neighbor.far.address.ip),
                "router-id": neighbor.far.router_id,
                "state": "Full",
                "interface": neighbor.near.interface,
            }
            for neighbor in self.snapshot.ospf.neighbors.get(device.name, ())
        ]

    def neighbors(self, device: State) -> Sequence[Mapping[str, str]]:
        """Managed devices that announce themselves to this one (MNDP)."""
        net = self.snapshot
        rows = []
        for name, interface in net.nodes[device.name].interfaces.items():
            if interface.kind in {"wireguard", "loopback", "wifi"}:
                continue
            for other, via in sorted(net.frames.neighbors((device.name, name))):
                node = net.nodes.get(other)
                if node is None or via not in node.lists.get(node.discovery, ()):
                    continue
                address = net.forwarding[other].address_on(via)
                state = self._states[other]
                rows.append(
                    {
                        "interface": name,
                        "address": str(address) if address is not None else "",
                        "mac-address": _mac(state, node.interfaces[via].port),
                        "identity": state.settings("/system identity").get("name") or other,
                        "platform": "Cisco" if hasattr(state, "compiled") else "MikroTik",
                        "interface-name": via,
                        "system-caps": "bridge,router",
                        "system-caps-enabled": "bridge,router",
                    }
                )
        return rows

    def dhcp_address(self, device: State, interface: str) -> Mapping[str, str] | None:
        """The provider's lease on an uplink port."""
        net = self.snapshot
        lease = lease_of(self.topology, net.frames, device.name, interface)
        if lease is None:
            return None
        return {
            "address": str(lease.address),
            "gateway": str(lease.gateway),
            "dns-server": str(lease.dns),
            "dhcp-server": str(lease.gateway),
        }

    def running(self, device: State, port: str) -> bool:
        """Whether a physical port has link."""
        return self.snapshot.frames.port_running(device.name, port)

    def resolves(self, device: State, name: str) -> str | None:
        """The address that the device's resolver gives."""
        address = resolve(self.snapshot, device.name, name)
        return None if address is None else str(address)

    def _refresh(self) -> None:
        for name, state in self._states.items():
            node = self._nodes.get(name)
            if name not in self._marked and node is not None and node.up == state.up:
                continue
            fresh = self._with_station(_compiled(state))
            if fresh != node:
                self._nodes[name] = fresh
                self._snapshot = None
        self._marked.clear()

    def _with_station(self, node: Node) -> Node:
        """Plug the office's host on site into its router's bridge, in the management VLAN."""
        vlan = self._stations.get(node.name)
        if vlan is None or not node.bridges:
            return node
        name = "bridge" if "bridge" in node.bridges else next(iter(node.bridges))
        bridge = node.bridges[name]
        tagged, untagged = bridge.table.get(vlan, (frozenset(), frozenset()))
        plugged = replace(
            bridge,
            ports={**bridge.ports, STATION: _STATION_PORT},
            table={**bridge.table, vlan: (tagged | {STATION}, untagged)},
        )
        port = Interface(STATION, "ether", enabled=True, port=STATION)
        return replace(
            node,
            interfaces={**node.interfaces, STATION: port},
            bridges={**node.bridges, name: plugged},
            masters={**node.masters, STATION: name},
        )


def _compiled(state: State) -> Node:
    """A device as packets see it: a platform's own reading, or that of RouterOS's menus."""
    own: Callable[[], Node] | None = getattr(state, "compiled", None)
    return own() if own is not None else compile_node(state)


def _reusable_frames(before: Snapshot | None, nodes: Mapping[str, Node]) -> Frames | None:
    """The floods of an earlier snapshot, when no bridge, interface or power is another now."""
    if before is None:
        return None
    same = all(nodes[name].layer2 == node.layer2 for name, node in before.nodes.items())
    return before.frames if same else None


def _mac(state: State, port: str) -> str:
    own: Callable[[str], str] | None = getattr(state, "mac", None)
    if own is not None:
        text = own(port).replace(".", "").upper()
        return ":".join(text[n : n + 2] for n in range(0, 12, 2))
    for row in state.items("/interface ethernet"):
        if row.get("default-name") == port:
            return row.get("mac-address")
    return ""
