"""What a person sees of plans, runs and audits. Rich is imported when something is drawn.

Results go to the console that the caller gives (stdout). What is seen while a run goes on is
``progress``'s.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.journal import DONE, State
from sekayu_net.languages import translated
from sekayu_net.plan import HostPlan, Plan
from sekayu_net.report.wording import counted
from sekayu_net.rollout.device import Outcome

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

#: The first character of a diff's line → its colour.
DIFF_STYLES = {"+": "green", "-": "red", "~": "yellow", ">": "cyan", "!": "bold magenta"}
STATE_STYLES: Mapping[str, str] = {
    "confirmed": "green",
    "unchanged": "green",
    "clean": "green",
    "reverted": "yellow",
    "stale": "yellow",
    "pending": "yellow",
    "unreachable": "yellow",
    "skipped": "dim",
    "drift": "red",
    "drift+pending": "red",
    "failed": "red",
    "refused": "red",
    "error": "red",
    "unknown": "bold red",
}
#: What a technician does about a state.
NEXT_STEPS: Mapping[str, str] = {
    "reverted": "the device went back by itself; read the reason, correct, plan again",
    "failed": "the reason says whether anything was left changed there; correct, plan again",
    "stale": "someone changed it since the plan: plan again",
    "unreachable": "look at its power and link; when it answers: sekayu-net deploy --catch-up",
    "skipped": "its turn did not come: correct what stopped the run, then deploy again",
    "unknown": "sekayu-net resume asks it again",
}


def styled(line: str) -> Text:
    """A line of a diff with its colour."""
    from rich.text import Text

    mark = line.strip()[:1]
    style = DIFF_STYLES.get(mark, "") if line[:1] == " " else "bold"
    return Text(line, style=style)


def print_plan(plan: Plan, console: Console) -> None:
    """The exact change of each device, then a line a device that is left alone and why."""
    from rich.text import Text

    for host in plan.with_status("change", "refused"):
        console.print(heading(host, plan))
        for warning in host.warnings:
            console.print(Text(translated(f"  note: {warning}"), style="yellow"))
        if host.linked:
            console.print(Text(translated(f"  {linked_line(host)}"), style="bold magenta"))
        if host.status == "refused":
            console.print(Text(translated(f"  refused: {host.reason}"), style="red"))
        for line in host.diff.rstrip("\n").split("\n") if host.diff else ():
            console.print(styled(line))
        console.print()
    for host in plan.with_status("unreachable", "error"):
        console.print(
            Text(translated(f"{host.host}: {host.status}: {host.reason}"), style="yellow")
        )
    same = plan.with_status("unchanged")
    if same:
        alike = f"unchanged: {', '.join(host.host for host in same)}"
        console.print(Text(translated(alike), style="green"))
    console.print(translated(plan_summary(plan)))


def heading(host: HostPlan, plan: Plan) -> Text:
    """One host's line above its diff: how many operations, under which undo."""
    from rich.text import Text

    told = f"{host.host}  {counted(host.operations, 'operation')}"
    if host.removals:
        told += f", {counted(host.removals, 'removal')}"
    if host.guard is not None:
        told += f"  undo: {host.guard}"
    if host.survives:
        told += f" (survives {', '.join(host.survives)})"
    if host.management_path:
        told += "  ! management path"
    if len(plan.waves) > 1:
        told += f"  wave: {plan.wave_of(host.host)}"
    return Text(translated(told), style="bold")


def linked_line(host: HostPlan) -> str:
    """With whom a device changes what they must agree on."""
    others = [other for other in host.linked if other != host.host]
    fate = "both or neither" if len(others) == 1 else "all or none"
    return f"linked with {', '.join(others)}: {fate}"


def plan_summary(plan: Plan) -> str:
    """The last line of a plan: what it would do to how many, and its id."""
    counts: dict[str, int] = {}
    for host in plan.hosts.values():
        counts[host.status] = counts.get(host.status, 0) + 1
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    operations = sum(host.operations for host in plan.with_status("change"))
    return f"plan {plan.plan_id[:12]}: {told}; {counted(operations, 'operation')}"


def print_outcomes(outcomes: Iterable[Outcome], console: Console) -> None:
    """The table at the end of a run; below it why a device is not confirmed, and what to do."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    ended = list(outcomes)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(translated("host"), no_wrap=True)
    table.add_column(translated("wave"), overflow="fold")
    table.add_column(translated("state"), no_wrap=True)
    table.add_column("s", justify="right", no_wrap=True)
    for outcome in ended:
        shown = Text(outcome.state, style=STATE_STYLES.get(outcome.state, ""))
        seconds = f"{outcome.seconds:.1f}" if outcome.seconds else ""
        table.add_row(outcome.host, outcome.wave, shown, seconds)
    console.print(table)
    for (state, reason), hosts in alike(ended).items():
        line = Text(state, style=STATE_STYLES.get(state, ""))
        console.print(line.append(f"  {', '.join(hosts)}", style="default"))
        told = [reason] if reason else []
        if state not in DONE:
            told.append(f"next: {NEXT_STEPS.get(state, 'see the reason')}")
        for words in told:
            console.print(indented(translated(words), console.width))


def indented(words: str, width: int) -> str:
    """Words below a line, each further line as far in as the first."""
    margin = " " * 4
    return textwrap.fill(
        words, width, initial_indent=margin, subsequent_indent=margin, break_on_hyphens=False
    )


def alike(outcomes: Iterable[Outcome]) -> Mapping[tuple[State, str], list[str]]:
    """The hosts about which there is something to say, by state and reason."""
    found: dict[tuple[State, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.reason or outcome.state not in DONE:
            found.setdefault((outcome.state, outcome.reason or ""), []).append(outcome.host)
    return found


def print_audit(audits: Mapping[str, HostAudit], console: Console) -> None:
    """What was found on each device, then one line of counts."""
    from rich.text import Text

    counts: dict[str, int] = {}
    for host, audit in audits.items():
        counts[audit.status] = counts.get(audit.status, 0) + 1
        shown = [f for f in audit.findings if f.kind != "unmanaged"]
        aside = len(audit.findings) - len(shown)
        if not shown and audit.status == "clean":
            continue
        style = STATE_STYLES.get(audit.status, "")
        reason = f"  {audit.reason}" if audit.reason else ""
        note = f"  {audit.note}" if audit.note else ""
        console.print(Text(translated(f"{host}  {audit.status}{reason}{note}"), style=style))
        for finding in shown:
            for line in finding_lines(finding):
                console.print(Text(line))
        if aside:
            console.print(Text(translated(f"  ({aside} unmanaged, not judged)"), style="dim"))
        if audit.count("drift") and audit.history:
            console.print(Text(translated(f"  its own history: {audit.history[0]}"), style="dim"))
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    console.print(translated(f"{counted(len(audits), 'device')}: {told}"))


def finding_lines(finding: Finding) -> Iterator[str]:
    """A finding as lines for people: what, the two sides, who and when, what to do."""
    head = f"{finding.cause}: " if finding.cause else ""
    if finding.kind == "rule":
        head = f"{finding.severity}: {translated(finding.message or '')}: "
    item = f" {finding.item}" if finding.item else ""
    yield f"  {head}{finding.kind}  {finding.path}{item}"
    if finding.kind == "secret" and finding.message:
        yield f"      {translated(finding.message)}"
    else:
        for word, value in (
            (translated("expected:"), finding.expected),
            (translated("actual:"), finding.actual),
        ):
            if value is not None and value != finding.item:
                yield f"      {word} {value}"
    told = [part for part in (finding.who, finding.when) if part]
    if told:
        yield f"      {translated('by its own record:')} {', '.join(told)}"
    if finding.fix:
        yield f"      {translated(f'fix: {finding.fix}')}"
