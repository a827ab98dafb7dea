"""OSPF of an IOS device as the network reads it.

Values are written as the RouterOS reader writes them (``10s``, ``ptp``), so that the two can be
neighbours. Of several processes the first is read. ``network`` statements and ``ip ospf N area``
choose interfaces; keys are compared in clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address

from sekayu_net.lab.ios import passwords
from sekayu_net.lab.ios.routes import name_of
from sekayu_net.lab.ios.tree import Line, Tree
from sekayu_net.lab.node import Address, OspfInstance, OspfInterface

Found = tuple[dict[str, OspfInstance], tuple[OspfInterface, ...]]
_TYPES = {"point-to-point": "ptp", "broadcast": "broadcast", "non-broadcast": "nbma",
          "point-to-multipoint": "ptmp"}  # fmt: skip
_HELLO, _REFERENCE, _SPEED = 10, 100, 1_000_000


def ospf(tree: Tree, owned: Sequence[Address]) -> Found:
    """The process, and on which interfaces it runs."""
    section = tree.get("router ospf")
    if section is None or section.has("shutdown") or " vrf " in section.text:
        return {}, ()
    process = section.text.split()[2]
    given = section.get("router-id")
    loopbacks = [own.ip for own in owned if own.interface.startswith("Loopback")]
    automatic = max(loopbacks or [own.ip for own in owned], default=IPv4Address(0))
    originate = section.get("default-information originate")
    instance = OspfInstance(
        router_id=given.text.split()[1] if given is not None else str(automatic),
        redistribute=frozenset(line.text.split()[1] for line in section.all("redistribute")),
        originate_default="never"
        if originate is None
        else "always"
        if "always" in originate.text.split()
        else "if-installed",
        in_chain="",
        out_chain="",
    )
    found = []
    for interface in tree.interfaces():
        name = name_of(interface)
        area = _area(section, interface, process, [own for own in owned if own.interface == name])
        if area:
            found.append(_interface(tree, section, interface, process, area))
    return {process: instance}, tuple(found)


def _area(section: Line, interface: Line, process: str, owned: Sequence[Address]) -> str:
    """The area of an interface, empty for none. What stands on the interface wins."""
    own = interface.get(f"ip ospf {process} area")
    if own is not None:
        return dotted(own.text.split()[-1])
    best: tuple[int, str] | None = None
    for line in section.all("network"):
        _, address, wildcard, _, area = line.text.split()
        free = int(IPv4Address(wildcard))
        for one in owned[:1]:
            same = (int(one.ip) | free) == (int(IPv4Address(address)) | free)
            # The most specific statement wins, whatever the order.
            if same and (best is None or free < best[0]):
                best = (free, dotted(area))
    return best[1] if best is not None else ""


def dotted(area: str) -> str:
    """``0`` as ``0.0.0.0``."""
    return area if "." in area else str(IPv4Address(int(area)))


def _interface(
    tree: Tree, section: Line, interface: Line, process: str, area: str
) -> OspfInterface:
    name = name_of(interface)

    def value(start: str, default: str) -> str:
        line = interface.get(start)
        return default if line is None else line.text[len(start) :].split()[0]

    hello = int(value("ip ospf hello-interval", str(_HELLO)))
    dead = value("ip ospf dead-interval", str(4 * hello))
    passive = section.has(f"passive-interface {name}") or (
        section.has("passive-interface default") and not section.has(f"no passive-interface {name}")
    )
    shown = area if section.get(f"area {area}") else str(int(IPv4Address(area)))
    kinds = [line.text.split()[2] for line in section.all(f"area {shown}")]
    loopback = name.startswith("Loopback")
    return OspfInterface(
        instance=process,
        area=area,
        area_name=area,
        area_type=next((kind for kind in kinds if kind in ("stub", "nssa")), "default"),
        interfaces=frozenset({name}),
        networks=(),
        passive=passive or loopback,
        type=_TYPES[value("ip ospf network", "broadcast")],
        cost=int(value("ip ospf cost", str(_cost(section, interface)))),
        priority=int(value("ip ospf priority", "1")),
        auth=_authentication(tree, section, interface, shown),
        timers=(f"{hello}s", f"{dead}s"),
        instance_id="0",
    )


def _cost(section: Line, interface: Line) -> int:
    if interface.text.startswith("interface Loopback"):
        return 1
    line = section.get("auto-cost reference-bandwidth")
    reference = int(line.text.split()[2]) if line is not None else _REFERENCE
    bandwidth = interface.get("bandwidth")
    speed = int(bandwidth.text.split()[1]) if bandwidth is not None else _SPEED
    return max(1, reference * 1000 // speed)


def _authentication(tree: Tree, section: Line, interface: Line, area: str) -> tuple[str, str, str]:
    line = interface.get("ip ospf authentication")
    words = line.text.split()[3:] if line is not None else None
    if words is None:
        whole = section.get(f"area {area} authentication")
        if whole is None:
            return ("", "", "")
        words = whole.text.split()[3:]
    if words[:1] == ["null"]:
        return ("", "", "")
    if words[:1] == ["key-chain"]:
        return _chain(tree, words[1])
    if words[:1] == ["message-digest"]:
        keys = interface.all("ip ospf message-digest-key")
        # The youngest key is the one that is sent.
        parts = keys[-1].text.split() if keys else ["", "", "", "0", "", ""]
        return ("md5", parts[3], _clear(parts[5:]))
    key = interface.get("ip ospf authentication-key")
    return ("simple", "", _clear(key.text.split()[3:]) if key is not None else "")


def _chain(tree: Tree, name: str) -> tuple[str, str, str]:
    chain = tree.get(f"key chain {name}")
    key = next(iter(chain.all("key")), None) if chain is not None else None
    if key is None:
        return ("md5", "", "")
    algorithm = key.get("cryptographic-algorithm")
    text = key.get("key-string")
    kind = algorithm.text.split()[1] if algorithm is not None else "md5"
    kind = kind.replace("hmac-sha-", "sha")
    return (kind, key.text.split()[1], _clear(text.text.split()[1:]) if text is not None else "")


def _clear(words: Sequence[str]) -> str:
    """A key as it is used, whatever form it is kept in."""
    if len(words) > 1 and words[0] == "7":
        return passwords.reveal(words[1]) or ""
    return words[-1] if words else ""
