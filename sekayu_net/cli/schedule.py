"""``schedule``: install, show and remove the timer of audits; ``run`` is what it starts."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sekayu_net import system as computer
from sekayu_net.cli import dry, output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.cli.plan import PlaybookName
from sekayu_net.errors import ProjectError, UsageError

if TYPE_CHECKING:
    from sekayu_net.project import Project
    from sekayu_net.schedule import Job

app = typer.Typer(
    no_args_is_help=True,
    help="Audits on a schedule: a systemd timer, or a line for cron.",
    add_completion=False,
)
#: There exactly when systemd is the service manager (sd_booted(3)).
BOOTED = Path("/run/systemd/system")
SYSTEM_UNITS = Path("/etc/systemd/system")
TIMEOUT = 30

System = Annotated[
    bool | None,
    typer.Option("--system/--user", help="Units of the system or your own; root: the system's."),
]


def has_systemd() -> bool:
    """Whether timers can be had here."""
    return BOOTED.is_dir() and shutil.which("systemctl") is not None


def folder_of(system: bool) -> Path:
    """Where units are put."""
    if system:
        return SYSTEM_UNITS
    base = os.environ.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path.home() / ".config") / "systemd" / "user"


def systemctl(*words: str, system: bool) -> str:
    """Ask the manager; ``ProjectError`` with its words."""
    command = ["systemctl", *([] if system else ["--user"]), "--no-pager", *words]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=TIMEOUT, check=False, encoding="utf-8"
        )
    except subprocess.TimeoutExpired:
        raise ProjectError(
            f"{' '.join(command)}: no answer in {TIMEOUT} s", hint="look at systemctl status"
        ) from None
    if done.returncode != 0:
        raise ProjectError(
            f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}",
            hint="install as root (sudo) for units of the system"
            if system
            else "log in as this user (not with su or sudo), or install as root with --system",
        )
    return done.stdout


def job_of(
    project: Project,
    words: tuple[str, ...],
    *,
    every: str | None,
    calendar: str | None,
    system: bool,
    environment_file: Path | None = None,
) -> Job:
    """What is to be installed for this project."""
    from sekayu_net import schedule

    if (every is None) == (calendar is None):
        raise UsageError(
            "say when: one of --every and --on-calendar", hint="for example: --every 6h"
        )
    when = schedule.every(every) if every is not None else schedule.on_calendar(calendar or "")
    # The state is this person's: a run as root would leave files that nobody else can write.
    owner = computer.owner(project.root) if system else None
    return schedule.Job(
        root=project.root,
        title=project.settings.project.name,
        python=Path(sys.executable),
        arguments=schedule.arguments(words, lab=project.lab),
        when=when,
        user=owner,
        environment_file=environment_file.resolve() if environment_file else None,
    )


@app.command(epilog="Example: sekayu-net schedule install --every 6h")
def install(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
    every: Annotated[
        str | None, typer.Option("--every", metavar="SPAN", help="15min, 6h, 1d, 1w.")
    ] = None,
    calendar: Annotated[
        str | None,
        typer.Option("--on-calendar", metavar="EXPR", help="As systemd says it: Mon..Fri 06:30."),
    ] = None,
    system: System = None,
    environment_file: Annotated[
        Path | None,
        typer.Option("--environment-file", metavar="FILE", help="Variables of the run: mode 0600."),
    ] = None,
    print_only: Annotated[
        bool, typer.Option("--print", help="Print the units; install nothing.")
    ] = False,
) -> None:
    """Audit on a schedule, by a systemd timer; without systemd, print the line for crontab.

    The devices are those that PLAYBOOK and filters name, else all. A run that was missed is made
    up for; one that would overlap is left out and recorded. No secret is in the units.
    """
    from sekayu_net.cli.scope import described, scope_of
    from sekayu_net.schedule import crontab, units

    computer.need_unix(
        "schedule install", "let Windows' Task Scheduler start: sekayu-net schedule run"
    )
    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    scope_of(project, project.district(), playbook, selection, writes=False)  # names that exist
    words = tuple(words_of(playbook, selection))
    chosen = computer.is_root() if system is None else system
    job = job_of(
        project,
        words,
        every=every,
        calendar=calendar,
        system=chosen,
        environment_file=environment_file,
    )
    if environment_file is not None and computer.open_to_others(environment_file):
        raise UsageError(
            f"{environment_file}: others can read it", hint=f"chmod 600 {environment_file}"
        )
    if project.key_file is None and not project.lab:
        output.warn(
            "a scheduled run has no SSH agent: name a key without a passphrase in sekayu.toml, "
            "[ssh] key_file"
        )
    if print_only or not has_systemd():
        if not has_systemd():
            output.progress("there is no systemd here; put this into crontab -e:")
            output.verbatim(crontab(job))
        else:
            output.verbatim("\n".join(f"# {name}\n{text}" for name, text in units(job).items()))
        return
    if project.dry:
        output.result(f"would write into {folder_of(chosen)}, and start the timer:")
        output.verbatim("\n".join(f"# {name}\n{text}" for name, text in units(job).items()))
    dry.stop(project)
    write_units(job, system=chosen, state=project.root / ".sekayu")
    output.result(
        f"{job.name}.timer: {job.when.calendar}, {described(playbook, selection) or 'every device'}"
    )
    output.verbatim(systemctl("list-timers", f"{job.name}.timer", system=chosen).rstrip())
    if not chosen:
        output.progress("  next: loginctl enable-linger, so that it runs while you are logged out")


def words_of(playbook: str | None, selection: Any) -> list[str]:
    """The command line that means the same devices again."""
    words = [playbook] if playbook else []
    for name in ("office", "host", "kind", "role", "phase", "platform"):
        for value in getattr(selection, name):
            words += [f"--{name}", str(value)]
    return words


def write_units(job: Job, *, system: bool, state: Path) -> None:
    """Write the units, let systemd judge them, and start the timer."""
    from sekayu_net.schedule import units

    folder = folder_of(system)
    state.mkdir(parents=True, exist_ok=True, mode=0o700)  # the service may write there alone
    if system and job.user is not None and computer.is_root():
        shutil.chown(state, job.user)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in units(job).items():
            part = folder / f".{name}.part"
            part.write_text(text, encoding="utf-8")
            part.replace(folder / name)
    except OSError as error:
        raise ProjectError(
            f"{folder}: can't be written: {error.strerror}",
            hint="install as root (sudo), or with --user for your own manager",
        ) from error
    systemctl("daemon-reload", system=system)
    systemctl("enable", "--now", f"{job.name}.timer", system=system)


def installed(project: Project) -> list[tuple[bool, Path]]:
    """The unit files of this project that are there: whether the system's, and where."""
    from sekayu_net.schedule import name_of

    found = []
    for system in (True, False):
        for ending in (".timer", ".service"):
            path = folder_of(system) / f"{name_of(project.root)}{ending}"
            if path.is_file():
                found.append((system, path))
    return found


@app.command(epilog="Example: sekayu-net schedule remove")
def remove(ctx: typer.Context) -> None:
    """Stop the timer of this project and remove its units. Nothing there: nothing to do."""
    project = ctx.obj.project()
    there = installed(project)
    if project.dry and there:
        for _, path in there:
            output.result(f"would remove {path}")
        dry.stop(project)
    for system in sorted({system for system, _ in there}):
        timers = [path.name for where, path in there if where is system and path.suffix == ".timer"]
        if has_systemd():
            for name in timers:
                systemctl("disable", "--now", name, system=system)
        for where, path in there:
            if where is system:
                path.unlink()
                output.result(f"removed: {path}")
        if has_systemd():
            systemctl("daemon-reload", system=system)
    if not there:
        output.result("no timer is installed for this project")
        if not has_systemd():
            output.progress("  next: a line of cron is removed by hand: crontab -e")


@app.command(epilog="Example: sekayu-net schedule show --json")
def show(ctx: typer.Context, json: who.Json = False) -> None:
    """The timer of this project, and how the last scheduled runs ended."""
    from dataclasses import asdict

    from sekayu_net.journal import Journal
    from sekayu_net.scheduled import KIND

    project = ctx.obj.project()
    there = installed(project)
    with Journal.open(project.journal_path) as journal:
        runs = journal.runs(KIND)[:10]
    if json:
        units = [str(path) for _, path in there]
        output.result_json({"units": units, "runs": [asdict(run) for run in runs]})
        return
    if not there:
        output.result("no timer is installed for this project: sekayu-net schedule install")
    for system, path in there:
        output.verbatim(str(path))
        if path.suffix == ".timer" and has_systemd():
            output.verbatim(systemctl("list-timers", "--all", path.name, system=system).rstrip())
    if runs:
        rows = [(run.id, run.selection or "every device", run.result or "at work") for run in runs]
        output.table(("run", "on", "result"), rows, told=("on", "result"))
    else:
        output.result("no scheduled run so far")


@app.command(epilog="Example: sekayu-net schedule run phase-1")
def run(
    ctx: typer.Context,
    playbook: PlaybookName = None,
    office: who.Offices = None,
    host: who.Hosts = None,
    kind: who.Kinds = None,
    role: who.Roles = None,
    phase: who.Phases = None,
    platform: who.Platforms = None,
) -> None:
    """What the timer starts: an audit, its report, the notifications. Ends like audit.

    The reports of the newest run are in .sekayu/reports.
    """
    from sekayu_net.cli import notify, prune
    from sekayu_net.cli.audit import audit
    from sekayu_net.cli.scope import described
    from sekayu_net.cli.site import operator
    from sekayu_net.scheduled import scheduled_run

    project = ctx.obj.project()
    selection = who.selection(office, host, kind, role, phase, platform)
    what = described(playbook, selection)
    reports = project.state / "reports"
    reports.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = project.state / "schedule.lock"
    with scheduled_run(project.journal_path, lock, operator=operator(), what=what) as record:
        code = ExitCode.OK
        try:
            audit(
                ctx,
                playbook,
                office=office,
                host=host,
                kind=kind,
                role=role,
                phase=phase,
                platform=platform,
                report=[reports / f"audit{ending}" for ending in (".html", ".json")],
            )
        except typer.Exit as ended:
            code = ExitCode(ended.exit_code)
        record(code.name.lower())
        notify.after_audit(project)
        prune.after_audit(project)
    raise typer.Exit(code)
