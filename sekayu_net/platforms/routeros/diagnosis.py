"""What failed in an import, asked of a device that can't tell by itself (before ``:onerror``).

The record knows the line (``undo.traced``), or none when the device refused the file as a whole:
then each statement is parsed, which changes nothing. The words are got by saying the line that
failed once more, where it failed, before the undo is run: it belongs to the change, so the undo
takes it back should it succeed now. Done only while the record says ``failed``: once an undo has
begun, nothing is said again.
"""

from __future__ import annotations

import re

from sekayu_net.errors import DeviceError
from sekayu_net.platforms.routeros.failure import Failure
from sekayu_net.platforms.routeros.record import RECORD, Record
from sekayu_net.platforms.routeros.session import RefusedError, Session, literal

#: Statements a request (an exec line may not be too long), and how many are parsed at most.
GROUP, MOST = 4, 400
#: Where a word of ours stands: the position in a line that the device got is not the script's.
_POSITION = re.compile(r"\s*\(line \d+ column \d+\)")
#: The answer of ``:put [:parse …]`` to a bad text: ``(<% bad command name x (line 1 column 2)…)``
#: (reference part 2, measured on 6.49.11).
_UNPARSABLE = re.compile(r"^(\d+) \(<%\s*(.*?)\s*(?:\(line \d+ column \d+\).*|\)+)?$", re.MULTILINE)


def ask_failure(session: Session, script: str, record: Record) -> Failure:
    """Line and words of a failed import; empty words when the device does not say them again."""
    lines = script.rstrip("\n").split("\n")
    told = re.fullmatch(r"line (\d+)", record.words)
    number = int(told.group(1)) if told else 0
    known = 1 <= number <= len(lines)
    try:
        if not known:
            return _unparsable(session, lines)
        words = _said_again(session, lines[number - 1].strip(), record)
    except DeviceError:
        # To bring the device back is more urgent than to know why.
        return Failure("", number if known else None)
    return Failure(words or "it was refused, but not when it was said again", number)


def _said_again(session: Session, statement: str, record: Record) -> str:
    """The device's words about a statement; empty when it has none now."""
    still = (
        f'[:len [/system script find where name="{RECORD}" '
        f'comment~"^state=failed token={record.token} "]] > 0'
    )
    try:
        session.ask(f":if ({still}) do={{ {statement} }}", stage="apply")
    except RefusedError as error:
        return _POSITION.sub("", error.words)
    return ""


def _unparsable(session: Session, lines: list[str]) -> Failure:
    """The first statement that the device can't parse."""
    statements = [
        (number, line.strip())
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ][:MOST]
    for start in range(0, len(statements), GROUP):
        answer = session.ask(
            *(
                f':put ("{number} " . [:tostr [:parse {literal(statement)}]])'
                for number, statement in statements[start : start + GROUP]
            ),
            stage="apply",
        )
        if found := _UNPARSABLE.search(answer):
            return Failure(found.group(2), int(found.group(1)))
    return Failure("", None)
