"""Reading IOS text: what belongs where, what is noise, what is secret."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekayu_net.errors import ConfigSyntaxError
from sekayu_net.platforms.base import Reading
from sekayu_net.platforms.ios import masking, passwords, syntax
from sekayu_net.platforms.ios.platform import IOS
from sekayu_net.platforms.ios.tree import read, to_text
from sekayu_net.rollout.reading import masked

RUNNING = """Building configuration...

Current configuration : 4711 bytes
!
! Last configuration change at 09:15:02 WIB Tue Nov 24 2026 by teknisi
! NVRAM config last updated at 09:16:12 WIB Tue Nov 24 2026 by teknisi
!
version 15.7
service timestamps log datetime msec
!
hostname rtr2
!
boot-start-marker
boot-end-marker
!
crypto pki certificate chain TP-self-signed-1
 certificate self-signed 01
  3082022B 30820194 A0030201 02020101 300D0609 2A864886 F70D0101 05050030
  2D312B30
  \tquit
ip name-server 10.0.0.53 10.0.0.54
!
interface GigabitEthernet0/0
 description uplink
 no ip address
!
router bgp 1
 neighbor 10.0.0.1 remote-as 2
 !
 address-family ipv4
  neighbor 10.0.0.1 activate
 exit-address-family
!
access-list 10 permit 10.0.0.0 0.255.255.255
access-list 10 deny   any
ip access-list extended EDGE
 10 permit tcp any any eq 22
 30 deny ip any any
 20 permit icmp any any
!
banner motd ^C
! no remark
interface that is none
^C
alias exec sekayu-confirmed run=1 fingerprint=2
ntp clock-period 17180223
ntp server 10.0.0.1
!
end
"""
CANONICAL = """version 15.7
service timestamps log datetime msec
hostname rtr2
ip name-server 10.0.0.53
ip name-server 10.0.0.54
interface GigabitEthernet0/0
 description uplink
router bgp 1
 neighbor 10.0.0.1 remote-as 2
 address-family ipv4
  neighbor 10.0.0.1 activate
ip access-list standard 10
 permit 10.0.0.0 0.255.255.255
 deny any
ip access-list extended EDGE
 permit tcp any any eq 22
 permit icmp any any
 deny ip any any
banner motd ^C
! no remark
interface that is none
^C
ntp server 10.0.0.1
"""


def seal(value: str) -> str:
    return f"<secret:{hashlib.sha256(value.encode()).hexdigest()[:16]}>"


def test_noise_is_left_out_and_one_form_remains() -> None:
    assert IOS.canonical(RUNNING) == CANONICAL
    assert IOS.canonical(CANONICAL) == CANONICAL
    assert IOS.release(RUNNING) == "15.7"


@pytest.mark.parametrize("text", [RUNNING, CANONICAL, "", "\n\n", "hostname x"])
def test_a_text_is_given_back_as_it_was(text: str) -> None:
    assert syntax.restore(syntax.parse(text)) == text


def test_a_layout_is_what_a_device_writes() -> None:
    laid_out = IOS.layout(CANONICAL, width=80, file="x")
    assert laid_out.endswith(("!\nend\n", "\nend\n"))
    assert " exit-address-family\n" in laid_out
    assert IOS.canonical(laid_out) == CANONICAL


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("hostname x\nbanner motd ^C\nnever ends\n", 2),
        ("crypto pki certificate chain X\n certificate ca 01\n  3082022B 30820194\n", 2),
        ("hostname x\x00y\n", 1),
    ],
)
def test_a_broken_text_names_its_line(text: str, line: int) -> None:
    with pytest.raises(ConfigSyntaxError) as caught:
        syntax.parse(text, file="running")
    assert caught.value.line == line


def test_what_no_command_begins_with_is_named_with_its_line() -> None:
    found = IOS.check("hostname x\nhostnaam y\ninterface Gi0\n anything\n", "15.7")
    assert [str(one) for one in found] == ["line 2: global: no command begins with 'hostnaam'"]


def test_a_banner_for_a_file_has_the_delimiter_that_the_device_has() -> None:
    text = "hostname ^C\nbanner motd ^C\nHanya ^yang berhak\n^C\nip domain name x\n"
    held = syntax.for_file(text)
    assert held == text.replace("motd ^C", "motd \x03").replace("\n^C\n", "\n\x03\n")
    assert read(held) == read(text)


# -- secrets -----------------------------------------------------------------------------------

TYPE7 = "0822455D0A16"  # cisco
SECRETS = [
    ("enable secret 9 $9$aaaa$bbbb", "$9$aaaa$bbbb", "enable secret 9 {}"),
    ("enable secret 5 $1$aaaa$bbbb", "$1$aaaa$bbbb", "enable secret 5 {}"),
    ("enable password lewat", "lewat", "enable password {}"),
    ("username a privilege 15 secret 8 $8$x$y", "$8$x$y", "username a privilege 15 secret 8 {}"),
    ("username a password 0 dua kata", "dua kata", "username a password {}"),
    (f"username a password 7 {TYPE7}", "cisco", "username a password {}"),
    ("snmp-server community rahasia RO 10", "rahasia", "snmp-server community {} RO 10"),
    ("snmp-server host 10.0.0.1 version 2c rhs", "rhs", "snmp-server host 10.0.0.1 version 2c {}"),
    ("snmp-server host 10.0.0.1 rhs", "rhs", "snmp-server host 10.0.0.1 {}"),
    (f"router bgp 1\n neighbor 10.0.0.1 password 7 {TYPE7}", "cisco",
     "router bgp 1\n neighbor 10.0.0.1 password {}"),
    (f"interface Gi0\n ip ospf message-digest-key 1 md5 7 {TYPE7}", "cisco",
     "interface Gi0\n ip ospf message-digest-key 1 md5 {}"),
    ("key chain X\n key 1\n  key-string 0 kunci", "kunci", "key chain X\n key 1\n  key-string {}"),
    ("line vty 0 4\n password 7 zz", "zz", "line vty 0 4\n password 7 {}"),
    (f"ntp authentication-key 1 md5 {TYPE7} 7", "cisco", "ntp authentication-key 1 md5 {}"),
    ("interface Gi0\n vrrp 1 authentication md5 key-string rhs", "rhs",
     "interface Gi0\n vrrp 1 authentication md5 key-string {}"),
    ("crypto isakmp key kunci address 0.0.0.0", "kunci", "crypto isakmp key {} address 0.0.0.0"),
    ("tacacs server X\n key 7 " + TYPE7, "cisco", "tacacs server X\n key {}"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value", "masked"), SECRETS)
def test_a_secret_goes_out_and_comes_back(text: str, value: str, masked: str) -> None:
    assert IOS.secrets(text) == (value,)
    hidden = IOS.mask(text, seal)
    assert hidden == masked.format(seal(value))
    assert IOS.mask(hidden, seal) == hidden
    assert IOS.reveal(hidden, lambda fingerprint: value) == masked.format(value)
    assert value not in IOS.canonical(hidden)


@pytest.mark.parametrize(
    "text",
    [
        "snmp-server community public RO",
        "snmp-server host 10.0.0.1 version 3 priv monitor",
        "key chain X\n key 1",
        "ip ssh pubkey-chain\n username a\n  key-hash ssh-rsa ABCDEF0123",
        "banner motd ^Cpassword nobody^C",
        "interface Gi0\n description key to the office",
        "route-map X permit 10\n set community 1:2 additive",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert IOS.mask(text, seal) == text
    assert IOS.secrets(text) == ()


def test_the_same_password_in_two_offsets_is_the_same_token() -> None:
    one = IOS.mask("line vty 0 4\n password 7 0822455D0A16", seal)
    other = IOS.mask("line vty 0 4\n password 7 094F471A1A0A", seal)
    assert one == other


def test_what_is_no_type_7_stays_what_it_is() -> None:
    assert passwords.clear("0822455D0A16") == "cisco"
    assert [passwords.clear(text) for text in ("", "99AA", "08", "08zz", "0x22", "086")] == [
        None
    ] * 6


# -- properties --------------------------------------------------------------------------------

WORDS = st.sampled_from(
    ["interface", "GigabitEthernet0/0", "ip", "address", "10.0.0.1", "255.255.255.0", "no",
     "shutdown", "router", "ospf", "1", "network", "description", "!", "access-list", "10",
     "permit", "any", "remark", "exit", "line", "vty", "0", "4", "banner", "motd"]
)  # fmt: skip
LINES = st.builds(
    lambda margin, words: " " * margin + " ".join(words),
    st.integers(0, 3),
    st.lists(WORDS, min_size=1, max_size=5),
).filter(lambda line: "banner" not in line)
TEXTS = st.lists(LINES, max_size=30).map("\n".join)


@given(TEXTS)
def test_any_text_is_given_back_and_has_one_form(text: str) -> None:
    assert syntax.restore(syntax.parse(text)) == text
    once = to_text(read(text))
    assert to_text(read(once)) == once


@given(TEXTS)
def test_masking_is_idempotent_for_any_text(text: str) -> None:
    once = masking.mask(text, seal)
    assert masking.mask(once, seal) == once


def test_a_user_of_snmp_is_sealed_for_a_community_has_the_same_name() -> None:
    rows = ({"name": "seven-rivers", "group": "SEKAYU"},)
    beyond = {"snmp user": rows, "file": ({"name": "seven-rivers"},)}
    reading = Reading("hostname r1", "r1", "FOC1", "ISR4331/K9", "17.9.4a", beyond=beyond)
    kept = masked(reading, IOS, lambda value: f"<{len(value)}>", host="r1").reading.beyond
    assert kept["snmp user"] == ({"name": "<12>", "group": "SEKAYU"},)
    assert kept["file"] == beyond["file"]
