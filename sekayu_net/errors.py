"""Every error that sekayu-net raises on purpose.

What a caller can catch, at a glance::

    SekayuError
    ├── UsageError                 wrong words on the command line           exit 2
    ├── ProjectError               no project, or its settings are wrong
    │   └── LockError              another run holds the project
    ├── InputError                 a file with a fault: file, line, column
    │   ├── InventoryError         the inventory contradicts itself
    │   ├── PlaybookError          a playbook is wrong
    │   ├── PlanFileError          a plan was edited, expired or is of another project
    │   └── ConfigSyntaxError      text that is not a configuration of its platform
    ├── RenderError                a template fails: template, line, host
    ├── ApprovalError              a plan lacks signatures, or one can't be made
    ├── SecretError                a secret can't be resolved or stored
    ├── JournalError               the record can't be written
    ├── LabError                   the simulated district
    ├── ClusterError               machines that read for us can't do what they were asked
    └── DeviceError                anything a device did; always names host and stage
        ├── UnreachableError       no answer: nothing is known of the device now
        ├── AuthenticationError    the device refuses our key or password
        ├── HostKeyError           the device presents another (or an unknown) host key
        ├── IdentityError          serial number, model, version or name is not the inventory's
        ├── GarbledError           the device answered what its platform never answers
        ├── GuardError             the way back can't be armed: nothing was written
        ├── PendingError           another change waits there for its confirmation
        ├── StaleError             the device changed since the plan was made
        └── ApplyError             a statement failed: line, statement, the device's words

A message says what happened and where; ``hint`` says what to do next. Only ``cli``
turns errors into exit codes.
"""

from __future__ import annotations

from pathlib import Path


class SekayuError(Exception):
    """Root of the tree. ``str()`` is one or more full lines for a technician."""

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message

    def __reduce__(self) -> tuple[object, ...]:
        """Errors cross processes, and most are made with words of their own."""
        return _again, (type(self), self.args, self.__dict__)


def _again(kind: type[SekayuError], args: tuple[object, ...], held: dict[str, object]) -> object:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(held)
    return error


class UsageError(SekayuError):
    """The command line asks for something that makes no sense."""


class ProjectError(SekayuError):
    """No project folder, or its settings are wrong."""


class LockError(ProjectError):
    """Another process works on this project now."""


class InputError(SekayuError):
    """A file with a fault. ``file``, ``line`` and ``column`` (from 1) where known."""

    def __init__(
        self,
        message: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.file = file
        self.line = line
        self.column = column

    @property
    def where(self) -> str:
        """``file:line:column``, as far as known; empty when nothing is."""
        parts = [str(part) for part in (self.file, self.line, self.column) if part is not None]
        return ":".join(parts)

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class InventoryError(InputError):
    """The inventory is wrong. ``findings`` holds one ``InputError`` for each fault found."""

    def __init__(self, findings: list[InputError]) -> None:
        count = len(findings)
        super().__init__(f"the inventory has {count} fault{'s' if count != 1 else ''}")
        self.findings = findings

    def __str__(self) -> str:
        return "\n".join([*(str(finding) for finding in self.findings), self.message])


class PlaybookError(InputError):
    """A playbook is wrong."""


class PlanFileError(InputError):
    """A saved plan can't be used: edited, expired, or of another project."""


class ConfigSyntaxError(InputError):
    """Text that is not a configuration of the platform it claims to be."""


class RenderError(InputError):
    """A template fails. ``host`` is the device it was rendered for."""

    def __init__(
        self,
        message: str,
        *,
        host: str,
        file: Path | str | None = None,
        line: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(f"{host}: {message}", file=file, line=line, hint=hint)
        self.host = host


class ApprovalError(SekayuError):
    """A plan lacks signatures, or one can't be made or checked. Nothing was done."""


class SecretError(SekayuError):
    """A secret can't be resolved or stored. The message never holds a value."""


class JournalError(SekayuError):
    """The record can't be written: nothing may be done that it would not know of."""


class LabError(SekayuError):
    """The simulated district can't do what was asked."""


class ClusterError(SekayuError):
    """Machines that read for us can't do what they were asked. Devices had no part in it."""


class DeviceError(SekayuError):
    """Something a device did. ``stage`` is the step of the job that met it."""

    def __init__(self, message: str, *, host: str, stage: str, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.host = host
        self.stage = stage

    def __str__(self) -> str:
        return f"{self.host}: {self.stage}: {self.message}"


class UnreachableError(DeviceError):
    """No answer. What state the device is in is not known.

    ``busy``: something there turned us away before the login (a refused connection, a server that
    left without a word). That may be load, so a *read* may be tried again a little later.
    """

    busy = False


class AuthenticationError(DeviceError):
    """The device refuses our key or password."""


class HostKeyError(DeviceError):
    """The device's host key is unknown or another than the one pinned."""


class IdentityError(DeviceError):
    """The device is not the one the inventory describes."""


class GarbledError(DeviceError):
    """The device answered what its platform never answers."""


class GuardError(DeviceError):
    """The way back can't be armed. Nothing was written."""


class PendingError(DeviceError):
    """Another change waits on the device for its confirmation. Nothing was written."""


class StaleError(DeviceError):
    """The device is not as it was when the plan was made. Nothing was written."""


class ApplyError(DeviceError):
    """A statement failed on the device. ``line`` is its line in the script, from 1."""

    def __init__(
        self,
        message: str,
        *,
        host: str,
        stage: str,
        line: int | None = None,
        statement: str | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message, host=host, stage=stage, hint=hint)
        self.line = line
        self.statement = statement
