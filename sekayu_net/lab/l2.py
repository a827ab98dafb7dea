"""Frames: where a frame that leaves one interface arrives, through bridges, VLANs and cables.

A frame is its stack of VLAN tags, outermost first. Bridges follow MikroTik's manual ("Bridge VLAN
Table"): without ``vlan-filtering`` everything passes unchanged; with it a frame enters by pvid,
``frame-types`` and ``ingress-filtering``, and leaves by the members of its VLAN. A bridge's own
name stands for the CPU's port. A slave interface hands everything to its bridge, so a VLAN
interface on it receives nothing. No spanning tree: the lab's cables form no loops.
"""

from __future__ import annotations

from collections.abc import Mapping

from sekayu_net.lab.node import Bridge, Node
from sekayu_net.lab.topology import Port, Topology

Tags = tuple[int, ...]
#: An interface that has addresses or could have: device and interface name.
Endpoint = tuple[str, str]

_ALL = "admit-all"
_TAGGED = "admit-only-vlan-tagged"


class Frames:
    """Floods over the whole district, remembered until the wiring or a bridge changes."""

    def __init__(self, nodes: Mapping[str, Node], topology: Topology) -> None:
        self._nodes = nodes
        self._topology = topology
        self._floods: dict[Endpoint, frozenset[Endpoint]] = {}
        #: Default names of ports to interface names, for each device.
        self._names = {
            name: {i.port: i.name for i in node.interfaces.values() if i.port}
            for name, node in nodes.items()
        }

    def neighbors(self, start: Endpoint) -> frozenset[Endpoint]:
        """The endpoints that hear ``start`` and that it hears: those it can exchange ARP with."""
        return frozenset(end for end in self._flood(start) if start in self._flood(end))

    def port_running(self, device: str, port: str) -> bool:
        """Whether a physical port has link: its cable and the port at the other end are up.

        The media of long links keep their own link up while any end is there.
        """
        return any(self._port_up(other) for other in self._topology.peers((device, port)))

    def running(self, device: str, name: str) -> bool:
        """Whether an interface carries traffic. A bridge does while it is enabled."""
        node = self._nodes[device]
        interface = node.interfaces.get(name)
        if interface is None or not interface.enabled or not node.up:
            return False
        if interface.kind == "ether":
            return self.port_running(device, interface.port)
        if interface.kind == "vlan":
            return interface.parent != name and self.running(device, interface.parent)
        return interface.kind != "wifi"

    def _port_up(self, port: Port) -> bool:
        device, name = port
        node = self._nodes.get(device)
        if node is None:
            return True  # fixed nodes
        interface = node.interfaces.get(self._names[device].get(name, ""))
        return node.up and interface is not None and interface.enabled

    def _flood(self, start: Endpoint) -> frozenset[Endpoint]:
        found = self._floods.get(start)
        if found is None:
            heard: set[Endpoint] = set()
            _Flood(self._nodes, self._topology, self._names, heard).start(start)
            found = self._floods[start] = frozenset(heard - {start})
        return found


class _Flood:
    """One frame to everyone. ``heard`` collects the endpoints that it reaches."""

    def __init__(
        self,
        nodes: Mapping[str, Node],
        topology: Topology,
        names: Mapping[str, Mapping[str, str]],
        heard: set[Endpoint],
    ) -> None:
        self.nodes = nodes
        self.topology = topology
        self.names = names
        self.heard = heard
        self.seen: set[tuple[str, str, str, Tags]] = set()

    def start(self, start: Endpoint) -> None:
        """Send an untagged frame out of an interface (or from a fixed node's ``lan``)."""
        device, name = start
        node = self.nodes.get(device)
        if node is None:
            self._onto_wire((device, name), self._spoken(device))
        elif name in node.masters:
            return  # a slave interface has no traffic of its own
        else:
            self._transmit(node, name, ())

    def _once(self, *step: object) -> bool:
        if step in self.seen:
            return False
        self.seen.add(step)  # type: ignore[arg-type]
        return True

    def _transmit(self, node: Node, name: str, tags: Tags) -> None:
        interface = node.interfaces.get(name)
        if interface is None or not interface.enabled or not node.up:
            return
        if not self._once("out", node.name, name, tags):
            return
        if interface.kind == "vlan":
            if interface.parent in node.masters:
                return
            self._transmit(node, interface.parent, (interface.vlan, *tags))
        elif interface.kind == "bridge":
            self._forward(node, name, name, tags)
        elif interface.kind == "ether":
            self._onto_wire((node.name, interface.port), tags)

    def _onto_wire(self, port: Port, tags: Tags) -> None:
        for device, far in self.topology.peers(port):
            node = self.nodes.get(device)
            if node is not None:
                self._receive(node, self.names[device].get(far, ""), tags)
                continue
            if tags == self._spoken(device):
                self.heard.add((device, far))

    def _spoken(self, device: str) -> Tags:
        """The tags that a fixed node speaks and hears."""
        vlan = self.topology.stations.get(device)
        return () if vlan is None else (vlan,)

    def _receive(self, node: Node, name: str, tags: Tags) -> None:
        interface = node.interfaces.get(name)
        if interface is None or not interface.enabled or not node.up:
            return
        if not self._once("in", node.name, name, tags):
            return
        master = node.masters.get(name)
        if master is not None:
            bridge = node.interfaces.get(master)
            if bridge is not None and bridge.enabled:
                self._forward(node, master, name, tags)
        else:
            self._deliver(node, name, tags)

    def _deliver(self, node: Node, name: str, tags: Tags) -> None:
        """A frame that an interface keeps: its own if untagged, else its VLAN's."""
        if not tags:
            self.heard.add((node.name, name))
            return
        for vlan in node.interfaces.values():
            if vlan.kind == "vlan" and vlan.parent == name and vlan.vlan == tags[0]:
                self._receive(node, vlan.name, tags[1:])

    def _forward(self, node: Node, bridge_name: str, ingress: str, tags: Tags) -> None:
        bridge = node.bridges[bridge_name]
        admitted = admit(bridge, ingress, tags)
        if admitted is None:
            return
        vlan, inner = admitted
        for name in bridge.ports:
            if name == ingress:
                continue
            leaving = egress(bridge, name, vlan, inner)
            if leaving is None:
                continue
            if name == bridge_name:
                self._deliver(node, name, leaving)
            else:
                self._transmit(node, name, leaving)


def admit(bridge: Bridge, ingress: str, tags: Tags) -> tuple[int | None, Tags] | None:
    """The VLAN a frame is in once inside, and its tags without that one; None when dropped.

    Without filtering the VLAN is None and the tags stay.
    """
    if not bridge.filtering:
        return None, tags
    port = bridge.ports[ingress]
    if tags:
        if port.frame_types not in {_ALL, _TAGGED}:
            return None
        vlan, inner = tags[0], tags[1:]
    else:
        if port.frame_types == _TAGGED:
            return None
        vlan, inner = port.pvid, ()
    if port.ingress_filtering and membership(bridge, ingress, vlan) is None:
        return None
    return vlan, inner


def egress(bridge: Bridge, name: str, vlan: int | None, inner: Tags) -> Tags | None:
    """The tags with which a frame leaves by ``name``; None when it does not."""
    if vlan is None:
        return inner
    member = membership(bridge, name, vlan)
    if member is None:
        return None
    return (vlan, *inner) if member == "tagged" else inner


def membership(bridge: Bridge, name: str, vlan: int) -> str | None:
    """``tagged``, ``untagged`` or None: the table's rows, then the pvid.

    A port that takes tagged frames only is not added untagged to its pvid's VLAN.
    """
    tagged, untagged = bridge.table.get(vlan, (frozenset(), frozenset()))
    if name in tagged:
        return "tagged"
    port = bridge.ports[name]
    if name in untagged or (port.pvid == vlan and port.frame_types != _TAGGED):
        return "untagged"
    return None
