"""Alerts and messages between two runs: kept in the journal, sent through Apprise, tried again.

What is worth a message is ``notify``'s. Nothing here fails an audit: what can't be sent waits.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sekayu_net.errors import LockError, SekayuError
from sekayu_net.journal import Journal
from sekayu_net.notify import Alert, Message, News
from sekayu_net.system import try_lock

Send = Callable[[str, Message], None]
#: Seconds for which a sender waits for another one: a dead server costs it a timeout or two.
PATIENCE = 120.0
POLL_SECONDS = 0.5


class NotSentError(SekayuError):
    """A message did not get out. Its words hold no address: that is a secret."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A message that waits. ``target`` is the name of the secret with the URL."""

    id: int
    target: str
    time: str
    message: Message
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the messages: how many, and in words what went wrong."""

    sent: int = 0
    waiting: int = 0
    dropped: int = 0
    problems: tuple[str, ...] = ()


@contextmanager
def alone(
    lock: Path, *, patience: float = PATIENCE, wait: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Be the only one of a project who tells and sends: what is news is then told once.

    Waits for another sender; ``LockError`` after ``patience`` seconds. The kernel frees the lock
    when its holder ends, however that comes.
    """
    lock.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    left = patience
    with lock.open("a+") as file:
        while not try_lock(file):
            if left <= 0:
                raise LockError(
                    "someone else is sending this project's messages",
                    hint="wait for its end; what it leaves: sekayu-net notify show",
                )
            left -= POLL_SECONDS
            wait(POLL_SECONDS)
        yield


def alerts_of(journal: Journal) -> tuple[Alert, ...]:
    """What is known to be wrong."""
    rows = journal.query("SELECT * FROM alerts ORDER BY rowid")
    return tuple(
        Alert(row["host"], row["mark"], row["since"], json.loads(row["what"]), row["told"])
        for row in rows
    )


def keep(journal: Journal, news: News, messages: Mapping[str, Message], *, now: str) -> None:
    """Keep the alerts and queue their messages, both or neither: nothing is told twice or never."""
    with journal.transaction() as db:
        db.execute("DELETE FROM alerts")
        db.executemany(
            "INSERT INTO alerts (host, mark, since, told, what) VALUES (?, ?, ?, ?, ?)",
            [
                (a.host, a.mark, a.since, a.told, json.dumps(dict(a.what), ensure_ascii=False))
                for a in news.alerts
            ],
        )
        db.executemany(
            "INSERT INTO outbox (target, time, title, body) VALUES (?, ?, ?, ?)",
            [(target, now, each.title, each.body) for target, each in messages.items()],
        )


def waiting(journal: Journal) -> tuple[Queued, ...]:
    """The messages that wait, oldest first."""
    return tuple(
        Queued(
            row["id"],
            row["target"],
            row["time"],
            Message(row["title"], row["body"]),
            row["attempts"],
        )
        for row in journal.query("SELECT * FROM outbox ORDER BY id")
    )


def deliver(journal: Journal, send: Send, *, keep_for: int, now: str) -> Delivery:
    """Send what waits. What is older than ``keep_for`` seconds after a failure is dropped.

    A target that fails is not tried again in this run: a dead server costs one timeout.
    """
    sent = dropped = 0
    problems: dict[str, str] = {}
    for queued in waiting(journal):
        if queued.target not in problems:
            try:
                send(queued.target, queued.message)
            except Exception as error:  # noqa: BLE001 - whatever a messenger raises, it waits
                problems[queued.target] = told(queued.target, error)
            else:
                sent += 1
                remove(journal, queued.id)
                continue
        age = datetime.fromisoformat(now) - datetime.fromisoformat(queued.time)
        if age > timedelta(seconds=keep_for):
            dropped += 1
            remove(journal, queued.id)
        else:
            with journal.transaction() as db:
                db.execute("UPDATE outbox SET attempts = attempts + 1 WHERE id = ?", (queued.id,))
    return Delivery(sent, len(waiting(journal)), dropped, tuple(problems.values()))


def remove(journal: Journal, number: int) -> None:
    """Forget a message."""
    with journal.transaction() as db:
        db.execute("DELETE FROM outbox WHERE id = ?", (number,))


def told(target: str, error: Exception) -> str:
    """Why a message waits. An error that is not ours may quote the URL: only its name is said."""
    if isinstance(error, SekayuError):
        return f"{target}: {error}" + (f" ({error.hint})" if error.hint else "")
    return f"{target}: {type(error).__name__}"


def apprise_sender(url: Callable[[str], str]) -> Send:
    """Send through Apprise; ``url`` resolves the name of a secret (``SecretError``)."""

    def send(target: str, message: Message) -> None:
        import apprise

        # Its log quotes addresses and tokens.
        log = logging.getLogger("apprise")
        log.setLevel(logging.CRITICAL + 1)
        log.propagate = False
        box = apprise.Apprise()
        if not box.add(url(target)):
            raise NotSentError(
                "its secret holds no URL that Apprise knows",
                hint="for example mailto://user:password@server, tgram://token/chat, json://server",
            )
        if not box.notify(
            title=message.title, body=message.body, body_format=apprise.NotifyFormat.TEXT
        ):
            raise NotSentError("not accepted", hint="try it: sekayu-net notify test")

    return send
