"""A device that answers from memory, as light an SSH server as Python allows.

Key exchange, authentication and host key are real: what a client pays for them is measured. What
a command prints is looked up (``Answers``). Commands run over ``exec`` and in a shell that paints
its prompt as RouterOS does; SFTP, forwarding and new keys within a session are refused.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import struct
from collections.abc import Callable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from benchmarks.peers import packets
from benchmarks.peers.packets import text

_OURS = b"SSH-2.0-ROSSSH"
_WINDOW = 2 * 1024 * 1024
#: RouterOS's console options after the user's name: ``e`` erases by painting blanks.
_OPTIONS = re.compile(r"\+(?P<letters>[a-z]*)(?P<width>\d+)?w?(?:\d+h)?")


@dataclass
class Served:
    """What a server did, to be asked for by whoever measures."""

    connections: int = 0
    logins: int = 0
    commands: int = 0
    unknown: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Device:
    """What all the devices of a server are: ``answer`` gives a command's output or None.

    ``delay`` is how many seconds each command takes.
    """

    host_key: Ed25519PrivateKey
    user: str
    user_key: bytes
    password: str
    prompt: str
    answer: Callable[[str], str | None]
    delay: float = 0.0


@dataclass(slots=True)
class _Channel:
    peer: int
    window: int
    maximum: int
    waiting: bytearray = field(default_factory=bytearray)
    ending: bool = False
    shell: bool = False
    line: bytearray = field(default_factory=bytearray)
    taken: int = 0


class Server(asyncio.Protocol):
    """One connection."""

    def __init__(self, device: Device, served: Served) -> None:
        self._device, self._served = device, served
        self._buffer = bytearray()
        self._theirs = b""
        self._in: packets.Direction = packets.Plain()
        self._out: packets.Direction = packets.Plain()
        self._plain_in, self._plain_out = self._in, self._out
        self._our_init = b""
        self._their_init = b""
        self._chosen: list[tuple[str, str]] = []
        self._next: tuple[packets.Direction, packets.Direction] | None = None
        self._session = b""
        self._channels: dict[int, _Channel] = {}
        self._pad = ""
        self._transport: asyncio.Transport | None = None
        self._pending: list[bytes] = []

    # -- bytes

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._served.connections += 1
        transport.write(_OURS + b"\r\n")

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self._transport = None

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._theirs:
            line, found, rest = bytes(self._buffer).partition(b"\n")
            if not found:
                return
            self._theirs = line.rstrip(b"\r")
            self._buffer = bytearray(rest)
            self._send(self._init())
        try:
            while (payload := self._in.open(self._buffer)) is not None:
                self._handle(payload)
        except (ValueError, KeyError, IndexError, struct.error, InvalidSignature) as error:
            self._served.unknown.append(f"protocol: {error!r}")
            self._close()
            return
        self._flush()

    def _send(self, payload: bytes) -> None:
        self._pending.append(self._out.seal(payload))

    def _flush(self) -> None:
        if self._pending and self._transport is not None:
            self._transport.write(b"".join(self._pending))
        self._pending.clear()

    def _close(self) -> None:
        self._flush()
        if self._transport is not None:
            self._transport.close()

    # -- the key exchange

    def _init(self) -> bytes:
        lists = (
            packets.KEX,
            (packets.HOST_KEY,),
            *[tuple(packets.CIPHERS)] * 2,
            *[tuple(packets.MACS)] * 2,
            *[("none",)] * 2,
            *[()] * 2,
        )
        names = b"".join(text(",".join(each).encode()) for each in lists)
        self._our_init = b"\x14" + packets.cookie() + names + bytes(5)
        return self._our_init

    def _agree(self, payload: bytes) -> None:
        self._their_init = payload
        offers, at = [], 17
        for _ in range(6):
            names, at = packets.take(payload, at)
            offers.append(names.decode().split(","))
        known = (packets.KEX, (packets.HOST_KEY,), packets.CIPHERS, packets.CIPHERS)

        def choose(theirs: list[str], ours: object) -> str:
            return next(name for name in theirs if name in ours)  # type: ignore[operator]

        try:
            _, _, inward, outward = (
                choose(offer, ours) for offer, ours in zip(offers[:4], known, strict=True)
            )
            macs = [
                "" if "gcm" in cipher else choose(offer, packets.MACS)
                for cipher, offer in ((inward, offers[4]), (outward, offers[5]))
            ]
        except (StopIteration, RuntimeError):
            raise ValueError(f"nothing in common: {offers}") from None
        self._chosen = [(inward, macs[0]), (outward, macs[1])]

    def _exchange(self, payload: bytes) -> None:
        theirs, _ = packets.take(payload, 1)
        own = X25519PrivateKey.generate()
        public = own.public_key().public_bytes_raw()
        shared = packets.number(own.exchange(X25519PublicKey.from_public_bytes(theirs)))
        key = self._device.host_key
        blob = text(packets.HOST_KEY.encode()) + text(key.public_key().public_bytes_raw())
        parts = (self._theirs, _OURS, self._their_init, self._our_init, blob, theirs, public)
        digest = hashlib.sha256(b"".join(text(part) for part in parts) + shared).digest()
        signature = text(packets.HOST_KEY.encode()) + text(key.sign(digest))
        self._session = digest
        self._send(b"\x1f" + text(blob) + text(public) + text(signature))
        self._send(b"\x15")
        (inward, inward_mac), (outward, outward_mac) = self._chosen
        assert isinstance(self._plain_in, packets.Plain)
        assert isinstance(self._plain_out, packets.Plain)
        # Theirs counts one more packet until its keys are new: the NEWKEYS that is to come.
        count = self._plain_in.count + 1
        self._next = (
            packets.direction(inward, inward_mac, shared, digest, inward=True, count=count),
            packets.direction(
                outward, outward_mac, shared, digest, inward=False, count=self._plain_out.count
            ),
        )
        self._flush()
        self._out = self._next[1]

    # -- messages

    def _handle(self, payload: bytes) -> None:
        kind = payload[0]
        match kind:
            case 20 if not self._session:
                self._agree(payload)
            case 30:
                self._exchange(payload)
            case 21 if self._next is not None:
                self._in = self._next[0]
            case 5:
                self._send(b"\x06" + payload[1:])
            case 50:
                self._authenticate(payload)
            case 80:
                _, at = packets.take(payload, 1)
                if payload[at]:
                    self._send(b"\x52")
            case 90:
                self._open(payload)
            case 93 | 94 | 96 | 97 | 98:
                self._channel(kind, payload)
            case 1:
                self._close()
            case 2 | 3 | 4 | 7 | 82 | 95:
                pass
            case _:
                raise ValueError(f"message {kind} is not served")

    def _authenticate(self, payload: bytes) -> None:
        name, at = packets.take(payload, 1)
        _, at = packets.take(payload, at)
        method, at = packets.take(payload, at)
        user, _, _ = name.decode().partition("+")
        good = user == self._device.user
        if method == b"password":
            password, _ = packets.take(payload, at + 1)
            good &= secrets.compare_digest(password, self._device.password.encode())
        elif method == b"publickey":
            algorithm, after = packets.take(payload, at + 1)
            blob, after = packets.take(payload, after)
            good &= blob == self._device.user_key
            if good and not payload[at]:
                self._send(b"\x3c" + text(algorithm) + text(blob))
                return
            if good:
                signature, _ = packets.take(payload, after)
                _, start = packets.take(signature, 0)
                raw, _ = packets.take(signature, start)
                key = Ed25519PublicKey.from_public_bytes(packets.take(blob, 15)[0])
                key.verify(raw, text(self._session) + payload[:after])
        else:
            good = False
        if not good:
            self._send(b"\x33" + text(b"publickey,password") + b"\0")
            return
        self._served.logins += 1
        options = _OPTIONS.search(name.decode())
        if options and "e" in options["letters"]:
            self._pad = " " * (int(options["width"] or 80) - len(self._device.prompt) - 1)
        self._send(b"\x34")

    def _open(self, payload: bytes) -> None:
        kind, at = packets.take(payload, 1)
        peer, window, maximum = struct.unpack_from(">III", payload, at)
        if kind != b"session":
            self._send(struct.pack(">BII", 92, peer, 1) + text(b"no") + text(b""))
            return
        own = len(self._channels)
        self._channels[own] = _Channel(peer, window, maximum)
        self._send(struct.pack(">BIIII", 91, peer, own, _WINDOW, 32768))

    def _channel(self, kind: int, payload: bytes) -> None:
        (own,) = struct.unpack_from(">I", payload, 1)
        channel = self._channels[own]
        if kind == 93:
            channel.window += struct.unpack_from(">I", payload, 5)[0]
            self._drain(channel)
        elif kind == 94:
            self._typed(channel, packets.take(payload, 5)[0])
        elif kind == 96 and channel.shell:
            self._end(channel)
        elif kind == 98:
            self._request(channel, payload)

    def _request(self, channel: _Channel, payload: bytes) -> None:
        kind, at = packets.take(payload, 5)
        answered, at = payload[at], at + 1
        good = kind in (b"exec", b"shell", b"pty-req", b"env", b"window-change")
        if answered:
            self._send(struct.pack(">BI", 99 if good else 100, channel.peer))
        if kind == b"exec":
            self._run(packets.take(payload, at)[0].decode(), channel)
        elif kind == b"shell":
            channel.shell = True
            self._write(channel, f"\r\n  MikroTik RouterOS\r\n\r\n{self._painted()}")

    # -- commands

    def _painted(self) -> str:
        prompt = self._device.prompt
        return f"\r\r\r\r{prompt}{self._pad}\r{prompt}"

    def _typed(self, channel: _Channel, data: bytes) -> None:
        channel.taken += len(data)
        if channel.taken > _WINDOW // 2:
            self._send(struct.pack(">BII", 93, channel.peer, channel.taken))
            channel.taken = 0
        *lines, rest = data.replace(b"\r\n", b"\r").replace(b"\n", b"\r").split(b"\r")
        for piece in lines:
            channel.line += piece
            line = channel.line.decode().strip()
            channel.line.clear()
            if not line:
                self._write(channel, f"\r\n{self._painted()}")
                continue
            # What is typed is shown at once, and the line is painted anew when it is sent.
            self._write(channel, f"{piece.decode()}\r{self._device.prompt}{line}\r\n")
            if line in ("/quit", "quit", "exit"):
                self._end(channel)
                return
            self._run(line, channel)
        channel.line += rest
        if rest:
            self._write(channel, rest.decode())

    def _run(self, command: str, channel: _Channel) -> None:
        self._served.commands += 1
        if self._device.delay:
            asyncio.get_running_loop().call_later(
                self._device.delay, self._answer, command, channel
            )
        else:
            self._answer(command, channel)

    def _answer(self, command: str, channel: _Channel) -> None:
        answer = self._device.answer(command)
        if answer is None:
            self._served.unknown.append(command[:300])
            answer = "bad command name (line 1 column 1)\n"
        body = answer.replace("\n", "\r\n")
        self._write(channel, f"{body}\r\n{self._painted()}" if channel.shell else body)
        if not channel.shell:
            self._end(channel)
        self._flush()

    def _write(self, channel: _Channel, words: str) -> None:
        channel.waiting += words.encode("latin-1", "replace")
        self._drain(channel)

    def _drain(self, channel: _Channel) -> None:
        while channel.waiting and (size := min(channel.window, channel.maximum, 32768)) > 0:
            piece = bytes(channel.waiting[:size])
            del channel.waiting[:size]
            channel.window -= len(piece)
            self._send(struct.pack(">BI", 94, channel.peer) + text(piece))
        if channel.ending and not channel.waiting:
            channel.ending = False
            status = text(b"exit-status") + b"\0" + bytes(4)
            self._send(struct.pack(">BI", 98, channel.peer) + status)
            self._send(struct.pack(">BI", 96, channel.peer))
            self._send(struct.pack(">BI", 97, channel.peer))

    def _end(self, channel: _Channel) -> None:
        channel.ending = True
        self._drain(channel)
