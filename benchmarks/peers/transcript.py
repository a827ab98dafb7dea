"""What a device answers to the commands of an audit, written down once from the lab's device.

``record`` lets the product's own read meet a device of the lab and keeps each exec line with its
answer, and the answers to the plain commands that other tools' users would type for the same.
``Answers`` gives them back: random marks in a line stand in its answer too.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import asyncssh

if TYPE_CHECKING:
    from sekayu_net.platforms.routeros.driver import RouterOSDriver

#: The product's random marks: at the start of a quoted string, or after its name.
MARK = re.compile(r'(?<=")(sekayu-)?([0-9a-f]{8,32})|(?<=sekayu-)()([0-9a-f]{8,32})')
#: What an audit reads, as someone types it: the same as the product's read, statement by statement.
PLAIN = (
    "/export show-sensitive",
    "/system identity print",
    "/system resource print",
    "/system routerboard print",
    "/user print detail",
    "/user group print detail",
    "/user ssh-keys print detail",
    "/system package print detail",
    "/file print",
    "/certificate print detail",
    "/system device-mode print",
    "/system history print",
    '/log print where message~" by "',
    "/system script print detail",
)
#: The one command of the small comparison.
EXPORT = PLAIN[:1]
MODEL, VERSION, SERIAL = "RB5009UG+S+IN", "7.20.4", "HMM0BDDPJAM"
PORTS = ("ether1", "ether2", "ether3", "ether4", "ether5", "ether6", "ether7", "ether8")
#: Entries that bring the export to some 10 KB, that of an office's router.
LISTED = 170


def generalised(line: str) -> tuple[str, tuple[str, ...]]:
    """A line with its random marks numbered, and the marks."""
    marks: list[str] = []

    def put(found: re.Match[str]) -> str:
        mark = found.group(2) or found.group(4)
        if mark not in marks:
            marks.append(mark)
        return f"{found.group(1) or found.group(3) or ''}<{marks.index(mark)}>"

    return MARK.sub(put, line), tuple(marks)


@dataclass(frozen=True, slots=True)
class Answers:
    """Answers by generalised line."""

    known: Mapping[str, str]

    @classmethod
    def of(cls, pairs: Sequence[tuple[str, str]]) -> Answers:
        """From lines as they were said and answers as they came."""
        known = {}
        for line, answer in pairs:
            general, marks = generalised(line)
            for number, mark in enumerate(marks):
                answer = answer.replace(mark, f"<{number}>")  # noqa: PLW2901
            known[general] = answer
        return cls(known)

    def answer(self, line: str) -> str | None:
        """What the device prints to a line; None for one that was never asked."""
        general, marks = generalised(line)
        found = self.known.get(general)
        if found is not None:
            for number, mark in enumerate(marks):
                found = found.replace(f"<{number}>", mark)
        return found


@dataclass(frozen=True, slots=True)
class Recording:
    """``exec`` are the product's lines in their order, marks and all; ``pairs`` everything."""

    exec: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


def configuration(user: str, password: str) -> str:
    """A router of an office, by size and kinds of entries."""
    listed = "\n".join(
        f'/ip firewall address-list add list=office-{n % 5} address=10.{n}.0.0/16 comment="{n}"'
        for n in range(1, LISTED)
    )
    return f"""
/system identity set name=office-rtr1
/interface bridge add name=bridge1 comment="office network"
/interface vlan add name=vlan10 vlan-id=10 interface=bridge1
/ip address add address=10.0.0.1/24 interface=ether1 comment=uplink
/ip address add address=10.0.1.1/24 interface=vlan10
/user add name={user} group=full password={password}
{listed}
"""


def ask_audit(driver: RouterOSDriver) -> None:
    """Everything that an audit asks."""
    driver.read_at_once()


def record(
    user: str, password: str, ask: Callable[[RouterOSDriver], None] = ask_audit
) -> Recording:
    """Meet a device of the lab once with everything that is asked in a comparison."""
    from sekayu_net.lab.device import LabDevice
    from sekayu_net.lab.ssh import serve

    key = asyncssh.generate_private_key("ssh-ed25519")
    device = LabDevice(
        "office-rtr1", model=MODEL, version=VERSION, serial=SERIAL, ports=PORTS, host_key=key
    )
    device.import_script(configuration(user, password))
    said: list[tuple[str, str]] = []

    async def meet() -> None:
        listener = await serve(device, lambda: True)
        try:
            with TemporaryDirectory() as folder:
                known_hosts = Path(folder) / "known_hosts"
                known_hosts.write_text(f"office-rtr1 {key.export_public_key().decode()}")
                await asyncio.to_thread(
                    _read, listener.port, known_hosts, user, password, said, ask
                )
        finally:
            await listener.close()

    asyncio.run(meet())
    lines = tuple(line for line, _ in said)
    plain = [(line, device.execute(line).replace("\r\n", "\n")) for line in PLAIN]
    return Recording(lines, (*said, *plain))


def _read(
    port: int,
    known_hosts: Path,
    user: str,
    password: str,
    said: list[tuple[str, str]],
    ask: Callable[[RouterOSDriver], None],
) -> None:
    from sekayu_net.errors import DeviceError
    from sekayu_net.platforms import transport
    from sekayu_net.platforms.base import Target
    from sekayu_net.platforms.routeros.driver import RouterOSDriver
    from sekayu_net.platforms.routeros.session import Session

    class Listening(transport.Connection):
        def run(self, command: str, *given: Any, **options: Any) -> str:
            answer = super().run(command, *given, **options)
            said.append((command, answer))
            return answer

        def run_all(
            self, requests: Sequence[transport.Request], **options: Any
        ) -> list[str | DeviceError]:
            answers = super().run_all(requests, **options)
            said.extend(
                (each.command, str(one)) for each, one in zip(requests, answers, strict=True)
            )
            return answers

    def connect(target: Target) -> transport.Connection:
        made = transport.connect(target)
        made.__class__ = Listening
        return made

    target = Target(
        host="office-rtr1",
        address="127.0.0.1",
        port=port,
        username=user,
        known_hosts=known_hosts,
        password=password,
        version=VERSION,
    )
    driver = RouterOSDriver.for_target(target)
    driver.session = Session(target, connect)
    driver.open()
    ask(driver)
    driver.close()
