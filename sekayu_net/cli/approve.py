"""``approve``: look at a saved plan, and put a signature next to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output

if TYPE_CHECKING:
    from sekayu_net.plan import Plan
    from sekayu_net.rollout.upgrade_plan import UpgradePlan


def approve(
    ctx: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="PLAN", help="A plan that was saved.")],
    key: Annotated[
        Path | None,
        typer.Option(
            "--key",
            metavar="FILE",
            help="Your SSH key, private or public; else one that the project admits, from the "
            "agent or ~/.ssh.",
        ),
    ] = None,
) -> None:
    """Show a saved plan and sign it: ssh-keygen makes PLAN.NAME.sig next to it.

    Who may sign stands in the project's allowed-signers file. Touches no device.
    """
    from datetime import UTC, datetime

    from sekayu_net.cli.plan import told
    from sekayu_net.cli.upgrade import show_saved
    from sekayu_net.plan import check_usable
    from sekayu_net.report.terminal import print_plan
    from sekayu_net.rollout import approval, upgrade_plan

    project = ctx.obj.project()
    district = project.district()
    upgrading = upgrade_plan.is_upgrade(file)
    load = upgrade_plan.load_signed if upgrading else approval.load_signed
    made: Plan | UpgradePlan = load(file)
    check_usable(
        made,
        file,
        project=district.code,
        lab=project.lab,
        hosts=district.devices,
        max_age=project.settings.plan_max_age,
        at=datetime.now(UTC),
    )
    if isinstance(made, upgrade_plan.UpgradePlan):
        show_saved(made, district)
    else:
        output.result("\n".join(told(made)) + "\n")
        print_plan(made, output.console())
    keys = (key,) if key else approval.usual_keys(project.signers, Path.home())
    if project.dry:
        output.result(f"would be signed with {' or '.join(map(str, keys)) or 'no key'}")
    dry.stop(project)
    written, name = approval.sign(made, file, keys=keys, signers=project.signers)
    signed = approval.check(load(file), project.signers)
    names = ", ".join(each.name for each in signed.people)
    needed = project.settings.approvals
    output.result(f"signed as {name}: {written}")
    output.result(f"approved by {names}: {len(signed.people)} of {needed} needed")
    missing = needed - len(signed.people)
    output.progress(
        f"next: {missing} more, with this file and its signatures"
        if missing > 0
        else f"next: sekayu-net {'upgrade' if upgrading else 'deploy'} --plan {file}"
    )
