"""The client's side of a login: which key the device showed, and a key of ours at the first word.

asyncssh asks for ``none`` first, then whether a key would do, and only then signs: two round trips
more than a login needs (RFC 4252, 5.2 and 7: both are the client's choice), which on a line by
satellite are more than a second for each connection. It has no option for that, so this module
uses names of asyncssh that are not public, and nobody else does (decision 0021).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import asyncssh
from asyncssh import auth

if TYPE_CHECKING:
    from asyncssh.public_key import SigningKey


class Client(asyncssh.SSHClient):
    """Remembers which key the device showed, so that a refusal can name it.

    ``signs``: whether a key of ours is at hand that may sign unasked.
    """

    def __init__(self, *, signs: bool = False) -> None:
        self.shown: asyncssh.SSHKey | None = None
        self._signs = signs
        self._connection: asyncssh.SSHClientConnection | None = None

    def connection_made(self, conn: asyncssh.SSHClientConnection) -> None:
        """Called before anything is said."""
        self._connection = conn

    def validate_host_public_key(
        self,
        host: str,  # noqa: ARG002 - the callback's signature
        addr: str,  # noqa: ARG002
        port: int,  # noqa: ARG002
        key: asyncssh.SSHKey,
    ) -> bool:
        """Asked only for a key that is not pinned."""
        self.shown = key
        return False

    def begin_auth(self, username: str) -> None:  # noqa: ARG002 - the callback's signature
        """Begin with our key, where there is one; ``none`` for what the device takes else.

        A password waits until the device says that it takes one.
        """
        if self._signs and self._connection is not None:
            self._connection._auth_methods = [b"publickey", b"none"]  # noqa: SLF001 - see above


class _Signing(auth._ClientPublicKeyAuth):  # noqa: SLF001 - see above
    """Signs at once with a key that lies here.

    An agent may ask a person, or want a touch, for each signature: it is asked only for one that
    the device wants.
    """

    async def send_request(
        self, *args: bytes, key: SigningKey | None = None, trivial: bool = True
    ) -> None:
        """A question whether a key would do has no ``key`` yet."""
        if key is None and not isinstance(self._keypair, asyncssh.SSHAgentKeyPair):
            await self._send_signed_request()
        else:
            await super().send_request(*args, key=key, trivial=trivial)


auth._client_auth_handlers[b"publickey"] = _Signing  # noqa: SLF001 - see above
