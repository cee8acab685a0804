"""Copies of a SQLite database: made while it is in use, and put back with care."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path

from aggregator.errors import Busy, SchemaTooNew, Unusable
from aggregator.store import migrate
from aggregator.store.outputs import EDITION
from aggregator.store.presence import nobody
from aggregator.store.revision import HEAD

PAGES = 4096  # copied at a step; between two steps others may write
PATIENCE_S = 5.0  # for another program that writes to a database that is to be replaced
_SIDES = ("-wal", "-shm", "-journal")


def backup(database: Path, target: Path) -> int:
    """Copy a database as it is at one moment, whoever is writing to it; the copy appears at once.

    Args:
        database: its file; it may be in use.
        target: replaced if it is such a copy; anything else that lies there is left alone.

    Returns:
        Its size in bytes.

    Raises:
        Unusable: the target cannot be written, or is something else; or the database is damaged:
            an older copy is worth more than a copy of that.
    """
    _revision(database)
    if not target.absolute().parent.is_dir():
        raise Unusable(f"{target.parent}: there is no such folder")
    if target.exists():
        if target.samefile(database):
            raise Unusable(f"{target}: is the database itself; name another file")
        _revision(target)
    unfinished = target.with_name(f".{target.name}.unfinished")
    with _told(target):
        try:
            _copy(database, unfinished)
            if not _is_sound(unfinished):
                raise Unusable(
                    f"{database}: is damaged; restore a backup. {target} was not touched"
                )
            _sync(unfinished)
            unfinished.replace(target)
        finally:
            _remove(unfinished)
        _sync(target.parent)
        return target.stat().st_size


def restore(database: Path, source: Path, now: datetime) -> Path | None:
    """Put a copy in the place of the database, after everything about it was checked.

    What was there is kept beside it. Cut off anywhere, the database is the old one or the new one.

    Args:
        now: aware; names the file that keeps the old database.

    Returns:
        The file that keeps the old database; None if there was none.

    Raises:
        Unusable: the copy is none of ours, or damaged; Busy: somebody has the database open.
        SchemaTooNew: a newer release wrote it.
    """
    check(source)
    with nobody(database), _told(database):
        unfinished = database.with_name(f".{database.name}.restoring")
        try:
            _copy(source, unfinished)
            check(unfinished)
            _forget(unfinished)
            _sync(unfinished)
            kept = _keep(
                database, database.with_name(f"{database.stem}-before-{now:%Y%m%dT%H%M%SZ}.db")
            )
            unfinished.replace(database)
        finally:
            _remove(unfinished)
        _sync(database.parent)
        return kept


def check(file: Path) -> None:
    """Read a database from end to end.

    Raises:
        Unusable: it is not there, not ours, or damaged; SchemaTooNew: a newer release wrote it.
    """
    revision = _revision(file)
    if revision not in migrate.known():
        raise SchemaTooNew(
            f"{file}: has schema {revision}, and this release knows none newer than {HEAD}: "
            "install the release that wrote it"
        )
    if not _is_sound(file):
        raise Unusable(f"{file}: is damaged; take another backup")


def _is_sound(file: Path) -> bool:
    """Whether every page, index and reference of a database is as it should be."""
    try:
        with closing(_reading(file)) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(1)")]
            orphans = connection.execute("PRAGMA foreign_key_check").fetchone()
    except sqlite3.DatabaseError:
        return False
    return faults == ["ok"] and not orphans


def _revision(file: Path) -> str:
    """Of the schema; raises Unusable when the file is no database of ours, or cannot be read."""
    if not file.is_file():
        raise Unusable(f"{file}: there is no such file")
    try:
        with closing(_reading(file)) as connection:
            row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.Error as error:
        if "unable to open" in str(error):
            raise Unusable(f"{file}: cannot be opened; check owner and permissions") from error
        row = None
    if row is None:
        raise Unusable(f"{file}: is no database of aggregator's; nothing was touched")
    return str(row[0])


def _copy(source: Path, target: Path) -> None:
    _remove(target)
    with closing(_reading(source)) as read, closing(sqlite3.connect(target)) as written:
        read.backup(written, pages=PAGES)
        written.execute("PRAGMA journal_mode=DELETE")  # one file, whole


def _forget(database: Path) -> None:
    """Let it not know what it published: the files that lie there now are of another time."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM notes WHERE name = ?", (EDITION,))


def _keep(database: Path, kept: Path) -> Path | None:
    """Let the old database be found under another name as well, with all that it holds.

    Its side files are folded in if that is possible, else kept too: they would be taken for the
    new database's.
    """
    if not database.exists():
        return None
    try:
        with closing(sqlite3.connect(database, timeout=PATIENCE_S)) as connection:
            [is_busy, *_] = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        is_busy = 0  # damaged: kept as it is
    if is_busy:
        raise Busy(f"{database}: another program is writing to it; stop that, then try again")
    os.link(database, kept)
    for side in _SIDES:
        file = database.with_name(database.name + side)
        if file.exists():
            file.replace(kept.with_name(kept.name + side))
    return kept


def _reading(file: Path) -> sqlite3.Connection:
    """To read only; on a disk that has become read-only too, where SQLite cannot make its side files."""
    is_fixed = os.statvfs(file.parent).f_flag & os.ST_RDONLY
    is_whole = not file.with_name(file.name + "-wal").exists()
    how = "mode=ro&immutable=1" if is_fixed and is_whole else "mode=ro"
    return sqlite3.connect(f"{file.absolute().as_uri()}?{how}", uri=True, timeout=30)


def _remove(file: Path) -> None:
    for name in (file.name, *(file.name + side for side in _SIDES)):
        file.with_name(name).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told(file: Path) -> Iterator[None]:
    """The system's and SQLite's errors as one line."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise Unusable(f"{file}: cannot be copied: {reason}") from error
