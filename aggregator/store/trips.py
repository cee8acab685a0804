"""Statements that go to the server together, and are answered together.

Of a transaction that writes, all other writers wait for the end. On PostgreSQL each statement is a
round trip: where processors are busy, both sides wait for one, again and again. So what does not
depend on each other's answers shares a trip (libpq's pipeline mode). SQLite is no server: nothing to share.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from typing import Any, TypeAlias

from sqlalchemy.engine import Connection
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session

Statement: TypeAlias = tuple[str, tuple[Any, ...]]
"""Plain SQL in the marks of the driver, and the values for them."""


Rows: TypeAlias = Sequence[Sequence[Any]]
"""What a statement finds, as the driver gives it."""


def answers(session: Session, statements: Sequence[Statement]) -> list[Rows]:
    """The rows that each statement finds."""
    connection = session.connection()
    pipelined = connection.dialect.name == "postgresql" and len(statements) > 1
    with _driver(connection, pipelined=pipelined) as driver:
        cursors = [driver.cursor() for _ in statements]
        if pipelined:
            for cursor, statement in zip(cursors, statements, strict=True):
                cursor.execute(*statement)
            return [cursor.fetchall() for cursor in cursors]
        return [
            cursor.execute(*statement).fetchall()
            for cursor, statement in zip(cursors, statements, strict=True)
        ]


def tell(session: Session, statements: Sequence[Statement]) -> None:
    """Run statements that find nothing, in this order."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        for one in statements:
            connection.exec_driver_sql(*one)
    elif statements:
        with _driver(connection, pipelined=True) as driver:
            for one in statements:
                driver.cursor().execute(*one)


@contextmanager
def _driver(connection: Connection, *, pipelined: bool) -> Iterator[Any]:
    """The driver's own connection: SQLAlchemy takes longer to pass a query on than SQLite to answer.

    Args:
        pipelined: statements do not wait for their answers.

    Raises:
        DatabaseError: as if SQLAlchemy had run them.
    """
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline() if pipelined else nullcontext():
            yield driver
    except connection.dialect.loaded_dbapi.Error as error:
        raise DatabaseError(None, None, error) from error
