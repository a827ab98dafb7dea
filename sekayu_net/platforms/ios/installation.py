"""What a configuration says is installed, in words for people: the addresses of its interfaces.

Pure: text in, values out. Access points of this platform are not managed, so there are no networks.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from sekayu_net.platforms.base import Installation
from sekayu_net.platforms.ios.tree import read


def installed(text: str) -> Installation:
    """See ``platforms.base.Describing``."""
    return Installation(tuple(_addresses(text)))


def _addresses(text: str) -> Iterator[tuple[str, str, str]]:
    for node in read(text).below:
        kind, _, interface = node.text.partition(" ")
        lines = [line.text for line in node.below]
        if kind != "interface" or "shutdown" in lines:
            continue
        use = next((line[12:] for line in lines if line.startswith("description ")), "")
        for line in lines:
            words = line.split()
            if words[:2] != ["ip", "address"] or len(words) < 4:
                continue
            try:
                address = IPv4Interface(f"{words[2]}/{words[3]}")
            except ValueError:
                continue  # by DHCP, or unnumbered
            yield interface, str(address), use
