r"""The server of ``scp -t`` and ``scp -f``: files of flash over an exec channel.

The protocol is rcp's: each side answers every message with a zero byte, or ``\\1`` and a line of
text. IOS serves it while ``ip scp server enable`` is configured, to users of privilege 15.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Awaitable, Callable

from sekayu_net.lab.ios import filesystem
from sekayu_net.lab.ios.device import IosDevice
from sekayu_net.lab.ios.filesystem import FileError, bare_name

_FILE = re.compile(rb"C\d{4} (?P<size>\d+) (?P<name>[^\n]+)\n")
_OK = b"\0"


class ScpError(Exception):
    """The other end broke the protocol or went away."""


class _Stream:
    def __init__(self, read: Callable[[], Awaitable[bytes]]) -> None:
        self._read = read
        self._data = b""

    async def line(self) -> bytes:
        while b"\n" not in self._data:
            more = await self._read()
            if not more:
                rest, self._data = self._data, b""
                return rest
            self._data += more
        line, _, self._data = self._data.partition(b"\n")
        return line + b"\n"

    async def exactly(self, size: int) -> bytes:
        while len(self._data) < size:
            more = await self._read()
            if not more:
                raise ScpError("the file ended early")
            self._data += more
        found, self._data = self._data[:size], self._data[size:]
        return found


async def serve_scp(
    device: IosDevice,
    privilege: int,
    command: str,
    read: Callable[[], Awaitable[bytes]],
    write: Callable[[bytes], None],
) -> int:
    """Serve one copy; the exit status."""
    words = shlex.split(command)
    if not device.running.has("ip scp server enable"):
        write(b"\1Administratively disabled.\n")
        return 1
    if privilege < 15:
        write(b"\1Privilege denied.\n")
        return 1
    flags = "".join(word[1:] for word in words[1:] if word.startswith("-"))
    name = words[-1]
    stream = _Stream(read)
    try:
        if "t" in flags:
            return await _sink(device, name, stream, write)
        if "f" in flags:
            return await _source(device, name, stream, write)
    except ScpError:
        return 1
    write(b"\1scp: invalid option\n")
    return 1


async def _sink(
    device: IosDevice, name: str, stream: _Stream, write: Callable[[bytes], None]
) -> int:
    write(_OK)
    status = 0
    while True:
        line = await stream.line()
        if not line:
            return status
        if line[:1] in (b"T", b"E"):
            write(_OK)
            continue
        match = _FILE.fullmatch(line)
        if match is None:
            write(b"\1scp: protocol error\n")
            return 1
        write(_OK)
        data = await stream.exactly(int(match["size"]))
        await stream.exactly(1)
        target = name if bare_name(name) else f"{name}{match['name'].decode()}"
        try:
            filesystem.write(device, target, data)
        except FileError as error:
            write(b"\1" + str(error).encode() + b"\n")
            status = 1
        else:
            write(_OK)


async def _source(
    device: IosDevice, name: str, stream: _Stream, write: Callable[[bytes], None]
) -> int:
    await stream.exactly(1)
    try:
        data = filesystem.read(device, name)
    except FileError as error:
        write(b"\1" + str(error).encode() + b"\n")
        return 1
    write(f"C0644 {len(data)} {bare_name(name).rpartition('/')[2]}\n".encode())
    await stream.exactly(1)
    write(data + _OK)
    await stream.exactly(1)
    return 0
