"""What a configuration says of a link: the terms that both of its ends must agree on.

The words are those of every platform (``base.Terms``): a VLAN with its network, and what OSPF
neighbours compare (RFC 2328, 10.5 and D). IOS ends no tunnel of offices.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network

from sekayu_net.platforms.base import Terms, TermsAt
from sekayu_net.platforms.ios.admission import addresses
from sekayu_net.platforms.ios.tree import Node, read

_ALGORITHMS = {
    "md5": "md5",
    "hmac-sha-1": "sha1",
    "hmac-sha-256": "sha256",
    "hmac-sha-384": "sha384",
    "hmac-sha-512": "sha512",
}
_TYPES = {"point-to-point": "ptp", "broadcast": "broadcast", "non-broadcast": "nbma",
          "point-to-multipoint": "ptmp"}  # fmt: skip


def link_terms(text: str, public_key: Callable[[str], str | None]) -> TermsAt:
    """The terms of every link that the text offers, by end: ``platforms.base.Linking``."""
    del public_key
    found: dict[str, set[Terms]] = {}
    for port, terms in _vlans(read(text)):
        found.setdefault(port, set()).add(terms)
    return lambda end: frozenset(found.get(end.port, ()) if end.port else ())


def _vlans(tree: Node) -> Iterator[tuple[str, Terms]]:
    """Port and terms of each subinterface that is a link's."""
    for section in tree.starting("interface"):
        name = section.text.split()[-1]
        vlan = _value(section, "encapsulation dot1Q").partition(" ")[0]
        networks = sorted(str(address.network) for address in addresses(section))
        if not vlan or not networks or section.get("shutdown") is not None:
            continue
        terms = (
            ("vlan", vlan),
            ("medium", "this one"),  # one end, one port: nothing else is looked at
            ("mtu", _value(section, "ip mtu") or "1500"),
            ("network", ",".join(networks)),
            *_ospf(tree, section),
        )
        yield name.partition(".")[0], terms


def _ospf(tree: Node, section: Node) -> Iterator[tuple[str, str]]:
    found = _area(tree, section)
    if found is None:
        return
    process, area = found
    yield "area", area
    yield "passive", "yes" if _is_passive(process, section.text.split()[-1]) else "no"
    yield from zip(("auth", "auth-id", "auth-key"), _authentication(tree, section), strict=True)
    kind = _value(section, "ip ospf network")
    hello = _value(section, "ip ospf hello-interval") or "10"
    dead = _value(section, "ip ospf dead-interval") or str(4 * int(hello))
    yield "type", _TYPES.get(kind, kind) if kind else "broadcast"
    yield "hello-interval", f"{hello}s"
    yield "dead-interval", f"{dead}s"


def _area(tree: Node, section: Node) -> tuple[Node, str] | None:
    """The process that runs on an interface, and its area, dotted."""
    for line in section.below:
        match = re.fullmatch(r"ip ospf (\d+) area (\S+)", line.text)
        process = tree.get(f"router ospf {match[1]}") if match else None
        if match is not None and process is not None:
            return process, _dotted(match[2])
    for process in tree.starting("router ospf"):
        for line in process.starting("network"):
            words = line.text.split()
            network = _covered(words)
            if network is not None and any(a.ip in network for a in addresses(section)):
                return process, _dotted(words[-1])
    return None


def _covered(words: list[str]) -> IPv4Network | None:
    try:
        mask = IPv4Address(0xFFFFFFFF ^ int(IPv4Address(words[2])))
        return IPv4Network(f"{words[1]}/{mask}", strict=False)
    except (ValueError, IndexError):
        return None


def _dotted(area: str) -> str:
    return str(IPv4Address(int(area))) if area.isdigit() else area


def _is_passive(process: Node, interface: str) -> bool:
    if process.get("passive-interface default") is not None:
        return process.get(f"no passive-interface {interface}") is None
    return process.get(f"passive-interface {interface}") is not None


def _authentication(tree: Node, section: Node) -> tuple[str, str, str]:
    chain = _value(section, "ip ospf authentication key-chain")
    if chain:
        holder = tree.get(f"key chain {chain}")
        for key in holder.starting("key") if holder else ():
            algorithm = _value(key, "cryptographic-algorithm")
            number = key.text.split()[-1]
            return _ALGORITHMS.get(algorithm, algorithm), number, _value(key, "key-string")
    if section.get("ip ospf authentication message-digest") is not None:
        match = re.fullmatch(
            r"(\d+) md5 (?:\d )?(\S+)", _value(section, "ip ospf message-digest-key")
        )
        if match is not None:
            return "md5", match[1], match[2]
    if section.get("ip ospf authentication") is not None:
        return "simple", "", _value(section, "ip ospf authentication-key")
    return "", "", ""


def _value(section: Node, start: str) -> str:
    """What follows these words in the first line that begins so."""
    for line in section.below:
        if line.text.startswith(f"{start} "):
            return line.text[len(start) + 1 :]
    return ""
