"""Many rows at once, as the driver takes them.

What is stored at every poll goes past SQLAlchemy, which takes longer to look at a row than SQLite to
store it. So values come as they are stored: times in microseconds, JSON as text.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import chain
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from aggregator.store.keyed import MARKS
from aggregator.store.tables import Base, microseconds, table_of
from aggregator.store.trips import Statement, tell

# Rows of a statement. At the end of each, SQLite writes the search index down, and now and then
# merges what it wrote; but drivers keep statements prepared, of each size one.
_SIZES = (256, 64)
_SERIES = sa.text(
    "SELECT nextval(pg_get_serial_sequence(:name, 'id')) FROM generate_series(1, :count)"
)


class Bulk:
    """Rows of one table, of the same columns each."""

    def __init__(self, row: type[Base], columns: Sequence[str]) -> None:
        """Rows will come as tuples of these columns, in this order."""
        table = table_of(row)
        assert all(name in table.c for name in columns)  # noqa: S101 (names are written into SQL)
        self._table, self._columns = table, columns

    def numbers(self, session: Session, count: int) -> list[int]:
        """Numbers for new rows, growing; nobody else takes them while the transaction lasts."""
        connection = session.connection()
        if connection.dialect.name == "postgresql":
            given = {"name": self._table.name, "count": count}
            return sorted(connection.execute(_SERIES, given).scalars())
        last = connection.exec_driver_sql(f"SELECT MAX(id) FROM {self._table.name}").scalar() or 0  # noqa: S608 (a name of ours)
        return list(range(last + 1, last + 1 + count))

    def add(self, session: Session, rows: Sequence[tuple[Any, ...]]) -> None:
        """Store new rows."""
        add(session, [(self, rows)])

    def statements(self, mark: str, rows: Sequence[tuple[Any, ...]]) -> Iterator[Statement]:
        """What stores these rows, in a driver's mark for a value."""
        row = ", ".join([mark] * len(self._columns))
        names = ", ".join(self._columns)
        for batch in _batches(rows):
            values = ", ".join([f"({row})"] * len(batch))
            yield (
                f"INSERT INTO {self._table.name} ({names}) VALUES {values}",  # noqa: S608 (names of ours)
                tuple(chain.from_iterable(batch)),
            )


def _batches(rows: Sequence[tuple[Any, ...]]) -> Iterator[Sequence[tuple[Any, ...]]]:
    start = 0
    for size in _SIZES:
        while len(rows) - start >= size:
            yield rows[start : start + size]
            start += size
    if start < len(rows):
        yield rows[start:]


def add(session: Session, rows: Iterable[tuple[Bulk, Sequence[tuple[Any, ...]]]]) -> None:
    """Store new rows of several tables, in this order, in one round trip."""
    mark = MARKS[session.connection().dialect.paramstyle]
    tell(session, [one for bulk, of_one in rows for one in bulk.statements(mark, of_one)])


def stored_time(time: datetime | None) -> int | None:
    """A time as it is stored."""
    return None if time is None else microseconds(time)


def stored_json(value: object) -> str:
    """JSON as it is stored."""
    return json.dumps(value)
