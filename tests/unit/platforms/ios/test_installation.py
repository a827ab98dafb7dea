"""What a configuration says is installed."""

from __future__ import annotations

from sekayu_net.platforms.base import Describing, Installation
from sekayu_net.platforms.ios.installation import installed
from sekayu_net.platforms.registry import platform

TEXT = """hostname x
!
interface Loopback0
 description management: this device
 ip address 10.62.0.9 255.255.255.255
!
interface Vlan20
 description staff: office staff
 ip address 10.64.6.1 255.255.255.0
 ip address 10.64.9.1 255.255.255.128 secondary
!
interface GigabitEthernet0/1
 ip address 10.9.9.1 255.255.255.0
 shutdown
!
interface GigabitEthernet0/2
 ip address dhcp
!
interface GigabitEthernet0/3
 no ip address
!
end
"""


def test_addresses_come_with_interface_and_description_and_only_those_that_are_up() -> None:
    assert installed(TEXT) == Installation(
        (
            ("Loopback0", "10.62.0.9/32", "management: this device"),
            ("Vlan20", "10.64.6.1/24", "staff: office staff"),
            ("Vlan20", "10.64.9.1/25", "staff: office staff"),
        )
    )


def test_the_platform_offers_it() -> None:
    assert isinstance(platform("ios"), Describing)
