"""``waive``: name a device that no gate waits for, why and until when. Touches no device."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.errors import UsageError


def waive(
    ctx: typer.Context,
    host: Annotated[
        str | None, typer.Argument(metavar="[HOST]", help="The device; without: list the waivers.")
    ] = None,
    reason: Annotated[
        str | None, typer.Option("--reason", metavar="TEXT", help="Why it has to wait.")
    ] = None,
    until: Annotated[
        datetime | None,
        typer.Option("--until", metavar="YYYY-MM-DD", formats=["%Y-%m-%d"], help="The last day."),
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="The gates wait for it again.")] = False,
    json: who.Json = False,
) -> None:
    """Let the gates of playbooks not wait for a device. Written to the journal.

    Without a device: who is waived today. A playbook can waive devices too: waivers.
    """
    from dataclasses import asdict

    from sekayu_net.cli.site import operator
    from sekayu_net.inventory.selection import Selection, select
    from sekayu_net.journal import Journal
    from sekayu_net.rollout.gates import Waiver, record, recorded, standing
    from sekayu_net.rollout.windows import zone_of

    project = ctx.obj.project()
    district = project.district()
    today = datetime.now(zone_of(district.services.timezone)).date()
    with Journal.open(project.journal_path) as journal:
        if host is not None:
            select(district, Selection(host=(host,)))  # an unknown host: near names
            words, last = asked(reason, until.date() if until else None, end=end, today=today)
            if project.dry:
                output.result(
                    f"the gates would wait for {host} again"
                    if end
                    else f"{host} would be waived until {last}: {words}"
                )
            dry.stop(project)
            record(journal, Waiver(host, words, last.isoformat(), operator()))
        elif reason or until or end:
            raise UsageError("whom? name the device", hint="sekayu-net inventory show lists them")
        known = standing(recorded(journal), today)
    if json:
        output.result_json({"waivers": [asdict(waiver) for waiver in known.values()]})
    elif not known:
        output.result("nobody is waived")
    else:
        rows = [(w.host, w.until, w.operator, w.reason) for w in known.values()]
        output.table(("device", "until", "by", "reason"), rows)


def asked(reason: str | None, until: date | None, *, end: bool, today: date) -> tuple[str, date]:
    """Reason and last day of what is written down. ``UsageError`` when one is missing or past."""
    if end:
        if until is not None:
            raise UsageError("--end is today: leave --until away")
        return (reason or "").strip() or "ended", today - timedelta(days=1)
    if not (reason or "").strip() or until is None:
        raise UsageError(
            "a waiver needs a reason and a last day",
            hint=f'--reason "the mast is down" --until {today + timedelta(days=14)}',
        )
    if until < today:
        raise UsageError(f"{until} is over", hint="--end lets the gates wait for it again")
    return str(reason).strip(), until
