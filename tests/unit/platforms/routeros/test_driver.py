"""The driver as NAPALM sees it: errors of both families, verbs, no secret in sight."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from napalm.base import exceptions as napalm

from sekayu_net import errors
from sekayu_net.platforms.base import Driver, Target
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from sekayu_net.platforms.routeros.napalm_errors import both_families
from sekayu_net.platforms.routeros.session import RefusedError, Session

FAMILIES = [
    (errors.AuthenticationError, napalm.ConnectAuthError),
    (errors.HostKeyError, napalm.ConnectionException),
    (errors.UnreachableError, napalm.ConnectionException),
    (errors.IdentityError, napalm.ConnectionException),
    (errors.GarbledError, napalm.CommandErrorException),
    (errors.GuardError, napalm.CommitError),
    (errors.PendingError, napalm.SessionLockedException),
    (errors.ApplyError, napalm.CommitError),
]


@pytest.mark.parametrize(("ours", "theirs"), FAMILIES)
def test_a_device_error_is_napalm_s_too_and_keeps_its_words(
    ours: type[errors.DeviceError], theirs: type[Exception]
) -> None:
    with pytest.raises(ours) as caught, both_families():
        raise ours("what", host="r1", stage="read", hint="next")
    assert isinstance(caught.value, theirs)
    assert (str(caught.value), caught.value.hint) == ("r1: read: what", "next")


def test_line_and_words_survive_the_turning() -> None:
    with pytest.raises(napalm.CommitError) as caught, both_families():
        raise errors.ApplyError("what", host="r1", stage="apply", line=7, statement="/x")
    assert caught.value.line == 7
    with pytest.raises(napalm.CommandErrorException) as refused, both_families():
        raise RefusedError("no such item", host="r1", stage="read")
    assert refused.value.words == "no such item"


@pytest.fixture
def driver(session: Session) -> RouterOSDriver:
    driver = RouterOSDriver.for_target(session.target)
    driver.session = session
    return driver


def test_it_has_every_verb_of_the_driver_protocol(driver: RouterOSDriver) -> None:
    verbs = [name for name in vars(Driver) if not name.startswith("_")]
    assert verbs
    assert [name for name in verbs if not callable(getattr(driver, name, None))] == []


def test_napalm_s_constructor_makes_a_target(tmp_path: Path) -> None:
    driver = RouterOSDriver(
        "192.0.2.1",
        "sekayu",
        "hunter2",
        timeout=7,
        optional_args={"port": 2222, "known_hosts": str(tmp_path / "k"), "serial": "S"},
    )
    assert driver.target == Target(
        host="[192.0.2.1]:2222",
        address="192.0.2.1",
        port=2222,
        username="sekayu",
        known_hosts=tmp_path / "k",
        password="hunter2",
        serial="S",
        timeout=7.0,
    )
    assert "hunter2" not in repr(driver.target) + repr(vars(driver))


def test_two_drivers_do_not_share_options() -> None:
    options = {"port": 2222}
    RouterOSDriver("192.0.2.1", "a", "b", optional_args=options)
    assert options == {"port": 2222}
    assert RouterOSDriver("192.0.2.2", "a", "b").target.port == 22


def test_alive_follows_the_connection(driver: RouterOSDriver) -> None:
    assert driver.is_alive() == {"is_alive": True}
    driver.close()
    driver.close()
    assert driver.is_alive() == {"is_alive": False}


def test_echo_gives_what_was_sent_and_received(driver: RouterOSDriver, device: Any) -> None:
    device.do = lambda command: (
        ["    sent=3 received=2 packet-loss=33%"] if "/ping" in command else [command[6:-1]]
    )
    result = driver.echo("10.0.0.1")
    assert (result.sent, result.received) == (3, 2)


@pytest.mark.parametrize("address", ["", "10.0.0.1; /system reboot", "a b", "$x", '"'])
def test_an_address_that_could_be_a_command_is_not_pinged(
    driver: RouterOSDriver, device: Any, address: str
) -> None:
    with pytest.raises(ValueError, match="address"):
        driver.echo(address)
    assert device.commands == []


def test_cli_gives_what_each_command_prints(driver: RouterOSDriver, device: Any) -> None:
    assert driver.cli([':put "a"', ':put "b"']) == {':put "a"': "a", ':put "b"': "b"}


def test_a_refused_command_is_napalm_s_command_error(driver: RouterOSDriver) -> None:
    with pytest.raises(napalm.CommandErrorException, match="bad command name"):
        driver.cli(["/nonsense"])


def test_facts_are_napalm_s(driver: RouterOSDriver, device: Any) -> None:
    device.prints = {
        "/system routerboard print as-value": "model=hEX;serial-number=S1",
        "/interface print as-value": '[{"name":"ether1"},{"name":"bridge"}]',
    }
    assert driver.get_facts() == {
        "uptime": 93784.0,
        "vendor": "MikroTik",
        "os_version": "7.20.1",
        "serial_number": "S1",
        "model": "hEX",
        "hostname": "r1",
        "fqdn": "r1",
        "interface_list": ["ether1", "bridge"],
    }


def test_a_candidate_file_that_is_missing_is_napalm_s_error(
    driver: RouterOSDriver, tmp_path: Path
) -> None:
    with pytest.raises(napalm.MergeConfigException, match="can't read"):
        driver.load_merge_candidate(filename=str(tmp_path / "gone"))
    with pytest.raises(napalm.ReplaceConfigException):
        driver.load_replace_candidate()


def test_a_commit_without_candidate_changes_nothing(driver: RouterOSDriver, device: Any) -> None:
    driver.commit_config()
    assert device.scripts == {}


def test_nothing_to_confirm_is_napalm_s_error(driver: RouterOSDriver, device: Any) -> None:
    device.prints = {"/system routerboard print as-value": "model=hEX"}
    with pytest.raises(napalm.CommitConfirmException):
        driver.confirm_commit()


def test_napalm_is_not_loaded_with_the_platform_s_other_modules() -> None:
    # NAPALM takes half a second, which `--help` and planning offline must not pay.
    code = (
        "import sys, sekayu_net.platforms.base, sekayu_net.platforms.routeros.guard; "
        "sys.exit('napalm' in sys.modules)"
    )
    root = Path(__file__).parents[4]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root, timeout=60)


def test_a_template_quotes_what_it_is_given(driver: RouterOSDriver) -> None:
    driver.load_template("set_hostname", hostname='a "b" $c \\d')
    candidate = driver.get_config("candidate")["candidate"]
    assert candidate == '/system identity set name="a \\"b\\" \\$c \\\\d"'
