"""How many exchanges run at once: so many altogether, so many with one host."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Queue:
    """Those who are with a host or wait for it."""

    semaphore: asyncio.Semaphore
    members: int = 0


class Turns:
    """Whoever waits for a busy host takes no place from those who want another one."""

    def __init__(self, altogether: int, per_host: int) -> None:
        self._altogether = asyncio.Semaphore(altogether)
        self._per_host = per_host
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def turn(self, host: str) -> AsyncIterator[None]:
        """Wait until an exchange with this host may begin, and count it until it ends."""
        queue = self._queues.get(host)
        if queue is None:
            queue = self._queues[host] = _Queue(asyncio.Semaphore(self._per_host))
        queue.members += 1
        try:
            async with queue.semaphore, self._altogether:
                yield
        finally:
            queue.members -= 1
            if not queue.members:
                del self._queues[host]
