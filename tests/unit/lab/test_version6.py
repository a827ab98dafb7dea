"""What a device of RouterOS 6.49 answers otherwise than one of 7."""

from __future__ import annotations

import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.timers import ManualTimers

OLD, NEW = "6.49.17", "7.20.1"


def made(version: str = OLD) -> LabDevice:
    return LabDevice(
        "old", model="RB952Ui-5ac2nD", version=version, serial="S1", ports=("ether1", "ether2"),
        radios=(("wlan1", "2ghz-n"),), timers=ManualTimers(), architecture="mipsbe",
    )  # fmt: skip


def said(device: LabDevice, line: str) -> str:
    return device.execute(line).replace("\r\n", "\n").strip("\n")


#: What a fresh device with a radio exports although nobody set it.
NOISE = (
    "/interface wireless\nset [ find default-name=wlan1 ] ssid=MikroTik\n"
    "/interface wireless security-profiles\nset [ find default=yes ] "
    "supplicant-identity=MikroTik\n"
)


def exported(device: LabDevice, options: str = "") -> str:
    text = said(device, f"/export {options}") + "\n"
    assert NOISE in text
    text = text.replace(NOISE, "")
    return "\n".join(line for line in text.split("\n")[:-1] if not line.startswith("#"))


UNKNOWN = {
    "a path with slashes": (
        "/system/identity/print",
        "expected command name (line 1 column 8)",
    ),
    "WireGuard": ("/interface wireguard print", "bad command name wireguard (line 1 column 12)"),
    "device-mode": ("/system device-mode print", "bad command name device-mode (line 1 column 9)"),
    "safe mode as a command": ("/safe-mode take", "bad command name safe-mode (line 1 column 2)"),
    "routing tables": ("/routing table print", "bad command name table (line 1 column 10)"),
    "OSPF templates": (
        "/routing ospf interface-template print",
        "bad command name interface-template (line 1 column 15)",
    ),
    "adding a file": ("/file add name=x", "bad command name add (line 1 column 7)"),
    "adding a key": ("/user ssh-keys add key=x", "bad command name add (line 1 column 16)"),
    "catching errors by name": (
        ":onerror e in={} do={}",
        "bad command name onerror (line 1 column 2)",
    ),
    "JSON": (":put [:serialize to=json 1]", "bad command name serialize (line 1 column 8)"),
    "retrying": (":retry command={} max=1", "bad command name retry (line 1 column 2)"),
    "showing secrets": ("/export show-sensitive", "expected end of command (line 1 column 9)"),
    "one route's table": (
        "/ip route add gateway=10.0.0.1 routing-table=x",
        "expected end of command (line 1 column 32)",
    ),
}


@pytest.mark.parametrize(("line", "words"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_came_with_7_is_unknown(line: str, words: str) -> None:
    assert said(made(), line) == words


@pytest.mark.parametrize(("line", "words"), UNKNOWN.values(), ids=UNKNOWN)
def test_a_device_of_7_has_it(line: str, words: str) -> None:
    assert said(made(NEW), line) != words


KEPT = {
    "a default route": (
        "/ip route add gateway=10.0.0.1",
        "/ip route\nadd distance=1 gateway=10.0.0.1",
    ),
    "a route of its own table": (
        "/ip route add dst-address=10.1.0.0/16 gateway=10.0.0.1 routing-mark=guests",
        "/ip route\nadd distance=1 dst-address=10.1.0.0/16 gateway=10.0.0.1 routing-mark=guests",
    ),
    "a blackhole": (
        "/ip route add dst-address=10.1.0.0/16 type=blackhole",
        "/ip route\nadd distance=1 dst-address=10.1.0.0/16 type=blackhole",
    ),
    "time servers": (
        "/system ntp client set enabled=yes primary-ntp=192.0.2.1",
        "/system ntp client\nset enabled=yes primary-ntp=192.0.2.1",
    ),
    "a DHCP client that is on": (
        "/ip dhcp-client add interface=ether1 disabled=no",
        "/ip dhcp-client\nadd disabled=no interface=ether1",
    ),
    "a DHCP client that is off, as one is when added": (
        "/ip dhcp-client add interface=ether1",
        "/ip dhcp-client\nadd interface=ether1",
    ),
    "OSPF": (
        (
            "/routing ospf instance set [find default=yes] router-id=10.0.0.1\n"
            "/routing ospf area add name=edge area-id=0.0.0.1\n"
            "/routing ospf network add area=edge network=10.0.0.0/8\n"
            "/routing ospf interface add interface=ether1 network-type=point-to-point"
        ),
        (
            "/routing ospf instance\nset [ find default=yes ] router-id=10.0.0.1\n"
            "/routing ospf area\nadd area-id=0.0.0.1 name=edge\n"
            "/routing ospf interface\nadd interface=ether1 network-type=point-to-point\n"
            "/routing ospf network\nadd area=edge network=10.0.0.0/8"
        ),
    ),
    "a question mark": (
        '/system note set note="why? \\"?\\""',
        '/system note\nset note="why\\? \\"\\?\\""',
    ),
    "the default of a layer-2 setting": (
        "/interface bridge add name=b ingress-filtering=yes",
        "/interface bridge\nadd ingress-filtering=yes name=b",
    ),
}


@pytest.mark.parametrize(("script", "text"), KEPT.values(), ids=KEPT)
def test_an_export_is_written_as_6_writes_it(script: str, text: str) -> None:
    device = made()
    device.import_script(script)
    assert exported(device) == text
    again = made()
    again.import_script(text)
    assert exported(again) == text


def test_secrets_are_shown_unless_hidden() -> None:
    device = made()
    device.import_script("/ppp secret add name=a password=verysecret\n")
    assert "verysecret" in exported(device)
    assert "verysecret" not in exported(device, "hide-sensitive")


def test_a_user_without_the_policy_never_sees_secrets() -> None:
    device = made()
    device.import_script(
        "/ppp secret add name=a password=verysecret\n"
        "/user group add name=reader policy=ssh,read\n"
        "/user add name=someone group=reader password=x\n"
    )
    assert "verysecret" not in device.execute("/export", user="someone")


@pytest.mark.parametrize(
    ("version", "day"), [(OLD, "jan/01/2026"), ("7.9.2", "jan/01/2026"), (NEW, "2026-01-01")]
)
def test_days_are_written_as_the_version_writes_them(version: str, day: str) -> None:
    device = made(version)
    device.import_script("/system scheduler add name=x interval=1h\n")
    assert said(device, "/export").startswith(f"# {day} 00:00:00 by RouterOS {version}")
    assert device.items("/system scheduler")[0].get("start-date") == day
    assert said(device, ":put [/system clock get date]") == day


@pytest.mark.parametrize(("version", "day"), [(OLD, "feb/03/2026"), (NEW, "2026-02-03")])
def test_a_clock_is_set_and_a_schedule_kept_in_that_form(version: str, day: str) -> None:
    device = made(version)
    assert said(device, f"/system clock set date={day} time=11:59:00") == ""
    device.import_script(
        f"/system scheduler add name=x start-date={day} start-time=12:00:00 "
        'on-event="/system note set note=fired"\n'
    )
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(58)
    assert device.settings("/system note")["note"] == ""
    timers.advance(3)
    assert device.settings("/system note")["note"] == "fired"


def test_6_does_not_read_a_day_of_7() -> None:
    assert said(made(), "/system clock set date=2026-02-03") == "invalid value for argument time"


def test_the_log_leaves_out_todays_date() -> None:
    device = made()
    device.log.add(("system", "info"), "early")
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(86_400)
    device.log.add(("system", "info"), "late")
    text = said(device, ":foreach i in=[/log find] do={:put [/log get $i time]}")
    assert text.split("\n") == ["jan/01 00:00:00", "00:00:00"]


PRINTS = {
    "/ip address print": [
        "Flags: X - disabled, I - invalid, D - dynamic ",
        " #   ADDRESS            NETWORK         INTERFACE",
        " 0   ;;; uplink",
        "     10.0.0.1/24        10.0.0.0        ether1",
        " 1 X 10.0.1.1/24        10.0.1.0        ether2",
    ],
    "/ip address print detail": [
        "Flags: X - disabled, I - invalid, D - dynamic ",
        " 0    ;;; uplink",
        "      interface=ether1 address=10.0.0.1/24 network=10.0.0.0",
        "",
        " 1 X  interface=ether2 address=10.0.1.1/24 network=10.0.1.0",
    ],
}


@pytest.mark.parametrize(("line", "lines"), PRINTS.items(), ids=PRINTS)
def test_lists_are_printed_in_the_old_form(line: str, lines: list[str]) -> None:
    device = made()
    device.import_script(
        "/ip address add address=10.0.0.1/24 interface=ether1 comment=uplink\n"
        "/ip address add address=10.0.1.1/24 interface=ether2 disabled=yes\n"
    )
    assert said(device, line).split("\n") == lines


def test_a_parsed_text_shows_as_eval() -> None:
    assert said(made(), ':put [:parse "/ip address print"]') == "(eval /ip address print)"
    assert said(made(NEW), ':put [:parse "/ip address print"]') == "(evl /ip address print)"


def test_the_packages_are_those_of_the_bundle() -> None:
    device = made()
    names = said(
        device, ":foreach i in=[/system package find] do={:put [/system package get $i name]}"
    )
    assert names.split("\n")[:2] == ["routeros-mipsbe", "system"]
    assert "wireless" in names


def test_a_file_is_made_by_printing_into_it() -> None:
    device = made()
    said(device, "/file print file=x")
    assert said(device, '/file set x.txt contents="hello"') == ""
    file = device.files.get("x.txt")
    assert file is not None
    assert file.data == b"hello"


def test_groups_have_the_policies_of_6() -> None:
    policy = {g.get("name"): g.get("policy") for g in made().items("/user group")}["full"]
    assert "tikapp" in policy
    assert "rest-api" not in policy


def test_a_dry_run_is_refused() -> None:
    device = made()
    device.files.write("x.rsc", b"/system identity set name=x\n")
    assert "expected end of command" in said(device, "/import file-name=x.rsc verbose=yes dry-run")
    assert device.identity == "MikroTik"


def test_a_syntax_error_late_in_an_import_hits_all() -> None:
    device = made()
    with pytest.raises(LabError, match="nonsense"):
        device.import_script("/system identity set name=done\nnonsense\n")
    assert device.identity == "MikroTik"


FACTORY = {
    "6 with the bundled radio": (OLD, "wlan1"),
    "7 with the older package": ("7.12.1", "wlan1"),
    "7 with the newer package": (NEW, "wifi1"),
}


@pytest.mark.parametrize(("version", "radio"), FACTORY.values(), ids=FACTORY)
def test_a_reset_device_has_the_default_configuration_of_its_version(
    version: str, radio: str
) -> None:
    device = LabDevice(
        "factory", model="X", version=version, serial="S1", ports=("ether1", "ether2"),
        radios=((radio, "2ghz-n"),), timers=ManualTimers(),
    )  # fmt: skip
    said(device, "/system reset-configuration")
    assert [item.get("address") for item in device.items("/ip address")] == ["192.168.88.1/24"]
    assert [item.disabled for item in device.items("/ip dhcp-server")] == [False]
    ports = {item.get("interface") for item in device.items("/interface bridge port")}
    assert ports == {"ether2", radio}
    (only,) = [item for item in device.items("/interface") if item.get("name") == radio]
    assert not only.disabled


@pytest.mark.parametrize(
    ("version", "radio", "noisy"),
    [(OLD, "wlan1", True), ("7.12.1", "wlan1", True), (NEW, "wlan1", True), (NEW, "wifi1", False)],
)
def test_a_fresh_device_with_an_old_radio_exports_noise(
    version: str, radio: str, noisy: bool
) -> None:
    device = LabDevice(
        "fresh", model="X", version=version, serial="S1", ports=("ether1",),
        radios=((radio, "2ghz-n"),), timers=ManualTimers(),
    )  # fmt: skip
    assert (NOISE in said(device, "/export") + "\n") == noisy
