"""Does the management flow get in, and which statements touch it."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from sekayu_net.platforms.base import DiffContext, Flow
from sekayu_net.platforms.ios.admission import judge
from sekayu_net.platforms.ios.change import change
from sekayu_net.platforms.ios.packet import permits
from sekayu_net.platforms.ios.tree import read

FLOW = Flow("10.16.0.0/24", "10.62.0.9")
SOURCE, TARGET = IPv4Network(FLOW.source), IPv4Address(FLOW.destination)
BASE = """interface Loopback0
 ip address 10.62.0.9 255.255.255.255
interface GigabitEthernet0/0
 description uplink
 ip address 10.63.255.2 255.255.255.252
 ip access-group EDGE in
ip route 0.0.0.0 0.0.0.0 10.63.255.1
ip access-list extended EDGE
 permit tcp 10.16.0.0 0.0.255.255 any eq 22
 deny ip any any
ip access-list standard MANAGERS
 permit 10.16.0.0 0.0.0.255
line vty 0 4
 access-class MANAGERS in
 transport input ssh
"""

ENTRIES = [
    (["permit ip any any"], True),
    (["deny ip any any", "permit ip any any"], False),
    ([], True),
    (["remark nothing"], True),
    (["permit 10.16.0.0 0.0.0.255"], True),
    (["permit host 10.16.0.10"], False),
    (["deny host 10.16.0.10", "permit any"], False),
    (["permit 10.17.0.0 0.0.255.255"], False),
    (["permit tcp 10.16.0.0 0.0.0.255 host 10.62.0.9 eq 22"], True),
    (["permit tcp 10.16.0.0 0.0.0.255 host 10.62.0.8 eq 22"], False),
    (["permit tcp any any range 20 25"], True),
    (["permit tcp any any established"], False),
    (["permit tcp any any eq www", "permit ip any any log"], True),
    (["deny udp any any", "permit tcp any any eq 22"], True),
    (["deny tcp any any eq 22", "permit ip any any"], False),
    (["permit tcp object-group X any eq 22"], False),
    (["deny object-group X any any", "permit ip any any"], False),
    (["permit tcp any gt 1023 any eq 22"], True),
    (["permit tcp any eq 22 any"], False),
    (["permit tcp 10.16.0.0 0.0.255.0 any"], False),
]


@pytest.mark.parametrize(("entries", "admitted"), ENTRIES)
def test_a_list_admits_a_new_connection_or_not(entries: list[str], admitted: bool) -> None:
    assert permits(entries, SOURCE, TARGET, 22) is admitted


REFUSALS = [
    ("", "", None),
    (" ip address 10.62.0.9 255.255.255.255\n", "", "no interface has 10.62.0.9"),
    (" description uplink\n", " description uplink\n shutdown\n", "GigabitEthernet0/0 is shut"),
    ("ip route 0.0.0.0 0.0.0.0 10.63.255.1\n", "", "no way back"),
    ("ip route 0.0.0.0 0.0.0.0 10.63.255.1\n", ("router ospf 1\n network 10.0.0.0 0.255.255.255 "
     "area 0\n"), None),
    (" permit tcp 10.16.0.0 0.0.255.255 any eq 22\n", "", "access list EDGE does not admit"),
    (" permit 10.16.0.0 0.0.0.255\n", " permit host 10.16.0.1\n", "MANAGERS on line vty 0 4"),
    (" transport input ssh\n", " transport input telnet\n", "takes no SSH"),
    (" transport input ssh\n", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "reason"), REFUSALS)
def test_the_flow_gets_in_or_the_reason_is_said(old: str, new: str, reason: str | None) -> None:
    refusal = judge(read(BASE.replace(old, new) if old else BASE), FLOW).refusal
    assert (refusal is None) if reason is None else (reason in str(refusal))


#: A change of the base, whether it touches the management path, whether it cuts it for a while.
CHANGES = [
    ("lldp run\n", "", False, False),
    (" description uplink\n", " description naik\n", False, False),
    (" transport input ssh\n", " transport input ssh\n exec-timeout 5 0\n", False, False),
    (" ip access-group EDGE in\n", "", True, False),
    (" permit 10.16.0.0 0.0.0.255\n", " permit 10.16.0.0 0.0.255.255\n", True, False),
    (" permit 10.16.0.0 0.0.0.255\n", " permit 10.17.0.0 0.0.255.255\n", True, True),
    (" ip address 10.63.255.2 255.255.255.252\n", " ip address 10.63.255.3 255.255.255.248\n",
     True, False),
    (" ip address 10.62.0.9 255.255.255.255\n", " ip address 10.62.0.8 255.255.255.255\n",
     True, True),
    ("ip route 0.0.0.0 0.0.0.0 10.63.255.1\n", ("ip route 10.99.0.0 255.255.0.0 10.63.255.1\n"
     "ip route 0.0.0.0 0.0.0.0 10.63.255.1\n"), False, False),
    ("line vty 0 4\n", "username baru privilege 15 secret 9 x\nline vty 0 4\n", True, False),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "management", "gap"), CHANGES)
def test_statements_on_the_management_path_are_marked(
    old: str, new: str, management: bool, gap: bool
) -> None:
    before = BASE if old in BASE else BASE + old
    made = change(before, before.replace(old, new), DiffContext("15.7", whole=True, flows=(FLOW,)))
    assert made.operations
    assert made.management_path is management
    assert any(operation.gap for operation in made.operations) is gap
    assert ("not admitted" in made.diff) is gap
    assert ("! " in made.diff) is management
