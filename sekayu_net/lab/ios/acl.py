"""Access lists as the chains of rules that the network decides by.

Each list becomes a chain that ends with IOS's unspoken ``deny any any``. Stateless: an answer is
let in by an entry of its own (``established`` is an answer of TCP). Wildcards that are no prefix,
object groups, time ranges and options that nobody here sends match nothing.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from sekayu_net.lab.ios.tree import Line, Tree, ordered
from sekayu_net.lab.node import Rule

_PORTS = {
    "ftp-data": 20, "ftp": 21, "ssh": 22, "22": 22, "telnet": 23, "smtp": 25, "time": 37,
    "tacacs": 49, "domain": 53, "bootps": 67, "bootpc": 68, "tftp": 69, "www": 80, "pop3": 110,
    "sunrpc": 111, "ntp": 123, "snmp": 161, "snmptrap": 162, "bgp": 179, "isakmp": 500,
    "syslog": 514, "non500-isakmp": 4500,
}  # fmt: skip
_NOBODY = (("src-address", "none"),)
Matchers = tuple[tuple[str, str], ...]


def chain_of(name: str) -> str:
    """The chain of a list."""
    return f"access-list {name}"


class Chains:
    """The rules of every list of a device."""

    def __init__(self, rules: dict[str, tuple[Rule, ...]]) -> None:
        self._rules = rules

    def has(self, name: str) -> bool:
        """Whether the list exists: one that does not lets everything by."""
        return name in self._rules

    def all(self) -> tuple[Rule, ...]:
        """The rules of all lists, each in the chain of its list."""
        return tuple(rule for rules in self._rules.values() for rule in rules)


def chains(tree: Tree) -> Chains:
    """Read the named and the numbered lists."""
    entries: dict[str, list[tuple[int, list[str]]]] = {}
    for section in tree.all("ip access-list"):
        words = section.text.split()
        if words[2] not in ("standard", "extended"):
            continue
        entries[words[3]] = [_numbered(line) for line in ordered(section)]
    return Chains({name: tuple(_rules(name, found)) for name, found in entries.items()})


def _numbered(line: Line) -> tuple[int, list[str]]:
    number, *content = line.key[1]
    return int(number), list(content)


def _rules(name: str, entries: list[tuple[int, list[str]]]) -> list[Rule]:
    chain = chain_of(name)
    found = []
    for number, words in entries:
        if words[0] not in ("permit", "deny"):
            continue
        action = "accept" if words[0] == "permit" else "drop"
        found.append(Rule(number, chain, action, matchers(words[1:]), comment=f"{chain}"))
    found.append(Rule(2**31, chain, "drop", (), comment=f"{chain}: end"))
    return found


def matchers(words: list[str]) -> Matchers:
    """An entry's words after ``permit`` or ``deny``."""
    found: list[tuple[str, str]] = []
    rest = " ".join(words).split()
    extended = not (rest[0] in ("any", "host") or (rest[0][0].isdigit() and "." in rest[0]))
    if extended:
        protocol = rest.pop(0)
        if protocol == "object-group":
            return _NOBODY
        if protocol != "ip":
            found.append(("protocol", "vrrp" if protocol == "112" else protocol))
    for side in ("src", "dst") if extended else ("src",):
        address = _address(rest)
        if address is None:
            return _NOBODY
        if address:
            found.append((f"{side}-address", address))
        ports = _ports(rest)
        if ports:
            found.append((f"{side}-port", ports))
    for word in rest:
        if word == "established":
            found.append(("tcp-flags", "ack"))
        elif word in ("echo", "echo-reply"):
            found.append(("icmp-options", "8" if word == "echo" else "0"))
        elif word not in ("log", "log-input"):
            return _NOBODY
    return tuple(found)


def _address(rest: list[str]) -> str | None:
    """Take an address from the front; empty for any, None for what no packet matches."""
    if not rest:
        return ""
    word = rest.pop(0)
    if word == "any":
        return ""
    if word == "host":
        return rest.pop(0)
    if word == "object-group":
        return None
    if not rest or "." not in rest[0]:
        return word
    wildcard = int(IPv4Address(rest.pop(0)))
    if wildcard & (wildcard + 1):
        return None
    length = 32 - wildcard.bit_length()
    return str(IPv4Network(f"{word}/{length}", strict=False))


def _ports(rest: list[str]) -> str:
    """Take a port's condition from the front."""
    if not rest or rest[0] not in ("eq", "lt", "gt", "neq", "range"):
        return ""
    verb = rest.pop(0)
    numbers = [_port(rest.pop(0))]
    if verb == "range":
        return f"{numbers[0]}-{_port(rest.pop(0))}"
    while verb == "eq" and rest and (rest[0].isdigit() or rest[0] in _PORTS):
        numbers.append(_port(rest.pop(0)))
    text = ",".join(map(str, numbers))
    return {
        "eq": text, "neq": f"!{text}", "lt": f"0-{numbers[0] - 1}", "gt": f"{numbers[0] + 1}-65535",
    }[verb]  # fmt: skip


def _port(word: str) -> int:
    return int(word) if word.isdigit() else _PORTS.get(word, 0)
