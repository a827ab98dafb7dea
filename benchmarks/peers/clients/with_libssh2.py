"""The floor: ssh2-python (libssh2), one thread, non-blocking, one connection a device.

Host keys are not compared, the key is read anew by the library for each device.
"""

from __future__ import annotations

import select
import socket
from collections.abc import Generator
from typing import Any

from job import measured, read_job  # type: ignore[import-not-found]
from ssh2.error_codes import LIBSSH2_ERROR_EAGAIN
from ssh2.exceptions import SSH2Error
from ssh2.session import LIBSSH2_SESSION_BLOCK_OUTBOUND, Session

job = read_job()
Work = Generator[int, None, int]


def asked(session: Any) -> int:
    """What to wait for: poll's flags."""
    out = session.block_directions() & LIBSSH2_SESSION_BLOCK_OUTBOUND
    return select.EPOLLOUT if out else select.EPOLLIN


def device_work(sock: socket.socket) -> Work:
    """Read one device; yields what the socket must be ready for."""
    yield select.EPOLLOUT  # connected
    session = Session()
    session.set_blocking(False)
    while session.handshake(sock) == LIBSSH2_ERROR_EAGAIN:
        yield asked(session)
    while session.userauth_publickey_fromfile(job["user"], job["key_file"]) == LIBSSH2_ERROR_EAGAIN:
        yield asked(session)
    got = 0
    for command in job["commands"]:
        while (channel := session.open_session()) == LIBSSH2_ERROR_EAGAIN or channel is None:
            yield asked(session)
        while channel.execute(command) == LIBSSH2_ERROR_EAGAIN:
            yield asked(session)
        while True:
            size, data = channel.read(65536)
            if size == LIBSSH2_ERROR_EAGAIN:
                yield asked(session)
                continue
            if size <= 0:
                break
            got += len(data)
        # Nothing waits for the channel's end: the connection's is near.
    return got


def work() -> list[int]:
    waiting = list(enumerate(job["devices"]))[::-1]
    sizes = [-1] * len(waiting)
    flying: dict[int, tuple[int, socket.socket, Work]] = {}
    poll = select.epoll()

    def step(descriptor: int) -> None:
        number, sock, one = flying[descriptor]
        try:
            wanted = next(one)
        except StopIteration as ended:
            sizes[number] = ended.value
        except SSH2Error:
            sizes[number] = -1
        else:
            poll.modify(descriptor, wanted | select.EPOLLONESHOT)
            return
        poll.unregister(descriptor)
        sock.close()
        del flying[descriptor]

    while waiting or flying:
        while waiting and len(flying) < job["workers"]:
            number, device = waiting.pop()
            sock = socket.socket()
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.connect_ex((device["address"], device["port"]))
            flying[sock.fileno()] = (number, sock, device_work(sock))
            poll.register(sock.fileno(), 0)
            step(sock.fileno())
        for descriptor, _ in poll.poll(30) or ():
            step(descriptor)
    return sizes


measured(job, work)
