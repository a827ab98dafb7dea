"""SSH packets of one server connection (RFC 4253, RFC 5647): framing, keys, ciphers.

What is in the packets is ``ssh_server``'s. Light on purpose: a server that shares the machine
with the clients that are measured must not be what is measured.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import struct
from typing import Any, Protocol

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

#: What a RouterOS from 7.17 on offers (the lab's ``algorithms``), less the group exchange, which
#: no client of the comparison prefers.
KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org")
CIPHERS = {
    "aes256-gcm@openssh.com": 32,
    "aes128-gcm@openssh.com": 16,
    "aes256-ctr": 32,
    "aes192-ctr": 24,
    "aes128-ctr": 16,
}
MACS = {"hmac-sha2-256": "sha256", "hmac-sha2-512": "sha512"}
HOST_KEY = "ssh-ed25519"
_BLOCK = 16


def text(data: bytes) -> bytes:
    """A string of SSH's wire form."""
    return struct.pack(">I", len(data)) + data


def number(value: bytes) -> bytes:
    """A big-endian positive number as an SSH ``mpint``."""
    value = value.lstrip(b"\0")
    return text(b"\0" + value if value and value[0] & 0x80 else value)


def take(payload: bytes, at: int) -> tuple[bytes, int]:
    """The string that stands at a place of a payload, and where it ends."""
    end = at + 4 + struct.unpack_from(">I", payload, at)[0]
    return payload[at + 4 : end], end


class Direction(Protocol):
    """One direction's packets: whole ones out of bytes, bytes out of payloads."""

    def seal(self, payload: bytes) -> bytes:
        """The bytes of a packet."""

    def open(self, buffer: bytearray) -> bytes | None:
        """The next whole payload, taken off the buffer; None while it is not there."""


def _padded(payload: bytes, extra: int) -> bytes:
    pad = _BLOCK - (len(payload) + extra) % _BLOCK
    pad += _BLOCK if pad < 4 else 0
    return bytes((pad,)) + payload + bytes(pad)


class Plain:
    """Before the keys are there. ``count`` goes on in ``Counter``'s MACs."""

    def __init__(self) -> None:
        self.count = 0

    def seal(self, payload: bytes) -> bytes:
        self.count += 1
        return text(_padded(payload, 5))

    def open(self, buffer: bytearray) -> bytes | None:
        if len(buffer) < 4:
            return None
        (size,) = struct.unpack_from(">I", buffer)
        if len(buffer) < 4 + size:
            return None
        payload = bytes(buffer[5 : 4 + size - buffer[4]])
        del buffer[: 4 + size]
        self.count += 1
        return payload


class Galois:
    """AES-GCM as OpenSSH has it: the length in clear, a counter as nonce."""

    def __init__(self, key: bytes, nonce: bytes) -> None:
        self._cipher = AESGCM(key)
        self._fixed = nonce[:4]
        self._invocation = int.from_bytes(nonce[4:12], "big")

    def _nonce(self) -> bytes:
        nonce = self._fixed + self._invocation.to_bytes(8, "big")
        self._invocation += 1
        return nonce

    def seal(self, payload: bytes) -> bytes:
        inner = _padded(payload, 1)
        size = struct.pack(">I", len(inner))
        return size + self._cipher.encrypt(self._nonce(), inner, size)

    def open(self, buffer: bytearray) -> bytes | None:
        if len(buffer) < 4:
            return None
        (size,) = struct.unpack_from(">I", buffer)
        end = 4 + size + 16
        if len(buffer) < end:
            return None
        inner = self._cipher.decrypt(self._nonce(), bytes(buffer[4:end]), bytes(buffer[:4]))
        del buffer[:end]
        return inner[1 : len(inner) - inner[0]]


class Counter:
    """AES-CTR with an HMAC over number and clear packet."""

    def __init__(
        self, key: bytes, nonce: bytes, digest: str, mac_key: bytes, count: int, *, inward: bool
    ) -> None:
        cipher = Cipher(algorithms.AES(key), modes.CTR(nonce))
        self._cipher: Any = cipher.decryptor() if inward else cipher.encryptor()
        self._digest, self._mac_key, self._count = digest, mac_key, count
        self._size = hashlib.new(digest).digest_size
        self._first = b""

    def _mac(self, packet: bytes) -> bytes:
        signed = struct.pack(">I", self._count & 0xFFFFFFFF) + packet
        self._count += 1
        return hmac.digest(self._mac_key, signed, self._digest)

    def seal(self, payload: bytes) -> bytes:
        packet = text(_padded(payload, 5))
        sealed: bytes = self._cipher.update(packet)
        return sealed + self._mac(packet)

    def open(self, buffer: bytearray) -> bytes | None:
        if not self._first:
            if len(buffer) < _BLOCK:
                return None
            self._first = self._cipher.update(bytes(buffer[:_BLOCK]))
        (size,) = struct.unpack_from(">I", self._first)
        end = 4 + size
        if len(buffer) < end + self._size:
            return None
        packet = self._first + self._cipher.update(bytes(buffer[_BLOCK:end]))
        if not hmac.compare_digest(self._mac(packet), bytes(buffer[end : end + self._size])):
            raise ValueError("a packet's MAC is wrong")
        del buffer[: end + self._size]
        self._first = b""
        return bytes(packet[5 : len(packet) - packet[4]])


def direction(
    cipher: str, mac: str, secret: bytes, digest: bytes, *, inward: bool, count: int
) -> Direction:
    """A direction's keys, derived of what the key exchange gave (RFC 4253, 7.2).

    ``secret`` is the shared secret as an ``mpint``, ``digest`` the exchange's hash, which is the
    session's as well: keys are exchanged once.
    """

    def derive(letter: str, size: int) -> bytes:
        made = hashlib.sha256(secret + digest + letter.encode() + digest).digest()
        while len(made) < size:
            made += hashlib.sha256(secret + digest + made).digest()
        return made[:size]

    nonce, key, mac_key = "ACE" if inward else "BDF"
    size = CIPHERS[cipher]
    if "gcm" in cipher:
        return Galois(derive(key, size), derive(nonce, 12))
    name = MACS[mac]
    length = hashlib.new(name).digest_size
    return Counter(
        derive(key, size), derive(nonce, 16), name, derive(mac_key, length), count, inward=inward
    )


def cookie() -> bytes:
    """Sixteen bytes that a KEXINIT begins with."""
    return os.urandom(16)
