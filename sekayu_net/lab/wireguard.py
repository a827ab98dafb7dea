"""WireGuard: keys, and which peer a packet goes to or may come from.

The public half of a private key is computed (X25519, RFC 7748), never believed. Whether the two
ends find each other over the internet is ``walk``'s: it takes the handshake's packets there and
back.
"""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from ipaddress import IPv4Address

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sekayu_net.lab.node import Node, WireGuardPeer


@lru_cache(maxsize=1024)
def public_key(private: str) -> str | None:
    """The public key of a private one, both in base64; None when it is no key."""
    try:
        key = X25519PrivateKey.from_private_bytes(base64.b64decode(private, validate=True))
    except (ValueError, binascii.Error):
        return None
    return base64.b64encode(key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


def peer_for(node: Node, interface: str, address: IPv4Address) -> WireGuardPeer | None:
    """The peer whose ``allowed-address`` holds an address; the longest prefix wins.

    Where two peers name the same prefix, the last one has it, as in the protocol's own tables.
    """
    best: tuple[int, WireGuardPeer] | None = None
    for peer in node.peers:
        if peer.interface != interface:
            continue
        for network in peer.allowed:
            if address in network and (best is None or network.prefixlen >= best[0]):
                best = (network.prefixlen, peer)
    return best[1] if best else None


def peer_by_key(node: Node, interface: str, key: str | None) -> WireGuardPeer | None:
    """The peer with a public key."""
    return next(
        (p for p in node.peers if p.interface == interface and key and p.public_key == key), None
    )
