"""Fixtures for every test."""

import pytest


@pytest.fixture
def anyio_backend() -> str:
    """The service runs on asyncio, and so do its tests."""
    return "asyncio"
