"""What a configuration says of a link: the terms that both of its ends must agree on.

Pure: rows in, terms out. Two ends are told to belong together by what they say, not by the names
or comments that a template gives: a link VLAN on a port with the network in it, a tunnel with the
keys of both its ends. Whether a change of terms is dangerous is the rollout's to judge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Interface

from sekayu_net.platforms.base import LinkEnd, Terms
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


def link_terms(text: str, end: LinkEnd, public_key: PublicKey) -> frozenset[Terms]:
    """The terms of every link that the text offers: ``platforms.base.Linking``."""
    tree = read(text)
    if end.port:
        return frozenset(_vlans(tree, end))
    return frozenset(_tunnels(tree, end, public_key))


def _vlans(tree: Tree, end: LinkEnd) -> Iterator[Terms]:
    for row in _on(tree, "/interface vlan"):
        number = _value(tree, "/interface vlan", row, "vlan-id", "1")
        elsewhere = row.values.get("interface") != end.port
        if elsewhere and number != str(end.vlan):
            continue
        name = row.values.get("name") or ""
        networks = sorted(_networks(tree, name))
        if not networks:
            continue
        yield (
            ("vlan", number),
            # By radio until now and by fiber from now on: the ends do not meet in between.
            ("medium", "another" if elsewhere else "this one"),
            ("mtu", _value(tree, "/interface vlan", row, "mtu", "1500")),
            ("network", ",".join(networks)),
            *_ospf(tree, name),
        )


def _ospf(tree: Tree, interface: str) -> Iterator[tuple[str, str]]:
    for row in _on(tree, _TEMPLATES):
        if interface not in (row.values.get("interfaces") or "").split(","):
            continue
        area = row.values.get("area") or ""
        yield (
            "area",
            next(
                (
                    _value(tree, "/routing ospf area", each, "area-id", _BACKBONE)
                    for each in _on(tree, "/routing ospf area")
                    if each.values.get("name") == area
                ),
                area,
            ),
        )
        yield "passive", "yes" if row.values.get("passive", "no") != "no" else "no"
        for prop, default in _OSPF.items():
            yield prop, _value(tree, _TEMPLATES, row, prop, default)
        return


def _tunnels(tree: Tree, end: LinkEnd, public_key: PublicKey) -> Iterator[Terms]:
    for interface in _on(tree, "/interface wireguard"):
        name = interface.values.get("name") or ""
        own = _public(interface.values.get("private-key") or "", public_key)
        listens = interface.values.get("listen-port") or _TUNNEL_PORT
        networks = ",".join(sorted(_networks(tree, name)))
        for peer in _on(tree, "/interface wireguard peers"):
            if peer.values.get("interface") != name:
                continue
            other = peer.values.get("public-key") or ""
            port = listens if end.upstream else peer.values.get("endpoint-port") or ""
            near, far = (own, other) if end.upstream else (other, own)
            yield (
                ("upstream key", near),
                ("downstream key", far),
                ("upstream port", port),
                ("preshared key", peer.values.get("preshared-key") or ""),
                ("network", networks),
            )


def _public(private: str, public_key: PublicKey) -> str:
    """The public half of a masked private key; the masked key itself when it is not to be had."""
    token = _TOKEN.fullmatch(private)
    return (public_key(token[1]) if token else None) or private


def _networks(tree: Tree, interface: str) -> Iterator[str]:
    for row in _on(tree, "/ip address"):
        if row.values.get("interface") == interface:
            try:
                yield str(IPv4Interface(row.values.get("address") or "").network)
            except ValueError:
                continue  # no address that a link could have


def _on(tree: Tree, path: str) -> Iterator[Row]:
    return (row for row in tree.rows(path) if is_on(row))


def _value(tree: Tree, path: str, row: Row, prop: str, default: str) -> str:
    value = row.values.get(prop)
    return default if value is None else tree.menu(path).normal(prop, value)
