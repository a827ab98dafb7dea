"""The journal's tables, and how a file of an earlier version comes to them.

They are written for SQLite; ``as_postgres`` says the same to a server. Reading and writing them is
``journal``'s, and the rooms' that keep a table of their own there.
"""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from sekayu_net.errors import JournalError

#: Each entry takes the file from one ``user_version`` to the next.
MIGRATIONS = (
    """
    CREATE TABLE runs (
        id TEXT PRIMARY KEY, kind TEXT NOT NULL, playbook TEXT, plan_id TEXT,
        operator TEXT NOT NULL, selection TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
        result TEXT, confirm_within INTEGER, checks TEXT NOT NULL DEFAULT '[]'
    ) STRICT;
    CREATE TABLE hosts (
        run TEXT NOT NULL REFERENCES runs(id), host TEXT NOT NULL, wave TEXT NOT NULL,
        state TEXT NOT NULL, reason TEXT, token TEXT, guard TEXT, seconds REAL NOT NULL DEFAULT 0,
        changed TEXT NOT NULL, fingerprint TEXT, script TEXT, inverse TEXT, running TEXT,
        intended TEXT,
        PRIMARY KEY (run, host)
    ) STRICT;
    CREATE TABLE events (
        id INTEGER PRIMARY KEY, run TEXT NOT NULL, host TEXT NOT NULL, time TEXT NOT NULL,
        state TEXT NOT NULL, reason TEXT
    ) STRICT;
    CREATE TABLE confirmed (
        host TEXT PRIMARY KEY, run TEXT NOT NULL, time TEXT NOT NULL, fingerprint TEXT NOT NULL,
        config TEXT NOT NULL, intended TEXT NOT NULL
    ) STRICT;
    CREATE TABLE audits (
        run TEXT NOT NULL REFERENCES runs(id), host TEXT NOT NULL, time TEXT NOT NULL,
        status TEXT NOT NULL, findings TEXT NOT NULL, PRIMARY KEY (run, host)
    ) STRICT;
    """,
    "ALTER TABLE hosts ADD COLUMN linked TEXT NOT NULL DEFAULT '';",
    # what the configuration text never shows: users, keys, files … (null: not known)
    "ALTER TABLE confirmed ADD COLUMN beyond TEXT;",
    """
    CREATE TABLE makes (
        run TEXT NOT NULL REFERENCES runs(id), host TEXT NOT NULL, platform TEXT NOT NULL,
        version TEXT NOT NULL, model TEXT NOT NULL, PRIMARY KEY (run, host)
    ) STRICT;
    """,
    """
    CREATE TABLE alerts (
        host TEXT NOT NULL, mark TEXT NOT NULL, since TEXT NOT NULL, told TEXT, what TEXT NOT NULL,
        PRIMARY KEY (host, mark)
    ) STRICT;
    CREATE TABLE outbox (
        id INTEGER PRIMARY KEY, target TEXT NOT NULL, time TEXT NOT NULL, title TEXT NOT NULL,
        body TEXT NOT NULL, attempts INTEGER NOT NULL DEFAULT 0
    ) STRICT;
    """,
    # Gates waived by name, and who waits to be caught up: rollout.gates, rollout.catchup.
    """
    CREATE TABLE waivers (
        id INTEGER PRIMARY KEY, host TEXT NOT NULL, reason TEXT NOT NULL, until TEXT NOT NULL,
        operator TEXT NOT NULL, time TEXT NOT NULL
    ) STRICT;
    CREATE TABLE catch_up (
        host TEXT PRIMARY KEY, run TEXT NOT NULL, playbook TEXT, since TEXT NOT NULL,
        until TEXT NOT NULL
    ) STRICT;
    """,
    # Why and with whose consent, whole plans, when waves opened, who answered: rollout.kept.
    """
    ALTER TABLE runs ADD COLUMN reason TEXT NOT NULL DEFAULT '';
    ALTER TABLE runs ADD COLUMN approved_by TEXT NOT NULL DEFAULT '[]';
    CREATE TABLE plans (
        plan_id TEXT PRIMARY KEY, content TEXT NOT NULL, signatures TEXT NOT NULL
    ) STRICT;
    CREATE TABLE waves (
        run TEXT NOT NULL REFERENCES runs(id), name TEXT NOT NULL, opened TEXT NOT NULL
    ) STRICT;
    CREATE TABLE behind (
        run TEXT NOT NULL, host TEXT NOT NULL, answered TEXT NOT NULL, PRIMARY KEY (run, host)
    ) STRICT;
    """,
    # From what drift is measured, where that is not what a run left: rollout.unaccepted.
    """
    CREATE TABLE bases (host TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT;
    """,
)


def unwritable(path: Path, error: Exception) -> JournalError:
    """The error for a journal that can't be read or written."""
    return JournalError(
        f"{path}: the journal can't be used ({error}); nothing more is done",
        hint="make room on the disk, or give yourself the right to write there, and run it again",
    )


def migrate(path: Path, connection: sqlite3.Connection) -> None:
    """Bring the file to the newest form, one step a transaction."""
    try:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA synchronous = EXTRA")
        connection.execute("PRAGMA foreign_keys = ON")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version > len(MIGRATIONS):
            raise JournalError(
                f"{path}: the journal was written by a newer sekayu-net",
                hint="upgrade sekayu-net on this machine",
            )
        for number in range(version, len(MIGRATIONS)):
            connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
            )
    except sqlite3.Error as error:
        raise unwritable(path, error) from error


def as_postgres(statements: str) -> str:
    """An entry of ``MIGRATIONS`` in PostgreSQL's words.

    SQLite counts the rows of each table by itself (``rowid``), and some queries order by that: a
    table gets the column where it has no number of its own.
    """

    def table(found: re.Match[str]) -> str:
        head, columns = found.groups()
        own = re.search(r"\bINTEGER PRIMARY KEY\b", columns)
        rowid = "" if own else " rowid BIGINT GENERATED ALWAYS AS IDENTITY,"
        return f"{head}{rowid}{columns});"

    text = re.sub(r"(CREATE TABLE \w+ \()(.*?)\) STRICT;", table, statements, flags=re.DOTALL)
    identity = "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"
    text = re.sub(r"\bINTEGER PRIMARY KEY\b", identity, text)
    text = re.sub(r"\bINTEGER\b", "BIGINT", text)
    return re.sub(r"\bREAL\b", "DOUBLE PRECISION", text)
