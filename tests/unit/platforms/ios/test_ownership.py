"""Who owns which lines of an IOS device, and what that makes of a running configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekayu_net.errors import InputError
from sekayu_net.platforms.base import Change, DiffContext
from sekayu_net.platforms.ios.change import change
from sekayu_net.platforms.ios.platform import IOS

RULES = """
router:
  "hostname": settings
  "interface": owned
  "ip route": owned
  "ip access-list": {owned-where: {name-prefix: SEKAYU}}
  "line vty": settings
  "ntp": owned
"""
RUNNING = """hostname rtr2
interface GigabitEthernet0/0
 description uplink
 ip address 10.0.0.2 255.255.255.0
 mac-address 0011.2233.4455
 speed 100
 duplex full
 ip ospf cost 20
interface GigabitEthernet0/1
 description somebody's
 ip address 10.1.0.1 255.255.255.0
interface Loopback7
 ip address 10.7.7.7 255.255.255.255
ip route 10.8.0.0 255.255.0.0 10.0.0.1
ip access-list extended SEKAYU-OLD
 permit ip any any
ip access-list extended THEIRS
 permit ip any any
snmp-server location somewhere
line vty 0 4
 exec-timeout 5 0
 transport input ssh
ntp server 10.9.9.9
"""
INTENDED = """hostname rtr2
interface GigabitEthernet0/0
 description uplink
 ip address 10.0.0.2 255.255.255.0
line vty 0 4
 transport input ssh
"""


def planned(folder: Path, running: str = RUNNING, intended: str = INTENDED) -> Change:
    (folder / "ownership.yaml").write_text(RULES, encoding="utf-8")
    context = DiffContext(version="15.7", ownership=IOS.load_ownership(folder, "router"))
    return change(running, intended, context)


def test_what_is_owned_and_not_intended_goes_and_nothing_else(tmp_path: Path) -> None:
    assert planned(tmp_path).script == (
        "no ntp server 10.9.9.9\n"
        "no ip route 10.8.0.0 255.255.0.0 10.0.0.1\n"
        "no interface Loopback7\n"
        "interface GigabitEthernet0/0\n no ip ospf cost 20\n exit\n"
        "no ip access-list extended SEKAYU-OLD\n"
    )


def test_what_nobody_owns_is_reported(tmp_path: Path) -> None:
    found = [d for d in planned(tmp_path).differences if d.kind == "unmanaged"]
    assert [(d.path, d.actual) for d in found] == [("snmp-server location", "1 line")]


def test_what_a_port_is_is_never_reset(tmp_path: Path) -> None:
    script = planned(tmp_path).script
    assert not any(word in script for word in ("mac-address", "speed", "duplex"))


def test_a_hardware_line_that_is_intended_is_set(tmp_path: Path) -> None:
    wanted = INTENDED.replace(" description uplink\n", " description uplink\n speed 1000\n")
    assert " speed 1000\n" in planned(tmp_path, intended=wanted).script


def test_removals_are_counted(tmp_path: Path) -> None:
    assert planned(tmp_path).removals == 5


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("router: [", "not YAML"),
        ("- x", "expected roles"),
        ("switch: {}", "no ownership for role 'router'"),
        ("router: owned", "expected rules"),
        ('router: {"ip route": some}', "expected owned"),
        ('router: {"ip route": owned, "ip  route": owned}', "stands twice"),
        ('router: {"": owned}', "needs words"),
        ('router: {"ip route": {owned-where: {comment-prefix: x}}}', "name-prefix"),
    ],
)
def test_a_wrong_rule_names_file_and_reason(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "ownership.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words) as caught:
        IOS.load_ownership(tmp_path, "router")
    assert caught.value.file == tmp_path / "ownership.yaml"


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot read it"):
        IOS.load_ownership(tmp_path, "router")
