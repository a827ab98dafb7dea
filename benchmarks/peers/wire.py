"""A long wire: every packet to 10.1.0.0/16 is delayed and comes back as from there.

A process that owns a TUN device in a network namespace of its own. A client's packet to 10.1.x.y
goes in; the wire swaps source and target (no checksum changes by that) and gives it back after
half of the round trip, so that what listens on 10.0.0.1 meets it as from 10.1.x.y, and answers
there. So TCP's own round trips (the handshake, Nagle's waiting, slow start in segments of 1460
bytes) are delayed as on a real line, which a delay in the server's code would not do.

It also counts what no client counts for itself: connections, and the times that a device's answer
follows on what a client said. Messages are lines of JSON on standard input and output.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import time
from collections import deque
from dataclasses import dataclass

_TUNSETIFF = 0x400454CA
_TUN_NO_INFO = 0x1001
_DEVICES = b"\x0a\x01"
HERE = "10.0.0.1"
_SYN, _ACK, _FIN = 0x02, 0x10, 0x01


@dataclass(slots=True)
class Flow:
    """A connection: ``turns`` are answers that followed on a request, the TCP handshake's first."""

    turns: int = 0
    asked: bool = False
    bytes: int = 0


def open_tun() -> int:
    """A TUN device's descriptor; it is up, and what goes to the devices goes there."""
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, _TUNSETIFF, struct.pack("16sH", b"wire0", _TUN_NO_INFO))
    for words in (
        ("link", "set", "lo", "up"),
        ("addr", "add", f"{HERE}/32", "dev", "wire0"),
        ("link", "set", "wire0", "up", "mtu", "1500", "txqueuelen", "20000"),
        ("route", "add", "10.1.0.0/16", "dev", "wire0", "src", HERE),
    ):
        subprocess.run(["ip", *words], check=True, timeout=10)
    return tun


def turn_around(packet: bytes) -> bytes:
    """The packet with source and target swapped."""
    return packet[:12] + packet[16:20] + packet[12:16] + packet[20:]


def watch(packet: bytes, flows: dict[bytes, Flow]) -> None:
    """Count one packet of a connection between a client and a device."""
    start = (packet[0] & 0x0F) * 4
    if packet[9] != 6:
        return
    to_device = (
        packet[16:18] == _DEVICES and packet[start + 2 : start + 4] < packet[start : start + 2]
    )
    ports = packet[start : start + 4]
    device = packet[16:20]
    # Both directions carry the device's address as target (the wire turns them around): a client's
    # packets go to the server's port, which is below every port that a client gets.
    key = device + (ports if to_device else ports[2:] + ports[:2])
    flags = packet[start + 13]
    if to_device and flags & (_SYN | _ACK) == _SYN and key not in flows:
        flows[key] = Flow(turns=1)
    flow = flows.get(key)
    size = len(packet) - start - (packet[start + 12] >> 4) * 4
    if flow is None or size <= 0:
        return
    flow.bytes += size
    if to_device:
        flow.asked = True
    elif flow.asked:
        flow.turns += 1
        flow.asked = False


def count(flows: dict[bytes, Flow]) -> dict[str, object]:
    """What was seen, by device: connections, round trips, bytes, and who said nothing."""
    devices = len({key[:4] for key in flows})
    return {
        "devices": devices,
        "connections": len(flows),
        "turns": sum(flow.turns for flow in flows.values()),
        "bytes": sum(flow.bytes for flow in flows.values()),
        "idle": sum(flow.turns <= 1 for flow in flows.values()),
        "cpu": time.process_time(),
    }


def run(tun: int, half: float) -> None:
    """Carry packets until standard input ends; ``half`` is the delay of each way in seconds."""
    flows: dict[bytes, Flow] = {}
    queue: deque[tuple[float, bytes]] = deque()
    orders = sys.stdin.fileno()
    while True:
        now = time.monotonic()
        while queue and queue[0][0] <= now:
            try:
                os.write(tun, queue[0][1])
            except BlockingIOError:
                break
            queue.popleft()
        wait = max(0.0, queue[0][0] - now) if queue else None
        ready, _, _ = select.select([tun, orders], [], [], wait)
        if tun in ready:
            due = time.monotonic() + half
            try:
                while True:
                    packet = os.read(tun, 2048)
                    if packet[0] >> 4 != 4:
                        continue
                    watch(packet, flows)
                    queue.append((due, turn_around(packet)))
            except BlockingIOError:
                pass
        if orders in ready:
            line = sys.stdin.buffer.readline()
            if not line:
                return
            order = json.loads(line)
            if order["do"] == "delay":
                half = float(order["seconds"]) / 2
            answer = count(flows)
            flows.clear()
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    descriptor = open_tun()
    sys.stdout.write('{"ready": true}\n')
    sys.stdout.flush()
    run(descriptor, 0.0)
