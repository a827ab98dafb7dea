"""Access lists as IOS judges a packet by them: a new TCP connection from a source network.

What an entry says beyond addresses and the port counts against the flow: a permit that may not
mean it is passed over, a denial that may mean it holds. No list, or one without entries, permits
(Cisco, "Configuring IP Access Lists": an empty list permits, a list with entries ends in deny).
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

_ANY = IPv4Network("0.0.0.0/0")
_PORTS = {"www": 80, "telnet": 23, "domain": 53, "smtp": 25, "bgp": 179, "ftp": 21, "ftp-data": 20}
_OPTIONS = frozenset(("log", "log-input"))


class _DoubtError(Exception):
    """An entry that can't be judged."""


def permits(
    entries: Iterable[str], source: IPv4Network, destination: IPv4Address, port: int
) -> bool:
    """Whether a list admits a connection from all of ``source``. Entries without numbers."""
    rules = [entry for entry in entries if entry.split()[0] in ("permit", "deny")]
    if not rules:
        return True
    for rule in rules:
        verb, *words = rule.split()
        try:
            sure, may = _matches(words, source, destination, port)
        except _DoubtError:
            sure, may = False, True
        if verb == "permit" and sure:
            return True
        if verb == "deny" and may:
            return False
    return False


def _matches(
    words: list[str], source: IPv4Network, destination: IPv4Address, port: int
) -> tuple[bool, bool]:
    """Whether an entry surely means the flow, and whether it may."""
    words = [word for word in words if word not in _OPTIONS]
    if words and words[0] not in ("any", "host") and not _is_address(words[0]):
        return _extended(words, source, destination, port)
    network = _endpoint(words, standard=True)
    if words:
        raise _DoubtError
    return _covers(network, source)


def _extended(
    words: list[str], source: IPv4Network, destination: IPv4Address, port: int
) -> tuple[bool, bool]:
    protocol = words.pop(0)
    if protocol not in ("ip", "tcp", "6"):
        if protocol == "object-group":
            raise _DoubtError
        return False, False
    sure, may = _covers(_endpoint(words), source)
    if words and words[0] in ("eq", "neq", "lt", "gt", "range"):
        # A port of the controller: it may be any high one.
        low, high = _ports(words)
        may = may and high >= 1024
        sure = sure and low <= 1024 and high >= 65535
    there = _endpoint(words)
    ports = _ports(words) if words and words[0] in ("eq", "neq", "lt", "gt", "range") else None
    inside = destination in there and (ports is None or ports[0] <= port <= ports[1])
    if words == ["established"]:
        return False, False
    if words:
        return False, may and inside
    return sure and inside, may and inside


def _covers(network: IPv4Network | None, source: IPv4Network) -> tuple[bool, bool]:
    if network is None:
        raise _DoubtError
    return source.subnet_of(network), source.overlaps(network)


def _is_address(word: str) -> bool:
    try:
        IPv4Address(word)
    except ValueError:
        return False
    return True


def _endpoint(words: list[str], *, standard: bool = False) -> IPv4Network:
    """Take one endpoint from the words."""
    if not words:
        raise _DoubtError
    first = words.pop(0)
    if first == "any":
        return _ANY
    if first == "host" and words:
        return IPv4Network(words.pop(0))
    if not _is_address(first):
        raise _DoubtError
    if standard and (not words or not _is_address(words[0])):
        return IPv4Network(first)
    if not words:
        raise _DoubtError
    try:
        # A wildcard with holes is no network.
        return IPv4Network(f"{first}/{_inverted(words.pop(0))}", strict=False)
    except ValueError:
        raise _DoubtError from None


def _inverted(wildcard: str) -> str:
    return str(IPv4Address(0xFFFFFFFF ^ int(IPv4Address(wildcard))))


def _port(word: str) -> int:
    if word in _PORTS:
        return _PORTS[word]
    if not word.isdigit():
        raise _DoubtError
    return int(word)


def _ports(words: list[str]) -> tuple[int, int]:
    """Take a range of ports from the words."""
    how = words.pop(0)
    if how == "range" and len(words) > 1:
        return _port(words.pop(0)), _port(words.pop(0))
    if not words or how == "neq":
        raise _DoubtError
    port = _port(words.pop(0))
    return {"eq": (port, port), "lt": (0, port - 1), "gt": (port + 1, 65535)}[how]
