"""NAPALM's own ``ios`` driver, unmodified, through its whole cycle with the lab's IOS device."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import napalm
import pytest
from napalm.base.exceptions import (
    CommandErrorException,
    CommitConfirmException,
    MergeConfigException,
    ReplaceConfigException,
)

from tests.ios_bench import ENABLE, NEW, OLD, PASSWORD, USER, WATCHER, IosBench, ios_bench

DRIVER = napalm.get_network_driver("ios")
slow = pytest.mark.skipif(
    os.environ.get("SEKAYU_CONFORMANCE") != "all", reason="slow: make conformance"
)
VERSIONS = [NEW, pytest.param(OLD, marks=slow)]
pytestmark = pytest.mark.timeout(120)


@contextmanager
def driver(bench: IosBench, user: str = USER, **options: Any) -> Iterator[Any]:
    arguments = {"port": bench.port, "fast_cli": True} | options
    device = DRIVER("127.0.0.1", user, PASSWORD, 20, arguments)
    device.open()
    try:
        yield device
    finally:
        device.close()


def change(bench: IosBench, text: str = "seen by NAPALM") -> str:
    return f"interface {bench.device.ports[2]}\n description {text}\nend\n"


@pytest.mark.parametrize("version", VERSIONS)
def test_a_merge_is_previewed_committed_under_the_timer_and_confirmed(version: str) -> None:
    with ios_bench(version) as bench, driver(bench) as device:
        device.load_merge_candidate(config=change(bench))
        assert "+ description seen by NAPALM" in device.compare_config()
        device.commit_config(revert_in=120)
        assert device.has_pending_commit()
        assert "seen by NAPALM" in bench.running()
        assert "seen by NAPALM" not in bench.device.startup
        device.confirm_commit()
        assert not device.has_pending_commit()
        assert "seen by NAPALM" in bench.device.startup


def test_a_pending_merge_is_rolled_back() -> None:
    with ios_bench() as bench, driver(bench) as device:
        device.load_merge_candidate(config=change(bench))
        device.commit_config(revert_in=120)
        device.rollback()
        assert not device.has_pending_commit()
        assert "seen by NAPALM" not in bench.running()


def test_a_pending_merge_is_gone_after_a_reboot() -> None:
    with ios_bench() as bench:
        cut = DRIVER("127.0.0.1", USER, PASSWORD, 20, {"port": bench.port})
        cut.open()
        cut.load_merge_candidate(config=change(bench))
        cut.commit_config(revert_in=120)
        assert "seen by NAPALM" in bench.running()
        bench.on_loop(bench.device.reboot)
        deadline = time.monotonic() + 20
        while not bench.on_loop(lambda: bench.device.up):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        cut.device.remote_conn_pre.close()
        assert "seen by NAPALM" not in bench.running()
        with driver(bench) as device:
            assert not device.has_pending_commit()


def test_a_second_change_is_refused_while_one_is_pending() -> None:
    with ios_bench() as bench, driver(bench) as device:
        device.load_merge_candidate(config=change(bench))
        device.commit_config(revert_in=120)
        device.load_merge_candidate(config=change(bench, "another"))
        with pytest.raises((CommandErrorException, MergeConfigException)):
            device.commit_config(revert_in=120)


@slow
def test_a_candidate_travels_through_the_tcl_shell_too() -> None:
    with ios_bench() as bench, driver(bench, inline_transfer=True) as device:
        device.load_merge_candidate(config=change(bench))
        device.commit_config(revert_in=120)
        assert "seen by NAPALM" in bench.running()
        device.confirm_commit()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_replacement_is_previewed_committed_and_taken_back(version: str) -> None:
    with ios_bench(version) as bench, driver(bench) as device:
        before = device.get_config(retrieve="running")["running"].replace("^C", "\x03")
        wanted = before.replace("hostname rtr2", "hostname rtr9").replace("lldp run\n", "")
        device.load_replace_candidate(config=wanted)
        assert device.compare_config().splitlines() == [
            "+hostname rtr9", "-hostname rtr2", "-lldp run",
        ]  # fmt: skip
        device.commit_config(revert_in=60)
        assert device.get_facts()["hostname"] == "rtr9"
        device.rollback()
        assert device.get_facts()["hostname"] == "rtr2"
        device.load_replace_candidate(config=before)
        assert device.compare_config() == ""


def test_a_line_that_the_device_refuses_takes_the_whole_replacement_back() -> None:
    with ios_bench() as bench, driver(bench) as device:
        before = device.get_config(retrieve="running")["running"].replace("^C", "\x03")
        wanted = before.replace("hostname rtr2", "hostname rtr9\nhostnaam rtr9")
        device.load_replace_candidate(config=wanted)
        with pytest.raises(ReplaceConfigException, match="hostnaam"):
            device.commit_config(revert_in=60)
        assert bench.device.hostname == "rtr2"
        assert not device.has_pending_commit()


@pytest.mark.parametrize(
    ("taken", "error", "words"),
    [
        ("no archive", CommitConfirmException, "archive"),
        ("no ip scp server enable", CommandErrorException, "ip scp server enable"),
    ],
)
def test_what_the_device_lacks_is_what_the_driver_says(
    taken: str, error: type[Exception], words: str
) -> None:
    with ios_bench() as bench, driver(bench) as device:
        bench.on_loop(lambda: bench.device.interfere(taken))

        def merge() -> None:
            device.load_merge_candidate(config=change(bench))
            device.commit_config(revert_in=60)

        with pytest.raises(error, match=words):
            merge()


def test_without_room_no_candidate_arrives() -> None:
    with ios_bench() as bench, driver(bench) as device:
        bench.device.faults.flash_full = True
        with pytest.raises(MergeConfigException, match="Insufficient space"):
            device.load_merge_candidate(config=change(bench))


def test_enable_asks_for_its_secret() -> None:
    with ios_bench() as bench, driver(bench, user=WATCHER, secret=ENABLE) as device:
        device.device.enable()
        assert device.device.check_enable_mode()
