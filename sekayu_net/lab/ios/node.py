"""An IOS device as the network moves packets through it: its sections read into a ``Node``.

Modelled: addresses on ports, subinterfaces and loopbacks; static routes, with tracks that watch
their gateway or an interface; OSPF; access lists on interfaces (stateless) and on the vty lines;
VRRP; whether SSH is taken. Not modelled, and so carrying nothing: NAT, tunnels, VLAN interfaces,
VRFs, policy routing, object groups (an entry that names one matches nothing), BGP.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING

from sekayu_net.lab.ios.acl import Chains, chain_of, chains
from sekayu_net.lab.ios.node_ospf import ospf
from sekayu_net.lab.ios.routes import addresses, name_of
from sekayu_net.lab.ios.tree import Line, Tree
from sekayu_net.lab.node import (
    Address,
    Interface,
    Node,
    Rule,
    Service,
    StaticRoute,
    VrrpGroup,
)

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

_SSH = (("protocol", "tcp"), ("dst-port", "22"))


def compile_ios(device: IosDevice) -> Node:
    """Read the running configuration. Lines that mean nothing here are left out."""
    tree = device.running
    interfaces = _interfaces(device)
    owned = _addresses(tree, interfaces)
    instances, templates = ospf(tree, owned)
    lists = chains(tree)
    announced = not tree.has("no cdp run") or tree.has("lldp run")
    names = frozenset(interfaces)
    return Node(
        name=device.name,
        up=device.up,
        interfaces=interfaces,
        bridges={},
        masters={},
        lists={"all": names},
        addresses=owned,
        routes=tuple(_routes(tree)),
        dhcp_clients=(),
        routing_rules=(),
        address_lists={},
        filter=(*_bound(tree, lists, "out"), *_vty(tree, lists), *lists.all()),
        nat=(),
        raw=(*_bound(tree, lists, "in"), *lists.all()),
        wireguard={},
        peers=(),
        ospf_instances=instances,
        ospf_interfaces=templates,
        route_filters={},
        ssh=Service(_takes_ssh(device), 22, (), "main"),
        forwarding=not tree.has("no ip routing"),
        rp_filter="no",
        tracking=False,
        dns_servers=_servers(tree),
        dns_static=(),
        discovery="all" if announced else "",
        locals=frozenset(address.ip for address in owned),
        vrrp=tuple(_vrrp(tree)),
    )


def _takes_ssh(device: IosDevice) -> bool:
    from sekayu_net.lab.ios.ssh import authenticates, takes_ssh, vty

    line = vty(device, 0)
    return takes_ssh(line) and authenticates(device, line)


def _servers(tree: Tree) -> tuple[str, ...]:
    if tree.has("no ip domain lookup"):
        return ()
    return tuple(word for line in tree.all("ip name-server") for word in line.text.split()[2:])


# -- interfaces --------------------------------------------------------------------------------


def _interfaces(device: IosDevice) -> dict[str, Interface]:
    found: dict[str, Interface] = {}
    for line in device.running.interfaces():
        name = name_of(line)
        base, _, number = name.partition(".")
        up = not line.has("shutdown")
        mtu = line.get("ip mtu") or line.get("mtu")
        size = mtu.text.split()[-1] if mtu is not None else "1500"
        if name in device.ports:
            found[name] = Interface(name, "ether", enabled=up, mtu=size, port=name)
        elif number and base in device.ports:
            tag = line.get("encapsulation dot1Q")
            if tag is not None:
                found[name] = Interface(
                    name, "vlan", enabled=up, mtu=size, parent=base, vlan=int(tag.text.split()[2])
                )
        elif name.startswith("Loopback"):
            found[name] = Interface(name, "loopback", enabled=up)
    return found


def _addresses(tree: Tree, interfaces: Mapping[str, Interface]) -> tuple[Address, ...]:
    found = []
    for line in tree.interfaces():
        interface = interfaces.get(name_of(line))
        if interface is None or not interface.enabled or line.get("vrf forwarding") is not None:
            continue
        found += [Address(own.ip, own.network, interface.name) for own in addresses(line)]
    return tuple(found)


# -- routes and tracks -------------------------------------------------------------------------


def watched(tree: Tree, number: str) -> tuple[str, str] | None:
    """What a track watches: ``("interface", name)``, ``("gateway", address)``, else None."""
    for line in tree.all("track"):
        words = line.text.split()
        if words[1] != number:
            continue
        if words[2] == "interface":
            return "interface", words[3]
        if words[2:4] == ["ip", "sla"]:
            section = tree.get(f"ip sla {words[4]}")
            echo = section.get("icmp-echo") if section is not None else None
            scheduled = tree.get(f"ip sla schedule {words[4]}") is not None
            if echo is not None and scheduled:
                return "gateway", echo.text.split()[1]
    return None


def _routes(tree: Tree) -> Iterator[StaticRoute]:
    for line in tree.all("ip route"):
        words = line.text.split()[2:]
        if words[0] in ("vrf", "static"):
            continue
        destination = IPv4Network(f"{words[0]}/{words[1]}", strict=False)
        rest = words[2:]
        gateways, distance, check = [], 1, False
        track = rest[rest.index("track") + 1] if "track" in rest[:-1] else ""
        interface = rest.pop(0) if rest and not rest[0][0].isdigit() else ""
        if rest and "." in rest[0]:
            gateways = [f"{rest[0]}%{interface}" if interface else rest[0]]
            rest = rest[1:]
        elif interface:
            gateways = [interface]
        if rest and rest[0].isdigit():
            distance = int(rest[0])
        if track:
            seen = watched(tree, track)
            if seen is None:
                continue  # a track that is not there (or does not run) is down
            check = seen[0] == "gateway"
            if seen[0] == "interface" and _shut(tree, seen[1]):
                continue
        yield StaticRoute(
            id=line.text,
            destination=destination,
            gateways=tuple(gateways),
            distance=distance,
            blackhole=interface == "Null0",
            check_gateway=check,
            table="main",
            source="",
        )


def _shut(tree: Tree, name: str) -> bool:
    section = tree.get(f"interface {name}")
    return section is None or section.has("shutdown")


# -- VRRP --------------------------------------------------------------------------------------


def _vrrp(tree: Tree) -> Iterator[VrrpGroup]:
    version = 3 if tree.has("fhrp version vrrp v3") else 2
    for interface in tree.interfaces():
        if interface.has("shutdown"):
            continue
        numbers = sorted({int(line.text.split()[1]) for line in interface.all("vrrp")})
        for number in numbers:
            held = frozenset(
                IPv4Address(line.text.split()[3]) for line in interface.all(f"vrrp {number} ip")
            )
            if not held or interface.has(f"vrrp {number} shutdown"):
                continue
            level = interface.get(f"vrrp {number} priority")
            yield VrrpGroup(
                name_of(interface),
                number,
                held,
                int(level.text.split()[3]) if level is not None else 100,
                version,
                tuple(_tracks(tree, interface, number)),
            )


def _tracks(tree: Tree, interface: Line, number: int) -> Iterator[tuple[str, str, int]]:
    for line in interface.all(f"vrrp {number} track"):
        words = line.text.split()
        decrement = int(words[5]) if len(words) > 5 else 10
        seen = watched(tree, words[3])
        # A track that is not there is down for good: watch what nobody has.
        kind, value = seen if seen is not None else ("interface", "")
        yield kind, value, decrement


# -- access lists ------------------------------------------------------------------------------


def _bound(tree: Tree, lists: Chains, way: str) -> Iterator[Rule]:
    chain, matcher = ("prerouting", "in-interface") if way == "in" else ("forward", "out-interface")
    for interface in tree.interfaces():
        for line in interface.all("ip access-group"):
            _, _, name, direction = line.text.split()
            if direction == way and lists.has(name):
                yield Rule(
                    0, chain, "jump", ((matcher, name_of(interface)),), target=chain_of(name)
                )


def _vty(tree: Tree, lists: Chains) -> Iterator[Rule]:
    """The first line's class: a session takes the first free line."""
    line = next(iter(sorted(tree.all("line vty"), key=lambda one: one.rank)), None)
    if line is None:
        return
    for bound in line.all("access-class"):
        words = bound.text.split()
        if words[2] == "in" and lists.has(words[1]):
            yield Rule(0, "input", "jump", _SSH, target=chain_of(words[1]))


__all__: Sequence[str] = ("compile_ios", "watched")
