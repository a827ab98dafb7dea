"""Programs as a whole: ``/import``, ``/export``, jobs, scripts, ``/ping``, ``/quit``.

A job has a session of its own and outlives the one that started it; an import runs within the
session that asked for it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sekayu_net.lab.console.errors import ConsoleError, InterruptedRunError, ParseError, Returned
from sekayu_net.lab.console.interpreter import (
    Frame,
    Session,
    argument_text,
    argument_value,
    run_block,
    selects,
)
from sekayu_net.lab.console.nodes import Argument, Call, Word
from sekayu_net.lab.console.parser import parse
from sekayu_net.lab.console.values import Value, to_number
from sekayu_net.lab.export import Form, export
from sekayu_net.lab.files import DiskFullError
from sekayu_net.lab.schema import at_least
from sekayu_net.lab.state import Item
from sekayu_net.lab.timers import Pause, Run

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

#: Files that hold exported or printed text are as wide as this.
FILE_WIDTH = 80
_MOST_ERRORS = 50
#: Exports up to 7.19 escape ``?`` (public exports); newer ones write it bare.
_QUESTION_BARE = "7.20"
#: Seconds between echo requests: a lab's second is short.
_PING_INTERVAL = 0.02


@dataclass(slots=True)
class Job:
    """A row of ``/system script job``. ``script``: the name of the script that runs, if any."""

    id: str
    owner: str
    started: str
    script: str
    session: Session
    run: Run | None = None


class Programs:
    """What runs on one device."""

    def __init__(self, device: LabDevice) -> None:
        self._device = device
        self._count = 0
        self.jobs: dict[str, Job] = {}

    # -- jobs ------------------------------------------------------------------------------

    def start_job(
        self, text: str, session: Session, *, file: str | None = None, script: str = ""
    ) -> Job:
        """Run a text in the background; what it prints goes to ``file`` (``.txt`` is added)."""
        lines: list[str] = []
        own = replace(session, write=lines.append, via="job", printed={}, menu="", importing=0)
        own.stopped, own.statements = False, 0
        job = self._register(own, script)

        def done() -> None:
            self.jobs.pop(job.id, None)
            if file is not None and self._device.up:
                self.write_text(file, "".join(lines))

        if file is not None:
            self.write_text(file, "")
        job.run = Run(self._job(text, own), self._device.timers, done)
        job.run.start()
        return job

    def start_scheduled(self, item: Item) -> None:
        """Run what a scheduler entry says: a script's name, or program text."""
        text = item.get("on-event")
        named = self._device.state.named("/system script", text.strip())
        owner = item.base.get("owner", "admin")
        session = Session(
            self._device,
            user=owner,
            policies=frozenset(item.get("policy").split(",")),
            via="scheduler",
        )
        self.start_job(f'/system script run "{named.name}"' if named else text, session)

    def _register(self, session: Session, script: str) -> Job:
        self._count += 1
        started = self._device.dates.stamp(self._device.clock.now())
        job = Job(f"*{self._count:X}", session.user, started, script, session)
        self.jobs[job.id] = job
        return job

    def stop(self, id_: str) -> bool:
        """``/system script job remove``; whether there was such a job."""
        job = self.jobs.pop(id_, None)
        if job is None:
            return False
        job.session.stopped = True
        run = job.run or next(
            (
                other.run
                for other in self.jobs.values()
                if other.session is job.session and other.run
            ),
            None,
        )
        if run is not None:
            run.stop()
        return True

    def stop_all(self) -> None:
        """The device goes down."""
        for id_ in list(self.jobs):
            self.stop(id_)

    def write_text(self, name: str, text: str) -> None:
        """What a program printed, into a file (``.txt`` is added)."""
        name = name if name.endswith(".txt") else f"{name}.txt"
        try:
            self._device.files.write(name, text.replace("\n", "\r\n").encode("latin-1", "replace"))
        except DiskFullError:
            self._device.log.add(("system", "error"), f"could not write {name}: disk full")

    async def _job(self, text: str, session: Session) -> None:
        try:
            await self._run(text, session)
        except InterruptedRunError:
            pass
        except ConsoleError as error:
            session.write(f"{error}\n")
            self._device.log.add(("script", "error"), f"executing script failed: {error}")

    async def _run(self, text: str, session: Session) -> None:
        block = parse(text, self._device.schema)
        try:
            await run_block(block, Frame(session))
        except Returned:
            return

    async def run_text(self, text: str, session: Session, write: Callable[[str], None]) -> None:
        """``:execute as-string``: wait for it."""
        own = replace(session, write=write, printed={}, menu="")
        await self._run(text, own)

    async def run_script(self, item: Item, frame: Frame) -> Value:
        """``/system script run``; a row in the job list meanwhile."""
        device = self._device
        device.script_runs[item.id] = device.script_runs.get(item.id, 0) + 1
        session = frame.session
        job = self._register(session, item.name)
        try:
            return await run_block(parse(item.get("source"), device.schema), Frame(session))
        except Returned as returned:
            return returned.value
        finally:
            self.jobs.pop(job.id, None)

    # -- import ----------------------------------------------------------------------------

    async def run_import(self, text: str, session: Session, *, from_line: int = 1) -> None:
        """Run a script; ``ConsoleError`` where the first statement fails, the rest is not done."""
        device = self._device
        if from_line > 1:
            lines = text.split("\n")
            text = "\n".join([""] * (from_line - 1) + lines[from_line - 1 :])
        failure: ParseError | None = None
        try:
            block = parse(text, device.schema)
        except ParseError as error:
            if device.quirks.import_parses_first:
                raise
            failure = error
            block = parse(
                "\n".join(text.replace("\r\n", "\n").split("\n")[: error.line - 1]), device.schema
            )
        menu, session.menu = session.menu, ""
        session.importing += 1
        try:
            await run_block(block, Frame(session))
        except Returned:
            pass
        finally:
            session.importing -= 1
            session.menu = menu
        if failure is not None:
            raise failure

    def count_statement(self, session: Session) -> None:
        """One more statement of an import is about to run; faults may come in between."""
        device, faults = self._device, self._device.faults
        if faults.interference:
            due = faults.interference.pop(0, None)
            faults.interference = {n - 1: text for n, text in faults.interference.items()}
            if due is not None:
                device.interfere(due)
        for name, strike in (
            ("reboot_at_statement", device.reboot),
            ("power_off_at_statement", device.power_off),
        ):
            left = getattr(faults, name)
            if left is None:
                continue
            setattr(faults, name, left - 1 if left > 1 else None)
            if left <= 1:
                session.stopped = True
                strike()
                raise InterruptedRunError

    def dry_run(self, text: str, session: Session) -> int:
        """``/import verbose=yes dry-run``: says what it finds; the number of errors."""
        lines = text.replace("\r\n", "\n").split("\n")
        errors: dict[int, str] = {}
        for _ in range(_MOST_ERRORS):
            try:
                parse("\n".join(lines), self._device.schema)
            except ParseError as error:
                errors[error.line] = str(error)
                lines[error.line - 1] = ""
            else:
                break
        for number, line in enumerate(text.replace("\r\n", "\n").rstrip("\n").split("\n"), 1):
            session.write(f"#line {number}\n{line}\n")
            if number in errors:
                session.write(f"{errors[number]}\n")
                session.write("...\n")
        return len(errors)


def _named(node: Call, *names: str) -> Argument | None:
    return next((argument for argument in node.arguments if argument.name in names), None)


def _words(node: Call) -> set[str]:
    return {
        argument.value.text
        for argument in node.arguments
        if argument.name is None and isinstance(argument.value, Word)
    }


async def import_(node: Call, frame: Frame) -> Value:
    """``/import file-name= [verbose=] [from-line=] [dry-run]``."""
    session = frame.session
    device = session.device
    if "write" not in session.policies:
        raise ConsoleError("not enough permissions (9)")
    plain = [a for a in node.arguments if a.name is None and not _is_flag(a)]
    name = _named(node, "file-name") or (plain[0] if plain else None)
    if name is None:
        raise ConsoleError("missing value(s) of argument(s) file-name")
    file = device.files.get(await argument_text(name, frame))
    if file is None or file.kind == "directory":
        raise ConsoleError(
            f"Cannot open import file, file does not exist (:import; line {node.line})"
        )
    text = file.data.decode("latin-1")
    verbose = _named(node, "verbose")
    loud = verbose is not None and await argument_text(verbose, frame) in ("yes", "progress")
    first = _named(node, "from-line")
    from_line = (to_number(await argument_value(first, frame)) if first else 1) or 1
    if "dry-run" in _words(node):
        if not at_least(device.version, "7.16"):
            raise ConsoleError(f"expected end of command (line {node.line} column {node.column})")
        if not loud:
            raise ConsoleError("failure: dry-run and from-line require verbose=yes")
        errors = device.programs.dry_run(text, session)
        if errors:
            raise ConsoleError(f"Script Error: found {errors} error(s) in import file")
        return None
    try:
        await device.programs.run_import(text, session, from_line=from_line)
    except InterruptedRunError:
        raise
    except ConsoleError as error:
        raise ConsoleError(f"Script Error: {error} (:import; line {node.line})") from None
    session.write("Script file loaded and executed successfully\n")
    return None


def _is_flag(argument: Argument) -> bool:
    return isinstance(argument.value, Word) and argument.value.text in ("dry-run", "verbose")


async def write_export(node: Call, frame: Frame) -> Value:
    """``/export`` and ``/some menu export``."""
    session = frame.session
    device = session.device
    if "read" not in session.policies:
        raise ConsoleError("not enough permissions (9)")
    words = _words(node)
    newer = at_least(device.version, "7")
    known = {"compact", "verbose", "terse", "hide-sensitive", *(["show-sensitive"] * newer)}
    for argument in node.arguments:
        word = argument.value.text if isinstance(argument.value, Word) else ""
        if argument.name is None and word not in known:
            raise ConsoleError(
                f"expected end of command (line {node.line} column {argument.column})"
            )
    file = _named(node, "file")
    only = None
    if node.where is not None and node.menu in device.schema.menus:
        from sekayu_net.lab import live

        only = frozenset(
            [
                view.id
                for view in live.views(device, node.menu)
                if await selects(node.where, frame, view)
            ]
        )
    form = Form(
        verbose="verbose" in words,
        terse="terse" in words,
        # Version 7 hides secrets unless it is told to show them, version 6 the other way round.
        sensitive=("show-sensitive" in words if newer else "hide-sensitive" not in words)
        and "sensitive" in session.policies,
        menu=node.menu,
        width=session.width if session.via == "shell" and file is None else FILE_WIDTH,
        only=only,
        question_escaped=not at_least(device.version, _QUESTION_BARE),
    )
    text = export(device.state, form, device.export_header())
    if file is None:
        session.write(text)
        return None
    name = await argument_text(file, frame)
    try:
        device.files.write(
            name if name.endswith(".rsc") else f"{name}.rsc",
            text.replace("\n", "\r\n").encode("latin-1", "replace"),
        )
    except DiskFullError:
        raise ConsoleError("failure: not enough disk space") from None
    return None


async def ping(node: Call, frame: Frame) -> Value:
    """``/ping``; the number of answers."""
    session = frame.session
    device = session.device
    if "test" not in session.policies:
        raise ConsoleError("not enough permissions (9)")
    options = {a.name: await argument_text(a, frame) for a in node.arguments if a.name}
    plain = [a for a in node.arguments if a.name is None]
    address = options.get("address") or (await argument_text(plain[0], frame) if plain else "")
    if not address:
        raise ConsoleError("missing value(s) of argument(s) address")
    if not address.replace(".", "").isdigit():
        resolved = device.environment.resolves(device, address)
        if resolved is None:
            raise ConsoleError("invalid value for argument address")
        address = resolved
    count = (
        max(1, min(int(options.get("count", "4")), 100))
        if options.get("count", "4").isdigit()
        else 4
    )
    lines = ["  SEQ HOST                                     SIZE TTL TIME       STATUS"]
    received = 0
    for number in range(count):
        await Pause(_PING_INTERVAL)
        answered = device.environment.ping(
            device, address, source=options.get("src-address"), interface=options.get("interface")
        )
        received += answered
        head = f"{number:5} {address:<40}"
        lines.append(f"{head}   56  64 1ms" if answered else f"{head}                    timeout")
    loss = round(100 * (count - received) / count)
    tail = f"    sent={count} received={received} packet-loss={loss}%"
    if received:
        tail += " min-rtt=1ms avg-rtt=1ms max-rtt=1ms"
    session.write("\n".join([*lines, tail, ""]) + "\n")
    return received


async def quit_(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """``/quit``: ends the session; as an exec command it is ``interrupted``."""
    frame.session.stopped = True
    raise ConsoleError("interrupted")


async def not_here(node: Call, frame: Frame) -> Value:  # noqa: ARG001
    """Undo and redo: the lab keeps no undo log."""
    raise ConsoleError(
        "failure: nothing to undo" if node.command == "undo" else "failure: nothing to redo"
    )


async def password(node: Call, frame: Frame) -> Value:
    """``/password new-password= confirm-new-password= old-password=``."""
    device = frame.session.device
    options = {a.name: await argument_text(a, frame) for a in node.arguments if a.name}
    user = device.state.named("/user", frame.session.user)
    if user is None or options.get("old-password", "") != user.get("password"):
        raise ConsoleError("failure: old password incorrect")
    if options.get("new-password") != options.get("confirm-new-password"):
        raise ConsoleError("failure: passwords do not match")
    user.values["password"] = options.get("new-password", "")
    return None


ROOT_COMMANDS: dict[str, Callable[[Call, Frame], Awaitable[Value]]] = {
    "import": import_, "export": write_export, "ping": ping, "quit": quit_, "undo": not_here,
    "redo": not_here, "password": password,
}  # fmt: skip
