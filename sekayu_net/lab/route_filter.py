"""Routing filter rules (``/routing filter rule``), as far as a prefix can be judged by them.

The language of RouterOS 7: ``if (CONDITIONS) { ACTIONS } else { ACTIONS }``, conditions joined by
``&&`` or ``||``. A chain that nobody accepts a prefix in rejects it (MikroTik's manual, "Route
Selection and Filters": the default action is reject). A condition not known here counts as false.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

_RULE = re.compile(
    r"^\s*if\s*\((?P<test>.*?)\)\s*\{(?P<then>[^{}]*)\}\s*(?:else\s*\{(?P<otherwise>[^{}]*)\})?\s*;?\s*$",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Prefix:
    """What a filter may ask of a route. ``protocol``: ``ospf`` ``static`` ``connect`` ``dhcp``."""

    network: IPv4Network
    protocol: str


def admits(chains: Mapping[str, tuple[str, ...]], chain: str, prefix: Prefix) -> bool:
    """Whether a chain accepts a prefix. No chain named: accepted."""
    return not chain or _run(chains, chain, prefix, frozenset()) is True


def _run(
    chains: Mapping[str, tuple[str, ...]], chain: str, prefix: Prefix, seen: frozenset[str]
) -> bool | None:
    if chain in seen:
        return None
    for rule in chains.get(chain, ()):
        match = _RULE.match(rule)
        if match is None:
            actions = rule
        elif _test(match["test"], prefix):
            actions = match["then"]
        else:
            actions = match["otherwise"] or ""
        for action in re.split(r"[;\n]", actions):
            words = action.split()
            if not words:
                continue
            if words[0] in {"accept", "reject"}:
                return words[0] == "accept"
            if words[0] == "return":
                return None
            if words[0] == "jump" and len(words) > 1:
                verdict = _run(chains, words[1], prefix, seen | {chain})
                if verdict is not None:
                    return verdict
    return None


def _test(text: str, prefix: Prefix) -> bool:
    return any(
        all(_condition(part.strip(), prefix) for part in option.split("&&"))
        for option in text.split("||")
    )


def _condition(text: str, prefix: Prefix) -> bool:
    if text.startswith("not "):
        return not _condition(text[4:].strip(), prefix)
    words = text.split()
    match words:
        case ["protocol", *names]:
            names = [n for n in names if n not in {"==", "="}]
            return prefix.protocol in {n.rstrip(",") for n in names}
        case ["dst", "in", network]:
            wanted = _network(network)
            return wanted is not None and prefix.network.subnet_of(wanted)
        case ["dst", "==" | "=", network] | ["dst", network]:
            return prefix.network == _network(network)
        case ["dst-len", operator, length]:
            return _compare(prefix.network.prefixlen, operator, length)
        case _:
            return False


def _network(text: str) -> IPv4Network | None:
    try:
        return IPv4Network(text, strict=False)
    except ValueError:
        return None


def _compare(value: int, operator: str, text: str) -> bool:
    if operator == "in":
        low, _, high = text.partition("-")
        return low.isdecimal() and int(low) <= value <= int(high if high.isdecimal() else low)
    if not text.isdecimal():
        return False
    wanted = int(text)
    return {
        "==": value == wanted,
        "=": value == wanted,
        "!=": value != wanted,
        "<": value < wanted,
        ">": value > wanted,
        "<=": value <= wanted,
        ">=": value >= wanted,
    }.get(operator, False)
