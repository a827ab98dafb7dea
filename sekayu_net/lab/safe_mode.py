"""Safe mode of one device: who holds it, what goes back, and what it says.

An undo log of at most a hundred actions, one holder a device, gone with a reboot. Changes of any
session float while it is held. Keys and prompts are the ``shell``'s, ``/safe-mode`` the console's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from sekayu_net.lab.console.interpreter import Session
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.timers import Handle

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: Actions that the history holds.
MOST_ACTIONS = 100
#: Seconds until a session whose peer fell silent counts as lost (manual: nine minutes).
SILENCE_SECONDS = 540.0
_LOOK_SECONDS = 1.0
#: Newer devices say what they do, older ones what they did.
_SPEAKS_SINCE = "7.21"
Answer = Literal["unroll", "release", "leave"]


class SafeMode:
    """``holder`` is the session that took it, None while nobody has."""

    def __init__(self, device: LabDevice) -> None:
        self._device = device
        self._before: dict[str, Any] | None = None
        self._look: Handle | None = None
        self._silent = 0.0
        self.holder: Session | None = None
        self.actions = 0

    @property
    def _speaks(self) -> bool:
        return at_least(self._device.version, _SPEAKS_SINCE)

    def take(self, session: Session) -> str:
        """Take what nobody holds; what the device says."""
        if self.holder is session:
            return "Safe Mode is already active"
        self.holder, self.actions = session, 0
        self._before = self._device.state.snapshot()
        self._silent = 0.0
        self._watch()
        return "Taking Safe Mode session... Success!" if self._speaks else "[Safe Mode taken]"

    def release(self, session: Session) -> str:
        """Keep all; what the device says."""
        if self.holder is not session:
            return "Safe Mode has not been taken. Action aborted."
        self._forget()
        if self._speaks:
            return "Releasing Safe Mode... Success!\nSafe Mode released"
        return "[Safe Mode released]"

    def unroll(self, session: Session) -> str:
        """Take all back; what the device says."""
        if self.holder is not session:
            return "Safe Mode has not been taken. Action aborted."
        self._go_back()
        return "Unrolling Safe Mode... Success!" if self._speaks else "[Safe Mode unrolled]"

    def question(self, session: Session) -> str | None:
        """What someone is asked who wants what another holds; None where the device refuses."""
        if not self._speaks:
            return "Hijacking Safe Mode from someone - unroll/release/don't take it [u/r/d]:"
        if self.holder is not None and self.holder.user == session.user:
            return (
                "Safe Mode is taken by current user in another session.\n"
                "Unroll, release or abort [u/r]? "
            )
        return None

    def refusal(self) -> str:
        """What the device says to someone who does not get it."""
        if not self._speaks:
            return ""
        if self.holder is None:
            return "Action aborted."
        return f"Safe Mode is taken by another user ({self.holder.user}). Action aborted."

    def hijack(self, session: Session, answer: Answer) -> str:
        """Take it from its holder, whose changes go back or stay; what the device says."""
        loser = self.holder
        if answer == "leave" or loser is None:
            return "Action aborted." if self._speaks else ""
        if answer == "unroll":
            self._go_back()
        else:
            self._forget()
        loser.write("\n[Safe mode released by another user]\n")
        return self.take(session)

    def count(self) -> None:
        """Somebody changed something."""
        if self.holder is None:
            return
        self.actions += 1
        if self.actions <= MOST_ACTIONS:
            return
        if self._device.quirks.safe_mode_overflow == "leaves":
            self._forget()
        else:
            self._before = None

    def session_ended(self, session: Session) -> None:
        """A login is over: what it held goes back."""
        if self.holder is session:
            self._go_back()

    def power_lost(self) -> None:
        """The device goes down: what was changed stays, nobody holds anything."""
        self._forget()

    def _forget(self) -> None:
        self.holder, self._before, self.actions = None, None, 0
        if self._look is not None:
            self._look.cancel()
            self._look = None

    def _go_back(self) -> None:
        before = self._before
        self._forget()
        if before is not None:
            self._device.state.restore(before)
            self._device.scheduler.refresh()
            self._device.changed()

    def _watch(self) -> None:
        self._look = self._device.timers.call_later(_LOOK_SECONDS, self._notice)

    def _notice(self) -> None:
        holder = self.holder
        if holder is None:
            return
        self._silent = 0.0 if holder.reachable() else self._silent + _LOOK_SECONDS
        if self._silent >= SILENCE_SECONDS:
            self._go_back()
            holder.hang_up()
            return
        self._watch()
