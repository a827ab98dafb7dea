"""``audit --fix``: a plan of the drift alone, then the same guarded deployment as any other."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sekayu_net.cli import output
from sekayu_net.errors import ProjectError
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.audit import HostAudit
    from sekayu_net.inventory.district import Device
    from sekayu_net.journal import Confirmed, Journal
    from sekayu_net.plan import Plan, PlannedWave
    from sekayu_net.project import Project
    from sekayu_net.rollout.device import Outcome
    from sekayu_net.rollout.site import Site


def fixable(audits: Mapping[str, HostAudit], confirmed: Mapping[str, Confirmed]) -> tuple[str, ...]:
    """The devices with drift that a plan can put back: in owned menus, from a known state."""
    return tuple(
        host
        for host, audit in audits.items()
        if host in confirmed
        and any(each.cause == "drift" and each.owned for each in audit.findings)
    )


def left_over(audits: Mapping[str, HostAudit], fixed: Iterable[str]) -> int:
    """How many findings with a cause no such plan puts right."""
    done = frozenset(fixed)
    return sum(
        each.cause is not None and not (host in done and each.cause == "drift" and each.owned)
        for host, audit in audits.items()
        for each in audit.findings
    )


def plan_of_drift(
    project: Project,
    site: Site,
    hosts: Sequence[str],
    waves: Sequence[PlannedWave],
    confirmed: Mapping[str, Confirmed],
    *,
    allow_removals: Sequence[str],
    allow_unguarded: Sequence[str],
    confirm_within: int | None,
) -> Plan:
    """Back to what was confirmed, not on to what the templates want by now."""
    from sekayu_net.cli.scope import Scope, plan_scope
    from sekayu_net.plan import PlannedWave

    def as_confirmed(device: Device) -> str:
        known = confirmed.get(device.name)
        # The other end of a link may never have been deployed, and is asked for what it will say.
        return site.intended(device) if known is None else known.intended

    chosen = frozenset(hosts)
    parts = [(wave.name, tuple(h for h in wave.hosts if h in chosen)) for wave in waves]
    return plan_scope(
        project,
        replace(site, intended=as_confirmed),
        Scope(tuple(PlannedWave(name, part) for name, part in parts if part)),
        allow_removals=allow_removals,
        allow_unguarded=allow_unguarded,
        confirm_within=confirm_within,
    )


def save_for_approval(project: Project, plan: Plan) -> None:
    """Keep the plan and say what must happen to it: nothing is deployed without its signatures."""
    from sekayu_net.plan import save

    path = project.plans / f"fix-{plan.plan_id[:12]}.json"
    save(plan, path)
    raise ProjectError(
        f"this project wants {project.settings.approvals} approvals: the plan of the drift is "
        f"saved as {path}, nothing was done",
        hint=f"sekayu-net approve {path}, then sekayu-net deploy --plan {path}",
    )


def deploy_fix(
    project: Project, site: Site, journal: Journal, plan: Plan, *, yes: bool, json: bool
) -> tuple[str, Mapping[str, Outcome]] | None:
    """Show, ask, carry out; None when the answer was no or there is nothing to do."""
    from sekayu_net.cli.deploy import interruptible
    from sekayu_net.cli.keeping import keep_confirmed
    from sekayu_net.report.progress import progress_on
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout.engine import carry_out

    errors = output.console(sys.stderr)
    print_plan(plan, errors if json else output.console())
    changing = plan.with_status("change")
    if project.dry:
        return None
    if changing and project.settings.approvals > 0:
        save_for_approval(project, plan)
    if not changing or not output.confirm(
        f"Put {counted(len(changing), 'device')} back? Each goes back by itself unless "
        f"confirmed within {plan.confirm_within} s.",
        yes=yes,
    ):
        output.progress("nothing was done")
        return None
    progress = progress_on(errors)
    try:
        with interruptible() as stopping:
            run, outcomes = carry_out(
                site, plan, journal, progress, selection="audit --fix", stopping=stopping
            )
    finally:
        progress.close()
    keep_confirmed(project, journal, run)
    return run, outcomes
