"""The server: one socket, one process, until it is told to stop."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from sekayu_net.dashboard.app import application
from sekayu_net.dashboard.sources import Sources
from sekayu_net.errors import ProjectError


def listening(address: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes a free one. ``ProjectError`` when taken."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((address, port))
        opened.listen(128)
    except OSError as error:
        opened.close()
        raise ProjectError(
            f"can't listen on {address} port {port}: {error.strerror or error}",
            hint="another dashboard may run; take another port: --port 0 takes a free one",
        ) from error
    return opened


def serve(
    sources: Sources, opened: socket.socket, *, token: str, on_ready: Callable[[], None]
) -> None:
    """Serve on the socket until SIGINT or SIGTERM. ``on_ready`` is called when it answers."""

    class Server(uvicorn.Server):
        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            if self.started:
                on_ready()

    app = application(sources, token=token, stopping=lambda: server.should_exit)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # the first address of a browser holds the token
        server_header=False,
        # X-Forwarded-Proto and -For of a reverse proxy on this machine
        proxy_headers=True,
        forwarded_allow_ips="127.0.0.1,::1",
        lifespan="off",
        limit_concurrency=256,
        timeout_graceful_shutdown=3,
    )
    server = Server(config)
    server.run(sockets=[opened])
