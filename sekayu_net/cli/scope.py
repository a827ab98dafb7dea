"""Which devices a command is about, and the plan for them: shared by plan, deploy and audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sekayu_net.cli import output
from sekayu_net.errors import UsageError
from sekayu_net.inventory.selection import Selection, select
from sekayu_net.near import meant
from sekayu_net.plan import Limits, Plan, PlannedWave
from sekayu_net.rollout import catchup, gates
from sekayu_net.rollout.planning import make_plan
from sekayu_net.rollout.playbook import (
    WHOLE,
    Playbook,
    budget_of,
    hosts_of,
    load_playbook,
    pace_of,
    playbook_path,
    waivers_of,
    waves_of,
)
from sekayu_net.rollout.windows import zone_of

if TYPE_CHECKING:
    from sekayu_net.inventory.district import District
    from sekayu_net.journal import Journal
    from sekayu_net.project import Project
    from sekayu_net.rollout.site import Site


@dataclass(frozen=True, slots=True)
class Scope:
    """Waves of hosts, and the playbook that they come from (None without)."""

    waves: tuple[PlannedWave, ...]
    playbook: Playbook | None = None

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host, in the order of waves."""
        return tuple(host for wave in self.waves for host in wave.hosts)


def described(playbook: str | None, selection: Selection) -> str:
    """The words that chose the devices, for the journal."""
    filters = [
        f"--{name} {value}"
        for name in ("office", "host", "kind", "role", "phase", "platform")
        for value in getattr(selection, name)
    ]
    return " ".join([*([playbook] if playbook else []), *filters])


def scope_of(
    project: Project,
    district: District,
    playbook: str | None,
    selection: Selection,
    *,
    writes: bool,
) -> Scope:
    """The devices that a command line names.

    ``writes``: naming nobody is wrong usage; else it means every device.
    """
    filtered = bool(described(None, selection))
    if playbook is None and not filtered and writes:
        raise UsageError(
            "nobody is named: say a playbook or a filter",
            hint="a playbook (phase-1 …), or --host NAME: sekayu-net inventory show lists them",
        )
    chosen = [device.name for device in select(district, selection)]
    if playbook is None:
        return Scope((PlannedWave(WHOLE, tuple(chosen)),))
    path = playbook_path(project.playbooks, playbook)
    book = load_playbook(path)
    members = {device.name for device in hosts_of(book, district, path)}
    if filtered and not members & set(chosen):
        raise UsageError(
            f"the filter finds no device of {playbook}",
            hint=f"{playbook} has {', '.join(sorted(members)[:5])} …",
        )
    return Scope(waves_of(book, district, path, chosen if filtered else None), book)


def check_gate(
    project: Project, district: District, journal: Journal, playbook: str | None
) -> None:
    """Raise ``PlaybookError`` while a playbook may not begin a deployment.

    That is while its gate is closed (``check_required``), and outside its maintenance windows.
    """
    if playbook is None:
        return
    waivers = check_required(project, district, journal, playbook)
    book = load_playbook(playbook_path(project.playbooks, playbook))
    zone = zone_of(district.services.timezone)
    pace = pace_of(book, 1, project.settings.rollout.windows)
    gates.check_window(playbook, pace.windows, zone.key, datetime.now(zone))
    tell_waivers(journal, waivers)


def check_required(
    project: Project, district: District, journal: Journal, playbook: str | None
) -> tuple[gates.Waiver, ...]:
    """Raise ``PlaybookError`` while a playbook that this one requires is not done.

    Devices that are waived are not waited for; the waivers that open the gate are returned.
    """
    if playbook is None:
        return ()
    file = playbook_path(project.playbooks, playbook)
    book = load_playbook(file)
    required = {}
    for name in book.requires:
        path = playbook_path(project.playbooks, name)
        required[name] = tuple(d.name for d in hosts_of(load_playbook(path), district, path))
    today = datetime.now(zone_of(district.services.timezone)).date()
    waived = gates.standing(gates.recorded(journal), today, waivers_of(book, district, file))
    return gates.check_gate(playbook, required, journal.latest(), journal.last_audits(), waived)


def tell_waivers(journal: Journal, used: Iterable[gates.Waiver]) -> None:
    """Say, and write to the journal, which waivers a gate was opened by."""
    for waiver in used:
        gates.record(journal, waiver)
        output.warn(str(waiver))


def catching_up(
    district: District, journal: Journal, playbook: str | None
) -> tuple[str | None, Selection] | None:
    """The playbook and the devices of a catch-up run; None when nobody waits."""
    book, hosts = catchup.to_catch_up(catchup.queue(journal), playbook, datetime.now(UTC))
    known = tuple(host for host in hosts if host in district.devices)
    return (book, Selection(host=known)) if known else None


def plan_scope(
    project: Project,
    site: Site,
    scope: Scope,
    *,
    allow_removals: Iterable[str] = (),
    allow_unguarded: Iterable[str] = (),
    confirm_within: int | None = None,
    reason: str = "",
) -> Plan:
    """Read and compare every device of a scope. A host that is allowed more must be in it."""
    allowed = {*allow_removals, *allow_unguarded}
    strangers = sorted(allowed - set(scope.hosts))
    if strangers:
        raise UsageError(
            f"allowed more, but not among the devices: {', '.join(strangers)}",
            hint=meant(strangers[0], scope.hosts),
        )
    settings = project.settings
    book = scope.playbook
    window = confirm_within or (book.confirm_within if book else None) or settings.confirm_within
    made = make_plan(
        site,
        scope.waves,
        limits=Limits(settings.max_removals, frozenset(allow_removals), frozenset(allow_unguarded)),
        confirm_within=window,
        playbook=book.name if book else None,
        checks=book.checks if book else (),
        requires=book.requires if book else (),
        reason=reason,
    )
    return replace(
        made,
        failure_budget=budget_of(book, len(made.with_status("change"))),
        pace=pace_of(book, settings.workers, settings.rollout.windows),
    )
