"""``task``: run one of the project's tasks on some devices and print what it gave."""

from __future__ import annotations

import inspect
from typing import Annotated, Any

import typer

from sekayu_net.cli import output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import DeviceError, UsageError


def words(result: Any) -> str:
    """A task's result as text."""
    if isinstance(result, DeviceError):
        return str(result) + (f"\n  next: {result.hint}" if result.hint else "")
    if isinstance(result, str):
        return result
    if isinstance(result, tuple):
        return "\n".join(words(each) for each in result)
    canonical = getattr(result, "canonical", None)
    if isinstance(canonical, str):
        return canonical
    name, passed, detail = (getattr(result, key, None) for key in ("name", "passed", "detail"))
    if isinstance(passed, bool):
        return f"{name}: {'passed' if passed else 'failed'}" + (f" ({detail})" if detail else "")
    return str(result)


def task(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="NAME", help="A task of tasks/: read, verify …")],
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    json: who.Json = False,
) -> None:
    """Run one of the project's tasks. Tasks that need a plan have a command of their own."""
    from sekayu_net.archive import Archive
    from sekayu_net.cli.scope import scope_of
    from sekayu_net.cli.site import site_of

    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    scope = scope_of(project, project.district(), None, selection, writes=False)
    site = site_of(project)
    function = site.task(name)
    offered: dict[str, Any] = {"site": site, "archive": Archive(project.archive_path)}
    parameters = list(inspect.signature(function).parameters.values())[1:]
    needed = [p.name for p in parameters if p.default is p.empty and p.name not in offered]
    if needed:
        raise UsageError(
            f"the task {name} needs {', '.join(needed)}, which this command can't give",
            hint=f"use sekayu-net {name}",
        )
    given = {p.name: offered[p.name] for p in parameters if p.name in offered}
    results = site.nornir(scope.hosts).run(task=function, **given)
    answers = {}
    failed = False
    for each in scope.hosts:
        first = results[each][0]
        if first.exception is not None:
            raise first.exception
        failed = failed or first.failed
        answers[each] = words(first.result)
    if json:
        output.result_json({"hosts": answers})
    else:
        for each, text in answers.items():
            output.verbatim(f"# {each}\n{text}\n")
    raise typer.Exit(ExitCode.INCOMPLETE if failed else ExitCode.OK)
