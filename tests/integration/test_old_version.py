"""The driver against a device of RouterOS 6.49: read, plan, push, go back, confirm."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import ApplyError, DeviceError
from tests.integration.bench_scripts import TOKEN
from tests.integration.conftest import bench

pytestmark = [
    pytest.mark.timeout(90),
    # The only key exchange that such a server and a client of today share.
    pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields"),
]

Bench = Any  # conftest's


@pytest.fixture
def old_site(tmp_path: Path) -> Iterator[Bench]:
    yield from bench(
        tmp_path,
        model="RB952Ui-5ac2nD",
        version="6.49.17",
        architecture="mipsbe",
        radios=(("wlan1", "2ghz-n"),),
    )


def test_the_device_is_read_whole(old_site: Bench) -> None:
    old_site.on_loop(
        lambda: old_site.device.import_script("/ppp secret add name=a password=verysecret\n")
    )
    driver = old_site.driver()
    driver.check_identity()
    reading = driver.read()
    assert (reading.identity, reading.version) == ("office-rtr1", "6.49.17")
    assert "by RouterOS 6.49.17" in reading.config
    assert "password=verysecret" in reading.config
    assert {"sekayu"} <= {row["name"] for row in reading.beyond["/user"]}
    assert [row["user"] for row in reading.beyond["/user ssh-keys"]] == ["sekayu"]
    assert "/system device-mode" not in reading.beyond


def test_it_is_not_reached_unless_old_algorithms_are_allowed(old_site: Bench) -> None:
    with pytest.raises(DeviceError):
        old_site.driver(legacy_algorithms=False)
    assert old_site.driver().is_alive() == {"is_alive": True}


def test_an_unconfirmed_change_goes_back_by_itself(old_site: Bench) -> None:
    before = old_site.export()
    driver = old_site.driver()
    guard = old_site.commit(driver, revert_in=2)
    assert guard.kind == "job+startup"
    driver.close()
    old_site.until(lambda: old_site.waits() is False)
    old_site.driver().clean()
    assert old_site.export() == before
    assert old_site.names() == set()


def test_a_confirmed_change_stays_and_leaves_only_its_memory(old_site: Bench) -> None:
    driver = old_site.driver()
    old_site.commit(driver)
    driver.close()
    again = old_site.driver()
    assert again.pending() is not None
    again.confirm(TOKEN, run="run7", fingerprint="f00")
    assert "10.9.9.1/24" in old_site.export()
    assert old_site.names() == {"sekayu-confirmed"}
    assert again.read().confirmed == {"run": "run7", "fingerprint": "f00"}


def test_a_change_is_rolled_back_on_demand(old_site: Bench) -> None:
    before = old_site.export()
    driver = old_site.driver()
    old_site.commit(driver)
    driver.revert(TOKEN)
    assert old_site.export() == before
    assert old_site.names() == set()


FAILING = (
    "/ip address add address=10.9.9.1/24 interface=ether3\n"
    "/ip address add address=10.9.9.2/24 interface=nowhere\n"
)


def test_a_failed_statement_is_undone_at_once(old_site: Bench) -> None:
    before = old_site.export()
    with pytest.raises(ApplyError, match="the device is back in its old state"):
        old_site.commit(old_site.driver(), FAILING)
    assert old_site.export() == before
    assert old_site.names() == set()


def test_a_failed_statement_is_named(old_site: Bench) -> None:
    with pytest.raises(ApplyError) as caught:
        old_site.commit(old_site.driver(), FAILING)
    assert caught.value.line == 2
    assert "does not match any value of interface" in caught.value.message


def test_a_statement_that_can_not_be_parsed_is_named(old_site: Bench) -> None:
    before = old_site.export()
    script = "/system note set note=changed\n# a mark\n/nonsense add name=x\n"
    with pytest.raises(ApplyError) as caught:
        old_site.commit(old_site.driver(), script)
    assert caught.value.line == 3
    assert "bad command name nonsense" in caught.value.message
    assert old_site.export() == before
    assert old_site.names() == set()


def test_a_reboot_in_between_goes_back(old_site: Bench) -> None:
    before = old_site.export()
    driver = old_site.driver()
    old_site.commit(driver)
    old_site.on_loop(old_site.device.reboot)
    old_site.until(lambda: old_site.waits() is False)
    old_site.driver().clean()
    assert old_site.export() == before
    assert old_site.names() == set()


def test_a_merge_candidate_is_planned_pushed_and_rolled_back(old_site: Bench) -> None:
    before = old_site.export()
    driver = old_site.driver()
    driver.load_merge_candidate(
        config="/ip route\nadd distance=1 dst-address=10.7.0.0/16 gateway=10.0.0.9\n"
        "/routing ospf network\nadd area=backbone network=10.0.0.0/8\n"
        "/system ntp client\nset enabled=yes primary-ntp=192.0.2.1\n"
    )
    assert "dst-address=10.7.0.0/16" in driver.compare_config()
    driver.commit_config(revert_in=60)
    driver.confirm_commit()
    for text in ("dst-address=10.7.0.0/16", "network=10.0.0.0/8", "primary-ntp=192.0.2.1"):
        assert text in driver.get_config()["running"]
    driver.rollback()
    assert old_site.export().split("/system script")[0].rstrip() == before
