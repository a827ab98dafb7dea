"""Archive, ``configure replace`` and the change that must be confirmed.

After Cisco's "Configuration Replace and Configuration Rollback" and "Configuration Rollback
Confirmed Change" guides. A pending change lives in memory: it is gone with the power, and what
was not saved goes with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.ios.differences import commands
from sekayu_net.lab.ios.editor import Ask, replay
from sekayu_net.lab.ios.grammar import CommandError
from sekayu_net.lab.timers import Handle

if TYPE_CHECKING:
    from sekayu_net.lab.ios.device import IosDevice

_OFF = "%Please turn config archive on before using this function\n"
_PASSES = 5


@dataclass(slots=True)
class Pending:
    """A change that reverts unless it is confirmed. ``seconds`` is the timer's whole length."""

    configured: datetime
    idle: bool
    seconds: float
    user: str
    file: str
    handle: Handle


@dataclass(frozen=True, slots=True)
class Replaced:
    """What came of a replace; ``text`` is what the console prints."""

    text: str
    failed: bool


class Rollback:
    """The archive of one device and its pending change."""

    def __init__(self, device: IosDevice) -> None:
        self._device = device
        self.archived: list[str] = []
        self.pending: Pending | None = None
        self._count = 0

    # -- archive -------------------------------------------------------------------------------

    @property
    def path(self) -> str:
        """Where the archive is kept; empty when the feature is off."""
        section = self._device.running.get("archive")
        line = section.get("path") if section is not None else None
        return "" if line is None else line.text.split(" ", 1)[1]

    @property
    def maximum(self) -> int:
        """How many are kept."""
        section = self._device.running.get("archive")
        line = section.get("maximum") if section is not None else None
        return 10 if line is None else int(line.text.split()[1])

    def next_name(self) -> str:
        """The file that the next one will be."""
        now = self._device.clock.now()
        when = f"{now:%b}-{now.day:2d}-{now:%H-%M-%S}.{now.microsecond // 1000:03d}".replace(
            " ", "-"
        )
        path = self.path.replace("$h", self._device.hostname)
        if "$t" in path:
            return f"{path.replace('$t', when)}-{self._count}"
        return f"{path}-{when}-{self._count}"

    def archive(self) -> str:
        """Keep the running configuration; the file's name.

        ``CommandError`` when the archive is off or has no room.
        """
        if not self.path:
            raise CommandError(_OFF)
        name = self.next_name()
        try:
            self._device.files.write(_bare(name), self._device.running_text().encode())
        except DiskFullError:
            raise CommandError(f"%Error opening {name} (No space left on device)\n") from None
        self._count += 1
        self.archived.append(name)
        while len(self.archived) > self.maximum:
            self._device.files.remove(_bare(self.archived.pop(0)))
        return name

    # -- replace -------------------------------------------------------------------------------

    async def replace(self, text: str, *, trigger: bool, ask: Ask) -> Replaced:
        """``configure replace … force``: become what a file says, or (``trigger``) stay."""
        device = self._device
        if "\n" not in text.strip() or text.lstrip().startswith("\x00"):
            return Replaced("%Input file is not a valid config file.\n", failed=True)
        before = device.running_text()
        target = device.factory(bare=True)
        errors = replay(device, target, text.splitlines())
        failed = [line for line, _ in errors]
        names = {line.text.split()[1] for line in device.running.all("username")}
        for name in sorted(names - {line.text.split()[1] for line in target.all("username")}):
            await ask(
                "This operation will remove all username related configurations with same name."
                "Do you want to continue? [confirm]"
            )
            del name
        lines = commands(before, text)
        for line in lines:
            device.before_statement(line)
            rejected = device.faults.reject_statement
            if rejected and rejected in line:
                failed.append(line)
        if failed and trigger:
            return Replaced(_failure(failed) + "The original configuration has been successfully "
                            "restored.\n", failed=True)  # fmt: skip
        device.running.root = target.root
        if failed:
            return Replaced(_failure(failed), failed=True)
        passes = 1 if lines else 0
        return Replaced(f"Total number of passes: {passes}\nRollback Done\n\n", failed=False)

    # -- confirmed change ----------------------------------------------------------------------

    def arm(self, minutes: int, user: str, *, idle: bool = False) -> str:
        """Archive, and revert to that after so many minutes; the console's words.

        ``CommandError`` without an archive, or when a change is pending already.
        """
        if not self.path:
            raise CommandError(_OFF)
        if self.pending is not None:
            raise CommandError(
                "%Rollback Confirmed Change is already in progress. Confirm or revert it first.\n"
            )
        file = self.archive()
        device = self._device
        handle = device.timers.call_later(minutes * 60, self._due)
        self.pending = Pending(device.clock.now(), idle, minutes * 60, user, file, handle)
        kind = "IDLETIMER" if idle else "ABSTIMER"
        device.log.add(
            ("ARCHIVE_DIFF", "5"),
            f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_START_{kind}: User: {user}(Priv: 15, View: 0): "
            f"Scheduled to rollback to config {file} in {minutes} minutes",
        )
        return f"Rollback Confirmed Change: Backing up current running config to {file}\n\n"

    def touched(self, user: str) -> None:
        """The user typed something: an idle timer begins anew."""
        pending = self.pending
        if pending is not None and pending.idle and pending.user == user:
            pending.handle.cancel()
            pending.handle = self._device.timers.call_later(pending.seconds, self._due)

    def confirm(self) -> str:
        """``configure confirm``."""
        if self.pending is None:
            return "%No Rollback Confirmed Change pending\n"
        self._forget()
        self._device.log.add(
            ("ARCHIVE_DIFF", "5"),
            "%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_CONFIRM: User confirmed the configuration change",
        )
        return ""

    async def revert(self, ask: Ask) -> str:
        """``configure revert now``."""
        if self.pending is None:
            return "%No Rollback Confirmed Change pending\n"
        file = self.pending.file
        self._forget()
        return f"Rollback Confirmed Change: rolling to:{file}\n\n" + await self._back(file, ask)

    def set_timer(self, minutes: int) -> str:
        """``configure revert timer N``."""
        if self.pending is None:
            return "%No Rollback Confirmed Change pending\n"
        self.pending.handle.cancel()
        self.pending.seconds = minutes * 60
        self.pending.configured = self._device.clock.now()
        self.pending.handle = self._device.timers.call_later(minutes * 60, self._due)
        return ""

    def lose(self) -> None:
        """The power went."""
        self._forget()

    def shown(self) -> str:
        """``show archive config rollback timer``."""
        if self.pending is None:
            return "%No Rollback Confirmed Change pending\n"
        pending = self.pending
        when = pending.configured
        zone = self._device.zone_name
        return (
            f"Time configured(absolute): {when:%H:%M:%S} {zone} {when:%a %b} {when.day} {when:%Y}\n"
            f"Timer type: {'idle' if pending.idle else 'absolute'} timer\n"
            f"Timer value: {int(pending.seconds // 60)} min\n"
            f"User: {pending.user}\n"
        )

    def _forget(self) -> None:
        if self.pending is not None:
            self.pending.handle.cancel()
            self.pending = None

    def _due(self) -> None:
        from sekayu_net.lab.ios.device import StoppedError
        from sekayu_net.lab.ios.editor import run_now

        if self.pending is None:
            return
        file = self.pending.file
        self.pending = None
        self._device.log.add(
            ("ARCHIVE_DIFF", "5"),
            f"%ARCHIVE_DIFF-5-ROLLBK_CNFMD_CHG_ROLLBACK_START: Start rolling to: {file}",
        )

        async def enter(prompt: str) -> str:  # noqa: ARG001 - nobody is there to ask
            return ""

        try:
            run_now(self._back(file, enter))
        except StoppedError:
            return  # the power went; the startup configuration comes

    async def _back(self, file: str, ask: Ask) -> str:
        found = self._device.files.get(_bare(file))
        if found is None:
            return f"%Error opening {file} (No such file or directory)\n"
        done = await self.replace(found.data.decode(), trigger=False, ask=ask)
        self._device.edited("")
        return done.text


def _bare(name: str) -> str:
    """A name without its file system."""
    return name.partition(":")[2].lstrip("/") if ":" in name else name


def _failure(failed: list[str]) -> str:
    listed = "\n".join(f" {line.strip()}" for line in failed)
    return (
        f"The following commands are failed to apply to the IOS image.\n********\n{listed}\n"
        f"********\nRollback aborted after {_PASSES} passes\n"
    )
