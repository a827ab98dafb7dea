"""The driver when the world fails: power, sessions, clocks, flash. The device is never half."""

from __future__ import annotations

from typing import Any

import pytest

from sekayu_net.errors import (
    ApplyError,
    DeviceError,
    GarbledError,
    UnreachableError,
)
from sekayu_net.platforms.base import Guard
from tests.integration.bench_scripts import CUT, INVERSE, LONG, SCRIPT, TOKEN, UNCUT

pytestmark = pytest.mark.timeout(90)


Bench = Any  # conftest's


def test_a_change_that_cuts_the_device_off_goes_back_by_itself(site: Bench) -> None:
    before = site.export()
    driver = site.driver(timeout=1)
    with pytest.raises((UnreachableError, ApplyError)):
        site.commit(driver, CUT, UNCUT, revert_in=3)
    driver.close()

    site.until(lambda: site.waits() is False)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


def test_a_reboot_while_pending_goes_back(site: Bench) -> None:
    before = site.export()
    driver = site.driver(timeout=2)
    site.commit(driver)
    site.on_loop(site.device.reboot)

    site.until(lambda: site.waits() is False, 45)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


def test_a_reboot_in_the_middle_of_the_undo_does_not_leave_half(site: Bench) -> None:
    before = site.export()
    driver = site.driver(timeout=2)
    slow = ":delay 2s\n".join(["", *INVERSE.splitlines(keepends=True)])
    site.commit(driver, inverse=slow, revert_in=1)
    site.until(lambda: "reverting1" in site.record())
    site.on_loop(site.device.reboot)

    site.until(lambda: site.waits() is False, 60)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


def test_an_inverse_that_fails_ends_in_the_backup(site: Bench) -> None:
    before = site.export()
    driver = site.driver(timeout=2)
    site.commit(driver, inverse="/ip address add nonsense=1\n")
    driver.revert(TOKEN)
    assert site.export() == before
    assert site.names() == set()


def test_a_job_is_lost_at_a_reboot_and_the_change_is_still_known(small_site: Bench) -> None:
    before = small_site.export()
    driver = small_site.driver(timeout=2)
    small_site.commit(driver)
    small_site.on_loop(small_site.device.reboot)

    small_site.until(lambda: small_site.waits() is True)
    small_site.driver().revert(TOKEN)
    assert small_site.export() == before
    assert small_site.names() == set()


def test_a_full_flash_means_nothing_is_written(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    guard = driver.guard()
    site.device.faults.flash_full = True
    with pytest.raises(DeviceError):
        driver.commit_change(
            SCRIPT, INVERSE, token=TOKEN, revert_in=LONG, guard=guard, on_armed=lambda: None
        )
    site.device.faults.flash_full = False
    driver.clean()
    assert site.export() == before
    assert site.names() == set()


def test_a_session_lost_at_arming_changes_nothing(site: Bench) -> None:
    before = site.export()
    driver = site.driver(timeout=2)
    guard = driver.guard()
    put = driver.session.connection.put

    def lose(*arguments: Any, **named: Any) -> None:
        put(*arguments, **named)
        driver.session.connection.close()

    driver.session.connection.put = lose  # type: ignore[method-assign]
    with pytest.raises(UnreachableError):
        driver.commit_change(
            SCRIPT, INVERSE, token=TOKEN, revert_in=LONG, guard=guard, on_armed=lambda: None
        )
    again = site.driver()
    assert again.pending() is None
    again.clean()
    assert site.export() == before
    assert site.names() == set()


def test_garbage_is_garbled_and_changes_nothing(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    site.device.faults.garbage = True
    for verb in (driver.read, driver.guard, driver.pending, driver.check_identity):
        with pytest.raises(GarbledError):
            verb()
    site.device.faults.garbage = False
    assert site.export() == before


@pytest.mark.parametrize("sent", [200, 1500, 2500, 3200, 3800, 4500])
def test_a_session_lost_at_any_byte_ends_in_the_old_state(site: Bench, sent: int) -> None:
    before = site.export()
    driver = site.driver(timeout=2)
    guard = driver.guard()
    site.device.faults.session_loss_after = sent
    try:
        driver.commit_change(
            SCRIPT, INVERSE, token=TOKEN, revert_in=3, guard=guard, on_armed=lambda: None
        )
    except DeviceError:
        driver.close()
    site.device.faults.session_loss_after = None
    site.until(lambda: site.waits() is False)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


@pytest.mark.parametrize("statement", [1, 2, 3, 4, 5, 6, 7, 8])
def test_a_reboot_at_any_statement_of_arming_ends_in_the_old_state(
    site: Bench, statement: int
) -> None:
    before = site.export()
    driver = site.driver(timeout=1)
    guard = driver.guard()
    site.device.faults.reboot_at_statement = statement
    with pytest.raises(DeviceError):
        driver.commit_change(
            SCRIPT, INVERSE, token=TOKEN, revert_in=4, guard=guard, on_armed=lambda: None
        )
    driver.close()
    site.end_as_resume_does(before)


@pytest.mark.parametrize("statement", [1, 2])
def test_a_reboot_at_any_statement_of_the_change_ends_in_the_old_state(
    site: Bench, statement: int
) -> None:
    before = site.export()
    driver = site.driver(timeout=1)
    guard = driver.guard()

    def reboot_soon() -> None:
        site.device.faults.reboot_at_statement = statement

    with pytest.raises(DeviceError):
        driver.commit_change(
            SCRIPT, INVERSE, token=TOKEN, revert_in=6, guard=guard, on_armed=reboot_soon
        )
    driver.close()
    site.end_as_resume_does(before)


def test_a_timed_entry_goes_back_too(site: Bench) -> None:
    before = site.export()
    driver = site.driver()
    timed = Guard("scheduler", frozenset({"session", "controller", "reboot"}))
    driver.commit_change(
        SCRIPT, INVERSE, token=TOKEN, revert_in=4, guard=timed, on_armed=lambda: None
    )
    driver.close()
    site.until(lambda: site.waits() is False)
    site.driver().clean()
    assert site.export() == before
    assert site.names() == set()


def test_a_moved_clock_does_not_move_a_job(site: Bench) -> None:
    driver = site.driver()
    site.commit(driver, "/system clock set time-zone-name=Asia/Jakarta\n", "")
    site.on_loop(
        lambda: site.device.execute(
            '/system clock set date=2031-01-01 time="23:59:58"', user="sekayu"
        )
    )
    assert driver.pending() is not None
    driver.confirm(TOKEN, run="run7", fingerprint="f00")
    assert site.names() == {"sekayu-confirmed"}
