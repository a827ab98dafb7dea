"""OSPF for the whole district at once: adjacencies, then shortest paths.

Two interfaces are neighbors when frames pass both ways and both ends agree (RFC 2328, 10.5): area,
area type, network type, subnet, timers, authentication, instance id, MTU (10.6); both input chains
admit protocol 89 in both directions; the router ids differ. Time is not modelled: an adjacency is
there or not. All areas are one graph, so a missing backbone goes unnoticed; external routes count
with the cost of the way to their origin. A router id that two routers share makes both unknown to
all others.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.lab.l2 import Frames
from sekayu_net.lab.node import Address, Node, OspfInterface
from sekayu_net.lab.route_filter import Prefix, admits
from sekayu_net.lab.routing import OSPF, Forwarding, Route

DEFAULT = IPv4Network("0.0.0.0/0")


#: The metric of what is redistributed, where nothing says another.
_REDISTRIBUTED = 20


@dataclass(frozen=True, slots=True)
class Speaker:
    """An interface that runs OSPF."""

    device: str
    interface: str
    address: Address
    template: OspfInterface
    router_id: str


@dataclass(frozen=True, slots=True)
class Neighbor:
    """An adjacency in state Full, seen from ``near``."""

    near: Speaker
    far: Speaker


@dataclass(frozen=True, slots=True)
class OspfState:
    """What OSPF came to: by device, its neighbors and the routes it learned."""

    neighbors: Mapping[str, tuple[Neighbor, ...]]
    routes: Mapping[str, tuple[Route, ...]]
    #: Why two interfaces that hear each other are no neighbors: by their two names.
    refusals: Mapping[tuple[str, str], str]


#: ``(device, interface, source, destination)``: the input chain lets OSPF in there.
Admitted = Callable[[str, str, IPv4Address, IPv4Address], bool]


def compute_ospf(
    nodes: Mapping[str, Node],
    frames: Frames,
    forwarding: Mapping[str, Forwarding],
    admitted: Admitted,
) -> OspfState:
    """Adjacencies and routes of every device."""
    speakers = {
        (s.device, s.interface): s
        for node in nodes.values()
        if node.up
        for s in _speakers(node, frames, forwarding[node.name])
    }
    neighbors: dict[str, list[Neighbor]] = {}
    refusals: dict[tuple[str, str], str] = {}
    for end, near in speakers.items():
        if near.template.passive:
            continue
        for other in frames.neighbors(end):
            far = speakers.get(other)
            if far is None or far.template.passive:
                continue
            reason = disagreement(near, far, nodes) or _refused(near, far, admitted)
            if reason:
                refusals[(near.device, far.device)] = reason
            else:
                neighbors.setdefault(near.device, []).append(Neighbor(near, far))
    routes = _routes(nodes, speakers, neighbors, forwarding)
    return OspfState({d: tuple(found) for d, found in neighbors.items()}, routes, refusals)


def _speakers(node: Node, frames: Frames, forwarding: Forwarding) -> list[Speaker]:
    found = []
    seen: set[str] = set()
    for template in node.ospf_interfaces:  # the first template that names an interface counts
        for address in forwarding.addresses:
            named = address.interface in template.interfaces or any(
                address.ip in network for network in template.networks
            )
            if template.interfaces and address.interface not in template.interfaces:
                named = False
            if not named or address.interface in seen:
                continue
            if address.interface in node.masters or not frames.running(
                node.name, address.interface
            ):
                continue
            seen.add(address.interface)
            instance = node.ospf_instances[template.instance]
            found.append(
                Speaker(
                    node.name,
                    address.interface,
                    address,
                    template,
                    _router_id(instance.router_id, forwarding),
                )
            )
    return found


def _router_id(text: str, forwarding: Forwarding) -> str:
    try:
        return str(IPv4Address(text))
    except ValueError:
        # "main" selects one of the device's own addresses; which one does not matter here.
        return str(max((a.ip for a in forwarding.addresses), default=IPv4Address(0)))


def disagreement(near: Speaker, far: Speaker, nodes: Mapping[str, Node]) -> str:
    """Why two ends form no adjacency; empty when they do."""
    one, two = near.template, far.template
    mtus = {nodes[s.device].interfaces[s.interface].mtu for s in (near, far)} - {""}
    kinds = {nodes[s.device].interfaces[s.interface].kind for s in (near, far)}
    tests = (
        ("area", one.area == two.area),
        ("area type", one.area_type == two.area_type),
        ("network type", one.type == two.type),
        ("subnet", near.address.network == far.address.network),
        ("timers", one.timers == two.timers),
        ("authentication", one.auth == two.auth),
        ("instance id", one.instance_id == two.instance_id),
        ("router id", near.router_id != far.router_id),
        ("priority", one.type != "broadcast" or one.priority > 0 or two.priority > 0),
        # A bridge's own MTU reads "auto": only like kinds can be compared by their text.
        ("MTU", len(kinds) > 1 or len(mtus) < 2),
    )
    return next((f"OSPF {what} differs" for what, agreed in tests if not agreed), "")


def _refused(near: Speaker, far: Speaker, admitted: Admitted) -> str:
    for to, of in ((near, far), (far, near)):
        group = IPv4Address("224.0.0.5")  # AllSPFRouters
        for destination in (group, to.address.ip):
            if not admitted(to.device, to.interface, of.address.ip, destination):
                return f"{to.device} lets no OSPF in on {to.interface}"
    return ""


def _routes(
    nodes: Mapping[str, Node],
    speakers: Mapping[tuple[str, str], Speaker],
    neighbors: Mapping[str, list[Neighbor]],
    forwarding: Mapping[str, Forwarding],
) -> dict[str, tuple[Route, ...]]:
    ids: dict[str, set[str]] = {}
    for speaker in speakers.values():
        ids.setdefault(speaker.router_id, set()).add(speaker.device)
    doubled = {device for owners in ids.values() if len(owners) > 1 for device in owners}
    offers = {
        device: _offered(nodes[device], forwarding[device], speakers)
        for device in nodes
        if device not in doubled
    }
    found: dict[str, tuple[Route, ...]] = {}
    for device in neighbors:
        found[device] = _learned(nodes[device], offers, neighbors, forwarding[device], doubled)
    return found


def _offered(
    node: Node, forwarding: Forwarding, speakers: Mapping[tuple[str, str], Speaker]
) -> list[tuple[IPv4Network, int]]:
    """The prefixes that a router originates, each with its external metric (type 2); 0: inside."""
    own = [s for s in speakers.values() if s.device == node.name]
    offered = [(s.address.network, 0) for s in own]
    names = {s.interface for s in own}
    offered.extend(
        (a.network, 0)
        for a in forwarding.addresses
        if a.interface in names and (a.network, 0) not in offered
    )
    for name in {s.template.instance for s in own}:
        instance = node.ospf_instances[name]
        default = any(r.destination == DEFAULT for r in forwarding.routes if r.table == "main")
        if instance.originate_default == "always" or (
            instance.originate_default == "if-installed" and default
        ):
            offered.append((DEFAULT, instance.default_metric))
        wanted = {
            "static": "static" in instance.redistribute,
            "connect": "connected" in instance.redistribute,
            "dhcp": "dhcp" in instance.redistribute,
        }
        offered.extend(
            (route.destination, _REDISTRIBUTED)
            for route in forwarding.routes
            if wanted.get(route.kind)
            and route.table == "main"
            and route.destination != DEFAULT
            and admits(
                node.route_filters, instance.out_chain, Prefix(route.destination, route.kind)
            )
        )
    return offered


def _learned(
    node: Node,
    offers: Mapping[str, list[tuple[IPv4Network, int]]],
    neighbors: Mapping[str, list[Neighbor]],
    forwarding: Forwarding,
    doubled: set[str],
) -> tuple[Route, ...]:
    """Shortest paths from one device; one first hop for each other device."""
    best: dict[str, tuple[int, Neighbor]] = {}
    queue: list[tuple[int, int, str, Neighbor]] = []
    tie = 0  # devices at one cost stay in the order found
    for first in neighbors.get(node.name, ()):
        heapq.heappush(queue, (first.near.template.cost, tie, first.far.device, first))
        tie += 1
    while queue:
        cost, _, device, first = heapq.heappop(queue)
        if device == node.name or device in best or device in doubled:
            continue
        best[device] = (cost, first)
        for onward in neighbors.get(device, ()):
            tie += 1
            heapq.heappush(queue, (cost + onward.near.template.cost, tie, onward.far.device, first))
    chosen: dict[IPv4Network, tuple[int, int, Route]] = {}
    for device, (cost, first) in best.items():
        chain = node.ospf_instances[first.near.template.instance].in_chain
        for prefix, metric in offers.get(device, ()):
            if not admits(node.route_filters, chain, Prefix(prefix, "ospf")):
                continue
            route = Route(
                prefix,
                "ospf",
                OSPF,
                first.near.interface,
                first.far.address.ip,
                cost=cost,
            )
            before = chosen.get(prefix)
            if before is None or (metric, cost) < before[:2]:
                chosen[prefix] = (metric, cost, route)
    own = {r.destination for r in forwarding.routes if r.kind == "connect" and r.table == "main"}
    return tuple(route for _, _, route in chosen.values() if route.destination not in own)
