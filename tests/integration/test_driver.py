"""The driver against a simulated device over real SSH: every ordinary ending."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sekayu_net.errors import (
    ApplyError,
    AuthenticationError,
    GuardError,
    HostKeyError,
    IdentityError,
    PendingError,
)
from sekayu_net.platforms.base import Follow, Guard
from tests.integration.bench_scripts import INVERSE, LONG, SCRIPT, TOKEN

pytestmark = pytest.mark.timeout(90)


Bench = Any  # conftest's


def test_the_device_is_read_whole(site: Bench) -> None:
    driver = site.driver()
    driver.check_identity()
    reading = driver.read()
    assert (reading.identity, reading.serial) == ("office-rtr1", "HMM0BDDPJAM")
    assert reading.version == "7.20.1"
    assert "10.0.0.1/24" in reading.config
    assert {"sekayu"} <= {row["name"] for row in reading.beyond["/user"]}
    assert [row["user"] for row in reading.beyond["/user ssh-keys"]] == ["sekayu"]
    assert reading.confirmed is None


def test_a_confirmed_change_stays_and_leaves_only_its_memory(site: Bench) -> None:
    driver = site.driver()
    guard = site.commit(driver)
    assert guard.kind == "job+startup"
    driver.close()
    again = site.driver()
    assert again.pending() is not None
    again.confirm(TOKEN, run="run7", fingerprint="f00")
    assert "10.9.9.1/24" in site.export()
    assert site.names() == {"sekayu-confirmed"}
    assert again.read().confirmed == {"run": "run7", "fingerprint": "f00"}
    assert again.pending() is None
    assert again.clean() == ()


def test_an_unconfirmed_change_goes_back_by_itself(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    site.commit(driver, revert_in=2)
    driver.close()
    site.until(lambda: site.waits() is False)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


def test_a_failed_statement_is_named_and_undone_at_once(site: Bench) -> None:
    before = site.export()
    script = SCRIPT + "/ip address add address=10.9.9.1/24 interface=nowhere\n"
    with pytest.raises(ApplyError, match="does not match any value of interface") as caught:
        site.commit(site.driver(), script)
    assert caught.value.line == 3
    assert site.export() == before
    assert site.names() == set()


def test_the_undo_is_right_after_every_failing_statement(site: Bench) -> None:
    before = site.export()
    lines = SCRIPT.splitlines(keepends=True)
    for number in range(len(lines) + 1):
        script = "".join([*lines[:number], "/ip address add nonsense=1\n", *lines[number:]])
        with pytest.raises(ApplyError):
            site.commit(site.driver(), script, token=f"{TOKEN}{number}")
        assert site.export() == before
        assert site.names() == set()


def test_a_reverted_change_leaves_nothing(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    site.commit(driver)
    assert site.export() != before
    driver.revert(TOKEN)
    assert site.export() == before
    assert site.names() == set()


def test_a_second_change_is_refused_while_one_is_pending(site: Bench) -> None:
    driver = site.driver()
    site.commit(driver)
    other = site.driver()
    with pytest.raises(PendingError, match=TOKEN):
        site.commit(other, token="ffff0000")
    other.confirm(TOKEN, run="run7", fingerprint="f00")
    assert site.names() == {"sekayu-confirmed"}


def test_a_confirmation_after_the_undo_is_too_late(site: Bench) -> None:
    driver = site.driver()
    site.commit(driver, revert_in=1)
    site.until(lambda: driver.pending() is None)
    with pytest.raises(ApplyError, match="not confirmed"):
        driver.confirm(TOKEN, run="run7", fingerprint="f00")


def test_a_unit_without_scheduler_gets_a_job_and_files_below_flash(small_site: Bench) -> None:
    before = small_site.export()
    driver = small_site.driver()
    guard = small_site.commit(driver)
    assert guard.kind == "job"
    assert "reboot" not in guard.survives
    assert {name for name in small_site.names() if name.endswith((".rsc", ".backup"))} == {
        f"flash/sekayu-{TOKEN}{end}" for end in (".rsc", "-undo.rsc", "-arm.rsc", ".backup")
    }
    driver.revert(TOKEN)
    assert small_site.export() == before
    assert small_site.names() == set()


def test_a_caller_that_fails_when_armed_leaves_no_trace(site: Bench) -> None:
    before = site.export()

    def full_disk() -> None:
        raise OSError("journal")

    with pytest.raises(OSError, match="journal"):
        site.commit(site.driver(), on_armed=full_disk)
    assert site.export() == before
    assert site.names() == set()


def test_a_script_with_a_wrong_word_is_refused_before_anything_is_done(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    driver.preflight(SCRIPT)
    with pytest.raises(ApplyError) as caught:
        driver.preflight(SCRIPT + "/ip nonsense add\n")
    assert caught.value.line == 3
    assert site.export() == before
    assert site.names() == set()


def test_the_wrong_host_key_password_or_serial_is_told(site: Bench, tmp_path: Path) -> None:
    with pytest.raises(HostKeyError):
        site.driver(host="other-rtr1")
    with pytest.raises(AuthenticationError):
        site.driver(key_file=None, password="wrong")
    with pytest.raises(IdentityError, match="serial number"):
        site.driver(serial="XXXX").check_identity()
    with pytest.raises(IdentityError, match="version"):
        site.driver(version="7.16").check_identity()


def test_napalm_s_cycle_commits_confirms_and_rolls_back(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    driver.load_merge_candidate(config="/ip address\nadd address=10.9.9.1/24 interface=ether3\n")
    assert "10.9.9.1/24" in driver.compare_config()
    driver.commit_config(revert_in=LONG)
    assert driver.has_pending_commit()
    driver.confirm_commit()
    assert not driver.has_pending_commit()
    assert "10.9.9.1/24" in driver.get_config()["running"]
    driver.rollback()
    assert site.export().split("/system script")[0].rstrip() == before
    assert site.names() == {"sekayu-confirmed"}


def test_getters_have_napalm_s_shapes(site: Bench) -> None:
    driver = site.driver()
    assert driver.get_facts()["hostname"] == "office-rtr1"
    assert driver.get_interfaces()["ether1"]["is_enabled"]
    assert driver.get_interfaces_ip()["ether1"]["ipv4"] == {"10.0.0.1": {"prefix_length": 24}}
    assert driver.get_users()["sekayu"]["level"] == 15
    assert driver.echo("10.0.0.1").received == 3
    assert driver.get_arp_table() == []
    assert driver.get_ntp_servers() == {}


@pytest.mark.parametrize("kind", ["scheduler", "none"])
def test_a_device_without_background_jobs_follows_nobody(site: Bench, kind: str) -> None:
    before = site.export()
    with pytest.raises(GuardError, match="can't follow"):
        site.driver().commit_following(
            SCRIPT,
            INVERSE,
            token=TOKEN,
            guard=Guard(kind, frozenset()),
            follow=Follow("10.0.0.254", 1, 1, 1),
            on_armed=lambda: None,
        )
    assert site.export() == before
    assert site.names() == set()


def test_a_follower_whose_anchor_is_silent_goes_back_by_itself(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    driver.commit_following(
        SCRIPT,
        INVERSE,
        token=TOKEN,
        guard=driver.guard(),
        follow=Follow("10.0.0.254", 1, 2, LONG),
        on_armed=lambda: None,
    )
    site.until(lambda: site.record().startswith("state=applied"))
    assert site.export() != before
    site.until(lambda: site.waits() is False)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()
