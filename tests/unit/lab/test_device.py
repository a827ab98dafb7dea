"""What a device keeps, refuses, renames, exports and loses."""

from __future__ import annotations

import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.device import LabDevice, Quirks, default_configuration
from sekayu_net.lab.timers import ManualTimers

PORTS = ("ether1", "ether2", "ether3")
RADIOS = (("wifi1", "5ghz-ax"),)


def made(version: str = "7.20.1", **changed: object) -> LabDevice:
    arguments: dict[str, object] = {
        "model": "RB5009UG+S+IN", "version": version, "serial": "HMM0BDDPJAM", "ports": PORTS,
        "radios": RADIOS, "timers": ManualTimers(), **changed,
    }  # fmt: skip
    return LabDevice("bench", **arguments)  # type: ignore[arg-type]


def said(device: LabDevice, line: str) -> str:
    return device.execute(line).replace("\r\n", "\n").strip("\n")


def exported(device: LabDevice, options: str = "") -> str:
    text = said(device, f"/export {options}")
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


REFUSED = {
    "an unknown interface": (
        "/ip address add address=1.2.3.4/24 interface=ether9",
        "input does not match any value of interface",
    ),
    "a broken address": (
        "/ip address add address=1.2.3.400/24 interface=ether1",
        "invalid value for argument address",
    ),
    "a missing argument": (
        "/ip address add address=1.2.3.4/24",
        "missing value(s) of argument(s) interface",
    ),
    "an address twice": (
        "/ip address add address=10.0.0.1/24 interface=ether1",
        "failure: already have such address",
    ),
    "a name twice": (
        "/interface bridge add name=ether1",
        "failure: already have interface with name ether1",
    ),
    "an unknown word": (
        "/ip firewall filter add chain=input action=explode",
        "input does not match any value of action",
    ),
    "a number out of range": (
        "/interface vlan add interface=ether1 vlan-id=5000",
        "value of vlan-id out of range (1..4094)",
    ),
    "trailing characters": (
        "/interface vlan add interface=ether1 vlan-id=5x",
        "value of vlan-id contains invalid trailing characters",
    ),
    "an item that is gone": ("/ip address remove *99", "no such item"),
    "a bare position": ("/ip address remove 0", "no such item"),
    "removing what is built in": (
        "/interface list remove [find name=all]",
        "failure: can not remove builtin entry",
    ),
    "a port twice in a bridge": (
        "/interface bridge port add bridge=bridge interface=ether2",
        "failure: device already added as bridge port",
    ),
    "a bridge in a bridge": (
        "/interface bridge port add bridge=bridge interface=bridge",
        "failure: can not add bridge to bridge",
    ),
    "an overlapping bridge VLAN": (
        "/interface bridge vlan add bridge=bridge vlan-ids=10-20",
        "failure: vlan already added",
    ),
    "a user twice": (
        "/user add name=admin group=full password=x",
        "failure: user with the same name already exists",
    ),
    "a script twice": (
        "/system script add name=s",
        "failure: item with this name already exists",
    ),
    "the last administrator's removal": (
        "/user remove admin",
        "failure: can not remove the only user with full permissions",
    ),
    "a group that is used": ("/user group remove own", "failure: group is in use"),
    "a list entry twice": (
        "/interface list member add list=WAN interface=ether1",
        "failure: already have such entry",
    ),
    "a property of another version": (
        "/ip service set ssh available-from=10.0.0.0/8",
        "bad parameter available-from (line 1 column 21)",
    ),
}
BEFORE = """
/interface bridge add name=bridge
/interface bridge port add bridge=bridge interface=ether2
/interface bridge vlan add bridge=bridge vlan-ids=15 tagged=bridge
/interface list add name=WAN
/interface list member add list=WAN interface=ether1
/ip address add address=10.0.0.1/24 interface=ether1
/system script add name=s source=":put 1"
/user group add name=own policy=read
/user add name=other group=own password=x
"""


@pytest.mark.parametrize(("line", "words"), REFUSED.values(), ids=REFUSED)
def test_device_refuses(line: str, words: str) -> None:
    device = made()
    device.import_script(BEFORE)
    before = exported(device)
    assert said(device, line) == words
    assert exported(device) == before


def test_an_import_stops_at_the_first_failure_and_keeps_what_was_done() -> None:
    device = made()
    script = (
        "/ip address\nadd address=10.0.0.1/24 interface=ether1\n"
        "add address=10.0.0.1/24 interface=ether1\nadd address=10.0.0.2/24 interface=ether1\n"
    )
    device.files.write("x.rsc", script.encode())
    assert said(device, "/import file-name=x.rsc") == (
        "Script Error: failure: already have such address (/ip/address/add; line 3) "
        "(:import; line 1)"
    )
    assert [item.get("address") for item in device.items("/ip address")] == ["10.0.0.1/24"]


def test_an_import_says_when_it_is_done() -> None:
    device = made()
    device.files.write("x.rsc", b"/system identity set name=x\r\n")
    assert said(device, "/import file-name=x.rsc") == (
        "Script file loaded and executed successfully"
    )


@pytest.mark.parametrize(("first", "name"), [(True, "MikroTik"), (False, "done")])
def test_a_syntax_error_late_in_an_import_hits_all_or_only_the_rest(first: bool, name: str) -> None:
    device = made(quirks=Quirks(import_parses_first=first))
    with pytest.raises(LabError, match=r"bad command name nonsense \(line 2 column 1\)"):
        device.import_script("/system identity set name=done\nnonsense\n")
    assert device.identity == name


def test_a_dry_run_changes_nothing_and_counts_errors() -> None:
    device = made()
    device.files.write("x.rsc", b"/system identity set name=x\n/foo\n/ip address add foo=1\n")
    answer = said(device, "/import file-name=x.rsc verbose=yes dry-run")
    assert answer.endswith("Script Error: found 2 error(s) in import file")
    assert "bad command name foo (line 2 column 2)" in answer
    assert device.identity == "MikroTik"


def test_dry_run_is_unknown_before_7_16() -> None:
    device = made("7.15.3")
    device.files.write("x.rsc", b"/system identity set name=x\n")
    assert "expected end of command" in said(device, "/import file-name=x.rsc verbose=yes dry-run")


def test_a_rename_goes_everywhere() -> None:
    device = made()
    device.import_script(BEFORE)
    device.import_script("/interface bridge set bridge name=lan\n")
    text = exported(device)
    assert "bridge=lan" in text
    assert "tagged=lan" in text
    assert "bridge=bridge" not in text


def test_what_named_a_removed_item_shows_its_id() -> None:
    device = made()
    device.import_script(BEFORE)
    device.import_script(
        "/ip firewall filter add chain=input in-interface-list=!WAN action=drop\n"
        "/interface list remove WAN\n"
    )
    rule = device.items("/ip firewall filter")[0].get("in-interface-list")
    assert rule == "!*2000005", "the first list that is not built in"


def test_order_is_kept_by_place_before_and_move() -> None:
    device = made()
    device.import_script(
        "/ip firewall filter add chain=input comment=a\n"
        "/ip firewall filter add chain=input comment=c\n"
        "/ip firewall filter add chain=input comment=b place-before=[find comment=c]\n"
        "/ip firewall filter move [find comment=c] [find comment=a]\n"
    )
    assert [item.get("comment") for item in device.items("/ip firewall filter")] == ["c", "a", "b"]


def test_a_compact_export_leaves_defaults_out() -> None:
    device = made()
    device.import_script("/interface bridge add name=bridge protocol-mode=rstp pvid=1\n")
    assert exported(device) == "/interface bridge\nadd name=bridge"


def test_an_export_shows_what_is_always_shown() -> None:
    device = made()
    device.import_script(
        "/ip address add address=10.1.0.1/30 interface=ether1\n"
        "/ip firewall filter add chain=input\n"
    )
    text = exported(device)
    assert "add address=10.1.0.1/30 interface=ether1 network=10.1.0.0" in text
    assert "add action=accept chain=input" in text


def test_secrets_are_shown_on_demand_only() -> None:
    device = made()
    device.import_script("/interface wifi security add name=s passphrase=verysecret\n")
    assert "verysecret" not in exported(device)
    assert "passphrase=verysecret" in exported(device, "show-sensitive")


def test_a_user_without_the_sensitive_policy_sees_no_secrets() -> None:
    device = made()
    device.import_script(
        "/interface wifi security add name=s passphrase=verysecret\n"
        "/user group add name=reader policy=ssh,read\n"
        "/user add name=someone group=reader password=x\n"
    )
    assert "verysecret" not in device.execute("/export show-sensitive", user="someone")


def test_rights_are_the_groups() -> None:
    device = made()
    device.import_script(
        "/user group add name=reader policy=ssh,read\n/user add name=r group=reader password=x\n"
    )
    assert "not enough permissions (9)" in device.execute("/system identity set name=x", user="r")
    assert device.identity == "MikroTik"


def test_changed_built_in_entries_are_set_by_their_own_selector() -> None:
    device = made()
    device.import_script(
        "/interface ethernet set [ find default-name=ether1 ] comment=uplink name=wan\n"
        "/ip service set telnet disabled=yes\n/snmp community set public disabled=yes\n"
        "/system logging set 0 action=disk\n"
    )
    text = exported(device)
    for line in (
        "set [ find default-name=ether1 ] comment=uplink name=wan",
        "set telnet disabled=yes",
        "set [ find default=yes ] disabled=yes",
        "set 0 action=disk",
    ):
        assert line in text.split("\n")


def test_a_radio_is_found_by_its_first_name_beside_a_virtual_one() -> None:
    device = made()
    radio = device.items("/interface wifi")[0].base["default-name"]
    device.import_script(f"/interface wifi add name=guests master-interface={radio}\n")
    device.import_script(f"/interface wifi set [ find default-name={radio} ] comment=staff\n")
    assert device.items("/interface wifi")[0].get("comment") == "staff"


def test_an_export_makes_the_same_device_again() -> None:
    device = made()
    device.import_script(default_configuration(PORTS, RADIOS, serial="HMM0BDDPJAM"))
    other = made()
    other.import_script(exported(device, "show-sensitive"))
    assert exported(other, "show-sensitive") == exported(device, "show-sensitive")


def test_durations_are_kept_in_one_form() -> None:
    device = made()
    device.import_script("/ip pool add name=p ranges=10.0.0.2-10.0.0.9\n")
    device.import_script("/ip dhcp-server add name=d interface=ether1 lease-time=00:10:00\n")
    assert device.items("/ip dhcp-server")[0].get("lease-time") == "10m"


def test_an_unset_property_has_its_default_again() -> None:
    device = made()
    device.import_script("/ip firewall filter add chain=input protocol=tcp\n")
    device.import_script("/ip firewall filter set [find chain=input] !protocol\n")
    assert device.items("/ip firewall filter")[0].get("protocol") == ""


def test_an_empty_find_changes_nothing_or_is_an_error() -> None:
    line = '/ip address set [find comment="none"] disabled=yes'
    assert said(made(), line) == ""
    assert said(made(quirks=Quirks(empty_find_fails=True)), line) == "expected item id"


def test_loopback_exists_from_7_14() -> None:
    assert "lo" in [item.get("name") for item in made().items("/interface")]
    assert "lo" not in [item.get("name") for item in made("7.13.5").items("/interface")]


def test_ethernet_and_virtual_interfaces_are_one_menu() -> None:
    device = made()
    device.import_script("/interface vlan add name=v interface=ether1 vlan-id=5\n")
    kinds = {item.get("name"): item.get("type") for item in device.items("/interface")}
    assert kinds["ether1"] == "ether"
    assert kinds["v"] == "vlan"
