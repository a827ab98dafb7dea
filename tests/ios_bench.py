"""A simulated IOS device on loopback, for tests that talk to it over SSH."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh

from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.ssh import greet
from sekayu_net.lab.ios.surroundings import Alone, NeighborRow, OspfRow, RouteRow
from sekayu_net.lab.ssh import Listener, serve
from tests.loop_thread import loop_thread

T = TypeVar("T")
USER, WATCHER = "teknisi", "penonton"
PASSWORD, ENABLE = "only-in-these-tests", "also-only-in-these-tests"
CONFIGURATION = (Path(__file__).parent / "cases/ios/bench.cfg").read_text("utf-8")
NEW, OLD = "17.6.5", "15.7(3)M8"
#: The bench's ports in panel order, by version.
PORTS = {
    NEW: ("GigabitEthernet0/0/0", "GigabitEthernet0/0/1", "GigabitEthernet0/0/2"),
    OLD: ("GigabitEthernet0/0", "GigabitEthernet0/1", "GigabitEthernet0/2"),
}
_HOST_KEY = asyncssh.generate_private_key("ssh-rsa", key_size=2048)


class Street(Alone):
    """One neighbour on the first port, and the way to the Internet behind it."""

    def ping(self, device: IosDevice, address: str, source: str = "") -> bool:
        return address in ("8.8.8.8", "10.0.0.9", "10.0.0.1") or super().ping(device, address)

    def link(self, device: IosDevice, port: str) -> bool:
        return port in device.ports[:2]

    def routes(self, device: IosDevice) -> Sequence[RouteRow]:
        return super().routes(device)

    def ospf(self, device: IosDevice) -> Sequence[OspfRow]:
        return [OspfRow("10.255.0.1", "10.0.0.1", device.ports[0])]

    def neighbors(self, device: IosDevice) -> Sequence[NeighborRow]:
        return [
            NeighborRow(
                device.ports[0], "provider-rtr1", "sfp-sfpplus1", "10.0.0.1", "0011.2233.4455",
                "MikroTik RouterOS 7.20.1 (stable) CCR2004-1G-12S+2XS",
            )
        ]  # fmt: skip


def make_device(version: str = NEW, **given: Any) -> IosDevice:
    """The device of the bench, configured and saved."""
    arguments: dict[str, Any] = {
        "model": "ISR4331/K9" if version == NEW else "CISCO2911/K9",
        "serial": "FDO2229A0AB", "ports": PORTS[version], "host_key": _HOST_KEY,
        "boot_seconds": 0.2, "surroundings": Street(),
    }  # fmt: skip
    device = IosDevice("rtr2", version=version, **(arguments | given))
    text = CONFIGURATION
    for new, old in zip(PORTS[NEW], PORTS[OLD], strict=True):
        text = text.replace(new, old) if version == OLD else text
    device.import_script(text)
    return device


@dataclass
class IosBench:
    """One device that listens on ``port``."""

    device: IosDevice
    loop: asyncio.AbstractEventLoop
    listener: Listener

    @property
    def port(self) -> int:
        return self.listener.port

    def on_loop(self, work: Callable[[], T]) -> T:
        """The device belongs to its loop's thread."""

        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def running(self) -> str:
        """The running configuration."""
        return self.on_loop(self.device.running_text)


@contextmanager
def ios_bench(
    version: str = NEW, gate: Callable[[], bool] = lambda: True, **given: Any
) -> Iterator[IosBench]:
    """A device that listens until the end."""
    with loop_thread() as loop:
        device = make_device(version, **given)
        starting = asyncio.run_coroutine_threadsafe(serve(device, gate, greet=greet), loop)
        bench = IosBench(device, loop, starting.result(20))
        try:
            yield bench
        finally:
            asyncio.run_coroutine_threadsafe(bench.listener.close(), loop).result(20)
