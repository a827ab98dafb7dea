"""A process that serves a share of a district's devices: ``python -m benchmarks.peers.stateful``.

Each process builds the whole district, for what lies between the devices, and lets people in to
its own. Messages are those of ``replay``: the first line says what to build, each further one asks
for what was served since the last. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import pickle
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.replay import say
from sekayu_net.lab.district import build
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.ssh import greet as greet_ios
from sekayu_net.lab.keys import host_keys
from sekayu_net.lab.ssh import greet, serve


@dataclass(slots=True)
class Served:
    """``unused``: connections on which nothing was asked."""

    connections: int = 0
    unused: int = 0


def counting(served: Served, greet: Callable[..., Any]) -> Callable[..., Any]:
    """The platform's greeting, with what follows counted."""

    def counted(device: Any, source: str) -> Any:
        login, options, factory = greet(device, source)
        served.connections += 1
        served.unused += 1
        used: list[bool] = []

        def noting(real: Callable[..., Any]) -> Callable[..., Any]:
            def opened(*words: Any) -> Any:
                if not used:
                    used.append(True)
                    served.unused -= 1
                return real(*words)

            return opened

        # What a server is made of are the words that the options were made with.
        for name in ("process_factory", "sftp_factory"):
            if options.kwargs.get(name):
                options.kwargs[name] = noting(options.kwargs[name])
        return login, options, factory

    return counted


async def run() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    asked = json.loads(await reader.readline())
    # Written a moment ago by our own parent, in a folder of its own.
    text = await asyncio.to_thread(Path(asked["order"]).read_bytes)
    order, old = pickle.loads(text)  # noqa: S301
    gc.disable()
    lab = build(
        order.district, order.bootstrap, host_keys(order.keys, order.district.devices, old=old)
    )
    gc.collect()
    gc.freeze()
    gc.enable()
    served = Served()
    source = str(order.district.services.controller_address)
    for name, port in asked["ports"].items():
        device = lab.devices[name]
        own = greet_ios if isinstance(device, IosDevice) else greet
        await serve(
            device,
            lambda: True,
            address="0.0.0.0",  # noqa: S104 - of a namespace of its own
            port=port,
            source=source,
            greet=counting(served, own),
        )
    say({"ready": True, "cpu": time.process_time()})
    while await reader.readline():
        say(
            {
                "connections": served.connections,
                "unused": served.unused,
                "unknown": [],
                "cpu": time.process_time(),
            }
        )
        served.connections = served.unused = 0


if __name__ == "__main__":
    logging.getLogger("asyncssh").setLevel(logging.ERROR)
    asyncio.run(run())
