"""Statements that go to the server together, and are answered together.

Of a transaction that writes, all other writers wait for the end. On PostgreSQL each statement is a
round trip: where processors are busy, both sides wait for one, again and again. So what does not
depend on each other's answers shares a trip (libpq's pipeline mode). SQLite is no server: nothing to share.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
    if connection.dialect.name != "postgresql" or len(statements) < 2:  # noqa: PLR2004 (one has no company)
        return [connection.exec_driver_sql(*one).all() for one in statements]
    with _pipeline(connection) as driver:
        cursors = [driver.cursor() for _ in statements]
        for cursor, statement in zip(cursors, statements, strict=True):
            cursor.execute(*statement)
    return [cursor.fetchall() for cursor in cursors]


def tell(session: Session, statements: Sequence[Statement]) -> None:
    """Run statements that find nothing, in this order."""
    connection = session.connection()
    if connection.dialect.name != "postgresql":
        for one in statements:
            connection.exec_driver_sql(*one)
    elif statements:
        with _pipeline(connection) as driver:
            for one in statements:
                driver.cursor().execute(*one)


@contextmanager
def _pipeline(connection: Connection) -> Iterator[Any]:
    """The driver's own connection, on which statements do not wait for their answers.

    Raises:
        DatabaseError: as if SQLAlchemy had run them.
    """
    driver: Any = connection.connection.driver_connection
    try:
        with driver.pipeline():
            yield driver
    except connection.dialect.loaded_dbapi.Error as error:
        raise DatabaseError(None, None, error) from error
