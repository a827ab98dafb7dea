"""What a person sees of plans, runs and audits. Rich is imported when something is drawn.

Results go to the console that the caller gives (stdout). What is seen while a run goes on is
``progress``'s.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from sekayu_net.audit import Finding, HostAudit
from sekayu_net.journal import DONE, State
from sekayu_net.languages import translated
from sekayu_net.plan import HostPlan, Plan
from sekayu_net.report.wording import counted
from sekayu_net.rollout.device import Outcome

if TYPE_CHECKING:
    from rich.console import Console

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
#: A blank at which ``hung`` does not wrap.
TOGETHER = "\N{NO-BREAK SPACE}"
#: So many pending findings of a device, or menus of them, are told one by one.
FEW = 6
#: What a technician does about a state.
NEXT_STEPS: Mapping[str, str] = {
    "reverted": "the device went back by itself; read the reason, correct, plan again",
    "failed": "the reason says whether anything was left changed there; correct, plan again",
    "stale": "someone changed it since the plan: plan again",
    "unreachable": "look at its power and link; when it answers: sekayu-net deploy --catch-up",
    "skipped": "its turn did not come: correct what stopped the run, then deploy again",
    "unknown": "sekayu-net resume asks it again",
}


def print_diff(diff: str, console: Console) -> None:
    """A diff, each line in its colour."""
    from rich.cells import cell_len
    from rich.segment import Segment, Segments
    from rich.text import Text

    told: list[Segment] = []
    for line in diff.rstrip("\n").split("\n") if diff else ():
        mark = line.strip()[:1]
        style = DIFF_STYLES.get(mark, "") if line[:1] == " " else "bold"
        if line.isprintable() and cell_len(line) <= console.width:
            # Hundreds of thousands, of a large plan: there is nothing here for Rich to wrap.
            told += (Segment(line, console.get_style(style)), Segment.line())
        else:
            told += console.render(Text(line, style=style))
    console.print(Segments(told), end="")


def print_plan(plan: Plan, console: Console, *, full: bool = False) -> None:
    """The exact change of each device, then a line a device that is left alone and why.

    Devices whose change is the same are told of together, unless ``full``.
    """
    from rich.text import Text

    for hosts in same_change(plan, apart=full):
        first = hosts[0]
        for line in heading(hosts, plan):
            console.print(Text(hung(translated(line), console.width), style="bold"))
        for note in folded(first.warnings):
            said = translated(f"  note: {note}")
            console.print(Text(hung(said, console.width), style="yellow"))
        if first.linked:
            console.print(Text(translated(f"  {linked_line(first)}"), style="bold magenta"))
        if first.status == "refused":
            said = translated(f"  refused: {first.reason}")
            console.print(Text(hung(said, console.width), style="red"))
        print_diff(first.diff, console)
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


def same_change(plan: Plan, *, apart: bool = False) -> list[tuple[HostPlan, ...]]:
    """The devices that are changed or refused: together when all that is shown of them is equal."""
    groups: dict[object, list[HostPlan]] = {}
    for host in plan.with_status("change", "refused"):
        shown = (host.status, host.reason, host.diff, undo_line(host), host.warnings, host.linked)
        groups.setdefault(host.host if apart or host.linked else shown, []).append(host)
    return [tuple(group) for group in groups.values()]


def heading(hosts: Sequence[HostPlan], plan: Plan) -> list[str]:
    """The lines above a diff: whose, how many operations, under which undo."""
    told = undo_line(hosts[0])
    if len(plan.waves) > 1:
        waves = list(dict.fromkeys(plan.wave_of(host.host) for host in hosts))
        told += f"  wave: {', '.join(waves)}"
    if len(hosts) == 1:
        return [f"{hosts[0].host}  {told}"]
    names = ", ".join(host.host for host in hosts)
    return [names, f"  the same change on {counted(len(hosts), 'device')}, each {told}"]


def undo_line(host: HostPlan) -> str:
    """How much a device's change is, and what takes it back."""
    told = counted(host.operations, "operation")
    if host.removals:
        told += f", {counted(host.removals, 'removal')}"
    if host.guard is not None:
        told += f"  undo: {host.guard}"
    if host.survives:
        told += f" (survives {', '.join(host.survives)})"
    if host.management_path:
        told += "  ! management path"
    return told


def folded(notes: Iterable[str]) -> list[str]:
    """Notes, those that say the same of several properties (``/MENU ITEM: KEY …``) as one.

    What is said of a whole device comes first.
    """
    whole: list[str] = []
    keys: dict[str, dict[str, list[str]]] = {}
    for note in notes:
        where, colon, what = note.partition(": ")
        key, blank, said = what.partition(" ")
        if where.startswith("/") and colon and blank:
            keys.setdefault(said, {}).setdefault(where, []).append(key)
        else:
            whole.append(note)
    for said, places in keys.items():
        alike: dict[tuple[str, ...], list[str]] = {}
        for where, named in places.items():
            alike.setdefault(tuple(named), []).append(where)
        whole += [f"{', '.join(each)}: {', '.join(named)} {said}" for named, each in alike.items()]
    return whole


def hung(line: str, width: int) -> str:
    """A line that is wrapped where need be, further lines below its words. See ``TOGETHER``."""
    inner = line.lstrip(" ")
    margin = " " * (len(line) - len(inner))
    return textwrap.fill(
        inner,
        width,
        initial_indent=margin,
        subsequent_indent=margin + "  ",
        break_on_hyphens=False,
    ).replace(TOGETHER, " ")


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
        line = Text(hung(f"{state}  {', '.join(hosts)}", console.width))
        line.stylize(STATE_STYLES.get(state, ""), 0, len(state))
        console.print(line)
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


def print_audit(audits: Mapping[str, HostAudit], console: Console, *, full: bool = False) -> None:
    """What was found on each device, then one line of counts.

    More than a few findings that are pending are counted by menu, unless ``full``: a device that
    was never deployed has hundreds.
    """
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
        pending = [finding for finding in shown if finding.cause == "pending"]
        by_menu = not full and len(pending) > FEW
        for finding in shown:
            if not (by_menu and finding.cause == "pending"):
                for line in finding_lines(finding):
                    console.print(Text(hung(line, console.width)))
        for line in pending_lines(pending) if by_menu else ():
            console.print(Text(hung(translated(line), console.width)))
        if aside:
            console.print(Text(translated(f"  ({aside} unmanaged, not judged)"), style="dim"))
        if audit.count("drift") and audit.history:
            console.print(Text(translated(f"  its own history: {audit.history[0]}"), style="dim"))
    told = ", ".join(f"{count} {status}" for status, count in counts.items())
    console.print(translated(f"{counted(len(audits), 'device')}: {told}"))


def pending_lines(pending: Sequence[Finding]) -> Iterator[str]:
    """Findings that are pending, counted by menu: those with the most first."""
    counts = Counter(finding.path for finding in pending).most_common()
    told = [f"{path} ({count})".replace(" ", TOGETHER) for path, count in counts[:FEW]]
    if len(counts) > FEW:
        told.append(counted(len(counts) - FEW, "more menu"))
    yield f"  pending: {counted(len(pending), 'finding')}; each with --full"
    yield f"      {', '.join(told)}"


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
