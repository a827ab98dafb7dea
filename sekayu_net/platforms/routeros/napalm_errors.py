"""Our device errors as NAPALM's own exceptions, for those who use the driver through NAPALM.

Each class is both: ``except AuthenticationError`` and ``except napalm…ConnectAuthError`` catch it.
Imported with the driver only: NAPALM takes half a second
(and ships no types, hence the ignores).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from napalm.base import exceptions as napalm

from sekayu_net import errors
from sekayu_net.platforms.routeros.session import RefusedError


class ConnectAuthError(errors.AuthenticationError, napalm.ConnectAuthError):  # type: ignore[misc]
    """The device refuses our key or password."""


class UntrustedError(errors.HostKeyError, napalm.ConnectionException):  # type: ignore[misc]
    """The host key is unknown or has changed."""


class LostError(errors.UnreachableError, napalm.ConnectionException):  # type: ignore[misc]
    """No answer."""


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


_LEAVES: tuple[tuple[type[errors.DeviceError], type[errors.DeviceError]], ...] = (
    (errors.AuthenticationError, ConnectAuthError),
    (errors.HostKeyError, UntrustedError),
    (errors.UnreachableError, LostError),
    (errors.IdentityError, OtherDeviceError),
    (RefusedError, CommandError),
    (errors.GarbledError, StammeringError),
    (errors.GuardError, NotArmedError),
    (errors.PendingError, LockedError),
    (errors.ApplyError, CommitError),
)


@contextmanager
def as_napalm() -> Iterator[None]:
    """Give every device error its double nature. Works as a decorator too."""
    try:
        yield
    except napalm.NapalmException:
        raise
    except errors.DeviceError as error:
        for ours, leaf in _LEAVES:
            if isinstance(error, ours):
                both = leaf.__new__(leaf)
                both.__dict__.update(error.__dict__)
                both.args = error.args
                raise both.with_traceback(error.__traceback__) from error.__cause__
        raise
