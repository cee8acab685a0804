"""Fixtures for every test."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import settings

from tests.support.browser import chromium
from tests.support.feedserver import FeedServer
from tests.support.leap import Leap
from tests.support.objects import ObjectServer, object_server
from tests.support.postgres import PostgresServer, postgres_server

# How long an example takes depends on who else uses the machine; what it may do, does not.
settings.register_profile("without deadline", deadline=None)
settings.load_profile("without deadline")

ENGINES = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture
def anyio_backend() -> str:
    """The service runs on asyncio, and so do its tests."""
    return "asyncio"


@pytest.fixture
async def leap() -> Leap:
    """The clock of the test's event loop, moved by hand."""
    return Leap(asyncio.get_running_loop())


@pytest.fixture
def feed_server() -> Iterator[FeedServer]:
    """A real HTTP server on loopback that answers as the test tells it."""
    with FeedServer() as server:
        yield server


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A headless Chromium; tests that need it are skipped where there is none."""
    with chromium() as opened:
        yield opened


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A real PostgreSQL server, one for the whole run."""
    with postgres_server() as server:
        yield server


@pytest.fixture(scope="session")
def object_store() -> Iterator[ObjectServer]:
    """A real server that speaks S3, one for the whole run."""
    with object_server() as server:
        yield server


@pytest.fixture
def objects(object_store: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> ObjectServer:
    """The same, with the environment in which we find it."""
    for name, value in object_store.environ.items():
        monkeypatch.setenv(name, value)
    return object_store


@pytest.fixture(params=ENGINES)
def database(request: pytest.FixtureRequest) -> str:
    """The address of an empty database, on either engine: whoever takes it is tested on both."""
    if request.param == "sqlite":
        return "sqlite:///db/aggregator.db"
    server = request.getfixturevalue("postgres")
    assert isinstance(server, PostgresServer)
    return server.database()
