"""The guarded change on a RouterOS device: preflight, arm, apply, confirm, revert.

Every step is verified by a request of its own and can be repeated. The texts that the device gets
are ``undo``'s, the choice of the undo ``survey``'s; plans, waves and journals are nobody's
business here. Safe mode (a PTY that must outlive the change, at most 100 actions) is not offered.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sekayu_net.errors import (
    ApplyError,
    AuthenticationError,
    DeviceError,
    GarbledError,
    GuardError,
    PendingError,
    UnreachableError,
)
from sekayu_net.platforms.base import Follow, Guard, GuardKind
from sekayu_net.platforms.routeros import following, undo
from sekayu_net.platforms.routeros.diagnosis import ask_failure
from sekayu_net.platforms.routeros.failure import (
    Failure,
    dry_run_failure,
    parse_failure,
    shown_statement,
)
from sekayu_net.platforms.routeros.pending import (
    INVENTORY,
    READ_RECORD,
    clean,
    finish,
    inventory_in,
    last_confirmed,
    read_record,
    record_in,
    refuse_pending,
    sweep,
)
from sekayu_net.platforms.routeros.record import Names, Record, holder_word
from sekayu_net.platforms.routeros.session import (
    Question,
    RefusedError,
    Session,
    literal,
    pairs,
    version_tuple,
)
from sekayu_net.platforms.routeros.survey import GROUND, SURVIVES, anchor, around, ground, ground_in

#: Seconds for the arming import: a backup on slow flash takes some.
ARM_TIMEOUT = 60.0
#: Seconds for an undo, reboot and second stage included.
REVERT_TIMEOUT = 240.0
#: Seconds between two looks at the record: the first pause and the longest.
POLL_SECONDS = (0.05, 1.0)
#: Shares of the time to confirm: how long an import may take, and how long a lost session is tried
#: again here. The rest is for the checks, which come over a connection of their own.
APPLY_SHARE = 0.8
LOST_SHARE = 0.5

#: What moves the device's clock or zone: also its cloud, where no NTP client is on.
_CLOCK_MENUS = re.compile(r"^\s*/(?:system[ /](?:clock|ntp)|ip[ /]cloud)\b", re.MULTILINE)


def preflight(session: Session, script: str, *, nonce: str) -> None:
    """``/import dry-run`` where the version has it (7.16): ``ApplyError`` for a bad script."""
    stage = "preflight"
    version, folder = ground(session, stage=stage)
    if version_tuple(version) < (7, 16) or not script.strip():
        return
    names = Names(nonce, folder)
    session.put({names.check_file: script.rstrip("\n") + "\n"}, stage=stage)
    words = ""
    remove = undo.remove("/file", f"name={literal(names.check_file)}")
    try:
        words = session.ask(
            f"/import file-name={literal(names.check_file)} verbose=yes dry-run",
            remove,
            stage=stage,
            timeout=ARM_TIMEOUT,
        )
        failed = re.search(r"^script error:", words, re.IGNORECASE | re.MULTILINE) is not None
    except DeviceError as error:
        # The line was broken off before the file was removed.
        if session.alive:
            session.ask(remove, stage=stage)
        if not isinstance(error, RefusedError):
            raise
        words, failed = error.output, True
    if failed:
        line, said = dry_run_failure(words)
        raise ApplyError(
            f"{f'line {line}: ' if line else ''}{said}; nothing was changed",
            host=session.host,
            stage=stage,
            line=line,
            statement=shown_statement(script, line),
            hint="correct the template or the inventory, then plan again",
        )


def commit(
    session: Session,
    script: str,
    inverse: str,
    *,
    token: str,
    revert_in: int,
    guard: Guard,
    on_armed: Callable[[], None],
    follow: Follow | None = None,
    holder: str = "",
) -> None:
    """Arm, verify, tell, apply: ``base.Driver.commit_change``; with ``follow`` the device applies.

    A follower may well be silent to all around it when it goes back: it has no anchor then.
    ``holder``: who does it, for others to read.
    """
    host = session.host
    if revert_in < 1:
        raise GuardError("the time to confirm must be at least a second", host=host, stage="arm")
    if guard.kind not in SURVIVES:
        raise GuardError(f"an undo of kind {guard.kind} is not known here", host=host, stage="arm")
    if follow is not None and guard.kind not in ("job+startup", "job"):
        raise GuardError(
            f"under an undo of kind {guard.kind} it can't follow another device's change",
            host=host,
            stage="arm",
            hint="make the change of both ends on site",
        )
    if guard.kind == "scheduler" and _CLOCK_MENUS.search(script):
        raise GuardError(
            "the change touches clock, zone or NTP, which would move its undo",
            host=host,
            stage="arm",
            hint="make that change by itself, on site, first",
        )
    version, folder, near = _clear(session)
    names = Names(token, folder)
    record = Record(
        "armed",
        token,
        guard.kind,
        anchor=anchor(session, near, stage="arm") if follow is None else "",
        holder=holder_word(holder),
        within=revert_in,
    )
    triggers = None if follow is None else following.triggers(names, record, follow)
    arming = undo.arm_file(names, record, revert_in=revert_in, version=version, triggers=triggers)
    pushed = script if undo.gives_words(version) else undo.traced(script, record)
    _arm(session, pushed, inverse, names, record, arming)
    try:
        on_armed()
    except BaseException:
        sweep(session, token, stage="arm")
        raise
    if follow is not None:
        return
    started = session.clock()
    try:
        _start(session, names, names.apply, guard.kind, stage="apply")
    except UnreachableError:
        session.close()  # whether it has begun, the record tells
    except RefusedError as error:
        sweep(session, token, stage="apply")
        raise ApplyError(
            f"the device does not start the change: {error.words}; nothing was changed",
            host=host,
            stage="apply",
            hint="see `sekayu-net plan` for what the device can carry",
        ) from error
    state = _await(
        session,
        token,
        ("armed",),
        started + revert_in * APPLY_SHARE,
        stage="apply",
        lost_deadline=started + revert_in * LOST_SHARE,
    )
    if state is not None and state.state == "applied":
        return
    if state is not None and state.state == "armed" and guard.kind == "none":
        revert(session, token)
    if state is None or state.state != "failed":
        raise ApplyError(
            "the change cut its own session or took too long; the device goes back by itself",
            host=host,
            stage="apply",
            hint="look at the marked statements of the plan; give it more time with "
            "--confirm-within",
        )
    _report_failure(session, script, names, state, asking=not undo.gives_words(version))


def _clear(session: Session) -> tuple[str, str, str]:
    """Version and folder of a device that carries nothing of the tool, and what is around it.

    ``PendingError`` where something is pending.
    """
    record, there, found = session.ask_each(
        Question((READ_RECORD,)),
        Question(INVENTORY),
        Question((*GROUND, *around(session.target.username))),
        stage="arm",
    )
    refuse_pending(record_in(record, session, stage="arm"), session, stage="arm")
    if inventory_in(there):
        clean(session, stage="arm")  # triggers of an earlier run must not meet ours
    return *ground_in(found), found


def _start(session: Session, names: Names, script: str, kind: GuardKind, *, stage: str) -> None:
    """Start a script detached from this session. ``RefusedError`` when the device won't.

    Without any undo it is not known whether there are background jobs: an entry does it else.
    """
    # The undo prints nothing that anybody reads, and its file would come after the cleaning.
    output = names.output.removesuffix(".txt") if script == names.apply else None
    try:
        session.ask(undo.start(names, script, kind, output), stage=stage)
    except RefusedError:
        if kind != "none":
            raise
        session.ask(undo.start(names, script, "scheduler"), stage=stage)


def _arm(
    session: Session, script: str, inverse: str, names: Names, record: Record, arming: str
) -> None:
    files = {
        names.file: script.rstrip("\n") + "\n",
        names.undo_file: undo.inverse_file(inverse, record),
        names.arm_file: arming,
    }
    try:
        sizes = session.put(files, stage="arm")
        session.ask(
            f"/import file-name={literal(names.arm_file)}", stage="arm", timeout=ARM_TIMEOUT
        )
    except UnreachableError:
        raise
    except DeviceError as error:
        other = read_record(session, stage="arm")
        sweep(session, names.token, stage="arm")
        if other is not None and other.token != names.token:
            refuse_pending(other, session, stage="arm")
        words = error.words if isinstance(error, RefusedError) else error.message
        raise GuardError(
            f"the undo can't be armed: {words}",
            host=session.host,
            stage="arm",
            hint="nothing was changed; see `sekayu-net plan` for what the device can carry",
        ) from error
    if faults := _verify_armed(session, names, record, sizes):
        sweep(session, names.token, stage="arm")
        raise GuardError(
            f"the undo is not whole on the device: {', '.join(faults)}",
            host=session.host,
            stage="arm",
            hint="nothing was changed; is the flash full, or is someone else at work there?",
        )


def _verify_armed(
    session: Session, names: Names, record: Record, sizes: dict[str, int]
) -> list[str]:
    """What of the armed undo is not there."""
    job = record.kind in ("job+startup", "job")
    entry = record.kind in ("job+startup", "scheduler")
    triggers = (
        ("job", "/system script job", f'script="{names.timer}"'),
        ("entry", "/system scheduler", f'name="{names.stem}" disabled=no'),
        ("at", "/system scheduler", f'name="{names.at}" disabled=no'),
    )
    texts = (("script", names.file), ("undo", names.undo_file), ("backup", names.backup))
    said = session.ask_each(
        Question(
            (
                READ_RECORD,
                *(
                    f':put ("{key}=" . [:len [{menu} find where {own}]])'
                    for key, menu, own in triggers
                ),
            )
        ),
        Question(
            tuple(
                f':foreach i in=[/file find where name={literal(path)}] do={{:put ("{key}=" . '
                "[/file get $i size])}"
                for key, path in texts
            )
        ),
        stage="arm",
    )
    there, files = (pairs(answer) for answer in said)
    checks = (
        ("its record", there.get("record") == record.comment),
        ("its job", not job or there.get("job", "0") != "0"),
        ("its entry for a reboot", not entry or there.get("entry") == "1"),
        ("its timed entry", record.kind != "scheduler" or there.get("at") == "1"),
        ("the script", files.get("script") == str(sizes[names.file])),
        ("the inverse", files.get("undo") == str(sizes[names.undo_file])),
        ("the backup", files.get("backup", "0") != "0"),
    )
    return [f"{what} is missing" for what, good in checks if not good]


def _await(
    session: Session,
    token: str,
    states: tuple[str, ...],
    deadline: float,
    *,
    stage: str,
    lost_deadline: float | None = None,
) -> Record | None:
    """Poll until the record leaves ``states``; None when it is gone.

    A lost session is opened again, as often as ``lost_deadline`` (None: ``deadline``) allows: what
    the change cuts may come back with it. ``UnreachableError`` when it does not.
    """
    pause, longest = POLL_SECONDS
    record: Record | None = None
    lost: DeviceError | None = None
    while True:
        try:
            session.open()
            record = read_record(session, stage=stage)
            lost = None
        except (UnreachableError, AuthenticationError, GarbledError) as error:
            # A device that is about to reboot, or boots, also refuses and stammers.
            session.close()
            lost = error
        else:
            if record is None or record.token != token or record.state not in states:
                return record if record is None or record.token == token else None
        limit = deadline if lost is None or lost_deadline is None else lost_deadline
        if session.clock() >= limit:
            break
        session.wait(pause)
        pause = min(pause * 2, longest)
    if lost is not None:
        raise UnreachableError(
            f"the session was lost: {lost.message}",
            host=session.host,
            stage=stage,
            hint="the undo on the device fires by itself; then `sekayu-net resume`",
        ) from lost
    return record


def _failure_told(session: Session, names: Names, record: Record) -> Failure:
    """What the device wrote of the failure: into the record, or into the output of the apply."""
    words = record.words
    if parse_failure(words).line is None:
        try:
            output = session.connection.get(names.output, stage="apply").decode("latin-1")
        except (GarbledError, UnreachableError):
            output = ""  # the words in the record must do
        if parse_failure(output).line is not None or not words:
            words = output
    return parse_failure(words)


def _report_failure(
    session: Session, script: str, names: Names, record: Record, *, asking: bool
) -> None:
    if asking:
        failure = ask_failure(session, script, record)
    else:
        failure = _failure_told(session, names, record)
    undone = "the device is back in its old state"
    try:
        revert(session, names.token)
    except DeviceError as error:
        undone = f"the undo was started, its end was not seen ({error.message})"
    where = f"line {failure.line}: " if failure.line else ""
    raise ApplyError(
        f"{where}{failure.words or 'the import failed'}; {undone}",
        host=session.host,
        stage="apply",
        line=failure.line,
        statement=shown_statement(script, failure.line),
        hint="correct the template or the inventory, then plan again",
    )


def confirm(session: Session, token: str, *, run: str, fingerprint: str) -> None:
    """Keep the change: ``base.Driver.confirm``. Repeatable."""
    stage = "confirm"
    record = read_record(session, stage=stage)
    if record is None or record.token != token:
        last = last_confirmed(session, stage=stage)
        if last == {"run": run, "fingerprint": fingerprint}:
            sweep(session, token, stage=stage)
            return
        raise _too_late(session, "no change of ours is pending there")
    if record.state == "applied":
        kept = Record("confirmed", token, record.kind, run=run, fingerprint=fingerprint)
        # One write decides: an undo that begins now or later finds it and does nothing.
        record = read_record(session, undo.claim(Names(token), kept), stage=stage)
        if record is not None and record.state == "applied":
            raise _too_late(session, "its undo begins in this moment")
    if record is None or record.state != "confirmed":
        if record is not None and record.state == "armed":
            raise _too_late(session, "its script has not ended")
        raise _too_late(session, f"it is {record.state if record else 'gone'} already")
    finish(session, record, stage=stage)


def _too_late(session: Session, why: str) -> ApplyError:
    return ApplyError(
        f"not confirmed: {why}",
        host=session.host,
        stage="confirm",
        hint="the device has gone back, or does now; plan again, with more time to confirm",
    )


def revert(session: Session, token: str) -> None:
    """Run the undo now and wait for its end: ``base.Driver.revert``. Repeatable."""
    stage = "revert"
    session.open()
    record = read_record(session, stage=stage)
    if record is not None and record.token != token:
        refuse_pending(record, session, stage=stage)
        record = None
    if record is not None and record.state == "confirmed":
        raise PendingError(
            "the change is confirmed already: it has no undo any more",
            host=session.host,
            stage=stage,
            hint="`sekayu-net rollback` plans the way back",
        )
    if record is not None and record.state not in ("arming", "reverted"):
        names = Names(token)
        running = pairs(
            session.ask(
                f':put ("undo=" . [:len [/system script job find where script="{names.undo}"]])',
                stage=stage,
            )
        ).get("undo")
        if running == "0":
            # The timer stays: should this start not arrive, it still runs the undo, and an undo
            # that runs twice does no harm.
            _start(session, names, names.undo, record.kind, stage=stage)
        active = ("armed", "applied", "failed", "reverting1", "reverting2", "stage-two")
        deadline = session.clock() + REVERT_TIMEOUT
        record = _await(session, token, active, deadline, stage=stage)
        if record is not None and record.state != "reverted":
            raise GarbledError(
                f"the undo did not end within {REVERT_TIMEOUT:g} seconds ({record.state})",
                host=session.host,
                stage=stage,
                hint="look at the device's log by hand, then `sekayu-net resume`",
            )
    sweep(session, token, stage=stage)


def reboot(session: Session) -> None:
    """Reboot the device: ``platforms.trial.Rebooting``.

    By a job, which nobody can ask a question and whose start is answered before the session ends;
    where the device starts no jobs, by the command itself, whose answer may be lost.
    """
    stage = "reboot"
    try:
        session.ask(':execute script=":delay 1s; /system reboot"', stage=stage)
    except RefusedError:
        try:
            session.ask("/system reboot", stage=stage)
        except (UnreachableError, GarbledError):
            session.close()  # that is what a reboot looks like
