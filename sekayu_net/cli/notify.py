"""``notify``: try the messengers, send what waits; and what a scheduled audit does at its end."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from sekayu_net.cli import dry, output, who
from sekayu_net.cli.output import ExitCode
from sekayu_net.errors import ProjectError, SekayuError
from sekayu_net.languages import speaking, translated
from sekayu_net.report.wording import counted

if TYPE_CHECKING:
    from sekayu_net.outbox import Delivery, Send
    from sekayu_net.project import Project

app = typer.Typer(
    no_args_is_help=True,
    help="Messages about what audits found: try them, send what waits.",
    add_completion=False,
)


def sender(project: Project) -> Send:
    """How this project sends: each URL from the secret store, when it is needed."""
    from sekayu_net.outbox import apprise_sender

    store = project.secrets()
    return apprise_sender(lambda name: store.get(name).value)


def after_audit(project: Project) -> None:
    """Tell what is new since the last time, and send what waits. Never fails: problems are said."""
    if not project.settings.notify.urls:
        return
    try:
        tell(project)
    except (SekayuError, OSError) as error:
        output.warn(f"nobody was notified: {error}")


def tell(project: Project) -> None:
    """Compare the newest audits with what was told, queue the messages, send all that waits."""
    from sekayu_net import outbox
    from sekayu_net.journal import Journal
    from sekayu_net.notify import Rules, message, news
    from sekayu_net.plan import now

    settings, district = project.settings.notify, project.district()
    rules = Rules(settings.severity, settings.pending, settings.unreachable_after)
    with (
        nullcontext() if project.dry else outbox.alone(project.state / "notify.lock"),
        Journal.open(project.journal_path) as journal,
    ):
        time = now()
        found = news(
            outbox.alerts_of(journal),
            journal.last_audits(),
            rules=rules,
            hosts=district.devices,
            now=time,
        )
        messages = {}
        if not found.empty:
            with speaking(settings.language):
                text = message(
                    found,
                    project=project.settings.project.name,
                    offices={
                        name: district.office_of(device).name
                        for name, device in district.devices.items()
                    },
                    max_lines=settings.max_lines,
                )
            messages = dict.fromkeys(settings.urls, text)
            if project.dry:
                output.result(f"would be sent to {', '.join(settings.urls)}: {text.title}")
        if project.dry:
            waits = len(outbox.waiting(journal))
            output.progress(f"messages that wait from before: {waits}")
            dry.stop(project, ExitCode.PENDING if messages or waits else ExitCode.OK)
        outbox.keep(journal, found, messages, now=time)
        say(outbox.deliver(journal, sender(project), keep_for=settings.keep_for, now=time))


def say(delivery: Delivery) -> None:
    """What became of the messages, on stderr."""
    for problem in delivery.problems:
        output.warn(f"not notified: {problem}")
    if delivery.sent:
        output.progress(f"sent: {counted(delivery.sent, 'message')}")
    if delivery.waiting:
        output.progress(f"waiting for the next run: {counted(delivery.waiting, 'message')}")
    if delivery.dropped:
        output.warn(f"given up after too long: {counted(delivery.dropped, 'message')}")


def targets(project: Project) -> tuple[str, ...]:
    """The names of the secrets; ``ProjectError`` when nobody is to be told."""
    names: tuple[str, ...] = project.settings.notify.urls
    if not names:
        raise ProjectError(
            "sekayu.toml names nobody to notify",
            hint="put an Apprise URL into the secret store and its name into [notify] urls",
        )
    return names


@app.command(epilog="Example: sekayu-net notify test")
def test(ctx: typer.Context) -> None:
    """Send a test message to everyone at once. Ends with 1 when one does not get out."""
    from sekayu_net.notify import WORDS, Message
    from sekayu_net.outbox import told

    project = ctx.obj.project()
    send = sender(project)
    settings = project.settings
    with speaking(settings.notify.language):
        message = Message(settings.project.name, translated(WORDS["test"]))
    if project.dry:
        for name in targets(project):
            output.result(f"{name}: would be sent a test message")
    dry.stop(project)
    failed = False
    for name in targets(project):
        try:
            send(name, message)
        except Exception as error:  # noqa: BLE001 - each is tried; a messenger may raise anything
            failed = True
            output.progress(f"error: {told(name, error)}")
        else:
            output.result(f"{name}: sent")
    raise typer.Exit(ExitCode.ERROR if failed else ExitCode.OK)


@app.command(epilog="Example: sekayu-net notify send")
def send(ctx: typer.Context) -> None:
    """Tell what is new in the newest audits and send what waits, as a scheduled run does."""
    project = ctx.obj.project()
    targets(project)
    tell(project)


@app.command(epilog="Example: sekayu-net notify show --json")
def show(ctx: typer.Context, json: who.Json = False) -> None:
    """What is known to be wrong, and the messages that wait. Sends nothing."""
    from sekayu_net import outbox
    from sekayu_net.journal import Journal
    from sekayu_net.notify import where

    project = ctx.obj.project()
    with Journal.open(project.journal_path) as journal:
        alerts, queue = outbox.alerts_of(journal), outbox.waiting(journal)
    if json:
        output.result_json(
            {"alerts": [asdict(a) for a in alerts], "waiting": [asdict(q) for q in queue]}
        )
        return
    if alerts:
        rows = [(a.host, where(a).removeprefix(a.host).strip() or a.kind, a.since) for a in alerts]
        output.table(("device", "what", "since"), rows)
    else:
        output.result("nothing is known to be wrong")
    for queued in queue:
        output.result(f"waits since {queued.time} for {queued.target}: {queued.message.title}")
