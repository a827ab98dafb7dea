"""A journal in PostgreSQL, for technicians who share a project; and who of them holds it.

The tables and statements are those of the file. Here is what a server needs beyond it: settings of
a session that keep the promises of ``journal``, a lock that reaches across machines, and a number
(the *fence*) by which a holder that was given up for lost finds out before its next write.
SQLAlchemy and psycopg are imported when a server is asked for (``sekayu-net[postgresql]``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urlsplit

from sekayu_net.errors import JournalError, LockError
from sekayu_net.journal_database import Done, Row, Statements, beside, wrong_form
from sekayu_net.journal_schema import MIGRATIONS, as_postgres
from sekayu_net.secrets import forgetting

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

#: Seconds without a sign of life after which either side gives the other up for lost.
SILENCE = 40
#: The first half of the advisory lock's key: ours among what else a server may hold.
LOCK = 7_358
DRIVERS = ("postgresql", "postgresql+psycopg")
HERE = ("localhost", "127.0.0.1", "::1", "")
SESSION = f"""
    SET lock_timeout = '10s'; SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '30s';
    SET tcp_keepalives_idle = 20; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 4;
    SET tcp_user_timeout = {SILENCE * 1000};
"""


def checked_url(url: str) -> str:
    """The URL of a journal; ``ValueError``, which quotes nothing of it, where it can't be one."""
    parts = urlsplit(url)
    if parts.scheme not in DRIVERS:
        raise ValueError("a journal's URL begins with postgresql+psycopg://")
    asked = parse_qs(parts.query)
    if parts.password is not None or {"password", "sslpassword"} & set(asked):
        raise ValueError(
            "no password belongs here: name a secret as [journal] password, or leave it to libpq"
        )
    if not parts.path.strip("/"):
        raise ValueError("the URL names no database: postgresql+psycopg://USER@HOST/DATABASE")
    return url


class Server:
    """The place of a journal: a database of its own (or a schema, by ``search_path``) on a server.

    ``password`` is asked when a connection is made, and gives None where libpq has its own way (a
    peer on a socket, a client certificate, a password file).
    """

    def __init__(self, url: str, password: Callable[[], str | None] = lambda: None) -> None:
        self._url = checked_url(url)
        self._password = password
        #: What every write says while this program holds the project; None when it does not.
        self.fence: int | None = None

    def __str__(self) -> str:
        return self._url.partition("?")[0]

    def __repr__(self) -> str:
        return f"Server({self})"

    @property
    def name(self) -> str:
        """The database, without its server."""
        return urlsplit(self._url).path.strip("/")

    def exists(self) -> bool:
        """Whether there may be something to read: only asking tells."""
        return True

    def connect(self, *, read_only: bool = False) -> PostgresDatabase:
        """Open it. ``JournalError`` when it does not answer, or would promise less than a disk."""
        database = PostgresDatabase(self, *self._open())
        try:
            database.begin_session(read_only=read_only)
        except BaseException:
            database.close()
            raise
        return database

    def _open(self) -> tuple[Engine, Connection]:
        try:
            from sqlalchemy import NullPool, create_engine, make_url
            from sqlalchemy.exc import SQLAlchemyError
        except ImportError as error:
            raise JournalError(
                f"a journal on a server needs a package that is not installed: {error.name}",
                hint="pip install 'sekayu-net[postgresql]'",
            ) from error
        with forgetting():
            url = make_url(self._url).set(drivername="postgresql+psycopg")
            asked: dict[str, Any] = {
                "connect_timeout": 10,
                "application_name": "sekayu-net",
                "keepalives_idle": 20,
                "keepalives_interval": 5,
                "keepalives_count": 4,
                "tcp_user_timeout": SILENCE * 1000,
            }
            if (url.host or "") not in HERE and not (url.host or "").startswith("/"):
                asked["sslmode"] = "require"
            asked = {key: value for key, value in asked.items() if key not in url.query}
            password = self._password()
            if password is not None:
                asked["password"] = password
            try:
                engine = create_engine(
                    url,
                    poolclass=NullPool,
                    isolation_level="AUTOCOMMIT",
                    hide_parameters=True,
                    connect_args=asked,
                )
                return engine, engine.connect()
            except (SQLAlchemyError, ImportError) as error:
                raise lost(self, error) from None

    @contextmanager
    def held(self, who: str) -> Iterator[None]:
        """Hold the project against every other machine. ``LockError`` names who holds it.

        The server frees it when the holder's connection ends, after ``SILENCE`` seconds also when
        its machine or link is gone. Whoever takes it then raises the fence: the old holder, should
        it still run, can write nothing more, and does nothing that is not written.
        """
        with self.connect() as database:
            got = database.read(
                "SELECT pg_try_advisory_lock(?, hashtext(current_schema)) AS ok", (LOCK,)
            )
            if not got[0]["ok"]:
                at = database.read("SELECT holder, since FROM journal_state", ())[0]
                raise LockError(
                    f"another run holds this project ({at['holder']}, since {at['since']})",
                    hint="wait for its end, or end it there with Ctrl-C: sekayu-net runs",
                )
            since = datetime.now(UTC).isoformat(timespec="seconds")
            taken = database.read(
                "UPDATE journal_state SET fence = fence + 1, holder = ?, since = ? RETURNING fence",
                (who, since),
            )
            self.fence = taken[0]["fence"]
            try:
                yield
            finally:
                self.fence = None


def lost(place: Server, error: Exception) -> JournalError:
    """The error for a server that does not do what it was asked. Quotes no statement."""
    told = str(getattr(error, "orig", None) or error).strip().splitlines() or [type(error).__name__]
    return JournalError(
        f"{place}: the journal can't be used ({told[0]}); nothing more is done",
        hint="is the database server up and within reach? Then run it again; what was begun: "
        "sekayu-net resume",
    )


class _Transaction:
    """The statements of a transaction, with psycopg's own parameter marks."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def execute(self, text: str, parameters: Sequence[Any] = (), /) -> Done:
        """See ``Statements``."""
        return self._connection.exec_driver_sql(marked(text), tuple(parameters) or None)

    def executemany(self, text: str, rows: Iterable[Sequence[Any]], /) -> object:
        """See ``Statements``."""
        every = [tuple(row) for row in rows]
        return self._connection.exec_driver_sql(marked(text), every) if every else None


def marked(text: str) -> str:
    """``?`` as psycopg has it."""
    return text.replace("%", "%%").replace("?", "%s")


class PostgresDatabase:
    """An open connection. Like a file's, one writer at a time: the row of ``journal_state``."""

    def __init__(self, place: Server, engine: Engine, connection: Connection) -> None:
        self.place = place
        self._engine = engine
        self.connection = connection

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def begin_session(self, *, read_only: bool) -> None:
        """What every session is told, and what the server must promise. ``JournalError``."""
        with self._told():
            self.connection.exec_driver_sql(SESSION)
        said = self.read(
            "SELECT current_setting('fsync') AS fsync,"
            " current_setting('synchronous_commit') AS commit",
            (),
        )[0]
        if said["fsync"] != "on":
            raise JournalError(
                f"{self.place}: the server runs with fsync = {said['fsync']}: what it has "
                "confirmed would be lost with its power; nothing is done",
                hint="set fsync = on in its postgresql.conf",
            )
        if read_only:
            form = self._form()
            if form != len(MIGRATIONS):
                raise wrong_form(self.place.name, form or 0)
            self.read("SET default_transaction_read_only = on", ())
            return
        if said["commit"] == "off":
            self.read("SET synchronous_commit = on", ())
        form = self._form()
        if form is None or form < len(MIGRATIONS):
            self._migrate()
        elif form > len(MIGRATIONS):
            raise newer(self.place)

    def _form(self) -> int | None:
        """The form of what is there; None for an empty database."""
        if self.read("SELECT to_regclass('journal_state') AS there", ())[0]["there"] is None:
            return None
        form: int = self.read("SELECT form FROM journal_state", ())[0]["form"]
        return form

    def _migrate(self) -> None:
        """To the newest form, all or nothing; of several machines at once one does it."""
        with self._block() as db:
            db.execute("SELECT pg_advisory_xact_lock(?, hashtext(current_schema))", (LOCK + 1,))
            db.execute(
                "CREATE TABLE IF NOT EXISTS journal_state (one BOOLEAN PRIMARY KEY CHECK (one),"
                " form INTEGER NOT NULL, fence BIGINT NOT NULL, holder TEXT, since TEXT)"
            )
            db.execute(
                "INSERT INTO journal_state (one, form, fence) VALUES (TRUE, 0, 0)"
                " ON CONFLICT (one) DO NOTHING"
            )
            form = db.execute("SELECT form FROM journal_state FOR UPDATE").fetchone()[0]
            if form > len(MIGRATIONS):
                raise newer(self.place)
            for statements in MIGRATIONS[form:]:
                db.execute(as_postgres(statements))
            db.execute("UPDATE journal_state SET form = ?", (len(MIGRATIONS),))

    @contextmanager
    def write(self) -> Iterator[Statements]:
        """See ``Database``. ``JournalError`` also for a holder that lost the project."""
        with self._block() as db:
            form, fence, holder = db.execute(
                "SELECT form, fence, holder FROM journal_state FOR UPDATE"
            ).fetchone()
            if form != len(MIGRATIONS):
                raise newer(self.place)
            if self.place.fence is not None and self.place.fence != fence:
                raise JournalError(
                    f"{self.place}: {holder} took this project over while this run was cut off "
                    "from the journal; nothing more is done here",
                    hint="see who does what: sekayu-net runs",
                )
            yield db

    @contextmanager
    def _block(self) -> Iterator[Statements]:
        with self._told():
            self.connection.exec_driver_sql("BEGIN")
            try:
                yield _Transaction(self.connection)
            except BaseException:
                with suppress(Exception):  # the connection may be what failed: nothing stays then
                    self.connection.exec_driver_sql("ROLLBACK")
                raise
            self.connection.exec_driver_sql("COMMIT")

    @contextmanager
    def _told(self) -> Iterator[None]:
        from sqlalchemy.exc import SQLAlchemyError

        try:
            yield
        except SQLAlchemyError as error:
            raise lost(self.place, error) from None

    def read(self, text: str, parameters: Sequence[object]) -> list[Row]:
        """See ``Database``."""
        with self._told():
            done = self.connection.exec_driver_sql(marked(text), tuple(parameters) or None)
            return [dict(row) for row in done.mappings()] if done.returns_rows else []

    def keys_beside(self, column: str) -> Mapping[str, tuple[str, ...] | None]:
        """See ``Database``."""
        rows = self.read(
            "SELECT c.table_name AS owner, c.column_name AS name, k.column_name IS NOT NULL AS key"
            " FROM information_schema.columns AS c"
            " LEFT JOIN (information_schema.table_constraints AS t"
            "  JOIN information_schema.key_column_usage AS k USING (constraint_schema,"
            "   constraint_name, table_schema, table_name))"
            " ON t.constraint_type = 'PRIMARY KEY' AND k.table_schema = c.table_schema"
            "  AND k.table_name = c.table_name AND k.column_name = c.column_name"
            " WHERE c.table_schema = current_schema ORDER BY c.table_name, c.ordinal_position",
            (),
        )
        return beside(column, ((row["owner"], row["name"], row["key"]) for row in rows))

    def close(self) -> None:
        """See ``Database``."""
        with suppress(Exception):  # a connection that is gone is closed
            self.connection.close()
        self._engine.dispose()


def newer(place: Server) -> JournalError:
    """The error for a journal that a newer program has been at."""
    return JournalError(
        f"{place}: the journal was written by a newer sekayu-net",
        hint="upgrade sekayu-net on this machine",
    )
