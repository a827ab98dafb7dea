"""Where a journal lies, and how its statements get there: the seam below ``journal``.

The statements themselves are written once, in the SQL that SQLite and PostgreSQL share: ``?`` for a
parameter, ``ON CONFLICT``, and a column ``rowid`` that counts up. The file is here; a server's
database is ``journal_server``'s; the tables are ``journal_schema``'s.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from sekayu_net import system
from sekayu_net.errors import JournalError
from sekayu_net.journal_schema import MIGRATIONS, migrate, unwritable

Row = Mapping[str, Any]


class Done(Protocol):
    """What became of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows it changed."""
        ...

    def fetchone(self) -> Any:
        """The next row, as a sequence; None behind the last."""
        ...


class Statements(Protocol):
    """An open transaction."""

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Done:
        """One statement."""
        ...

    def executemany(self, text: str, rows: Iterable[Sequence[Any]], /) -> object:
        """One statement for each row of parameters."""
        ...


class Database(Protocol):
    """An open database. The journal sees to it that one thread uses it at a time."""

    def write(self) -> AbstractContextManager[Statements]:
        """One transaction, safe from a power cut at the end; nothing of it when the block fails."""
        ...

    def read(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """The rows of a query."""
        ...

    def keys_beside(self, column: str) -> Mapping[str, tuple[str, ...] | None]:
        """Each table that has this column → its other key columns; None where it is no key."""
        ...

    def close(self) -> None:
        """Let go of it."""
        ...


class Place(Protocol):
    """Where a journal lies. ``str()`` of it is for people and holds no password."""

    @property
    def name(self) -> str:
        """Short, for a message."""
        ...

    def exists(self) -> bool:
        """Whether there may be something to read."""
        ...

    def connect(self, *, read_only: bool = False) -> Database:
        """Open it, and bring it up to date unless it is only to be read. ``JournalError``."""
        ...


def connect(place: Path | Place, *, read_only: bool = False) -> Database:
    """Open a journal's database: a file by its path. ``JournalError`` when that can't be."""
    if not isinstance(place, Path):
        return place.connect(read_only=read_only)
    return SqliteDatabase.looking(place) if read_only else SqliteDatabase.open(place)


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A journal as it stands; what is written to it is let go. For who only tries."""

    place: Path | Place

    def __str__(self) -> str:
        return str(self.place)

    @property
    def name(self) -> str:
        """See ``Place``."""
        return self.place.name

    def exists(self) -> bool:
        """See ``Place``."""
        return self.place.exists()

    def connect(self, *, read_only: bool = False) -> Database:
        """See ``Place``. An empty one where there is none."""
        del read_only
        there = self.place.exists()
        found = connect(self.place, read_only=True) if there else SqliteDatabase.empty()
        return UnwrittenDatabase(found)


def wrong_form(place: object, form: int) -> JournalError:
    """The error for a journal of another version than this program's, where it may not change."""
    return JournalError(
        f"{place} has form {form}, this program reads {len(MIGRATIONS)}",
        hint="sekayu-net status brings it up to date; then start this again",
    )


class SqliteDatabase:
    """A file: every write is on the disk when its block ends (``synchronous=EXTRA``)."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self.connection = connection

    @classmethod
    def open(cls, path: Path) -> SqliteDatabase:
        """Open or make the file (mode 0600) and bring it up to date."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = not path.exists()
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            if new:
                system.give_to_owner_of(path.parent, handle)
            os.close(handle)
            connection = sqlite3.connect(
                path, timeout=10, isolation_level=None, check_same_thread=False
            )
        except (OSError, sqlite3.Error) as error:
            raise unwritable(path, error) from error
        try:
            migrate(path, connection)
        except BaseException:
            connection.close()
            raise
        return cls(path, connection)

    @classmethod
    def empty(cls) -> SqliteDatabase:
        """One in memory, gone when it is closed."""
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        migrate(Path(":memory:"), connection)
        return cls(Path(":memory:"), connection)

    @classmethod
    def looking(cls, path: Path) -> SqliteDatabase:
        """Open it for reading alone: a deployment beside it is held up for no longer than a query.

        ``JournalError`` also for a file of another form than this program's.
        """
        uri = f"{path.resolve().as_uri()}?mode=ro"
        connection = None
        try:
            connection = sqlite3.connect(uri, uri=True, timeout=5, check_same_thread=False)
            form = connection.execute("PRAGMA user_version").fetchone()[0]
        except sqlite3.Error as error:
            if connection is not None:
                connection.close()
            raise JournalError(
                f"{path.name}: the journal can't be read ({error})",
                hint="is the disk there? sekayu-net status says more",
            ) from error
        if form != len(MIGRATIONS):
            connection.close()
            raise wrong_form(path.name, form)
        return cls(path, connection)

    @contextmanager
    def write(self) -> Iterator[Statements]:
        """See ``Database``."""
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            self.connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise unwritable(self.path, error) from error
        finally:
            if self.connection.in_transaction:
                self.connection.rollback()

    def read(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """See ``Database``."""
        try:
            cursor = self.connection.execute(text, tuple(parameters))
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.Error as error:
            raise unwritable(self.path, error) from error

    def keys_beside(self, column: str) -> Mapping[str, tuple[str, ...] | None]:
        """See ``Database``."""
        rows = self.read(
            "SELECT t.name AS owner, c.name, c.pk FROM sqlite_master AS t"
            " JOIN pragma_table_info(t.name) AS c WHERE t.type = 'table' ORDER BY t.rowid",
            (),
        )
        return beside(column, ((row["owner"], row["name"], row["pk"] > 0) for row in rows))

    def close(self) -> None:
        """See ``Database``."""
        self.connection.close()


class _Nothing:
    """A transaction that says of each statement that it did what was meant, and does nothing."""

    rowcount = 1

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Done:
        """See ``Statements``."""
        del text, parameters
        return self

    def executemany(self, text: str, rows: Iterable[Sequence[Any]], /) -> object:
        """See ``Statements``."""
        del text, rows
        return self

    def fetchone(self) -> None:
        """See ``Done``: there is no row."""


@dataclass(frozen=True, slots=True)
class UnwrittenDatabase:
    """Reads what there is, writes nothing."""

    database: Database

    @contextmanager
    def write(self) -> Iterator[Statements]:
        """See ``Database``."""
        yield _Nothing()

    def read(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """See ``Database``."""
        return self.database.read(text, parameters)

    def keys_beside(self, column: str) -> Mapping[str, tuple[str, ...] | None]:
        """See ``Database``."""
        return self.database.keys_beside(column)

    def close(self) -> None:
        """See ``Database``."""
        self.database.close()


def beside(
    column: str, columns: Iterable[tuple[str, str, bool]]
) -> Mapping[str, tuple[str, ...] | None]:
    """``keys_beside`` from (table, column, whether it is of the key) of all columns there are."""
    tables: dict[str, dict[str, bool]] = {}
    for table, name, key in columns:
        tables.setdefault(table, {})[name] = key
    return {
        table: tuple(name for name, key in has.items() if key and name != column)
        if has[column]
        else None
        for table, has in tables.items()
        if column in has
    }
