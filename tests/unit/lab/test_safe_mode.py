"""Safe mode: what goes back when, what it says, and where it ends."""

from __future__ import annotations

import asyncio

import pytest

from sekayu_net.lab.conditions import Quirks
from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.safe_mode import MOST_ACTIONS, SILENCE_SECONDS
from sekayu_net.lab.shell import Shell
from sekayu_net.lab.timers import ManualTimers, run_now

OLD, EARLY, NEW = "6.49.17", "7.20.1", "7.22.3"
CTRL_X, CTRL_D = "\x18", "\x04"


def made(version: str = NEW, **given: object) -> LabDevice:
    device = LabDevice(
        "bench", model="RB5009UG+S+IN", version=version, serial="S1", ports=("ether1",),
        timers=ManualTimers(), **given,  # type: ignore[arg-type]
    )  # fmt: skip
    device.import_script("/user add name=ani group=full password=x\n")
    device.import_script("/user add name=budi group=full password=x\n")
    return device


def session(device: LabDevice, user: str = "ani") -> Session:
    return device.session(user, "192.0.2.9", lambda text: None, "shell")


def change(device: LabDevice, who: Session, name: str) -> None:
    run_now(device.console_line(f"/system identity set name={name}", who))


def typed(device: LabDevice, keys: str, user: str = "ani", who: Session | None = None) -> str:
    """What a terminal shows to someone who types ``keys`` and is gone."""
    chunks = [keys.encode()]
    shown: list[bytes] = []

    async def read() -> bytes:
        return chunks.pop(0) if chunks else b""

    async def execute(line: str, own: Session) -> None:
        run_now(device.console_line(line, own))

    asyncio.run(Shell(device, who or session(device, user), read, shown.append, execute).run())
    return b"".join(shown).decode("latin-1")


def test_a_lost_session_takes_all_changes_back() -> None:
    device = made()
    typed(device, f"{CTRL_X}/system identity set name=x\r")
    assert device.identity == "MikroTik"
    assert device.safe_mode.holder is None


def test_changes_of_other_sessions_go_back_too() -> None:
    device = made()
    holder, other = session(device), session(device, "budi")
    device.safe_mode.take(holder)
    change(device, other, "theirs")
    device.safe_mode.session_ended(holder)
    assert device.identity == "MikroTik"


def test_another_session_s_end_takes_nothing_back() -> None:
    device = made()
    holder, other = session(device), session(device, "budi")
    device.safe_mode.take(holder)
    change(device, holder, "mine")
    device.safe_mode.session_ended(other)
    assert device.identity == "mine"


WORDS = {
    OLD: ("[Safe Mode taken]", "[Safe Mode released]"),
    EARLY: ("[Safe Mode taken]", "[Safe Mode released]"),
    NEW: ("Taking Safe Mode session... Success!", "Safe Mode released"),
}


@pytest.mark.parametrize(("version", "words"), WORDS.items(), ids=WORDS)
def test_a_key_takes_and_releases(version: str, words: tuple[str, str]) -> None:
    device = made(version)
    shown = typed(device, f"{CTRL_X}/system identity set name=kept\r{CTRL_X}")
    assert device.identity == "kept"
    assert shown.index(words[0]) < shown.index("<SAFE> ") < shown.index(words[1])


def test_a_key_takes_all_back_and_stays_logged_in() -> None:
    device = made()
    shown = typed(device, f"{CTRL_X}/system identity set name=x\r{CTRL_D}/system note set note=y\r")
    assert device.identity == "MikroTik"
    assert device.settings("/system note")["note"] == "y"
    assert "Unrolling Safe Mode... Success!" in shown


QUESTION = "Hijacking Safe Mode from someone - unroll/release/don't take it [u/r/d]:"
#: version, who asks, the answer, what the device is called then, who holds, words
HIJACKS = {
    "unroll": (OLD, "budi", "u", "MikroTik", "budi", QUESTION),
    "release": (OLD, "budi", "r", "mine", "budi", QUESTION),
    "leave": (OLD, "budi", "d", "mine", "ani", QUESTION),
    "the same before 7.21": (EARLY, "budi", "u", "MikroTik", "budi", QUESTION),
    "one's own other session": (NEW, "ani", "r", "mine", "ani", "[u/r]? "),
    "one's own, left": (NEW, "ani", "n", "mine", "ani", "Action aborted."),
    "another's": (NEW, "budi", "", "mine", "ani", "taken by another user (ani). Action aborted."),
}


@pytest.mark.parametrize(
    ("version", "user", "answer", "name", "keeper", "words"), HIJACKS.values(), ids=HIJACKS
)
def test_what_another_holds_is_asked_for(
    version: str, user: str, answer: str, name: str, keeper: str, words: str
) -> None:
    device = made(version)
    told: list[str] = []
    first = session(device)
    first.write = told.append
    device.safe_mode.take(first)
    change(device, first, "mine")
    asker = session(device, user)
    seen: list[tuple[str, str]] = []
    ended = device.safe_mode.session_ended

    def note(who: Session) -> None:
        holder = device.safe_mode.holder
        seen.append((device.identity, holder.user if holder else ""))
        ended(who)

    device.safe_mode.session_ended = note  # type: ignore[method-assign]
    assert words in typed(device, f"{CTRL_X}{answer}", who=asker)
    assert seen == [(name, keeper)]
    taken = answer in ("u", "r") and words != "Action aborted."
    assert ("[Safe mode released by another user]" in "".join(told)) == taken


def test_a_hundred_actions_go_back() -> None:
    device = made()
    holder = session(device)
    device.safe_mode.take(holder)
    for number in range(MOST_ACTIONS):
        change(device, holder, f"n{number}")
    device.safe_mode.session_ended(holder)
    assert device.identity == "MikroTik"


@pytest.mark.parametrize(("overflow", "held"), [("lies", True), ("leaves", False)])
def test_one_more_is_kept_whatever_the_prompt_says(overflow: str, held: bool) -> None:
    device = made(quirks=Quirks(safe_mode_overflow=overflow))  # type: ignore[arg-type]
    holder = session(device)
    device.safe_mode.take(holder)
    for number in range(MOST_ACTIONS + 1):
        change(device, holder, f"n{number}")
    assert (device.safe_mode.holder is holder) == held
    device.safe_mode.session_ended(holder)
    assert device.identity == f"n{MOST_ACTIONS}"


def test_every_statement_of_an_import_counts() -> None:
    device = made()
    holder = session(device)
    device.safe_mode.take(holder)
    lines = "".join(f"/ip firewall address-list add list=l address=10.0.0.{n}\n" for n in range(9))
    device.files.write("x.rsc", lines.encode())
    run_now(device.console_line("/import file-name=x.rsc", holder))
    assert device.safe_mode.actions == 9
    device.safe_mode.session_ended(holder)
    assert device.items("/ip firewall address-list") == []


@pytest.mark.parametrize("how", ["reboot", "power_off"])
def test_a_reboot_keeps_the_changes_and_ends_it(how: str) -> None:
    device = made()
    holder = session(device)
    device.safe_mode.take(holder)
    change(device, holder, "kept")
    getattr(device, how)()
    device.power_on()
    assert isinstance(device.timers, ManualTimers)
    device.timers.advance(5)
    device.safe_mode.session_ended(holder)
    assert device.identity == "kept"
    assert device.safe_mode.holder is None


def test_a_peer_that_falls_silent_is_lost_after_nine_minutes() -> None:
    device = made()
    holder = session(device)
    hung: list[bool] = []
    holder.reachable, holder.hang_up = lambda: False, lambda: hung.append(True)
    device.safe_mode.take(holder)
    change(device, holder, "x")
    timers = device.timers
    assert isinstance(timers, ManualTimers)
    timers.advance(SILENCE_SECONDS - 2)
    assert device.identity == "x"
    timers.advance(4)
    assert device.identity == "MikroTik"
    assert hung == [True]


#: version, quirk, what is typed after a change, what the device is called then
QUITS = {
    "the manual": (EARLY, "keeps", "/quit\r", "mine"),
    "the other reading": (EARLY, "unrolls", "/quit\r", "MikroTik"),
    "agreed": (NEW, "keeps", "/quit\ry", "MikroTik"),
    "from 7.25 on": ("7.25", "keeps", "/quit\r", "MikroTik"),
}


@pytest.mark.parametrize(("version", "quirk", "keys", "name"), QUITS.values(), ids=QUITS)
def test_leaving_while_it_is_held(version: str, quirk: str, keys: str, name: str) -> None:
    device = made(version, quirks=Quirks(quit_in_safe_mode=quirk))  # type: ignore[arg-type]
    typed(device, f"{CTRL_X}/system identity set name=mine\r{keys}")
    assert device.identity == name


def test_leaving_is_asked_for_and_may_be_thought_over() -> None:
    device = made(NEW)
    shown = typed(device, f"{CTRL_X}/quit\rn/system note set note=still\r{CTRL_X}")
    assert "Quitting will unroll changes. Quit? [y/N]" in shown
    assert device.settings("/system note")["note"] == "still"


def test_an_exec_says_yes_and_holds_nothing() -> None:
    device = made()
    assert "Success!" in device.execute("/safe-mode take", user="ani")
    assert device.safe_mode.holder is None


def test_a_terminal_takes_it_by_a_command() -> None:
    device = made()
    shown = typed(device, "/safe-mode take\r/system identity set name=x\r/safe-mode unroll\r")
    assert "<SAFE> " in shown
    assert device.identity == "MikroTik"


def test_the_history_shows_what_floats() -> None:
    device = made()
    holder = session(device)
    change(device, holder, "before")
    device.safe_mode.take(holder)
    change(device, holder, "after")
    text = device.execute(
        ":foreach i in=[/system history find] do={:put [/system history get $i floating]}"
    )
    assert text.split()[:2] == ["true", "false"]


@pytest.mark.parametrize(
    ("version", "prompt"), [(OLD, "] /ip address> "), (NEW, "] /ip/address> ")]
)
def test_a_prompt_shows_the_menu_in_the_version_s_form(version: str, prompt: str) -> None:
    assert prompt in typed(made(version), "/ip address\r")
