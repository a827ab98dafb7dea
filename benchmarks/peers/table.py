"""What was measured, as Markdown: one table a workload and latency, then the goals."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from benchmarks.peers.contenders import ANSIBLE, AUDITED, FLOOR, NETMIKO, OURS, PLANNED, Work
from benchmarks.peers.stage import Outcome


@dataclass(frozen=True, slots=True)
class Row:
    """A contender's runs of one setting. ``devices`` are those of each run."""

    name: str
    work: Work
    latency: float
    devices: int
    workers: int
    runs: tuple[Outcome, ...]

    @property
    def each(self) -> float:
        """Seconds of wall time a device, median."""
        return statistics.median(run.seconds for run in self.runs) / self.devices

    @property
    def cpu(self) -> float:
        """Milliseconds of the client's processor a device, median."""
        return statistics.median(run.cpu for run in self.runs) / self.devices * 1000


def best(rows: Iterable[Row], name: str, work: Work, latency: float) -> Row | None:
    """The fastest setting of a contender."""
    fitting = [r for r in rows if (r.name, r.work, r.latency) == (name, work, latency)]
    return min(fitting, key=lambda row: row.each, default=None)


def _mean(values: Iterable[float | None]) -> str:
    found = [value for value in values if value is not None]
    return f"{statistics.mean(found):.1f}" if found else "–"


def _connections(row: Row) -> str:
    """Connections a device, and on how many of them nothing was asked."""
    idle = statistics.mean(run.idle or 0 for run in row.runs) / row.devices
    return _mean(run.connections for run in row.runs) + (f" ({idle:.1f} idle)" if idle else "")


def sheet(rows: Sequence[Row], work: Work, latency: float, size: int) -> list[str]:
    """The table of one workload and latency; ratios are to ours at its best."""
    own = best(rows, OURS, work, latency)
    lines = [
        f"### {work}, {latency * 1000:.0f} ms",
        "",
        (
            f"| client | workers | wall s for {size} (range) | × ours | client CPU ms a device "
            "| round trips | connections | lab CPU ms a device, busiest process | failed |"
        ),
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    fitting = [row for row in rows if (row.work, row.latency) == (work, latency)]
    for row in sorted(fitting, key=lambda row: row.each):
        walls = [run.seconds / row.devices * size for run in row.runs]
        spread = f" ({min(walls):.2f}–{max(walls):.2f})" if len(walls) > 1 else ""
        scaled = "" if row.devices == size else f", scaled from {row.devices}"
        ratio = f"{row.each / own.each:.2f}" if own else "–"
        lab = statistics.median(run.lab_cpu for run in row.runs) / row.devices * 1000
        share = max(run.lab for run in row.runs)
        busy = f"{lab:.1f}, {share:.0%}" + (" **bound by the lab**" if share > 0.85 else "")
        lines.append(
            f"| {row.name} | {row.workers} | {row.each * size:.2f}{spread}{scaled} | {ratio} "
            f"| {row.cpu:.1f} | {_mean(run.turns for run in row.runs)} "
            f"| {_connections(row)} | {busy} "
            f"| {sum(run.failed for run in row.runs)} |"
        )
    return [*lines, ""]


def _ratio(rows: Sequence[Row], name: str, work: Work, latency: float, usual: int | None) -> float:
    own = best(rows, OURS, work, latency)
    other = best([row for row in rows if usual in (None, row.workers)], name, work, latency)
    return other.each / own.each if own and other else float("nan")


def goals(rows: Sequence[Row], slow: float | None) -> list[str]:
    """Each goal with what was measured."""
    lines = ["### Goals", "", "| goal | of | wanted | measured | met |", "|---|---|---:|---:|---|"]

    def say(goal: str, of: str, wanted: str, value: float, *, met: bool) -> None:
        shown = "–" if value != value else f"{value:.2f}"
        lines.append(f"| {goal} | {of} | {wanted} | {shown} | {'yes' if met else 'no'} |")

    for work in ("export", "audit"):
        for goal, name, latency, usual, wanted in (
            ("faster than nornir-netmiko at its best", NETMIKO, 0.0, None, 3.0),
            ("faster than nornir-netmiko at its best", NETMIKO, 0.1, None, 2.5),
            ("faster than nornir-netmiko with 20 workers", NETMIKO, 0.1, 20, 10.0),
            ("faster than Ansible", ANSIBLE, 0.0, None, 40.0),
            ("faster than Ansible", ANSIBLE, 0.1, None, 40.0),
        ):
            value = _ratio(rows, name, work, latency, usual)
            if value == value:
                of = f"{work}, {latency * 1000:.0f} ms"
                say(goal, of, f"≥ {wanted:g} ×", value, met=value >= wanted)
        floor = 1 / _ratio(rows, FLOOR, work, 0.1, None)
        if floor == floor:
            say("of the floor", f"{work}, 100 ms", "≤ 1.5 ×", floor, met=floor <= 1.5)
        for name in (OURS, AUDITED):
            row = best(rows, name, work, 0.0)
            if row:
                say("client CPU", f"{name}, {work}, 0 ms", "≤ 3 ms", row.cpu, met=row.cpu <= 3)
    whole = best(rows, PLANNED, "deploy", 0.1)
    if whole and (run := whole.runs[-1]).connections is not None:
        asked = round(run.connections - (run.idle or 0) / whole.devices, 2)
        say("connections a device", "planned and deployed", "≤ 3", asked, met=asked <= 3)
    if slow is not None:
        say("500 slow devices at once", "1 s a command, one command", "≤ 3 s", slow, met=slow <= 3)
    return [*lines, ""]
