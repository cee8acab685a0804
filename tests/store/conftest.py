"""A real database for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from aggregator.store.engine import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store("sqlite:///db/aggregator.db", tmp_path)
    yield opened
    opened.close()
