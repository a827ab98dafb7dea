"""What a device does by itself: jobs, the scheduler, reboots, backups, its clock."""

from __future__ import annotations

import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.timers import ManualTimers

PORTS = ("ether1", "ether2", "ether3")
RADIOS = (("wifi1", "5ghz-ax"),)


def made(version: str = "7.20.1", **changed: object) -> LabDevice:
    arguments: dict[str, object] = {
        "model": "RB5009UG+S+IN", "version": version, "serial": "HMM0BDDPJAM", "ports": PORTS,
        "radios": RADIOS, "timers": ManualTimers(), **changed,
    }  # fmt: skip
    return LabDevice("bench", **arguments)  # type: ignore[arg-type]


def advance(device: LabDevice, seconds: float) -> None:
    assert isinstance(device.timers, ManualTimers)
    device.timers.advance(seconds)


def said(device: LabDevice, line: str) -> str:
    return device.execute(line).replace("\r\n", "\n").strip("\n")


def exported(device: LabDevice, options: str = "") -> str:
    text = said(device, f"/export {options}")
    return "\n".join(line for line in text.split("\n") if not line.startswith("#"))


BEFORE = """
/ip address add address=10.0.0.1/24 interface=ether1
/user group add name=own policy=read
/user add name=other group=own password=x
"""


def test_a_job_outlives_the_command_that_started_it() -> None:
    device = made()
    said(device, ':execute script=":delay 5s; /system identity set name=later" file=out')
    assert said(device, ":put [:len [/system script job find]]") == "1"
    advance(device, 4)
    assert device.identity == "MikroTik"
    advance(device, 2)
    assert device.identity == "later"
    assert device.files.get("out.txt") is not None
    assert said(device, ":put [:len [/system script job find]]") == "0"


def test_a_removed_job_does_nothing_more() -> None:
    device = made()
    device.import_script(
        '/system script add name=t source=":delay 5s; /system identity set name=x"'
    )
    said(device, ':execute script="/system script run t"')
    said(device, "/system script job remove [find script=t]")
    advance(device, 10)
    assert device.identity == "MikroTik"
    assert not device.programs.jobs


def test_the_output_of_a_job_goes_to_its_file() -> None:
    device = made()
    said(device, ':execute script=":put hello; /foo" file=out')
    file = device.files.get("out.txt")
    assert file is not None
    assert b"bad command name foo" in file.data


def test_a_startup_entry_runs_after_a_reboot_only() -> None:
    device = made()
    device.import_script(
        '/system scheduler add name=s start-time=startup on-event="/system identity set name=up"'
    )
    advance(device, 100)
    assert device.identity == "MikroTik"
    device.reboot()
    advance(device, device.boot_seconds + 2.9)
    assert device.identity == "MikroTik"
    advance(device, 0.2)
    assert device.identity == "up"


def test_a_startup_entry_with_an_interval_runs_on_a_grid_from_boot() -> None:
    device = made()
    advance(device, 80)
    device.import_script(
        "/system scheduler add name=s start-time=startup interval=90s "
        'on-event="/system identity set name=early"'
    )
    advance(device, 14)
    assert device.identity == "early", "13 seconds after it was added: 3 s + 90 s after boot"


def test_an_entry_of_a_forbidden_scheduler_is_refused() -> None:
    device = made(device_mode="home")
    assert said(device, "/system scheduler add name=s on-event=x") == (
        "failure: not allowed by device-mode"
    )


def test_scheduler_entries_get_a_start_and_are_exported() -> None:
    device = made()
    device.import_script("/system scheduler add name=s interval=1d on-event=x\n")
    line = exported(device).replace("\\\n    ", "").split("\n")[-1]
    assert "start-date=20" in line
    assert "policy=" in line


@pytest.mark.parametrize("fraction", [0.0, 0.2, 0.7])
def test_an_entry_without_a_start_first_runs_an_interval_later(fraction: float) -> None:
    device = made()
    advance(device, 10 + fraction)
    device.import_script(
        '/system scheduler add name=s interval=10s on-event="/system identity set name=ran"'
    )
    advance(device, 8.9)
    assert device.identity != "ran"
    advance(device, 2)
    assert device.identity == "ran"


@pytest.mark.parametrize("tenths", range(1, 10))
def test_an_entry_that_is_added_on_the_second_is_not_due_when_another_is(tenths: int) -> None:
    device = made()
    advance(device, 10)
    add = '/system scheduler add name={} interval={} on-event="/system identity set name={}"'
    device.import_script(add.format("slow", "1m", "ran"))
    device.import_script(add.format("quick", "1s", "quick"))
    for _ in range(15):
        # In steps, as a simulated world goes: what comes of adding them up is never round.
        advance(device, tenths / 10)
        device.scheduler._fire()
        assert device.identity != "ran"


def test_an_interval_repeats() -> None:
    device = made()
    device.import_script(
        "/system scheduler add name=s start-time=startup interval=10s "
        'on-event=":global n; :set n (\\$n + 1)"'
    )
    said(device, ":global n 0")
    advance(device, 34)
    assert said(device, ":global n; :put $n") == "4"


# -- power, files, backup ----------------------------------------------------------------------


def test_a_reboot_loses_jobs_globals_and_files_in_ram() -> None:
    device = made(flash_folder=True)
    device.files.write("ram.txt", b"x")
    device.files.write("flash/kept.txt", b"x")
    said(device, ":global g 1")
    said(device, ':execute script=":delay 1m"')
    device.reboot()
    assert not device.up
    advance(device, device.boot_seconds)
    assert device.up
    assert [file.name for file in device.files.listing()] == ["flash", "flash/kept.txt"]
    assert not device.programs.jobs
    assert not device.globals
    assert device.uptime == 0


def test_files_survive_a_reboot_without_a_flash_folder() -> None:
    device = made()
    device.files.write("kept.txt", b"x")
    device.reboot()
    advance(device, device.boot_seconds)
    assert device.files.get("kept.txt") is not None


@pytest.mark.parametrize("password", ["", "secret"])
def test_a_backup_brings_everything_back_and_reboots(password: str) -> None:
    device = made()
    device.import_script(BEFORE)
    before = exported(device)
    said(device, f'/system backup save name=b password="{password}"')
    device.import_script("/ip address remove [find]\n/user remove other\n")
    said(device, f'/system backup load name=b password="{password}"')
    assert not device.up
    advance(device, device.boot_seconds)
    assert exported(device) == before
    assert [item.get("name") for item in device.items("/user")] == ["admin", "other"]


def test_a_backup_with_another_password_is_refused() -> None:
    device = made()
    said(device, "/system backup save name=b password=one")
    assert said(device, "/system backup load name=b password=two") == "failure: wrong password"
    assert device.up


def test_a_full_flash_refuses_files() -> None:
    device = made()
    device.faults.flash_full = True
    assert said(device, "/system backup save name=b dont-encrypt=yes") == (
        "failure: not enough disk space"
    )


def test_a_reboot_at_a_statement_leaves_half_an_import() -> None:
    device = made()
    device.faults.reboot_at_statement = 2
    device.files.write("x.rsc", b"/system identity set name=one\n/system note set note=two\n")
    said(device, "/import file-name=x.rsc")
    assert not device.up
    assert device.identity == "one"
    assert device.settings("/system note")["note"] == ""


def test_ntp_takes_the_offset_away() -> None:
    class Reached:
        def __getattr__(self, name: str) -> object:
            return lambda *_, **__: name == "ping" or ()

    device = made(environment=Reached())
    device.clock.offset = -1e6
    device.import_script(
        "/system ntp client set enabled=yes\n/system ntp client servers add address=10.0.0.9\n"
    )
    advance(device, 2)
    assert device.clock.offset == 0
    assert "synchronized" in said(device, "/system ntp client print")


def test_a_time_zone_moves_the_local_time() -> None:
    device = made()
    before = device.clock.now().utcoffset()
    device.import_script("/system clock set time-zone-name=Asia/Jakarta\n")
    after = device.clock.now().utcoffset()
    assert before is not None
    assert after is not None
    assert (after - before).total_seconds() == 7 * 3600


def test_every_change_is_told() -> None:
    device = made()
    calls: list[int] = []
    device.changed = lambda: calls.append(1)
    device.import_script("/system identity set name=x\n")
    assert len(calls) == 1


def test_a_public_key_is_imported_from_a_file() -> None:
    device = made()
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f me"
    device.files.write("k.pub", key.encode())
    said(device, "/user ssh-keys import public-key-file=k.pub user=admin")
    assert device.items("/user ssh-keys")[0].get("key-owner") == "me"
    assert device.files.get("k.pub") is None


def test_a_broken_public_key_is_refused() -> None:
    assert "unable to load key file" in said(made(), '/user ssh-keys add user=admin key="x y"')
