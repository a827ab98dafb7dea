"""A process that is all the devices of a comparison: ``python -m benchmarks.peers.replay``.

Several share one port (the kernel deals the connections out). The first line of standard input is
a JSON document with keys and answers; each further line asks for what was served since the last
and may set how many seconds a command takes. It ends with its standard input.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import json
import sys
import time
from dataclasses import replace
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.peers.ssh_server import Device, Served, Server
from benchmarks.peers.transcript import Answers

PORT = 22


def device_of(order: dict[str, Any]) -> Device:
    """What the document says of the devices."""
    return Device(
        host_key=Ed25519PrivateKey.from_private_bytes(bytes.fromhex(order["host_key"])),
        user=order["user"],
        user_key=base64.b64decode(order["user_key"]),
        password=order["password"],
        prompt=f"[{order['user']}@office-rtr1] > ",
        answer=Answers.of([(line, answer) for line, answer in order["pairs"]]).answer,
    )


async def serve() -> None:
    """Serve until standard input ends."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader(limit=64 * 1024 * 1024)
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    order = json.loads(await reader.readline())
    device, served = device_of(order), Served()

    def greet() -> Server:
        return Server(device, served)

    server = await loop.create_server(
        greet,
        "0.0.0.0",  # noqa: S104 - of a namespace of its own
        order.get("port", PORT),
        reuse_port=True,
        backlog=4096,
    )
    gc.freeze()
    say({"ready": True, "cpu": time.process_time()})
    async with server:
        while line := await reader.readline():
            asked = json.loads(line)
            say(
                {
                    "connections": served.connections,
                    "logins": served.logins,
                    "commands": served.commands,
                    "unknown": served.unknown[:5],
                    "cpu": time.process_time(),
                }
            )
            served.connections = served.logins = served.commands = 0
            served.unknown.clear()
            if "delay" in asked:
                device = replace(device, delay=float(asked["delay"]))


def say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve())
