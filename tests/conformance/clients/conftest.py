"""A simulated device for other people's clients: real SSH on loopback, one thread for its loop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import Listener, serve
from tests.loop_thread import loop_thread

T = TypeVar("T")
PASSWORD = "only-in-these-tests"
USER = "teknisi"
OLD, NEW, NEWEST = "6.49.17", "7.20.1", "7.23.2"
CONFIGURATION = f"""
/system identity set name=office-rtr1
/interface bridge add name=bridge1 comment="office network"
/interface vlan add name=vlan10 vlan-id=10 interface=bridge1
/ip address add address=10.0.0.1/24 interface=ether1 comment=uplink
/ip address add address=10.0.1.1/24 interface=vlan10
/user add name={USER} group=full password={PASSWORD}
"""
#: RouterOS 6 signs with SHA-1, which OpenSSH does not take unasked.
OLD_ALGORITHMS = ("-o", "HostKeyAlgorithms=+ssh-rsa", "-o", "PubkeyAcceptedAlgorithms=+ssh-rsa")


def is_old(version: str) -> bool:
    return version.startswith("6.")


@dataclass
class Bench:
    """One device and the files that a client needs to log in.

    ``known_hosts`` holds its key; ``key_file`` belongs to the user ``sekayu``.
    """

    device: LabDevice
    loop: asyncio.AbstractEventLoop
    listener: Listener
    folder: Path

    @property
    def port(self) -> int:
        return self.listener.port

    @property
    def known_hosts(self) -> Path:
        return self.folder / "known_hosts"

    @property
    def key_file(self) -> Path:
        return self.folder / "key"

    def on_loop(self, work: Callable[[], T]) -> T:
        """The device belongs to its loop's thread."""

        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def run(self, command: str) -> str:
        """What an exec as ``admin`` prints, with LF line ends."""
        return self.on_loop(lambda: self.device.execute(command)).replace("\r\n", "\n")

    def ssh_options(self) -> list[str]:
        """For OpenSSH's programs: no file of the person who runs the tests is read."""
        return [
            "-F", "/dev/null", "-o", "StrictHostKeyChecking=yes",
            "-o", f"UserKnownHostsFile={self.known_hosts}", "-o", "GlobalKnownHostsFile=/dev/null",
            "-o", "IdentitiesOnly=yes", "-o", "IdentityAgent=none", "-o", "LogLevel=ERROR",
            *(OLD_ALGORITHMS if is_old(self.device.version) else ()),
        ]  # fmt: skip

    def environment(self) -> dict[str, str]:
        """A home of the client's own, so that no settings of the person are read."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        return kept | {"HOME": str(self.folder), "USER": "nobody", "LC_ALL": "C.UTF-8"}


Maker = Callable[..., Bench]


@pytest.fixture
def make_bench(tmp_path: Path) -> Iterator[Maker]:
    """Benches on demand: ``make_bench(version, …arguments of LabDevice)``."""
    with loop_thread() as loop:
        made: list[Bench] = []

        def make(version: str = NEW, **given: Any) -> Bench:
            folder = tmp_path / f"bench{len(made)}"
            folder.mkdir(mode=0o700)
            algorithm = "ssh-rsa" if is_old(version) else "ssh-ed25519"
            host_key = asyncssh.generate_private_key(algorithm)
            key = asyncssh.generate_private_key(algorithm)
            key.write_private_key(str(folder / "key"))
            (folder / "key").chmod(0o600)
            arguments: dict[str, Any] = {
                "model": "RB5009UG+S+IN", "serial": "HMM0BDDPJAM",
                "ports": ("ether1", "ether2", "ether3"), "host_key": host_key, "boot_seconds": 0.3,
            }  # fmt: skip
            device = LabDevice("bench", version=version, **(arguments | given))
            device.import_script(CONFIGURATION)
            device.files.write("sekayu.pub", key.export_public_key())
            device.import_script(
                "/user add name=sekayu group=full password=unused\n"
                "/user ssh-keys import user=sekayu public-key-file=sekayu.pub\n"
            )
            starting = asyncio.run_coroutine_threadsafe(serve(device, lambda: True), loop)
            bench = Bench(device, loop, starting.result(20), folder)
            # The second form is for scrapli, which asks for the address without the port.
            public = host_key.export_public_key().decode()
            bench.known_hosts.write_text(f"[127.0.0.1]:{bench.port},127.0.0.1 {public}")
            made.append(bench)
            return bench

        yield make
        for bench in made:
            asyncio.run_coroutine_threadsafe(bench.listener.close(), loop).result(20)


@pytest.fixture
def bench(make_bench: Maker) -> Bench:
    return make_bench()
