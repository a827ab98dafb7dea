"""Faults by name: what each does to a device or its link, that it can be taken back, and which
names are refused."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from types import SimpleNamespace
from typing import Any

import asyncssh
import pytest

from sekayu_net.errors import LabError
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.faults import KINDS, set_fault
from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.ssh import serve
from sekayu_net.lab.timers import ManualTimers

HOST, OTHER = "lurah-kayu-ara-rtr1", "lurah-kayu-ara-ap1"
HOST_KEY = asyncssh.generate_private_key("ssh-ed25519")


class Network:
    def __init__(self) -> None:
        self.down: set[str] = set()

    def set_link(self, name: str, *, up: bool) -> None:
        (self.down.discard if up else self.down.add)(name)


def made() -> Any:
    """A lab of two devices whose time stands still; anybody may log in."""
    timers = ManualTimers()
    devices = {
        name: LabDevice(
            name, model="RB5009UG+S+IN", version="7.20.1", serial="S1", ports=("ether1",),
            timers=timers, host_key=HOST_KEY, radios=(("wifi1", "2ghz-ax"),),
        )
        for name in (HOST, OTHER)
    }  # fmt: skip
    return SimpleNamespace(devices=devices, network=Network(), flapping={}, timers=timers)


def said(lab: Any, line: str) -> str:
    return str(lab.devices[HOST].execute(line)).replace("\r\n", "\n").strip("\n")


# -- over SSH ------------------------------------------------------------------------------------

Clients = dict[str, asyncssh.SSHClientConnection]


def over_ssh(lab: Any, work: Callable[[Clients], Awaitable[bool]]) -> bool:
    """Log in to both devices, then let ``work`` see the connections."""

    async def run() -> bool:
        listeners, clients = [], {}
        for name, device in lab.devices.items():
            listeners.append(await serve(device, lambda: True))
            clients[name] = await asyncssh.connect(
                "127.0.0.1", listeners[-1].port, username="admin", known_hosts=None, config=None
            )
        try:
            return await asyncio.wait_for(work(clients), 20)
        finally:
            for client in clients.values():
                client.abort()
            for listener in listeners:
                await listener.close()

    return asyncio.run(run())


async def put(client: asyncssh.SSHClientConnection, text: str = "hello") -> str:
    return str((await client.run(f':put "{text}"', check=False)).stdout).strip()


def comes_last(lab: Any) -> bool:
    """Whether one answer of the device takes longer than three of the other in a row."""

    async def work(clients: Clients) -> bool:
        async def three() -> None:
            for _ in range(3):
                await put(clients[OTHER])

        slow = asyncio.ensure_future(put(clients[HOST], "x" * 4000))
        quick = asyncio.ensure_future(three())
        done, _ = await asyncio.wait({slow, quick}, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(slow, quick)
        return quick in done and slow not in done

    return over_ssh(lab, work)


def answers_noise(lab: Any) -> bool:
    async def work(clients: Clients) -> bool:
        done = await clients[HOST].run(':put "hello"', encoding=None, check=False)
        return done.stdout != b"hello\r\n"

    return over_ssh(lab, work)


def loses_its_session(lab: Any) -> bool:
    async def work(clients: Clients) -> bool:
        text = "x" * 4000
        try:
            return await put(clients[HOST], text) != text
        except (asyncssh.Error, OSError):
            return True

    return over_ssh(lab, work)


def turns_one_away(lab: Any) -> bool:
    async def run() -> bool:
        listener = await serve(lab.devices[HOST], lambda: True)
        let_in = []
        try:
            for _ in range(2):
                try:
                    client = await asyncssh.connect(
                        "127.0.0.1", listener.port, username="admin", known_hosts=None, config=None
                    )
                except (asyncssh.Error, OSError):
                    let_in.append(False)
                else:
                    let_in.append(True)
                    client.abort()
                    await client.wait_closed()
        finally:
            await listener.close()
        return let_in == [False, True]

    return asyncio.run(run())


def shows_another_key(lab: Any) -> bool:
    async def work(clients: Clients) -> bool:
        shown = clients[HOST].get_server_host_key()
        assert shown is not None
        return shown.public_data != HOST_KEY.public_data

    return over_ssh(lab, work)


# -- on the device -------------------------------------------------------------------------------

STEPS = "/system note set note=one\n/system note set note=two\n/system note set note=three\n"


def note_after_an_import(lab: Any) -> str:
    device = lab.devices[HOST]
    device.files.write("x.rsc", STEPS.encode())
    said(lab, "/import file-name=x.rsc")
    return str(device.settings("/system note")["note"])


def stops_after_one_and_boots(lab: Any) -> bool:
    stopped = note_after_an_import(lab) == "one" and not lab.devices[HOST].up
    lab.timers.advance(5)
    return stopped and lab.devices[HOST].up


def stops_after_one_and_stays_dark(lab: Any) -> bool:
    stopped = note_after_an_import(lab) == "one"
    lab.timers.advance(5)
    return stopped and not lab.devices[HOST].up


def another_writes_in_between(lab: Any) -> bool:
    note_after_an_import(lab)
    return "other: /system identity set name=theirs" in [
        entry.message for entry in lab.devices[HOST].log.entries
    ]


def refuses_a_scheduler_entry(words: str) -> Callable[[Any], bool]:
    return lambda lab: words in said(lab, "/system scheduler add name=x interval=1h")


def rejects(lab: Any) -> bool:
    return note_after_an_import(lab) == "one"


def takes_time_for_statements(lab: Any) -> bool:
    said(lab, ':execute script="/system note set note=a; /system note set note=b"')
    lab.timers.advance(1)
    half = lab.devices[HOST].settings("/system note")["note"] == "a"
    lab.timers.advance(1)
    return half and lab.devices[HOST].settings("/system note")["note"] == "b"


def flaps(lab: Any) -> bool:
    seen = []
    for _ in range(4):
        seen.append(HOST in lab.network.down)
        lab.timers.advance(1)
    return seen == [True, False, True, False]


def has_no_room(lab: Any) -> bool:
    try:
        lab.devices[HOST].files.write("x", b"x")
    except DiskFullError:
        return True
    return False


def is_off_the_air(lab: Any) -> bool:
    said(lab, "/interface wifi enable [find]")
    return "state: running" not in said(lab, "/interface wifi monitor wifi1 once")


def gives_away_half(lab: Any) -> bool:
    said(lab, "/ip pool add name=p ranges=10.0.0.10-10.0.0.19")
    return said(lab, "/ip pool used print count-only where pool=p") == "5"


def hears_no_time(lab: Any) -> bool:
    said(lab, "/system ntp client set enabled=yes")
    lab.devices[HOST].clock.synchronise()
    return "status: waiting" in said(lab, "/system ntp client print")


#: kind → what is given, and how one sees it
EFFECTS: dict[str, tuple[str | None, Callable[[Any], bool]]] = {
    "link-down": (None, lambda lab: HOST in lab.network.down),
    "flapping": ("2", flaps),
    "power-off": (None, lambda lab: not lab.devices[HOST].up),
    "latency": ("0.1", comes_last),
    "bandwidth": ("5000", comes_last),
    "slow": ("0.5", comes_last),
    "slow-statements": ("1", takes_time_for_statements),
    "garbage": (None, answers_noise),
    "session-loss": ("3000", loses_its_session),
    "upload-loss": ("3000", loses_its_session),
    "turn-away": ("1", turns_one_away),
    "reboot-at-statement": ("2", stops_after_one_and_boots),
    "power-off-at-statement": ("2", stops_after_one_and_stays_dark),
    "flash-full": (None, has_no_room),
    "scheduler-forbidden": (None, refuses_a_scheduler_entry("not allowed by device-mode")),
    "flagged": (None, refuses_a_scheduler_entry("configuration flagged")),
    "clock-jump": ("-86400", lambda lab: said(lab, ":put [/system clock get date]") < "2026"),
    "other-admin": ("2:/system identity set name=theirs", another_writes_in_between),
    "host-key": (None, shows_another_key),
    "serial": (
        "HEXOTHER",
        lambda lab: said(lab, ":put [/system routerboard get serial-number]") == "HEXOTHER",
    ),
    "reject": ("note=two", rejects),
    "cpu": ("97", lambda lab: said(lab, ":put [/system resource get cpu-load]") == "97"),
    "memory": ("75", lambda lab: "256.0MiB" in said(lab, "/system resource print")),
    "pools": ("50", gives_away_half),
    "no-time": (None, hears_no_time),
    "radios-off": (None, is_off_the_air),
}


@pytest.mark.parametrize(("kind", "value"), [(k, v) for k, (v, _) in EFFECTS.items()])
def test_a_fault_does_what_it_says_until_it_is_taken_back(kind: str, value: str | None) -> None:
    shows = EFFECTS[kind][1]
    assert not shows(made())
    lab = made()
    set_fault(lab, HOST, kind, value)
    assert shows(lab)
    lab = made()
    set_fault(lab, HOST, kind, value)
    set_fault(lab, HOST, kind, clear=True)
    lab.timers.advance(5)
    assert not shows(lab)


def test_every_kind_is_tried_here() -> None:
    assert {*EFFECTS, "link-up", "power-on", "reboot"} == set(KINDS)


def test_a_fault_leaves_the_other_devices_alone() -> None:
    lab = made()
    before = asdict(lab.devices[OTHER].faults)
    for kind, (value, _) in EFFECTS.items():
        set_fault(lab, HOST, kind, value)
    assert asdict(lab.devices[OTHER].faults) == before
    assert OTHER not in lab.network.down


def test_all_faults_are_taken_back_together() -> None:
    lab, fresh = made(), made()
    for kind, (value, _) in EFFECTS.items():
        set_fault(lab, HOST, kind, value)
    set_fault(lab, HOST, "all", clear=True)
    lab.timers.advance(5)
    assert asdict(lab.devices[HOST].faults) == asdict(fresh.devices[HOST].faults)
    assert lab.devices[HOST].up
    assert lab.network.down == set()
    assert lab.flapping == {}


def test_a_cut_link_and_a_flapping_one_are_mended_by_hand() -> None:
    lab = made()
    set_fault(lab, HOST, "flapping", "2")
    set_fault(lab, HOST, "link-up")
    lab.timers.advance(10)
    assert lab.network.down == set()


def test_power_and_reboot_reach_the_device() -> None:
    lab = made()
    set_fault(lab, HOST, "power-off")
    set_fault(lab, HOST, "power-on")
    lab.timers.advance(5)
    assert lab.devices[HOST].up
    set_fault(lab, HOST, "reboot")
    assert not lab.devices[HOST].up
    lab.timers.advance(5)
    assert lab.devices[HOST].up


def test_another_administrator_acts_at_once_without_a_number() -> None:
    lab = made()
    set_fault(lab, HOST, "other-admin", "/system identity set name=theirs")
    assert lab.devices[HOST].identity == "theirs"


def test_another_administrator_s_statement_falls_between_two_of_an_import() -> None:
    lab = made()
    set_fault(lab, HOST, "other-admin", "2:/system note set note=theirs")
    device = lab.devices[HOST]
    device.files.write("x.rsc", STEPS.replace("note=three", "show-at-login=no").encode())
    said(lab, "/import file-name=x.rsc")
    assert device.settings("/system note")["note"] == "theirs"


def test_another_host_key_is_a_new_one_each_time() -> None:
    lab = made()
    set_fault(lab, HOST, "host-key")
    first = lab.devices[HOST].faults.host_key
    set_fault(lab, HOST, "host-key")
    assert first.public_data != lab.devices[HOST].faults.host_key.public_data


REFUSED = [
    ("lurah-kayu-ara-rtr", "slow", None, False, "lurah-kayu-ara-rtr1"),
    (HOST, "link-dwn", None, False, "link-down"),
    (HOST, "latency", "-1", False, "SECONDS"),
    (HOST, "latency", "long", False, "SECONDS"),
    (HOST, "flapping", "0", False, "SECONDS"),
    (HOST, "bandwidth", "0", False, "BYTES"),
    (HOST, "session-loss", "0", False, "BYTES"),
    (HOST, "clock-jump", "1e20", False, "SECONDS"),
    (HOST, "garbage", "5", False, "garbage"),
    (HOST, "reject", None, False, "TEXT"),
    (HOST, "other-admin", None, False, "STATEMENT"),
    (HOST, "other-admin", "hello", False, "STATEMENT"),
    (HOST, "reboot", None, True, "reboot it once"),
    (HOST, "all", None, False, "there are"),
]


@pytest.mark.parametrize(("host", "kind", "value", "clear", "hint"), REFUSED)
def test_what_makes_no_sense_is_refused_with_what_would(
    host: str, kind: str, value: str | None, clear: bool, hint: str
) -> None:
    with pytest.raises(LabError) as caught:
        set_fault(made(), host, kind, value, clear=clear)
    assert hint in (caught.value.hint or "")
