"""Opens the database and hands out transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError
from sqlmodel import Session

from aggregator.errors import Unusable
from aggregator.store import migrate

BUSY_TIMEOUT_S = 30  # how long one process waits for another's transaction
SQLITE = "sqlite"


class Store:
    """One database. Reads run side by side; writes, on SQLite, one after the other."""

    def __init__(self, address: str, root: Path) -> None:
        """Open the database, making it on first use and bringing its schema up to date.

        Args:
            address: as in feeds.yaml; a relative SQLite path is relative to `root`.
            root: the instance's folder.

        Raises:
            Unusable: it cannot be opened, read or written; SchemaTooNew: a newer release wrote it.
        """
        self._writer = Lock()
        self.place, engine = _engine(address, root)
        self._engine = engine
        with self._explained():
            migrate.upgrade(engine)

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
        with self._writer, self._explained():
            connection = self._engine.connect().execution_options(write=True)
            with connection, connection.begin(), Session(connection) as session:
                yield session
                session.flush()

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The driver's errors as one line that says which database, and what is the matter."""
        try:
            yield
        except (DatabaseError, sqlite3.Error) as error:
            cause = getattr(error, "orig", None) or error
            raise Unusable(f"{self.place}: {_plain(cause)}") from error


def _engine(address: str, root: Path) -> tuple[str, Engine]:
    """The database's name for messages, without secrets, and an engine for it."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise Unusable(
            "database: not an address; write sqlite:///db/aggregator.db or postgresql://user@host/name"
        ) from None
    if url.get_backend_name() != SQLITE:
        return url.render_as_string(hide_password=True), create_engine(url, pool_pre_ping=True)
    file = root / (url.database or "db/aggregator.db")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Unusable(f"{file.parent}: cannot be made: {error.strerror}") from error
    engine = create_engine(
        url.set(database=str(file)), connect_args={"timeout": BUSY_TIMEOUT_S}, pool_size=16
    )
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return str(file), engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    """Set a new SQLite connection up: we begin transactions ourselves, so that writers never upgrade."""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_S * 1000}",
        "journal_mode=WAL",
        "synchronous=NORMAL",  # with WAL nothing tears at a crash of the process or of the machine
        "foreign_keys=ON",
        "temp_store=MEMORY",
        "cache_size=-16000",  # kB
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    """A writer takes its lock at once: upgrading a reader's would fail without waiting."""
    write = connection.get_execution_options().get("write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def _plain(cause: BaseException) -> str:
    """What a driver's error means to an operator."""
    text = str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
    if isinstance(cause, sqlite3.Error):
        hints = {
            "database is locked": "locked by another process for too long; stop that one, or try again",
            "attempt to write a readonly database": "cannot be written; check owner and permissions of db/",
            "unable to open database file": "cannot be opened; check owner and permissions of db/",
            "file is not a database": "is not a database; move it away, or restore a backup",
            "database disk image is malformed": "is damaged; restore a backup",
            "database or disk is full": "the disk is full",
        }
        return next((hint for said, hint in hints.items() if said in text), text)
    return text
