"""A run as it goes on: lines for a pipe or a log, a picture that is redrawn on a terminal.

Both go to the console that the caller gives (stderr). What a run found in the end is
``terminal``'s.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sekayu_net.journal import FINAL, State
from sekayu_net.languages import said, translated
from sekayu_net.plan import Plan
from sekayu_net.report.terminal import STATE_STYLES
from sekayu_net.report.wording import counted
from sekayu_net.rollout import spans
from sekayu_net.rollout.device import Outcome
from sekayu_net.rollout.engine import COSTLY

if TYPE_CHECKING:
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

#: What a device is doing in a state: the journal names a state before the deed.
STAGES: Mapping[State, str] = {
    "planned": said("reading, checking"),
    "armed": said("arming its undo"),
    "applied": said("applying, checking"),
    "verified": said("confirming"),
}


#: Where the words of an event begin, behind its state.
INDENT = 14


class LineProgress:
    """Progress as plain lines, one an event, for a pipe or a log."""

    def __init__(self, console: Console, plan: Plan | None = None) -> None:
        self._console = console
        self._waves = [wave.name for wave in plan.waves] if plan else []

    def wave(self, name: str, hosts: tuple[str, ...]) -> None:
        """A wave opens."""
        self._console.print(
            translated(f"wave {place(name, self._waves)}: {counted(len(hosts), 'device')}")
        )

    def soaking(self, name: str, seconds: int) -> None:
        """A wave is through and rests."""
        self._console.print(
            translated(
                f"wave {name} rests {spans.words(seconds)}; then its devices are looked at again"
            )
        )

    def stage(self, host: str, state: State) -> None:
        """A device enters a state: only its end is worth a line here."""

    def ended(self, outcome: Outcome) -> None:
        """A device's part is over."""
        self._say(told(outcome))

    def stopped(self, reason: str) -> None:
        """No further device is begun."""
        self._say(translated(f"stopped: {reason}"))

    def _say(self, line: Text | str) -> None:
        """One event, one line: whoever searches a log finds it whole."""
        self._console.print(line, soft_wrap=True)

    def close(self) -> None:
        """The run is over."""


@dataclass
class Flight:
    """A device at work: since when, in which state, and when its undo was armed. Seconds."""

    begun: float
    state: State = "planned"
    armed: float | None = None


@dataclass
class Picture:
    """What is known of a run at one moment, and how it is drawn. Seconds are of one clock."""

    plan: Plan | None = None
    wave: str = ""
    flying: dict[str, Flight] = field(default_factory=dict)
    ended: dict[str, State] = field(default_factory=dict)
    begun: float | None = None
    rests: tuple[float, float] | None = None
    rested: float = 0.0
    seconds: float = 0.0

    def lines(self, now: float, height: int) -> list[str]:
        """One line for the run, then one for each device in flight, as many as fit."""
        room = max(height - 3, 1)
        hosts = list(self.flying)
        shown = hosts if len(hosts) <= room else hosts[: room - 1]
        lines = [self.heading(now), *(self.device(host, now) for host in shown)]
        if len(shown) < len(hosts):
            lines.append(f"  … and {len(hosts) - len(shown)} more")
        return lines

    def heading(self, now: float) -> str:
        """Wave, devices done, budget, time left."""
        waves = [wave.name for wave in self.plan.waves] if self.plan else []
        parts = [f"wave {place(self.wave, waves)}"] if self.wave else []
        if self.rests is not None and parts:
            parts[0] += f" rests {spans.words(self.rests[1] - now)} more"
        if self.plan is not None:
            total = len(self.plan.with_status("change"))
            failed = sum(state in COSTLY for state in self.ended.values())
            parts.append(f"{len(self.changed())} of {total} done")
            if self.rests is None:
                parts.append(f"{failed} failed ({self.plan.failure_budget} allowed)")
            left = self.left(now)
            if left is not None:
                parts.append(f"~{spans.words(coarse(left))} left")
        return " · ".join(parts)

    def changed(self) -> list[str]:
        """The devices that were to be changed and whose part is over."""
        plan = self.plan
        return [h for h in self.ended if plan is None or plan.hosts[h].status == "change"]

    def left(self, now: float) -> float | None:
        """Seconds until the end, if all goes on as before; None while nothing is known.

        Before is how long a device takes (also those in flight) and how many were at work at once.
        """
        if self.plan is None or self.begun is None or not self.changed():
            return None
        resting = now - self.rests[0] if self.rests is not None else 0.0
        worked = now - self.begun - self.rested - resting
        flown = [now - flight.begun for flight in self.flying.values()]
        spent = self.seconds + sum(flown)
        missing = len(self.plan.with_status("change")) - len(self.changed())
        each = spent / (len(self.changed()) + len(flown))
        work = max(0.0, each * missing - sum(flown)) * worked / spent if spent else 0.0
        names = [wave.name for wave in self.plan.waves]
        later = self.plan.waves[names.index(self.wave) :] if self.wave in names else ()
        return work + max(0.0, sum(wave.soak for wave in later) - resting)

    def device(self, host: str, now: float) -> str:
        """One device in flight: what it does, for how long, and when its undo would fire."""
        flight = self.flying[host]
        stage = STAGES.get(flight.state, flight.state)
        line = f"  {host:<32} {stage:<18} {now - flight.begun:4.0f} s"
        if self.plan is not None and flight.armed is not None:
            line += f"  undo in {max(0.0, flight.armed + self.plan.confirm_within - now):.0f} s"
        return line


class LiveProgress(LineProgress):
    """Progress on a terminal: finished devices scroll by, the run and who is in flight below."""

    def __init__(
        self,
        console: Console,
        plan: Plan | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        from rich.live import Live

        super().__init__(console, plan)
        # Ctrl-C prints from the main thread wherever that is: it may hold the lock already.
        self._lock = threading.RLock()
        self._clock = clock
        self._picture = Picture(plan)
        self._live: Live = Live(
            console=console, transient=True, refresh_per_second=4, get_renderable=self._draw
        )
        self._live.start()

    def wave(self, name: str, hosts: tuple[str, ...]) -> None:
        """A wave opens."""
        with self._lock:
            self._rested()
            self._picture.wave = name
            if self._picture.begun is None:
                self._picture.begun = self._clock()
        super().wave(name, hosts)

    def soaking(self, name: str, seconds: int) -> None:
        """A wave is through and rests."""
        with self._lock:
            now = self._clock()
            self._picture.rests = (now, now + seconds)
        super().soaking(name, seconds)

    def stage(self, host: str, state: State) -> None:
        """A device enters a state."""
        with self._lock:
            now = self._clock()
            flight = self._picture.flying.setdefault(host, Flight(now))
            flight.state = state
            if state == "applied":
                flight.armed = now

    def ended(self, outcome: Outcome) -> None:
        """A device's part is over."""
        with self._lock:
            self._picture.flying.pop(outcome.host, None)
            if outcome.state in FINAL or outcome.state in COSTLY:
                self._picture.ended[outcome.host] = outcome.state
                self._picture.seconds += outcome.seconds
        super().ended(outcome)

    def stopped(self, reason: str) -> None:
        """No further device is begun."""
        with self._lock:
            self._rested()
        super().stopped(reason)

    def _say(self, line: Text | str) -> None:
        """One event; what does not fit goes below its words, not below its state."""
        from rich.padding import Padding
        from rich.text import Text

        text = Text(line) if isinstance(line, str) else line
        width = self._console.width
        first, *more = text.wrap(self._console, width) if text.cell_len > width else [text]
        self._console.print(first)
        if more:
            rest = Text(" ").join(more)
            self._console.print(Padding(rest, (0, 0, 0, INDENT)))

    def close(self) -> None:
        """The run is over: the lines in flight go."""
        self._live.stop()

    def _rested(self) -> None:
        if self._picture.rests is not None:
            self._picture.rested += self._clock() - self._picture.rests[0]
            self._picture.rests = None

    def _draw(self) -> Text:
        from rich.text import Text

        with self._lock:
            lines = self._picture.lines(self._clock(), self._console.height)
        lines = [translated(line) for line in lines]
        drawn = Text(no_wrap=True, overflow="ellipsis")
        for number, line in enumerate(lines):
            drawn.append(
                line if number == 0 else f"\n{line}", style="bold" if not number else "cyan"
            )
        return drawn


def coarse(seconds: float) -> float:
    """A guess, no finer than it can be: 5 s below a minute, else minutes."""
    step = 5 if seconds < 60 else 60
    return max(step, round(seconds / step) * step)


def place(name: str, waves: list[str]) -> str:
    """A wave's name, and which of how many it is when there are several."""
    if len(waves) < 2 or name not in waves:
        return name
    return f"{name} ({waves.index(name) + 1}/{len(waves)})"


def told(outcome: Outcome) -> Text:
    """One outcome as a line."""
    from rich.text import Text

    line = Text("  ")
    line.append(f"{outcome.state:<12}", style=STATE_STYLES.get(outcome.state, ""))
    line.append(outcome.host)
    if outcome.seconds:
        line.append(f"  {outcome.seconds:.1f} s", style="dim")
    if outcome.reason:
        line.append(translated(f"  {outcome.reason}"))
    return line


def progress_on(console: Console, plan: Plan | None = None) -> LineProgress:
    """Live where the console is a terminal that can be redrawn, plain lines elsewhere.

    ``plan``: what the run carries out, to tell its waves, budget and time left.
    """
    if console.is_terminal:
        return LiveProgress(console, plan)
    return LineProgress(console, plan)
