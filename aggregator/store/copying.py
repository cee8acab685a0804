"""Moves an instance from SQLite to PostgreSQL: every table, with all ids, and proof that it is the same."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import Connection, Engine, Table, func, select
from sqlmodel import Session

from aggregator.errors import Unusable
from aggregator.store.backup import check
from aggregator.store.engine import Store, sqlite_file
from aggregator.store.presence import nobody
from aggregator.store.tables import Base, NoteRow, table_of

NOTE = "copying"  # of both sides until the copy is whole: which copy it is
ROWS_A_STEP = 1000  # in one transaction; a copy that was cut off goes on after the last of these
_NOTES = table_of(NoteRow)
_TABLES = [_NOTES, *(table for table in Base.metadata.sorted_tables if table is not _NOTES)]


@dataclass(frozen=True, slots=True)
class Sum:
    """What tells whether two tables hold the same rows, in whatever order."""

    rows: int
    digest: int  # the sum of the rows' 128-bit digests


def copy(
    source: str,
    target: str,
    root: Path,
    begin: Callable[[int], None],
    copied: Callable[[int], object],
) -> int:
    """Copy a SQLite database to an empty PostgreSQL one, or go on where that was cut off.

    The source stays as it is, and nobody else may have it open meanwhile.

    Args:
        source: as in feeds.yaml.
        target: likewise.
        root: the instance's folder.
        begin: is told how many rows there are.
        copied: is told how many more of them are there.

    Returns:
        How many rows there are in all tables.

    Raises:
        Unusable: the source is not SQLite, or damaged; the target is not PostgreSQL, holds something
            else, or came out different. Busy: the source is in use.
    """
    file = sqlite_file(source, root)
    if file is None:
        raise Unusable("database: is not SQLite; between PostgreSQL servers use pg_dump")
    if sqlite_file(target, root) is not None:
        raise Unusable("copies go to PostgreSQL: write postgresql://user@host/name")
    check(file)
    Store(source, root).close()  # brings the schema up to date
    store = Store(target, root)
    engine = sa.create_engine(f"sqlite:///{file}")
    try:
        with nobody(file):
            _claim(engine, store)
            return _move(engine, store, begin, copied)
    finally:
        engine.dispose()
        store.close()


def _claim(source: Engine, store: Store) -> None:
    """Let both sides know that they belong together; raises Unusable when the target is taken."""
    with source.begin() as connection:
        token = connection.scalar(select(_NOTES.c.value).where(_NOTES.c.name == NOTE))
        if token is None:
            token = secrets.token_hex(8)
            connection.execute(sa.insert(_NOTES).values(name=NOTE, value=token))
        notes = [dict(row) for row in connection.execute(select(_NOTES)).mappings()]
    with store.writing() as session:
        found = session.scalar(select(_NOTES.c.value).where(_NOTES.c.name == NOTE))
        if found == token:
            return
        if any(session.scalar(select(sa.exists(select(table)))) for table in _TABLES):
            raise Unusable(f"{store.place}: holds data already; copy to an empty database")
        session.execute(sa.insert(_NOTES), notes)


def _move(
    source: Engine, store: Store, begin: Callable[[int], None], copied: Callable[[int], object]
) -> int:
    with source.connect() as connection:
        begin(sum(_count(connection, table) for table in _TABLES))
        for table in _TABLES:
            _copy_table(connection, store, table, copied)
        sums = {table: _sum(connection, table) for table in _TABLES}
    with store.reading() as session:
        different = [
            table.name for table in _TABLES if _sum(session.connection(), table) != sums[table]
        ]
    if different:
        raise Unusable(
            f"{store.place}: came out different in {', '.join(different)}: one side was changed"
            " meanwhile; empty that database and copy again"
        )
    with store.writing() as session:
        _finish(session)
    with source.begin() as connection:
        connection.execute(sa.delete(_NOTES).where(_NOTES.c.name == NOTE))
    return sum(one.rows for one in sums.values()) - 1  # less our own note


def _copy_table(
    source: Connection, store: Store, table: Table, copied: Callable[[int], object]
) -> None:
    """Copy the rows that are missing; those that are there are the first ones by key."""
    with store.reading() as session:
        there = _count(session.connection(), table)
    copied(there)
    rows = source.execute(
        select(table).order_by(*table.primary_key).offset(there),
        execution_options={"yield_per": ROWS_A_STEP},
    )
    for step in rows.mappings().partitions():
        with store.writing() as session:
            session.execute(sa.insert(table), [dict(row) for row in step])
        copied(len(step))


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _sum(connection: Connection, table: Table) -> Sum:
    """Of a table's rows, as they are read: no engine's own spelling of them counts."""
    count = digest = 0
    rows = connection.execute(select(table), execution_options={"yield_per": ROWS_A_STEP})
    for row in rows:
        count += 1
        digest += int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=16).digest())
    return Sum(count, digest)


def _finish(session: Session) -> None:
    """Let new rows get numbers of their own, the planner know the tables, and the copy be its own."""
    for table in _TABLES:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            highest = func.max(column)
            session.execute(
                select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None)))
            )
    session.execute(sa.delete(_NOTES).where(_NOTES.c.name == NOTE))
    session.execute(sa.text("ANALYZE"))
