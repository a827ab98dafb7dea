"""The terminal: echo, pages, questions, keys; and what the exec does around configuration."""

from __future__ import annotations

import asyncio

import pytest

from sekayu_net.lab.ios.console import Console
from sekayu_net.lab.ios.device import IosDevice, StoppedError
from sekayu_net.lab.ios.editor import run_now
from sekayu_net.lab.ios.shell import Shell
from sekayu_net.lab.timers import ManualTimers
from tests.ios_bench import ENABLE, make_device


def screen(device: IosDevice, keys: str, *, privilege: int = 15, length: int = 24) -> str:
    """What a terminal shows for typed keys; the other end closes after them."""
    shown: list[bytes] = []
    chunks = [keys.encode(), b""]

    async def read() -> bytes:
        return chunks.pop(0) if chunks else b""

    async def before() -> None:
        return

    console = Console(device, "teknisi", privilege)
    console.length = length
    asyncio.run(Shell(console, read, shown.append, before).run())
    return b"".join(shown).decode().replace("\r\n", "\n")


def test_a_line_is_echoed_after_the_prompt() -> None:
    assert "rtr2#show clock\n" in screen(make_device(), "show clock\n")


def test_return_and_line_feed_together_are_one_end() -> None:
    assert screen(make_device(), "\r\nterminal length 0\r\n").count("rtr2#") == 3


def test_long_answers_wait_for_a_key() -> None:
    text = screen(make_device(), "show running-config\nq")
    assert text.count(" --More-- ") == 1
    assert "line vty" not in text


def test_without_a_length_nothing_waits() -> None:
    assert "line vty" in screen(make_device(), "show running-config\n", length=0)


@pytest.mark.parametrize(
    ("keys", "prompt"),
    [
        (f"enable\n{ENABLE}\n", "rtr2#"),
        (f"enable\nwrong\nwrong\n{ENABLE}\n", "rtr2#"),
        ("enable\nwrong\nwrong\nwrong\n", "rtr2>"),
    ],
)
def test_enable_takes_three_tries(keys: str, prompt: str) -> None:
    text = screen(make_device(), keys, privilege=1)
    assert text.endswith(prompt)
    assert ENABLE not in text


def test_without_privilege_configuration_is_no_command() -> None:
    assert "% Invalid input" in screen(make_device(), "configure terminal\n", privilege=1)


def test_control_z_ends_configuration() -> None:
    text = screen(make_device(), "conf t\ninterface gi0/0/0\n\x1a")
    assert "rtr2(config-if)#" in text
    assert text.endswith("rtr2#")


def test_control_c_throws_the_line_away_and_leaves() -> None:
    device = make_device()
    assert screen(device, "conf t\nhostname other\x03").endswith("rtr2#")
    assert device.hostname == "rtr2"


def test_backspace_takes_a_letter() -> None:
    device = make_device()
    screen(device, "conf t\nhostname otherx\x7f\n")
    assert device.hostname == "other"


def test_a_question_mark_lists_what_may_follow() -> None:
    text = screen(make_device(), "show ip ?\x15exit\n")
    assert "\n  interface\n" in text
    assert "\n  route\n" in text


def test_tab_completes_a_word() -> None:
    assert "show inventory " in screen(make_device(), "show inven\t\n")


def test_removing_a_user_is_asked_about() -> None:
    device = make_device()
    screen(device, "conf t\nno username penonton\nn")
    assert device.user("penonton") is not None
    screen(device, "conf t\nno username penonton\n\n")
    assert device.user("penonton") is None


def test_reload_loses_what_was_not_saved() -> None:
    device = make_device(timers=ManualTimers())
    screen(device, "conf t\nhostname other\nend\nreload\nno\n\n")
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    assert not device.up
    timers.advance(device.boot_seconds)
    assert (device.up, device.hostname) == (True, "rtr2")


def test_the_timer_reverts_what_is_not_confirmed() -> None:
    device = make_device(timers=ManualTimers())
    console = Console(device, "teknisi", 15)
    for line in ("configure terminal revert timer 2", "hostname other", "interface Loopback9"):
        run_now(console.run(line))
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(119)
    assert device.hostname == "other"
    timers.advance(2)
    assert device.hostname == "rtr2"
    # The section that was open is gone with the change.
    run_now(console.run("hostname third"))
    assert device.hostname == "third"


def test_an_idle_timer_begins_anew_with_each_line() -> None:
    device = make_device(timers=ManualTimers())
    console = Console(device, "teknisi", 15)
    run_now(console.run("configure terminal revert timer idle 2"))
    run_now(console.run("hostname other"))
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(100)
    run_now(console.run("do show clock"))
    timers.advance(100)
    assert device.hostname == "other"
    timers.advance(21)
    assert device.hostname == "rtr2"


def test_a_confirmed_change_stays() -> None:
    device = make_device(timers=ManualTimers())
    console = Console(device, "teknisi", 15)
    for line in ("configure terminal revert timer 2", "hostname other", "end", "configure confirm"):
        run_now(console.run(line))
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(600)
    assert device.hostname == "other"


def test_power_that_goes_in_the_middle_of_a_merge_leaves_the_saved_configuration() -> None:
    device = make_device(timers=ManualTimers())
    device.files.write("change.txt", b"hostname other\nntp server 10.0.0.8\nend\n")
    device.faults.reboot_at_statement = 2
    console = Console(device, "teknisi", 15)
    with pytest.raises(StoppedError):
        run_now(console.run("copy flash:change.txt running-config"))
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(device.boot_seconds)
    assert device.hostname == "rtr2"


def test_a_full_flash_arms_no_timer() -> None:
    device = make_device(timers=ManualTimers())
    device.faults.flash_full = True
    console = Console(device, "teknisi", 15)
    assert "No space left" in run_now(console.run("configure terminal revert timer 2"))
    assert console.prompt == "rtr2#"
    assert device.rollback.pending is None


def test_the_archive_keeps_no_more_than_its_maximum() -> None:
    device = make_device(timers=ManualTimers())
    for _ in range(8):
        device.rollback.archive()
    kept = [file.name for file in device.files.listing() if file.name.startswith("arsip")]
    assert len(kept) == len(device.rollback.archived) == 5
