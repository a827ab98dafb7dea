"""A device's menus as the network looks at them: rows, settings, and the plain values in them.

What a menu means for packets is ``node_reader``'s and ``ospf_reader``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from ipaddress import IPv4Network
from typing import Protocol

#: Texts of a flag that mean no.
NO = frozenset({"", "no", "false"})


class Row(Protocol):
    """An item of a menu, as a device gives it."""

    @property
    def id(self) -> str:
        """The internal id, ``*1F``."""

    @property
    def disabled(self) -> bool:
        """Whether the item is disabled."""

    def get(self, prop: str) -> str:
        """A property's text with the default filled in; empty when it has none."""

    def has(self, prop: str) -> bool:
        """Whether the property is set."""


class State(Protocol):
    """A device, as the network sees it."""

    @property
    def name(self) -> str:
        """The host name of the inventory."""

    @property
    def up(self) -> bool:
        """Powered and booted."""

    @property
    def ports(self) -> Sequence[str]:
        """Default names of the Ethernet ports."""

    def items(self, menu: str) -> Sequence[Row]:
        """The rows of a menu, in order."""

    def settings(self, menu: str) -> Mapping[str, str]:
        """A settings menu with defaults filled in."""


def is_on(text: str) -> bool:
    """Whether a flag's text means yes; a bare flag may read as its own name."""
    return text.lower() not in NO


def words(text: str) -> tuple[str, ...]:
    """A list property, cut at commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def number(text: str, default: int = 0) -> int:
    """A whole number, decimal or ``0x``; ``default`` for anything else."""
    try:
        return int(text, 0)
    except ValueError:
        return default


def networks(text: str) -> tuple[IPv4Network, ...]:
    """A list of IPv4 prefixes; what is none (IPv6, names) is left out."""
    found = []
    for word in words(text):
        try:
            found.append(IPv4Network(word, strict=False))
        except ValueError:
            continue
    return tuple(found)


def vlan_ids(text: str) -> tuple[int, ...]:
    """``10,20-22`` as numbers."""
    found: list[int] = []
    for word in words(text):
        first, _, last = word.partition("-")
        found.extend(range(number(first), number(last or first) + 1))
    return tuple(found)


def enabled(state: State, menu: str) -> Iterable[Row]:
    """The rows of a menu that are switched on."""
    return (row for row in state.items(menu) if not row.disabled)
