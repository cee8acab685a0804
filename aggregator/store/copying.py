"""Moves an instance between SQLite and PostgreSQL: every table, with all ids, and proof of it.

    claim ─▶ copy what is missing, table by table ─▶ compare both sides ─▶ the copy is its own

The target belongs to the copy until that is whole: nobody else opens it. Nobody writes to the source
meanwhile. Cut off anywhere, the next run goes on after the last rows that are there; what it finds
different in the end, since the source lived on, it copies anew.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table, func, select
from sqlmodel import Session

from aggregator.errors import Unusable
from aggregator.store.backup import check
from aggregator.store.engine import COPYING, Store, sqlite_file
from aggregator.store.loading import ROWS_AT_ONCE, load
from aggregator.store.tables import Base, NoteRow, table_of

ROWS_A_STEP = 20_000  # in one transaction
_SOURCE = "copied-as"  # the note of a source: what its copies know it by
_WHOLE = "copied"  # the note of a whole copy: of which source
_OURS = (COPYING, _SOURCE, _WHOLE)
_NOTES = table_of(NoteRow)
_TABLES = [table for table in Base.metadata.sorted_tables if table is not _NOTES]


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
    watch: Callable[[int], object],
) -> int | None:
    """Copy a database to an empty one of the other engine, or go on where that was cut off.

    The source stays as it is. Nobody else may have it open meanwhile.

    Args:
        source: as in feeds.yaml.
        target: likewise.
        root: the instance's folder.
        begin: is told how many steps there are: each row is copied, and read again on both sides.
        watch: is told how many more of them are done.

    Returns:
        How many rows there are in all tables; None when the target was a whole copy already.

    Raises:
        Unusable: both are of one engine, the source is damaged, or the target holds something
            else. Busy: the source is in use.
    """
    file, other = sqlite_file(source, root), sqlite_file(target, root)
    if file is not None and other is not None:
        raise Unusable(
            "copies go to another engine: write postgresql://user@host/name; within SQLite use"
            " aggregator backup"
        )
    if file is None and other is None:
        raise Unusable(
            "copies go to another engine: write sqlite:///db/aggregator.db; between PostgreSQL"
            " servers use pg_dump"
        )
    if file is not None:
        check(file)
    old = Store(source, root, alone=True)
    try:
        new = Store(target, root, unfinished=True)
        try:
            return _copy(old, new, begin, watch) if _claim(old, new) else None
        finally:
            new.close()
    finally:
        old.close()


def _claim(old: Store, new: Store) -> bool:
    """Let both sides know that they belong together; False when the target is a whole copy.

    Raises:
        Unusable: the target holds something else.
    """
    with old.writing() as session:
        token = _note(session, _SOURCE)
        if token is None:
            token = secrets.token_hex(8)
            session.add(NoteRow(name=_SOURCE, value=token))
    with new.writing() as session:
        if _note(session, _WHOLE) == token:
            return False
        if _note(session, COPYING) != token:
            if any(session.scalar(select(sa.exists(select(one)))) for one in (*_TABLES, _NOTES)):
                raise Unusable(f"{new.place}: holds data already; copy to an empty database")
            session.add(NoteRow(name=COPYING, value=token))
    return True


def _note(session: Session, name: str) -> str | None:
    row = session.get(NoteRow, name)
    return row.value if row else None


def _copy(
    old: Store, new: Store, begin: Callable[[int], None], watch: Callable[[int], object]
) -> int:
    """Copy, compare, and again from the start if the source is not the one of last time."""
    with old.writing() as session:  # keeps everybody from writing
        if not old.on_sqlite:
            session.execute(sa.text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        source = session.connection()
        rows = sum(_count(source, table) for table in _TABLES)
        for _ in range(2):
            begin(3 * rows)
            different = _clashing(source, new, watch) or _different(source, new, watch)
            if not different:
                _finish(source, new)
                return rows
            _empty(new)
    raise Unusable(f"{new.place}: came out different in {', '.join(different)}; copy again")


def _clashing(source: Connection, new: Store, watch: Callable[[int], object]) -> list[str]:
    """Copy every table; the name of one whose rows do not go with those that are there."""
    for table in _TABLES:
        try:
            _copy_table(source, new, table, watch)
        except Unusable as error:
            if not isinstance(error.__cause__, sa.exc.IntegrityError):
                raise
            return [table.name]
    return []


def _copy_table(
    source: Connection, new: Store, table: Table, watch: Callable[[int], object]
) -> None:
    """Copy the rows that are missing; those that are there are the first ones by key."""
    with new.reading() as session:
        there = _count(session.connection(), table)
    watch(there)
    rows = _rows(source, select(table).order_by(*table.primary_key).offset(there))
    while (first := next(rows, None)) is not None:
        with new.writing() as session:
            step = chain([first], islice(rows, ROWS_A_STEP - 1))
            load(session.connection(), table, step, watch)


def _rows(connection: Connection, query: sa.Select[Any]) -> Iterator[sa.Row[Any]]:
    return iter(connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE}))


def _different(source: Connection, new: Store, watch: Callable[[int], object]) -> list[str]:
    """Names of the tables that do not hold the same on both sides."""
    with new.reading() as session:
        target = session.connection()
        if not new.on_sqlite:
            session.execute(sa.text("SET idle_in_transaction_session_timeout = 0"))
        return [
            table.name
            for table in _TABLES
            if _sum(source, table, watch) != _sum(target, table, watch)
        ]


def _count(connection: Connection, table: Table) -> int:
    return connection.execute(select(func.count()).select_from(table)).scalar_one()


def _sum(connection: Connection, table: Table, watch: Callable[[int], object]) -> Sum:
    """Of a table's rows, as they are read: no engine's own spelling of them counts."""
    count = digest = 0
    rows = _rows(connection, select(table))
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        count += len(batch)
        for row in batch:
            digest += int.from_bytes(blake2b(repr(tuple(row)).encode(), digest_size=16).digest())
        watch(len(batch))
    return Sum(count, digest)


def _empty(new: Store) -> None:
    """Take away what was copied; the target stays that of the copy."""
    with new.writing() as session:
        for table in reversed(_TABLES):
            session.execute(sa.delete(table))


def _finish(source: Connection, new: Store) -> None:
    """Let new rows get numbers of their own, the planner know the tables, and the copy be its own."""
    with new.writing() as session:
        token = _note(session, COPYING)
        session.execute(sa.delete(_NOTES))
        others = select(_NOTES).where(_NOTES.c.name.not_in(_OURS))
        notes: list[Mapping[str, Any]] = [dict(row) for row in source.execute(others).mappings()]
        session.execute(sa.insert(_NOTES), [*notes, {"name": _WHOLE, "value": token}])
        if not new.on_sqlite:
            _set_sequences(session)
        session.execute(sa.text("ANALYZE"))


def _set_sequences(session: Session) -> None:
    for table in _TABLES:
        column = table.autoincrement_column
        if column is not None:
            sequence = func.pg_get_serial_sequence(table.name, column.name)
            highest = func.max(column)
            session.execute(
                select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None)))
            )
