"""Where sources on the real device disagree, a simulated one behaves either way."""

from __future__ import annotations

import asyncio
from dataclasses import fields

import asyncssh
import pytest

from sekayu_net.lab.conditions import Quirks
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import serve
from sekayu_net.lab.timers import ManualTimers

HOST_KEY = asyncssh.generate_private_key("ssh-rsa")


def made(quirks: Quirks, version: str = "7.20.1", mode: str = "advanced") -> LabDevice:
    return LabDevice(
        "bench", model="RB5009UG+S+IN", version=version, serial="S1", ports=("ether1",),
        timers=ManualTimers(), quirks=quirks, device_mode=mode, host_key=HOST_KEY,
    )  # fmt: skip


def said(device: LabDevice, line: str) -> str:
    return device.execute(line).replace("\r\n", "\n")


ROW = "/system scheduler add name=x interval=1h"
LOAD = "/system backup save name=b; /system backup load name=b"
#: quirk, device-mode, what is said: with it, and as it is by default
SAID: dict[str, tuple[Quirks, str, str, str, str]] = {
    "an empty find in set": (
        Quirks(empty_find_fails=True),
        "advanced",
        "/ip address set [find comment=none] disabled=yes",
        "expected item id\n",
        "",
    ),
    "an empty find in remove": (
        Quirks(empty_find_fails=True),
        "advanced",
        "/ip address remove [find comment=none]",
        "expected item id\n",
        "",
    ),
    "a list without rows": (
        Quirks(empty_list="nothing"), "advanced", "/ip address print", "", "\n",
    ),
    "as-value in an exec": (
        Quirks(as_value_over_exec=False),
        "advanced",
        ":put [/ip service print as-value where name=ssh]",
        "\n",
        ".id=*4;name=ssh;port=22;certificate=none;vrf=main\n",
    ),
    "a job at home": (
        Quirks(execute_needs_mode=True),
        "home",
        ':put [:typeof [:execute script=":put 1"]]',
        "failure: not allowed by device-mode\n",
        "id\n",
    ),
    "a schedule at home": (
        Quirks(mode_inactivates=True), "home", ROW, "", "failure: not allowed by device-mode\n",
    ),
    "loading a backup without a word": (
        Quirks(backup_load_asks=True),
        "advanced",
        LOAD,
        "Configuration backup saved\npassword: ",
        ("Configuration backup saved\nRestoring system configuration\n"
        "System configuration restored, rebooting now\n"),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("quirks", "mode", "line", "words", "usual"), SAID.values(), ids=SAID)
def test_it_answers_either_way(
    quirks: Quirks, mode: str, line: str, words: str, usual: str
) -> None:
    assert said(made(quirks, mode=mode), line) == words
    assert said(made(Quirks(), mode=mode), line) == usual


def test_an_old_device_prints_the_legend_of_an_empty_list() -> None:
    device = made(Quirks(empty_list="legend"), version="6.49.17")
    assert said(device, "/ip address print") == "Flags: X - disabled, I - invalid, D - dynamic \n"


def test_an_entry_that_device_mode_inactivates_never_runs() -> None:
    device = made(Quirks(mode_inactivates=True), mode="home")
    said(device, f'{ROW} on-event="/system note set note=fired"')
    assert isinstance(device.timers, ManualTimers)
    device.timers.advance(7300)
    assert device.settings("/system note")["note"] == ""
    assert said(device, ":put [:len [/system scheduler find where disabled=no]]") == "0\n"
    assert ";;; inactivated, not allowed by device-mode" in said(device, "/system scheduler print")


def test_a_password_given_is_not_asked_for() -> None:
    device = made(Quirks(backup_load_asks=True))
    said(device, "/system backup save name=b")
    assert "restored" in said(device, '/system backup load name=b password=""')


CUT = Quirks(exec_limit=6, exec_error_status=1)
#: version, quirk, command, exit status
STATUS = {
    "7, a syntax error": ("7.20.1", Quirks(), "/nonsense", 0),
    "6, a syntax error": ("6.49.17", Quirks(), "/nonsense", 1),
    "6, a refusal": ("6.49.17", Quirks(), "/ip address remove *99", 0),
    "6, all well": ("6.49.17", Quirks(), ":put 1", 0),
    "7, as one source says": ("7.20.1", Quirks(exec_error_status=1), "/nonsense", 1),
    "7, all well all the same": ("7.20.1", Quirks(exec_error_status=1), ":put 1", 0),
    "cut where a buffer ends": (
        "7.20.1",
        Quirks(exec_limit=6, exec_error_status=1),
        ":put 1; /nonsense",
        0,
    ),
}
ALGORITHMS = ["rsa-sha2-256", "ssh-rsa"]


async def status_of(device: LabDevice, command: str) -> int | None:
    listener = await serve(device, lambda: True)
    try:
        async with asyncssh.connect(
            "127.0.0.1", listener.port, username="admin", known_hosts=None, config=None,
            kex_algs="+diffie-hellman-group14-sha1", server_host_key_algs=ALGORITHMS,
        ) as client:  # fmt: skip
            return (await client.run(command, check=False)).exit_status
    finally:
        await listener.close()


@pytest.mark.filterwarnings("ignore:Diffie-Hellman over finite fields")
@pytest.mark.parametrize(("version", "quirks", "line", "status"), STATUS.values(), ids=STATUS)
def test_the_exit_status_is_the_version_s_or_the_other(
    version: str, quirks: Quirks, line: str, status: int
) -> None:
    assert asyncio.run(status_of(made(quirks, version=version), line)) == status


def test_every_quirk_is_tried_somewhere() -> None:
    elsewhere = {
        "import_parses_first",  # test_device
        "safe_mode_overflow",  # test_safe_mode
        "quit_in_safe_mode",
    }
    here = {"exec_error_status", "exec_limit"}
    usual = Quirks()
    for quirks, *_ in SAID.values():
        here |= {
            f.name for f in fields(Quirks) if getattr(quirks, f.name) != getattr(usual, f.name)
        }
    assert here | elsewhere == {f.name for f in fields(Quirks)}
