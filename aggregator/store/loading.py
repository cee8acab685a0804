"""Brings many rows into a table, by the quickest way its engine has."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy import Connection, Dialect, Table

ROWS_AT_ONCE = 1000  # in memory
_Bind: TypeAlias = Callable[[Any], Any]


def load(
    connection: Connection,
    table: Table,
    rows: Iterable[Sequence[Any]],
    watch: Callable[[int], object],
) -> None:
    """Insert rows, within the connection's transaction.

    Args:
        connection: to SQLite or PostgreSQL.
        table: where they go.
        rows: values of all columns in the table's order, as its types have them.
        watch: is told how many more rows are in.
    """
    put = _copy_in if connection.dialect.name == "postgresql" else _insert
    put(connection, table, rows, watch)


def _insert(
    connection: Connection,
    table: Table,
    rows: Iterable[Sequence[Any]],
    watch: Callable[[int], object],
) -> None:
    names = [column.name for column in table.columns]
    rest = iter(rows)
    while batch := [dict(zip(names, row, strict=True)) for row in islice(rest, ROWS_AT_ONCE)]:
        connection.execute(sa.insert(table), batch)
        watch(len(batch))


def _copy_in(
    connection: Connection,
    table: Table,
    rows: Iterable[Sequence[Any]],
    watch: Callable[[int], object],
) -> None:
    """By COPY: no statement is planned and no parameter described for each row."""
    binds = [_bind(column.type, connection.dialect) for column in table.columns]
    quoted = connection.dialect.identifier_preparer
    columns = ", ".join(quoted.format_column(column) for column in table.columns)
    statement = f"COPY {quoted.format_table(table)} ({columns}) FROM STDIN"
    done = 0
    driver: Any = connection.connection.driver_connection
    error: Any = connection.dialect.loaded_dbapi.Error
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row([bind(value) for bind, value in zip(binds, row, strict=True)])
                done += 1
                if done == ROWS_AT_ONCE:
                    watch(done)
                    done = 0
    except error as raised:
        raise sa.exc.DBAPIError.instance(
            statement, None, raised, error, dialect=connection.dialect
        ) from raised
    watch(done)


def _bind(kind: sa.types.TypeEngine[Any], dialect: Dialect) -> _Bind:
    """What makes of a value of ours one that the driver takes."""
    made = kind.dialect_impl(dialect).bind_processor(dialect)
    return made or _as_it_is


def _as_it_is(value: Any) -> Any:
    return value
