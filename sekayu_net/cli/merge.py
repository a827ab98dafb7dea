"""``inventory merge``: one office becomes a part of another."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from sekayu_net.cli import dry, output
from sekayu_net.cli.output import ExitCode
from sekayu_net.languages import said

if TYPE_CHECKING:
    from sekayu_net.merging import Merger
    from sekayu_net.project import Project


def merge(
    ctx: typer.Context,
    office: Annotated[
        str, typer.Argument(metavar="OFFICE", help="The one that closes: code, name or short name.")
    ],
    into: Annotated[
        str, typer.Option("--into", metavar="OFFICE", help="The one that it becomes a part of.")
    ],
    retire: Annotated[
        list[str] | None,
        typer.Option(metavar="HOST", help="An access point that does not go along (repeatable)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Make an office a part of another: its access points go along, its routers are retired.

    offices.yaml is edited, remarks stay. History and record stay under the old names; the new names
    begin with them. Its addresses are kept until no device says them: allocate --release.
    """
    from sekayu_net.cli.site import operator
    from sekayu_net.inventory.editing import merge_office
    from sekayu_net.merging import carry_over, check_ended, merger_of
    from sekayu_net.project import Project as Loaded

    project: Project = ctx.obj.project()
    merger = merger_of(project, office, into, retire or ())
    for old, new in merger.moved.items():
        output.result(f"{old}  →  {new}, on {merger.ports[new]} of {merger.router}")
    for host in merger.retired:
        output.result(f"{host}  retired")
    if project.dry:
        output.verbatim(f"\n{merger.diff}")
    dry.stop(project)
    if not output.confirm(f"Make {merger.slug} a part of {merger.into}?", yes=yes):
        output.progress("nothing was done")
        raise typer.Exit(ExitCode.OK)
    with ExitStack() as locks:
        both = [Loaded.load(project.root, lab=lab) for lab in (False, True)]
        kept = [each for each in both if each.state.exists() or not each.lab]
        for each in kept:
            locks.enter_context(each.lock())
            check_ended(each, merger)
        for each in kept:
            for secret in carry_over(each, merger, operator()):
                output.warn(f"{secret} is not in the project's file: rename it where it is kept")
        merge_office(project.inventory, merger.code, merger.into_code, merger.numbers)
    output.result("written: inventory/offices.yaml; playbooks and tasks that name hosts are yours")
    _next_steps(merger)


def _next_steps(merger: Merger) -> None:
    """What a person does now, in order: the new place first, the old one's end last."""
    steps = []
    if merger.moved:
        steps.append(f"sekayu-net deploy --host {merger.router}")
    for old, new in merger.moved.items():
        steps.append(said(f"reset {old}, then sekayu-net bootstrap {new} --via ADDRESS"))
        steps.append(f"hang it on {merger.ports[new]} of {merger.router}")
    told = " ".join(f"--host {host}" for host in (*merger.around, *merger.moved.values()))
    steps.append(f"sekayu-net deploy {told}")
    steps.append(f"sekayu-net inventory allocate --release {merger.code}")
    output.result("what the devices say is not changed yet. Next:")
    for number, step in enumerate(steps, 1):
        output.result(f"  {number}. {step}")
