"""What the SSH client raises, as errors of ours. The one place that knows both."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh

from sekayu_net.errors import AuthenticationError, DeviceError, GarbledError, UnreachableError

#: Steps at whose end there is a session; before that, a server may leave for reasons of its own.
_BEFORE_LOGIN = ("connect", "trust")


def _busy(message: str, *, host: str, stage: str, hint: str | None = None) -> UnreachableError:
    error = UnreachableError(message, host=host, stage=stage, hint=hint)
    error.busy = True
    return error


def _closed(message: str, host: str, stage: str) -> UnreachableError:
    """The error for a connection that the other side ended.

    An old server may leave without a word when there is no common algorithm: a busy one, whose
    farewell comes late, always looks so.
    """
    if stage not in _BEFORE_LOGIN:
        return UnreachableError(message, host=host, stage=stage)
    return _busy(
        f"{message} before the login",
        host=host,
        stage=stage,
        hint="try again: it may be busy, or shut out this address. If it is an old device, it may "
        "need `legacy_algorithms: true` in the inventory, for it alone",
    )


@contextmanager
def client_errors(host: str, stage: str, seconds: float, where: str) -> Iterator[None]:
    """Turn what the SSH client raises into what the rest of the program knows."""
    try:
        yield
    except DeviceError:
        raise
    except TimeoutError as error:
        raise UnreachableError(
            f"no answer from {where} within {seconds:g} seconds",
            host=host,
            stage=stage,
            hint="is the site's link up? A device that is switched off looks the same",
        ) from error
    except asyncssh.PermissionDenied as error:
        raise AuthenticationError(
            f"{where} refuses this user's key or password",
            host=host,
            stage=stage,
            hint="check user name and key; the device's log says which login failed",
        ) from error
    except asyncssh.KeyExchangeFailed as error:
        raise GarbledError(
            f"no common SSH algorithm with {where}: {error}",
            host=host,
            stage=stage,
            hint="an old device needs `legacy_algorithms: true` in the inventory, for it alone",
        ) from error
    except (
        asyncssh.ConnectionLost,
        asyncssh.ChannelOpenError,
        asyncssh.SFTPConnectionLost,
        BrokenPipeError,
        ConnectionResetError,
    ) as error:
        raise _closed(f"lost the connection to {where}", host, stage) from error
    except asyncssh.SFTPError as error:
        raise GarbledError(
            f"{where} refuses a file: {error.reason}",
            host=host,
            stage=stage,
            hint="the user's group needs the `ftp` policy, and the flash some free space",
        ) from error
    except (asyncssh.ProtocolError, asyncssh.ProtocolNotSupported) as error:
        raise GarbledError(
            f"what answers at {where} does not speak proper SSH: {error}",
            host=host,
            stage=stage,
            hint="check address and port in the inventory",
        ) from error
    except asyncssh.DisconnectError as error:
        raise _closed(f"{where} closed the connection: {error.reason}", host, stage) from error
    except OSError as error:
        refused = isinstance(error, ConnectionRefusedError)
        reason = "the connection is refused" if refused else error.strerror or str(error)
        kind = _busy if refused and stage in _BEFORE_LOGIN else UnreachableError
        raise kind(f"{where}: {reason}", host=host, stage=stage) from error
    except asyncssh.Error as error:
        raise GarbledError(f"{where}: {error}", host=host, stage=stage) from error
