"""The driver of IOS with the bench's device."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sekayu_net.platforms.base import Target
from sekayu_net.platforms.ios.driver import IosDriver
from sekayu_net.platforms.transport import fetch_host_key
from tests.ios_bench import PASSWORD, USER, IosBench

#: What the bench lacks of a device that the project set up.
READY = "file prompt quiet"


def make_ready(bench: IosBench) -> None:
    """A device as the bootstrap leaves it, saved."""
    bench.on_loop(lambda: bench.device.interfere(READY))
    bench.on_loop(lambda: bench.device.save("setup"))


def target(bench: IosBench, folder: Path, **given: Any) -> Target:
    """The bench in the inventory, its host key pinned."""
    known = folder / "known_hosts"
    if not known.exists():
        key = fetch_host_key("127.0.0.1", bench.port, 10.0)
        known.write_text(key.known_hosts_line("rtr2") + "\n", encoding="utf-8")
    arguments: dict[str, Any] = {
        "host": "rtr2", "address": "127.0.0.1", "port": bench.port, "username": USER,
        "password": PASSWORD, "known_hosts": known, "serial": bench.device.serial,
        "model": bench.device.model, "version": bench.device.version, "timeout": 10.0,
    }  # fmt: skip
    return Target(**(arguments | given))


@contextmanager
def driver(bench: IosBench, folder: Path, **given: Any) -> Iterator[IosDriver]:
    """An open driver."""
    opened = IosDriver(target(bench, folder, **given))
    opened.open()
    try:
        yield opened
    finally:
        opened.close()
