"""What a configuration says is installed, in words for people: addresses and wireless networks.

Pure: text in, values out. No secret is among them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sekayu_net.platforms.base import Installation
from sekayu_net.platforms.routeros.packet import is_on
from sekayu_net.platforms.routeros.tree import Tree, read

#: Menus of radios by generation of driver, and the property that names the network
#: (manuals "WiFi", "Wireless Interface").
_RADIOS = {
    "/interface wifi": "configuration.ssid",
    "/interface wifiwave2": "configuration.ssid",
    "/interface wireless": "ssid",
}


def installed(text: str) -> Installation:
    """See ``platforms.base.Describing``."""
    tree = read(text)
    return Installation(tuple(_addresses(tree)), tuple(dict.fromkeys(_networks(tree))))


def _addresses(tree: Tree) -> Iterator[tuple[str, str, str]]:
    for path in ("/ip address", "/ipv6 address"):
        for row in tree.rows(path):
            address = row.values.get("address")
            if address and is_on(row):
                yield row.values.get("interface") or "", address, row.values.get("comment") or ""


def _networks(tree: Tree) -> Iterator[str]:
    for path, prop in _RADIOS.items():
        for row in tree.rows(path):
            name = row.values.get(prop)
            # A radio is off unless it says otherwise.
            if name and row.values.get("disabled") in {"no", "false"}:
                yield name
