"""Which devices a command is about, and the plan for them: shared by plan, deploy and audit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sekayu_net.errors import UsageError
from sekayu_net.inventory.selection import Selection, select
from sekayu_net.plan import Limits, Plan, PlannedWave
from sekayu_net.rollout.engine import check_gate as gate
from sekayu_net.rollout.planning import make_plan
from sekayu_net.rollout.playbook import (
    WHOLE,
    Playbook,
    hosts_of,
    load_playbook,
    playbook_path,
    waves_of,
)

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
            hint="for example: sekayu-net plan phase-1, or sekayu-net plan --host NAME",
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
    """Raise ``PlaybookError`` while a playbook that this one requires is not done."""
    if playbook is None:
        return
    required = {}
    for name in load_playbook(playbook_path(project.playbooks, playbook)).requires:
        path = playbook_path(project.playbooks, name)
        required[name] = tuple(d.name for d in hosts_of(load_playbook(path), district, path))
    gate(playbook, required, journal.latest(), journal.last_audits())


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
        raise UsageError(f"allowed more, but not among the devices: {', '.join(strangers)}")
    settings = project.settings
    book = scope.playbook
    window = confirm_within or (book.confirm_within if book else None) or settings.confirm_within
    return make_plan(
        site,
        scope.waves,
        limits=Limits(settings.max_removals, frozenset(allow_removals), frozenset(allow_unguarded)),
        confirm_within=window,
        playbook=book.name if book else None,
        failure_budget=book.failure_budget if book else 0,
        checks=book.checks if book else (),
        requires=book.requires if book else (),
        reason=reason,
    )
