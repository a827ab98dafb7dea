"""Our device errors as NAPALM's own exceptions, for those who use the driver through NAPALM.

Each class is both: ``except AuthenticationError`` and ``except napalm…ConnectAuthError`` catch it.
Imported with the driver only: NAPALM takes half a second
(and ships no types, hence the ignores).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from inspect import signature
from typing import ParamSpec, TypeVar

from napalm.base import exceptions as napalm

from sekayu_net import errors
from sekayu_net.platforms.routeros.session import RefusedError

P = ParamSpec("P")
R = TypeVar("R")


class ConnectAuthError(errors.AuthenticationError, napalm.ConnectAuthError):  # type: ignore[misc]
    """The device refuses our key or password."""


class UntrustedError(errors.HostKeyError, napalm.ConnectionException):  # type: ignore[misc]
    """The host key is unknown or has changed."""


class NoConnectionError(errors.UnreachableError, napalm.ConnectionException):  # type: ignore[misc]
    """There is no connection, and none comes about."""


class ConnectTimeoutError(errors.UnreachableError, napalm.ConnectTimeoutError):  # type: ignore[misc]
    """Nobody answers at the address."""


class ConnectionClosedError(
    errors.UnreachableError,
    napalm.ConnectionClosedException,  # type: ignore[misc]
):
    """The session was lost."""


class CommandTimeoutError(
    errors.UnreachableError,
    napalm.CommandTimeoutException,  # type: ignore[misc]
    napalm.ConnectionException,  # type: ignore[misc]
):
    """No answer to a command, in time."""


class OtherDeviceError(errors.IdentityError, napalm.ConnectionException):  # type: ignore[misc]
    """Not the device of the inventory."""


class CommandError(RefusedError, napalm.CommandErrorException):  # type: ignore[misc]
    """A command was refused. ``words`` is what the device said."""


class StammeringError(errors.GarbledError, napalm.CommandErrorException):  # type: ignore[misc]
    """An answer that is no answer."""


class NotArmedError(errors.GuardError, napalm.CommitError):  # type: ignore[misc]
    """No undo, so nothing was written."""


class LockedError(errors.PendingError, napalm.SessionLockedException):  # type: ignore[misc]
    """Another change is pending."""


class CommitError(errors.ApplyError, napalm.CommitError):  # type: ignore[misc]
    """A statement failed."""


class MergeError(CommitError, napalm.MergeConfigException):  # type: ignore[misc]
    """A statement of a merge candidate failed."""


class ReplaceError(CommitError, napalm.ReplaceConfigException):  # type: ignore[misc]
    """A statement of a replace candidate failed."""


_LEAVES: tuple[tuple[type[errors.DeviceError], type[errors.DeviceError]], ...] = (
    (errors.AuthenticationError, ConnectAuthError),
    (errors.HostKeyError, UntrustedError),
    (errors.IdentityError, OtherDeviceError),
    (RefusedError, CommandError),
    (errors.GarbledError, StammeringError),
    (errors.GuardError, NotArmedError),
    (errors.PendingError, LockedError),
    (errors.ApplyError, CommitError),
)


def _leaf(error: errors.DeviceError) -> type[errors.DeviceError] | None:
    if isinstance(error, errors.UnreachableError):
        late = isinstance(error.__cause__, TimeoutError)
        if error.stage == "connect":
            return ConnectTimeoutError if late else NoConnectionError
        return CommandTimeoutError if late else ConnectionClosedError
    return next((leaf for ours, leaf in _LEAVES if isinstance(error, ours)), None)


def turned(error: errors.DeviceError, leaf: type[errors.DeviceError]) -> errors.DeviceError:
    """The same error, words and all, as an instance of ``leaf``."""
    both = leaf.__new__(leaf)
    both.__dict__.update(error.__dict__)
    both.args = error.args
    return both.with_traceback(error.__traceback__)


@contextmanager
def both_families() -> Iterator[None]:
    """Give every device error that passes its double nature."""
    try:
        yield
    except napalm.NapalmException:
        raise
    except errors.DeviceError as error:
        leaf = _leaf(error)
        if leaf is None:
            raise
        raise turned(error, leaf) from error.__cause__


def as_napalm(method: Callable[P, R]) -> Callable[P, R]:
    """``both_families`` around a method, which keeps its signature: NAPALM's suite compares it."""

    @wraps(method)
    def wrapper(*args: P.args, **keywords: P.kwargs) -> R:
        with both_families():
            return method(*args, **keywords)

    # `inspect.getfullargspec` looks through no wrapper, but it believes this.
    wrapper.__signature__ = signature(method)  # type: ignore[attr-defined]
    return wrapper
