"""What a configuration says of a link: the terms that both of its ends must agree on.

Pure: rows in, terms out. Two ends are told to belong together by what they say, not by the names
or comments that a template gives: a link VLAN on a port with the network in it, a tunnel with the
keys of both its ends. Whether a change of terms is dangerous is the rollout's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Interface

from sekayu_net.platforms.base import LinkEnd, Terms, TermsAt
from sekayu_net.platforms.routeros.packet import is_on
from sekayu_net.platforms.routeros.tree import Row, Tree, read

PublicKey = Callable[[str], "str | None"]
_TOKEN = re.compile(r"<secret:([0-9a-f]{16})>")
_TEMPLATES = "/routing ospf interface-template"
#: What OSPF neighbours compare (RFC 2328, 10.5 and D), and the values that the menu has unsaid.
_OSPF = {
    "auth": "",
    "auth-id": "",
    "auth-key": "",
    "type": "broadcast",
    "hello-interval": "10s",
    "dead-interval": "40s",
}
_TUNNEL_PORT = "13231"
_BACKBONE = "0.0.0.0"  # noqa: S104 - the area, not an address


def link_terms(text: str, public_key: PublicKey) -> TermsAt:
    """The terms of every link that the text offers, by end: ``platforms.base.Linking``."""
    tree = read(text)
    vlans = tuple(_vlans(tree))
    tunnels = tuple(_tunnels(tree))
    # A hub has hundreds of links, and is asked for each: the text is looked at once.
    numbered: dict[str, list[_Vlan]] = {}
    for vlan in vlans:
        numbered.setdefault(vlan.number, []).append(vlan)

    @cache
    def on(port: str) -> frozenset[Terms]:
        return frozenset(vlan.terms("this one") for vlan in vlans if vlan.port == port)

    @cache
    def through_tunnels(upstream: bool) -> frozenset[Terms]:
        return frozenset(tunnel.terms(upstream, public_key) for tunnel in tunnels)

    def at(end: LinkEnd) -> frozenset[Terms]:
        if not end.port:
            return through_tunnels(end.upstream)
        # By radio until now and by fiber from now on: the ends do not meet in between.
        moved = [
            vlan.terms("another")
            for vlan in numbered.get(str(end.vlan), ())
            if vlan.port != end.port
        ]
        return on(end.port).union(moved) if moved else on(end.port)

    return at


@dataclass(frozen=True, slots=True)
class _Vlan:
    """A VLAN with networks in it. ``port``: what carries it; ``ospf``: what neighbours compare."""

    port: str | None
    number: str
    mtu: str
    network: str
    ospf: tuple[tuple[str, str], ...]

    def terms(self, medium: str) -> Terms:
        return (
            ("vlan", self.number),
            ("medium", medium),
            ("mtu", self.mtu),
            ("network", self.network),
            *self.ospf,
        )


def _vlans(tree: Tree) -> Iterator[_Vlan]:
    networks, ospf = _networks(tree), _ospf(tree)
    for row in _on(tree, "/interface vlan"):
        name = row.values.get("name") or ""
        if name in networks:
            yield _Vlan(
                row.values.get("interface"),
                _value(tree, "/interface vlan", row, "vlan-id", "1"),
                _value(tree, "/interface vlan", row, "mtu", "1500"),
                ",".join(sorted(networks[name])),
                ospf.get(name, ()),
            )


def _ospf(tree: Tree) -> dict[str, tuple[tuple[str, str], ...]]:
    """What each interface's first template says."""
    areas: dict[str | None, str] = {}
    for each in _on(tree, "/routing ospf area"):
        number = _value(tree, "/routing ospf area", each, "area-id", _BACKBONE)
        areas.setdefault(each.values.get("name"), number)
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in _on(tree, _TEMPLATES):
        area = row.values.get("area") or ""
        said = (
            ("area", areas.get(area, area)),
            ("passive", "yes" if row.values.get("passive", "no") != "no" else "no"),
            *((prop, _value(tree, _TEMPLATES, row, prop, own)) for prop, own in _OSPF.items()),
        )
        for interface in (row.values.get("interfaces") or "").split(","):
            found.setdefault(interface, said)
    return found


@dataclass(frozen=True, slots=True)
class _Tunnel:
    """A peer of a tunnel. ``own``: our private key, masked; ``listens`` and ``to``: ports."""

    own: str
    other: str
    listens: str
    to: str
    preshared: str
    network: str

    def terms(self, upstream: bool, public_key: PublicKey) -> Terms:
        ends = (_public(self.own, public_key), self.other)
        near, far = ends if upstream else ends[::-1]
        return (
            ("upstream key", near),
            ("downstream key", far),
            ("upstream port", self.listens if upstream else self.to),
            ("preshared key", self.preshared),
            ("network", self.network),
        )


def _tunnels(tree: Tree) -> Iterator[_Tunnel]:
    networks = _networks(tree)
    peers: dict[str | None, list[Row]] = {}
    for peer in _on(tree, "/interface wireguard peers"):
        peers.setdefault(peer.values.get("interface"), []).append(peer)
    for interface in _on(tree, "/interface wireguard"):
        name = interface.values.get("name") or ""
        for peer in peers.get(name, ()):
            yield _Tunnel(
                own=interface.values.get("private-key") or "",
                other=peer.values.get("public-key") or "",
                listens=interface.values.get("listen-port") or _TUNNEL_PORT,
                to=peer.values.get("endpoint-port") or "",
                preshared=peer.values.get("preshared-key") or "",
                network=",".join(sorted(networks.get(name, ()))),
            )


def _public(private: str, public_key: PublicKey) -> str:
    """The public half of a masked private key; the masked key itself when it is not to be had."""
    token = _TOKEN.fullmatch(private)
    return (public_key(token[1]) if token else None) or private


def _networks(tree: Tree) -> dict[str | None, list[str]]:
    """The networks on each interface."""
    found: dict[str | None, list[str]] = {}
    for row in _on(tree, "/ip address"):
        try:
            network = str(IPv4Interface(row.values.get("address") or "").network)
        except ValueError:
            continue  # no address that a link could have
        found.setdefault(row.values.get("interface"), []).append(network)
    return found


def _on(tree: Tree, path: str) -> Iterator[Row]:
    return (row for row in tree.rows(path) if is_on(row))


def _value(tree: Tree, path: str, row: Row, prop: str, default: str) -> str:
    value = row.values.get(prop)
    return default if value is None else tree.menu(path).normal(prop, value)
