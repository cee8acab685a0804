"""Opens the database and hands out transactions."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session

from aggregator.errors import Busy, Unusable
from aggregator.store import migrate, presence
from aggregator.store.backup import backup
from aggregator.store.tables import NoteRow

BUSY_TIMEOUT_S = 30  # how long one process waits for another's transaction
PAUSE_S = 0.02
SQLITE = "sqlite"
POSTGRESQL = "postgresql"
# Of any two writers one has to see what the other wrote, or both would take the same story for new.
# SQLite knows one writer only; on PostgreSQL each transaction that writes takes this lock first.
WRITER = 0x6167_6772
OLDEST = 15  # of PostgreSQL's releases
COPYING = "copying"  # the note of a database into which a copy was begun, and not ended
_NAME = "aggregator"  # of every connection of ours
_OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND application_name = :name AND pid <> pg_backend_pid()
"""
_WRITES: dict[str, dict[str, str]] = {
    SQLITE: {},
    # The view of the database is taken after the wait for the other writer, not before.
    POSTGRESQL: {"isolation_level": "READ COMMITTED"},
}
_PATIENT = (
    f"-c lock_timeout={BUSY_TIMEOUT_S}s"
    f" -c idle_in_transaction_session_timeout={2 * BUSY_TIMEOUT_S}s"  # of a process that hangs
    " -c timezone=UTC"
)


class Store:
    """One database. Reads run side by side, writes one after the other."""

    def __init__(
        self, address: str, root: Path, *, alone: bool = False, unfinished: bool = False
    ) -> None:
        """Open the database, making it on first use and bringing its schema up to date.

        Args:
            address: as in feeds.yaml; a relative SQLite path is relative to `root`.
            root: the instance's folder.
            alone: nobody else may have it open.
            unfinished: it may be one into which a copy was begun, and not ended.

        Raises:
            Unusable: it cannot be opened, read or written; SchemaTooNew: a newer release wrote it.
            Busy: others have it open.
        """
        self._writer = Lock()
        self._file = sqlite_file(address, root)
        self._present = None if self._file is None else presence.arrive(self._file, alone=alone)
        self.place, engine = _engine(address, root)
        self._engine = engine
        self._writing_engine = engine.execution_options(write=True, **_WRITES[engine.dialect.name])
        try:
            with self._explained():
                if self._file is None:
                    self._see_server(alone=alone)
                migrate.upgrade(engine, self._writing_engine, self._keep)
                if not unfinished:
                    self._refuse_unfinished()
        except BaseException:
            self.close()
            raise

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self._engine.dialect.name == SQLITE

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A consistent view of the database; raises Unusable when it cannot be read."""
        with self._explained(), Session(self._engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One transaction: all of the block is kept, or, when it raises, nothing."""
        with (
            self._writer,
            self._explained(),
            self._writing_engine.begin() as connection,
            Session(connection) as session,
        ):
            yield session
            session.flush()

    @contextmanager
    def alone(self, task: int) -> Iterator[bool]:
        """Whether nobody else who shares the database is at this task while the block runs.

        The claim falls with the process. On SQLite there is nobody else to ask.
        """
        if self.on_sqlite:
            yield True
            return
        lock = {"lock": WRITER + task}
        with self._explained(), self._engine.connect() as connection:
            connection.execution_options(isolation_level="AUTOCOMMIT")  # it is no transaction
            mine = bool(connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), lock))
            try:
                yield mine
            finally:
                if mine:
                    connection.scalar(text("SELECT pg_advisory_unlock(:lock)"), lock)

    def is_current(self) -> bool:
        """Whether the schema is still ours: a newer release may have moved it on meanwhile."""
        with self.reading() as session:
            return migrate.is_current(session)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()
        if self._present is not None:
            presence.leave(self._present)
            self._present = None

    def _keep(self, revision: str) -> None:
        """Copy a SQLite file before its schema changes; PostgreSQL has pg_dump for that."""
        if self._file is not None:
            backup(self._file, self._file.with_name(f"{self._file.stem}-schema-{revision}.db"))

    def _see_server(self, *, alone: bool) -> None:
        """See what server it is, and who else of us is there; raises Unusable or Busy."""
        with self._engine.connect() as connection:
            release = int((connection.dialect.server_version_info or (0,))[0])
            if release < OLDEST:
                raise Unusable(
                    f"{self.place}: is PostgreSQL {release}; version {OLDEST} or newer is needed"
                )
            others = connection.scalar(text(_OTHERS), {"name": _NAME}) if alone else 0
        if others:
            raise Busy(
                f"{self.place}: is in use, by {others} connections; stop every service and worker,"
                " then try again"
            )

    def _refuse_unfinished(self) -> None:
        with self.reading() as session:
            if session.get(NoteRow, COPYING) is not None:
                raise Unusable(
                    f"{self.place}: holds part of a copy; run the `aggregator copy-to` that was cut"
                    " off again, or name another database"
                )

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The driver's errors as one line that says which database, and what is the matter."""
        try:
            yield
        except (DatabaseError, sqlite3.Error) as error:
            cause = getattr(error, "orig", None) or error
            raise Unusable(f"{self.place}: {_plain(cause)}") from error


def sqlite_file(address: str, root: Path) -> Path | None:
    """The file of a SQLite database; None when the address is of another engine, or none at all.

    Args:
        address: as in feeds.yaml; a relative path is relative to `root`.
        root: the instance's folder.
    """
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        return None
    on_sqlite = url.get_backend_name() == SQLITE
    return root / (url.database or "db/aggregator.db") if on_sqlite else None


def _engine(address: str, root: Path) -> tuple[str, Engine]:
    """The database's name for messages, without secrets, and an engine for it."""
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):  # the latter of a port that is no number
        raise Unusable(
            "database: not an address; write sqlite:///db/aggregator.db or postgresql://user@host/name"
        ) from None
    if url.get_backend_name() == POSTGRESQL:
        return url.render_as_string(hide_password=True), _postgresql(url)
    file = root / (url.database or "db/aggregator.db")
    engine = create_engine(
        url.set(database=str(file)), connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=16
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return str(file), engine


def _postgresql(url: URL) -> Engine:
    try:
        engine = create_engine(
            url.set(drivername="postgresql+psycopg"),
            connect_args={
                "options": f"{url.query.get('options', '')} {_PATIENT}",
                "application_name": _NAME,
            },
            isolation_level="REPEATABLE READ",  # what is read together was true together
            pool_pre_ping=True,
            pool_size=16,
        )
    except ModuleNotFoundError:
        raise Unusable(
            "database: PostgreSQL needs packages that are not here; install aggregator[postgres]"
        ) from None
    event.listen(engine, "begin", _take_turns)
    return engine


def _take_turns(connection: Connection) -> None:
    """Wait until nobody else writes; the lock falls with the transaction, however that ends."""
    if connection.get_execution_options().get("write", False):
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER})")


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Set a new SQLite connection up: we begin transactions ourselves, so that writers never upgrade."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
        "synchronous=NORMAL",  # with WAL nothing tears at a crash of the process or of the machine
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-4000",  # kB
    ):
        connection.execute(f"PRAGMA {pragma}")
    if not _is_foreign(connection):
        _keep_log(connection)


def _is_foreign(connection: sqlite3.Connection) -> bool:
    """Whether the file is another program's, in which nothing is to be changed."""
    found = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in found}
    return bool(tables) and "alembic_version" not in tables


def _keep_log(connection: sqlite3.Connection) -> None:
    """Let writers write into a log of their own (WAL), so that readers never wait.

    For this SQLite does not wait, as it does otherwise: while others open a new file it says at
    once that it is locked.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE_S)
        else:
            return


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: upgrading a reader's would fail without waiting."""
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _plain(cause: BaseException) -> str:
    """What a driver's error means to an operator."""
    said = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        hints = {
            "database is locked": "locked by another process for too long; stop that one, or try again",
            "attempt to write a readonly database": "cannot be written; check owner and permissions of db/",
            "unable to open database file": "cannot be opened; check owner and permissions of db/",
            "file is not a database": "is not a database; move it away, or restore a backup",
            "database disk image is malformed": "is damaged; restore a backup",
            "database or disk is full": "the disk is full",
            "could not decode to utf-8": "is damaged; restore a backup",
        }
        return next((hint for part, hint in hints.items() if part in said.lower()), said)
    return said
