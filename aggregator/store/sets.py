"""Look-ups by many keys, in as few queries as the engines' limits allow."""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

Key = TypeVar("Key", int, str)

KEYS_A_QUERY = 1000  # far below SQLite's 32,766 and PostgreSQL's 65,535 parameters


def in_batches(keys: Iterable[Key]) -> Iterator[Sequence[Key]]:
    """The keys, each once and in order, in lists that fit a query."""
    ordered = sorted(set(keys))
    for start in range(0, len(ordered), KEYS_A_QUERY):
        yield ordered[start : start + KEYS_A_QUERY]
