"""What an IOS configuration says of a link, in the words that every platform uses."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import LinkEnd
from sekayu_net.platforms.ios.platform import IOS
from sekayu_net.platforms.routeros.platform import ROUTEROS

TOKEN = "<secret:0123456789abcdef>"
PORT = "GigabitEthernet0/0/1"
LINK = f"""key chain LINKS
 key 1
  key-string {TOKEN}
  cryptographic-algorithm hmac-sha-256
interface {PORT}.1001
 encapsulation dot1Q 1001
 ip address 10.60.0.1 255.255.255.252
 ip ospf authentication key-chain LINKS
 ip ospf network point-to-point
 ip ospf 1 area 0
router ospf 1
 router-id 10.62.0.9
"""
PLATFORMS = f"""/interface vlan
add interface=ether1 name=uplink vlan-id=1001
/ip address
add address=10.60.0.2/30 interface=uplink
/routing ospf instance
add name=intranet router-id=10.62.0.2
/routing ospf area
add area-id=0.0.0.0 instance=intranet name=backbone
/routing ospf interface-template
add area=backbone auth=sha256 auth-id=1 auth-key="{TOKEN}" interfaces=uplink type=ptp
"""


def terms(text: str) -> dict[str, str]:
    (found,) = IOS.link_terms(text, lambda key: None)(LinkEnd(True, PORT))
    return dict(found)


def test_both_ends_of_a_link_meet_across_platforms() -> None:
    there = ROUTEROS.link_terms(PLATFORMS, lambda key: None)(LinkEnd(False, "ether1"))
    assert IOS.link_terms(LINK, lambda key: None)(LinkEnd(True, PORT)) == there


@pytest.mark.parametrize(
    ("old", "new", "key", "value"),
    [
        ("255.255.255.252", "255.255.255.248", "network", "10.60.0.0/29"),
        ("dot1Q 1001", "dot1Q 1002", "vlan", "1002"),
        (" ip ospf network point-to-point\n", "", "type", "broadcast"),
        ("hmac-sha-256", "hmac-sha-512", "auth", "sha512"),
        (" ip ospf 1 area 0\n", " ip ospf 1 area 0\n ip ospf hello-interval 5\n",
         "dead-interval", "20s"),
        (" router-id 10.62.0.9\n", f" passive-interface {PORT}.1001\n", "passive", "yes"),
        (" ip ospf authentication key-chain LINKS\n",
         f" ip ospf authentication message-digest\n ip ospf message-digest-key 3 md5 {TOKEN}\n",
         "auth-id", "3"),
        (" ip ospf 1 area 0\n", " ip ospf 1 area 5\n", "area", "0.0.0.5"),
    ],
)  # fmt: skip
def test_every_term_is_told(old: str, new: str, key: str, value: str) -> None:
    assert terms(LINK.replace(old, new))[key] == value


def test_a_link_by_a_network_statement_is_the_same() -> None:
    text = LINK.replace(" ip ospf 1 area 0\n", "") + " network 10.60.0.0 0.0.15.255 area 0\n"
    assert terms(text) == terms(LINK)


def test_what_is_shut_down_offers_no_link() -> None:
    text = LINK.replace(" encapsulation", " shutdown\n encapsulation")
    assert IOS.link_terms(text, lambda key: None)(LinkEnd(True, PORT)) == frozenset()
    assert IOS.link_terms(LINK, lambda key: None)(LinkEnd(True)) == frozenset()
