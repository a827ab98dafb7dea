"""In which order statements are sent: first what others name, last what others named.

hier_config denies everything first, in the order of the running configuration: a BGP neighbour
before its attributes, an access list while an interface still names it, the host name before all
else. Here every addition comes before every removal, additions from definitions to what uses them,
removals the other way round, and the host name at the very end. What a new line would collide with
goes right before it: a line that may be its other value, an address that overlaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Interface

from sekayu_net.platforms.ios import lines
from sekayu_net.platforms.ios.lines import Path
from sekayu_net.platforms.ios.remediation import Step
from sekayu_net.platforms.ios.tree import Node, is_list

_REST, _ADDRESS_FIRST, _REMOVALS, _LAST = 50, 28, 200, 300
#: Global lines by when they come: the first pattern that fits. Everything else is ``_REST``.
_PHASES: tuple[tuple[int, str], ...] = (
    (_LAST, r"hostname "),
    (8, r"service password-encryption|ip domain name|username |enable (secret|password)"),
    (10, r"(vrf definition|ip vrf|vlan|key chain|object-group|crypto pki|parameter-map) "),
    (10, r"ip (prefix-list|community-list|as-path|access-list|extcommunity-list) |access-list "),
    (10, r"class-map |ip dhcp (excluded|pool)|snmp-server view "),
    (12, r"aaa new-model"),
    (15, r"policy-map |route-map |aaa group |(tacacs|radius) server |snmp-server group "),
    (16, r"ip sla \d"),
    (17, r"ip sla schedule|crypto "),
    (18, r"track |fhrp "),
    (20, r"aaa "),
    (30, r"interface "),
    (40, r"router |ip route |ip default|ip routing"),
    (60, r"line "),
)
#: Within a section: the first pattern that fits a line, and its place.
_RANKS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"interface ",
        (
            r"switchport$",
            r"switchport mode ",
            r"encapsulation ",
            r"(ip )?vrf forwarding ",
            r"tunnel ",
            r"ip address .*(?<!secondary)$|ip unnumbered ",
            r"ip address .* secondary$",
            r"vrrp \d+ ip ",
            r"",
            r"ip access-group ",
            r"shutdown$",
        ),
    ),
    (
        r"router bgp ",
        (
            r"bgp ",
            r"neighbor \S+ peer-group$",
            r"neighbor \S+ remote-as ",
            r"neighbor \S+ peer-group ",
            r"neighbor ",
            r"",
            r"address-family ",
        ),
    ),
    (
        r"router ",
        (
            r"router-id ",
            r"area ",
            r"passive-interface default",
            r"passive-interface ",
            r"",
            r"network ",
        ),
    ),
    (r"key chain ", (r"key ",)),
    (r"archive", (r"path ", r"")),
    (r"line ", (r"access-class ", r"", r"transport ")),
)


def phase(text: str) -> int:
    """When a global line (or what stands in its section) comes."""
    bare = lines.positive(text)
    return next((when for when, pattern in _PHASES if re.match(pattern, bare)), _REST)


def _rank(path: Path, text: str) -> int:
    if not path:
        return 0
    ranks = next((r for pattern, r in _RANKS if re.match(pattern, path[0])), ("",))
    within = path[1] if len(path) > 1 else text
    bare = lines.positive(within)
    order = [n for n, pattern in enumerate(ranks) if pattern and re.match(pattern, bare)]
    rest = ranks.index("") if "" in ranks else len(ranks)
    return order[0] if order else rest


def arranged(steps: Sequence[Step], running: Node, target: Node) -> list[Step]:
    """The steps in an order that never needs what is not there yet, or not there any more."""
    found = [*steps, *_addresses_again(steps, running, target)]
    first = _in_the_way(found, running)
    extra = [step for step in first if step not in found]
    cleared = set(first)
    keys: list[tuple[tuple[int, ...], Step]] = []
    for number, step in enumerate([*extra, *found]):
        if step in cleared:
            key: tuple[int, ...] = (_ADDRESS_FIRST, 0, 0, number)
        else:
            key = (*_key(step, found), number)
        keys.append((key, step))
    return [step for _, step in sorted(keys, key=lambda pair: pair[0])]


def _key(step: Step, steps: Sequence[Step]) -> tuple[int, ...]:
    top = step.path[0] if step.path else step.line
    when = phase(top)
    if when == _LAST:
        return (_LAST, 0, 0)
    place = _sections(step, steps)
    rank = _rank(step.path, step.line)
    if is_list(top) and (step.path or not step.denies):
        return (when, place, 0)
    if not step.denies:
        return (when, place, rank * 2 + 1)
    rival = _rival(step, steps)
    if rival is not None:
        return (when, _sections(rival, steps), _rank(rival.path, rival.line) * 2)
    # What stands deeper goes first: its section may go next.
    return (_REMOVALS - when, place, -1000 * len(step.path) - rank * 2)


def _sections(step: Step, steps: Sequence[Step]) -> int:
    """The place of a step's section among the changed ones: sections stay together."""
    top = step.path[0] if step.path else step.line
    for number, other in enumerate(steps):
        if (other.path[0] if other.path else other.line) == top:
            return number
    return len(steps)


def _rival(step: Step, steps: Iterable[Step]) -> Step | None:
    """The new line that this old one may be another value of: nobody knows that both can be."""
    if lines.about(step.path, step.line).known:
        return None
    first = lines.positive(step.line).split()[0]
    for other in steps:
        if (
            not other.denies
            and other.path == step.path
            and lines.positive(other.line).split()[0] == first
            and not lines.about(other.path, other.line).known
        ):
            return other
    return None


# -- addresses ---------------------------------------------------------------------------------


def _address(text: str) -> IPv4Interface | None:
    words = text.split()
    if words[:2] != ["ip", "address"] or len(words) < 4:
        return None
    try:
        return IPv4Interface(f"{words[2]}/{words[3]}")
    except ValueError:
        return None


def _in_the_way(steps: Sequence[Step], running: Node) -> list[Step]:
    """Removals that an interface's new address needs first: IOS refuses addresses that overlap."""
    first: dict[Step, None] = {}
    for step in steps:
        wanted = None if step.denies or not step.path else _address(step.line)
        if wanted is None:
            continue
        for section in running.starting("interface"):
            if section.text == step.path[0]:
                continue
            for line in section.below:
                there = _address(line.text)
                if there is None or not there.network.overlaps(wanted.network):
                    continue
                clearing = _clearing(section.text, line.text, steps)
                if clearing is not None:
                    first[clearing] = None
    return list(first)


def _clearing(section: str, text: str, steps: Sequence[Step]) -> Step | None:
    """The step that takes an address off an interface, or one that does so beforehand."""
    for step in steps:
        if step.denies and not step.path and step.line == section:
            return step
        if step.path != (section,):
            continue
        if step.before == text and step.denies:
            return step
        if step.before == text:
            return Step((section,), f"no {text}", "set", text, text)
    return None


def _addresses_again(steps: Sequence[Step], running: Node, target: Node) -> list[Step]:
    """A change of VRF takes an interface's addresses: those that stay are given again."""
    again: list[Step] = []
    for step in steps:
        if len(step.path) != 1 or "forwarding" not in step.line.split()[:3]:
            continue
        section = target.get(step.path[0])
        if section is None or running.get(step.path[0]) is None:
            continue
        told = {other.line for other in steps if other.path == step.path}
        again += [
            Step(step.path, node.text, "set", node.text, node.text)
            for node in section.below
            if node.text.startswith("ip address") and node.text not in told
        ]
    return again
