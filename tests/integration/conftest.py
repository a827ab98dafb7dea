"""A simulated device on a bench: real SSH on loopback, silent while its address is missing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

import asyncssh
import pytest

from sekayu_net.errors import (
    DeviceError,
)
from sekayu_net.lab.device import LabDevice
from sekayu_net.lab.ssh import serve
from sekayu_net.platforms.base import Guard, Target
from sekayu_net.platforms.routeros.driver import RouterOSDriver
from tests.integration.bench_scripts import INVERSE, LONG, SCRIPT, TOKEN
from tests.loop_thread import loop_thread

T = TypeVar("T")


@dataclass
class Bench:
    """One device on a bench, silent while its management address is missing."""

    device: LabDevice
    target: Target
    loop: asyncio.AbstractEventLoop
    listener: Any = None
    drivers: list[RouterOSDriver] = field(default_factory=list)

    def on_loop(self, work: Callable[[], T]) -> T:
        """The device belongs to its event loop's thread."""

        async def call() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def unopened(self, **changed: Any) -> RouterOSDriver:
        return RouterOSDriver.for_target(replace(self.target, **changed))

    def driver(self, **changed: Any) -> RouterOSDriver:
        driver = self.unopened(**changed)
        self.drivers.append(driver)
        driver.open()
        return driver

    def export(self) -> str:
        text = self.on_loop(lambda: self.device.execute("/export", user="sekayu"))
        return "\n".join(line for line in text.splitlines() if not line.startswith("#"))

    def names(self) -> set[str]:
        """Everything of ours that is on the device."""

        def look() -> list[str]:
            menus = ("/system script", "/system scheduler")
            entries = [item.get("name") for menu in menus for item in self.device.items(menu)]
            return entries + [file.name for file in self.device.files.listing()]

        return {name for name in self.on_loop(look) if "sekayu-" in name}

    def waits(self) -> bool | None:
        """Whether a change is pending on the device; None when it does not answer."""
        driver = RouterOSDriver.for_target(replace(self.target, timeout=1))
        try:
            driver.open()
            return driver.pending() is not None
        except DeviceError:
            return None
        finally:
            driver.close()

    def commit(
        self, driver: RouterOSDriver, script: str = SCRIPT, inverse: str = INVERSE, **changed: Any
    ) -> Guard:
        """Push the usual change under the undo that the device offers."""
        guard = driver.guard()
        arguments: dict[str, Any] = {"token": TOKEN, "revert_in": LONG, "on_armed": lambda: None}
        arguments.update(changed)
        driver.commit_change(script, inverse, guard=guard, **arguments)
        return guard

    def record(self) -> str:
        """The comment that holds the state; empty without."""
        return self.on_loop(
            lambda: next(
                (
                    item.get("comment")
                    for item in self.device.items("/system script")
                    if item.get("name") == "sekayu-pending"
                ),
                "",
            )
        )

    def end_as_resume_does(self, before: str) -> None:
        """Nothing that waits is kept, and there are no leftovers."""
        self.until(lambda: self.waits() is False or self.record().startswith("state=arming"))
        driver = self.driver()
        waiting = driver.pending()
        if waiting is not None:
            driver.revert(waiting.token)
        driver.clean()
        assert self.export() == before
        assert self.names() == set()

    def until(self, done: Callable[[], bool], seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while not done():
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)


def bench(folder: Path, **made: Any) -> Iterator[Bench]:
    with loop_thread() as loop:
        old = str(made.get("version", "7")).startswith("6.")
        algorithm = "ssh-rsa" if old else "ssh-ed25519"
        key = asyncssh.generate_private_key(algorithm)
        key_file = folder / "key"
        key.write_private_key(str(key_file))
        key_file.chmod(0o600)
        host_key = asyncssh.generate_private_key(algorithm)
        arguments: dict[str, Any] = {
            "model": "RB5009UG+S+IN",
            "version": "7.20.1",
            "serial": "HMM0BDDPJAM",
            "ports": ("ether1", "ether2", "ether3"),
            "host_key": host_key,
        }
        arguments.update(made)
        device = LabDevice("office-rtr1", **arguments)

        def managed() -> bool:
            return device.up and any(
                item.get("address") == "10.0.0.1/24" and not item.disabled
                for item in device.items("/ip address")
            )

        async def start() -> Any:
            public = key.export_public_key().decode().strip()
            device.files.write("sekayu.pub", public.encode())
            device.import_script(
                "/ip address add address=10.0.0.1/24 interface=ether1\n"
                "/system identity set name=office-rtr1\n"
                '/user add name=sekayu group=full password="unused and long"\n'
                "/user ssh-keys import user=sekayu public-key-file=sekayu.pub\n"
            )
            return await serve(device, managed)

        listener = asyncio.run_coroutine_threadsafe(start(), loop).result(20)
        known_hosts = folder / "known_hosts"
        known_hosts.write_text(f"office-rtr1 {host_key.export_public_key().decode()}")
        target = Target(
            host="office-rtr1",
            address="127.0.0.1",
            port=listener.port,
            username="sekayu",
            known_hosts=known_hosts,
            key_file=key_file,
            serial=arguments["serial"],
            model=arguments["model"],
            version=arguments["version"],
            timeout=5,
            legacy_algorithms=old,
        )
        made_bench = Bench(device, target, loop, listener)
        yield made_bench
        for driver in made_bench.drivers:
            driver.close()
        asyncio.run_coroutine_threadsafe(listener.close(), loop).result(20)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Bench]:
    yield from bench(tmp_path)


@pytest.fixture
def small_site(tmp_path: Path) -> Iterator[Bench]:
    """A small home unit: files outlive a reboot below ``flash/`` only, no scheduler."""
    yield from bench(tmp_path, flash_folder=True, device_mode="home")
