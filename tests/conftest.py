"""Fixtures for every test."""

from collections.abc import Iterator

import pytest

from tests.support.feedserver import FeedServer


@pytest.fixture
def anyio_backend() -> str:
    """The service runs on asyncio, and so do its tests."""
    return "asyncio"


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    """A real HTTP server on loopback that answers as the test tells it."""
    with FeedServer() as server:
        yield server
