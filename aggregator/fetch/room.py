"""Room for bodies in memory: those that came and are not read yet.

Sixty servers that each send as much as is allowed would fill any small machine, since parsing is
slower than fetching. So a large body is waited for only while those before it leave room.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

BYTES = 12_000_000


class Room:
    """Shared by those who fetch and those who read."""

    def __init__(self, most_bytes: int = BYTES) -> None:
        self._most = most_bytes
        self._taken = 0
        self._freed = asyncio.Event()

    @contextmanager
    def taken(self, size_bytes: int) -> Iterator[None]:
        """A body of this size is in memory."""
        self._taken += size_bytes
        try:
            yield
        finally:
            self._taken -= size_bytes
            self._freed.set()

    async def wait(self) -> None:
        """Wait until there is room."""
        while self._taken >= self._most:
            self._freed.clear()
            await self._freed.wait()
