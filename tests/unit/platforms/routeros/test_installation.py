"""What a configuration says is installed."""

from __future__ import annotations

import pytest

from sekayu_net.platforms.base import Describing
from sekayu_net.platforms.registry import platform
from sekayu_net.platforms.routeros.installation import installed

SECRET = "security.passphrase=<secret:0123456789abcdef>"
TWO_RADIOS = f"""/interface wifi
set [ find default-name=wifi1 ] configuration.ssid="Desa A" disabled=no {SECRET}
set [ find default-name=wifi2 ] configuration.ssid="Desa A" disabled=no {SECRET}
add configuration.ssid=Publik disabled=no master-interface=wifi1 name=public
"""


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (TWO_RADIOS, ("Desa A", "Publik")),
        ("/interface wireless\nset [ find default-name=wlan1 ] disabled=no ssid=Lama\n", ("Lama",)),
        ("/interface wifi\nset [ find default-name=wifi1 ] configuration.ssid=Off\n", ()),
        ("/interface wifi\nadd configuration.ssid=Off disabled=yes name=x\n", ()),
        ("", ()),
    ],
    ids=["two radios", "version 6", "a radio is off unless said", "switched off", "nothing"],
)
def test_wireless_networks_are_named_once_and_only_those_on_the_air(text, names) -> None:
    assert installed(text).networks == names


def test_addresses_come_with_their_interface_and_comment() -> None:
    text = (
        "/ip address\n"
        'add address=10.0.0.1/24 comment="staff: office staff" interface=vlan-staff\n'
        "add address=10.0.1.1/24 disabled=yes interface=ether5\n"
        "add address=10.0.2.1 interface=lo\n"
    )
    assert installed(text).addresses == (
        ("vlan-staff", "10.0.0.1/24", "staff: office staff"),
        ("lo", "10.0.2.1", ""),
    )


def test_the_platform_offers_it() -> None:
    assert isinstance(platform("routeros"), Describing)
