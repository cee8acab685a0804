"""A real database for every test, on either engine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.engine import Store


@pytest.fixture
def store(tmp_path: Path, database: str) -> Iterator[Store]:
    opened = Store(database, tmp_path)
    yield opened
    opened.close()
