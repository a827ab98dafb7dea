"""The console on a terminal, typed at without SSH: dialogues, repainting, log lines, safe mode."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from sekayu_net.lab.conditions import Quirks
from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.shell import Shell
from sekayu_net.lab.terminal import Terminal, bare_user
from sekayu_net.lab.timers import run_now

OLD, MIDDLE, NEW = "6.49.17", "7.20.1", "7.23.2"
BOTTOM = "\x1b[9999B"


class Typist:
    """A login: ``type`` gives what was painted since, once the shell waits again."""

    def __init__(
        self,
        device: LabDevice,
        login: str = "teknisi+ct200w",
        last_login: datetime | None = None,
    ) -> None:
        self.painted = ""
        self._keys: asyncio.Queue[bytes] = asyncio.Queue()
        self._waits = asyncio.Event()
        user = bare_user(login)
        session = device.session(user, "10.0.0.9", lambda text: None, "shell")
        session.width = 200
        self.shell = Shell(
            device, session, Terminal.of(login), last_login, self._read, self._write, self._execute
        )
        self._device = device
        self.running = asyncio.ensure_future(self.shell.run())

    async def _read(self) -> bytes:
        if self._keys.empty():
            self._waits.set()
        return await self._keys.get()

    def _write(self, data: bytes) -> None:
        self.painted += data.decode("latin-1")

    async def _execute(self, line: str, session: Session) -> None:
        run_now(self._device.console_line(line, session))

    async def type(self, keys: str = "") -> str:
        if keys:
            self._waits.clear()
            self._keys.put_nowait(keys.encode("latin-1"))
        done, _ = await asyncio.wait(
            [asyncio.ensure_future(self._waits.wait()), self.running],
            timeout=5, return_when=asyncio.FIRST_COMPLETED,
        )  # fmt: skip
        assert done, f"the shell does not wait for keys: {self.painted!r}"
        painted, self.painted = self.painted, ""
        return painted

    async def leave(self) -> None:
        self._keys.put_nowait(b"")
        await asyncio.wait_for(self.running, 5)


def device(version: str = MIDDLE, **given: object) -> LabDevice:
    made = LabDevice(
        "bench", model="RB5009UG+S+IN", version=version, serial="X", ports=("ether1",), **given
    )  # type: ignore[arg-type]
    made.import_script("/user add name=teknisi group=full password=x\n")
    made.import_script("/user add name=other group=full password=x\n")
    return made


def typed(story: Callable[[], Awaitable[None]]) -> None:
    async def bounded() -> None:
        await asyncio.wait_for(story(), 30)

    asyncio.run(bounded())


@pytest.mark.parametrize(
    ("version", "asks", "end"),
    [(OLD, "", "\x1b[K"), (MIDDLE, "", ""), (NEW, "\x1b[c", "")],
)
def test_the_prompt_is_painted_twice_at_the_bottom(version: str, asks: str, end: str) -> None:
    async def story() -> None:
        typist = Typist(device(version))
        painted = await typist.type()
        prompt = "[teknisi@MikroTik] > "
        assert painted.endswith(f"\r\n\r\r\r\r{BOTTOM}{prompt}{asks}\r{prompt}{end}")

    typed(story)


@pytest.mark.parametrize(("version", "end"), [(OLD, "\x1b[K"), (MIDDLE, "")])
def test_enter_paints_the_line_again_before_its_output(version: str, end: str) -> None:
    async def story() -> None:
        typist = Typist(device(version))
        await typist.type()
        assert await typist.type(":put 7") == ":put 7"
        assert (await typist.type("\r")).startswith(
            f"\r[teknisi@MikroTik] > :put 7{end}\r\n7\r\n\r\r\r\r{BOTTOM}[teknisi@MikroTik] > "
        )

    typed(story)


@pytest.mark.parametrize("enter", ["\r", "\n", "\r\n"])
def test_each_form_of_enter_is_one(enter: str) -> None:
    async def story() -> None:
        typist = Typist(device())
        await typist.type()
        assert (await typist.type(":put 7" + enter)).count(BOTTOM) == 1

    typed(story)


def test_a_dumb_terminal_gets_no_escape_sequences() -> None:
    async def story() -> None:
        typist = Typist(device(NEW), "teknisi+cet511w4098h")
        painted = await typist.type() + await typist.type(":put 7\r")
        assert "\x1b" not in painted
        prompt = "[teknisi@MikroTik] > "
        assert painted.endswith(f"\r\r\r\r{prompt.ljust(200)}\r{prompt}")

    typed(story)


@pytest.mark.parametrize(
    ("version", "prompt"),
    [(OLD, "[teknisi@MikroTik] /ip address> "), (MIDDLE, "[teknisi@MikroTik] /ip/address> ")],
)
def test_a_submenu_stands_in_the_prompt(version: str, prompt: str) -> None:
    async def story() -> None:
        typist = Typist(device(version))
        await typist.type()
        assert (await typist.type("/ip address\r")).count(prompt) == 2

    typed(story)


def test_a_terminal_that_says_its_size_sees_output() -> None:
    async def story() -> None:
        typist = Typist(device(), "teknisi")
        assert (await typist.type()).endswith("\x1b[6n")
        assert "[teknisi@MikroTik] > " in await typist.type("\x1b[40;120R")
        assert "7\r\n" in await typist.type(":put 7\r")

    typed(story)


def test_a_terminal_that_says_nothing_waits_and_sees_no_output() -> None:
    async def story() -> None:
        typist = Typist(device(quirks=Quirks(terminal_probe_seconds=0.05)), "teknisi")
        await typist.type()
        while "] > " not in typist.painted:  # noqa: ASYNC110 - the probe runs out
            await asyncio.sleep(0.01)
        await typist.type()
        assert "\r\n7" not in await typist.type(":put 7\r")

    typed(story)


def test_the_licence_is_asked_about_once_after_a_reset() -> None:
    async def story() -> None:
        made = device()
        made.license_unread = True
        first = Typist(made)
        assert "see the software license? [Y/n]: " in await first.type()
        assert (await first.type("n")).endswith("] > ")
        assert "license" not in await Typist(made).type()

    typed(story)


@pytest.mark.parametrize(
    ("version", "words"), [(OLD, "Change your password\r\n"), (MIDDLE, "(Ctrl-C to skip)\r\n")]
)
def test_an_account_without_password_is_asked_for_one(version: str, words: str) -> None:
    async def story() -> None:
        made = device(version)
        typist = Typist(made, "admin+ct")
        painted = await typist.type()
        assert words in painted
        assert painted.endswith("new password> \rnew password> ")
        assert (await typist.type("\x03")).rstrip("\x1b[K").endswith("\r[admin@MikroTik] > ")
        again = Typist(made, "admin+ct")
        await again.type()
        await again.type("secret\r")
        await again.type("secret\r")
        assert made.state.named("/user", "admin").get("password") == "secret"  # type: ignore[union-attr]

    typed(story)


def test_critical_lines_that_the_user_missed_stand_below_the_banner() -> None:
    async def story() -> None:
        made = device(OLD)
        made.log.add(("system", "error", "critical"), "login failure for user admin via api")
        assert "system,error,critical login failure" in await Typist(made).type()
        later = made.clock.now() + timedelta(days=1)
        assert "login failure" not in await Typist(made, last_login=later).type()

    typed(story)


def test_a_critical_line_breaks_into_an_idle_session() -> None:
    async def story() -> None:
        made = device()
        typist = Typist(made)
        await typist.type()
        await typist.type("/ip ad")
        made.log.add(("system", "error", "critical"), "login failure for user admin via ssh")
        made.log.add(("system", "info"), "nobody is told")
        painted = typist.painted
        assert " echo: system,error,critical login failure for user admin via ssh\x1b[K" in painted
        assert painted.endswith("[teknisi@MikroTik] > /ip ad")
        assert "nobody" not in painted

    typed(story)


def test_no_line_breaks_in_without_the_rule_that_echoes() -> None:
    async def story() -> None:
        made = device()
        made.execute("/system logging disable [find action=echo]")
        typist = Typist(made)
        await typist.type()
        made.log.add(("system", "error", "critical"), "login failure")
        assert typist.painted == ""

    typed(story)


@pytest.mark.parametrize("key", ["\x18", "\x1b[14~", "\x1bOS"], ids=["Ctrl-X", "F4", "PF4"])
def test_safe_mode_is_taken_and_released_with_a_key(key: str) -> None:
    async def story() -> None:
        made = device()
        typist = Typist(made)
        await typist.type()
        painted = await typist.type(key)
        assert painted.startswith("\r\n[Safe Mode taken]\r\n")
        assert painted.count("[teknisi@MikroTik] <SAFE> ") == 2
        await typist.type("/system identity set name=kept\r")
        assert (await typist.type(key)).startswith("\r\n[Safe Mode released]\r\n")
        await typist.leave()
        assert made.identity == "kept"

    typed(story)


@pytest.mark.parametrize("take", ["\x18", "/safe-mode take\r"], ids=["a key", "a command"])
@pytest.mark.parametrize(
    ("answer", "name"), [("u", "MikroTik"), ("r", "floating"), ("x", "floating")]
)
def test_safe_mode_held_by_another_session_can_be_had(take: str, answer: str, name: str) -> None:
    async def story() -> None:
        made = device(NEW)
        first, second = Typist(made), Typist(made)
        await first.type()
        await second.type()
        await first.type("\x18")
        await first.type("/system identity set name=floating\r")
        assert (await second.type(take)).endswith("[u/r]? ")
        painted = await second.type(answer)
        assert painted.startswith(f"{answer}\r\n")
        assert ("<SAFE>" in painted) == (answer != "x")
        assert made.identity == name
        assert ("released by another user" in first.painted) == (answer != "x")

    typed(story)
