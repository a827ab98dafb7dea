"""The driver of IOS against the lab's device: reading, the guarded change, and how each can end."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from napalm.base.exceptions import CommandErrorException

from sekayu_net.errors import (
    ApplyError,
    AuthenticationError,
    DeviceError,
    GuardError,
    HostKeyError,
    IdentityError,
    JournalError,
    PendingError,
    UnreachableError,
)
from sekayu_net.lab.timers import ManualTimers
from sekayu_net.platforms.base import Guard, Pending
from sekayu_net.platforms.ios import session as sessions
from sekayu_net.platforms.ios.driver import IosDriver
from sekayu_net.platforms.ios.platform import IOS
from tests.ios_bench import NEW, OLD, WATCHER, IosBench, ios_bench
from tests.ios_driver import driver, make_ready, target

slow = pytest.mark.skipif(
    os.environ.get("SEKAYU_CONFORMANCE") != "all", reason="slow: make conformance"
)
VERSIONS = [NEW, pytest.param(OLD, marks=slow)]
SLOW_CUTS = [pytest.param(cut, marks=slow) for cut in ("write memory", "delete")]
pytestmark = pytest.mark.timeout(60)
GUARD = Guard("commit-timer", frozenset(("session", "controller", "clock", "reboot")))


@pytest.fixture
def bench() -> Iterator[IosBench]:
    with ios_bench(timers=ManualTimers()) as made:
        make_ready(made)
        yield made


def script(bench: IosBench, words: str = "seen") -> str:
    return f"interface {bench.device.ports[2]}\n description {words}\n exit\n"


def commit(
    device: IosDriver,
    text: str,
    *,
    token: str = "t1",  # noqa: S107 - a change's name
    revert_in: int = 120,
    guard: Guard = GUARD,
    on_armed: Callable[[], None] = lambda: None,
) -> None:
    device.commit_change(text, "", token=token, revert_in=revert_in, guard=guard, on_armed=on_armed)


def seen(bench: IosBench) -> bool:
    return "description seen" in bench.running()


def leftovers(bench: IosBench) -> list[str]:
    names = [file.name for file in bench.on_loop(bench.device.files.listing)]
    return [name for name in names if "sekayu" in name]


# -- reading -----------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_device_is_known_by_serial_number_model_and_version(version: str, tmp_path: Path) -> None:
    with ios_bench(version) as bench, driver(bench, tmp_path) as device:
        device.check_identity()
        reading = device.read()
        assert (reading.serial, reading.version) == (bench.device.serial, version)
        assert reading.identity == "rtr2"
        assert reading.confirmed is None


@pytest.mark.parametrize(
    "other", [{"serial": "FDO0000X0AA"}, {"model": "ISR4451"}, {"version": "16.9.4"}]
)
def test_another_device_is_refused(other: dict[str, str], bench: IosBench, tmp_path: Path) -> None:
    with (
        driver(bench, tmp_path, **other) as device,
        pytest.raises(IdentityError, match="the inventory says"),
    ):
        device.check_identity()


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"password": "wrong"}, AuthenticationError),
        ({"port": 1}, UnreachableError),
    ],
)
def test_who_gets_no_answer_says_why(
    given: dict[str, Any], error: type[DeviceError], bench: IosBench, tmp_path: Path
) -> None:
    device = IosDriver(target(bench, tmp_path, **given))
    with pytest.raises(error):
        device.open()
    device.close()


def test_an_unknown_host_key_is_refused_and_shown(bench: IosBench, tmp_path: Path) -> None:
    target(bench, tmp_path)
    (tmp_path / "known_hosts").write_text("", encoding="utf-8")
    with pytest.raises(HostKeyError, match="SHA256:"):
        IosDriver(target(bench, tmp_path)).open()


def test_another_host_key_is_refused(bench: IosBench, tmp_path: Path) -> None:
    import asyncssh

    other = asyncssh.generate_private_key("ssh-rsa", key_size=2048)
    line = other.export_public_key("openssh").decode().split()
    (tmp_path / "known_hosts").write_text(f"rtr2 {line[0]} {line[1]}\n", encoding="utf-8")
    with pytest.raises(HostKeyError, match="has changed"):
        IosDriver(target(bench, tmp_path)).open()


# -- what it lacks -----------------------------------------------------------------------------


def test_a_device_that_is_set_up_can_arm_its_timer(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        assert device.guard() == GUARD
        device.preflight("")


@pytest.mark.parametrize(
    ("taken", "words"),
    [
        ("no archive", "archive"),
        ("no ip scp server enable", "ip scp server enable"),
        ("no file prompt quiet", "file prompt quiet"),
    ],
)
def test_what_a_device_lacks_is_said_before_anything_is_written(
    taken: str, words: str, bench: IosBench, tmp_path: Path
) -> None:
    bench.on_loop(lambda: bench.device.interfere(taken))
    with driver(bench, tmp_path) as device:
        found = device.guard()
        assert found.kind == "none"
        assert words in str(found.reason)
        with pytest.raises(GuardError, match=words):
            device.preflight(script(bench))


def test_a_full_flash_is_said_before_anything_is_written(tmp_path: Path) -> None:
    with ios_bench(flash_bytes=100_000) as bench:
        make_ready(bench)
        with driver(bench, tmp_path) as device:
            assert "bytes free on flash" in str(device.guard().reason)


def test_unsaved_changes_of_others_would_be_lost_by_a_reload(
    bench: IosBench, tmp_path: Path
) -> None:
    bench.on_loop(lambda: bench.device.interfere("ip domain name other.example"))
    with driver(bench, tmp_path) as device:
        found = device.guard()
        assert "reboot" not in found.survives
        assert "write memory" in str(found.reason)


# -- the change --------------------------------------------------------------------------------


@pytest.mark.parametrize("version", VERSIONS)
def test_a_change_is_armed_merged_confirmed_and_saved(version: str, tmp_path: Path) -> None:
    with ios_bench(version) as bench:
        make_ready(bench)
        told: list[tuple[bool, bool]] = []
        with driver(bench, tmp_path) as device:
            before = IOS.canonical(device.read().config)

            def on_armed() -> None:
                told.append((bench.device.rollback.pending is not None, seen(bench)))

            commit(device, script(bench), on_armed=on_armed)
        assert told == [(True, False)]
        assert seen(bench)
        assert "seen" not in bench.device.startup
        with driver(bench, tmp_path) as device:
            assert device.pending() == Pending("t1", "commit-timer")
            device.confirm("t1", run="run-1", fingerprint="f" * 64)
            reading = device.read()
            assert device.pending() is None
            assert reading.confirmed == {"run": "run-1", "fingerprint": "f" * 64}
        assert "description seen" in bench.device.startup
        assert leftovers(bench) == []
        after = IOS.canonical(reading.config)
        assert [line for line in after.splitlines() if line not in before.splitlines()] == [
            " description seen"
        ]


def test_the_timer_leads_back(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        before = IOS.canonical(device.read().config)
        commit(device, script(bench), revert_in=61)
    timers = bench.device.timers
    assert isinstance(timers, ManualTimers)
    bench.on_loop(lambda: timers.advance(119))
    assert seen(bench), "the minute that has begun is the device's"
    bench.on_loop(lambda: timers.advance(2))
    with driver(bench, tmp_path) as device:
        assert IOS.canonical(device.read().config) == before
        assert device.pending() is None
        with pytest.raises(GuardError, match="its undo has run"):
            device.confirm("t1", run="run-1", fingerprint="f")
        assert set(device.clean()) == {"sekayu-t1.cfg", "sekayu-t1.old"}
        assert device.clean() == ()
        assert device.read().confirmed is None


def test_a_change_is_taken_back_and_nothing_is_saved(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        before = IOS.canonical(device.read().config)
        saved = bench.device.startup
        commit(device, script(bench))
    with driver(bench, tmp_path) as device:
        device.revert("t1")
        assert IOS.canonical(device.read().config) == before
        assert device.pending() is None
    assert bench.device.startup == saved
    assert leftovers(bench) == []


def test_a_reload_leads_back(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        commit(device, script(bench))
    timers = bench.device.timers
    assert isinstance(timers, ManualTimers)
    bench.on_loop(bench.device.reboot)
    bench.on_loop(lambda: timers.advance(5))
    assert not seen(bench)
    with driver(bench, tmp_path) as device:
        assert device.pending() is None
        device.clean()
    assert leftovers(bench) == []


def test_a_refused_line_takes_the_whole_change_back(bench: IosBench, tmp_path: Path) -> None:
    bad = script(bench) + "ip domain nome 1.2.3\nip domain name never.example\n"
    with driver(bench, tmp_path) as device:
        with pytest.raises(ApplyError, match="line 4: % Invalid") as caught:
            commit(device, bad)
        assert (caught.value.line, caught.value.statement) == (4, "ip domain nome 1.2.3")
        assert device.pending() is None
    assert not seen(bench)


def test_an_address_that_overlaps_takes_the_whole_change_back(
    bench: IosBench, tmp_path: Path
) -> None:
    bad = f"interface {bench.device.ports[2]}\n ip address 10.0.0.9 255.255.255.0\n exit\n"
    with driver(bench, tmp_path) as device:
        with pytest.raises(ApplyError, match="overlaps"):
            commit(device, bad)
        assert device.pending() is None
    assert "10.0.0.9 255" not in bench.running()


def test_a_second_change_is_refused_while_one_waits(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        commit(device, script(bench))
        with pytest.raises(PendingError, match="t1"):
            commit(device, script(bench, "other"), token="t2")
        with pytest.raises(PendingError, match="t1"):
            device.confirm("t2", run="run-2", fingerprint="f")
        with pytest.raises(PendingError, match="t1"):
            device.revert("t2")
    assert "description other" not in bench.running()


def test_a_change_of_another_program_is_seen_and_left_alone(
    bench: IosBench, tmp_path: Path
) -> None:
    bench.on_loop(lambda: bench.device.rollback.arm(5, "orang-lain"))
    with driver(bench, tmp_path) as device:
        assert device.pending() == Pending("by orang-lain", "commit-timer")
        assert device.clean() == ()
        with pytest.raises(PendingError, match="orang-lain"):
            commit(device, script(bench))


def test_a_journal_that_cannot_be_written_stops_it_before_the_merge(
    bench: IosBench, tmp_path: Path
) -> None:
    def on_armed() -> None:
        raise JournalError("no room")

    with driver(bench, tmp_path) as device:
        with pytest.raises(JournalError):
            commit(device, script(bench), on_armed=on_armed)
        assert not seen(bench)
        device.revert("t1")
        assert device.pending() is None
    assert leftovers(bench) == []


def test_a_session_that_is_cut_by_the_change_leaves_the_timer(
    bench: IosBench, tmp_path: Path
) -> None:
    def cut() -> None:
        for connection in list(bench.device.connections):
            connection.drop()

    with driver(bench, tmp_path) as device, pytest.raises(UnreachableError):
        commit(device, script(bench), on_armed=lambda: bench.on_loop(cut))
    with driver(bench, tmp_path) as device:
        assert device.pending() == Pending("t1", "commit-timer")
        device.revert("t1")
    assert not seen(bench)


def test_a_session_that_is_closed_is_noticed_at_once(bench: IosBench, tmp_path: Path) -> None:
    def cut() -> None:
        for connection in list(bench.device.connections):
            connection.drop()

    with driver(bench, tmp_path, timeout=500.0) as device:
        bench.on_loop(cut)
        with pytest.raises(UnreachableError):
            device.pending()


def test_a_session_that_ends_while_its_flash_is_asked_for_is_told_in_our_words(
    bench: IosBench, tmp_path: Path
) -> None:
    with driver(bench, tmp_path) as device:
        device.session.napalm._dest_file_system = None

        def lost() -> str:
            raise CommandErrorException("Netmiko _autodetect_fs failed")

        device.session.napalm._discover_file_system = lost
        with pytest.raises(DeviceError):
            device.session.flash(stage="confirm")


def test_an_upload_that_is_cut_writes_nothing(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device:
        asked = device.session.napalm.load_merge_candidate

        def load(**given: Any) -> None:
            bench.device.faults.upload_loss_after = 2500
            asked(**given)

        device.session.napalm.load_merge_candidate = load
        with pytest.raises((GuardError, UnreachableError)):
            commit(device, script(bench))
    bench.device.faults.upload_loss_after = None
    with driver(bench, tmp_path) as device:
        assert device.pending() is None
        assert not seen(bench)


@pytest.mark.parametrize("cut", ["configure confirm", *SLOW_CUTS])
def test_a_confirmation_that_was_cut_is_brought_to_its_end(
    cut: str, bench: IosBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with driver(bench, tmp_path) as device:
        commit(device, script(bench))
        asked = sessions.Session.ask

        def ask(self: sessions.Session, command: str, **given: Any) -> str:
            said = asked(self, command, **given)
            if command.startswith(cut):
                raise UnreachableError("lost", host="rtr2", stage="confirm")
            return said

        with monkeypatch.context() as patch:
            patch.setattr(sessions.Session, "ask", ask)
            with pytest.raises(UnreachableError):
                device.confirm("t1", run="run-1", fingerprint="f")
    with driver(bench, tmp_path) as device:
        device.confirm("t1", run="run-1", fingerprint="f")
        assert device.pending() is None
    assert "description seen" in bench.device.startup
    assert "run=run-1" in bench.device.startup
    assert leftovers(bench) == []


def test_a_confirmation_that_was_not_saved_is_saved_by_cleaning(
    bench: IosBench, tmp_path: Path
) -> None:
    with driver(bench, tmp_path) as device:
        commit(device, script(bench))
        device.session.configure(
            ["alias exec sekayu-confirmed run=run-1 fingerprint=f"], stage="confirm"
        )
        device.session.ask("configure confirm", stage="confirm")
    assert "description seen" not in bench.device.startup
    with driver(bench, tmp_path) as device:
        device.clean()
    assert "description seen" in bench.device.startup


def test_the_time_to_confirm_has_the_bounds_of_the_device(bench: IosBench, tmp_path: Path) -> None:
    with driver(bench, tmp_path) as device, pytest.raises(GuardError, match="121 minutes"):
        commit(device, script(bench), revert_in=7201)


def test_a_change_without_undo_is_merged_and_saved_when_it_is_confirmed(
    bench: IosBench, tmp_path: Path
) -> None:
    bench.on_loop(lambda: bench.device.interfere("no archive"))
    with driver(bench, tmp_path) as device:
        commit(device, script(bench), guard=Guard("none", frozenset(), "no archive"))
        assert seen(bench)
        assert device.pending() is None
        device.confirm("t1", run="run-1", fingerprint="f")
    assert "description seen" in bench.device.startup
    assert leftovers(bench) == []


def test_secrets_lie_nowhere_on_this_side(
    bench: IosBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    modes: list[int] = []

    def on_armed() -> None:
        modes.extend(stat.S_IMODE(f.stat().st_mode) for f in tmp_path.glob("sekayu-*"))

    text = "snmp-server community rahasia-sekali RO\n"
    with caplog.at_level("DEBUG"), driver(bench, tmp_path) as device:
        commit(device, text, on_armed=on_armed)
        assert "rahasia-sekali" in bench.running()
        assert [p for p in tmp_path.rglob("*") if p.name == "candidate"] == []
    assert modes == [0o700]
    assert list(tmp_path.glob("sekayu-*")) == []
    assert "rahasia-sekali" not in caplog.text


def test_a_user_without_privilege_is_told_so(bench: IosBench, tmp_path: Path) -> None:
    with (
        driver(bench, tmp_path, username=WATCHER) as device,
        pytest.raises(DeviceError, match="does not take 'show running-config'"),
    ):
        device.read()
