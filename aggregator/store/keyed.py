"""Queries over many keys at once, in plain SQL that both engines read alike.

The keys come as rows of a table of their own, so that each is looked up in an index; a list of
pairs behind `IN` makes SQLite read the whole table. What comes back is what the driver gives.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from sqlmodel import Session

from aggregator.store.trips import Rows, Statement, answers

# Keys of a query: few sizes make few statements, which the drivers keep prepared. What is left of
# one is filled with nulls, which equal nothing.
_SIZES = (8, 64, 512)
MARKS = {"qmark": "?", "pyformat": "%s", "format": "%s"}


class Keyed:
    """One query; `keys` in it is the table of the keys."""

    def __init__(self, columns: int, query: str) -> None:
        """Make a query over keys of so many columns, which are called a, b, ..."""
        self._columns = columns
        self._names = ", ".join("abcdefgh"[:columns])
        self._query = query

    def rows(self, session: Session, keys: Iterable[tuple[Any, ...]]) -> Rows:
        """What is found for these keys, each of which counts once."""
        [found] = together(session, [(self, keys)])
        return found

    def statements(self, mark: str, keys: Iterable[tuple[Any, ...]]) -> Iterator[Statement]:
        """What to ask for these keys, in a driver's mark for a value."""
        ordered = sorted(set(keys))
        most = _SIZES[-1]
        for start in range(0, len(ordered), most):
            batch = ordered[start : start + most]
            size = next(size for size in _SIZES if size >= len(batch))
            values: list[Any] = [value for key in batch for value in key]
            values += [None] * (size * self._columns - len(values))
            row = f"({', '.join([mark] * self._columns)})"
            table = f"WITH keys({self._names}) AS (VALUES {', '.join([row] * size)})"
            yield f"{table} {self._query}", tuple(values)


def together(
    session: Session, asked: Sequence[tuple[Keyed, Iterable[tuple[Any, ...]]]]
) -> list[Rows]:
    """What is found by each query for its keys, in one round trip."""
    mark = MARKS[session.connection().dialect.paramstyle]
    statements = [list(query.statements(mark, keys)) for query, keys in asked]
    found = iter(answers(session, [*chain.from_iterable(statements)]))
    return [[row for rows in islice(found, len(of_one)) for row in rows] for of_one in statements]


def marked(session: Session, query: str) -> str:
    """Plain SQL in which {0} stands for every value, in the marks of the driver."""
    return query.format(MARKS[session.connection().dialect.paramstyle])
