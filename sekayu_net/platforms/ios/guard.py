"""The guarded change on an IOS device: what it lacks, arm, merge, confirm, go back.

The undo is IOS's own: ``configure terminal revert timer`` archives the running configuration and
replaces with it when nobody confirms (Cisco, "Configuration Replace and Configuration Rollback").
What is merged is the very script of the plan. Nothing reaches the startup configuration before the
confirmation, so that a reload leads back as well. Times are the device's: whole minutes, at most
120, rounded up here.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from napalm.base.exceptions import NapalmException
from scp import SCPException

from sekayu_net.errors import (
    ApplyError,
    GarbledError,
    GuardError,
    JournalError,
    PendingError,
    UnreachableError,
)
from sekayu_net.platforms.base import Guard, Pending
from sekayu_net.platforms.ios import reader, record
from sekayu_net.platforms.ios.session import Session, write_candidate
from sekayu_net.platforms.ios.syntax import for_file
from sekayu_net.platforms.ios.tree import read, to_text

MAX_MINUTES = 120
#: Bytes that must be free beside two copies of the configuration.
_ROOM = 256 * 1024
#: Seconds that a merge may take: a sixth of the time to confirm, within these.
_LEAST_MERGE, _MERGE_TIMEOUT = 10.0, 60.0
_REPLACE_TIMEOUT = 120.0
#: What the console says that is no failure of a line.
_HARMLESS = re.compile(
    r"%\s*(Warning|Notice|Note|Info|[A-Z_]+-[0-7]-)|%\s*Generating", re.IGNORECASE
)
_SAID = re.compile(
    r"^(?:%.*|.*(?:Bad mask|overlaps with|not permitted|Removal of|ERROR:).*)$", re.MULTILINE
)


# -- what a device lacks -----------------------------------------------------------------------


def lacks(session: Session, config: str, *, stage: str) -> list[str]:
    """What is missing for a guarded change, each in words that say how to mend it."""
    missing: list[str] = []
    level = re.search(r"level is (\d+)", session.ask("show privilege", stage=stage))
    if level is None or int(level[1]) < 15:
        missing.append(f"privilege level 15 (it is {level[1] if level else 'not known'})")
    if "not enabled" in session.ask("show archive", stage=stage):
        missing.append("archive / path flash:NAME (the undo is a file there)")
    for line, why in (
        ("ip scp server enable", "the change comes by SCP"),
        ("file prompt quiet", "it must not ask back"),
    ):
        if not re.search(rf"^{line}\s*$", config, re.MULTILINE):
            missing.append(f"{line} ({why})")
    if re.search(r"^aaa new-model", config, re.MULTILINE) and not re.search(
        r"^aaa authorization exec ", config, re.MULTILINE
    ):
        missing.append("aaa authorization exec default local (SCP asks for it)")
    free = _free(session.ask("dir", stage=stage))
    wanted = 2 * len(config) + _ROOM
    if free is not None and free < wanted:
        missing.append(f"{wanted} bytes free on flash (there are {free})")
    return missing


def _free(listing: str) -> int | None:
    match = re.search(r"\((\d+) bytes free\)", listing)
    return int(match[1]) if match else None


def survey(session: Session) -> Guard:
    """The undo that the device can arm now, and what it survives."""
    config = reader.running(session, stage="guard")
    missing = lacks(session, config, stage="guard")
    if missing:
        return Guard("none", frozenset(), f"the device lacks {'; '.join(missing)}")
    survives = {"session", "controller", "clock"}
    if _means(config) == _means(reader.startup(session, stage="guard")):
        return Guard("commit-timer", frozenset(survives | {"reboot"}))
    return Guard(
        "commit-timer",
        frozenset(survives),
        "its startup configuration is another than the running one: write memory on the device",
    )


def _means(config: str) -> str:
    return to_text(read(config))


# -- what waits --------------------------------------------------------------------------------


def pending(session: Session, *, stage: str = "pending") -> Pending | None:
    """The change that waits for its confirmation, whoever armed it."""
    text = session.ask("show archive config rollback timer", stage=stage)
    if "No Rollback Confirmed Change pending" in text or "not enabled" in text:
        return None
    user = re.search(r"^User: (\S+)", text, re.MULTILINE)
    if user is None and "Timer" not in text:
        raise GarbledError(
            "what it says of a pending change is not IOS's", host=session.host, stage=stage
        )
    known = record.tokens(session.ask("dir", stage=stage))
    return Pending(known[-1] if known else f"by {user[1] if user else 'someone'}", "commit-timer")


def refuse_pending(session: Session, *, stage: str) -> None:
    """``PendingError`` when a change waits."""
    waiting = pending(session, stage=stage)
    if waiting is not None:
        raise PendingError(
            f"another change ({waiting.token}) waits there for its confirmation",
            host=session.host,
            stage=stage,
            hint="sekayu-net resume finishes ours; another's goes back by itself",
        )


# -- the change --------------------------------------------------------------------------------


def preflight(session: Session, script: str) -> None:
    """Say what the device lacks before anything is written. IOS can't try a script."""
    del script
    missing = lacks(session, reader.running(session, stage="preflight"), stage="preflight")
    if missing:
        raise GuardError(
            f"the device lacks {'; '.join(missing)}; nothing was written",
            host=session.host,
            stage="preflight",
            hint="give it these lines on site or with the bootstrap, then: write memory",
        )


def commit(
    session: Session,
    script: str,
    *,
    token: str,
    revert_in: int,
    guard: Guard,
    on_armed: Callable[[], None],
) -> None:
    """Arm, see that it is armed, tell, merge: ``base.Driver.commit_change``."""
    host = session.host
    minutes = max(1, math.ceil(revert_in / 60))
    if minutes > MAX_MINUTES:
        raise GuardError(
            f"the time to confirm is {minutes} minutes, the device takes {MAX_MINUTES}",
            host=host,
            stage="arm",
            hint="give less with confirm_within",
        )
    if guard.kind not in ("commit-timer", "none"):
        raise GuardError(f"an undo of kind {guard.kind} is not known here", host=host, stage="arm")
    refuse_pending(session, stage="arm")
    _delete(session, stage="arm")
    _load(session, script, token)
    armed: list[bool] = []

    def before_merge() -> None:
        if guard.kind != "none" and pending(session, stage="arm") is None:
            raise GuardError("its undo is not armed; nothing was written", host=host, stage="arm")
        armed.append(True)
        on_armed()

    napalm = session.napalm
    napalm.before_merge = before_merge
    napalm.said = ""
    try:
        with session.errors("apply"):
            # A device that fell silent must leave time to ask it again.
            patience = max(_LEAST_MERGE, min(_MERGE_TIMEOUT, revert_in / 6))
            napalm.device.read_timeout_override = patience
            if guard.kind == "none":
                napalm._commit_handler(f"copy {_path(session, token)} running-config")  # noqa: SLF001
            else:
                _timed(session, minutes, armed)
    except (GuardError, JournalError):
        raise
    except UnreachableError:
        if not armed:
            raise GuardError(
                "the session was lost while the undo was armed; nothing was written",
                host=host,
                stage="arm",
                hint="the device goes back to what it is in some minutes; then try again",
            ) from None
        raise
    finally:
        napalm.before_merge = None
        napalm.device.read_timeout_override = None
    _judge(session, script, guard)


def _timed(session: Session, minutes: int, armed: list[bool]) -> None:
    """NAPALM's commit. Once armed its refusals are judged by what the console said."""
    try:
        session.napalm.commit_config(revert_in=minutes * 60)
    except NapalmException as error:
        if not armed:
            raise GuardError(
                f"the undo can't be armed: {_first(error)}; nothing was written",
                host=session.host,
                stage="arm",
            ) from None


def _load(session: Session, script: str, token: str) -> None:
    """Bring the candidate to the device, byte by byte what was shown, with its ``end``."""
    napalm = session.napalm
    napalm.merge_cfg, napalm.rollback_cfg = record.candidate(token), record.before(token)
    file = write_candidate(session, for_file(script.rstrip("\n") + "\n") + "end\n")
    try:
        with session.errors("arm"):
            try:
                napalm.load_merge_candidate(filename=str(file))
            except (NapalmException, SCPException) as error:
                raise GuardError(
                    f"the change does not get to the device: {_first(error)}",
                    host=session.host,
                    stage="arm",
                    hint="it needs `ip scp server enable`, room on flash and privilege level 15",
                ) from None
    finally:
        file.unlink(missing_ok=True)


def _first(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0][:120] or type(error).__name__


def _path(session: Session, token: str) -> str:
    return f"{session.flash(stage='apply')}/{record.candidate(token)}"


def _judge(session: Session, script: str, guard: Guard) -> None:
    """``ApplyError``, after going back, when the console refused a line."""
    said = session.napalm.said
    failed = [m.group().strip() for m in _SAID.finditer(said) if not _HARMLESS.match(m.group())]
    if not failed:
        return
    number, statement = _statement(said, failed[0], script)
    if guard.kind != "none" and pending(session, stage="revert") is not None:
        _go_back(session, stage="revert")
    where = f"line {number}: " if number else ""
    raise ApplyError(
        f"{where}{failed[0]}",
        host=session.host,
        stage="apply",
        line=number,
        statement=statement,
        hint="correct the template or the inventory, then plan again",
    )


def _statement(said: str, failed: str, script: str) -> tuple[int | None, str | None]:
    """The line of the script that the console names before its refusal, if it is one."""
    before = said[: said.index(failed)].splitlines()
    spoken = {line.strip() for line in before[-4:]} - {"", "^"}
    for number, line in enumerate(script.splitlines(), 1):
        if line.strip() and (line.strip() in spoken or f'"{line.strip()}"' in failed):
            return number, line.strip()
    return None, None


# -- its end -----------------------------------------------------------------------------------


def confirm(session: Session, token: str, *, run: str, fingerprint: str) -> None:
    """Keep the change: remember the run, disarm, save, remove the tool's files; each is seen.

    Can be repeated: a confirmation that was cut anywhere is brought to its end.
    """
    stage = "confirm"
    line = record.line(run, fingerprint)
    waiting = pending(session, stage=stage)
    if waiting is not None and waiting.token != token:
        raise PendingError(
            f"another change ({waiting.token}) waits there", host=session.host, stage=stage
        )
    remembered = record.found(reader.running(session, stage=stage))
    if remembered != record.found(line):
        if waiting is None and _armed_once(session, token):
            raise GuardError(
                "its undo has run: there is nothing to confirm",
                host=session.host,
                stage=stage,
                hint="plan again",
            )
        session.configure([line], stage=stage)
    if waiting is not None:
        said = session.ask("configure confirm", stage=stage)
        if pending(session, stage=stage) is not None:
            raise GuardError(
                "it still waits after its confirmation", host=session.host, stage=stage
            )
        if "No Rollback" in said:
            # The undo was quicker: what it leaves must not be taken for confirmed.
            session.configure([f"no {line.partition(' run=')[0]}"], stage=stage)
            raise GuardError(
                "its undo ran before it was confirmed",
                host=session.host,
                stage=stage,
                hint="plan again",
            )
    _save(session, stage=stage)
    _delete(session, stage=stage)


def _armed_once(session: Session, token: str) -> bool:
    """Whether the change was armed: NAPALM writes the old configuration then, and only then."""
    return record.before(token) in record.files(session.ask("dir", stage="confirm"))


def _save(session: Session, *, stage: str) -> None:
    said = session.ask("write memory", stage=stage, timeout=_MERGE_TIMEOUT)
    if "[OK]" not in said:
        raise GarbledError(
            f"it does not save: {said.strip()[:80]}",
            host=session.host,
            stage=stage,
            hint="its change is kept until it reloads: write memory on the device",
        )


def revert(session: Session, token: str) -> None:
    """Go back now, see that it did, remove the tool's files. Nothing is saved."""
    waiting = pending(session, stage="revert")
    if waiting is not None and waiting.token != token:
        raise PendingError(
            f"another change ({waiting.token}) waits there", host=session.host, stage="revert"
        )
    if waiting is not None:
        _go_back(session, stage="revert")
    _delete(session, stage="revert")


def _go_back(session: Session, *, stage: str) -> None:
    napalm = session.napalm
    with session.errors(stage):
        napalm.device.read_timeout_override = _REPLACE_TIMEOUT
        try:
            napalm.rollback()
        finally:
            napalm.device.read_timeout_override = None
    if pending(session, stage=stage) is not None:
        raise GuardError("its undo does not run", host=session.host, stage=stage)


def clean(session: Session) -> tuple[str, ...]:
    """Remove leftovers of changes that have ended, and save a confirmation that was cut off."""
    stage = "clean"
    if pending(session, stage=stage) is not None:
        return ()
    remembered = record.found(reader.running(session, stage=stage))
    if remembered is not None and remembered != record.found(reader.startup(session, stage=stage)):
        _save(session, stage=stage)
    return _delete(session, stage=stage)


def _delete(session: Session, *, stage: str) -> tuple[str, ...]:
    """Delete the tool's files; which there were. ``GarbledError`` when one stays."""
    system = session.ask("dir", stage=stage)
    there = record.files(system)
    for name in there:
        path = f"{session.flash(stage=stage)}/{name}"
        session.ask(f"delete /force {path}", stage=stage)
    left = record.files(session.ask("dir", stage=stage)) if there else ()
    if left:
        raise GarbledError(
            f"it does not delete {', '.join(left)}",
            host=session.host,
            stage=stage,
            hint="delete it by hand: it holds secrets",
        )
    return there
